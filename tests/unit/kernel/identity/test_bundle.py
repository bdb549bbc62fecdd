from __future__ import annotations

import base64

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tests.unit.kernel.identity.members import DAY, NOW

from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import InvalidBundle, LatticeworkError
from latticework.kernel.identity import fingerprint, read_bundle
from latticework.kernel.identity import history as chain
from latticework.kernel.identity.bundle import Bundle, SignedBundle, check_endpoint, same_fingerprint, sign_bundle
from latticework.kernel.identity.certificates import make_issuer, new_private_key
from latticework.kernel.identity.home import read_root_key
from latticework.kernel.identity.keys import RecordKey
from latticework.testing.clock import SeededEntropy

replace = msgspec.structs.replace


@pytest.fixture
def jpn(member):
    return member("JPN", title="Japan")


def opened(data):
    raw = base64.b64decode(b"".join(data.strip().splitlines()[1:-1]))
    return decode(raw, SignedBundle)


def armor(signed):
    text = base64.b64encode(encode(signed))
    return b"-----BEGIN LATTICEWORK TRUST BUNDLE-----\n" + text + b"\n-----END LATTICEWORK TRUST BUNDLE-----\n"


def resigned(identity, **changes):
    """The member's own bundle with something changed and rightly signed again."""
    bundle = decode(opened(identity.export_bundle(NOW)).content, Bundle)
    return sign_bundle(replace(bundle, **changes), identity._issuer.certificate, identity._issuer.key)


def refused(data, match=None, now=NOW):
    with pytest.raises(InvalidBundle, match=match) as error:
        read_bundle(data, now)
    assert error.value.code == "LW-1204"
    assert len(error.value.message) < 500
    return error.value.message


def test_a_bundle_says_what_a_partner_needs(jpn):
    data = jpn.export_bundle(NOW, for_member="USA", endpoint="node.example:8700")
    bundle = read_bundle(data, NOW)
    assert (bundle.member, bundle.title, bundle.name) == ("JPN", "Japan", "node.jpn.latticework.internal")
    assert (bundle.for_member, bundle.endpoint) == ("USA", "node.example:8700")
    assert bundle.log_origin == "latticework/JPN/ledger"
    assert bundle.history == jpn.history.statements
    assert fingerprint(bundle) == jpn.fingerprint
    assert all(len(line) <= 64 for line in data.splitlines())


def test_a_bundle_does_not_print_its_own_fingerprint(jpn):
    data = jpn.export_bundle(NOW)
    assert jpn.fingerprint.encode() not in data
    assert jpn.fingerprint.replace("-", "").encode() not in data


def test_a_bundle_carries_no_secret(jpn):
    content = base64.b64decode(b"".join(jpn.export_bundle(NOW).strip().splitlines()[1:-1]))
    seeds = [load_pem_private_key(p.read_bytes(), None) for p in jpn._folder.path.glob("record-*.key")]
    scalars = [load_pem_private_key((jpn._folder.path / name).read_bytes(), None)
               for name in ("root.key", "issuer.pem", "node.pem")]
    secrets = [k.private_bytes_raw() for k in seeds]
    secrets += [k.private_numbers().private_value.to_bytes(32, "big") for k in scalars]
    assert len(secrets) == 4
    assert not [s for s in secrets if s in content or s.hex().encode() in content]


def test_mail_may_change_line_ends(jpn):
    data = jpn.export_bundle(NOW)
    assert read_bundle(b"\r\n" + data.replace(b"\n", b"  \r\n") + b"\n", NOW).member == "JPN"


def test_every_changed_byte_of_the_content_is_refused(jpn):
    signed = opened(jpn.export_bundle(NOW))
    for at in range(0, len(signed.content), 7):
        broken = bytearray(signed.content)
        broken[at] ^= 1
        refused(armor(replace(signed, content=bytes(broken))))
    refused(armor(replace(signed, signature=b"")))
    refused(armor(replace(signed, signature=signed.signature[:-1])))


@pytest.mark.parametrize("data", [
    b"", b"hello", b"-----BEGIN LATTICEWORK TRUST BUNDLE-----\n-----END LATTICEWORK TRUST BUNDLE-----",
    b"-----BEGIN LATTICEWORK TRUST BUNDLE-----\n!!!!\n-----END LATTICEWORK TRUST BUNDLE-----",
    b"-----BEGIN LATTICEWORK TRUST BUNDLE-----\nAAAA\n-----END LATTICEWORK TRUST BUNDLE-----",
    b"\xff" * 2_000_000,
])
def test_what_is_no_bundle_is_refused(data):
    refused(data)


