"""A member's identity over its life: made, loaded, renewed, rotated, lost; and every damaged file."""

from __future__ import annotations

import stat

import pytest
from cryptography import x509
from tests.unit.kernel.identity.members import DAY, NOW

from latticework.kernel.errors import InvalidCertificate, InvalidFile, InvalidId, InvalidKeyHistory
from latticework.kernel.identity import Identity, check_certificate, init_member, read_root_key, verify_signature
from latticework.kernel.identity.home import IdentityFolder, write_root_key
from latticework.kernel.ids import KeyId
from latticework.testing.clock import SeededClock, SeededEntropy

HOUR = 3_600_000


@pytest.fixture
def jpn(member):
    return member("JPN", title="Japan")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "JPN" / "identity"


def reload(tmp_path, seed="again"):
    return Identity.load(tmp_path / "JPN", SeededEntropy(seed))


def test_init_makes_a_member(jpn, folder):
    assert (jpn.member, jpn.title, jpn.name) == ("JPN", "Japan", "node.jpn.latticework.internal")
    assert jpn.signer.member == "JPN"
    chain, key = jpn.tls()
    assert check_certificate(chain, jpn.root_pem, jpn.name, NOW).expires_ms == NOW + DAY
    assert b"PRIVATE KEY" in key
    assert b"PRIVATE" not in chain
    modes = {p.name.split("-")[0]: stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()}
    assert modes == {"member.json": 0o644, "root.crt": 0o644, "history.bin": 0o644, "root.key": 0o600,
                     "issuer.pem": 0o600, "node.pem": 0o600, "record": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_no_two_keys_are_the_same(jpn, folder):
    secrets = [p.read_bytes().split(b"PRIVATE KEY-----")[1] for p in folder.iterdir()
               if b"PRIVATE KEY" in p.read_bytes()]
    assert len(secrets) == 4
    assert len(set(secrets)) == 4


def test_init_does_not_touch_a_member_that_is_there(jpn, tmp_path, folder):
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    with pytest.raises(InvalidFile, match="already holds a member"):
        init_member("JPN", tmp_path / "JPN", SeededClock(NOW), SeededEntropy("other"))
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


@pytest.mark.parametrize("wrong", ["", "jpn", "JAPAN", "../", "J P"])
def test_init_refuses_what_is_no_member(tmp_path, wrong):
    with pytest.raises(InvalidId):
        init_member(wrong, tmp_path / "home", SeededClock(NOW), SeededEntropy("x"))
    assert not (tmp_path / "home").exists()


def test_init_refuses_a_name_that_cannot_be_shown(tmp_path):
    for wrong in ("", "x" * 81, "a\nb"):
        with pytest.raises(InvalidFile):
            init_member("JPN", tmp_path / "home", SeededClock(NOW), SeededEntropy("x"), title=wrong)


def test_init_over_an_attempt_that_was_cut_off(tmp_path):
    home = tmp_path / "home"
    (home / ".identity.partial").mkdir(parents=True)
    (home / ".identity.partial" / "root.key").write_bytes(b"half")
    made = init_member("JPN", home, SeededClock(NOW), SeededEntropy("x"))
    assert sorted(p.name for p in home.iterdir()) == ["identity"]
    assert made.member == "JPN"


def test_init_where_nothing_can_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InvalidFile, match="cannot be written"):
        init_member("JPN", tmp_path / "file" / "home", SeededClock(NOW), SeededEntropy("x"))


def test_load_gives_the_same_member(jpn, tmp_path):
    again = reload(tmp_path)
    assert again.signer.key_id == jpn.signer.key_id
    assert again.history == jpn.history
    assert again.tls() == jpn.tls()
    assert again.fingerprint == jpn.fingerprint


def test_load_without_a_member_says_so(tmp_path):
    with pytest.raises(InvalidFile, match="latticework init"):
        Identity.load(tmp_path)


# ---- certificates --------------------------------------------------------------------------------------------------


def test_node_certificates_renew_at_half_life(jpn):
    first = jpn.tls()
    assert not jpn.renew_if_due(NOW + 11 * HOUR)
    assert jpn.tls() == first
    assert jpn.renew_if_due(NOW + 12 * HOUR)
    chain, key = jpn.tls()
    assert chain != first[0]
    assert key != first[1]
    assert check_certificate(chain, jpn.root_pem, jpn.name, NOW + 30 * HOUR).expires_ms == NOW + 36 * HOUR
    # Make before break: the old one is still good for as long as its links need.
    check_certificate(first[0], jpn.root_pem, jpn.name, NOW + 12 * HOUR)


