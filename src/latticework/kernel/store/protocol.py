"""The store of one node: ordered tables of bytes under one writer, with atomic transactions.

Everything durable that a node knows goes through this protocol: records, ledger, cursors, officers. A value is opaque
to the store; indexes are tables that the same transaction writes. The contract is tested by one suite
(``tests/unit/kernel/store/contract.py``) that every implementation passes.

**One sequencer.** A member has one ledger, and exactly one process may append to it. :meth:`Store.claim_sequencer`
takes that right for the life of the store object and raises ``SequencerTaken`` when another process holds it. A store
for many machines (PostgreSQL) must give the same promise with a lock that dies with its holder.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol


class Reader(Protocol):
    """Reads of one consistent state."""

    def get(self, table: str, key: bytes) -> bytes | None:
        """Return the value at `key`, or None."""
        ...

    def scan(
        self, table: str, start: bytes = b"", stop: bytes | None = None, *, limit: int | None = None,
        reverse: bool = False,
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield (key, value) with ``start <= key < stop`` in key order (or reversed), at most `limit`."""
        ...

    def count(self, table: str, start: bytes = b"", stop: bytes | None = None) -> int:
        """Return how many keys stand in the range."""
        ...


class Transaction(Reader, Protocol):
    """Writes that take effect together or not at all; its reads see its own writes."""

    def put(self, table: str, key: bytes, value: bytes) -> None:
        """Set `key` to `value`.

        Raises
        ------
        StoreError
            When the table takes numbers (:data:`~latticework.kernel.store.names.BY_NUMBER`) and `key` is none.
        """
        ...

    def delete(self, table: str, key: bytes) -> None:
        """Remove `key` if it is there."""
        ...


class Store(Protocol):
    """A node's durable memory. Writers are serialized; a reader never waits for a writer."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open the one write transaction: committed and synced when the block ends, rolled back when it raises.

        Raises
        ------
        StoreFull
            When the disk is full; nothing of the block was kept.
        """
        ...

    def snapshot(self) -> AbstractContextManager[Reader]:
        """Open a consistent read view of the last committed state."""
        ...

    def claim_sequencer(self) -> None:
        """Take the right to append to the ledger, or raise ``SequencerTaken``."""
        ...

    def close(self) -> None:
        """Release files and the sequencer's claim. Closing twice does nothing."""
        ...
