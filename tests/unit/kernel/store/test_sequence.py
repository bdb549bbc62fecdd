from __future__ import annotations

from latticework.kernel.store import MemoryStore, SqliteStore
from latticework.kernel.store.sequence import LAST, next_number, number_key


def test_numbers_begin_at_one_and_go_on_after_a_restart(tmp_path):
    path = tmp_path / "node.db"
    for expected in ([1, 2, 3], [4, 5, 6]):
        store = SqliteStore(path)
        with store.transaction() as tx:
            assert [next_number(tx, "a.b") for _ in range(3)] == expected
        store.close()


def test_each_table_has_numbers_of_its_own_and_a_failed_transaction_takes_none():
    store = MemoryStore()
    try:
        with store.transaction() as tx:
            next_number(tx, "a")
            raise RuntimeError
    except RuntimeError:
        pass
    with store.transaction() as tx:
        assert (next_number(tx, "a"), next_number(tx, "b"), next_number(tx, "a")) == (1, 1, 2)
        assert list(tx.scan(LAST)) == [(b"a", number_key(2)), (b"b", number_key(1))]


def test_keys_stand_in_the_order_of_their_numbers():
    numbers = [0, 1, 255, 256, 2**31, 2**40 + 1]
    assert sorted(map(number_key, numbers)) == [number_key(n) for n in numbers]
    assert {len(number_key(n)) for n in numbers} == {8}