def test_a_node_that_slept_for_days_renews_when_it_wakes(jpn, tmp_path):
    again = reload(tmp_path)
    assert again.renew_if_due(NOW + 5 * DAY)
    check_certificate(again.tls()[0], again.root_pem, again.name, NOW + 5 * DAY)


def test_a_clock_that_was_set_back_renews(jpn):
    assert jpn.renew_if_due(NOW - 3 * DAY + 2 * DAY)  # the issuer began 5 minutes before NOW
    assert jpn.node_expires_ms == NOW


def test_a_lost_node_certificate_is_made_anew(jpn, tmp_path, folder):
    (folder / "node.pem").unlink()
    again = reload(tmp_path)
    with pytest.raises(InvalidFile, match="renew it"):
        again.tls()
    assert again.renew_if_due(NOW)
    check_certificate(again.tls()[0], again.root_pem, again.name, NOW)


def test_the_issuer_renews_by_itself_while_the_root_key_is_at_hand(jpn):
    assert not jpn.issuer_due(NOW + 59 * DAY)
    assert jpn.issuer_due(NOW + 61 * DAY)
    assert jpn.renew_if_due(NOW + 61 * DAY)
    assert not jpn.issuer_due(NOW + 61 * DAY)
    assert jpn.issuer_expires_ms == NOW + 151 * DAY
    check_certificate(jpn.tls()[0], jpn.root_pem, jpn.name, NOW + 61 * DAY)


def test_with_the_root_offline_the_issuer_waits_for_it(jpn, folder, tmp_path):
    stick = tmp_path / "stick.key"
    (folder / "root.key").rename(stick)
    assert jpn.renew_if_due(NOW + 61 * DAY)  # the node certificate
    assert jpn.issuer_due(NOW + 61 * DAY)
    with pytest.raises(InvalidCertificate, match="issuer of JPN has run out"):
        jpn.renew_if_due(NOW + 91 * DAY)
    again = reload(tmp_path)  # an issuer that ran out does not keep the node from starting
    again.renew_issuer(NOW + 91 * DAY, read_root_key(stick))
    assert again.renew_if_due(NOW + 91 * DAY)
    check_certificate(again.tls()[0], again.root_pem, again.name, NOW + 91 * DAY)


def test_an_issuer_renewed_beside_the_running_node_is_taken_up(jpn, folder, tmp_path):
    stick = tmp_path / "stick.key"
    (folder / "root.key").rename(stick)
    beside = reload(tmp_path, "beside")
    beside.renew_issuer(NOW + 61 * DAY, read_root_key(stick))
    assert jpn.renew_if_due(NOW + 61 * DAY)
    assert jpn.issuer_expires_ms == NOW + 151 * DAY
    check_certificate(jpn.tls()[0], jpn.root_pem, jpn.name, NOW + 61 * DAY)


