"""Databases of older layouts, made by the rule of their layout, opened by today's program."""

from __future__ import annotations

import sqlite3

import pytest

from latticework.kernel import archive, journal
from latticework.kernel.errors import StoreError, StoreFull, StoreVersion
from latticework.kernel.ids import MemberId, Topic
from latticework.kernel.kinds import NOTE, Note
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.store import SqliteStore, layout
from latticework.kernel.store.sqlite import APPLICATION_ID
from latticework.testing.kernels import KernelFederation, officer

TOPIC = Topic("air.tracks")
LABEL = Label(policy="EXERCISE", classification=1, release=Release(members=frozenset({"JPN", "USA"})),
              originators=frozenset({MemberId("JPN")}))
AS_ROWS = "(k BLOB PRIMARY KEY NOT NULL, v BLOB NOT NULL) WITHOUT ROWID"


def contents(store):
    """Return every table that has rows, with its rows."""
    with store.snapshot() as reader:
        names = [n for (n,) in store._writer.execute("SELECT name FROM sqlite_schema WHERE type='table'")]
        return {name: rows for name in names if (rows := list(reader.scan(name)))}


def write_layout_1(path, tables):
    """Write what `tables` (today's contents) held in layout 1: BLOB keys alone, and three tables by id, one not at all.

    The layout of version 0.1.0, before 2026-11-28: ``record.envelope`` and ``kernel.published`` are keyed by the
    record's id, the number of a new row is found by looking for the last one.
    """
    ids = {number: record for record, number in tables["record.number"]}
    old = {name: rows for name, rows in tables.items() if name != "store.last"}
    for name in ("record.envelope", "kernel.published"):
        old[name] = [(ids[number], value) for number, value in tables[name]]
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute("PRAGMA user_version=1")
    connection.execute("BEGIN")
    for name, rows in old.items():
        connection.execute(f'CREATE TABLE "{name}" {AS_ROWS}')
        connection.executemany(f'INSERT INTO "{name}" VALUES (?, ?)', rows)
    connection.execute("COMMIT")
    connection.close()


def version_of(path):
    connection = sqlite3.connect(path)
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return found


@pytest.fixture
def federation(tmp_path):
    made = KernelFederation(
        tmp_path, ("JPN", "USA"), opening=lambda member: SqliteStore(tmp_path / member / "node.db"))
    made.arrange("JPN", "USA", topics=(TOPIC,))
    for number in range(40):
        made["JPN"].publish(officer("JPN"), NOTE, Note(title=f"Note {number}", text="x" * 50 * number), topic=TOPIC,
                            label=LABEL, distribute=number % 2 == 0)
    made["JPN"].alarm("LW-1206", MemberId("USA"), "An invented alarm.")
    made.settle()
    made.advance(3_000)
    yield made
    for kernel in made.kernels.values():
        kernel.close()


@pytest.mark.parametrize("member", ["JPN", "USA"])
def test_every_row_of_layout_1_is_there_after_opening(federation, tmp_path, member):
    today = contents(federation[member].store)
    path = tmp_path / "old.db"
    write_layout_1(path, today)
    for _ in range(2):  # the second time there is nothing left to do
        opened = SqliteStore(path)
        assert contents(opened) == today
        opened.check()
        opened.close()
    assert version_of(path) == layout.VERSION == 2


