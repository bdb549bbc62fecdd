"""Fuzz targets: every decoder of the exchange, and the whole machine behind a good signature.

Each returns for any bytes, or raises one of our own errors. The machine itself raises nothing at all.
"""

from __future__ import annotations

import contextlib

from latticework.kernel.codec import encode
from latticework.kernel.errors import LatticeworkError
from latticework.kernel.exchange import Tick, decode_entry
from latticework.kernel.exchange.messages import (
    FRAME_TYPE,
    RECEIPT_TYPE,
    Message,
    Receipt,
    Said,
    open_frame,
    open_receipt,
    seal_frame,
)
from latticework.kernel.ids import MemberId
from latticework.kernel.records.signing import seal_payload
from latticework.kernel.transport.interface import Arrived, Lane
from latticework.testing import factories
from latticework.testing.federation import Federation
from latticework.testing.keys import KeyRing, signer_of

JPN, USA = signer_of("JPN"), signer_of("USA")
RING = KeyRing(JPN, USA)


def living() -> Federation:
    """Return two linked nodes that have said a few things to each other."""
    world = Federation(1, ("JPN", "USA"))
    world.agree([factories.standing(factories.arrangement("JPN", "USA"))])
    world.connect()
    for member, other in (("JPN", "USA"), ("USA", "JPN")):
        node = world.nodes[member]
        record = factories.record(
            node.signer, node.entropy, labeled=factories.label(other, originators=(member,)), made_ms=world.now_ms
        )
        world.act(member, lambda n=node, r=record: n.publish(r))
    world.run(4_000)
    return world


WORLD = living()
SAID = [data for _, sender, _, _, data in WORLD.network.carried if sender == "JPN"]
NUMBER = 0


def frame(data: bytes) -> None:
    """Take bytes as a frame and as a receipt."""
    with contextlib.suppress(LatticeworkError):
        open_frame(data, RING, USA.member, JPN.member, 0)
    with contextlib.suppress(LatticeworkError):
        open_receipt(data, RING, JPN.member, USA.member)


def signed(data: bytes) -> None:
    """Take bytes as a payload that the peer really signed."""
    with contextlib.suppress(LatticeworkError):
        open_frame(seal_payload(JPN, FRAME_TYPE, data), RING, USA.member, JPN.member, 0)
    with contextlib.suppress(LatticeworkError):
        open_receipt(seal_payload(USA, RECEIPT_TYPE, data), RING, JPN.member, USA.member)


def entry(data: bytes) -> None:
    """Take bytes as a ledger entry; what is taken has one byte string."""
    with contextlib.suppress(LatticeworkError):
        assert encode(decode_entry(data)) == data


def machine(data: bytes) -> None:
    """Let a peer say anything at all to a living node: it answers with commands and raises nothing."""
    for raw in (data, seal_payload(JPN, FRAME_TYPE, data)):
        hear(raw)


def hear(raw: bytes) -> None:
    """Let bytes arrive at USA's node on the link of JPN."""
    node = WORLD.nodes["USA"]
    session = node.exchange._parts.sessions.of(MemberId("JPN"))
    session.flooded = False
    session.messages._level = session.bytes._level = 1e9
    commands = node.exchange.handle(Arrived(JPN.member, Lane.DURABLE, raw), node.clock.now_ms())
    assert isinstance(commands, list)
    assert isinstance(node.exchange.handle(Tick(), node.clock.now_ms()), list)


def say(message: Message) -> None:
    """Let JPN say `message` in a frame that is good in every other way."""
    global NUMBER  # noqa: PLW0603 - each message needs a number of its own
    NUMBER += 1
    hear(seal_frame(JPN, Said(JPN.member, USA.member, 2**40, NUMBER, message)))


def receipt(data: bytes) -> None:
    """Let JPN send a receipt that it signed over anything."""
    say(Receipt(data))
    say(Receipt(seal_payload(JPN, RECEIPT_TYPE, data)))
