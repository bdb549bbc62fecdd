"""Accusations: a file that proves to anybody, offline, that a member signed two histories of its ledger.

.. code-block:: text

    -----BEGIN LATTICEWORK ACCUSATION-----
    base64 of a canonical msgpack Accusation
    -----END LATTICEWORK ACCUSATION-----

It holds both signed notes and the member's key history up to its root certificate. So everything can be verified from
the file alone but one thing: that the root is really that member's. For that, the root's fingerprint is shown, to be
compared with the one that was read aloud when trust began; with a trust bundle at hand it is compared by the program.

A compromised key proves nothing: whoever stole it could have signed the second note.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from typing import Final

import msgspec
from cryptography import x509

from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import (
    DecodeError,
    InvalidCertificate,
    InvalidKeyHistory,
    InvalidProof,
    InvalidSignature,
)
from latticework.kernel.identity.chains import read_certificate_der, root_fingerprint
from latticework.kernel.identity.history import KeyHistory, KeyStatement, extend
from latticework.kernel.identity.keys import verify_signature
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.checkpoint import Checkpoint, note_key_hash, read_checkpoint, signed_parts

MAX_ACCUSATION_BYTES: Final = 256 * 1024
_BEGIN: Final = "-----BEGIN LATTICEWORK ACCUSATION-----"
_END: Final = "-----END LATTICEWORK ACCUSATION-----"
_WIDTH: Final = 64


class KeyChain(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """A member's root certificate (DER) and its key history, which that root vouches for."""

    root: bytes
    history: tuple[KeyStatement, ...]


class Accusation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """Two notes of one log that contradict each other, and the keys that they were signed with.

    Parameters
    ----------
    version
        1.
    first, second
        Signed notes, ordered by epoch, then size, then bytes.
    chain
        Canonical bytes of a :class:`KeyChain`; empty when the accuser had none.
    """

    version: int
    first: bytes
    second: bytes
    chain: bytes


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What an accusation proves.

    Parameters
    ----------
    proven
        The two notes contradict each other and both are signed by the member's keys.
    trusted
        The root was compared with one that the reader already trusts. Otherwise compare `fingerprint` first.
    member
        The accused.
    first, second
        What the two notes say.
    fingerprint
        Of the root certificate that vouches for the keys, in groups of four digits; empty when there is none.
    sentence
        The outcome for people.
    """

    proven: bool
    trusted: bool
    member: MemberId
    first: Checkpoint
    second: Checkpoint
    fingerprint: str
    sentence: str


def contradicts(first: Checkpoint, second: Checkpoint) -> bool:
    """Say whether no honest log signs both: two of one epoch that differ, one that shrank, or two roots of one size."""
    if first.origin != second.origin:
        return False
    a, b = (first, second) if first.epoch <= second.epoch else (second, first)
    if a.epoch == b.epoch:
        return (a.size, a.root) != (b.size, b.root)
    return a.size > b.size or (a.size == b.size and a.root != b.root)


def key_chain(root: bytes, history: KeyHistory) -> bytes:
    """Return the bytes that prove a member's keys to others: its root certificate (DER) and key history."""
    return encode(KeyChain(root, history.statements))


def accuse(first: bytes, second: bytes, chain: bytes) -> bytes:
    """Write the proof file for two signed notes that contradict each other.

    Raises
    ------
    InvalidProof
        When they do not contradict each other: then there is nothing to prove.
    InvalidCheckpoint
        When one is malformed.
    """
    notes = sorted((read_checkpoint(first), read_checkpoint(second)), key=lambda c: (c.epoch, c.size, c.note))
    if not contradicts(notes[0], notes[1]):
        raise InvalidProof("these two checkpoints do not contradict each other; nothing is proven.")
    text = b64encode(encode(Accusation(1, notes[0].note, notes[1].note, chain))).decode()
    lines = [text[i : i + _WIDTH] for i in range(0, len(text), _WIDTH)]
    return "\n".join([_BEGIN, *lines, _END, ""]).encode()


