"""The names of tables: dotted lowercase words, checked once, so that no name ever reaches SQL unchecked."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from latticework.kernel.errors import StoreError

BY_NUMBER: Final = frozenset({"record.envelope", "record.head"})
"""Tables with large rows whose keys are numbers of 8 bytes, big-endian; a store may keep them in a form of its own.

A table is added here when it is new: for one that homes hold already, it is a change of layout.
"""
MAX_NUMBER: Final = 2**63 - 2
"""The largest number that such a table takes."""
_TABLE = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*")


@lru_cache(maxsize=1024)
def check_table(table: str) -> str:
    """Return `table` if it is a table's name (``ledger.entries``), or raise :class:`StoreError`."""
    if len(table) > 80 or not _TABLE.fullmatch(table):
        raise StoreError(f"{table[:40]!r} is not a table's name; use dotted lowercase words such as ledger.entries.")
    return table


def check_number(table: str, key: bytes) -> None:
    """Raise :class:`StoreError` unless `key` fits a table of :data:`BY_NUMBER`."""
    if not is_number(key):
        raise StoreError(f"the table {table} takes keys of 8 bytes, numbers up to 2^63 - 2.")


def is_number(key: bytes) -> bool:
    """Say whether `key` is a number of 8 bytes that a table of :data:`BY_NUMBER` can hold."""
    return len(key) == 8 and int.from_bytes(key, "big") <= MAX_NUMBER
