from __future__ import annotations

import random

import pytest

from latticework.kernel.errors import InvalidConfig, LedgerError, NotFound, RecordTooLarge, StoreDamaged
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger import (
    Ledger,
    LedgerPlan,
    check_log,
    leaf_hash,
    open_checkpoint,
    read_checkpoint,
    sign_checkpoint,
    verify_bundle,
    verify_consistency,
    verify_entry,
    write_proof,
)
from latticework.kernel.store import MemoryStore, SimulatedCrash, SqliteStore
from latticework.testing.keys import KeyRing, signer_of

JPN, USA, AUS, KOR = (MemberId(m) for m in ("JPN", "USA", "AUS", "KOR"))
RING = KeyRing(signer_of("JPN"))


class Draws:
    """Random bytes that a seed repeats."""

    def __init__(self, seed=1):
        self._random = random.Random(seed)

    def token(self, size):
        return self._random.randbytes(size)


def _ledger(seed=1, **plan):
    return Ledger(JPN, signer_of("JPN"), LedgerPlan(**plan), Draws(seed))


def _run(ledger, store, epochs):
    """Append `epochs` (lists of (to, entry)), seal after each; return {(to, sequence): (epoch, entry)}."""
    placed = {}
    for entries in epochs:
        with store.transaction() as tx:
            for to, entry in entries:
                pending = ledger.append(tx, to, entry, 1000)
                placed[to, pending.sequence] = (pending.epoch, entry)
                assert pending.entry_hash == leaf_hash(entry)
        with store.transaction() as tx:
            ledger.seal(tx, 2000)
    return placed


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    opened = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "node.db")
    yield opened
    opened.close()


EPOCHS = [
    [(USA, b"a"), (AUS, b"b"), (None, b"c")],
    [],
    [(USA, b"d")] + [(AUS, b"e%d" % i) for i in range(700)],
    [(None, b"f"), (USA, b"")],
    [],
]


@pytest.mark.parametrize(
    "plan", [{}, {"slots": 4, "bundle_entries": 100}, {"columns": 4, "slots": 2, "bundle_entries": 1}]
)
def test_every_entry_is_proven_under_its_epoch_and_every_later_one(store, plan):
    ledger = _ledger(**plan)
    placed = _run(ledger, store, EPOCHS)
    assert len(placed) == 706
    with store.snapshot() as reader:
        notes = [open_checkpoint(n, RING, member=JPN) for n in ledger.checkpoints(reader)]
        assert [n.epoch for n in notes] == [0, 1, 2, 3, 4]
        assert [n.size for n in notes] == [ledger.plan.width * (e + 1) for e in range(5)]
        chosen = [(k, v) for k, v in placed.items() if k[0] != AUS or k[1] % 97 == 0 or k[1] in {1, 255, 256, 257, 700}]
        for (to, sequence), (epoch, entry) in chosen:
            assert ledger.epoch_of(reader, to, sequence) == epoch
            for at in {epoch, 4}:
                proof = ledger.proof(reader, to, sequence, at_epoch=at)
                assert (proof.bundle.to, proof.bundle.epoch, proof.sequence) == (to, epoch, sequence)
                assert verify_entry(notes[at], entry, proof)
                assert not verify_entry(notes[at], entry + b"!", proof)
                assert not verify_entry(notes[(at + 1) % 5], entry, proof)
        for to in (USA, AUS, KOR, None):
            for epoch in range(5):
                for proof in ledger.bundle_proofs(reader, to, epoch):
                    hashes = [leaf_hash(placed[to, i][1]) for i in range(proof.first, proof.first + proof.count)]
                    assert verify_bundle(notes[epoch], hashes, proof)
                    assert not verify_bundle(notes[epoch], hashes[:-1], proof)
                    assert not verify_bundle(notes[epoch], [*hashes[:-1], bytes(32)], proof)
            covered = sum(p.count for e in range(5) for p in ledger.bundle_proofs(reader, to, e))
            assert covered == sum(1 for t, _ in placed if t == to)
        for a in notes:
            for b in notes:
                if a.epoch <= b.epoch:
                    proof = ledger.consistency(reader, a.size, b.size)
                    assert verify_consistency(a.root, a.size, b.root, b.size, proof)
        check = check_log(reader, JPN, RING)
        assert (check.ok, check.entries_checked, check.root) == (True, 706, notes[-1].root), check.sentence


