"""Signed receipts: a partner's own word that it holds everything up to a sequence number.

A receipt covers a running digest over the entry hashes, in order. So one receipt stands for all before it, and two
sides that hold different things cannot agree on one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import DecodeError
from latticework.kernel.ids import MemberId, parse_member
from latticework.kernel.records.signing import Signer, Verifier, check_envelope, read_envelope, seal_payload

PAYLOAD_TYPE: Final = "application/vnd.latticework.receipt+msgpack"
EMPTY_DIGEST: Final = hashlib.sha256(b"latticework.receipt\0").digest()
"""The running digest before the first entry."""
MAX_RECEIPT_BYTES: Final = 1024


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`taker` holds every entry that `giver` released to it, up to and including sequence number `up_to`.

    Parameters
    ----------
    giver, taker
        Who released, and who received and signs.
    up_to
        Highest sequence number without a gap below it.
    digest
        Running digest over the entry hashes, 32 bytes (:func:`running_digest`).
    at_ms
        The taker's time, ms.
    """

    giver: MemberId
    taker: MemberId
    up_to: int
    digest: bytes
    at_ms: int

    def __post_init__(self) -> None:
        if self.up_to < 0 or self.at_ms < 0 or len(self.digest) != 32:
            raise DecodeError("a receipt is out of bounds; it was refused.")


def running_digest(entry_hashes: Iterable[bytes], before: bytes = EMPTY_DIGEST) -> bytes:
    """Return the digest after `entry_hashes` (32 bytes each), starting from the digest `before` them."""
    for entry_hash in entry_hashes:
        before = hashlib.sha256(b"latticework.receipt\x01" + before + entry_hash).digest()
    return before


def make_receipt(signer: Signer, *, giver: MemberId, up_to: int, digest: bytes, at_ms: int) -> bytes:
    """Return a signed receipt as bytes."""
    receipt = Receipt(giver=giver, taker=signer.member, up_to=up_to, digest=digest, at_ms=at_ms)
    return seal_payload(signer, PAYLOAD_TYPE, encode(receipt))


def open_receipt(data: bytes, keys: Verifier) -> Receipt:
    """Decode and verify a receipt.

    Raises
    ------
    RecordTooLarge, DecodeError, InvalidId
        When it is malformed.
    InvalidSignature, UnknownMember, KeyCompromised
        When it is not signed by the taker it names.
    """
    envelope = read_envelope(data, PAYLOAD_TYPE, limit=MAX_RECEIPT_BYTES, what="receipt")
    receipt = decode(envelope.payload, Receipt, limit=MAX_RECEIPT_BYTES, what="receipt")
    parse_member(receipt.giver)
    check_envelope(envelope, parse_member(receipt.taker), receipt.at_ms, keys)
    return receipt