def read_accusation(data: bytes) -> Accusation:
    """Decode a proof file strictly; it proves nothing before :func:`verify_accusation`.

    Raises
    ------
    DecodeError
        When it is too large, malformed, not canonical or of another version.
    """
    if len(data) > MAX_ACCUSATION_BYTES:
        raise DecodeError(f"an accusation has at most {MAX_ACCUSATION_BYTES} bytes; this one was refused unread.")
    lines = data.strip().splitlines()
    if len(lines) < 3 or lines[0].strip() != _BEGIN.encode() or lines[-1].strip() != _END.encode():
        raise DecodeError("this is not an accusation; it begins with another line.")
    try:
        content = b64decode(b"".join(line.strip() for line in lines[1:-1]), validate=True)
    except (binascii.Error, ValueError):
        raise DecodeError("the accusation is not well-formed; it was refused.") from None
    found = decode(content, Accusation, limit=MAX_ACCUSATION_BYTES, what="accusation")
    if found.version != 1:
        raise DecodeError("the accusation is of a version that is not known here; run a newer latticework.")
    return found


def _history(chain: bytes, member: MemberId) -> tuple[x509.Certificate, KeyHistory]:
    found = decode(chain, KeyChain, limit=MAX_ACCUSATION_BYTES, what="key chain of the accusation")
    try:
        root = read_certificate_der(found.root, "root certificate")
        return root, extend(KeyHistory(member), root, found.history)
    except (InvalidCertificate, InvalidKeyHistory) as error:
        raise InvalidProof(f"the key chain of the accusation does not hold: {error.message}") from None


def _check_note(note: bytes, checkpoint: Checkpoint, history: KeyHistory) -> str:
    """Return an empty string when the note is signed by an uncompromised key of `history`, else the reason."""
    text, key_hash, signature = signed_parts(note)
    period = history.find(checkpoint.key)
    if period is None:
        return f"a checkpoint is not signed by a key of {checkpoint.member}"
    if period.compromised_ms is not None:
        return f"{checkpoint.member} declared the key compromised, so a thief may have signed"
    try:
        verify_signature(period.public_key, text, signature)
    except InvalidSignature:
        return "a signature does not hold"
    return "" if key_hash == note_key_hash(checkpoint.origin, period.public_key) else "a signature does not hold"


def verify_accusation(
    data: bytes, *, root: bytes | None = None, history: KeyHistory | None = None
) -> Verdict:
    """Verify a proof file offline.

    Parameters
    ----------
    data
        The file.
    root
        The member's root certificate (DER) that the reader already trusts (from a trust bundle), or None.
    history
        The member's key history as the reader knows it under that root, or None. It is used besides the one in the
        file, so that a compromise that the file leaves out still counts.

    Raises
    ------
    DecodeError, InvalidCheckpoint
        When the file is malformed.
    InvalidProof
        When its key chain does not hold.
    """
    found = read_accusation(data)
    first, second = read_checkpoint(found.first), read_checkpoint(found.second)
    member = first.member
    if found.chain:
        certificate, keys = _history(found.chain, member)
        fingerprint = root_fingerprint(certificate)
        known = [keys]
    else:
        fingerprint, known = "", []
    trusted = root is not None
    if root is not None:
        own = root_fingerprint(read_certificate_der(root, "root certificate"))
        if fingerprint and fingerprint != own:
            return _verdict(first, second, fingerprint, f"its keys stand under another root than {member}'s")
        fingerprint = own
        known += [history] if history is not None and history.member == member else []
    if not contradicts(first, second):
        return _verdict(first, second, fingerprint, "the two checkpoints do not contradict each other")
    if not known:
        return _verdict(first, second, fingerprint, "the file holds no keys; give the member's trust bundle")
    for checkpoint in (first, second):
        reasons = [_check_note(checkpoint.note, checkpoint, keys) for keys in known]
        lost = next((r for r in reasons if "compromised" in r), "")
        if lost or all(reasons):
            return _verdict(first, second, fingerprint, lost or reasons[-1])
    return Verdict(
        proven=True, trusted=trusted, member=member, first=first, second=second, fingerprint=fingerprint,
        sentence=_proven_sentence(first, second, fingerprint, trusted=trusted),
    )


def _verdict(first: Checkpoint, second: Checkpoint, fingerprint: str, reason: str) -> Verdict:
    return Verdict(
        proven=False, trusted=False, member=first.member, first=first, second=second, fingerprint=fingerprint,
        sentence=f"This proves nothing against {first.member}: {reason}.",
    )


def _proven_sentence(first: Checkpoint, second: Checkpoint, fingerprint: str, *, trusted: bool) -> str:
    if first.epoch == second.epoch:
        what = f"{first.member} signed two different checkpoints of epoch {first.epoch}"
    else:
        what = f"{first.member} signed a checkpoint of epoch {second.epoch} that does not extend that of {first.epoch}"
    if trusted:
        return f"{what}: it showed two histories of its ledger."
    return f"{what}, if the root with the fingerprint {fingerprint} is {first.member}'s: compare it by another way."

