"""Record-signing keys: Ed25519, verified strictly, so that one statement has one signature and no key signs for all.

Plain Ed25519 verification as first published accepts more than it should: a second, different signature of the same
message (``S + L``), and public keys of small order under which one signature fits any message. Both would let two
honest nodes disagree about the same bytes. So a signature is taken only when all of this holds:

- the public key is a canonical encoding of a point of the prime-order group other than its neutral element;
- the signature has 64 bytes, ``S`` is less than the group order ``L``, and ``R`` is canonical and not of small order;
- the equation holds without the cofactor.

Source: RFC 8032 sections 5.1.3 and 5.1.7; K. Chalkias, F. Garillot and V. Nikolaenko, "Taming the Many EdDSAs", SSR
2020, sections 3 to 5 (the strictest column of its comparison, in which all implementations that follow it agree).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import nacl.bindings
import nacl.exceptions
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from latticework.kernel.clock import Entropy
from latticework.kernel.errors import InvalidFile, InvalidSignature
from latticework.kernel.ids import KeyId, key_id_of

SEED_BYTES: Final = 32
PUBLIC_KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64

GROUP_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
"""``L`` of RFC 8032 section 5.1: the order of the base point."""
_FIELD_PRIME: Final = 2**255 - 19


class RecordKey:
    """A private record-signing key in memory.

    Parameters
    ----------
    seed
        32 secret bytes (RFC 8032 section 5.1.5).
    """

    __slots__ = ("_secret", "_seed", "key_id", "public_key")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise InvalidFile(f"a record-signing key has {SEED_BYTES} bytes, this one has {len(seed)}.")
        self._seed = bytes(seed)
        self.public_key, self._secret = nacl.bindings.crypto_sign_seed_keypair(self._seed)
        self.key_id: KeyId = key_id_of(self.public_key)

    def __repr__(self) -> str:
        return f"RecordKey({self.key_id})"

    @classmethod
    def generate(cls, entropy: Entropy) -> RecordKey:
        """Return a new key from `entropy`."""
        return cls(entropy.token(SEED_BYTES))

    @classmethod
    def from_pem(cls, pem: bytes) -> RecordKey:
        """Read a PKCS #8 private key (RFC 8410), or raise :class:`InvalidFile`."""
        try:
            key = serialization.load_pem_private_key(pem, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise InvalidFile("the record-signing key is not a readable PEM private key; restore it.") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise InvalidFile("the record-signing key is not an Ed25519 key; restore the right file.")
        return cls(key.private_bytes_raw())

    def to_pem(self) -> bytes:
        """Return the key as PKCS #8 PEM, not encrypted; keep it in a file of mode 0600."""
        return Ed25519PrivateKey.from_private_bytes(self._seed).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def sign(self, message: bytes) -> bytes:
        """Return the signature of `message`, 64 bytes."""
        return nacl.bindings.crypto_sign(message, self._secret)[:SIGNATURE_BYTES]


@lru_cache(maxsize=4096)
def usable_public_key(public_key: bytes) -> bool:
    """Say whether `public_key` is a canonical point of the prime-order group and not its neutral element.

    Source: RFC 8032 section 5.1.3 (decoding); libsodium ``crypto_core_ed25519_is_valid_point``.
    """
    if len(public_key) != PUBLIC_KEY_BYTES:
        return False
    # The bound on y is checked here too, because it is cheap and not every build of the library checks it.
    if int.from_bytes(public_key, "little") & (2**255 - 1) >= _FIELD_PRIME:
        return False
    return bool(nacl.bindings.crypto_core_ed25519_is_valid_point(public_key))


def verify_signature(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Check `signature` of `message` strictly.

    Parameters
    ----------
    public_key
        32 bytes.
    message
        The exact bytes that were signed.
    signature
        64 bytes.

    Raises
    ------
    InvalidSignature
        When anything is wrong; the sentence says what.
    """
    if len(signature) != SIGNATURE_BYTES:
        raise InvalidSignature(f"a signature has {SIGNATURE_BYTES} bytes, this one has {len(signature)}.")
    if not usable_public_key(public_key):
        raise InvalidSignature("the public key is not a usable Ed25519 key; ask its owner for a new one.")
    if int.from_bytes(signature[32:], "little") >= GROUP_ORDER:
        raise InvalidSignature("the signature is not in canonical form (S is too large); it was refused.")
    try:
        nacl.bindings.crypto_sign_open(signature + message, public_key)
    except nacl.exceptions.BadSignatureError:
        raise InvalidSignature("the signature does not fit the content and the key; it was refused.") from None
