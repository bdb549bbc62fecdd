"""The door: what comes in is bounded, decoded, verified and numbered before anybody looks at its content."""

from __future__ import annotations

from collections import Counter

from latticework.kernel.errors import Flooded, LatticeworkError, ProtocolError
from latticework.kernel.exchange.events import Alarm, Close, Command
from latticework.kernel.exchange.messages import Said, open_frame
from latticework.kernel.exchange.parts import Parts
from latticework.kernel.exchange.session import ReplayWindow
from latticework.kernel.exchange.tables import SessionRow, at, sessions
from latticework.kernel.ids import MemberId
from latticework.kernel.store.protocol import Reader, Transaction


class Admission:
    """Lets a peer's messages in, or counts why not."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._rejected: Counter[tuple[MemberId, str]] = Counter()

    def bound(self, peer: MemberId, size: int, now_ms: int) -> list[Command] | None:
        """Take `size` bytes out of the peer's share; None when they fit, else what to do about the flood."""
        session = self._parts.sessions.of(peer, now_ms)
        if not session.flooded and session.messages.take(1, now_ms) and session.bytes.take(size, now_ms):
            return None
        self._rejected[peer, Flooded.code] += 1
        if session.flooded:
            return []
        session.flooded = True
        sentence = f"{peer} sends more than its share; its link was closed."
        return [Close(peer, sentence), Alarm(Flooded.code, peer, sentence)]

    def open(self, reader: Reader, peer: MemberId, data: bytes, now_ms: int) -> tuple[Said, bool]:
        """Return what `peer` said, and whether it says so for the first time.

        A replay, a duplicate, or a message far too late is counted; it is no reason to alarm people, because a link
        that is being replaced carries some things twice.

        Raises
        ------
        DecodeError, RecordTooLarge, ProtocolError, InvalidSignature, UnknownMember, KeyCompromised
            When it is not a good frame of `peer` for this member.
        """
        said = open_frame(data, self._parts.keys, self._parts.own, peer, now_ms)
        session = self._parts.sessions.of(peer, now_ms)
        if session.seen < 0:
            session.seen = (sessions.get(reader, at(peer)) or SessionRow()).seen
        fresh = session.window.is_new(said.number) if said.session == session.seen else said.session > session.seen
        if not fresh:
            self._rejected[peer, ProtocolError.code] += 1
        return said, fresh

    def keep(self, tx: Transaction, said: Said) -> None:
        """Keep the number of a new session, so that the older ones stay refused after a restart."""
        if said.session > self._parts.sessions.of(said.sender).seen:
            row = sessions.get(tx, at(said.sender)) or SessionRow()
            sessions.put(tx, at(said.sender), SessionRow(row.own, said.session))

    def taken(self, said: Said) -> None:
        """Note that what was said is committed; said again, it is a replay."""
        session = self._parts.sessions.of(said.sender)
        if said.session > session.seen:
            session.seen, session.window = said.session, ReplayWindow()
        session.window.accept(said.number)

    def refuse(self, peer: MemberId, error: LatticeworkError) -> list[Command]:
        """Count what was refused; people hear of the first, the tenth, the hundredth."""
        self._rejected[peer, error.code] += 1
        count = str(self._rejected[peer, error.code])
        if count.strip("0") == "1":
            return [Alarm(error.code, peer, f"refused {count} so far from {peer}: {error.message}")]
        return []

    def rejected(self, peer: MemberId | None) -> dict[str, int]:
        """Return how many messages were refused since the start, by stable code."""
        found: Counter[str] = Counter()
        for (sender, code), count in self._rejected.items():
            if peer in {None, sender}:
                found[code] += count
        return dict(sorted(found.items()))
