"""What every Store must do. Each implementation's test module derives a class from :class:`StoreContract`."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latticework.kernel.errors import SequencerTaken, StoreError
from latticework.kernel.store.protocol import Reader, Store

OpenStore = Callable[[], Store]
"""Opens the same data again: another process, as far as the store can tell."""

_keys = st.binary(max_size=3)
_numbers = st.integers(0, 2**63 - 2).map(lambda n: n.to_bytes(8, "big")) | st.sampled_from(
    [n.to_bytes(8, "big") for n in (0, 1, 255, 256, 2**32, 2**63 - 2)])
_bounds = _numbers | st.binary(max_size=10)
_steps = st.lists(
    st.lists(st.tuples(st.sampled_from(["a", "b.c"]), _keys, st.one_of(st.none(), st.binary(max_size=4))), max_size=12),
    max_size=6,
)


def _all(reader: Reader, table: str) -> list[tuple[bytes, bytes]]:
    return list(reader.scan(table))


class StoreContract:
    """Derive, and give a fixture ``opening`` that returns an :data:`OpenStore`."""

    @pytest.fixture
    def opening(self) -> OpenStore:
        raise AssertionError("the derived class gives this fixture")

    @pytest.fixture
    def store(self, opening):
        store = opening()
        yield store
        store.close()

    def test_what_was_committed_is_read_back_by_another_store(self, store, opening):
        with store.transaction() as tx:
            tx.put("t", b"k", b"v")
            assert tx.get("t", b"k") == b"v"
        again = opening()
        with again.snapshot() as reader:
            assert reader.get("t", b"k") == b"v"
            assert reader.get("t", b"other") is None
            assert reader.get("never.made", b"k") is None
        again.close()

    def test_an_exception_undoes_the_whole_block(self, store):
        with store.transaction() as tx:
            tx.put("t", b"kept", b"1")
        with pytest.raises(RuntimeError, match="stop"), store.transaction() as tx:  # noqa: PT012
            tx.put("t", b"new", b"2")
            tx.put("made.in.vain", b"x", b"3")
            tx.delete("t", b"kept")
            raise RuntimeError("stop")
        with store.snapshot() as reader:
            assert _all(reader, "t") == [(b"kept", b"1")]
            assert _all(reader, "made.in.vain") == []
        with store.transaction() as tx:  # and the store works on
            tx.put("made.in.vain", b"x", b"3")

    @given(rows=st.dictionaries(_numbers, st.binary(max_size=3), max_size=8), start=_bounds,
           stop=st.none() | _bounds, limit=st.none() | st.integers(0, 4), reverse=st.booleans())
    @settings(max_examples=60, deadline=None,
              suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors])
    def test_a_table_keyed_by_numbers_reads_like_any_other(self, store, rows, start, stop, limit, reverse):
        with store.transaction() as tx:
            for key, _ in list(tx.scan("record.head")):
                tx.delete("record.head", key)
            for key, value in rows.items():
                tx.put("record.head", key, value)
            self._check(tx, rows, start, stop, limit, reverse)
        with store.snapshot() as reader:
            self._check(reader, rows, start, stop, limit, reverse)

    @staticmethod
    def _check(reader, rows, start, stop, limit, reverse):
        inside = sorted((k for k in rows if start <= k and (stop is None or k < stop)), reverse=reverse)
        assert list(reader.scan("record.head", start, stop, limit=limit, reverse=reverse)) == [
            (k, rows[k]) for k in inside][:limit]
        assert reader.count("record.head", start, stop) == len(inside)
        assert reader.get("record.head", start) == rows.get(start)

    def test_a_table_keyed_by_numbers_takes_no_other_key(self, store):
        for key in (b"", b"abc", bytes(7), bytes(9), b"\xff" * 8, (2**63 - 1).to_bytes(8, "big")):
            for act in (lambda tx, k=key: tx.put("record.head", k, b""), lambda tx, k=key: tx.delete("record.head", k)):
                with pytest.raises(StoreError, match="8 bytes"), store.transaction() as tx:
                    act(tx)
            with store.snapshot() as reader:
                assert reader.get("record.head", key) is None

    def test_scan_gives_a_half_open_range_in_byte_order(self, store):
        keys = [b"", b"\x00", b"a", b"a\x00", b"ab", b"b", b"\xff", b"\xff\xff"]
        with store.transaction() as tx:
            for key in reversed(keys):
                tx.put("t", key, key + b"!")
        with store.snapshot() as reader:
            assert [k for k, _ in reader.scan("t")] == keys
            assert [k for k, _ in reader.scan("t", reverse=True)] == keys[::-1]
            assert [k for k, _ in reader.scan("t", b"a", b"b")] == [b"a", b"a\x00", b"ab"]
            assert [k for k, _ in reader.scan("t", b"a", b"b", reverse=True)] == [b"ab", b"a\x00", b"a"]
            assert [k for k, _ in reader.scan("t", b"a", limit=2)] == [b"a", b"a\x00"]
            assert [k for k, _ in reader.scan("t", limit=0)] == []
            assert [k for k, _ in reader.scan("t", b"b", b"a")] == []
            assert reader.count("t") == 8
            assert reader.count("t", b"a", b"b") == 3
            assert reader.count("none") == 0

    def test_a_scan_is_longer_than_one_page(self, store):
        keys = [i.to_bytes(4, "big") for i in range(1500)]
        with store.transaction() as tx:
            for key in keys:
                tx.put("t", key, key)
            assert [k for k, _ in tx.scan("t", keys[3], keys[1400])] == keys[3:1400]
        with store.snapshot() as reader:
            assert [k for k, _ in reader.scan("t")] == keys
            assert [k for k, _ in reader.scan("t", reverse=True)] == keys[::-1]
            assert [k for k, _ in reader.scan("t", limit=1024)] == keys[:1024]

    def test_deleting_while_walking(self, store):
        with store.transaction() as tx:
            for i in range(1500):
                tx.put("t", i.to_bytes(4, "big"), b"")
        with store.transaction() as tx:
            for key, _ in tx.scan("t"):
                tx.delete("t", key)
            assert tx.count("t") == 0
        with store.snapshot() as reader:
            assert reader.count("t") == 0

    def test_a_snapshot_stays_as_it_was(self, store):
        with store.transaction() as tx:
            tx.put("t", b"k", b"old")
        with store.snapshot() as before:
            with store.transaction() as tx:  # a reader does not hold up the writer
                tx.put("t", b"k", b"new")
                tx.put("u", b"k", b"new")
            assert before.get("t", b"k") == b"old"
            assert before.count("u") == 0
            with store.snapshot() as after:
                assert after.get("t", b"k") == b"new"

    def test_a_reader_does_not_wait_for_the_writer(self, store):
        with store.transaction() as tx:
            tx.put("t", b"k", b"old")
        seen: list[bytes | None] = []

        def read() -> None:
            with store.snapshot() as reader:
                seen.append(reader.get("t", b"k"))

        with store.transaction() as tx:
            tx.put("t", b"k", b"new")
            thread = threading.Thread(target=read, daemon=True)
            thread.start()
            thread.join(20)  # would never end if the reader waited: the writer waits for it here
            assert seen == [b"old"]

    def test_writers_take_turns(self, store):
        def count_up() -> None:
            for _ in range(20):
                with store.transaction() as tx:
                    now = int(tx.get("t", b"n") or b"0")
                    tx.put("t", b"n", str(now + 1).encode())

        threads = [threading.Thread(target=count_up) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.snapshot() as reader:
            assert reader.get("t", b"n") == b"60"

    def test_a_transaction_inside_a_transaction_is_refused(self, store):
        with store.transaction() as tx:
            tx.put("t", b"k", b"v")
            with pytest.raises(StoreError), store.transaction():
                pass
        with store.snapshot() as reader:
            assert reader.get("t", b"k") == b"v"

    def test_views_end_with_their_block(self, store):
        with store.transaction() as tx:
            tx.put("t", b"k", b"v")
        with store.snapshot() as reader:
            pass
        for act in (lambda: tx.get("t", b"k"), lambda: tx.put("t", b"k", b"w"), lambda: reader.get("t", b"k"),
                    lambda: list(reader.scan("t")), lambda: reader.count("t")):
            with pytest.raises(StoreError):
                act()

    @pytest.mark.parametrize("name", ["", "T", "a b", 'a"; DROP TABLE t; --', "a.", "a" * 81, "sqlite_é"])
    def test_a_table_needs_a_plain_name(self, store, name):
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.put(name, b"k", b"v")
        with store.snapshot() as reader, pytest.raises(StoreError):
            reader.get(name, b"k")

    def test_one_sequencer(self, store, opening):
        store.claim_sequencer()
        store.claim_sequencer()  # the holder may ask again
        other = opening()
        with pytest.raises(SequencerTaken):
            other.claim_sequencer()
        store.close()
        other.claim_sequencer()
        other.close()

    def test_closing_twice_and_using_a_closed_store(self, store):
        store.close()
        store.close()
        with pytest.raises(StoreError), store.transaction():
            pass
        with pytest.raises(StoreError), store.snapshot():
            pass

    @settings(max_examples=60, deadline=None,
              suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors])
    @given(steps=_steps)
    def test_it_behaves_as_sorted_dictionaries(self, store, steps):
        with store.transaction() as tx:
            for table in ("a", "b.c"):
                for key, _ in list(tx.scan(table)):
                    tx.delete(table, key)
        model: dict[str, dict[bytes, bytes]] = {"a": {}, "b.c": {}}
        for step in steps:
            with store.transaction() as tx:
                for table, key, value in step:
                    if value is None:
                        tx.delete(table, key)
                        model[table].pop(key, None)
                    else:
                        tx.put(table, key, value)
                        model[table][key] = value
                for table, expected in model.items():  # a transaction sees its own writes
                    assert _all(tx, table) == sorted(expected.items())
                    assert tx.count(table) == len(expected)
                    assert list(tx.scan(table, b"\x10", b"\xf0", limit=2, reverse=True)) == [
                        kv for kv in sorted(expected.items(), reverse=True) if b"\x10" <= kv[0] < b"\xf0"
                    ][:2]
            with store.snapshot() as reader:
                for table, expected in model.items():
                    assert _all(reader, table) == sorted(expected.items())