def test_listing_and_counting(store):
    ledger = _ledger()
    _run(ledger, store, EPOCHS)
    with store.transaction() as tx:
        assert ledger.append(tx, USA, b"open", 3000).epoch == 5
        assert list(ledger.entries(tx, USA, after=1)) == [(2, b""), (3, b"open")]
        assert list(ledger.entries(tx, KOR)) == []
        assert ledger.count(tx, AUS) == 701
        newest = list(ledger.all_entries(tx, limit=2, reverse=True))
        assert [(e.to, e.sequence, e.epoch, e.sealed, e.entry) for e in newest] == [
            (USA, 3, 5, False, b"open"), (USA, 2, 3, True, b""),
        ]
        oldest = list(ledger.all_entries(tx, after=0, limit=2))
        assert [(e.ordinal, e.to, e.entry) for e in oldest] == [(1, AUS, b"b"), (2, None, b"c")]
        with pytest.raises(NotFound):
            ledger.proof(tx, USA, 3)
        assert ledger.epoch_of(tx, USA, 3) is None


def test_a_proof_tells_nothing_but_its_own_column():
    ledger, store = _ledger(), MemoryStore()
    _run(ledger, store, [[(USA, b"for usa"), (AUS, b"for aus")]])
    with store.snapshot() as reader:
        shown = write_proof(ledger.proof(reader, USA, 0))
        row = dict(store.snapshot_state())["ledger.entries"]
        assert leaf_hash(b"for aus") not in shown
        assert len(row) == 2


