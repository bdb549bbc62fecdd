from __future__ import annotations

from base64 import b64decode, b64encode

import pytest

from latticework.kernel.errors import InvalidCheckpoint, InvalidSignature, KeyCompromised, UnknownMember
from latticework.kernel.identity.keys import verify_signature
from latticework.kernel.ledger import log_origin, open_checkpoint, read_checkpoint, sign_checkpoint
from latticework.kernel.ledger.checkpoint import note_key_hash
from latticework.testing.keys import KeyRing, signer_of

JPN = signer_of("JPN")
RING = KeyRing(JPN, signer_of("USA"))
ROOT = bytes(range(32))
NOTE = sign_checkpoint(JPN, epoch=16, size=272, root=ROOT, time_ms=1_732_350_000_000)


def test_the_published_note_of_go_sumdb_has_our_key_hash_and_signature_form():
    # golang.org/x/mod/sumdb/note, package documentation: verifier key and note of PeterNeumann.
    name, short, key = "PeterNeumann", "c74f20a3", "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    text = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signature = b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    public_key = b64decode(key)[1:]
    assert note_key_hash(name, public_key).hex() == short == signature[:4].hex()
    verify_signature(public_key, text, signature[4:])


def test_the_text_is_a_c2sp_checkpoint():
    text, blank, signature = NOTE.decode().partition("\n\n")
    assert blank
    assert text.split("\n") == [
        "latticework/JPN/ledger", "272", b64encode(ROOT).decode(), "latticework-epoch 16",
        "latticework-time 1732350000000", f"latticework-key {JPN.key_id}",
    ]
    assert signature.startswith("— latticework/JPN/ledger ")  # em dash, key name
    assert signature.endswith("\n")
    raw = b64decode(signature.split(" ")[2])
    assert raw[:4] == note_key_hash(log_origin(JPN.member), JPN.public_key)
    verify_signature(JPN.public_key, (text + "\n").encode(), raw[4:])  # the text includes its last newline


def test_reading_gives_back_what_was_signed():
    found = open_checkpoint(NOTE, RING, member=JPN.member)
    assert (found.origin, found.member, found.epoch, found.size, found.root, found.time_ms, found.key, found.note) == (
        "latticework/JPN/ledger", "JPN", 16, 272, ROOT, 1_732_350_000_000, JPN.key_id, NOTE,
    )


@pytest.mark.parametrize("change", [
    lambda n: b"", lambda n: n[:-1], lambda n: n + b"\n", lambda n: n + n, lambda n: b"\n" + n, lambda n: n * 10,
    lambda n: n.replace(b"272", b"0272"), lambda n: n.replace(b"272", b"-272"), lambda n: n.replace(b"272", b"+272"),
    lambda n: n.replace(b"272", b"9" * 19), lambda n: n.replace(b"272", b"9" * 40),
    lambda n: n.replace(b"272", "٢٧٢".encode()),
    lambda n: n.replace(b"\n", b"\r\n"), lambda n: n.replace(b"latticework-epoch 16\n", b""),
    lambda n: n.replace(b"latticework-epoch 16\n", b"latticework-epoch 16\nmore 1\n"),
    lambda n: n.replace(b"\xe2\x80\x94", b"-"), lambda n: b"\xff" + n, lambda n: n.replace(b"JPN", b"jpn"),
    lambda n: n.replace(b"\xe2\x80\x94 latticework/JPN", b"\xe2\x80\x94 latticework/USA"),
    lambda n: n.replace(b64encode(ROOT), b64encode(ROOT)[:-2] + b"9="),  # base64 with stray bits
    lambda n: n.replace(b64encode(ROOT), b64encode(ROOT[:-1]) + b"="),
])
def test_what_is_not_exactly_a_checkpoint_is_refused(change):
    with pytest.raises(InvalidCheckpoint):
        open_checkpoint(change(NOTE), RING)


@pytest.mark.parametrize(("old", "new"), [
    (b"272", b"273"), (b"epoch 16", b"epoch 17"), (b"time 1732350000000", b"time 1732350000001"),
    (b64encode(ROOT), b64encode(bytes(32))),
])
def test_a_changed_text_is_not_signed(old, new):
    with pytest.raises(InvalidSignature):
        open_checkpoint(NOTE.replace(old, new), RING)


def test_the_note_of_another_member_is_refused():
    with pytest.raises(InvalidCheckpoint):
        open_checkpoint(NOTE, RING, member=signer_of("USA").member)
    with pytest.raises(InvalidSignature):  # USA's log, JPN's signature
        open_checkpoint(NOTE.replace(b"JPN", b"USA"), RING)
    with pytest.raises(UnknownMember):
        open_checkpoint(sign_checkpoint(signer_of("AUS"), epoch=0, size=16, root=ROOT, time_ms=0), RING)


def test_a_compromised_key_signs_no_checkpoint():
    ring = KeyRing(JPN)
    ring.compromised.add(JPN.key_id)
    with pytest.raises(KeyCompromised):
        open_checkpoint(NOTE, ring)
    assert read_checkpoint(NOTE).size == 272
