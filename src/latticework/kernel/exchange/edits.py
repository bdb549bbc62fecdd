"""Edit channels: opaque edits in order and without a gap, in signed batches, sent again until they are acknowledged."""

from __future__ import annotations

import msgspec

from latticework.kernel.errors import ProtocolError, StreamClosed, Withheld
from latticework.kernel.exchange import tables
from latticework.kernel.exchange.events import EditArrived
from latticework.kernel.exchange.grants import GrantsOut
from latticework.kernel.exchange.messages import EditAck, EditBatch
from latticework.kernel.exchange.parts import Outcome, Parts, Say
from latticework.kernel.exchange.tables import at, grants_in, grants_out, past
from latticework.kernel.ids import MemberId
from latticework.kernel.policy.model import Purpose
from latticework.kernel.store.protocol import Reader, Transaction

MAX_EDIT_BYTES = 256 * 1024
MAX_BATCH_EDITS = 200
MAX_BATCH_BYTES = 1024 * 1024


class Edits:
    """Both directions of every edit channel."""

    def __init__(self, parts: Parts, grants: GrantsOut) -> None:
        self._parts = parts
        self._grants = grants
        self._due_ms: dict[tuple[MemberId, int], int] = {}
        self._flushed: dict[tuple[MemberId, int], int] = {}

    # ---- out -------------------------------------------------------------------------------------------------------

    def edit(self, tx: Transaction, channel: str, data: bytes, now_ms: int) -> int:
        """Queue an edit for every peer that has a grant of `channel`; return for how many.

        Raises
        ------
        ProtocolError
            When the edit is too large.
        """
        if len(data) > MAX_EDIT_BYTES:
            raise ProtocolError(f"an edit has at most {MAX_EDIT_BYTES} bytes; divide it.")
        count = 0
        for peer in self._parts.state().partners:
            for number, row in self._grants.of(tx, peer):
                if row.form == "edit" and row.name == channel and row.state != "ended":
                    grants_out.put(tx, at(peer, number), msgspec.structs.replace(row, last=row.last + 1))
                    tx.put(tables.EDITS, at(peer, number, row.last + 1), data)
                    # A transaction that fails after this leaves a flush that finds nothing, which is harmless.
                    self._due_ms.setdefault((peer, number), now_ms + self._parts.settings.flush_ms)
                    count += 1
        return count

    def due(self, now_ms: int) -> list[tuple[MemberId, int]]:
        """Return (peer, grant) whose batch is due."""
        return sorted(key for key, due in self._due_ms.items() if due <= now_ms)

    def next_due_ms(self) -> int | None:
        """Return when the next batch is due, or None."""
        return min(self._due_ms.values(), default=None)

    def flush(self, tx: Transaction, peer: MemberId, number: int, now_ms: int) -> list[Outcome]:
        """Send what waits under one grant, after asking the gate once more; what does not fit follows at once."""
        self._due_ms.pop((peer, number), None)
        session = self._parts.sessions.get(peer)
        row = grants_out.get(tx, at(peer, number))
        if row is None or row.state != "open" or session is None or not session.up:
            return []
        if not self._parts.decide(tx, peer, row.topic, row.label, Purpose.RELEASE, now_ms).allowed:
            self._grants.end(tx, peer, number, now_ms)
            return []
        said: list[Outcome] = []
        flushed = max(self._flushed.get((peer, number), 0), row.acknowledged)
        while flushed < row.last and len(said) < 4:
            batch = self._batch(tx, peer, number, flushed + 1)
            if not batch:
                break
            said.append(Say(peer, EditBatch(number, flushed + 1, tuple(batch))))
            flushed += len(batch)
        self._flushed[peer, number] = flushed
        if flushed < row.last:
            self._due_ms[peer, number] = now_ms
        return said

    def _batch(self, reader: Reader, peer: MemberId, number: int, first: int) -> list[bytes]:
        batch: list[bytes] = []
        size = 0
        start, stop = at(peer, number, first), past(peer, number)
        for _, data in reader.scan(tables.EDITS, start, stop, limit=MAX_BATCH_EDITS):
            size += len(data)
            if batch and size > MAX_BATCH_BYTES:
                break
            batch.append(data)
        return batch

    def acknowledged(self, tx: Transaction, peer: MemberId, ack: EditAck, now_ms: int) -> None:
        """Note what the peer committed; what it did not get is sent again at the next poll.

        Edits are kept while their grant stands: a peer that put an older store back asks for them once more. When it
        is this node that did so, its numbers are used up, and the grant ends so that a fresh one can be offered.

        Raises
        ------
        ProtocolError
            When there is no such edit grant.
        """
        row = grants_out.get(tx, at(peer, ack.grant))
        if row is None or row.form != "edit":
            raise ProtocolError(f"{peer} acknowledged edits that were not sent; the message was refused.")
        if row.state != "open":
            return
        if ack.up_to > row.last:
            self._grants.end(tx, peer, ack.grant, now_ms)
        elif ack.up_to != row.acknowledged:
            grants_out.put(tx, at(peer, ack.grant), msgspec.structs.replace(row, acknowledged=ack.up_to))

    def again(self, reader: Reader, peer: MemberId, now_ms: int) -> None:
        """Mark everything that `peer` has not acknowledged as due: after a new link, an opened grant, or a poll."""
        for number, row in self._grants.of(reader, peer):
            if row.form == "edit" and row.state == "open" and row.acknowledged < row.last:
                self._flushed[peer, number] = row.acknowledged
                self._due_ms[peer, number] = now_ms

    # ---- in --------------------------------------------------------------------------------------------------------

    def arrived(self, tx: Transaction, peer: MemberId, batch: EditBatch, now_ms: int) -> list[Outcome]:
        """Commit the edits that follow the cursor and acknowledge; what came before is skipped, a gap is not filled.

        Raises
        ------
        ProtocolError
            When one of them is larger than any node sends.
        StreamClosed
            When there is no open grant of that number.
        Withheld
            When the policy here no longer lets `peer` give this.
        """
        if any(len(data) > MAX_EDIT_BYTES for data in batch.edits):
            raise ProtocolError(f"an edit of {peer} has more than {MAX_EDIT_BYTES} bytes; its batch was refused.")
        key = at(peer, batch.grant)
        row = grants_in.get(tx, key)
        if row is None or row.form != "edit" or not row.open:
            raise StreamClosed(f"{peer} sent edits without an open grant; they were refused.")
        decision = self._parts.decide(tx, peer, row.topic, row.label, Purpose.RECEIVE, now_ms)
        if not decision.allowed:
            raise Withheld(f"{peer} may not edit here by {decision.rule}: {decision.reason}")
        cursor = row.cursor
        outcomes: list[Outcome] = []
        if batch.first <= cursor + 1:
            for data in batch.edits[cursor + 1 - batch.first :]:
                cursor += 1
                self._parts.sink.accept_edit(tx, row.name, peer, cursor, data, now_ms)
                outcomes.append(EditArrived(peer, row.name, cursor, data))
            if cursor != row.cursor:
                grants_in.put(tx, key, msgspec.structs.replace(row, cursor=cursor))
        outcomes.append(Say(peer, EditAck(batch.grant, cursor)))
        return outcomes
