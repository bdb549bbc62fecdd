from __future__ import annotations

import pytest
from tests.unit.kernel.store.contract import StoreContract

from latticework.kernel.errors import StoreFull
from latticework.kernel.store import MemoryDisk, MemoryStore, SimulatedCrash


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def opening(self):
        disk = MemoryDisk()
        return lambda: MemoryStore(disk)


def _crash_at(moment):
    def hook(now):
        if now == moment:
            raise SimulatedCrash(moment)
    return hook


@pytest.mark.parametrize(("moment", "kept"), [("before", None), ("after", b"v")])
def test_a_crash_at_the_commit_keeps_all_or_nothing(moment, kept):
    store = MemoryStore()
    store.commit_hook = _crash_at(moment)
    with pytest.raises(SimulatedCrash), store.transaction() as tx:
        tx.put("t", b"k", b"v")
    again = MemoryStore(store.disk)  # the node starts again on the same disk
    with again.snapshot() as reader:
        assert reader.get("t", b"k") == kept
    with again.transaction() as tx:
        tx.put("t", b"k", b"w")


def test_a_full_disk_keeps_nothing():
    store = MemoryStore()

    def full(moment):
        raise StoreFull("the simulated disk is full; nothing was kept.")

    store.commit_hook = full
    with pytest.raises(StoreFull), store.transaction() as tx:
        tx.put("t", b"k", b"v")
    with store.snapshot() as reader:
        assert reader.count("t") == 0


def test_a_backup_put_back_is_the_old_state_and_independent():
    store = MemoryStore()
    with store.transaction() as tx:
        tx.put("t", b"k", b"1")
    backup = store.snapshot_state()
    with store.transaction() as tx:
        tx.put("t", b"k", b"2")
        tx.put("u", b"k", b"3")
    store.restore_state(backup)
    with store.snapshot() as reader:
        assert reader.get("t", b"k") == b"1"
        assert reader.count("u") == 0
    with store.transaction() as tx:
        tx.put("t", b"k", b"4")
    assert backup == {"t": {b"k": b"1"}}