def test_a_crash_between_new_issuer_and_new_node_certificate_leaves_no_broken_chain(jpn, folder, tmp_path):
    jpn.renew_issuer(NOW + DAY // 4, read_root_key(folder / "root.key"))
    again = reload(tmp_path)
    assert again.renew_if_due(NOW + DAY // 4)  # long before half of the old one's life
    check_certificate(again.tls()[0], again.root_pem, again.name, NOW + DAY // 4)


def test_only_this_members_root_key_renews(jpn, member, tmp_path):
    member("USA")
    with pytest.raises(InvalidFile, match="not the root key of JPN"):
        jpn.renew_issuer(NOW, read_root_key(tmp_path / "USA" / "identity" / "root.key"))


def test_a_root_key_can_be_locked(tmp_path):
    home = tmp_path / "locked"
    made = init_member("JPN", home, SeededClock(NOW), SeededEntropy("x"), root_passphrase=b"correct horse")
    path = home / "identity" / "root.key"
    assert b"ENCRYPTED" in path.read_bytes()
    with pytest.raises(InvalidFile, match="locked with a passphrase"):
        read_root_key(path)
    with pytest.raises(InvalidFile, match="passphrase is wrong"):
        read_root_key(path, b"battery staple")
    made.renew_issuer(NOW, read_root_key(path, b"correct horse"))
    # A locked root key in the home is as good as offline.
    assert made.renew_if_due(NOW + 61 * DAY)
    assert made.issuer_due(NOW + 61 * DAY)
    write_root_key(tmp_path / "open.key", read_root_key(path, b"correct horse"))
    with pytest.raises(InvalidFile, match="does not need a passphrase"):
        read_root_key(tmp_path / "open.key", b"correct horse")


# ---- record keys ---------------------------------------------------------------------------------------------------


def keys_on_disk(folder):
    return sorted(p.name for p in folder.glob("record-*.key"))


def test_rotation_is_made_before_the_old_key_is_broken(jpn, folder, tmp_path):
    old = jpn.signer.key_id
    assert jpn.pending is None
    statement = jpn.rotate_record_key(NOW + 1)
    assert jpn.pending == statement
    assert jpn.signer.key_id == old
    assert len(keys_on_disk(folder)) == 2
    assert jpn.rotate_record_key(NOW + 2) == statement
    new = jpn.activate_record_key()
    assert jpn.signer.key_id == new != old
    assert jpn.pending is None
    assert keys_on_disk(folder) == [f"record-{new}.key"]
    verify_signature(jpn.signer.public_key, b"m", jpn.signer.sign(b"m"))


def test_a_rotation_that_was_cut_off_goes_on(jpn, tmp_path):
    statement = jpn.rotate_record_key(NOW + 1)
    again = reload(tmp_path)
    assert again.pending == statement
    assert again.signer.key_id == jpn.signer.key_id
    assert again.activate_record_key() == again.history.present.key
    third = reload(tmp_path)
    assert third.pending is None
    assert third.signer.key_id == again.signer.key_id


def test_a_crash_before_the_statement_is_kept_loses_nothing(jpn, folder, tmp_path, monkeypatch):
    def crash(self, history):
        raise KeyboardInterrupt

    monkeypatch.setattr(IdentityFolder, "write_history", crash)
    with pytest.raises(KeyboardInterrupt):
        jpn.rotate_record_key(NOW + 1)
    monkeypatch.undo()
    again = reload(tmp_path)
    assert again.pending is None
    assert again.signer.key_id == jpn.signer.key_id
    again.rotate_record_key(NOW + 2)
    again.activate_record_key()
    assert len(keys_on_disk(folder)) == 1  # the stray key of the attempt is gone too


def test_the_signer_object_follows_a_rotation(jpn):
    signer = jpn.signer
    jpn.rotate_record_key(NOW + 1)
    jpn.activate_record_key()
    assert signer.key_id == jpn.history.present.key


def test_rotation_needs_no_root_but_a_valid_issuer(jpn, folder):
    (folder / "root.key").unlink()
    jpn.rotate_record_key(NOW + 1)
    jpn.activate_record_key()
    with pytest.raises(InvalidCertificate, match="expired"):
        jpn.rotate_record_key(NOW + 91 * DAY)


def test_the_loss_of_the_present_key_brings_a_new_one(jpn, folder, tmp_path):
    lost = jpn.signer.key_id
    statement = jpn.declare_compromise(lost, NOW + 1, read_root_key(folder / "root.key"), "laptop stolen")
    assert statement.content.key == lost
    assert jpn.signer.key_id not in {lost}
    assert keys_on_disk(folder) == [f"record-{jpn.signer.key_id}.key"]
    assert reload(tmp_path).signer.key_id == jpn.signer.key_id
    assert jpn.history.find(lost).compromised_ms == NOW + 1


def test_the_loss_of_an_older_key_leaves_the_present_one(jpn, folder):
    old = jpn.signer.key_id
    jpn.rotate_record_key(NOW + 1)
    present = jpn.activate_record_key()
    jpn.declare_compromise(old, NOW + 2, read_root_key(folder / "root.key"))
    assert jpn.signer.key_id == present


def test_the_loss_of_the_signing_key_during_a_rotation(jpn, folder):
    old = jpn.signer.key_id
    jpn.rotate_record_key(NOW + 1)
    jpn.declare_compromise(old, NOW + 2, read_root_key(folder / "root.key"))
    assert jpn.signer.key_id == jpn.history.present.key != old
    assert jpn.pending is None


def test_the_loss_of_the_next_key_during_a_rotation(jpn, folder):
    jpn.rotate_record_key(NOW + 1)
    following = jpn.history.present.key
    jpn.declare_compromise(following, NOW + 2, read_root_key(folder / "root.key"))
    assert jpn.signer.key_id == jpn.history.present.key != following


def test_what_cannot_be_declared_lost(jpn, folder, member, tmp_path):
    member("USA")
    root = read_root_key(folder / "root.key")
    before = jpn.history
    with pytest.raises(InvalidKeyHistory):
        jpn.declare_compromise(KeyId("0" * 32), NOW, root)
    with pytest.raises(InvalidKeyHistory, match="reason"):
        jpn.declare_compromise(jpn.signer.key_id, NOW, root, "x" * 201)
    with pytest.raises(InvalidFile, match="not the root key"):
        jpn.declare_compromise(jpn.signer.key_id, NOW, read_root_key(tmp_path / "USA/identity/root.key"))
    assert jpn.history == before
    assert len(keys_on_disk(folder)) == 1


# ---- damaged homes -------------------------------------------------------------------------------------------------

FILES = ["member.json", "root.crt", "issuer.pem", "history.bin", "record"]


def path_of(folder, name):
    return next(folder.glob("record-*.key")) if name == "record" else folder / name


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(jpn, folder, tmp_path, name):
    path = path_of(folder, name)
    path.unlink()
    with pytest.raises(InvalidFile, match=f"{path.name} is missing.*backup"):
        reload(tmp_path)


@pytest.mark.parametrize("name", [*FILES, "node.pem"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 50, b"{}", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_damaged_file_is_one_sentence_with_advice(jpn, folder, tmp_path, name, content):
    path_of(folder, name).write_bytes(content)
    with pytest.raises(InvalidFile) as refused:
        reload(tmp_path)
    message = refused.value.message
    assert any(word in message for word in ("restore", "delete", "ask for"))
    assert "\n" not in message
    assert len(message) < 200


@pytest.mark.parametrize("name", ["issuer.pem", "node.pem", "record"])
def test_a_secret_that_others_may_read_stops_the_node(jpn, folder, tmp_path, name):
    path_of(folder, name).chmod(0o640)
    with pytest.raises(InvalidFile, match="chmod 600"):
        reload(tmp_path)


@pytest.mark.parametrize("name", ["root.crt", "issuer.pem", "history.bin", "member.json"])
def test_files_of_another_member_do_not_fit(jpn, folder, member, tmp_path, name):
    member("USA")
    (folder / name).write_bytes((tmp_path / "USA" / "identity" / name).read_bytes())
    with pytest.raises(InvalidFile, match="do not fit together"):
        reload(tmp_path)


def test_a_record_key_under_a_wrong_name_is_refused(jpn, folder, member, tmp_path):
    member("USA")
    other = next((tmp_path / "USA" / "identity").glob("record-*.key"))
    path_of(folder, "record").write_bytes(other.read_bytes())
    with pytest.raises(InvalidFile, match="another key than its name"):
        reload(tmp_path)


def test_a_key_that_is_not_its_certificates_is_refused(jpn, folder, member, tmp_path):
    member("USA")
    own = (folder / "node.pem").read_bytes().partition(b"-----BEGIN PRIVATE")[0]
    foreign = (tmp_path / "USA" / "identity" / "node.pem").read_bytes().partition(b"-----BEGIN PRIVATE")
    (folder / "node.pem").write_bytes(own + foreign[1] + foreign[2])
    with pytest.raises(InvalidFile, match=r"node\.pem is not the one of its certificate; delete it"):
        reload(tmp_path)


def test_errors_and_representations_show_no_secret(jpn, folder):
    secret = path_of(folder, "record").read_bytes().splitlines()[1].decode()
    assert secret not in repr(jpn.signer)
    assert secret not in repr(vars(jpn))


def test_certificates_name_nobody(jpn):
    for certificate in (jpn.root, *x509.load_pem_x509_certificates(jpn.tls()[0])):
        assert all(a.oid == x509.oid.NameOID.COMMON_NAME for a in certificate.subject)
