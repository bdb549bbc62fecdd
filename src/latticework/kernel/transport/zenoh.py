"""Links to partners over Zenoh, in this process: one session and one port for each partner.

Because every partner has a session of its own, nothing that one partner declares, sends or breaks can reach another:
there is no shared name space to listen in on, no shared queue to fill, and no shared trust store.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Final

from latticework.kernel.clock import Clock, SystemClock
from latticework.kernel.codec import MAX_MESSAGE_BYTES
from latticework.kernel.errors import Flooded, LinkDown, ListenFailed, NameMismatch, ProtocolError
from latticework.kernel.ids import MemberId
from latticework.kernel.transport.interface import Arrived, Lane, LinkLost, LinkUp, PartnerLink, TransportEvent
from latticework.kernel.transport.queues import Inbox, LaneSender
from latticework.kernel.transport.session import Health, PartnerSession
from latticework.kernel.transport.wiring import LinkWiring, check_link

OVERLAP_S: Final = 0.3
"""How long an old session stays beside its successor, so that what is under way on it arrives."""
EARLY_BYTES: Final = 4 * MAX_MESSAGE_BYTES
"""What may arrive before this side has seen its own link come up."""
REOPEN_FIRST_S: Final = 1.0
REOPEN_MOST_S: Final = 30.0
"""A link that was closed for what its other end did is offered again after these times, doubling."""
CLOSE_S: Final = 6.0
"""Closing a session to a partner that does not read takes at most about this long."""


class _Partner:
    """The link to one partner: its sessions (two while one replaces the other), its lanes and its state.

    Methods run in the loop unless they say otherwise.
    """

    def __init__(self, own: MemberId, partner: MemberId, inbox: Inbox, clock: Clock) -> None:
        self.partner = partner
        self.up = False
        self._own = own
        self._inbox = inbox
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._turn = asyncio.Lock()
        self._sessions: list[PartnerSession] = []
        self._current: PartnerSession | None = None
        self._wiring: LinkWiring | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._reopen_s = REOPEN_FIRST_S
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = False
        # Orders a link's LinkUp before what arrived on it; held for moments only.
        self._gate = threading.Lock()
        self._early: deque[Arrived] = deque()
        self._early_bytes = 0
        self._senders = {lane: LaneSender(f"lw-{partner}-{lane.value}", lane, self._put) for lane in Lane}

    # Opening and closing

    async def open(self, wiring: LinkWiring) -> None:
        """Open the link, beside the present one where the port allows it; the old one goes when the new one is up."""
        async with self._turn:
            keep = [self._current] if self._current is not None and self._current in self._sessions else []
            # One port cannot be listened on twice: a listener is away for some milliseconds and its partner redials.
            if wiring.link.listen is not None and any(s.link.listen == wiring.link.listen for s in keep):
                keep = []
            await self._drop([s for s in self._sessions if s not in keep], "the link is being replaced")
            self._wiring = wiring
            await self._add(wiring)

    async def _add(self, wiring: LinkWiring) -> None:
        session = await asyncio.to_thread(PartnerSession, self._own, wiring.link, self._take, self._poke)
        if self._over:
            await asyncio.to_thread(session.close)
            raise LinkDown(f"the link to {self.partner} was closed while it was being opened.")
        self._sessions.append(session)
        if self._expiry is not None:
            self._expiry.cancel()
        left_s = max(0.0, (wiring.expires_ms - self._clock.now_ms()) / 1000)
        self._expiry = self._loop.call_later(left_s, self._expire)
        self._review()

    async def close(self, reason: str) -> None:
        """Close every session, end the threads, and say that the link is lost if it was there."""
        self._over = True
        if self._expiry is not None:
            self._expiry.cancel()
        for task in self._tasks:
            task.cancel()
        for sender in self._senders.values():
            sender.stop()
        await self._drop(self._sessions, reason)

    def abandon(self) -> None:
        """Close everything without a loop: the process ends and nobody stopped the transport."""
        self._over = True
        for sender in self._senders.values():
            sender.stop()
        for session in self._sessions:
            session.close()
        for sender in self._senders.values():
            sender.join(1.0)

    async def _drop(self, sessions: list[PartnerSession], reason: str, code: str = "") -> None:
        """Take `sessions` out of use at once and close them."""
        gone = list(sessions)
        self._sessions = [s for s in self._sessions if s not in gone]
        if self._current in gone:
            self._current = None
            self._lost(reason, code)
        if gone:
            closing = [asyncio.to_thread(s.close) for s in gone]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*closing), CLOSE_S)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _retire(self, old: list[PartnerSession]) -> None:
        await asyncio.sleep(OVERLAP_S)
        async with self._turn:
            await self._drop([s for s in old if s in self._sessions], "the link is being replaced")

    def _expire(self) -> None:
        self._wiring = None
        self._spawn(self._drop(self._sessions, "this node's own certificate has expired; renew it"))

    def _break(self, reason: str, code: str) -> None:
        """Close the link for what its other end did, and offer it again after a while."""
        if not self._sessions:
            return
        if not self.up:
            self._inbox.push(LinkLost(self.partner, reason, code))
        self._spawn(self._reopen(reason, code))

    async def _reopen(self, reason: str, code: str) -> None:
        await self._drop(self._sessions, reason, code)
        while not self._sessions and self._wiring is not None:
            wait_s, self._reopen_s = self._reopen_s, min(self._reopen_s * 2, REOPEN_MOST_S)
            await asyncio.sleep(wait_s)
            async with self._turn:
                if not self._sessions and self._wiring is not None:
                    with contextlib.suppress(ListenFailed):
                        await self._add(self._wiring)

    # State

    def _poke(self) -> None:
        """Have the links looked at (from any thread)."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._review)

    def _review(self) -> None:
        if self._over:
            return
        health = [(session, session.health()) for session in self._sessions]
        strangers = sorted({name for session, _ in health for name in session.strangers})
        if strangers:
            code = NameMismatch.code
            self._break(f"a certificate of {self.partner}'s root names {strangers[0]!r} instead of it ({code})", code)
            return
        ready = [session for session, found in health if found is Health.UP]
        self._current = ready[-1] if ready else None
        if not ready:
            self._lost("the connection ended")
            return
        if not self.up:
            self._reopen_s = REOPEN_FIRST_S
            with self._gate:
                self.up = True
                self._inbox.push(LinkUp(self.partner))
                for early in self._early:
                    self._inbox.push(early)
                self._forget_early()
        if len(self._sessions) > 1 and self._sessions[-1] is self._current:
            self._spawn(self._retire(self._sessions[:-1]))

    def _lost(self, reason: str, code: str = "") -> None:
        with self._gate:
            self._forget_early()
            if not self.up:
                return
            self.up = False
            self._inbox.push(LinkLost(self.partner, reason, code))
        for sender in self._senders.values():
            sender.clear()

    def _forget_early(self) -> None:
        self._early.clear()
        self._early_bytes = 0

    # Messages

    def send(self, lane: Lane, data: bytes) -> bool:
        """Queue `data` on `lane`."""
        return self.up and self._senders[lane].offer(data)

    def _put(self, lane: Lane, data: bytes) -> None:
        """Hand `data` to the present session (in the lane's own thread; may block)."""
        session = self._current
        if session is not None:
            session.put(lane, data)

    def _take(self, lane: Lane, data: bytes) -> None:
        """Take a message in (in a thread of Zenoh)."""
        event = Arrived(self.partner, lane, data)
        with self._gate:
            if self.up:
                taken = self._inbox.push(event)
            else:
                taken = self._early_bytes + len(data) <= EARLY_BYTES
                if taken:
                    self._early.append(event)
                    self._early_bytes += len(data)
        # Live data may be missed. Durable data that nobody could take means a partner that sends without being asked.
        if not taken and lane is Lane.DURABLE:
            with contextlib.suppress(RuntimeError):
                reason = f"it sends faster than this node can take ({Flooded.code})"
                self._loop.call_soon_threadsafe(self._break, reason, Flooded.code)


