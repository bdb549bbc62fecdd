"""Who can sign and who can verify, and what exactly is signed.

Every signature of a member covers a pre-authentication encoding that begins with its type, so that a signature for one
purpose never verifies for another. Checkpoints are the one exception: they are signed as C2SP notes, whose first line
names the log (:mod:`latticework.kernel.ledger.checkpoint`); no such text begins with ``DSSEv1``.

Source: DSSE v1.0, https://github.com/secure-systems-lab/dsse/blob/master/protocol.md, "Signature Definition";
Ed25519: RFC 8032, section 5.1.
"""

from __future__ import annotations

from typing import Final, Protocol

from nacl import bindings
from nacl.signing import SigningKey

from latticework.kernel.codec import MAX_RECORD_BYTES, decode, encode
from latticework.kernel.errors import DecodeError, InvalidSignature, RecordTooLarge
from latticework.kernel.ids import KeyId, MemberId, key_id_of, parse_key_id
from latticework.kernel.records.record import Envelope

SIGNATURE_BYTES: Final = 64
ENVELOPE_OVERHEAD: Final = 256
"""Most bytes that an envelope adds to its payload."""


class Signer(Protocol):
    """The record-signing key that a member signs with now."""

    @property
    def member(self) -> MemberId:
        """Whose key it is."""
        ...

    @property
    def key_id(self) -> KeyId:
        """The key's id."""
        ...

    @property
    def public_key(self) -> bytes:
        """The raw Ed25519 public key, 32 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature over `message`, 64 bytes."""
        ...


class Verifier(Protocol):
    """What a node knows of members' keys."""

    def verify(self, member: MemberId, key: KeyId, message: bytes, signature: bytes, at_ms: int) -> None:
        """Return when `signature` over `message` is `member`'s, by a key that was valid at `at_ms`.

        Raises
        ------
        InvalidSignature
            When the signature does not verify, or the key is not the member's or was not valid then.
        UnknownMember
            When no key of the member is known.
        KeyCompromised
            When the key was declared compromised.
        """
        ...


class SeedSigner:
    """A :class:`Signer` over one fixed Ed25519 key.

    Parameters
    ----------
    member
        Whose key it is.
    seed
        The private key, 32 bytes (RFC 8032, section 5.1.5).
    """

    __slots__ = ("_secret", "key_id", "member", "public_key")

    def __init__(self, member: MemberId, seed: bytes) -> None:
        key = SigningKey(seed)
        self.member = member
        self.public_key = bytes(key.verify_key)
        self.key_id = key_id_of(self.public_key)
        self._secret = bytes(key) + self.public_key

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature over `message`, 64 bytes."""
        return bindings.crypto_sign(message, self._secret)[:SIGNATURE_BYTES]

    def __repr__(self) -> str:
        return f"SeedSigner({self.member}, {self.key_id})"


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding: what is really signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal_payload(signer: Signer, payload_type: str, payload: bytes) -> bytes:
    """Return the bytes of an :class:`~latticework.kernel.records.record.Envelope` over `payload`."""
    return encode(Envelope(payload_type, payload, signer.key_id, signer.sign(pae(payload_type, payload))))


def read_envelope(data: bytes, payload_type: str, *, limit: int = MAX_RECORD_BYTES, what: str) -> Envelope:
    """Decode an envelope of `payload_type` strictly; its signature is still unchecked.

    Raises
    ------
    RecordTooLarge
        When `data` is longer than `limit` allows; then nothing was decoded.
    DecodeError
        When it is malformed, not canonical, or of another type.
    """
    if len(data) > limit + ENVELOPE_OVERHEAD:
        raise RecordTooLarge(f"the {what} has {len(data)} bytes and the limit is {limit}; it was refused unread.")
    envelope = decode(data, Envelope, limit=limit + ENVELOPE_OVERHEAD, what=what)
    if envelope.payload_type != payload_type:
        raise DecodeError(f"the {what} is of another type than was expected; it was refused.")
    parse_key_id(envelope.key)
    if len(envelope.signature) != SIGNATURE_BYTES:
        raise InvalidSignature(f"the signature of the {what} does not have {SIGNATURE_BYTES} bytes; it was refused.")
    return envelope


def check_envelope(envelope: Envelope, member: MemberId, at_ms: int, keys: Verifier) -> None:
    """Return when the envelope's signature is `member`'s; raise as :meth:`Verifier.verify` does."""
    keys.verify(member, envelope.key, pae(envelope.payload_type, envelope.payload), envelope.signature, at_ms)
