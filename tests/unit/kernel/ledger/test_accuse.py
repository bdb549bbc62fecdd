from __future__ import annotations

import random

import pytest

from latticework.kernel.errors import DecodeError, InvalidCheckpoint, InvalidProof
from latticework.kernel.identity.certificates import certificate_der, make_root, new_private_key
from latticework.kernel.identity.chains import root_fingerprint
from latticework.kernel.identity.history import KeyHistory, begin, compromise, extend
from latticework.kernel.identity.identity import IdentitySigner
from latticework.kernel.identity.keys import RecordKey
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger import (
    Ledger,
    LedgerPlan,
    TrustedRoot,
    accuse,
    key_chain,
    read_accusation,
    sign_checkpoint,
    verify_accusation,
    verify_evidence,
    write_evidence,
)
from latticework.kernel.store import MemoryStore

JPN = MemberId("JPN")
NOW = 1_732_350_000_000


class Draws:
    def __init__(self, seed):
        self._random = random.Random(seed)

    def token(self, size):
        return self._random.randbytes(size)


class Keys:
    """A member with a real root, key history and signer."""

    def __init__(self, seed=1, member=JPN):
        draws = Draws(seed)
        self.root_key = new_private_key(draws)
        self.root = make_root(member, self.root_key, NOW, draws)
        self.key = RecordKey.generate(draws)
        self.history = extend(KeyHistory(member), self.root, [begin(member, self.key, self.root_key, NOW)])
        self.signer = IdentitySigner(member, self.key)
        self.der = certificate_der(self.root)
        self.chain = key_chain(self.der, self.history)
        self.trusted = TrustedRoot(self.der, self.history)

    def note(self, epoch, size, root=bytes(32)):
        return sign_checkpoint(self.signer, epoch=epoch, size=size, root=root, time_ms=NOW)

    def lost(self):
        """Return the history after the key was declared compromised."""
        fresh = RecordKey.generate(Draws(99))
        told = compromise(self.history, self.key.key_id, fresh, self.root_key, NOW + 1, "stolen laptop")
        return extend(self.history, self.root, [told])


K = Keys()
A, B = K.note(3, 64), K.note(3, 64, b"x" * 32)
FILE = accuse(B, A, K.chain)


def test_a_reader_that_trusts_the_root_is_told_it_is_proven():
    verdict = verify_accusation(FILE, K.trusted)
    assert (verdict.proven, verdict.trusted, verdict.member) == (True, True, "JPN")
    assert verdict.sentence == "JPN signed two different checkpoints of epoch 3: it showed two histories of its ledger."


def test_the_file_alone_proves_it_under_a_fingerprint_to_compare():
    verdict = verify_accusation(FILE)
    assert (verdict.proven, verdict.trusted) == (True, False)
    assert verdict.fingerprint == root_fingerprint(K.root)
    assert verdict.fingerprint in verdict.sentence


def test_the_order_of_the_notes_does_not_matter():
    assert accuse(A, B, K.chain) == FILE
    assert FILE.startswith(b"-----BEGIN LATTICEWORK ACCUSATION-----\n")


def test_a_log_that_shrank():
    verdict = verify_accusation(accuse(K.note(9, 80), K.note(8, 96), K.chain), K.trusted)
    assert verdict.proven
    assert "epoch 9 that does not extend its epoch 8" in verdict.sentence


def test_nothing_is_written_about_an_honest_pair():
    for pair in ((A, A), (A, K.note(4, 80)), (A, K.note(4, 64)), (A, Keys(2, MemberId("USA")).note(3, 64, b"x" * 32))):
        with pytest.raises(InvalidProof):
            accuse(*pair, K.chain)
    with pytest.raises(InvalidCheckpoint):
        accuse(A, b"no note", K.chain)


def test_an_impostor_with_a_root_of_its_own_accuses_nobody():
    thief = Keys(seed=2)
    forged = accuse(thief.note(3, 64), thief.note(3, 80), thief.chain)
    assert verify_accusation(forged).fingerprint == root_fingerprint(thief.root)  # shown, so that it can be compared
    verdict = verify_accusation(forged, K.trusted)
    assert not verdict.proven
    assert "another root" in verdict.sentence
    mixed = accuse(thief.note(3, 64), thief.note(3, 80), K.chain)  # the right chain, another's signatures
    assert not verify_accusation(mixed).proven
    assert not verify_accusation(mixed, K.trusted).proven
    half = accuse(A, thief.note(3, 80), K.chain)
    assert not verify_accusation(half).proven


def test_a_stolen_key_proves_nothing_whether_the_file_says_so_or_the_reader_knows():
    lost = K.lost()
    told = verify_accusation(accuse(A, B, key_chain(K.der, lost)))
    assert not told.proven
    assert "compromised" in told.sentence
    known = verify_accusation(FILE, TrustedRoot(K.der, lost))
    assert not known.proven
    assert "compromised" in known.sentence


