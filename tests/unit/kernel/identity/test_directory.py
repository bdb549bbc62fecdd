from __future__ import annotations

import pytest
from tests.unit.kernel.identity.members import NOW

from latticework.kernel.errors import InvalidKeyHistory, InvalidSignature, KeyCompromised, UnknownMember
from latticework.kernel.identity import NOTHING_HELD, Held, KeyDirectory, read_root_key
from latticework.kernel.identity.history import OVERLAP_MS
from latticework.kernel.ids import KeyId
from latticework.kernel.store import MemoryStore


def root_key(identity):
    return read_root_key(identity._folder.path / "root.key")


@pytest.fixture
def jpn(member):
    return member("JPN")


@pytest.fixture
def keys(store, jpn):
    directory = KeyDirectory(store)
    with store.transaction() as tx:
        directory.add_member(tx, jpn.member, jpn.root, jpn.history.statements)
    return directory


def signed(identity, message=b"m"):
    return identity.signer.key_id, message, identity.signer.sign(message)


def test_a_members_signature_is_taken_and_no_other(keys, jpn, member):
    key, message, signature = signed(jpn)
    keys.verify("JPN", key, message, signature, NOW)
    with pytest.raises(InvalidSignature):
        keys.verify("JPN", key, b"other", signature, NOW)
    usa = member("USA")
    with pytest.raises(UnknownMember):
        keys.verify("USA", *signed(usa), NOW)
    with pytest.raises(InvalidSignature, match="not in the key history of JPN"):
        keys.verify("JPN", *signed(usa), NOW)
    with pytest.raises(InvalidSignature):
        keys.verify("JPN", KeyId(""), message, signature, NOW)


def test_rotation_loses_nothing(keys, jpn, store):
    before = signed(jpn)
    statement = jpn.rotate_record_key(NOW + 10)
    between = signed(jpn)  # the old key still signs
    assert between[0] == before[0]
    with store.transaction() as tx:
        assert keys.apply(tx, [statement], held=NOTHING_HELD) == (statement,)
        assert keys.apply(tx, [statement], held=NOTHING_HELD) == ()
    jpn.activate_record_key()
    after = signed(jpn)
    assert after[0] != before[0]
    for proof in (before, between, after):
        keys.verify("JPN", *proof, NOW + 20)
    keys.verify("JPN", *before, NOW + 10 + OVERLAP_MS - 1)
    with pytest.raises(InvalidSignature, match="had been replaced"):
        keys.verify("JPN", *before, NOW + 10 + OVERLAP_MS)
    keys.verify("JPN", *after, NOW + 10 + OVERLAP_MS)


def test_a_compromise_takes_effect_from_the_last_checkpoint_held(keys, jpn, store):
    early = signed(jpn)
    lost = early[0]
    statement = jpn.declare_compromise(lost, NOW + 10, root_key(jpn), "laptop stolen")
    with store.transaction() as tx:
        keys.apply(tx, [statement], held=Held(epoch=7, size=100))
    assert keys.compromised("JPN") == {lost: Held(7, 100)}
    # What was proven under a checkpoint of at most 100 entries stays; nothing else does, whatever date it bears.
    keys.verify("JPN", *early, NOW, proven_size=100)
    keys.verify("JPN", *early, NOW, proven_size=1)
    for proven in (None, 0, -1, 101, 10**9):
        with pytest.raises(KeyCompromised):
            keys.verify("JPN", *early, NOW - 10**9, proven_size=proven)
        assert not keys.stands("JPN", lost, proven)
    assert keys.stands("JPN", lost, 100)
    keys.verify("JPN", *signed(jpn), NOW + 20)
    # A forged signature is not helped by a proof.
    with pytest.raises(InvalidSignature):
        keys.verify("JPN", lost, b"m", bytes(64), NOW, proven_size=50)


def test_nothing_held_means_nothing_stays(keys, jpn, store):
    early = signed(jpn)
    with store.transaction() as tx:
        keys.apply(tx, [jpn.declare_compromise(early[0], NOW, root_key(jpn))], held=NOTHING_HELD)
    with pytest.raises(KeyCompromised):
        keys.verify("JPN", *early, NOW, proven_size=1)


def test_a_later_checkpoint_does_not_move_the_line(keys, jpn, store):
    lost = jpn.signer.key_id
    statement = jpn.declare_compromise(lost, NOW, root_key(jpn))
    for held in (Held(1, 10), Held(9, 900)):
        with store.transaction() as tx:
            keys.apply(tx, [statement], held=held)
    assert keys.compromised("JPN") == {lost: Held(1, 10)}


