"""Which keys a file has used, and in which row: on disk, so that a million of them cost no memory."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from latticework.workbench.tables.schema import Value


class Used(NamedTuple):
    """The row that has a key, and whether it was free of errors."""

    row: int
    good: bool


class Keys:
    """Keys by group, in a temporary SQLite database that vanishes with it."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("PRAGMA cache_size=-16384")
        self._db.execute("CREATE TABLE used (grp INTEGER, key TEXT, row INTEGER, good INTEGER, "
                         "PRIMARY KEY (grp, key)) WITHOUT ROWID")
        self._db.execute("BEGIN")

    def use(self, group: int, key: str, row: int, good: bool) -> int:
        """Note a key; return the row that had it before, or 0."""
        done = self._db.execute("INSERT OR IGNORE INTO used VALUES (?, ?, ?, ?)", (group, key, row, good))
        if done.rowcount:
            return 0
        found = self._db.execute("SELECT row FROM used WHERE grp = ? AND key = ?", (group, key)).fetchone()
        return int(found[0])

    def find(self, group: int, key: str) -> Used | None:
        """Return who has a key."""
        found = self._db.execute("SELECT row, good FROM used WHERE grp = ? AND key = ?", (group, key)).fetchone()
        return Used(int(found[0]), bool(found[1])) if found else None

    def close(self) -> None:
        """Remove them all."""
        self._db.close()


def key_of(values: Sequence[Value]) -> str:
    """Return one text for the values of a key; different values never give the same."""
    return values[0] if len(values) == 1 and isinstance(values[0], str) else json.dumps([str(v) for v in values])
