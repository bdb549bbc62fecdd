from __future__ import annotations

import hashlib

import msgspec
import pytest
from nacl.signing import VerifyKey

from latticework.kernel.codec import MAX_RECORD_BYTES, encode
from latticework.kernel.errors import (
    DecodeError,
    InvalidRecord,
    InvalidSignature,
    LatticeworkError,
    RecordTooLarge,
    UnknownMember,
)
from latticework.kernel.ids import Kind, MemberId, Post, RecordId, Topic
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.records import Envelope, Link, Statement, make_record, open_envelope, pae, reopen_envelope
from latticework.kernel.records.envelope import PAYLOAD_TYPE, seal_statement
from latticework.testing.keys import KeyRing, signer_of

JPN, USA = signer_of("JPN"), signer_of("USA")
RING = KeyRing(JPN, USA)
LABEL = Label(policy="EXERCISE", classification=1, release=Release(members=frozenset({"USA", "AUS"})),
              originators=frozenset({MemberId("JPN")}))
A, B = RecordId("a" * 64), RecordId("b" * 64)


class Same:
    def token(self, size):
        return b"n" * size


def _make(signer=JPN, **changes):
    values = {
        "kind": Kind("note"), "version": 1, "body": b"\x80", "post": Post("alliance desk"), "topic": Topic("plans"),
        "label": LABEL, "made_ms": 1_732_350_000_000, **changes,
    }
    return make_record(signer, Same(), **values)


def _parts(record):
    return msgspec.msgpack.decode(record.envelope, type=Envelope)


def _signed(payload):
    """Return an envelope that JPN really signed over any bytes."""
    return encode(Envelope(PAYLOAD_TYPE, payload, JPN.key_id, JPN.sign(pae(PAYLOAD_TYPE, payload))))


def test_pae_is_that_of_the_dsse_specification():
    # secure-systems-lab/dsse, protocol.md, "Test Vectors".
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_a_record_opens_with_the_very_bytes_it_was_made_of():
    record = _make(links=(Link("answers", B), Link("about", A), Link("about", A)))
    opened = open_envelope(record.envelope, RING)
    assert opened == record
    assert opened.statement.links == (Link("about", A), Link("answers", B))
    assert reopen_envelope(record.envelope) == record


def test_the_id_is_the_hash_of_the_payload_and_the_signature_is_plain_ed25519():
    record = _make()
    envelope = _parts(record)
    assert record.id == hashlib.sha256(b"latticework.record\0" + envelope.payload).hexdigest()
    VerifyKey(JPN.public_key).verify(  # PyNaCl's own verifier, over DSSE's text
        b"DSSEv1 %d %b %d %b" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(envelope.payload), envelope.payload),
        envelope.signature,
    )


def test_the_nonce_makes_equal_statements_different_records():
    class Other:
        def token(self, size):
            return b"m" * size

    again = make_record(JPN, Other(), kind=Kind("note"), version=1, body=b"\x80", post=Post("alliance desk"),
                        topic=Topic("plans"), label=LABEL, made_ms=1_732_350_000_000)
    assert again.id != _make().id


def test_no_bit_can_be_changed():
    record = _make()
    for place in range(len(record.envelope)):
        for bit in (1, 128):
            changed = bytearray(record.envelope)
            changed[place] ^= bit
            with pytest.raises(LatticeworkError):
                open_envelope(bytes(changed), RING)


def test_no_byte_can_be_cut_or_added():
    record = _make()
    for cut in range(len(record.envelope)):
        with pytest.raises(LatticeworkError):
            open_envelope(record.envelope[:cut], RING)
    for more in (b"\0", b"\xc0", record.envelope):
        with pytest.raises(DecodeError):
            open_envelope(record.envelope + more, RING)


def test_another_members_signature_under_ones_own_name():
    record = _make(USA, label=LABEL)
    envelope = _parts(record)
    forged = msgspec.msgpack.decode(envelope.payload, type=Statement)
    payload = encode(msgspec.structs.replace(forged, member=MemberId("JPN")))
    for key in (USA.key_id, JPN.key_id):
        with pytest.raises(InvalidSignature):
            open_envelope(encode(Envelope(PAYLOAD_TYPE, payload, key, USA.sign(pae(PAYLOAD_TYPE, payload)))), RING)
    with pytest.raises(InvalidRecord):
        seal_statement(USA, _make().statement)


def test_a_stranger_is_unknown():
    with pytest.raises(UnknownMember):
        open_envelope(_make(signer_of("AUS")).envelope, RING)


def test_a_signature_for_another_purpose_is_none():
    envelope = _parts(_make())
    with pytest.raises(DecodeError):
        open_envelope(encode(Envelope("application/other", envelope.payload, envelope.key, envelope.signature)), RING)
    other = JPN.sign(pae("application/other", envelope.payload))
    with pytest.raises(InvalidSignature):
        open_envelope(encode(Envelope(PAYLOAD_TYPE, envelope.payload, envelope.key, other)), RING)


