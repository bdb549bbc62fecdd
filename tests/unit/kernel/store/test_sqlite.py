from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap

import pytest
from tests.unit.kernel.store.contract import StoreContract

from latticework.kernel.errors import SequencerTaken, StoreDamaged, StoreError, StoreFull, StoreVersion
from latticework.kernel.store import SqliteStore


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def opening(self, tmp_path):
        return lambda: SqliteStore(tmp_path / "node.db")


class TestSqliteStoreForLiveValues(StoreContract):
    @pytest.fixture
    def opening(self, tmp_path):
        return lambda: SqliteStore(tmp_path / "live.db", durable=False)


def test_it_is_wal_and_synced(tmp_path):
    store = SqliteStore(tmp_path / "node.db")
    assert store._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._writer.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL, sqlite.org/pragma.html
    store.close()


def test_only_its_owner_reads_it(tmp_path):
    store = SqliteStore(tmp_path / "node.db")
    with store.transaction() as tx:
        tx.put("t", b"k", b"v")
    store.claim_sequencer()
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    store.close()
    assert set(modes) == {"node.db", "node.db-wal", "node.db-shm", "node.db.sequencer"}
    assert set(modes.values()) == {0o600}


def test_a_counter_in_one_transaction_is_one_row(tmp_path):
    store = SqliteStore(tmp_path / "node.db")
    with store.transaction() as tx:
        for i in range(50_000):  # more than may wait in memory
            tx.put("t", b"counter", b"%d" % i)
            tx.put("t", i.to_bytes(4, "big"), b"")
            if i % 7 == 0:
                tx.delete("t", (i // 2).to_bytes(4, "big"))
        assert tx.get("t", b"counter") == b"49999"
    with store.snapshot() as reader:
        assert reader.get("t", b"counter") == b"49999"
        gone = {i // 2 for i in range(0, 50_000, 7)}
        assert reader.count("t") == 50_001 - len(gone)
    store.close()


def test_a_full_file_keeps_nothing_of_the_act(tmp_path):
    store = SqliteStore(tmp_path / "node.db", max_pages=20)
    with store.transaction() as tx:
        tx.put("t", b"small", b"kept")
    with pytest.raises(StoreFull) as caught, store.transaction() as tx:  # noqa: PT012
        tx.put("t", b"first", b"x")
        for i in range(200):
            tx.put("t", b"%03d" % i, bytes(4096))
    assert "LW-1601" in str(caught.value)
    with store.snapshot() as reader:
        assert list(reader.scan("t")) == [(b"small", b"kept")]
    with store.transaction() as tx:  # small acts still fit
        tx.put("t", b"small", b"again")
    store.close()


def test_a_full_disk_keeps_nothing_of_the_act(tmp_path):
    # RLIMIT_FSIZE makes write(2) fail on a real file, in a process of its own.
    script = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        from latticework.kernel.store import SqliteStore
        from latticework.kernel.errors import StoreFull
        store = SqliteStore(Path(sys.argv[1]))
        with store.transaction() as tx:
            tx.put("t", b"small", b"kept")
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        try:
            with store.transaction() as tx:
                for i in range(200):
                    tx.put("t", b"%03d" % i, bytes(4096))
        except StoreFull:
            with store.snapshot() as reader:
                print(list(reader.scan("t")))
            with store.transaction() as tx:
                tx.put("t", b"small", b"again")
            with store.snapshot() as reader:
                print(list(reader.scan("t")))
    """)
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "node.db")],
        capture_output=True, text=True, timeout=60, check=False,
    )
    assert done.stdout.splitlines() == ["[(b'small', b'kept')]", "[(b'small', b'again')]"], done.stderr
    again = SqliteStore(tmp_path / "node.db")
    with again.snapshot() as reader:
        assert list(reader.scan("t")) == [(b"small", b"again")]
    again.close()


def test_a_file_of_another_program_is_refused(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE addresses (name TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreDamaged):
        SqliteStore(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to look like one" * 40, b"\x00" * 8192])
def test_a_file_that_is_no_database_is_refused(tmp_path, content):
    path = tmp_path / "node.db"
    path.write_bytes(content)
    with pytest.raises(StoreDamaged):
        SqliteStore(path)


def test_a_damaged_page_is_noticed_and_never_quoted(tmp_path):
    path = tmp_path / "node.db"
    store = SqliteStore(path)
    with store.transaction() as tx:
        for i in range(500):
            tx.put("t", b"%04d" % i, b"WITHHELD" * 20)
    store.close()
    content = bytearray(path.read_bytes())
    for page in range(2, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(content)
    damaged = SqliteStore(path)
    with damaged.snapshot() as reader, pytest.raises(StoreDamaged) as caught:
        list(reader.scan("t"))
    assert "WITHHELD" not in str(caught.value)
    with pytest.raises(StoreDamaged):
        damaged.check()
    damaged.close()


def test_a_sound_file_passes_the_check(tmp_path):
    store = SqliteStore(tmp_path / "node.db")
    with store.transaction() as tx:
        tx.put("t", b"k", b"v")
    store.check()
    store.close()


def test_a_newer_layout_is_refused(tmp_path):
    path = tmp_path / "node.db"
    SqliteStore(path).close()
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version=99")
    newer.close()
    with pytest.raises(StoreVersion, match="newer"):
        SqliteStore(path)


def test_a_missing_folder_is_one_clear_sentence(tmp_path):
    with pytest.raises(StoreError, match="permissions"):
        SqliteStore(tmp_path / "no" / "such" / "node.db")


_HOLDER = """
import sys
from pathlib import Path
from latticework.kernel.store import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
store.claim_sequencer()
block = store.transaction()
tx = block.__enter__()
tx.put("t", b"half", b"done")
print("held", flush=True)
sys.stdin.read()
"""


def test_kill_9_frees_the_claim_and_undoes_the_open_act(tmp_path):
    path = tmp_path / "node.db"
    store = SqliteStore(path)
    with store.transaction() as tx:
        tx.put("t", b"k", b"v")
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(SequencerTaken):
        store.claim_sequencer()
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait(20)
    holder.stdin.close()
    holder.stdout.close()
    store.claim_sequencer()
    with store.transaction() as tx:
        assert list(tx.scan("t")) == [(b"k", b"v")]
    store.close()
