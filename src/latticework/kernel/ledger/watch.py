"""What this node holds of a partner's log, and what a further checkpoint means.

Tables:

====================  =========================  =================================================
``watch.head``        member (3 bytes)           the newest note that extends all before it
``watch.notes``       member, epoch (8)          every note held, also those not yet connected
====================  =========================  =================================================

Two notes that contradict each other are a proof whoever brought them. A note that cannot be connected to the head is
only a gap, and a consistency proof that does not hold is only a refusal: both are alarms for people, because a broken
cable or a restored backup looks the same.

Source: the log monitor of RFC 9162, section 8.2; fork consistency: J. Li et al., "Secure Untrusted Data Repository
(SUNDR)", OSDI 2004, section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.accuse import accuse, contradicts
from latticework.kernel.ledger.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from latticework.kernel.ledger.merkle import verify_consistency
from latticework.kernel.records.signing import Verifier
from latticework.kernel.store.protocol import Reader, Transaction

HEAD: Final = "watch.head"
NOTES: Final = "watch.notes"
MAX_LOOSE: Final = 1000
"""Notes above the head that are kept before they are connected; a log cannot fill the disk with more."""


class Finding(StrEnum):
    """What a checkpoint is, compared with what is held."""

    ADVANCED = "advanced"
    """Newer, and proven to extend the head: it is the head now."""
    SAME = "same"
    """Says what a note that is held says."""
    OLD = "old"
    """Older than the head and not in contradiction with any note that is held."""
    GAP = "gap"
    """Newer, but it came without a consistency proof: ask for one from the head's size. An alarm when it stays."""
    REFUSED = "refused"
    """Newer, but its consistency proof does not hold: an alarm."""
    EQUIVOCATION = "equivocation"
    """It contradicts a note that is held: a proof for everybody."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What :meth:`LogWatch.consider` found.

    Parameters
    ----------
    finding
        See :class:`Finding`.
    checkpoint
        The one that was considered.
    head
        The head after it.
    accusation
        The proof file, when the finding is an equivocation; else empty.
    """

    finding: Finding
    checkpoint: Checkpoint
    head: Checkpoint | None
    accusation: bytes = b""


def no_chain() -> bytes:
    """Say that no proof of the key is at hand."""
    return b""


class LogWatch:
    """Watches the log of one member.

    Parameters
    ----------
    member
        Whose log it is.
    keys
        What this node knows of members' keys.
    chain
        Returns the bytes that prove the member's keys to others (:func:`~latticework.kernel.ledger.chain.key_chain`);
        they go into a proof file.
    keep
        Notes kept below the head; older ones are forgotten and no longer compared.
    """

    def __init__(
        self, member: MemberId, keys: Verifier, *, chain: Callable[[], bytes] = no_chain, keep: int = 200_000
    ) -> None:
        self.member = member
        self._keys = keys
        self._chain = chain
        self._keep = keep
        self._key = member.encode("ascii")

    def head(self, reader: Reader) -> Checkpoint | None:
        """Return the newest checkpoint that extends all before it, or None when none is held."""
        note = reader.get(HEAD, self._key)
        return None if note is None else read_checkpoint(note)

    def held(self, reader: Reader, epoch: int) -> Checkpoint | None:
        """Return the checkpoint of `epoch` that is held, or None."""
        note = reader.get(NOTES, self._at(epoch)) if 0 <= epoch < 1 << 63 else None
        return None if note is None else read_checkpoint(note)

    def consider(self, tx: Transaction, note: bytes, consistency: Sequence[bytes] | None) -> Outcome:
        """Compare a checkpoint, from whomever it came, with what is held, and keep it.

        Parameters
        ----------
        note
            The signed note.
        consistency
            Proof that it extends the head (RFC 9162, section 2.1.4), or None when none came with it.

        Raises
        ------
        InvalidCheckpoint
            When it is malformed or of another log. It is nobody's fault but the sender's.
        InvalidSignature, UnknownMember, KeyCompromised
            When it is not signed by the member.
        """
        fresh = open_checkpoint(note, self._keys, member=self.member)
        head = self.head(tx)
        same = self.held(tx, fresh.epoch)
        for other in (same, self._before(tx, fresh.epoch), self._after(tx, fresh.epoch)):
            if other is not None and contradicts(other, fresh):
                proof = self.accuse(other.note, fresh.note)
                return Outcome(finding=Finding.EQUIVOCATION, checkpoint=fresh, head=head, accusation=proof)
        if head is not None and fresh.epoch <= head.epoch:
            if same is None:
                tx.put(NOTES, self._at(fresh.epoch), note)
            finding = Finding.OLD if same is None else Finding.SAME
            return Outcome(finding=finding, checkpoint=fresh, head=head)
        finding = self._connect(head, fresh, consistency)
        if finding is Finding.ADVANCED:
            tx.put(HEAD, self._key, note)
            tx.put(NOTES, self._at(fresh.epoch), note)
            self._forget(tx, fresh.epoch)
            return Outcome(finding=finding, checkpoint=fresh, head=fresh)
        if same is None and head is not None and tx.count(NOTES, self._at(head.epoch + 1), self._end) < MAX_LOOSE:
            tx.put(NOTES, self._at(fresh.epoch), note)
        return Outcome(finding=finding, checkpoint=fresh, head=head)

    def accuse(self, first: bytes, second: bytes) -> bytes:
        """Return the proof file for two notes of this log, with what proves the member's keys to others.

        Raises
        ------
        InvalidProof
            When they do not contradict each other.
        """
        return accuse(first, second, self._chain())

    def _connect(self, head: Checkpoint | None, fresh: Checkpoint, consistency: Sequence[bytes] | None) -> Finding:
        if head is None:
            return Finding.ADVANCED  # the first one that is held; what came before it is not known
        if consistency is None:
            return Finding.GAP
        holds = verify_consistency(head.root, head.size, fresh.root, fresh.size, consistency)
        return Finding.ADVANCED if holds else Finding.REFUSED

    def forget(self, tx: Transaction) -> None:
        """Drop everything held of this log, when trust with the member ends."""
        tx.delete(HEAD, self._key)
        for key, _ in list(tx.scan(NOTES, self._key, self._end)):
            tx.delete(NOTES, key)

    @property
    def _end(self) -> bytes:
        return self._key + b"\xff"

    def _at(self, epoch: int) -> bytes:
        return self._key + epoch.to_bytes(8, "big")

    def _before(self, reader: Reader, epoch: int) -> Checkpoint | None:
        found = reader.scan(NOTES, self._key, self._at(epoch), limit=1, reverse=True)
        return next((read_checkpoint(note) for _, note in found), None)

    def _after(self, reader: Reader, epoch: int) -> Checkpoint | None:
        found = reader.scan(NOTES, self._at(epoch + 1), self._end, limit=1)
        return next((read_checkpoint(note) for _, note in found), None)

    def _forget(self, tx: Transaction, epoch: int) -> None:
        # A few each time, so that no single act pays for all.
        if epoch > self._keep:
            for key, _ in list(tx.scan(NOTES, self._key, self._at(epoch - self._keep), limit=8)):
                tx.delete(NOTES, key)
