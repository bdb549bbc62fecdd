"""What the exchange needs of a transport, and nothing more: links to partners, lanes, bytes.

A transport proves nothing. It authenticates the other end (mutual TLS against that partner's root alone) so that
strangers cost little; whoever sent a message is proven again by the signatures inside it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

import msgspec

from latticework.kernel.ids import MemberId


class Lane(StrEnum):
    """How a message may fare on its way."""

    DURABLE = "durable"
    """In order while the link lasts; the sender waits rather than drops."""
    LIVE = "live"
    """Latest matters: dropped when the link is congested, so a slow peer slows nobody."""


class PartnerLink(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach one partner, and how to know it.

    Parameters
    ----------
    partner
        The other member.
    partner_root_pem
        That partner's root certificate: the only trust anchor for this link.
    certificate_pem, key_pem
        This node's own current certificate chain (node, issuer) and its private key.
    name
        DNS name of the partner's node, which is also its certificate's common name
        (``node.usa.latticework.internal``).
    listen
        ``host:port`` to listen on for this partner, or None when this side dials.
    dial
        ``host:port`` of the partner, or None when this side listens.
    """

    partner: MemberId
    partner_root_pem: bytes
    certificate_pem: bytes
    key_pem: bytes
    name: str
    listen: str | None = None
    dial: str | None = None


class LinkUp(msgspec.Struct, frozen=True):
    """A link to `peer` is up and its certificate's name was compared."""

    peer: MemberId


class LinkLost(msgspec.Struct, frozen=True):
    """The link to `peer` is gone; what was in flight on it may be lost.

    Parameters
    ----------
    reason
        Why, for this member's own people.
    code
        Stable code when the other end did something that a person should look at (``LW-1802``); else empty.
    """

    peer: MemberId
    reason: str
    code: str = ""


class Arrived(msgspec.Struct, frozen=True):
    """Bytes came in over the authenticated link to `peer`."""

    peer: MemberId
    lane: Lane
    data: bytes


TransportEvent = LinkUp | LinkLost | Arrived


def dials(own: MemberId, partner: MemberId) -> bool:
    """Say whether `own` dials and `partner` listens: the lower trigraph does, so that no pair dials twice."""
    return own < partner


class Transport(Protocol):
    """Links to partners. ``on_event`` is called from the loop that ``start`` was called in, in bursts of order.

    A :class:`LinkUp` comes before the first :class:`Arrived` of a link. While a link is replaced a message may arrive
    twice, and what was sent around the moment a link is lost may be gone: the exchange numbers what must not be.
    """

    async def start(self, on_event: Callable[[list[TransportEvent]], None]) -> None:
        """Begin to work; events come until :meth:`stop`."""
        ...

    async def open(self, link: PartnerLink) -> None:
        """Open (or, when one is open, replace: make before break) the link to one partner."""
        ...

    async def close(self, partner: MemberId) -> None:
        """Close the link to one partner; the others are not touched."""
        ...

    def send(self, partner: MemberId, lane: Lane, data: bytes) -> bool:
        """Queue `data` (at most ``codec.MAX_MESSAGE_BYTES``) without waiting.

        False when there is no link or the partner's queue on this lane is full: a durable sender asks again later, a
        live sender keeps only what is newest by then.

        Raises
        ------
        ProtocolError
            When `data` is over the limit.
        """
        ...

    async def stop(self) -> None:
        """Close every link."""
        ...
