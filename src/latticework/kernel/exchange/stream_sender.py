"""The giving end of a stream: the newest row of each slot for each peer, gated, batched and signed.

Each peer has a queue of its own: the newest *allowed* row of each slot that it has not been sent. A peer that reads
slowly therefore gets fewer and newer rows and holds up nobody. What it may not have never enters its queue, so neither
the rows, nor their number, nor the time or length of any batch depends on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from latticework.kernel.codec import encode
from latticework.kernel.errors import InvalidRecord, StreamClosed
from latticework.kernel.exchange.stream_queue import NEVER, Slots, Subscriber
from latticework.kernel.exchange.streams import (
    MAX_LABELS,
    STREAM_TYPE,
    Batch,
    BatchBody,
    Flags,
    PeriodRoot,
    RowGate,
    Rows,
    StreamKind,
    StreamSettings,
)
from latticework.kernel.ids import MemberId
from latticework.kernel.labels.label import Label
from latticework.kernel.ledger.frontier import Frontier
from latticework.kernel.records.signing import Signer, seal_payload

_DEFAULTS: Final = StreamSettings()


class StreamSender:
    """Rows of one kind, from this member to every peer that was granted the stream.

    Parameters
    ----------
    own
        This member.
    kind
        The stream's kind.
    signer
        Signs each batch.
    session
        Larger at every start of the node, for example its time of start, ms: peers refuse an older one as a replay.
    settings
        Pace and bounds.
    """

    def __init__(
        self, own: MemberId, kind: StreamKind, signer: Signer, session: int, settings: StreamSettings = _DEFAULTS
    ) -> None:
        self.own = own
        self.kind = kind
        self._signer = signer
        self._session = session
        self._settings = settings
        self._labels: tuple[Label, ...] = ()
        self._masks: npt.NDArray[np.uint64] = np.zeros(0, dtype=np.uint64)
        self._bits: dict[MemberId, int] = {}
        self._newest = Slots(kind)
        self._subscribers: dict[MemberId, Subscriber] = {}
        self.offered = 0
        self.released = 0

    @property
    def subscribers(self) -> tuple[MemberId, ...]:
        """Peers with an open grant, sorted."""
        return tuple(sorted(self._subscribers))

    def use_signer(self, signer: Signer) -> None:
        """Sign with another key from now on (key rotation)."""
        self._signer = signer

    def use_labels(self, labels: Sequence[Label]) -> None:
        """Name the labels that rows may bear: a row's ``label`` is an index into `labels`.

        Nothing leaves until :meth:`use_gate` brings a policy that was compiled over these labels.

        Raises
        ------
        InvalidRecord
            When there are more than 65,535.
        """
        if len(labels) >= 1 << 16:
            raise InvalidRecord(f"a stream's rows can bear at most {(1 << 16) - 1} different labels.")
        self._labels = tuple(labels)
        self._masks = np.zeros(len(labels), dtype=np.uint64)
        for subscriber in self._subscribers.values():
            subscriber.wire = np.full(len(labels), -1, dtype=np.int32)
            subscriber.forget_table()

    def use_gate(self, gate: RowGate, now_ms: int) -> None:
        """Decide with `gate` from now on, also about what already waits.

        Call it at every change of policy, and when time changes a decision (a grant lapses, a label expires). Rows
        that a peer may have now and could not have before are put in line for it.
        """
        masks, bits = self._masks, self._bits
        self._masks = gate.decide_rows(np.arange(1, len(self._labels) + 1, dtype=np.uint16))
        self._bits = {peer: bit for bit, peer in enumerate(gate.peers)}
        for subscriber in self._subscribers.values():
            had = _allowed(masks, bits.get(subscriber.peer))
            has = _allowed(self._masks, self._bits.get(subscriber.peer))
            if bool(np.any(has & ~had)):
                self._fill(subscriber, now_ms)

    def subscribe(self, peer: MemberId, grant: int, now_ms: int) -> None:
        """Begin to send to `peer` under its `grant`; the newest rows that it may have come first."""
        subscriber = Subscriber(self.kind, peer, grant, now_ms)
        subscriber.wire = np.full(len(self._labels), -1, dtype=np.int32)
        self._subscribers[peer] = subscriber
        self._fill(subscriber, now_ms)

    def unsubscribe(self, peer: MemberId, now_ms: int) -> PeriodRoot | None:
        """Stop sending to `peer` at once; return what its last period carried, if anything."""
        subscriber = self._subscribers.pop(peer, None)
        return None if subscriber is None else self._end_period(subscriber, now_ms)

    def _fill(self, subscriber: Subscriber, now_ms: int) -> None:
        fresh = self._newest.at_ms >= now_ms - self._settings.stale_ms
        rows = self._newest.rows[fresh]
        subscriber.queue(rows[self._may(subscriber, rows)], now_ms)

    def _may(self, subscriber: Subscriber, rows: Rows) -> Flags:
        may: Flags = _allowed(self._masks, self._bits.get(subscriber.peer))[rows["label"]]
        return may

    def offer(self, rows: Rows, now_ms: int) -> None:
        """Take new rows; each replaces the one of its slot.

        Parameters
        ----------
        rows
            The kind's dtype, shape (n,).
        now_ms
            Time, ms since 1970 UTC.

        Raises
        ------
        InvalidRecord
            When a row names a slot or label that does not exist; then none was taken.
        """
        if not len(rows):
            return
        top = int(rows["slot"].max())
        if top >= self.kind.slots or int(rows["label"].max()) >= len(self._labels):
            raise InvalidRecord(f"a row of {self.kind.name} names a slot or a label that does not exist.")
        self._newest.reach(top)
        self._newest.put(rows, now_ms)
        self.offered += len(rows)
        for subscriber in self._subscribers.values():
            may = self._may(subscriber, rows)
            subscriber.queue(rows if bool(may.all()) else rows[may], now_ms)

    def due_ms(self) -> int | None:
        """Return when :meth:`flush` has something to do (ms; may lie in the past), or None."""
        found = [due for s in self._subscribers.values() if (due := s.due_ms(self._settings.flush_ms)) is not None]
        return min(found, default=None)

    def flush(self, now_ms: int) -> list[Batch]:
        """Return the signed batches that are due, at most ``batches_at_once`` for each peer; ask again after.

        What fills no batch waits out its time.
        """
        batches = []
        for subscriber in self._subscribers.values():
            for _ in range(self._settings.batches_at_once):
                due = subscriber.due_ms(self._settings.flush_ms)
                if due is None or due > now_ms:
                    break
                batch = self._batch(subscriber, now_ms)
                if batch is not None:
                    batches.append(batch)
        return batches

    def _batch(self, subscriber: Subscriber, now_ms: int) -> Batch | None:
        slots = subscriber.take()
        rows = subscriber.newest.rows[slots]
        may = self._may(subscriber, rows)  # the policy may have changed since they were put in line
        if not bool(may.all()):
            slots, rows = slots[may], rows[may]
        if not len(rows):
            return None
        if len(self._labels) > MAX_LABELS:
            slots, rows = self._of_one_table(subscriber, slots, rows, now_ms)
        labels = self._name_labels(subscriber, rows, now_ms)
        tree = subscriber.tree
        subscriber.sequence += 1
        body = BatchBody(
            self.kind.name, self.kind.version, self.own, subscriber.peer, subscriber.grant, self._session,
            subscriber.sequence, now_ms, subscriber.period_ms, tree.size, tree.hashes, subscriber.rows_sent,
            subscriber.table, 0, labels, rows.tobytes(),
        )
        data = seal_payload(self._signer, STREAM_TYPE, encode(body))
        tree.add(data)
        subscriber.rows_sent += len(rows)
        self.released += len(rows)
        return Batch(subscriber.peer, data, slots.astype(np.uint32))

    @staticmethod
    def _of_one_table(
        subscriber: Subscriber, slots: npt.NDArray[np.intp], rows: Rows, now_ms: int
    ) -> tuple[npt.NDArray[np.intp], Rows]:
        """Return the rows whose labels fit into one table, and put the others in line again."""
        named = np.unique(rows["label"])
        if len(named) <= MAX_LABELS:
            return slots, rows
        fit = rows["label"] < named[MAX_LABELS]
        subscriber.mark(slots[~fit].astype(np.uint32), now_ms)
        return slots[fit], rows[fit]

    def _name_labels(self, subscriber: Subscriber, rows: Rows, now_ms: int) -> tuple[Label, ...]:
        """Rewrite the rows' labels to the peer's own table, which holds only labels of rows that it was given."""
        index = rows["label"]
        wire = subscriber.wire[index]
        if bool((wire < 0).any()):
            new = np.unique(index[wire < 0])
            if len(subscriber.labels) + len(new) > MAX_LABELS:
                subscriber.forget_table()
                new = np.unique(index)
            subscriber.wire[new] = np.arange(len(new)) + len(subscriber.labels)
            subscriber.labels.extend(self._labels[i] for i in new.tolist())
            subscriber.table_sent_ms = NEVER
            wire = subscriber.wire[index]
        rows["label"] = wire
        if now_ms - subscriber.table_sent_ms < self._settings.table_every_ms:
            return ()
        subscriber.table_sent_ms = now_ms
        return tuple(subscriber.labels)

    def unsent(self, batch: Batch, now_ms: int) -> None:
        """Put the rows of a batch that the link did not take in line again, or newer ones in their place.

        The batch itself keeps its place in the period's tree: to the receiver it is one that was lost.
        """
        subscriber = self._subscribers.get(batch.peer)
        if subscriber is None:
            return
        subscriber.mark(batch.slots, now_ms)
        if subscriber.not_before_ms <= now_ms:  # the first of several: its turn comes first again
            subscriber.cursor = int(batch.slots[0])
        subscriber.not_before_ms = now_ms + self._settings.retry_ms
        subscriber.table_sent_ms = NEVER

    def close_period(self, now_ms: int) -> list[PeriodRoot]:
        """End the ledger period; return what each peer was sent in it, for the ledger. Periods without rows say none.

        Raises
        ------
        StreamClosed
            When the period would end before it began (the clock went back); ask again later.
        """
        if any(s.period_ms > now_ms for s in self._subscribers.values()):
            raise StreamClosed(f"the period of {self.kind.name} begins later than now; the clock went back.")
        return [end for s in self._subscribers.values() if (end := self._end_period(s, now_ms)) is not None]

    def _end_period(self, subscriber: Subscriber, now_ms: int) -> PeriodRoot | None:
        tree = subscriber.tree
        if not tree.size:
            return None
        period = PeriodRoot(
            stream=self.kind.name, to=subscriber.peer, grant=subscriber.grant, root=tree.root(), batches=tree.size,
            rows=subscriber.rows_sent, from_ms=subscriber.period_ms, to_ms=now_ms,
        )
        subscriber.tree, subscriber.rows_sent = Frontier(), 0
        subscriber.period_ms = max(now_ms, subscriber.period_ms + 1)
        return period


def _allowed(masks: npt.NDArray[np.uint64], bit: int | None) -> Flags:
    """Return, for each label, whether the peer of `bit` is allowed; nobody is without a bit."""
    if bit is None:
        return np.zeros(len(masks), dtype=np.bool_)
    allowed: Flags = (masks >> np.uint64(bit)) & np.uint64(1) != 0
    return allowed
