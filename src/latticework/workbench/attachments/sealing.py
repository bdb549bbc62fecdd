"""The keys of a blob: pieces encrypted under one content key, and that key sealed to one recipient.

Each blob has a fresh random key, so a nonce that counts its pieces never repeats (RFC 8439, section 2.8; the last piece
is marked in the nonce, so that a blob cannot be cut short: Hoang, Reyhanitabar, Rogaway and Vizár, 2015, STREAM). The
content key goes to a recipient under HPKE (RFC 9180, base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
ChaCha20-Poly1305), bound to who gives which record to whom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from latticework.kernel.errors import InvalidAttachment

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hpke import Suite

    from latticework.kernel.ids import MemberId, RecordId

KEY_BYTES: Final = 32


def encrypt_piece(key: bytes, number: int, last: bool, data: bytes) -> bytes:
    """Return piece `number` encrypted."""
    return ChaCha20Poly1305(key).encrypt(_nonce(number, last), data, None)


def decrypt_piece(key: bytes, number: int, last: bool, data: bytes) -> bytes:
    """Return piece `number` of the file.

    Raises
    ------
    InvalidAttachment
        When it was not encrypted as this piece under this key.
    """
    try:
        return ChaCha20Poly1305(key).decrypt(_nonce(number, last), data, None)
    except InvalidTag:
        raise InvalidAttachment("a piece of the file does not open with its key; fetch the file again.") from None


def public_of(private: bytes) -> bytes:
    """Return the public key of a private one: 32 random bytes that one content key is sealed to and that are forgotten.

    Source: RFC 7748, section 5: any 32 bytes are a private key of X25519.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal_key(key: bytes, recipient: bytes, giver: MemberId, taker: MemberId, record: RecordId) -> bytes:
    """Return the content key sealed to the recipient's public key.

    Raises
    ------
    InvalidAttachment
        When that is no public key.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    try:
        public = X25519PublicKey.from_public_bytes(recipient)
        return _suite().encrypt(key, public, _info(giver, taker, record))
    except ValueError:
        raise InvalidAttachment("a recipient's key is no X25519 public key; nothing was sealed to it.") from None


def open_key(sealed: bytes, private: bytes, giver: MemberId, taker: MemberId, record: RecordId) -> bytes:
    """Return the content key that was sealed to `private`.

    Raises
    ------
    InvalidAttachment
        When it was sealed to another key, or for another giver, taker or record.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    try:
        key = _suite().decrypt(sealed, X25519PrivateKey.from_private_bytes(private), _info(giver, taker, record))
    except (ValueError, InvalidTag):
        raise InvalidAttachment("the key of a file was not sealed to this member for this record.") from None
    if len(key) != KEY_BYTES:
        raise InvalidAttachment("what was sealed for a file is no content key.")
    return key


def _suite() -> Suite:
    from cryptography.hazmat.primitives import hpke

    return hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


def _info(giver: MemberId, taker: MemberId, record: RecordId) -> bytes:
    return f"latticework attachment key 1\0{giver}\0{taker}\0{record}".encode()


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
