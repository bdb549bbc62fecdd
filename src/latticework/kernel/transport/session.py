"""One Zenoh session that serves one partner: what goes in and out of it, and whether its link can be trusted.

Zenoh's own log goes to standard output and only when it is switched on; nothing here switches it on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from enum import Enum
from typing import TypeVar, cast

import zenoh
from zenoh.handlers import Callback

from latticework.kernel.codec import MAX_MESSAGE_BYTES
from latticework.kernel.errors import ListenFailed
from latticework.kernel.ids import MemberId
from latticework.kernel.transport.interface import Lane, PartnerLink
from latticework.kernel.transport.wiring import key, zenoh_config

T = TypeVar("T")


class Health(Enum):
    """What a look at a session's links says."""

    DOWN = "down"
    UP = "up"
    """Every link carries the partner's name as its certificate's common name, and both lanes are listened to."""
    WRONG_NAME = "wrong name"
    """Somebody with a certificate of the partner's root but another name is connected."""


def _direct(callback: Callable[[T], None]) -> Callback[T]:
    # Called in Zenoh's own thread: what it does is short. With a Python thread for each callback, which is the default,
    # a process that failed to close its sessions could never exit.
    return Callback(callback, indirect=False)


def _matches(publisher: zenoh.Publisher) -> bool:
    # The binding's stubs say bool; what comes is a MatchingStatus.
    return cast("zenoh.MatchingStatus", publisher.matching_status).matching


class PartnerSession:
    """One generation of the link to a partner. Opening and closing block: call them outside the loop.

    Parameters
    ----------
    own
        This member.
    link
        The checked link.
    take
        Takes (lane, data) of each message, in a thread of Zenoh.
    poke
        Told, in a thread of Zenoh, that links came or went.
    """

    def __init__(
        self, own: MemberId, link: PartnerLink, take: Callable[[Lane, bytes], None], poke: Callable[[], None]
    ) -> None:
        self.link = link
        self.strangers: tuple[str, ...] = ()
        """Other names than the partner's that the last look at the links found."""
        self._take = take
        self._poke = poke
        try:
            self._session = zenoh.open(zenoh.Config.from_json5(zenoh_config(own, link)))
        except zenoh.ZError as error:
            where = f"port {link.listen}" if link.listen else f"the way to {link.dial}"
            taken = "; another process has it" if "in use" in str(error) else ""
            raise ListenFailed(f"{where} for {link.partner} cannot be opened{taken}; choose another.") from None
        self._publishers = {
            Lane.DURABLE: self._session.declare_publisher(
                key(own, link.partner, Lane.DURABLE), congestion_control=zenoh.CongestionControl.BLOCK,
                priority=zenoh.Priority.DATA,
            ),
            # Live data overtakes the fragments of a large page.
            Lane.LIVE: self._session.declare_publisher(
                key(own, link.partner, Lane.LIVE), congestion_control=zenoh.CongestionControl.DROP,
                priority=zenoh.Priority.INTERACTIVE_HIGH, express=True,
            ),
        }
        info, theirs = self._session.info, (key(link.partner, own, Lane.DURABLE), key(link.partner, own, Lane.LIVE))
        self._kept: list[object] = [
            *(p.declare_matching_listener(_direct(self._on_matching)) for p in self._publishers.values()),
            info.declare_transport_events_listener(_direct(self._on_transport), history=True),
            self._session.declare_subscriber(theirs[0], _direct(self._on_durable)),
            self._session.declare_subscriber(theirs[1], _direct(self._on_live)),
        ]

    def _on_durable(self, sample: zenoh.Sample) -> None:
        self._on_sample(Lane.DURABLE, sample)

    def _on_live(self, sample: zenoh.Sample) -> None:
        self._on_sample(Lane.LIVE, sample)

    def _on_sample(self, lane: Lane, sample: zenoh.Sample) -> None:
        if sample.kind == zenoh.SampleKind.PUT and len(sample.payload) <= MAX_MESSAGE_BYTES:
            self._take(lane, sample.payload.to_bytes())

    def _on_matching(self, _status: zenoh.MatchingStatus) -> None:
        self._poke()

    def _on_transport(self, _event: zenoh.TransportEvent) -> None:
        self._poke()

    def health(self) -> Health:
        """Look at the links now (about 0.1 ms)."""
        try:
            names = {found.auth_identifier or "(none)" for found in self._session.info.links()}
            self.strangers = tuple(sorted(name[:64] for name in names - {self.link.name}))
            if self.strangers:
                return Health.WRONG_NAME
            ready = bool(names) and all(_matches(p) for p in self._publishers.values())
        except zenoh.ZError:  # closed meanwhile
            return Health.DOWN
        return Health.UP if ready else Health.DOWN

    def put(self, lane: Lane, data: bytes) -> None:
        """Hand one message to Zenoh; blocks while the partner's queue is full. A message to a dead link is gone."""
        with contextlib.suppress(zenoh.ZError):
            self._publishers[lane].put(data)

    def close(self) -> None:
        """Close every link of the session and give its port back."""
        with contextlib.suppress(zenoh.ZError):
            self._session.close()  # type: ignore[no-untyped-call]  # untyped in the binding's stubs
        self._kept.clear()