def test_the_issuer_of_another_member_cannot_sign(jpn, member):
    usa = member("USA")
    bundle = decode(opened(jpn.export_bundle(NOW)).content, Bundle)
    refused(sign_bundle(bundle, usa._issuer.certificate, usa._issuer.key), "not issued under the root")
    # The right certificate with the wrong key.
    refused(sign_bundle(bundle, jpn._issuer.certificate, usa._issuer.key), "signature")


def test_a_thief_of_the_issuer_cannot_invent_a_record_key(jpn):
    thief = RecordKey.generate(SeededEntropy("thief"))
    begun = chain.begin(jpn.member, thief, jpn._issuer.key, NOW)
    refused(resigned(jpn, history=(begun,)), "not rightly signed by its root")


def test_the_root_of_another_member_cannot_stand_in(jpn, member):
    usa = member("USA")
    foreign = decode(opened(usa.export_bundle(NOW)).content, Bundle).root
    refused(resigned(jpn, root=foreign))


def test_a_bundle_is_good_while_its_issuer_is(jpn):
    data = jpn.export_bundle(NOW)
    read_bundle(data, NOW + 89 * DAY)
    refused(data, "expired", NOW + 91 * DAY)
    refused(data, "valid only from", NOW - DAY)


def test_an_issuer_of_the_right_root_for_another_member_is_refused(jpn):
    key, e = new_private_key(SeededEntropy("i")), SeededEntropy("j")
    root_key = read_root_key(jpn._folder.path / "root.key")
    usa_issuer = make_issuer("USA", key.public_key(), jpn.root, root_key, NOW, e)
    bundle = decode(opened(jpn.export_bundle(NOW)).content, Bundle)
    refused(sign_bundle(bundle, usa_issuer, key), "not held to the names of JPN")


@pytest.mark.parametrize(("change", "match"), [
    ({"format": 2}, "format 2"),
    ({"member": "jpn"}, "not a member id"),
    ({"member": "USA"}, "USA"),
    ({"title": ""}, "printable name"),
    ({"title": "a\nb"}, "printable name"),
    ({"title": "x" * 81}, "printable name"),
    ({"name": "node.usa.latticework.internal"}, "outside the names"),
    ({"name": "evil.example"}, "outside the names"),
    ({"name": "*.jpn.latticework.internal"}, "outside the names"),
    ({"name": "a\n.jpn.latticework.internal"}, "outside the names"),
    ({"name": ".jpn.latticework.internal"}, "outside the names"),
    ({"log_origin": "latticework/USA/ledger"}, "names a ledger"),
    ({"history": ()}, "no key history"),
    ({"for_member": "JPN"}, "its own member"),
    ({"for_member": "everybody"}, "not a member id"),
    ({"endpoint": "no port"}, "not an endpoint"),
])
def test_a_bundle_that_makes_no_sense_is_refused(jpn, change, match):
    refused(resigned(jpn, **change), match)


@pytest.mark.parametrize("endpoint", ["127.0.0.1:1", "node.example:65535", "[2001:db8::1]:8700", "localhost:80"])
def test_endpoints(endpoint):
    assert check_endpoint(endpoint) == endpoint


@pytest.mark.parametrize("endpoint", [
    "", ":80", "host", "host:", "host:0", "host:65536", "host:80/path", "user@host:80", "ho st:80", "host:80\n",
    "a:b:80", "2001:db8::1:8700", "x" * 254 + ":80", "host:８０",
])
def test_wrong_endpoints(jpn, endpoint):
    with pytest.raises(InvalidBundle):
        check_endpoint(endpoint)
    with pytest.raises(LatticeworkError):
        jpn.export_bundle(NOW, endpoint=endpoint)


def test_fingerprints_are_compared_as_people_type_them():
    whole = "-".join(["0123", "4567", "89ab", "cdef"] * 4)
    assert same_fingerprint(whole, whole.upper())
    assert same_fingerprint(whole, whole.replace("-", ""))
    assert same_fingerprint(whole, whole.replace("-", ":"))
    assert same_fingerprint(whole, whole.replace("-", " ") + "\n")
    assert not same_fingerprint(whole, whole[:-1])
    assert not same_fingerprint(whole, whole[:-1] + "0")
    assert not same_fingerprint(whole[:19], whole[:19])  # a part of a fingerprint is none
    assert not same_fingerprint("", "")
