"""Stream and edit grants: offered as ledger entries, open with the peer's receipt, ended when the policy says so."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal, Protocol

import msgspec

from latticework.kernel.errors import LatticeworkError, ProtocolError, Withheld
from latticework.kernel.exchange import tables
from latticework.kernel.exchange.entries import EditGranted, Entry, GrantEnded, StreamGranted, StreamPeriod
from latticework.kernel.exchange.events import EditChannelChanged, StreamChanged
from latticework.kernel.exchange.outgoing import Outgoing
from latticework.kernel.exchange.parts import Outcome, Parts
from latticework.kernel.exchange.tables import GrantIn, GrantOut, OutItem, at, grants_in, grants_out, last_number, past
from latticework.kernel.ids import Kind, MemberId, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Decision, Purpose
from latticework.kernel.store.protocol import Reader, Transaction

MAX_CHANNEL = 200


def check_channel(name: str) -> None:
    """Raise :class:`ProtocolError` unless `name` can name an edit channel: 1 to 200 printable characters.

    Keys are made of it, and a zero byte in it would let one member's edits pass for another's.
    """
    if not 1 <= len(name) <= MAX_CHANNEL or not name.isprintable():
        raise ProtocolError(f"an edit channel's name has 1 to {MAX_CHANNEL} printable characters; it was refused.")


class StreamDesk(Protocol):
    """The streams of a node, as the exchange needs them: told who may have what, asked what a period carried."""

    def subscribe(self, stream: Kind, peer: MemberId, grant: int, label: Label, now_ms: int) -> None:
        """From now on `peer` gets the stream under its grant number `grant`."""
        ...

    def unsubscribe(self, stream: Kind, peer: MemberId, grant: int) -> None:
        """The grant ended; nothing goes out under it any more."""
        ...

    def expect(self, stream: Kind, peer: MemberId, grant: int, label: Label, now_ms: int) -> None:
        """`peer` opened a stream to this node."""
        ...

    def forget(self, stream: Kind, peer: MemberId, grant: int) -> None:
        """`peer` ended it; what still arrives under it is refused."""
        ...

    def arrived(self, peer: MemberId, data: bytes, now_ms: int) -> None:
        """Take a batch from the live lane, or raise what is wrong with it."""
        ...

    def close_periods(self, now_ms: int) -> list[StreamPeriod]:
        """End the period of every outgoing stream; return the entries of those that carried something."""
        ...

    def compare(self, peer: MemberId, period: StreamPeriod) -> bool:
        """Say whether the root that `peer` logged is that of the batches received (True also when it cannot tell)."""
        ...


class GrantsOut:
    """Grants that this node gave."""

    def __init__(self, parts: Parts, outgoing: Outgoing) -> None:
        self._parts = parts
        self._outgoing = outgoing
        self.desk: StreamDesk | None = None
        self.moved: set[MemberId] = set()

    def offer(
        self, tx: Transaction, form: Literal["stream", "edit"], name: str, topic: Topic, label: Label, to: MemberId,
        decision: Decision, now_ms: int,
    ) -> int:
        """Log a grant and offer it to `to`; return its number. A standing grant of the same name is returned as it is.

        Raises
        ------
        Withheld
            When the decision does not allow it.
        ProtocolError
            When it is an edit channel whose name is none.
        """
        if form == "edit":
            check_channel(name)
        if not decision.allowed:
            raise Withheld(f"{name} is withheld from {to} by {decision.rule}: {decision.reason}")
        for number, row in self.of(tx, to):
            if (row.form, row.name) == (form, name) and row.state != "ended":
                return number
        head = self._outgoing.head(tx, to)
        number = head.grants + 1
        tables.out_heads.put(tx, at(to), msgspec.structs.replace(head, grants=number))
        entry: Entry
        if form == "stream":
            entry = StreamGranted(
                stream=Kind(name), topic=topic, label=label, to=to, number=number, arrangement=decision.arrangement,
                rule=decision.rule, at_ms=now_ms,
            )
        else:
            entry = EditGranted(
                channel=name, topic=topic, label=label, to=to, number=number, arrangement=decision.arrangement,
                rule=decision.rule, at_ms=now_ms,
            )
        purpose = Purpose.STREAM if form == "stream" else Purpose.RELEASE
        place, _ = self._outgoing.put(
            tx, to, entry, now_ms, topic=topic, label=label, purpose=purpose, decision=decision, grant=number
        )
        grants_out.put(tx, at(to, number), GrantOut(form, name, topic, label, place))
        return number

    def of(self, reader: Reader, peer: MemberId) -> list[tuple[int, GrantOut]]:
        """Return (number, grant) of every grant to `peer`, oldest first."""
        return [(last_number(key), row) for key, row in grants_out.scan(reader, at(peer), past(peer))]

    def receipted(self, tx: Transaction, peer: MemberId, item: OutItem, code: str, now_ms: int) -> None:
        """The peer's receipt for the grant's entry came: open it, or end it when the peer refused."""
        row = grants_out.get(tx, at(peer, item.grant))
        if row is None or row.state != "offered" or item.purpose is None:
            return
        if code:
            self._put(tx, peer, item.grant, row, "ended")
            return
        self._put(tx, peer, item.grant, row, "open")

    def _put(
        self, tx: Transaction, peer: MemberId, number: int, row: GrantOut, state: Literal["offered", "open", "ended"]
    ) -> None:
        grants_out.put(tx, at(peer, number), msgspec.structs.replace(row, state=state))
        self.moved.add(peer)

    def end(self, tx: Transaction, peer: MemberId, number: int, now_ms: int) -> bool:
        """End a grant, log that, and tell the peer; False when it had ended before."""
        row = grants_out.get(tx, at(peer, number))
        if row is None or row.state == "ended":
            return False
        self._put(tx, peer, number, row, "ended")
        for key, _ in list(tx.scan(tables.EDITS, at(peer, number), past(peer, number))):
            tx.delete(tables.EDITS, key)
        item = tables.out_items.get(tx, at(peer, row.place))
        if self._parts.ledger.stalled(tx) is None and item is not None and item.number:
            self._outgoing.put(tx, peer, GrantEnded(number=number, to=peer, at_ms=now_ms), now_ms, grant=number)
        return True

    def decide_again(self, tx: Transaction, peer: MemberId, now_ms: int) -> None:
        """End every grant to `peer` that the gate no longer allows."""
        for number, row in self.of(tx, peer):
            if row.state == "ended":
                continue
            purpose = Purpose.STREAM if row.form == "stream" else Purpose.RELEASE
            if not self._parts.decide(tx, peer, row.topic, row.label, purpose, now_ms).allowed:
                self.end(tx, peer, number, now_ms)

    def close_periods(self, tx: Transaction, now_ms: int) -> None:
        """Log the root of each stream's period, so that it stands under the checkpoint that comes next."""
        for period in self.desk.close_periods(now_ms) if self.desk is not None else ():
            self._outgoing.put(tx, period.to, period, now_ms, grant=period.number)

    def align(self, reader: Reader, now_ms: int) -> None:
        """Tell the desk how grants that moved stand in the committed state. Saying a thing twice does nothing."""
        for peer in sorted(self.moved) if self.desk is not None else ():
            for number, row in self.of(reader, peer):
                if self.desk is None or row.form != "stream":
                    continue
                if row.state == "open":
                    self.desk.subscribe(Kind(row.name), peer, number, row.label, now_ms)
                else:
                    self.desk.unsubscribe(Kind(row.name), peer, number)
        self.moved.clear()


