"""Any history of a ledger: everything is proven, and nothing that others get changes what a partner sees."""

from __future__ import annotations

import hashlib
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from latticework.kernel.ids import MemberId
from latticework.kernel.ledger import (
    Finding,
    Ledger,
    LedgerPlan,
    LogWatch,
    check_log,
    leaf_hash,
    promise,
    read_checkpoint,
    verify_bundle,
    verify_entry,
    write_proof,
)
from latticework.kernel.store import MemoryStore
from latticework.testing.keys import KeyRing, signer_of

JPN = signer_of("JPN")
RING = KeyRing(JPN)
USA, AUS, KOR = (MemberId(m) for m in ("USA", "AUS", "KOR"))
PARTNERS = (USA, AUS, KOR, None)


class Draws:
    def __init__(self, seed):
        self._random = random.Random(seed)

    def token(self, size):
        return self._random.randbytes(size)


plans = st.builds(
    LedgerPlan, columns=st.sampled_from([4, 8, 64]), slots=st.sampled_from([1, 2, 4]),
    bundle_entries=st.integers(1, 5),
)
counts = st.integers(0, 9) | st.integers(250, 270)
histories = st.lists(st.tuples(counts, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=7)


@settings(max_examples=60, deadline=None)
@given(plan=plans, history=histories, data=st.data())
def test_every_entry_is_proven_and_a_watcher_follows(plan, history, data):
    ledger, store, held = Ledger(JPN.member, JPN, plan, Draws(1)), MemoryStore(), MemoryStore()
    watch = LogWatch(JPN.member, RING)
    placed = []
    for epoch, row in enumerate(history):
        with store.transaction() as tx:
            before = ledger.size(tx)
            for to, count in zip(PARTNERS, row, strict=True):
                for _ in range(count):
                    entry = b"%d" % len(placed)
                    pending = ledger.append(tx, to, entry, 0)
                    assert pending.epoch == epoch
                    placed.append((to, pending.sequence, epoch, entry))
            note = ledger.seal(tx, 0)
            consistency = ledger.consistency(tx, before, ledger.size(tx)) if epoch else None
        if data.draw(st.booleans()):  # a watcher that missed some
            with held.transaction() as tx:
                head = watch.head(tx)
                if head is not None:
                    with store.snapshot() as reader:
                        consistency = ledger.consistency(reader, head.size, ledger.size(reader))
                assert watch.consider(tx, note, consistency).finding is Finding.ADVANCED
    with store.snapshot() as reader:
        assert check_log(reader, JPN.member, RING).ok
        for to, sequence, epoch, entry in random.Random(0).sample(placed, min(40, len(placed))):
            at = data.draw(st.integers(epoch, len(history) - 1))
            checkpoint = read_checkpoint(ledger.checkpoint(reader, at))
            proof = ledger.proof(reader, to, sequence, at_epoch=at)
            assert verify_entry(checkpoint, entry, proof)
            assert not verify_entry(checkpoint, entry + b"x", proof)
        for to in PARTNERS:
            own = [leaf_hash(e) for t, _, _, e in placed if t == to]
            for epoch in range(len(history)):
                checkpoint = read_checkpoint(ledger.checkpoint(reader, epoch))
                for proof in ledger.bundle_proofs(reader, to, epoch):
                    assert verify_bundle(checkpoint, own[proof.first : proof.first + proof.count], proof)


def _seen(plan, lows, others):
    """Return everything that USA sees of a ledger, epoch by epoch: its own entries are `lows`."""
    ledger, store, seen = Ledger(JPN.member, JPN, plan, Draws(3)), MemoryStore(), []
    with store.transaction() as tx:
        for partner in (USA, AUS, KOR):
            ledger.assign(tx, partner, 0)
    for epoch, (low, other) in enumerate(zip(lows, others, strict=True)):
        with store.transaction() as tx:
            before = ledger.size(tx)
            for to, number in other[: len(other) // 2]:
                ledger.append(tx, to, b"withheld" * number, 0)
            waiting = [ledger.append(tx, USA, b"low %d %d" % (epoch, i), 0) for i in range(low)]
            for to, number in other[len(other) // 2 :]:
                ledger.append(tx, to, b"withheld" * number, 0)
            promised = promise(JPN, to=USA, epoch=epoch, first=waiting[0].sequence, at_ms=0,
                               entry_hashes=[p.entry_hash for p in waiting]) if waiting else b""
            note = ledger.seal(tx, 1000 * epoch)
            proofs = [write_proof(p) for p in ledger.bundle_proofs(tx, USA, epoch)]
            proofs += [write_proof(ledger.proof(tx, USA, p.sequence)) for p in waiting]
            consistency = ledger.consistency(tx, before, ledger.size(tx))
            seen.append((note, promised, [p.sequence for p in waiting], proofs, b"".join(consistency)))
    return seen


def _renamed(seen):
    """Replace every opaque hash, salt and signature by the order in which it first appears; keep all else."""
    names: dict[bytes, bytes] = {}

    def name(blob):
        return names.setdefault(blob, b"<%d>" % len(names))

    told = []
    for note, promised, sequences, proofs, consistency in seen:
        lines = note.split(b"\n")
        told.append((lines[:2], name(lines[2]), lines[3:7], len(lines[7]), promised, sequences,
                     [len(p) for p in proofs], len(consistency)))
    return told


withheld = st.lists(st.tuples(st.sampled_from([AUS, KOR, None]), st.integers(0, 40)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(plan=plans, data=st.data(), lows=st.lists(st.integers(0, 6), min_size=1, max_size=8))
def test_what_others_get_changes_nothing_that_a_partner_sees(plan, data, lows):
    size = len(lows)
    one = _seen(plan, lows, data.draw(st.lists(withheld, min_size=size, max_size=size)))
    two = _seen(plan, lows, data.draw(st.lists(withheld, min_size=size, max_size=size)))
    assert _renamed(one) == _renamed(two)
    for a, b in zip(one, two, strict=True):
        assert [len(p) for p in a[3]] == [len(p) for p in b[3]]
        assert len(a[0]) == len(b[0])


def test_dummies_and_commitments_are_spread_alike():
    # Chi-squared over the bytes of 4,096 leaves, half of them used: neither half differs from uniform.
    from latticework.kernel.ledger.slots import commitment, slot_dummy, slot_salt

    seed = hashlib.sha256(b"seed").digest()
    used = [commitment(slot_salt(seed, i), 0, USA, 1, leaf_hash(b"same")) for i in range(2048)]
    empty = [slot_dummy(seed, i) for i in range(2048)]
    for half in (used, empty):
        content = b"".join(half)
        expected = len(content) / 256
        chi = sum((content.count(bytes([v])) - expected) ** 2 / expected for v in range(256))
        assert 170 < chi < 350  # 255 degrees of freedom: four sigma on either side
    assert len(set(used + empty)) == 4096
