"""Layouts that SQLite databases were written in, and the step from each to the next.

A database of an older layout is brought forward when it is opened: all of its steps and the new version number in one
transaction, so that a crash or a full disk leaves it as it was. A step knows tables and bytes alone and none of the
modules that write them, so that it stays right when they change; it is never edited once it was released.
"""

from __future__ import annotations

from collections.abc import Callable
from sqlite3 import Connection
from typing import Final

VERSION: Final = 2
"""The layout that this program reads and writes; a database with a larger one was written by a newer program."""


def _in_order_of_arrival(connection: Connection) -> None:
    """Layout 1 to 2: what was kept under a record's random id is kept under its number in the archive.

    ``record.envelope`` and ``record.head`` get integer keys, ``kernel.published`` is keyed by number, and
    ``store.last`` begins with the last number of each table that only grows.
    """
    run = connection.execute
    old = ("record.envelope", "record.head", "kernel.published")
    for table in (*old, "record.number", "journal.alarm", "journal.audit", "store.last"):
        run(f'CREATE TABLE IF NOT EXISTS "{table}" (k BLOB PRIMARY KEY NOT NULL, v BLOB NOT NULL) WITHOUT ROWID')
    for table in old:
        run(f'ALTER TABLE "{table}" RENAME TO "old.{table}"')
    for table in old[:2]:
        run(f'CREATE TABLE "{table}" (k INTEGER PRIMARY KEY, v BLOB NOT NULL)')
    run('CREATE TABLE "kernel.published" (k BLOB PRIMARY KEY NOT NULL, v BLOB NOT NULL) WITHOUT ROWID')
    for record, number in run('SELECT k, v FROM "record.number" ORDER BY v'):
        place = int.from_bytes(number, "big")
        run('INSERT INTO "record.envelope" SELECT ?, v FROM "old.record.envelope" WHERE k=?', (place, record))
        run('INSERT INTO "record.head" SELECT ?, v FROM "old.record.head" WHERE k=?', (place, number))
        run('INSERT INTO "kernel.published" SELECT ?, v FROM "old.kernel.published" WHERE k=?', (number, record))
    for table, keys in (("record.head", "old.record.head"), *((t, t) for t in ("journal.alarm", "journal.audit"))):
        run(f'INSERT INTO "store.last" SELECT ?, max(k) FROM "{keys}" HAVING max(k) NOTNULL', (table.encode(),))  # noqa: S608
    for table in old:
        run(f'DROP TABLE "old.{table}"')


STEPS: Final[dict[int, Callable[[Connection], None]]] = {1: _in_order_of_arrival}
"""For each older layout the step that leads to the next one."""


def bring_forward(connection: Connection, version: int) -> None:
    """Take every step from layout `version` to :data:`VERSION`, and write down the new version.

    Parameters
    ----------
    connection
        With an open transaction that the caller commits.
    """
    for older in range(version, VERSION):
        STEPS[older](connection)
    connection.execute(f"PRAGMA user_version={VERSION}")
