"""Reading and writing tables inside one SQLite transaction.

A table is ``k BLOB PRIMARY KEY, v BLOB`` WITHOUT ROWID, so that a scan walks one B-tree in key order. Tables whose keys
are numbers (:data:`~latticework.kernel.store.names.BY_NUMBER`) have ``k INTEGER PRIMARY KEY`` instead: rows of a
thousand bytes then lie in the leaves of the tree and need no overflow pages.

Source: https://www.sqlite.org/withoutrowid.html, section 4; https://www.sqlite.org/fileformat2.html, section 1.6.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Final, NoReturn

from latticework.kernel.errors import StoreDamaged, StoreError, StoreFull
from latticework.kernel.store.names import BY_NUMBER, MAX_NUMBER, check_number, check_table, is_number

_PAGE: Final = 512  # rows fetched at a time by a scan
_WAITING: Final = 20_000  # writes that wait in memory at most
_KEY: Final = itemgetter(0)
_FULL_CODES: Final = {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_TRUNCATE}


def refuse(error: sqlite3.Error, path: Path) -> NoReturn:
    """Raise the store's own error for what SQLite reported; never with a value that was read or written."""
    code = getattr(error, "sqlite_errorcode", 0)
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_FULL or code in _FULL_CODES:
        raise StoreFull(f"the disk under {path.name} is full; nothing of this act was kept. Free space and try again.")
    if primary in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR}:
        raise StoreDamaged(f"the database {path.name} cannot be read; restore it from a backup.")
    if primary in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}:
        raise StoreError(f"the database {path.name} cannot be opened for writing; check its folder's permissions.")
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        raise StoreError(f"the database {path.name} is held by another process; try again when it is done.")
    raise StoreError(f"the database {path.name} refused the act ({getattr(error, 'sqlite_errorname', 'unknown')}).")


def _bound(key: bytes) -> int:
    """Return the smallest number whose key is not below `key`."""
    return min(int.from_bytes(key[:8].ljust(8, b"\0"), "big") + (len(key) > 8), MAX_NUMBER + 1)


