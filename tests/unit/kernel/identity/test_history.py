"""The key history: what is taken, and every way in which a statement can be wrong."""

from __future__ import annotations

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from tests.unit.kernel.identity.members import DAY, NOW

from latticework.kernel.codec import encode
from latticework.kernel.errors import DecodeError, InvalidKeyHistory
from latticework.kernel.identity import history as h
from latticework.kernel.identity.certificates import certificate_der, make_issuer, make_root, new_private_key
from latticework.kernel.identity.history import OVERLAP_MS, KeyHistory, KeySignature, KeyStatement, extend
from latticework.kernel.identity.keys import RecordKey
from latticework.kernel.ids import MemberId
from latticework.testing.clock import SeededEntropy

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
replace = msgspec.structs.replace


class Maker:
    """Makes statements for one member with keys of its own."""

    def __init__(self, member="JPN", seed=None):
        e = SeededEntropy(seed or member)
        self.member = MemberId(member)
        self.root_key, self.issuer_key = new_private_key(e), new_private_key(e)
        self.root = make_root(self.member, self.root_key, NOW, e)
        self.issuer = make_issuer(self.member, self.issuer_key.public_key(), self.root, self.root_key, NOW, e)
        self.keys = [RecordKey.generate(e) for _ in range(6)]

    def begun(self):
        return extend(KeyHistory(self.member), self.root, [h.begin(self.member, self.keys[0], self.root_key, NOW)])

    def rotation(self, history, old=0, new=1, now=NOW + 1000):
        return h.rotate(history, self.keys[old], self.keys[new], self.issuer, self.issuer_key, now)

    def loss(self, history, lost=0, new=1, now=NOW + 2000, reason=""):
        replacement = None if new is None else self.keys[new]
        return h.compromise(history, self.keys[lost].key_id, replacement, self.root_key, now, reason)

    def add(self, history, *statements):
        return extend(history, self.root, statements)


@pytest.fixture
def jpn():
    return Maker()


def refused(maker, history, statement, match):
    with pytest.raises(InvalidKeyHistory, match=match) as error:
        maker.add(history, statement)
    assert error.value.code == "LW-1205"
    assert len(error.value.message) < 400


def test_begin_rotate_compromise(jpn):
    one = jpn.begun()
    assert one.present.key == jpn.keys[0].key_id
    two = jpn.add(one, jpn.rotation(one))
    assert two.present.key == jpn.keys[1].key_id
    assert two.find(jpn.keys[0].key_id).until_ms == NOW + 1000 + OVERLAP_MS
    three = jpn.add(two, jpn.loss(two, lost=1, new=2))
    assert three.present.key == jpn.keys[2].key_id
    assert three.find(jpn.keys[1].key_id).compromised_ms == NOW + 2000
    assert three.find(jpn.keys[0].key_id).compromised_ms is None
    four = jpn.add(three, jpn.loss(three, lost=0, new=None, now=NOW + 3000))
    assert four.present.key == jpn.keys[2].key_id
    assert len(four.keys) == 3
    assert extend(KeyHistory(jpn.member), jpn.root, four.statements) == four


def test_what_is_held_already_is_passed_over(jpn):
    one = jpn.begun()
    two = jpn.add(one, jpn.rotation(one))
    assert jpn.add(two, *two.statements) == two


def test_a_second_valid_signature_is_no_second_history(jpn):
    # ECDSA (r, s) and (r, n - s) are both valid; anybody can turn one into the other (SEC 1 v2 section 4.1.4).
    one = jpn.begun()
    first = one.statements[0]
    r, s = decode_dss_signature(first.signatures[1].signature)
    twin = replace(first, signatures=(first.signatures[0],
                                      KeySignature("root", encode_dss_signature(r, P256_ORDER - s))))
    assert twin != first
    other = extend(KeyHistory(jpn.member), jpn.root, [twin])
    assert other.head == one.head
    assert jpn.add(other, first, jpn.rotation(one)).present.key == jpn.keys[1].key_id


def test_two_different_statements_at_one_place_are_refused(jpn):
    one = jpn.begun()
    two = jpn.add(one, jpn.rotation(one, new=1))
    refused(jpn, two, jpn.rotation(one, new=2), "two different statements at place 1")


def test_a_gap_is_refused(jpn):
    one = jpn.begun()
    two = jpn.add(one, jpn.rotation(one))
    refused(jpn, one, jpn.rotation(two, old=1, new=2), "came where 1 was next")
    refused(jpn, KeyHistory(jpn.member), jpn.rotation(one), "came where 0 was next")