def test_everything_is_kept(keys, jpn, store):
    with store.transaction() as tx:
        keys.apply(tx, [jpn.rotate_record_key(NOW + 1)], held=NOTHING_HELD)
    old = jpn.signer.key_id
    jpn.activate_record_key()
    with store.transaction() as tx:
        keys.apply(tx, [jpn.declare_compromise(old, NOW + 2, root_key(jpn))], held=Held(3, 33))
    again = KeyDirectory(store)
    assert again.members() == ("JPN",)
    assert again.history("JPN") == keys.history("JPN") == jpn.history
    assert again.compromised("JPN") == {old: Held(3, 33)}


def test_a_failed_transaction_is_undone_by_reload(keys, jpn, store):
    statement = jpn.rotate_record_key(NOW + 1)

    def apply_and_fail():
        with store.transaction() as tx:
            keys.apply(tx, [statement], held=NOTHING_HELD)
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        apply_and_fail()
    with store.snapshot() as reader:
        keys.reload(reader)
    assert len(keys.history("JPN").statements) == 1
    with store.transaction() as tx:
        assert keys.apply(tx, [statement], held=NOTHING_HELD) == (statement,)


def test_a_wrong_statement_changes_nothing(keys, jpn, store, member):
    before = store.snapshot_state()
    usa = member("USA")
    jpn.rotate_record_key(NOW + 1)
    jpn.activate_record_key()
    second = jpn.rotate_record_key(NOW + 2)
    for statements, error in (
        ([second], InvalidKeyHistory),
        ([jpn.history.statements[1], usa.history.statements[0]], InvalidKeyHistory),
        (list(usa.history.statements), UnknownMember),
    ):
        with pytest.raises(error), store.transaction() as tx:
            keys.apply(tx, statements, held=NOTHING_HELD)
    with store.transaction() as tx:
        assert keys.apply(tx, [], held=NOTHING_HELD) == ()
    assert store.snapshot_state() == before
    assert len(keys.history("JPN").statements) == 1


def test_a_member_cannot_come_back_without_its_compromise(keys, jpn, store):
    short = jpn.history.statements
    early = signed(jpn)
    statement = jpn.declare_compromise(early[0], NOW, root_key(jpn))
    with store.transaction() as tx:
        keys.apply(tx, [statement], held=Held(2, 20))
        keys.remove_member(tx, "JPN")
    with pytest.raises(UnknownMember):
        keys.verify("JPN", *early, NOW)
    assert KeyDirectory(store).members() == ()
    with store.transaction() as tx:
        keys.add_member(tx, "JPN", jpn.root, short)
    assert keys.compromised("JPN") == {early[0]: Held(2, 20)}
    with pytest.raises(KeyCompromised):
        keys.verify("JPN", *early, NOW)


def test_a_member_that_begins_anew_under_another_root_is_a_new_one(keys, jpn, store, member, tmp_path):
    from latticework.kernel.identity import init_member
    from latticework.testing.clock import SeededClock, SeededEntropy
    reborn = init_member("JPN", tmp_path / "second", SeededClock(NOW), SeededEntropy("second"))
    with pytest.raises(InvalidKeyHistory, match="another root"), store.transaction() as tx:
        keys.add_member(tx, "JPN", reborn.root, reborn.history.statements)
    with store.transaction() as tx:
        keys.remove_member(tx, "JPN")
        keys.add_member(tx, "JPN", reborn.root, reborn.history.statements)
    keys.verify("JPN", *signed(reborn), NOW)
    with pytest.raises(InvalidSignature):
        keys.verify("JPN", *signed(jpn), NOW)
    assert KeyDirectory(store).history("JPN") == reborn.history


def test_an_empty_history_is_no_history(store, jpn):
    with pytest.raises(InvalidKeyHistory, match="empty"), store.transaction() as tx:
        KeyDirectory(MemoryStore()).add_member(tx, "JPN", jpn.root, [])


def test_what_a_failed_transaction_took_is_kept_by_the_next_one(keys, jpn, store):
    """The directory is ahead of the store then; a restart must not forget what is taken again."""
    before = jpn.signer.key_id
    lost = jpn.declare_compromise(before, NOW + 5, root_key(jpn))

    def fail(moment):
        raise RuntimeError(moment)

    store.commit_hook = fail
    with pytest.raises(RuntimeError), store.transaction() as tx:
        keys.apply(tx, [lost], held=Held(3, 48))
    store.commit_hook = None
    assert KeyDirectory(store).compromised("JPN") == {}
    with store.transaction() as tx:
        keys.apply(tx, [lost], held=Held(9, 144))
    again = KeyDirectory(store)
    assert again.history("JPN") == keys.history("JPN") == jpn.history
    # The line is where it was drawn first: what came after it may be a thief's.
    assert again.compromised("JPN") == keys.compromised("JPN") == {before: Held(3, 48)}
