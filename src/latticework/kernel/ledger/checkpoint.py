"""Checkpoints: the one signed statement (log, epoch, size, root) of an epoch, as C2SP notes that people can read.

.. code-block:: text

    latticework/JPN/ledger
    1088
    qINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=
    latticework-epoch 16
    latticework-time 1732350000000
    latticework-key 0c6f…

    — latticework/JPN/ledger Az3grl…

The first three lines are those of every transparency log; the next three are extension lines: the epoch's number, the
log's own time in ms since 1970 UTC (for people; nothing is decided by it), and the id of the record-signing key.

Source: C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint) and signed-note (https://c2sp.org/signed-note).
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode, b64encode
from functools import lru_cache
from typing import Final

import msgspec

from latticework.kernel.errors import InvalidCheckpoint
from latticework.kernel.ids import KeyId, MemberId
from latticework.kernel.ledger.merkle import MAX_SIZE
from latticework.kernel.records.signing import Signer, Verifier

MAX_NOTE_BYTES: Final = 1024
_NUMBER = r"(0|[1-9][0-9]{0,18})"
_NOTE: Final = re.compile(
    rf"""(?P<text>(?P<origin>latticework/(?P<member>[A-Z]{{3}})/ledger)\n
    (?P<size>{_NUMBER})\n
    (?P<root>[A-Za-z0-9+/]{{43}}=)\n
    latticework-epoch[ ](?P<epoch>{_NUMBER})\n
    latticework-time[ ](?P<time>{_NUMBER})\n
    latticework-key[ ](?P<key>[0-9a-f]{{32}})\n)
    \n
    —[ ](?P<name>[^ \n]+)[ ](?P<signature>[A-Za-z0-9+/]{{91}}=)\n""",
    re.VERBOSE,
)
_ED25519: Final = b"\x01"  # C2SP signed-note, "Signature types"


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What one checkpoint says, with the note that says it.

    Parameters
    ----------
    origin, member
        Name of the log, and whose it is.
    epoch
        Number of the epoch that it closes, from 0.
    size, root
        Number of leaves and root hash (32 bytes) of the log at the end of the epoch.
    time_ms
        The log's own time, ms.
    key
        The record-signing key that signed it.
    note
        The exact bytes.
    """

    origin: str
    member: MemberId
    epoch: int
    size: int
    root: bytes
    time_ms: int
    key: KeyId
    note: bytes


class _Parts(msgspec.Struct, frozen=True):
    checkpoint: Checkpoint
    text: bytes
    key_hash: bytes
    signature: bytes


def log_origin(member: MemberId) -> str:
    """Return the name of a member's log: ``latticework/JPN/ledger``."""
    return f"latticework/{member}/ledger"


def note_key_hash(origin: str, public_key: bytes) -> bytes:
    """Return the first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key): C2SP's key id of an Ed25519 key."""
    return hashlib.sha256(origin.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def sign_checkpoint(signer: Signer, *, epoch: int, size: int, root: bytes, time_ms: int) -> bytes:
    """Return the signed note of one checkpoint of the signer's log."""
    origin = log_origin(signer.member)
    text = (
        f"{origin}\n{size}\n{b64encode(root).decode()}\n"
        f"latticework-epoch {epoch}\nlatticework-time {time_ms}\nlatticework-key {signer.key_id}\n"
    ).encode()
    signature = b64encode(note_key_hash(origin, signer.public_key) + signer.sign(text)).decode()
    return text + f"\n— {origin} {signature}\n".encode()


@lru_cache(maxsize=2048)  # the same notes are compared again and again; what is malformed is not kept
def _parts(note: bytes) -> _Parts:
    if len(note) > MAX_NOTE_BYTES:
        raise InvalidCheckpoint(f"a checkpoint has at most {MAX_NOTE_BYTES} bytes; this one was refused unread.")
    try:
        found = _NOTE.fullmatch(note.decode("utf-8"))
    except UnicodeDecodeError:
        found = None
    if found is None or found["name"] != found["origin"]:
        raise InvalidCheckpoint("a checkpoint is malformed; it was refused.")
    signature, root = b64decode(found["signature"]), b64decode(found["root"])
    size, epoch, time_ms = int(found["size"]), int(found["epoch"]), int(found["time"])
    # Unused bits of base64 must be zero, or one checkpoint could be written in several ways.
    if b64encode(signature).decode() != found["signature"] or b64encode(root).decode() != found["root"]:
        raise InvalidCheckpoint("a checkpoint is not in canonical form; it was refused.")
    if max(size, epoch, time_ms) >= MAX_SIZE:
        raise InvalidCheckpoint("a checkpoint has a number that is out of bounds; it was refused.")
    checkpoint = Checkpoint(
        origin=found["origin"], member=MemberId(found["member"]), epoch=epoch, size=size, root=root, time_ms=time_ms,
        key=KeyId(found["key"]), note=note,
    )
    return _Parts(checkpoint, found["text"].encode(), signature[:4], signature[4:])


def read_checkpoint(note: bytes) -> Checkpoint:
    """Read a checkpoint whose signature was verified before, or does not matter.

    Raises
    ------
    InvalidCheckpoint
        When it is malformed.
    """
    return _parts(note).checkpoint


def open_checkpoint(note: bytes, keys: Verifier, *, member: MemberId | None = None) -> Checkpoint:
    """Read a checkpoint and verify that it is signed by the member whose log it names.

    Parameters
    ----------
    note
        The exact bytes of the signed note.
    keys
        What this node knows of members' keys.
    member
        Whose checkpoint is expected; None takes anybody's.

    Raises
    ------
    InvalidCheckpoint
        When it is malformed or of another member's log.
    InvalidSignature, UnknownMember, KeyCompromised
        When it is not signed by a key of that member.
    """
    parts = _parts(note)
    found = parts.checkpoint
    if member is not None and found.member != member:
        raise InvalidCheckpoint("a checkpoint is of another member's log than was expected; it was refused.")
    keys.verify(found.member, found.key, parts.text, parts.signature, found.time_ms)
    return found


def signed_parts(note: bytes) -> tuple[bytes, bytes, bytes]:
    """Return (signed text, key hash of 4 bytes, signature of 64 bytes) of a note, for a verifier with the key at hand.

    Raises
    ------
    InvalidCheckpoint
        When it is malformed.
    """
    parts = _parts(note)
    return parts.text, parts.key_hash, parts.signature
