from __future__ import annotations

import pytest
from tests.unit.kernel.identity.members import DAY, NOW

from latticework.kernel.errors import (
    FingerprintMismatch,
    InvalidBundle,
    InvalidKeyHistory,
    KeyCompromised,
    LatticeworkError,
    UnknownMember,
)
from latticework.kernel.identity import NOTHING_HELD, Held, KeyDirectory, TrustStore, init_member, read_root_key
from latticework.testing.clock import SeededClock, SeededEntropy


@pytest.fixture
def keys(store):
    return KeyDirectory(store)


@pytest.fixture
def trust(store, keys):
    return TrustStore(store, keys, "USA")


def add(trust, store, identity, now=NOW, fingerprint=None, held=NOTHING_HELD, **settings):
    bundle = identity.export_bundle(now, **settings)
    with store.transaction() as tx:
        return trust.add(tx, bundle, fingerprint or identity.fingerprint, now, held=held)


def test_trust_is_added_listed_and_removed(trust, store, keys, member):
    jpn, aus = member("JPN", title="Japan"), member("AUS")
    added = add(trust, store, jpn, for_member="USA", endpoint="127.0.0.1:8700")
    assert (added.member, added.title, added.endpoint, added.added_ms) == ("JPN", "Japan", "127.0.0.1:8700", NOW)
    assert (added.root_pem, added.name, added.log_origin) == (jpn.root_pem, jpn.name, "latticework/JPN/ledger")
    add(trust, store, aus)
    assert [p.member for p in trust.list()] == ["AUS", "JPN"]
    assert trust.get("JPN") == added
    keys.verify("JPN", jpn.signer.key_id, b"m", jpn.signer.sign(b"m"), NOW)
    with store.transaction() as tx:
        assert trust.remove(tx, "JPN") == added
    assert [p.member for p in trust.list()] == ["AUS"]
    assert trust.find("JPN") is None
    keys.verify("AUS", aus.signer.key_id, b"m", aus.signer.sign(b"m"), NOW)
    with pytest.raises(UnknownMember):
        keys.verify("JPN", jpn.signer.key_id, b"m", jpn.signer.sign(b"m"), NOW)
    with pytest.raises(UnknownMember):
        trust.get("JPN")
    with pytest.raises(UnknownMember), store.transaction() as tx:
        trust.remove(tx, "JPN")


def test_it_is_kept(trust, store, member):
    add(trust, store, member("JPN"))
    again = TrustStore(store, KeyDirectory(store), "USA")
    assert again.list() == trust.list()


def test_without_the_matching_fingerprint_nothing_changes(trust, store, keys, member):
    jpn, aus = member("JPN"), member("AUS")
    add(trust, store, aus)
    before = store.snapshot_state()
    bundle = jpn.export_bundle(NOW)
    for wrong in (aus.fingerprint, "", "0" * 64, jpn.fingerprint[:-5], jpn.fingerprint[:9]):
        with pytest.raises(FingerprintMismatch) as refused, store.transaction() as tx:
            trust.add(tx, bundle, wrong, NOW)
        assert refused.value.code == "LW-1202"
        # The right one must not be learnt from the refusal.
        assert jpn.fingerprint not in refused.value.message
    assert store.snapshot_state() == before
    assert keys.members() == ("AUS",)


def test_an_unknown_bundle_changes_nothing(trust, store, keys, member):
    jpn = member("JPN")
    before = store.snapshot_state()
    bundle = jpn.export_bundle(NOW)
    for data, now in ((b"", NOW), (b"x" * 100, NOW), (bundle[:-80], NOW), (bundle, NOW + 91 * DAY)):
        with pytest.raises(InvalidBundle), store.transaction() as tx:
            trust.add(tx, data, jpn.fingerprint, now)
    assert store.snapshot_state() == before
    assert keys.members() == ()


def test_a_bundle_for_somebody_else_or_of_oneself_is_refused(trust, store, member):
    with pytest.raises(InvalidBundle, match="another member than USA"):
        add(trust, store, member("JPN"), for_member="AUS", endpoint="127.0.0.1:8700")
    with pytest.raises(InvalidBundle, match="itself"):
        add(trust, store, member("USA"))
    assert trust.list() == ()


def test_a_later_bundle_brings_endpoint_and_keys_up_to_date(trust, store, keys, member):
    jpn = member("JPN")
    add(trust, store, jpn, endpoint="127.0.0.1:8700", for_member="USA")
    jpn.rotate_record_key(NOW + 5)
    jpn.activate_record_key()
    updated = add(trust, store, jpn, NOW + 10, endpoint="127.0.0.1:8800", for_member="USA")
    assert (updated.endpoint, updated.added_ms) == ("127.0.0.1:8800", NOW)
    keys.verify("JPN", jpn.signer.key_id, b"m", jpn.signer.sign(b"m"), NOW + 11)


def test_an_older_bundle_takes_no_key_away(trust, store, keys, member):
    jpn = member("JPN")
    old = jpn.export_bundle(NOW)
    lost = jpn.signer.key_id
    early = jpn.signer.sign(b"m")
    jpn.declare_compromise(lost, NOW + 5, read_root_key(jpn._folder.path / "root.key"))
    add(trust, store, jpn, NOW + 10, held=Held(1, 10))
    with store.transaction() as tx:
        trust.add(tx, old, jpn.fingerprint, NOW + 11)
    with pytest.raises(KeyCompromised):
        keys.verify("JPN", lost, b"m", early, NOW)


def test_the_same_trigraph_under_another_root_needs_removal_first(trust, store, member, tmp_path):
    add(trust, store, member("JPN"))
    reborn = init_member("JPN", tmp_path / "reborn", SeededClock(NOW), SeededEntropy("reborn"))
    with pytest.raises(InvalidBundle, match="another root"):
        add(trust, store, reborn)
    assert trust.get("JPN").root_pem == member("JPN").root_pem
    with store.transaction() as tx:
        trust.remove(tx, "JPN")
    assert add(trust, store, reborn).root_pem == reborn.root_pem


def test_a_forked_key_history_is_refused_and_changes_nothing(trust, store, member, tmp_path):
    import shutil
    jpn = member("JPN")
    shutil.copytree(tmp_path / "JPN", tmp_path / "copy")
    jpn.rotate_record_key(NOW + 5)
    add(trust, store, jpn)
    before = store.snapshot_state()
    from latticework.kernel.identity import Identity
    fork = Identity.load(tmp_path / "copy", SeededEntropy("fork"))
    fork.rotate_record_key(NOW + 6)
    with pytest.raises((InvalidKeyHistory, InvalidBundle), match="two different statements"):
        add(trust, store, fork)
    assert store.snapshot_state() == before


def test_errors_are_of_the_identity_family(trust, store, member):
    with pytest.raises(LatticeworkError) as refused:
        add(trust, store, member("JPN"), fingerprint="0" * 64)
    assert refused.value.exit_code == 3
