from __future__ import annotations

import pytest

from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import DecodeError, InvalidProof, InvalidSignature, LatticeworkError, RecordTooLarge
from latticework.kernel.ledger import leaf_hash, promise, read_promise, verify_promise
from latticework.kernel.ledger.promise import PAYLOAD_TYPE, Promise
from latticework.kernel.records import Envelope
from latticework.kernel.records.signing import seal_payload
from latticework.testing.keys import KeyRing, signer_of

JPN, USA = signer_of("JPN"), signer_of("USA")
RING = KeyRing(JPN, USA)
HASHES = [leaf_hash(b"%d" % i) for i in range(3)]
DATA = promise(JPN, to=USA.member, epoch=7, first=10, entry_hashes=HASHES, at_ms=5)


def _verify(data=DATA, giver="JPN", to="USA", first=10, hashes=HASHES):
    return verify_promise(data, RING, giver=giver, to=to, first=first, entry_hashes=hashes)


def test_a_promise_of_these_very_entries():
    found = _verify()
    assert (found.giver, found.to, found.epoch, found.first, found.count) == ("JPN", "USA", 7, 10, 3)
    assert read_promise(DATA, RING) == found


@pytest.mark.parametrize("other", [
    {"giver": "USA"}, {"to": "AUS"}, {"first": 9}, {"hashes": HASHES[:2]}, {"hashes": HASHES[::-1]}, {"hashes": []},
    {"hashes": [*HASHES, HASHES[0]]},
])
def test_a_promise_of_something_else_is_refused(other):
    with pytest.raises(InvalidProof):
        _verify(**other)


def test_a_promise_in_anothers_name_or_with_changed_bytes_is_refused():
    value = read_promise(DATA, RING)
    with pytest.raises(InvalidSignature):
        read_promise(seal_payload(USA, PAYLOAD_TYPE, encode(value)), RING)
    envelope = decode(DATA, Envelope)
    for place in range(0, len(envelope.payload), 7):
        payload = bytearray(envelope.payload)
        payload[place] ^= 1
        changed = Envelope(envelope.payload_type, bytes(payload), envelope.key, envelope.signature)
        with pytest.raises(LatticeworkError):
            read_promise(encode(changed), RING)


def test_malformed_and_too_large():
    with pytest.raises(DecodeError):
        read_promise(DATA[:-1], RING)
    with pytest.raises(RecordTooLarge):
        read_promise(bytes(5000), RING)
    with pytest.raises(DecodeError):
        read_promise(seal_payload(JPN, "application/other", encode(read_promise(DATA, RING))), RING)
    with pytest.raises(DecodeError):
        Promise(giver="JPN", origin="x", to="USA", epoch=-1, first=0, count=1, digest=bytes(32), at_ms=0)
