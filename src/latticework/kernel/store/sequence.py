"""Numbers of tables that only grow: rows keyed 1, 2, 3 … in order of arrival.

The last number of each such table stands in ``store.last`` (the table's name to the number, 8 bytes big-endian), so
that a transaction that adds a thousand rows reads no B-tree and writes its counter once.
"""

from __future__ import annotations

from typing import Final

from latticework.kernel.store.protocol import Transaction

LAST: Final = "store.last"


def in_table(number: int) -> bool:
    """Say whether a number that somebody gave can be the key of a row."""
    return 0 <= number < 2**63


def number_key(number: int) -> bytes:
    """Return the table key of a number: 8 bytes, so that byte order is numeric order."""
    return number.to_bytes(8, "big")


def next_number(tx: Transaction, table: str) -> int:
    """Take the next number of `table`, from 1 on; the caller puts a row at its :func:`number_key`."""
    name = table.encode()
    raw = tx.get(LAST, name)
    number = 1 if raw is None else int.from_bytes(raw, "big") + 1
    tx.put(LAST, name, number_key(number))
    return number