def _abandon(partners: dict[MemberId, _Partner]) -> None:
    for partner in partners.values():
        partner.abandon()


class ZenohTransport:
    """Links to partners over mutual TLS, each in its own Zenoh session. Implements ``interface.Transport``.

    Parameters
    ----------
    own
        This member.
    clock
        For the time of certificates.
    """

    def __init__(self, own: MemberId, clock: Clock | None = None) -> None:
        self._own = own
        self._clock = clock or SystemClock()
        self._inbox: Inbox | None = None
        self._partners: dict[MemberId, _Partner] = {}
        # A thread that is inside Zenoh when the interpreter ends would abort the process.
        weakref.finalize(self, _abandon, self._partners)

    async def start(self, on_event: Callable[[list[TransportEvent]], None]) -> None:
        """Begin to work; events come until :meth:`stop`."""
        self._inbox = Inbox(asyncio.get_running_loop(), on_event)

    async def open(self, link: PartnerLink) -> None:
        """Open (or, when one is open, replace: make before break) the link to one partner.

        Returns when the port is open or the dialing has begun; :class:`LinkUp` tells when the partner is there.

        Raises
        ------
        InvalidCertificate, InvalidConfig
            See :func:`~latticework.kernel.transport.wiring.check_link`; the present link is left as it is.
        ListenFailed
            When the port cannot be opened.
        LinkDown
            When the transport is not started, or the link is closed meanwhile.
        """
        if self._inbox is None:
            raise LinkDown("the transport is not started; start it before a link is opened.")
        wiring = check_link(self._own, link, self._clock.now_ms())
        partner = self._partners.get(link.partner)
        if partner is None:
            partner = self._partners[link.partner] = _Partner(self._own, link.partner, self._inbox, self._clock)
        await partner.open(wiring)

    async def close(self, partner: MemberId) -> None:
        """Close the link to one partner; the others are not touched. Closing what is not open does nothing."""
        found = self._partners.pop(partner, None)
        if found is not None:
            await found.close("it was closed here")

    def send(self, partner: MemberId, lane: Lane, data: bytes) -> bool:
        """Queue `data` without waiting; False when there is no link or the partner's queue on this lane is full.

        Raises
        ------
        ProtocolError
            When `data` is larger than any node takes.
        """
        if len(data) > MAX_MESSAGE_BYTES:
            raise ProtocolError(f"a message of {len(data)} bytes is over the limit of {MAX_MESSAGE_BYTES}; split it.")
        found = self._partners.get(partner)
        return found is not None and found.send(lane, data)

    async def stop(self) -> None:
        """Close every link and deliver the last events."""
        partners = list(self._partners.values())
        self._partners.clear()
        await asyncio.gather(*(partner.close("this node stops") for partner in partners))
        if self._inbox is not None:
            self._inbox.flush()
            self._inbox.close()
            self._inbox = None