def test_every_record_of_layout_1_is_read_and_the_next_ones_follow(federation, tmp_path):
    kernel = federation["JPN"]
    with kernel.store.snapshot() as reader:
        heads = list(archive.heads(reader))
        envelopes = {head.id: archive.envelope_of(reader, head.id) for head in heads}
        alarms = list(journal.alarms(reader, limit=10))
    assert len(heads) >= 43
    assert None not in envelopes.values()
    path = tmp_path / "old.db"
    write_layout_1(path, contents(kernel.store))
    opened = SqliteStore(path)
    with opened.snapshot() as reader:
        assert list(archive.heads(reader)) == heads
        assert list(journal.alarms(reader, limit=10)) == alarms
        for head in heads:
            assert archive.head_of(reader, head.id) == head
            assert archive.envelope_of(reader, head.id) == envelopes[head.id]
            assert archive.envelope_at(reader, head.number) == envelopes[head.id]
    last = heads[0].number
    record = kernel.publish(officer("JPN"), NOTE, Note(title="New", text=""), topic=TOPIC, label=LABEL)
    with opened.transaction() as tx:
        described = kernel.kinds.describe(record.statement)
        head = archive.add(tx, record, described, now_ms=1, sender=None, distribute=False)
        assert head is not None
        assert head.number == last + 1
        assert journal.raise_alarm(tx, alarms[0][1]) == alarms[0][0] + 1
    opened.close()


def test_a_step_that_breaks_off_leaves_the_file_as_it_was(federation, tmp_path, monkeypatch):
    path = tmp_path / "old.db"
    today = contents(federation["JPN"].store)
    write_layout_1(path, today)
    step = layout.STEPS[1]

    def half(connection):
        step(connection)
        raise KeyboardInterrupt

    monkeypatch.setitem(layout.STEPS, 1, half)
    with pytest.raises(KeyboardInterrupt):
        SqliteStore(path)
    assert version_of(path) == 1
    with sqlite3.connect(path) as old:
        ids = {number: record for record, number in today["record.number"]}
        assert dict(old.execute('SELECT k, v FROM "record.envelope"')) == {
            ids[number]: value for number, value in today["record.envelope"]}
    old.close()
    monkeypatch.undo()
    opened = SqliteStore(path)
    assert contents(opened) == today
    opened.close()


def test_a_full_disk_leaves_the_file_as_it_was(federation, tmp_path):
    path = tmp_path / "old.db"
    today = contents(federation["JPN"].store)
    write_layout_1(path, today)
    pages = path.stat().st_size // 4096
    with pytest.raises(StoreFull):
        SqliteStore(path, max_pages=pages)
    assert version_of(path) == 1
    opened = SqliteStore(path)
    assert contents(opened) == today
    opened.close()


def test_it_is_not_brought_forward_under_a_running_node(tmp_path):
    path = tmp_path / "node.db"
    running = SqliteStore(path)
    running.claim_sequencer()
    with running.transaction() as tx:
        tx.put("t", b"k", b"v")
    running._writer.execute("PRAGMA user_version=1")
    with pytest.raises(StoreVersion, match="stop it first"):
        SqliteStore(path)
    running.close()
    assert version_of(path) == 1
    opened = SqliteStore(path)
    opened.claim_sequencer()  # opening let go of the right again
    opened.close()


def test_an_empty_file_of_layout_1_is_brought_forward(tmp_path):
    path = tmp_path / "node.db"
    write_layout_1(path, {"record.number": [], "record.envelope": [], "kernel.published": []})
    opened = SqliteStore(path)
    with opened.transaction() as tx:
        tx.put("record.head", bytes(8), b"row")
    assert contents(opened)["record.head"] == [(bytes(8), b"row")]
    opened.close()


def test_a_file_whose_making_broke_off_is_made_anew(tmp_path):
    path = tmp_path / "node.db"
    half = sqlite3.connect(path)
    half.execute(f"PRAGMA application_id={APPLICATION_ID}")  # and the version was not written any more
    half.close()
    SqliteStore(path).close()
    assert version_of(path) == layout.VERSION


def test_a_version_that_never_was_is_refused(tmp_path):
    path = tmp_path / "node.db"
    store = SqliteStore(path)
    with store.transaction() as tx:
        tx.put("t", b"k", b"v")
    store._writer.execute("PRAGMA user_version=0")
    store.close()
    with pytest.raises(StoreError, match="layout"):
        SqliteStore(path)