def test_nothing_of_a_series_is_taken_when_one_is_wrong(jpn):
    one = jpn.begun()
    good = jpn.rotation(one)
    two = jpn.add(one, good)
    bad = replace(jpn.rotation(two, old=1, new=2), signatures=())
    with pytest.raises(InvalidKeyHistory):
        jpn.add(one, good, bad)
    assert len(one.statements) == 1


def test_a_statement_of_another_member_is_refused(jpn):
    usa = Maker("USA")
    refused(jpn, jpn.begun(), usa.begun().statements[0], "another member")


def test_a_beginning_needs_this_root(jpn):
    liar = Maker("JPN", seed="liar")
    refused(jpn, KeyHistory(jpn.member), liar.begun().statements[0], "signed by its root")


def test_a_rotation_needs_old_key_issuer_and_new_key(jpn):
    one = jpn.begun()
    good = jpn.rotation(one)
    liar = Maker("JPN", seed="liar")
    assert [s.by for s in good.signatures] == ["issuer", "new-key", "old-key"]
    for drop in range(3):
        missing = tuple(s for i, s in enumerate(good.signatures) if i != drop)
        refused(jpn, one, replace(good, signatures=missing), "signatures that it needs")
    message = h.signed_bytes(good.content)
    for at, by in ((1, "new-key"), (2, "old-key")):
        forged = list(good.signatures)
        forged[at] = KeySignature(by, liar.keys[5].sign(message))
        refused(jpn, one, replace(good, signatures=tuple(forged)), f"signed by its {by}")
    other_issuer = h.rotate(one, jpn.keys[0], jpn.keys[1], liar.issuer, liar.issuer_key, NOW + 1000)
    refused(jpn, one, other_issuer, "signed by its issuer.*not issued under the root")
    wrong_key = h.rotate(one, jpn.keys[0], jpn.keys[1], jpn.issuer, liar.issuer_key, NOW + 1000)
    refused(jpn, one, wrong_key, "signed by its issuer")


def test_an_issuer_that_ran_out_cannot_rotate(jpn):
    one = jpn.begun()
    refused(jpn, one, jpn.rotation(one, now=NOW + 91 * DAY), "issuer certificate expired")


def test_a_root_signature_cannot_stand_for_the_issuers(jpn):
    # The thief of the issuer's certificate alone has no key; the certificate must be an issuer's, not the root.
    one = jpn.begun()
    by_root = h.rotate(one, jpn.keys[0], jpn.keys[1], jpn.root, jpn.root_key, NOW + 1000)
    refused(jpn, one, by_root, "not held to the names")


def test_a_compromise_needs_the_root(jpn):
    one = jpn.begun()
    liar = Maker("JPN", seed="liar")
    forged = h.compromise(one, jpn.keys[0].key_id, jpn.keys[1], liar.root_key, NOW + 1, "")
    refused(jpn, one, forged, "signed by its root")
    by_issuer = h.compromise(one, jpn.keys[0].key_id, jpn.keys[1], jpn.issuer_key, NOW + 1, "")
    refused(jpn, one, by_issuer, "signed by its root")


def test_the_new_key_must_be_held_by_who_names_it(jpn):
    # Somebody else's public key in a statement, without its signature.
    one = jpn.begun()
    stolen = jpn.keys[3].public_key
    good = jpn.rotation(one)
    content = replace(good.content, public_key=stolen)
    message = h.signed_bytes(content)
    forged = KeyStatement(content, (
        KeySignature("issuer", jpn.issuer_key.sign(message, ec.ECDSA(hashes.SHA256())), certificate_der(jpn.issuer)),
        KeySignature("new-key", jpn.keys[1].sign(message)),
        KeySignature("old-key", jpn.keys[0].sign(message)),
    ))
    refused(jpn, one, forged, "signed by its new-key")


def resigned(maker, content):
    """A statement with every signature right and the content as wrong as the test wants."""
    message = h.signed_bytes(content)
    by = {k.public_key: k for k in maker.keys}
    new = [KeySignature("new-key", by[content.public_key].sign(message))] if content.public_key in by else []
    root = KeySignature("root", maker.root_key.sign(message, ec.ECDSA(hashes.SHA256())))
    issuer = KeySignature("issuer", maker.issuer_key.sign(message, ec.ECDSA(hashes.SHA256())),
                          certificate_der(maker.issuer))
    old = [KeySignature("old-key", k.sign(message)) for k in maker.keys if k.key_id == content.key]
    wanted = {"begin": [*new, root], "rotate": [issuer, *new, *old], "compromise": [*new, root]}
    return KeyStatement(content, tuple(wanted[content.act]))


