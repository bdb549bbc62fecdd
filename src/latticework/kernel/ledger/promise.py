"""Signed inclusion promises: by the end of this epoch these entries will stand in my log.

A promise goes out with the records themselves, at once; the proof follows when the epoch is sealed. A promise that is
not kept is an alarm, and the promise with the checkpoint of its epoch shows it to others.

Source: the idea of Certificate Transparency's signed certificate timestamp, RFC 6962, section 3.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import DecodeError, InvalidProof
from latticework.kernel.ids import MemberId, parse_member
from latticework.kernel.ledger.checkpoint import log_origin
from latticework.kernel.records.signing import Signer, Verifier, check_envelope, read_envelope, seal_payload

PAYLOAD_TYPE: Final = "application/vnd.latticework.promise+msgpack"
MAX_PROMISE_BYTES: Final = 1024


class Promise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was promised.

    Parameters
    ----------
    giver, origin
        The member that promises, and the name of its log.
    to
        The partner whose entries they are.
    epoch
        The last epoch by whose checkpoint all of them are included.
    first, count
        Sequence number of the first entry, and how many follow each other without a gap.
    digest
        Over the entry hashes in order (:func:`entries_digest`), 32 bytes.
    at_ms
        The giver's time, ms.
    """

    giver: MemberId
    origin: str
    to: MemberId
    epoch: int
    first: int
    count: int
    digest: bytes
    at_ms: int

    def __post_init__(self) -> None:
        if min(self.epoch, self.first, self.at_ms) < 0 or self.count < 1 or len(self.digest) != 32:
            raise DecodeError("a promise is out of bounds; it was refused.")


def entries_digest(entry_hashes: Sequence[bytes]) -> bytes:
    r"""Return SHA-256(``latticework.promise\0`` ‖ entry hashes), 32 bytes."""
    return hashlib.sha256(b"latticework.promise\0" + b"".join(entry_hashes)).digest()


def promise(
    signer: Signer, *, to: MemberId, epoch: int, first: int, entry_hashes: Sequence[bytes], at_ms: int
) -> bytes:
    """Return the signed promise that entries `first`, `first` + 1 … are included by the end of `epoch`."""
    value = Promise(
        giver=signer.member, origin=log_origin(signer.member), to=to, epoch=epoch, first=first,
        count=len(entry_hashes), digest=entries_digest(entry_hashes), at_ms=at_ms,
    )
    return seal_payload(signer, PAYLOAD_TYPE, encode(value))


def read_promise(data: bytes, keys: Verifier) -> Promise:
    """Decode and verify a promise.

    Raises
    ------
    RecordTooLarge, DecodeError, InvalidId
        When it is malformed.
    InvalidSignature, UnknownMember, KeyCompromised
        When it is not signed by the member it names.
    """
    envelope = read_envelope(data, PAYLOAD_TYPE, limit=MAX_PROMISE_BYTES, what="promise")
    value = decode(envelope.payload, Promise, limit=MAX_PROMISE_BYTES, what="promise")
    parse_member(value.to)
    if value.origin != log_origin(parse_member(value.giver)):
        raise DecodeError("a promise names a log that is not its giver's; it was refused.")
    check_envelope(envelope, value.giver, value.at_ms, keys)
    return value


def verify_promise(
    data: bytes, keys: Verifier, *, giver: MemberId, to: MemberId, first: int, entry_hashes: Sequence[bytes]
) -> Promise:
    """Verify that `data` promises exactly these entries from `giver` to `to`.

    Raises
    ------
    InvalidProof
        When it is a good promise of something else.
    RecordTooLarge, DecodeError, InvalidSignature, UnknownMember, KeyCompromised
        As :func:`read_promise`.
    """
    value = read_promise(data, keys)
    expected = (giver, to, first, len(entry_hashes), entries_digest(entry_hashes))
    if (value.giver, value.to, value.first, value.count, value.digest) != expected:
        raise InvalidProof("the inclusion promise is for other entries than those that came with it.")
    return value
