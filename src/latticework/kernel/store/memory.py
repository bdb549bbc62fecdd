"""A store in memory: for tests, simulations and short-lived nodes; it keeps the same promises but one, durability.

A :class:`MemoryDisk` stands for the disk and outlives the :class:`MemoryStore` objects opened on it, as a file outlives
the processes that open it. A simulation copies a disk (:meth:`MemoryStore.snapshot_state`), puts an old copy back
(:meth:`MemoryStore.restore_state`) and makes a commit die just before or just after it took effect
(:attr:`MemoryStore.commit_hook`).
"""

from __future__ import annotations

import heapq
import threading
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Literal

from latticework.kernel.errors import SequencerTaken, StoreError
from latticework.kernel.store.names import BY_NUMBER, check_number, check_table

CommitMoment = Literal["before", "after"]
CommitHook = Callable[[CommitMoment], None]
DiskState = dict[str, dict[bytes, bytes]]


class SimulatedCrash(Exception):
    """What a simulation's commit hook raises: the process ends here. No code of the node catches it."""


class _Table:
    """Keys in order and their values; copied before a change while a snapshot looks at it."""

    __slots__ = ("keys", "values")

    def __init__(self, values: dict[bytes, bytes]) -> None:
        self.values = values
        self.keys = sorted(values)

    def copy(self) -> _Table:
        fresh = _Table.__new__(_Table)
        fresh.values = dict(self.values)
        fresh.keys = list(self.keys)
        return fresh

    def bounds(self, start: bytes, stop: bytes | None) -> tuple[int, int]:
        low = bisect_left(self.keys, start)
        high = len(self.keys) if stop is None else bisect_left(self.keys, stop)
        return low, max(low, high)

    def apply(self, changes: dict[bytes, bytes | None]) -> None:
        fresh: list[bytes] = []
        for key, value in changes.items():
            if value is not None:
                if key not in self.values:
                    fresh.append(key)
                self.values[key] = value
            elif self.values.pop(key, None) is not None:
                del self.keys[bisect_left(self.keys, key)]
        if len(fresh) > 16:
            self.keys.extend(fresh)
            self.keys.sort()  # timsort takes two sorted runs in one pass
        else:
            for key in fresh:
                insort(self.keys, key)


class MemoryDisk:
    """What survives a simulated crash: the committed tables, and who holds the sequencer's claim."""

    def __init__(self) -> None:
        self.tables: dict[str, _Table] = {}
        self.snapshots = 0
        self.sequencer: MemoryStore | None = None
        self.guard = threading.Lock()
        self.writer = threading.Lock()


class _MemoryReader:
    """A consistent view of the tables as they were when it was opened."""

    def __init__(self, tables: dict[str, _Table]) -> None:
        self._tables = tables
        self._open = True

    def _table(self, table: str) -> _Table | None:
        if not self._open:
            raise StoreError("this view of the store was closed; read inside its 'with' block.")
        return self._tables.get(check_table(table))

    def get(self, table: str, key: bytes) -> bytes | None:
        found = self._table(table)
        return None if found is None else found.values.get(key)

    def scan(
        self, table: str, start: bytes = b"", stop: bytes | None = None, *, limit: int | None = None,
        reverse: bool = False,
    ) -> Iterator[tuple[bytes, bytes]]:
        found = self._table(table)
        if found is None:
            return
        low, high = found.bounds(start, stop)
        places = range(high - 1, low - 1, -1) if reverse else range(low, high)
        for place in islice(places, limit):
            key = found.keys[place]
            yield key, found.values[key]

    def count(self, table: str, start: bytes = b"", stop: bytes | None = None) -> int:
        found = self._table(table)
        if found is None:
            return 0
        low, high = found.bounds(start, stop)
        return high - low

    def end(self) -> None:
        self._open = False