class GrantsIn:
    """Grants that peers gave to this node."""

    def __init__(self) -> None:
        self.desk: StreamDesk | None = None
        self.moved: set[MemberId] = set()

    def opened(self, tx: Transaction, peer: MemberId, entry: StreamGranted | EditGranted) -> list[Outcome]:
        """Keep an arrived grant.

        Raises
        ------
        ProtocolError
            When its number was used before or is out of bounds, or its channel has no plain name.
        """
        if isinstance(entry, StreamGranted):
            row = GrantIn("stream", entry.stream, entry.topic, entry.label)
        else:
            check_channel(entry.channel)
            row = GrantIn("edit", entry.channel, entry.topic, entry.label)
        if not 0 < entry.number < 2**62 or grants_in.get(tx, at(peer, entry.number)) is not None:
            raise ProtocolError(f"{peer} used the number of a grant twice; the second was refused.")
        grants_in.put(tx, at(peer, entry.number), row)
        return [self._changed(peer, row, now_open=True)]

    def ended(self, tx: Transaction, peer: MemberId, number: int) -> list[Outcome]:
        """Note that a grant ended."""
        row = grants_in.get(tx, at(peer, number)) if 0 < number < 2**62 else None
        if row is None or not row.open:
            return []
        grants_in.put(tx, at(peer, number), msgspec.structs.replace(row, open=False))
        return [self._changed(peer, row, now_open=False)]

    def reported(self, tx: Transaction, peer: MemberId, entry: Entry) -> list[Outcome]:
        """Compare the logged root of a stream's period with what arrived.

        Raises
        ------
        ProtocolError
            When the entry is not one for a peer, or the root is of other batches than those that arrived.
        """
        if not isinstance(entry, StreamPeriod):
            raise ProtocolError(f"{peer} sent a ledger entry of a kind that peers are not sent.")
        if self.desk is not None and not self.desk.compare(peer, entry):
            raise ProtocolError(f"{peer} logged another root than that of the batches it sent; ask its people why.")
        return []

    def of(self, reader: Reader, peer: MemberId) -> list[tuple[int, GrantIn]]:
        """Return (number, grant) of every grant of `peer`, oldest first."""
        return [(last_number(key), row) for key, row in grants_in.scan(reader, at(peer), past(peer))]

    def align(self, reader: Reader, now_ms: int) -> None:
        """Tell the desk how grants that moved stand in the committed state."""
        for peer in sorted(self.moved) if self.desk is not None else ():
            for number, row in self.of(reader, peer):
                if self.desk is None or row.form != "stream":
                    continue
                # A kind that no room of this node knows stays closed; its batches are refused as they come.
                with suppress(LatticeworkError):
                    if row.open:
                        self.desk.expect(Kind(row.name), peer, number, row.label, now_ms)
                    else:
                        self.desk.forget(Kind(row.name), peer, number)
        self.moved.clear()

    def _changed(self, peer: MemberId, row: GrantIn, *, now_open: bool) -> Outcome:
        self.moved.add(peer)
        if row.form == "stream":
            return StreamChanged(peer, row.name, now_open)
        return EditChannelChanged(peer, row.name, now_open)
