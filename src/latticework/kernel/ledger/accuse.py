"""Accusations: a file that proves to anybody, offline, that a member signed two histories of its ledger.

It holds both signed notes and the member's key chain (:mod:`latticework.kernel.ledger.chain`), as text between
``-----BEGIN LATTICEWORK ACCUSATION-----`` and its end. A compromised key proves nothing: whoever stole it could have
signed the second note.

Source: equivocation as a proof of misbehavior, J. Li et al., "Secure Untrusted Data Repository (SUNDR)", OSDI 2004,
section 3; RFC 9162, section 8.3 ("two STHs with the same tree size and different root hashes").
"""

from __future__ import annotations

from typing import Final

import msgspec

from latticework.kernel.codec import encode
from latticework.kernel.errors import InvalidProof
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.armor import MAX_FILE_BYTES, read_armored, to_armor
from latticework.kernel.ledger.chain import TrustedRoot, open_chain, unsigned_because
from latticework.kernel.ledger.checkpoint import Checkpoint, read_checkpoint

TITLE: Final = "ACCUSATION"


class Accusation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """Two notes of one log that contradict each other, and the keys that they were signed with.

    Parameters
    ----------
    version
        1.
    first, second
        Signed notes, ordered by epoch, then size, then bytes.
    chain
        The member's key chain; empty when the accuser had none.
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
        The two notes contradict each other and both are signed by keys under the root with `fingerprint`.
    trusted
        The reader trusted that root already. Otherwise it must compare `fingerprint` by another way first.
    member
        The accused.
    first, second
        What the two notes say.
    fingerprint
        Of the root certificate, in groups of four digits; empty when there is none.
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


def accuse(first: bytes, second: bytes, chain: bytes) -> bytes:
    """Write the proof file for two signed notes that contradict each other.

    Parameters
    ----------
    first, second
        The notes, in any order.
    chain
        What :func:`~latticework.kernel.ledger.chain.key_chain` wrote for the member, or empty. One that is too long for
        a file is left out: the accused could otherwise make the proof unreadable by rotating its key often.

    Raises
    ------
    InvalidProof
        When they do not contradict each other: then there is nothing to prove.
    InvalidCheckpoint
        When one is malformed.
    """
    a, b = sorted((read_checkpoint(first), read_checkpoint(second)), key=_order)
    if not contradicts(a, b):
        raise InvalidProof("these two checkpoints do not contradict each other; nothing is proven.")
    file = to_armor(TITLE, encode(Accusation(1, a.note, b.note, chain)))
    return file if len(file) <= MAX_FILE_BYTES else to_armor(TITLE, encode(Accusation(1, a.note, b.note, b"")))


def without_chain(proof: bytes) -> bytes:
    """Return an accusation without its key chain, for those who hold the member's keys; raises as :func:`accuse`."""
    found = read_accusation(proof)
    return accuse(found.first, found.second, b"")


def _order(checkpoint: Checkpoint) -> tuple[int, int, bytes]:
    return checkpoint.epoch, checkpoint.size, checkpoint.note


def read_accusation(data: bytes) -> Accusation:
    """Decode a proof file strictly; it proves nothing before :func:`verify_accusation`.

    Raises
    ------
    DecodeError
        When it is too large, malformed, not canonical or of another version.
    """
    return read_armored(TITLE, data, Accusation)


def verify_accusation(data: bytes, known: TrustedRoot | None = None) -> Verdict:
    """Verify a proof file offline.

    Parameters
    ----------
    data
        The file.
    known
        What the reader knows of the accused (from a trust bundle), or None. Its key history is used besides the one
        in the file, so that a compromise that the file leaves out still counts.

    Raises
    ------
    DecodeError, InvalidCheckpoint
        When the file is malformed.
    InvalidProof
        When its key chain does not hold.
    """
    found = read_accusation(data)
    first, second = read_checkpoint(found.first), read_checkpoint(found.second)
    opened = open_chain(found.chain, first.member, known)
    reason = "" if contradicts(first, second) else "the two checkpoints do not contradict each other"
    reason = reason or unsigned_because(first, opened) or unsigned_because(second, opened)
    if reason:
        sentence = f"This proves nothing against {first.member}: {reason}."
    else:
        sentence = _sentence(first, second, opened.fingerprint, trusted=opened.trusted)
    return Verdict(
        proven=not reason, trusted=opened.trusted and not reason, member=first.member, first=first, second=second,
        fingerprint=opened.fingerprint, sentence=sentence,
    )


def _sentence(first: Checkpoint, second: Checkpoint, fingerprint: str, *, trusted: bool) -> str:
    member = first.member
    if first.epoch == second.epoch:
        what = f"{member} signed two different checkpoints of epoch {first.epoch}"
    else:
        what = f"{member} signed a checkpoint of epoch {second.epoch} that does not extend its epoch {first.epoch}"
    if trusted:
        return f"{what}: it showed two histories of its ledger."
    return f"{what}, if the root with the fingerprint {fingerprint} is {member}'s; compare it by another way."