class _MemoryTransaction(_MemoryReader):
    """Changes over the committed tables, which stay as they are until the commit."""

    def __init__(self, tables: dict[str, _Table]) -> None:
        super().__init__(tables)
        self.changes: dict[str, dict[bytes, bytes | None]] = {}

    def put(self, table: str, key: bytes, value: bytes) -> None:
        self._changed(table, key)[bytes(key)] = bytes(value)

    def delete(self, table: str, key: bytes) -> None:
        self._changed(table, key)[bytes(key)] = None

    def _changed(self, table: str, key: bytes) -> dict[bytes, bytes | None]:
        self._table(table)
        if table in BY_NUMBER:
            check_number(table, key)
        return self.changes.setdefault(table, {})

    def get(self, table: str, key: bytes) -> bytes | None:
        changed = self.changes.get(table)
        if changed is not None and self._open and key in changed:
            return changed[key]
        return super().get(table, key)

    def scan(
        self, table: str, start: bytes = b"", stop: bytes | None = None, *, limit: int | None = None,
        reverse: bool = False,
    ) -> Iterator[tuple[bytes, bytes]]:
        found = self._table(table)
        changed = self.changes.get(table)
        if not changed:
            yield from super().scan(table, start, stop, limit=limit, reverse=reverse)
            return
        own = sorted((k for k in changed if k >= start and (stop is None or k < stop)), reverse=reverse)
        low, high = found.bounds(start, stop) if found else (0, 0)
        places = range(high - 1, low - 1, -1) if reverse else range(low, high)
        base = (found.keys[place] for place in places if found.keys[place] not in changed) if found else iter(())
        merged = heapq.merge(base, own, reverse=reverse)
        yield from islice(((k, v) for k in merged if (v := self.get(table, k)) is not None), limit)

    def count(self, table: str, start: bytes = b"", stop: bytes | None = None) -> int:
        if not self.changes.get(table):
            return super().count(table, start, stop)
        return sum(1 for _ in self.scan(table, start, stop))


class MemoryStore:
    """The :class:`~latticework.kernel.store.protocol.Store` of one simulated process.

    Parameters
    ----------
    disk
        The simulated disk; a fresh one when left out. Open a second store on it to simulate a restart.
    """

    def __init__(self, disk: MemoryDisk | None = None) -> None:
        self.disk = disk or MemoryDisk()
        self.commit_hook: CommitHook | None = None
        """Called with ``"before"`` and ``"after"`` at every commit. What it raises before, undoes the transaction;
        what it raises after, leaves the transaction committed and its caller without an answer."""
        self._closed = False
        self._thread: int | None = None

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("the store is closed; open it again to read or write.")

    @contextmanager
    def transaction(self) -> Iterator[_MemoryTransaction]:
        """Open the one write transaction (see :class:`~latticework.kernel.store.protocol.Store`)."""
        self._check_open()
        if self._thread == threading.get_ident():
            raise StoreError("a transaction is open already; pass it on instead of opening a second.")
        with self.disk.writer:
            self._thread = threading.get_ident()
            tx = _MemoryTransaction(self.disk.tables)
            try:
                yield tx
                if self.commit_hook is not None:
                    self.commit_hook("before")
                self._commit(tx.changes)
            finally:
                tx.end()
                self._thread = None
        if self.commit_hook is not None:
            self.commit_hook("after")

    def _commit(self, changes: dict[str, dict[bytes, bytes | None]]) -> None:
        disk = self.disk
        with disk.guard:
            if disk.snapshots:
                disk.tables = dict(disk.tables)
            for name, changed in changes.items():
                table = disk.tables.get(name)
                if table is None:
                    table = disk.tables[name] = _Table({})
                elif disk.snapshots:
                    table = disk.tables[name] = table.copy()
                table.apply(changed)

    @contextmanager
    def snapshot(self) -> Iterator[_MemoryReader]:
        """Open a consistent read view of the last committed state."""
        self._check_open()
        with self.disk.guard:
            self.disk.snapshots += 1
            reader = _MemoryReader(self.disk.tables)
        try:
            yield reader
        finally:
            reader.end()
            with self.disk.guard:
                self.disk.snapshots -= 1

    def claim_sequencer(self) -> None:
        """Take the right to append to the ledger, or raise ``SequencerTaken``."""
        self._check_open()
        with self.disk.guard:
            if self.disk.sequencer not in {None, self}:
                raise SequencerTaken("another process already sequences this ledger; stop it, or use its node.")
            self.disk.sequencer = self

    def close(self) -> None:
        """Release the sequencer's claim. Closing twice does nothing."""
        self._closed = True
        with self.disk.guard:
            if self.disk.sequencer is self:
                self.disk.sequencer = None

    def snapshot_state(self) -> DiskState:
        """Return a copy of everything that is committed, to be put back later."""
        with self.disk.guard:
            return {name: dict(table.values) for name, table in self.disk.tables.items()}

    def restore_state(self, state: DiskState) -> None:
        """Put an earlier state back, as somebody does who restores a backup."""
        with self.disk.writer, self.disk.guard:
            self.disk.tables = {name: _Table(dict(values)) for name, values in state.items()}
