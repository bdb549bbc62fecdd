"""The store of a node on one machine: SQLite in WAL mode, one writer, readers that never wait for it.

Each namespace is one table ``k BLOB PRIMARY KEY, v BLOB`` WITHOUT ROWID, so a scan walks one B-tree in key order.
A commit returns after the write-ahead log was synced (``synchronous=FULL``); live data may pass ``durable=False``
(``NORMAL``): then a power cut may lose the last commits but never tears one.

Source: https://www.sqlite.org/wal.html (concurrency, durability), https://www.sqlite.org/withoutrowid.html.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

from latticework.kernel.errors import SequencerTaken, StoreDamaged, StoreError, StoreFull, StoreVersion
from latticework.kernel.store.names import check_table

SCHEMA_VERSION: Final = 1
"""Version of the tables' layout; a file with a larger one was written by a newer program."""
APPLICATION_ID: Final = 0x4C54574B
"""``LTWK``: marks the file as ours (SQLite's ``application_id``)."""
_PAGE: Final = 512  # rows fetched at a time by a scan
_WAITING: Final = 20_000  # writes that wait in memory at most
_CACHE_KIB: Final = 16_384  # the writer's pages; record ids are random, so their B-tree is touched everywhere
_CHECKPOINT_PAGES: Final = 4_000  # pages in the log before they are copied into the file
_FULL_CODES: Final = {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_TRUNCATE}


def _refuse(error: sqlite3.Error, path: Path) -> NoReturn:
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


class _SqliteReader:
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
        try:
            if not self._exists(table):
                return None
            row = self._live().execute(f'SELECT v FROM "{table}" WHERE k=?', (key,)).fetchone()  # noqa: S608
        except sqlite3.Error as error:
            _refuse(error, self._path)
        return None if row is None else bytes(row[0])

    def scan(
        self, table: str, start: bytes = b"", stop: bytes | None = None, *, limit: int | None = None,
        reverse: bool = False,
    ) -> Iterator[tuple[bytes, bytes]]:
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
        below = "" if high is None else "AND k<?"
        order = "DESC" if reverse else "ASC"
        sql = f'SELECT k, v FROM "{table}" WHERE k{">" if skip else ">="}? {below} ORDER BY k {order} LIMIT ?'  # noqa: S608
        values = (low, size) if high is None else (low, high, size)
        try:
            return self._live().execute(sql, values).fetchall() if self._exists(table) else []
        except sqlite3.Error as error:
            _refuse(error, self._path)

    def count(self, table: str, start: bytes = b"", stop: bytes | None = None) -> int:
        below = "" if stop is None else "AND k<?"
        values = (start,) if stop is None else (start, stop)
        try:
            if not self._exists(table):
                return 0
            row = self._live().execute(f'SELECT count(*) FROM "{table}" WHERE k>=? {below}', values).fetchone()  # noqa: S608
        except sqlite3.Error as error:
            _refuse(error, self._path)
        return int(row[0])

    def end(self) -> None:
        self._connection = None


