from __future__ import annotations

import pytest

from latticework.kernel.clock import SystemEntropy
from latticework.kernel.errors import InvalidCheckpoint, InvalidSignature
from latticework.kernel.ledger import Finding, Ledger, LedgerPlan, LogWatch, read_checkpoint, sign_checkpoint
from latticework.kernel.ledger.accuse import read_accusation
from latticework.kernel.ledger.watch import MAX_LOOSE
from latticework.kernel.store import MemoryStore
from latticework.testing.keys import KeyRing, signer_of

JPN = signer_of("JPN")
RING = KeyRing(JPN)


def _log(epochs):
    """Seal `epochs` epochs; return (ledger, its store, notes)."""
    ledger, store = Ledger(JPN.member, JPN, LedgerPlan(), SystemEntropy()), MemoryStore()
    with store.transaction() as tx:
        notes = [ledger.seal(tx, 1000 * i) for i in range(epochs)]
    return ledger, store, notes


class Watched:
    def __init__(self, epochs=6, **settings):
        self.ledger, self.theirs, self.notes = _log(epochs)
        self.own = MemoryStore()
        self.watch = LogWatch(JPN.member, RING, **settings)

    def consistency(self, old, new):
        with self.theirs.snapshot() as reader:
            return self.ledger.consistency(reader, 16 * (old + 1), 16 * (new + 1))

    def show(self, note, consistency=None):
        with self.own.transaction() as tx:
            return self.watch.consider(tx, note, consistency)

    def head(self):
        with self.own.snapshot() as reader:
            found = self.watch.head(reader)
            return None if found is None else found.epoch


def test_following_a_log_step_by_step_and_in_leaps():
    w = Watched()
    assert w.head() is None
    assert w.show(w.notes[0]).finding is Finding.ADVANCED
    assert w.show(w.notes[1], w.consistency(0, 1)).finding is Finding.ADVANCED
    assert w.show(w.notes[5], w.consistency(1, 5)).finding is Finding.ADVANCED  # after being away
    assert w.head() == 5
    assert w.show(w.notes[5]).finding is Finding.SAME
    assert w.show(w.notes[1]).finding is Finding.SAME
    assert w.show(w.notes[3]).finding is Finding.OLD  # never seen before, and in no contradiction
    assert w.show(w.notes[3]).finding is Finding.SAME
    assert w.head() == 5
    with w.own.snapshot() as reader:
        assert w.watch.held(reader, 3).note == w.notes[3]
        assert w.watch.held(reader, 4) is None
        assert w.watch.held(reader, -1) is None


def test_a_gap_is_an_alarm_and_no_proof_and_closes_again():
    w = Watched()
    w.show(w.notes[0])
    outcome = w.show(w.notes[2])
    assert (outcome.finding, outcome.accusation, outcome.head.epoch) == (Finding.GAP, b"", 0)
    assert w.show(w.notes[2], w.consistency(0, 2)).finding is Finding.ADVANCED


def test_a_refused_proof_is_an_alarm_and_no_proof():
    w = Watched()
    w.show(w.notes[0])
    for wrong in ((), w.consistency(0, 3), w.consistency(1, 2), (bytes(32),) * 4):
        outcome = w.show(w.notes[2], wrong)
        assert (outcome.finding, outcome.accusation) == (Finding.REFUSED, b"")
        assert w.head() == 0


def test_two_logs_under_one_name_are_found_by_the_first_pair_that_meets():
    w, other = Watched(), Watched()
    w.show(w.notes[0])
    w.show(w.notes[4], w.consistency(0, 4))
    outcome = w.show(other.notes[0])
    assert outcome.finding is Finding.EQUIVOCATION
    assert w.head() == 4
    found = read_accusation(outcome.accusation)
    assert {found.first, found.second} == {w.notes[0], other.notes[0]}
    # A note that was held without being connected counts as well.
    w.show(w.notes[5])
    assert w.show(other.notes[5]).finding is Finding.EQUIVOCATION
    # A fork whose epochs were never compared is not proven, only not followed.
    assert w.show(other.notes[2]).finding is Finding.OLD
    assert w.show(w.notes[2]).finding is Finding.EQUIVOCATION


def _note(epoch, size, root=bytes(32), signer=JPN):
    return sign_checkpoint(signer, epoch=epoch, size=size, root=root, time_ms=0)


@pytest.mark.parametrize(("held", "shown"), [
    ((5, 96), (5, 112)),                       # one epoch, two sizes
    ((5, 96, b"a" * 32), (5, 96, b"b" * 32)),  # one epoch, two roots
    ((5, 96), (6, 80)),                        # it shrank
    ((6, 80), (5, 96)),                        # it shrank, learned the other way round
    ((5, 96, b"a" * 32), (9, 96, b"b" * 32)),  # one size, two roots
])
def test_every_kind_of_contradiction_is_a_proof(held, shown):
    w = Watched()
    w.show(_note(*held))
    outcome = w.show(_note(*shown), ())
    assert outcome.finding is Finding.EQUIVOCATION
    assert read_accusation(outcome.accusation)


def test_no_honest_pair_is_ever_a_proof():
    w = Watched(epochs=12)
    for first in w.notes:
        for second in w.notes:
            for proof in (None, (), (bytes(32),)):
                fresh = Watched.__new__(Watched)
                fresh.own, fresh.watch = MemoryStore(), w.watch
                fresh.show(first)
                assert fresh.show(second, proof).finding is not Finding.EQUIVOCATION


def test_notes_that_are_not_the_members_are_refused_and_change_nothing():
    w = Watched()
    w.show(w.notes[0])
    with pytest.raises(InvalidSignature):
        w.show(_note(0, 16, signer=signer_of("JPN", 1)))
    with pytest.raises(InvalidCheckpoint):
        w.show(_note(0, 16, signer=signer_of("USA")))
    with pytest.raises(InvalidCheckpoint):
        w.show(w.notes[1][:-3])
    assert w.head() == 0


def test_a_log_cannot_fill_the_disk_with_loose_notes():
    w = Watched()
    w.show(w.notes[0])
    for epoch in range(2, MAX_LOOSE + 10):
        assert w.show(_note(epoch, 16 * (epoch + 1))).finding is Finding.GAP
    with w.own.snapshot() as reader:
        assert reader.count("watch.notes") == MAX_LOOSE + 1


def test_old_notes_are_forgotten_a_few_at_a_time():
    w = Watched(epochs=12, keep=4)
    for epoch, note in enumerate(w.notes):
        w.show(note, w.consistency(epoch - 1, epoch) if epoch else None)
    with w.own.snapshot() as reader:
        assert [read_checkpoint(n).epoch for _, n in reader.scan("watch.notes")] == [7, 8, 9, 10, 11]
    with w.own.transaction() as tx:
        w.watch.forget(tx)
        assert w.watch.head(tx) is None
        assert tx.count("watch.notes") == 0
