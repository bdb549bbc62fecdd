"""What waits for one peer of a stream: the newest allowed row of each slot, in turn."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from latticework.kernel.exchange.streams import MAX_ROWS, Flags, Rows, StreamKind
from latticework.kernel.ids import MemberId
from latticework.kernel.labels.label import Label
from latticework.kernel.ledger.frontier import Frontier

NEVER: Final = -(1 << 62)
"""A time before all times, ms."""


class Slots:
    """The newest row of each slot and when it came; grows with the largest slot in use."""

    __slots__ = ("_limit", "at_ms", "rows")

    def __init__(self, kind: StreamKind) -> None:
        self._limit = kind.slots
        self.rows: Rows = np.zeros(min(1024, kind.slots), dtype=kind.dtype)
        self.at_ms: npt.NDArray[np.int64] = np.full(len(self.rows), NEVER)

    def reach(self, top: int) -> bool:
        """Make room up to slot `top`; True when it grew."""
        if top < len(self.rows):
            return False
        more = min(self._limit, 1 << top.bit_length()) - len(self.rows)
        self.rows = np.concatenate([self.rows, np.zeros(more, dtype=self.rows.dtype)])
        self.at_ms = np.concatenate([self.at_ms, np.full(more, NEVER)])
        return True

    def put(self, rows: Rows, now_ms: int) -> None:
        """Keep `rows`, whose slots were made room for."""
        self.rows[rows["slot"]] = rows
        self.at_ms[rows["slot"]] = now_ms


class Subscriber:
    """One peer's queue, table of labels and tree of batches."""

    def __init__(self, kind: StreamKind, peer: MemberId, grant: int, now_ms: int) -> None:
        self.peer = peer
        self.grant = grant
        self.newest = Slots(kind)
        self.waiting: Flags = np.zeros(len(self.newest.rows), dtype=np.bool_)
        self.count = 0
        self.since_ms = 0
        self.not_before_ms = NEVER
        self.cursor = 0
        self.sequence = 0
        self.table = 0
        self.table_sent_ms = NEVER
        self.labels: list[Label] = []
        self.wire: npt.NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self.tree = Frontier()
        self.period_ms = now_ms
        self.rows_sent = 0

    def queue(self, rows: Rows, now_ms: int) -> None:
        """Put allowed `rows` in line, each in place of an older one of its slot."""
        if not len(rows):
            return
        self.newest.reach(int(rows["slot"].max()))
        if len(self.waiting) < len(self.newest.rows):
            self.waiting = np.concatenate(
                [self.waiting, np.zeros(len(self.newest.rows) - len(self.waiting), dtype=np.bool_)]
            )
        self.newest.put(rows, now_ms)
        self.mark(rows["slot"], now_ms)

    def mark(self, slots: npt.NDArray[np.uint32], now_ms: int) -> None:
        """Put the newest rows of `slots` in line."""
        if not self.count:
            self.since_ms = now_ms
        self.waiting[slots] = True
        self.count = int(np.count_nonzero(self.waiting))

    def take(self) -> npt.NDArray[np.intp]:
        """Take up to a batch of waiting slots, each slot in its turn."""
        slots = np.flatnonzero(self.waiting)
        if len(slots) > MAX_ROWS:
            # Begin where the last batch ended, so that high slots do not starve while low ones keep changing.
            slots = np.roll(slots, -int(np.searchsorted(slots, self.cursor)))[:MAX_ROWS]
        self.cursor = int(slots[-1]) + 1 if len(slots) else 0
        self.waiting[slots] = False
        self.count -= len(slots)
        return slots

    def due_ms(self, flush_ms: int) -> int | None:
        """Return when the next batch is due (ms), or None."""
        if not self.count:
            return None
        wanted = self.since_ms if self.count >= MAX_ROWS else self.since_ms + flush_ms
        return max(wanted, self.not_before_ms)

    def forget_table(self) -> None:
        """Begin a new table of labels."""
        self.table += 1
        self.labels.clear()
        self.wire[:] = -1
        self.table_sent_ms = NEVER
