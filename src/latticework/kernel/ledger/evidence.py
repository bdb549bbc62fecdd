"""Evidence: a file that proves to anybody, offline, that one entry stands in a member's ledger.

It holds the entry, its proof, the signed checkpoint and the member's key chain, as text between
``-----BEGIN LATTICEWORK ENTRY PROOF-----`` and its end. It discloses this entry and nothing of the others.
"""

from __future__ import annotations

from typing import Final

import msgspec

from latticework.kernel.codec import encode
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.armor import MAX_FILE_BYTES, read_armored, to_armor
from latticework.kernel.ledger.chain import TrustedRoot, open_chain, unsigned_because
from latticework.kernel.ledger.checkpoint import Checkpoint, read_checkpoint
from latticework.kernel.ledger.proof import EntryProof, verify_entry

TITLE: Final = "ENTRY PROOF"


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One entry, and everything that is needed to check it.

    Parameters
    ----------
    version
        1.
    note
        Signed checkpoint.
    entry
        Exact bytes of the entry.
    proof
        Shows the entry under the checkpoint.
    chain
        The member's key chain; may be empty.
    """

    version: int
    note: bytes
    entry: bytes
    proof: EntryProof
    chain: bytes


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a file with evidence proves.

    Parameters
    ----------
    proven
        The entry stands in the log, and the checkpoint is signed by keys under the root with `fingerprint`.
    trusted
        The reader trusted that root already. Otherwise it must compare `fingerprint` by another way first.
    member, to
        Whose ledger, and for whom the entry was made (None: for nobody else).
    checkpoint, entry
        What was checked.
    fingerprint
        Of the root certificate, in groups of four digits; empty when there is none.
    sentence
        The outcome for people.
    """

    proven: bool
    trusted: bool
    member: MemberId
    to: MemberId | None
    checkpoint: Checkpoint
    entry: bytes
    fingerprint: str
    sentence: str


def write_evidence(note: bytes, entry: bytes, proof: EntryProof, chain: bytes) -> bytes:
    """Return the file that proves `entry` under the checkpoint `note`; a chain too long for a file is left out."""
    file = to_armor(TITLE, encode(Evidence(1, note, entry, proof, chain)))
    return file if len(file) <= MAX_FILE_BYTES else to_armor(TITLE, encode(Evidence(1, note, entry, proof, b"")))


def read_evidence(data: bytes) -> Evidence:
    """Decode a file with evidence strictly; it proves nothing before :func:`verify_evidence`.

    Raises
    ------
    DecodeError
        When it is too large, malformed, not canonical or of another version.
    """
    return read_armored(TITLE, data, Evidence)


def verify_evidence(data: bytes, known: TrustedRoot | None = None) -> Shown:
    """Verify a file with evidence offline.

    Parameters
    ----------
    data
        The file.
    known
        What the reader knows of the member (from a trust bundle), or None.

    Raises
    ------
    DecodeError, InvalidCheckpoint
        When the file is malformed.
    InvalidProof
        When its key chain does not hold.
    """
    found = read_evidence(data)
    checkpoint = read_checkpoint(found.note)
    opened = open_chain(found.chain, checkpoint.member, known)
    reason = unsigned_because(checkpoint, opened)
    if not reason and not verify_entry(checkpoint, found.entry, found.proof):
        reason = "the entry does not stand under the checkpoint"
    member = checkpoint.member
    if reason:
        sentence = f"This does not prove an entry of {member}'s ledger: {reason}."
    else:
        whom = found.proof.bundle.to or "nobody else"
        sentence = f"{member} entered this for {whom} in epoch {found.proof.bundle.epoch} of its ledger"
        sentence += "." if opened.trusted else (
            f", if the root with the fingerprint {opened.fingerprint} is {member}'s; compare it by another way."
        )
    return Shown(
        proven=not reason, trusted=opened.trusted and not reason, member=member, to=found.proof.bundle.to,
        checkpoint=checkpoint, entry=found.entry, fingerprint=opened.fingerprint, sentence=sentence,
    )