def test_without_a_chain_the_reader_needs_the_bundle():
    bare = accuse(A, B, b"")
    assert not verify_accusation(bare).proven
    assert "bundle" in verify_accusation(bare).sentence
    assert verify_accusation(bare, K.trusted).proven


def test_a_chain_of_another_member_or_with_a_broken_step_is_refused():
    other = Keys(3, MemberId("USA"))
    for chain in (other.chain, b"\x92\xa0\x90", key_chain(other.der, K.history)):
        with pytest.raises((InvalidProof, DecodeError)):
            verify_accusation(accuse(A, B, chain))


def test_a_signature_or_a_short_key_id_that_was_changed():
    note = bytearray(B)
    at = note.rindex(b" ") + 3  # inside of the four bytes of C2SP's key id, which no signature covers
    note[at] = ord("A") if note[at] != ord("A") else ord("B")
    assert not verify_accusation(accuse(A, bytes(note), K.chain)).proven
    note = bytearray(B)
    at = note.rindex(b" ") + 40
    note[at] = ord("A") if note[at] != ord("A") else ord("B")
    assert not verify_accusation(accuse(A, bytes(note), K.chain), K.trusted).proven


@pytest.mark.parametrize("change", [
    lambda f: b"", lambda f: f[10:], lambda f: f[:-10], lambda f: f.replace(b"ACCUSATION", b"TRUST BUNDLE"),
    lambda f: f.replace(b"\n", b"\n!", 2), lambda f: f + b"A" * 300_000, lambda f: f.replace(b"AA", b"A", 1),
    lambda f: b"\n".join(f.split(b"\n")[:3] + f.split(b"\n")[-2:]),
])
def test_a_malformed_file_is_one_clear_error(change):
    with pytest.raises(DecodeError):
        read_accusation(change(FILE))


def test_white_space_at_the_ends_of_lines_does_not_matter():
    assert verify_accusation(b"\r\n" + FILE.replace(b"\n", b" \r\n") + b"\n\n", K.trusted).proven


# -- evidence for one entry ------------------------------------------------------------------------------------------

def _evidence(chain=None):
    ledger, store = Ledger(JPN, K.signer, LedgerPlan(), Draws(5)), MemoryStore()
    with store.transaction() as tx:
        ledger.append(tx, MemberId("USA"), b"the entry", NOW)
        ledger.append(tx, MemberId("AUS"), b"another", NOW)
        note = ledger.seal(tx, NOW)
        proof = ledger.proof(tx, MemberId("USA"), 0)
    return note, proof, write_evidence(note, b"the entry", proof, K.chain if chain is None else chain)


def test_evidence_of_one_entry():
    _, _, file = _evidence()
    shown = verify_evidence(file, K.trusted)
    assert (shown.proven, shown.trusted, shown.to, shown.entry) == (True, True, "USA", b"the entry")
    assert shown.sentence == "JPN entered this for USA in epoch 0 of its ledger."
    alone = verify_evidence(file)
    assert (alone.proven, alone.trusted) == (True, False)
    assert alone.fingerprint in alone.sentence


def test_evidence_that_does_not_hold():
    note, proof, _ = _evidence()
    assert not verify_evidence(write_evidence(note, b"something else", proof, K.chain), K.trusted).proven
    assert not verify_evidence(write_evidence(K.note(0, 16), b"the entry", proof, K.chain), K.trusted).proven
    assert not verify_evidence(_evidence(Keys(2).chain)[2], K.trusted).proven
    assert not verify_evidence(_evidence(b"")[2]).proven
    assert verify_evidence(_evidence(b"")[2], K.trusted).proven
    assert not verify_evidence(_evidence()[2], TrustedRoot(K.der, K.lost())).proven
    with pytest.raises(DecodeError):
        verify_evidence(FILE)


def test_a_file_that_would_be_too_large_leaves_out_the_key_chain():
    """A history of many rotations must not make the proof unreadable; the reader's trust bundle has the keys."""
    keys = Keys()
    notes = [sign_checkpoint(keys.signer, epoch=3, size=64, root=bytes([n]) * 32, time_ms=NOW) for n in (1, 2)]
    file = accuse(*notes, bytes(200_000))
    assert read_accusation(file).chain == b""
    assert verify_accusation(file, TrustedRoot(keys.der, keys.history)).proven
    assert not verify_accusation(file).proven
    store, ledger = MemoryStore(), Ledger(JPN, keys.signer, LedgerPlan(), Draws(5))
    with store.transaction() as tx:
        ledger.append(tx, None, b"an entry", NOW)
        note = ledger.seal(tx, NOW)
        shown = write_evidence(note, b"an entry", ledger.proof(tx, None, 0), bytes(200_000))
    assert verify_evidence(shown, TrustedRoot(keys.der, keys.history)).proven
