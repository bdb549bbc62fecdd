"""Keys and pieces: the suite against the published vectors, and nothing opens for anybody else or elsewhere."""

from __future__ import annotations

import pytest
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from latticework.kernel.errors import InvalidAttachment
from latticework.kernel.ids import MemberId, RecordId
from latticework.workbench.attachments.sealing import (
    _suite,
    decrypt_piece,
    encrypt_piece,
    open_key,
    public_of,
    seal_key,
)

JPN, USA, AUS = MemberId("JPN"), MemberId("USA"), MemberId("AUS")
RECORD = RecordId("ab" * 32)
unhex = bytes.fromhex


def test_a_public_key_is_the_one_of_rfc_7748() -> None:
    """RFC 7748, section 6.1: Alice's keys."""
    assert public_of(unhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")) == unhex(
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")


def test_the_suite_is_the_one_of_rfc_9180() -> None:
    """RFC 9180, appendix A.2.1.1: base mode, the first encryption."""
    private = X25519PrivateKey.from_private_bytes(
        unhex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb"))
    sealed = unhex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"
                   "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28")
    info = unhex("4f6465206f6e2061204772656369616e2055726e")
    opened = openssl.hpke._decrypt_with_aad(_suite(), sealed, private, info, b"Count-0")
    assert opened == b"Beauty is truth, truth beauty"


def test_a_content_key_opens_for_its_recipient_under_its_record_alone() -> None:
    key, private = bytes(range(32)), bytes([7]) * 32
    sealed = seal_key(key, public_of(private), JPN, USA, RECORD)
    assert key not in sealed
    assert open_key(sealed, private, JPN, USA, RECORD) == key
    for giver, taker, record, own in (
        (AUS, USA, RECORD, private), (JPN, AUS, RECORD, private), (JPN, USA, RecordId("cd" * 32), private),
        (JPN, USA, RECORD, bytes([8]) * 32),
    ):
        with pytest.raises(InvalidAttachment):
            open_key(sealed, own, giver, taker, record)
    with pytest.raises(InvalidAttachment):
        seal_key(key, b"short", JPN, USA, RECORD)


def test_a_piece_opens_at_its_place_alone() -> None:
    key = bytes(32)
    sealed = encrypt_piece(key, 3, False, b"piece")
    assert decrypt_piece(key, 3, False, sealed) == b"piece"
    for number, last, data in ((2, False, sealed), (3, True, sealed), (3, False, sealed[:-1] + b"\0")):
        with pytest.raises(InvalidAttachment):
            decrypt_piece(key, number, last, data)