def test_unused_slots_look_like_used_ones():
    # Two logs with the same seeds; in one, somebody else gets entries. All that the partner sees has equal lengths.
    seen = []
    for busy in (False, True):
        ledger, store = _ledger(seed=7), MemoryStore()
        with store.transaction() as tx:
            for member in (USA, AUS, KOR):
                ledger.assign(tx, member, 0)
        bytes_seen = []
        for epoch in range(40):
            with store.transaction() as tx:
                if epoch % 3 == 0:
                    ledger.append(tx, USA, b"low %d" % epoch, epoch)
                for i in range(epoch * 5 if busy else 0):
                    ledger.append(tx, (AUS, KOR, None)[i % 3], b"withheld" * i, epoch)
                before = ledger.size(tx)
                note = ledger.seal(tx, epoch * 1000)
                proofs = [write_proof(p) for p in ledger.bundle_proofs(tx, USA, epoch)]
                if epoch % 3 == 0:
                    proofs.append(write_proof(ledger.proof(tx, USA, epoch // 3)))
                consistency = ledger.consistency(tx, before, ledger.size(tx))
                bytes_seen.append((len(note), len(consistency), [len(p) for p in proofs]))
                # and equal bytes, once hashes and signatures are taken out
                bytes_seen.append(note.split(b"\n")[:2] + note.split(b"\n")[3:6])
        seen.append(bytes_seen)
    assert seen[0] == seen[1]


def test_leaves_are_random_to_those_without_the_salt():
    # The same entries in another epoch, another column or another log never make the same leaf.
    leaves = set()
    for seed in (1, 2):
        ledger, store = _ledger(seed=seed), MemoryStore()
        _run(ledger, store, [[(USA, b"same"), (AUS, b"same")]] * 3)
        with store.snapshot() as reader:
            for to in (USA, AUS):
                for epoch in range(3):
                    leaves.add(ledger.bundle_proofs(reader, to, epoch)[0].salt)
    assert len(leaves) == 12


def test_columns_do_not_tell_who_came_when():
    # A partner's column does not depend on who else has one, unless two draw the same.
    alone, crowd = _ledger(columns=4096), _ledger(columns=4096)
    with MemoryStore().transaction() as tx:
        before = alone.assign(tx, USA, 0)
    with MemoryStore().transaction() as tx:
        for i in range(26):
            crowd.assign(tx, MemberId("A" + chr(65 + i) * 2), 0)
        assert crowd.assign(tx, USA, 0) == before
        assert crowd.assign(tx, USA, 9) == before


def test_columns_run_out_with_one_sentence():
    ledger = _ledger(columns=2)
    with MemoryStore().transaction() as tx:
        ledger.append(tx, USA, b"x", 0)
        with pytest.raises(InvalidConfig, match="columns"):
            ledger.append(tx, AUS, b"x", 0)


@pytest.mark.parametrize("plan", [{"columns": 3}, {"columns": 0}, {"columns": 8192}, {"slots": 3}, {"slots": 128},
                                  {"epoch_ms": 1}, {"bundle_entries": 0}, {"columns": 1}])
def test_a_plan_refuses_bad_bounds(plan):
    with pytest.raises(InvalidConfig):
        LedgerPlan(**plan)


def test_another_layout_is_refused_and_another_beat_is_not():
    store = MemoryStore()
    _run(_ledger(), store, [[]])
    with store.transaction() as tx, pytest.raises(InvalidConfig):
        _ledger(columns=32).append(tx, USA, b"x", 0)
    with store.transaction() as tx:
        _ledger(epoch_ms=60_000).seal(tx, 0)


def test_the_epoch_is_counted_and_never_read_from_a_clock():
    ledger, store = _ledger(epoch_ms=1000), MemoryStore()
    with store.snapshot() as reader:
        assert ledger.due(reader, 5)
        assert ledger.epoch(reader) == 0
    notes = []
    for now in (10_000, 11_000, 500, 400, 99_999):  # a clock that was set back
        with store.transaction() as tx:
            notes.append(read_checkpoint(ledger.seal(tx, now)))
            assert not ledger.due(tx, now)
            assert not ledger.due(tx, now + 999)
            assert ledger.due(tx, now + 1000)
            assert ledger.due(tx, now - 1)
    assert [n.epoch for n in notes] == [0, 1, 2, 3, 4]
    assert [n.time_ms for n in notes] == [10_000, 11_000, 11_000, 11_000, 99_999]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_the_seal_never_makes_two_checkpoints_of_an_epoch(moment):
    store = MemoryStore()
    ledger = _ledger()
    _run(ledger, store, [[(USA, b"x")]])

    def hook(now):
        if now == moment:
            raise SimulatedCrash

    store.commit_hook = hook
    released = []
    with pytest.raises(SimulatedCrash), store.transaction() as tx:
        note = ledger.seal(tx, 5)
    store.commit_hook = None
    again = _ledger(seed=99)  # the node starts again
    with store.transaction() as tx:
        if moment == "after":
            assert again.epoch(tx) == 2
            assert again.checkpoint(tx) == note
        else:
            assert again.epoch(tx) == 1
            again.seal(tx, 6)
    with store.snapshot() as reader:
        released = [read_checkpoint(n).epoch for n in again.checkpoints(reader)]
        assert released == [0, 1]
        assert check_log(reader, JPN, RING).ok


def test_too_large_and_unknown():
    ledger, store = _ledger(), MemoryStore()
    _run(ledger, store, [[(USA, b"x")]])
    with store.transaction() as tx:
        with pytest.raises(RecordTooLarge):
            ledger.append(tx, USA, bytes(64 * 1024 + 1), 0)
        for sequence in (-1, 1, 1 << 63, 1 << 80):
            with pytest.raises(NotFound):
                ledger.proof(tx, USA, sequence)
        for sizes in ((0, 17), (-16, 16), (16, 32), (16, 0), (1, 16)):
            with pytest.raises(NotFound):
                ledger.consistency(tx, *sizes)
        for epoch in (-1, 1):
            with pytest.raises(NotFound):
                ledger.bundle_proofs(tx, USA, epoch)
        assert ledger.checkpoint(tx, 1) is None
        assert ledger.checkpoint(tx, -1) is None
        assert ledger.checkpoint(tx, 1 << 70) is None


def test_a_restored_backup_stalls_and_resumes_without_looking_like_a_forger():
    store = MemoryStore()
    ledger = _ledger()
    _run(ledger, store, [[(USA, b"1")], [(USA, b"2")]])
    backup = store.snapshot_state()
    _run(ledger, store, [[(USA, b"3")], [(USA, b"4")]])
    with store.snapshot() as reader:
        held = read_checkpoint(ledger.checkpoint(reader))
        older = read_checkpoint(ledger.checkpoint(reader, 0))
    store.restore_state(backup)
    again = _ledger(seed=5)
    with store.transaction() as tx:
        assert again.heard(tx, older, 0) == "known"
        assert again.stalled(tx) is None
        assert again.heard(tx, held, 0) == "stalled"
        assert again.stalled(tx) == 3
        for act in (lambda: again.append(tx, USA, b"5", 0), lambda: again.seal(tx, 0)):
            with pytest.raises(LedgerError, match="resume"):
                act()
        assert again.resume(tx, 0) == 4
        assert again.resume(tx, 0) == 4
        pending = again.append(tx, USA, b"5", 0)
        note = read_checkpoint(again.seal(tx, 0))
        assert (pending.epoch, note.epoch, note.size) == (4, 4, 5 * 16)
        assert again.checkpoint(tx, 3) is None
        assert verify_entry(note, b"5", again.proof(tx, USA, pending.sequence))
        assert check_log(tx, JPN, RING).ok
        proof = again.consistency(tx, held.size, note.size)
        assert not verify_consistency(held.root, held.size, note.root, note.size, proof)


def test_a_fork_of_the_own_log_is_recognized():
    store = MemoryStore()
    ledger = _ledger()
    _run(ledger, store, [[(USA, b"1")]])
    other = read_checkpoint(sign_checkpoint(signer_of("JPN"), epoch=0, size=16, root=bytes(32), time_ms=0))
    with store.transaction() as tx:
        assert ledger.heard(tx, other, 0) == "forked"


def _damage(table, change):
    store = MemoryStore()
    ledger = _ledger(columns=4)
    _run(ledger, store, [[(USA, b"1"), (AUS, b"2")], [(USA, b"3")], []])
    with store.transaction() as tx:
        key, value = next(iter(tx.scan(table)))
        change(tx, table, key, value)
    with store.snapshot() as reader:
        return check_log(reader, JPN, RING)


@pytest.mark.parametrize("table", ["ledger.entries", "ledger.bundles", "ledger.epochs", "ledger.checkpoints"])
def test_the_whole_check_finds_every_kind_of_damage(table):
    def flip(tx, table, key, value):
        tx.put(table, key, value[:-8] + bytes([value[-8] ^ 1]) + value[-7:] if len(value) > 8 else b"other")

    def drop(tx, table, key, value):
        tx.delete(table, key)

    try:
        assert not _damage(table, flip).ok
    except StoreDamaged:
        assert table in {"ledger.bundles", "ledger.epochs"}
    if table != "ledger.checkpoints":  # one that is missing cannot be told from one that a resumed log skipped
        assert not _damage(table, drop).ok
    assert _damage(table, lambda *_: None).ok


def test_a_log_that_has_not_begun():
    with MemoryStore().snapshot() as reader:
        assert check_log(reader, JPN, RING).ok
        assert _ledger().checkpoint(reader) is None
        assert _ledger().size(reader) == 0