class SqliteReader:
    """Reads on one connection inside one SQLite transaction."""

    def __init__(self, connection: sqlite3.Connection, path: Path, tables: set[str]) -> None:
        self._connection: sqlite3.Connection | None = connection
        self._path = path
        self._tables = tables  # tables that are known to exist; a missing one is looked for each time

    def _live(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreError("this view of the store was closed; read inside its 'with' block.")
        return self._connection

    def _exists(self, table: str) -> bool:
        connection = self._live()
        if check_table(table) in self._tables:
            return True
        row = connection.execute("SELECT 1 FROM sqlite_schema WHERE type='table' AND name=?", (table,)).fetchone()
        return row is not None

    def get(self, table: str, key: bytes) -> bytes | None:
        """Return the value at `key`, or None."""
        stored: bytes | int = key
        if table in BY_NUMBER:
            if not is_number(key):
                return None
            stored = int.from_bytes(key, "big")
        try:
            if not self._exists(table):
                return None
            row = self._live().execute(f'SELECT v FROM "{table}" WHERE k=?', (stored,)).fetchone()  # noqa: S608
        except sqlite3.Error as error:
            refuse(error, self._path)
        return None if row is None else bytes(row[0])

    def scan(
        self, table: str, start: bytes = b"", stop: bytes | None = None, *, limit: int | None = None,
        reverse: bool = False,
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield (key, value) with ``start <= key < stop`` in key order (or reversed), at most `limit`."""
        left = limit
        low, high, skip = start, stop, False
        while left is None or left > 0:
            size = _PAGE if left is None else min(_PAGE, left)
            rows = self._page(table, low, high, size, reverse=reverse, skip=skip)
            yield from rows
            if len(rows) < size:
                return
            left = None if left is None else left - size
            if reverse:
                high = rows[-1][0]
            else:
                low, skip = rows[-1][0], True

    def _page(
        self, table: str, low: bytes, high: bytes | None, size: int, *, reverse: bool, skip: bool
    ) -> list[tuple[bytes, bytes]]:
        # A page at a time, resumed by key: a caller may write to the table that it walks.
        below, values = self._range(table, low, high)
        order = "DESC" if reverse else "ASC"
        sql = f'SELECT k, v FROM "{table}" WHERE k{">" if skip else ">="}? {below} ORDER BY k {order} LIMIT ?'  # noqa: S608
        try:
            rows = self._live().execute(sql, (*values, size)).fetchall() if self._exists(table) else []
        except sqlite3.Error as error:
            refuse(error, self._path)
        return [(k.to_bytes(8, "big"), v) for k, v in rows] if table in BY_NUMBER else rows

    def _range(self, table: str, low: bytes, high: bytes | None) -> tuple[str, tuple[bytes | int, ...]]:
        ends = (low,) if high is None else (low, high)
        return "" if high is None else "AND k<?", tuple(map(_bound, ends)) if table in BY_NUMBER else ends

    def count(self, table: str, start: bytes = b"", stop: bytes | None = None) -> int:
        """Return how many keys stand in the range."""
        below, values = self._range(table, start, stop)
        try:
            if not self._exists(table):
                return 0
            row = self._live().execute(f'SELECT count(*) FROM "{table}" WHERE k>=? {below}', values).fetchone()  # noqa: S608
        except sqlite3.Error as error:
            refuse(error, self._path)
        return int(row[0])

    def end(self) -> None:
        """Close this view: whatever is read from it later is refused."""
        self._connection = None


class SqliteTransaction(SqliteReader):
    """The one write transaction; tables come into being with their first key.

    Writes wait in memory until the commit, or until a scan wants their table: a row that is written many times in one
    transaction (a counter) costs one write, and rows go into the B-tree in order.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, tables: set[str]) -> None:
        super().__init__(connection, path, tables)
        self._waiting: dict[str, dict[bytes, bytes | None]] = {}
        self._count = 0

    def get(self, table: str, key: bytes) -> bytes | None:
        """Return the value at `key`, or None; what waits counts."""
        waiting = self._waiting.get(table)
        if waiting is not None and key in waiting:
            return waiting[key]
        return super().get(table, key)

    def count(self, table: str, start: bytes = b"", stop: bytes | None = None) -> int:
        """Return how many keys stand in the range; what waits counts."""
        self._write(table)
        return super().count(table, start, stop)

    def _page(
        self, table: str, low: bytes, high: bytes | None, size: int, *, reverse: bool, skip: bool
    ) -> list[tuple[bytes, bytes]]:
        self._write(table)
        return super()._page(table, low, high, size, reverse=reverse, skip=skip)

    def put(self, table: str, key: bytes, value: bytes) -> None:
        """Set `key` to `value`."""
        self._changes(table, key)[bytes(key)] = bytes(value)

    def delete(self, table: str, key: bytes) -> None:
        """Remove `key` if it is there."""
        self._changes(table, key)[bytes(key)] = None

    def _changes(self, table: str, key: bytes) -> dict[bytes, bytes | None]:
        """Return what waits for `table`, where one change more is about to be noted."""
        if table in BY_NUMBER:
            check_number(table, key)
        self._count += 1
        if self._count > _WAITING:
            self.write_all()
        changes = self._waiting.get(table)
        if changes is None:
            self._live()
            changes = self._waiting[check_table(table)] = {}
        return changes

    def end(self) -> None:
        """Close this view and forget what still waits."""
        self._waiting = {}
        super().end()

    def write_all(self) -> None:
        """Hand everything that waits to SQLite."""
        self._count = 0
        for table in self._waiting:
            self._write(table)

    def _write(self, table: str) -> None:
        changes = self._waiting.get(table)
        if not changes:
            return
        connection, by_number = self._live(), table in BY_NUMBER
        ordered = sorted(changes.items(), key=_KEY)
        keyed = [(int.from_bytes(k, "big"), v) for k, v in ordered] if by_number else ordered
        rows = [row for row in keyed if row[1] is not None]
        gone = [(key,) for key, value in keyed if value is None] if len(rows) < len(keyed) else []
        changes.clear()
        form = "(k INTEGER PRIMARY KEY, v BLOB NOT NULL)" if by_number else (
            "(k BLOB PRIMARY KEY NOT NULL, v BLOB NOT NULL) WITHOUT ROWID")
        try:
            if rows and table not in self._tables:
                connection.execute(f'CREATE TABLE IF NOT EXISTS "{table}" {form}')
                self._tables.add(table)
            if rows:
                connection.executemany(f'INSERT OR REPLACE INTO "{table}" (k, v) VALUES (?, ?)', rows)  # noqa: S608
            if gone and self._exists(table):
                connection.executemany(f'DELETE FROM "{table}" WHERE k=?', gone)  # noqa: S608
        except sqlite3.Error as error:
            refuse(error, self._path)