def test_rightly_signed_nonsense_is_refused(jpn):
    one = jpn.begun()
    two = jpn.add(one, jpn.rotation(one))
    good = jpn.rotation(two, old=1, new=2).content
    assert jpn.add(two, resigned(jpn, good)).present.key == jpn.keys[2].key_id
    for change, match in (
        ({"previous": bytes(32)}, "does not continue"),
        ({"previous": b""}, "does not continue"),
        ({"at_ms": NOW}, "goes back in time"),
        ({"act": "begin", "key": ""}, "begins a history in the wrong place"),
        ({"key": jpn.keys[0].key_id}, "does not fit the keys"),
        ({"key": jpn.keys[4].key_id}, "does not fit the keys"),
        ({"key": ""}, "does not fit the keys"),
        ({"public_key": jpn.keys[0].public_key}, "used before"),
        ({"public_key": jpn.keys[1].public_key}, "used before"),
        ({"public_key": b""}, "does not fit the keys"),
        ({"public_key": bytes(32)}, "unusable"),
        ({"public_key": b"short"}, "unusable"),
        ({"reason": "x" * 201}, "reason"),
        ({"reason": "a\x00b"}, "reason"),
        ({"sequence": -1}, "came where"),
        ({"sequence": 10**9}, "came where"),
        ({"act": "compromise", "key": jpn.keys[1].key_id, "public_key": b""}, "does not fit the keys"),
        ({"act": "compromise", "key": jpn.keys[0].key_id}, "does not fit the keys"),
        ({"act": "compromise", "key": jpn.keys[5].key_id, "public_key": b""}, "does not fit the keys"),
    ):
        refused(jpn, two, resigned(jpn, replace(good, **change)), match)


def test_a_key_is_declared_lost_once(jpn):
    one = jpn.begun()
    two = jpn.add(one, jpn.loss(one))
    refused(jpn, two, jpn.loss(two, lost=0, new=None, now=NOW + 9000), "does not fit")
    refused(jpn, two, jpn.rotation(two, old=0, new=2, now=NOW + 9000), "does not fit")


def test_a_clock_that_was_set_back_does_not_end_a_history(jpn):
    one = jpn.begun()
    back = jpn.rotation(one, now=NOW - DAY)
    assert back.content.at_ms == NOW
    assert jpn.add(one, back).present.key == jpn.keys[1].key_id


def test_statements_decode_strictly(jpn):
    statement = jpn.begun().statements[0]
    raw = encode(statement)
    assert h.decode_statement(raw) == statement
    for wrong in (b"", raw[:-1], raw + b"\0", b"\xc1", raw + bytes(20_000)):
        with pytest.raises(DecodeError):
            h.decode_statement(wrong)


def test_a_certificate_stands_only_where_it_belongs(jpn):
    one = jpn.begun()
    good = jpn.rotation(one)
    shifted = tuple(replace(s, certificate=b"x" if s.by != "issuer" else b"") for s in good.signatures)
    refused(jpn, one, replace(good, signatures=shifted), "certificate stands where none belongs")


def test_a_statement_that_could_not_be_read_back_is_refused():
    """An issuer's certificate may be large; what the directory keeps must be readable at the next start."""
    maker = Maker()
    huge = (
        x509.CertificateBuilder().subject_name(maker.issuer.subject).issuer_name(maker.root.subject)
        .public_key(maker.issuer_key.public_key()).serial_number(1)
        .not_valid_before(maker.issuer.not_valid_before_utc).not_valid_after(maker.issuer.not_valid_after_utc)
    )
    for extension in maker.issuer.extensions:
        huge = huge.add_extension(extension.value, extension.critical)
    filler = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), bytes(20_000))
    maker.issuer = huge.add_extension(filler, critical=False).sign(maker.root_key, hashes.SHA256())
    history = maker.begun()
    statement = maker.rotation(history)
    assert len(encode(statement)) > h.MAX_STATEMENT_BYTES
    with pytest.raises(InvalidKeyHistory, match="bytes"):
        maker.add(history, statement)