class _SqliteTransaction(_SqliteReader):
    """The one write transaction; tables come into being with their first key.

    Writes wait in memory until the commit, or until a scan wants their table: a row that is written many times in one
    transaction (a counter) costs one write, and rows go into the B-tree in order.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, tables: set[str]) -> None:
        super().__init__(connection, path, tables)
        self._waiting: dict[str, dict[bytes, bytes | None]] = {}
        self._count = 0

    def get(self, table: str, key: bytes) -> bytes | None:
        waiting = self._waiting.get(table)
        if waiting is not None and key in waiting and self._connection is not None:
            return waiting[key]
        return super().get(table, key)

    def count(self, table: str, start: bytes = b"", stop: bytes | None = None) -> int:
        self._write(table)
        return super().count(table, start, stop)

    def _page(
        self, table: str, low: bytes, high: bytes | None, size: int, *, reverse: bool, skip: bool
    ) -> list[tuple[bytes, bytes]]:
        self._write(table)
        return super()._page(table, low, high, size, reverse=reverse, skip=skip)

    def put(self, table: str, key: bytes, value: bytes) -> None:
        self._wait(table, bytes(key), bytes(value))

    def delete(self, table: str, key: bytes) -> None:
        self._wait(table, bytes(key), None)

    def _wait(self, table: str, key: bytes, value: bytes | None) -> None:
        self._live()
        waiting = self._waiting.get(table)
        if waiting is None:
            waiting = self._waiting[check_table(table)] = {}
        waiting[key] = value
        self._count += 1
        if self._count >= _WAITING:
            self.write_all()

    def write_all(self) -> None:
        """Hand everything that waits to SQLite."""
        self._count = 0
        for table in self._waiting:
            self._write(table)

    def _write(self, table: str) -> None:
        changes = self._waiting.get(table)
        if not changes:
            return
        connection = self._live()
        rows = sorted((key, value) for key, value in changes.items() if value is not None)
        gone = [(key,) for key, value in changes.items() if value is None]
        changes.clear()
        try:
            if rows and table not in self._tables:
                connection.execute(
                    f'CREATE TABLE IF NOT EXISTS "{table}" (k BLOB PRIMARY KEY NOT NULL, v BLOB NOT NULL) WITHOUT ROWID'
                )
                self._tables.add(table)
            if rows:
                connection.executemany(f'INSERT OR REPLACE INTO "{table}" (k, v) VALUES (?, ?)', rows)  # noqa: S608
            if gone and self._exists(table):
                connection.executemany(f'DELETE FROM "{table}" WHERE k=?', gone)  # noqa: S608
        except sqlite3.Error as error:
            _refuse(error, self._path)


class SqliteStore:
    """The :class:`~latticework.kernel.store.protocol.Store` in one SQLite file.

    Parameters
    ----------
    path
        The database file; made when missing (its folder must exist). Beside it stand ``-wal`` and ``-shm`` while it is
        open, and ``.sequencer`` as the sequencer's lock.
    durable
        True: every commit is synced before it returns (``synchronous=FULL``). False: ``NORMAL``, for live data.
    max_pages
        A cap on the file's size in pages of 4,096 bytes, or None. What does not fit is refused as a full disk is.

    Raises
    ------
    StoreDamaged
        When the file is not a database of latticework or cannot be read.
    StoreVersion
        When it was written by a newer version.
    """

    def __init__(self, path: Path, *, durable: bool = True, max_pages: int | None = None) -> None:
        self.path = path
        self._durable = durable
        self._max_pages = max_pages
        self._turn = threading.Lock()
        self._thread: int | None = None
        self._idle: list[sqlite3.Connection] = []
        self._idle_guard = threading.Lock()
        self._claim: int | None = None
        self._closed = False
        self._known: set[str] = set()
        self._make_private()
        self._writer = self._connect()
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._writer.close()
            _refuse(error, path)
        except StoreError:
            self._writer.close()
            raise

    def _make_private(self) -> None:
        # SQLite gives the files beside the database its own mode, so it is set before the first byte is written.
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError:
            raise StoreError(
                f"the database {self.path.name} cannot be opened for writing; check its folder's permissions."
            ) from None

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self.path, timeout=30, isolation_level=None, check_same_thread=False, cached_statements=256
            )
        except sqlite3.Error as error:
            _refuse(error, self.path)
        return connection

    def _prepare(self) -> None:
        connection = self._writer
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        mark = int(connection.execute("PRAGMA application_id").fetchone()[0])
        filled = connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is not None
        if mark not in {0, APPLICATION_ID} or (mark == 0 and filled):
            raise StoreDamaged(f"{self.path.name} is not a database of latticework; name another file.")
        if version > SCHEMA_VERSION:
            raise StoreVersion(
                f"{self.path.name} has layout {version} and this program knows up to {SCHEMA_VERSION}; "
                "run the newer version of latticework."
            )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if self._durable else 'NORMAL'}")
        connection.execute("PRAGMA journal_size_limit=67108864")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        if mark == 0:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        if self._max_pages is not None:
            connection.execute(f"PRAGMA max_page_count={int(self._max_pages)}")
        self._known = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema WHERE type='table'")}

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"the database {self.path.name} is closed; open it again to read or write.")

    @contextmanager
    def transaction(self) -> Iterator[_SqliteTransaction]:
        """Open the one write transaction (see :class:`~latticework.kernel.store.protocol.Store`)."""
        self._check_open()
        if self._thread == threading.get_ident():
            raise StoreError("a transaction is open already; pass it on instead of opening a second.")
        with self._turn:
            self._thread = threading.get_ident()
            tx = _SqliteTransaction(self._writer, self.path, set(self._known))
            try:
                self._execute("BEGIN IMMEDIATE")
                yield tx
                tx.write_all()
                self._execute("COMMIT")
                self._known = tx._tables
            except BaseException:
                self._roll_back()
                raise
            finally:
                tx.end()
                self._thread = None

    def _execute(self, sql: str) -> None:
        try:
            self._writer.execute(sql)
        except sqlite3.Error as error:
            _refuse(error, self.path)

    def _roll_back(self) -> None:
        # SQLite itself may have rolled back already (a full disk does that); then there is nothing to do.
        if self._writer.in_transaction:
            try:
                self._writer.execute("ROLLBACK")
            except sqlite3.Error:
                # What cannot be rolled back is dropped with its connection; the file stays as last committed.
                self._writer.close()
                self._writer = self._connect()
                self._prepare()

    @contextmanager
    def snapshot(self) -> Iterator[_SqliteReader]:
        """Open a consistent read view of the last committed state, on a connection of its own."""
        self._check_open()
        with self._idle_guard:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = self._connect()
        reader = _SqliteReader(connection, self.path, set())
        try:
            try:
                connection.execute("PRAGMA query_only=1")
                connection.execute("BEGIN")
                # The first read fixes the view.
                names = connection.execute("SELECT name FROM sqlite_schema WHERE type='table'").fetchall()
            except sqlite3.Error as error:
                _refuse(error, self.path)
            reader._tables = {str(name) for (name,) in names}
            yield reader
        finally:
            reader.end()
            self._give_back(connection)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            connection.close()
            return
        with self._idle_guard:
            if not self._closed and len(self._idle) < 8:
                self._idle.append(connection)
                return
        connection.close()

    def check(self) -> None:
        """Read the whole file and compare its structure; slow on a large one.

        Raises
        ------
        StoreDamaged
            When SQLite's own check finds anything wrong.
        """
        with self.snapshot() as reader:
            try:
                rows = reader._live().execute("PRAGMA integrity_check(1)").fetchall()
            except sqlite3.Error as error:
                _refuse(error, self.path)
        if rows != [("ok",)]:
            raise StoreDamaged(f"the database {self.path.name} is damaged; restore it from a backup.")

    def claim_sequencer(self) -> None:
        """Take the right to append to the ledger for as long as this process lives and the store is open.

        Raises
        ------
        SequencerTaken
            When another process (or another store object) holds the right.
        """
        self._check_open()
        if self._claim is not None:
            return
        lock = self.path.with_name(self.path.name + ".sequencer")
        try:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            raise StoreError(f"the lock {lock.name} cannot be opened; check its folder's permissions.") from None
        try:
            # flock belongs to the open file, so the kernel lets go of it when the process dies, however it dies.
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise SequencerTaken(
                f"another process already sequences the ledger in {self.path.name}; stop it, or use its node."
            ) from None
        self._claim = handle

    def close(self) -> None:
        """Close every connection and release the sequencer's claim. Closing twice does nothing."""
        if self._closed:
            return
        with self._turn:
            self._closed = True
            with self._idle_guard:
                idle, self._idle = self._idle, []
            for connection in (*idle, self._writer):
                connection.close()
            if self._claim is not None:
                os.close(self._claim)
                self._claim = None
