"""Two or three linked nodes for tests of the exchange."""

from __future__ import annotations

from collections.abc import Callable

from latticework.kernel.exchange import Command, ExchangeSettings, Send, Tick
from latticework.kernel.exchange.messages import Message, Said, open_frame, seal_frame
from latticework.kernel.ids import MemberId, RecordId
from latticework.kernel.ledger.slots import LedgerPlan
from latticework.kernel.policy.model import Standing
from latticework.kernel.records import Record
from latticework.kernel.transport.interface import Arrived, Lane
from latticework.testing import factories
from latticework.testing.federation import Federation
from latticework.testing.keys import signer_of
from latticework.testing.node import SimulatedNode

AUS, JPN, USA = MemberId("AUS"), MemberId("JPN"), MemberId("USA")
PLAN = LedgerPlan(columns=4, slots=1, epoch_ms=1_000)
SETTINGS = ExchangeSettings(poll_ms=2_000, page_items=3, promise_grace_ms=5_000)


def agreed(*parties: str, **changes: object) -> Standing:
    return factories.standing(factories.arrangement(*parties, **changes))  # type: ignore[arg-type]


def linked(
    *members: str, standings: tuple[Standing, ...] | None = None, link: bool = True, seed: int = 1
) -> Federation:
    world = Federation(seed, members or ("JPN", "USA"), plan=PLAN, settings=SETTINGS)
    for node in world.nodes.values():
        node.clock.skew_ms = 0
    world.agree(standings if standings is not None else (agreed(*world.members),))
    if link:
        world.connect()
        world.run(20)
    return world


def note(node: SimulatedNode, *release: str, text: str = "An invented note.", **changes: object) -> Record:
    return factories.record(
        node.signer, node.entropy, text,
        labeled=factories.label(*release, originators=(node.member,), expires_ms=changes.pop("expires_ms", None)),  # type: ignore[arg-type]
        made_ms=node.clock.now_ms(), **changes,  # type: ignore[arg-type]
    )


def publish(world: Federation, member: str, *release: str, **changes: object) -> Record:
    node = world.nodes[member]
    record = note(node, *release, **changes)
    world.act(member, lambda: node.publish(record))
    return record


def states(world: Federation, member: str, record: RecordId) -> dict[str, str]:
    node = world.nodes[member]
    with node.store.snapshot() as reader:
        return {row.to: row.state for row in node.exchange.released(reader, record, withdrawn=True)}


def said(world: Federation, sender: str, to: str, kind: type[Message] | None = None) -> list[Message]:
    """Return what `sender` was heard to say to `to`."""
    found = [
        open_frame(data, world.keys, MemberId(to), MemberId(sender), 0).message
        for _, s, r, lane, data in world.network.carried if (s, r, lane) == (sender, to, Lane.DURABLE)
    ]
    return [m for m in found if kind is None or isinstance(m, kind)]


def forge(sender: str, to: str, message: Message, *, session: int = 2**50, number: int = 1) -> bytes:
    """Return a well-signed frame that `sender`'s node would not send."""
    return seal_frame(signer_of(sender), Said(MemberId(sender), MemberId(to), session, number, message))


def tell(world: Federation, sender: str, to: str, data: bytes, lane: Lane = Lane.DURABLE) -> list[Command]:
    """Let `data` arrive at `to`; return its commands without carrying them out."""
    node = world.nodes[to]
    return node.take(lambda: node.exchange.handle(Arrived(MemberId(sender), lane, data), node.clock.now_ms()))


def answers(world: Federation, commands: list[Command], own: str) -> list[Message]:
    return [
        open_frame(c.data, world.keys, c.peer, MemberId(own), 0).message for c in commands if isinstance(c, Send)
    ]


def tick(world: Federation, member: str) -> None:
    world.act(member, lambda: world.nodes[member].handle(Tick()))


def inside(node: SimulatedNode, work: Callable[..., object]) -> object:
    with node.store.transaction() as tx:
        return work(tx)
