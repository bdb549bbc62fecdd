"""The store of a node on one machine: SQLite in WAL mode, one writer, readers that never wait for it.

What a table is in SQLite stands in :mod:`latticework.kernel.store.sqlite_views`.
A commit returns after the write-ahead log was synced (``synchronous=FULL``); live data may pass ``durable=False``
(``NORMAL``): then a power cut may lose the last commits but never tears one.

Source: https://www.sqlite.org/wal.html (concurrency, durability).
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from latticework.kernel.errors import SequencerTaken, StoreDamaged, StoreError, StoreVersion
from latticework.kernel.store import layout
from latticework.kernel.store.sqlite_views import SqliteReader, SqliteTransaction, refuse

log = logging.getLogger("latticework.kernel")

APPLICATION_ID: Final = 0x4C54574B
"""``LTWK``: marks the file as ours (SQLite's ``application_id``)."""
_CACHE_KIB: Final = 16_384  # the writer's pages; ids of records are random, so their index is touched everywhere
_CHECKPOINT_PAGES: Final = 4_000  # pages in the log before they are copied into the file


class SqliteStore:
    """The :class:`~latticework.kernel.store.protocol.Store` in one SQLite file.

    A file of an older layout is brought forward when it is opened (:mod:`latticework.kernel.store.layout`).

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
        When it was written by a newer version, or by an older one whose node still runs on it.
    StoreFull
        When the disk has no room to bring an older layout forward; the file stays as it was.
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
            self._bring_forward()
        except sqlite3.Error as error:
            self._writer.close()
            refuse(error, path)
        except BaseException:
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
            refuse(error, self.path)
        return connection

    def _prepare(self) -> None:
        connection = self._writer
        version = self._version()
        mark = int(connection.execute("PRAGMA application_id").fetchone()[0])
        filled = connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is not None
        if mark not in {0, APPLICATION_ID} or (filled and not mark):
            raise StoreDamaged(f"{self.path.name} is not a database of latticework; name another file.")
        if filled and version < 1:
            raise StoreDamaged(f"{self.path.name} does not say in which layout it is; restore it from a backup.")
        if version > layout.VERSION:
            raise StoreVersion(
                f"{self.path.name} has layout {version} and this program knows up to {layout.VERSION}; "
                "run the newer version of latticework."
            )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if self._durable else 'NORMAL'}")
        connection.execute("PRAGMA journal_size_limit=67108864")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        if not filled and (mark, version) != (APPLICATION_ID, layout.VERSION):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={layout.VERSION}")
            connection.execute("COMMIT")
        if self._max_pages is not None:
            connection.execute(f"PRAGMA max_page_count={int(self._max_pages)}")
        self._known = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema WHERE type='table'")}

    def _version(self) -> int:
        return int(self._writer.execute("PRAGMA user_version").fetchone()[0])

    def _bring_forward(self) -> None:
        """Take the steps from an older layout in one transaction, while no node runs on the file."""
        if self._version() == layout.VERSION:
            return
        try:
            self.claim_sequencer()
        except SequencerTaken:
            raise StoreVersion(
                f"{self.path.name} has an older layout and a node of that version still runs on it; stop it first."
            ) from None
        try:
            with self.transaction():
                version = self._version()  # read again: another process may have done it meanwhile
                log.info("bringing %s forward from layout %d to %d", self.path.name, version, layout.VERSION)
                layout.bring_forward(self._writer, version)
        finally:
            self._let_go()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"the database {self.path.name} is closed; open it again to read or write.")

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """Open the one write transaction (see :class:`~latticework.kernel.store.protocol.Store`)."""
        self._check_open()
        if self._thread == threading.get_ident():
            raise StoreError("a transaction is open already; pass it on instead of opening a second.")
        with self._turn:
            self._thread = threading.get_ident()
            tx = SqliteTransaction(self._writer, self.path, set(self._known))
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
            refuse(error, self.path)

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
    def snapshot(self) -> Iterator[SqliteReader]:
        """Open a consistent read view of the last committed state, on a connection of its own."""
        self._check_open()
        with self._idle_guard:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = self._connect()
        reader = SqliteReader(connection, self.path, set())
        try:
            try:
                connection.execute("PRAGMA query_only=1")
                connection.execute("BEGIN")
                # The first read fixes the view.
                names = connection.execute("SELECT name FROM sqlite_schema WHERE type='table'").fetchall()
            except sqlite3.Error as error:
                refuse(error, self.path)
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
                refuse(error, self.path)
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
            self._let_go()

    def _let_go(self) -> None:
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None