def test_a_payload_that_is_not_canonical_is_refused_even_when_it_is_signed():
    payload = _parts(_make()).payload
    fields = msgspec.msgpack.decode(payload)
    for changed in (
        msgspec.msgpack.encode(dict(reversed(fields.items()))),          # another order of fields
        msgspec.msgpack.encode({**fields, "more": 1}),                    # a field too many
        msgspec.msgpack.encode({k: v for k, v in fields.items() if k != "topic"}),
        payload.replace(b"\xa7version\x01", b"\xa7version\xcc\x01"),      # a longer form of 1
        payload + b"\xc0", payload[:-1],
    ):
        assert changed != payload
        with pytest.raises(DecodeError):
            open_envelope(_signed(changed), RING)


@pytest.mark.parametrize("changes", [
    {"kind": "Note"}, {"kind": ""}, {"kind": "a" * 81}, {"kind": "a..b"}, {"version": 0}, {"version": 70_000},
    {"post": ""}, {"post": "x" * 81}, {"post": "a\nb"}, {"topic": "all"}, {"topic": "Air"}, {"topic": ""},
    {"made_ms": -1}, {"made_ms": 1 << 62}, {"links": (Link("Answers", A),)}, {"links": (Link("answers", "x"),)},
    {"links": tuple(Link("a", RecordId(f"{i:064x}")) for i in range(1001))},
    {"label": Label(policy="EXERCISE", classification=1)},
    {"label": Label(policy="EXERCISE", classification=1, originators=frozenset({MemberId("Japan")}))},
])
def test_a_field_out_of_bounds_is_refused_by_maker_and_receiver_alike(changes):
    with pytest.raises(InvalidRecord):
        _make(**changes)
    statement = msgspec.structs.replace(_make().statement, **changes)
    payload = encode(statement)
    with pytest.raises((InvalidRecord, DecodeError)):
        open_envelope(_signed(payload), RING)


@pytest.mark.parametrize("changes", [
    {"links": (Link("b", A), Link("a", A))}, {"links": (Link("a", A), Link("a", A))}, {"nonce": b"short"},
    {"member": MemberId("Japan")},
])
def test_what_no_honest_maker_writes_is_refused(changes):
    payload = encode(msgspec.structs.replace(_make().statement, **changes))
    with pytest.raises(InvalidRecord):
        open_envelope(_signed(payload), RING)


def test_a_label_that_contradicts_itself_is_refused_without_quoting_it():
    payload = _parts(_make()).payload
    changed = payload.replace(b"\xa8everyone\xc2", b"\xa8everyone\xc3")
    assert changed != payload
    with pytest.raises(InvalidRecord, match="everyone"):
        open_envelope(_signed(changed), RING)


def test_size_is_capped_before_anything_is_read():
    with pytest.raises(RecordTooLarge):
        open_envelope(b"\x94" + bytes(MAX_RECORD_BYTES + 1000), RING)
    with pytest.raises(RecordTooLarge):
        _make(body=bytes(MAX_RECORD_BYTES))
    largest = _make(body=bytes(MAX_RECORD_BYTES - 1000))
    assert open_envelope(largest.envelope, RING).id == largest.id


def test_deep_nesting_is_an_error_and_no_crash():
    for data in (b"\x91" * 200_000, b"\x81\xa1a" * 200_000, b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"):
        with pytest.raises(DecodeError):
            open_envelope(data, RING)


def test_errors_never_quote_the_content():
    secret = b"\x81\xa4text\xabWITHHELD-42"
    record = _make(body=secret)
    changed = bytearray(record.envelope)
    changed[-1] ^= 1
    for data in (bytes(changed), record.envelope[:-5], record.envelope.replace(b"plans", b"PLANS")):
        with pytest.raises(LatticeworkError) as caught:
            open_envelope(data, RING)
        assert "WITHHELD" not in str(caught.value)
        assert "PLANS" not in str(caught.value) or "topic" in str(caught.value)


@pytest.mark.parametrize("label", [
    msgspec.structs.replace(LABEL, expires_ms=-1), msgspec.structs.replace(LABEL, expires_ms=2**62),
    msgspec.structs.replace(LABEL, restrictive=frozenset(f"Special Handling/{n:060}" for n in range(300))),
    msgspec.structs.replace(LABEL, release=Release(members=frozenset({"USA"}), groups=frozenset({"x" * 20_000}))),
])
def test_a_label_is_bounded_whether_or_not_its_policy_is_known(label):
    """Labels are kept in memory by the thousand, so one must not be as large as a record."""
    with pytest.raises(InvalidRecord, match="label"):
        _make(label=label)
    statement = msgspec.structs.replace(_make().statement, label=label)
    with pytest.raises(InvalidRecord, match="label"):
        open_envelope(_signed(encode(statement)), RING)
