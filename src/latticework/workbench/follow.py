"""Following the archive: each record once, in order of arrival, in one transaction with what is derived from it.

A part of the workbench keeps tables that are a function of the records (an in-tray, an index, the history of a
measure). :class:`Follower` walks the archive from a durable cursor; what a record changes and the cursor commit
together, so that after a crash nothing is taken twice and nothing is left out. Raising the version of a part rebuilds
its tables from the first record on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from latticework.kernel.archive import Head
from latticework.kernel.core import Kernel
from latticework.kernel.ids import Kind
from latticework.kernel.store.protocol import Transaction

CURSOR: Final = "workbench.cursor"
"""Table: name of a part to its version (4 bytes) and the number of the last record that it took (8 bytes)."""
AT_ONCE: Final = 500
"""Records in one transaction: few enough that nothing else waits long."""

Take = Callable[[Transaction, Head], None]


class Follower:
    """One part's walk along the archive.

    Parameters
    ----------
    kernel
        The node.
    name
        Of the part (``tasks``); the key of its cursor.
    take
        Called with the open transaction and the archive row of each record, oldest first. It derives; it does not send.
    version
        Of what `take` derives. When it is another than the cursor's, `clear` runs and the walk starts anew.
    clear
        Empties what was derived; called in the transaction that resets the cursor.
    kinds
        Only records of these kinds are given to `take`; None: all.
    """

    def __init__(
        self, kernel: Kernel, name: str, take: Take, *, version: int = 1,
        clear: Callable[[Transaction], None] = lambda tx: None, kinds: frozenset[Kind] | None = None,
    ) -> None:
        self._kernel, self._key, self._take, self._version = kernel, name.encode(), take, version
        self._clear, self._kinds = clear, kinds
        self._at: int | None = None

    @property
    def at(self) -> int:
        """Number of the last record that was taken."""
        if self._at is None:
            self._at = self._begin()
        return self._at

    def step(self, limit: int = AT_ONCE) -> int:
        """Take what has arrived, at most `limit` records; return how many the archive gave."""
        after = self.at
        with self._kernel.store.snapshot() as reader:
            heads = list(self._kernel.arrivals(reader, after, limit=limit))
        if not heads:
            return 0
        self._kernel.in_transaction(lambda tx: self._take_all(tx, heads))
        self._at = heads[-1].number
        return len(heads)

    def catch_up(self) -> None:
        """Take everything that is there."""
        while self.step():
            pass

    def _take_all(self, tx: Transaction, heads: list[Head]) -> None:
        for head in heads:
            if self._kinds is None or head.kind in self._kinds:
                self._take(tx, head)
        self._put(tx, heads[-1].number)

    def _begin(self) -> int:
        with self._kernel.store.snapshot() as reader:
            raw = reader.get(CURSOR, self._key)
        if raw is not None and int.from_bytes(raw[:4], "big") == self._version:
            return int.from_bytes(raw[4:], "big")
        self._kernel.in_transaction(self._reset)
        return 0

    def _reset(self, tx: Transaction) -> None:
        self._clear(tx)
        self._put(tx, 0)

    def _put(self, tx: Transaction, number: int) -> None:
        tx.put(CURSOR, self._key, self._version.to_bytes(4, "big") + number.to_bytes(8, "big"))


def empty(tx: Transaction, *tables: str) -> None:
    """Remove every row of `tables`: the usual ``clear`` of a part."""
    for table in tables:
        for key, _ in list(tx.scan(table)):
            tx.delete(table, key)
