"""The names of tables: dotted lowercase words, checked once, so that no name ever reaches SQL unchecked."""

from __future__ import annotations

import re
from functools import lru_cache

from latticework.kernel.errors import StoreError

_TABLE = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*")


@lru_cache(maxsize=1024)
def check_table(table: str) -> str:
    """Return `table` if it is a table's name (``ledger.entries``), or raise :class:`StoreError`."""
    if len(table) > 80 or not _TABLE.fullmatch(table):
        raise StoreError(f"{table[:40]!r} is not a table's name; use dotted lowercase words such as ledger.entries.")
    return table
