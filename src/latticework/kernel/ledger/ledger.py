"""A member's ledger: what it published and released, in an append-only log that it can never quietly rewrite.

Entries go into the open epoch. Sealing the epoch adds its fixed number of leaves to the tree, signs the one checkpoint
of the epoch and keeps both in the same transaction, so a checkpoint that anybody has seen always stands in the store.
The number of an epoch counts checkpoints; it is never taken from a clock.

Its tables stand in :mod:`latticework.kernel.ledger.rows` and :mod:`latticework.kernel.ledger.tree`.
The caller sends nothing before the transaction is committed. Memory is O(log n) in the number of entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

import msgspec

from latticework.kernel.clock import Entropy
from latticework.kernel.codec import encode
from latticework.kernel.errors import InvalidConfig, InvalidRecord, LedgerError, RecordTooLarge
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.checkpoint import Checkpoint, log_origin, read_checkpoint, sign_checkpoint
from latticework.kernel.ledger.merkle import leaf_hash, merkle_root
from latticework.kernel.ledger.proof import BundleProof, EntryProof
from latticework.kernel.ledger.prover import Prover
from latticework.kernel.ledger.rows import (
    BUNDLES,
    CHECKPOINTS,
    COLUMNS,
    ENTRIES,
    HEAD,
    LAST,
    ORDER,
    PIECE,
    BundleRow,
    ColumnRow,
    HeadRow,
    bundle_of,
    column_row,
    column_rows,
    entry_hashes,
    head_row,
)
from latticework.kernel.ledger.slots import (
    SEED_BYTES,
    LedgerPlan,
    commitment,
    member_bytes,
    member_of,
    preferred_columns,
    slot_salt,
)
from latticework.kernel.ledger.tree import EpochRow, LogTree, add_epoch, number
from latticework.kernel.records.signing import Signer
from latticework.kernel.store.protocol import Reader, Transaction

MAX_ENTRY_BYTES: Final = 64 * 1024
MAX_SKIPPED: Final = 10_000_000
"""Most epochs that a resumed log skips: three years of ten seconds each."""


class Pending(msgspec.Struct, frozen=True):
    """An entry that waits for the end of its epoch.

    Parameters
    ----------
    epoch
        The epoch whose checkpoint will cover it.
    entry_hash
        ``leaf_hash(entry)``, 32 bytes.
    sequence
        Its number among the entries for the same partner, from 0.
    """

    epoch: int
    entry_hash: bytes
    sequence: int


class LoggedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the own ledger, in the order over all partners; for the member's own people only."""

    ordinal: int
    to: MemberId | None
    sequence: int
    epoch: int
    sealed: bool
    entry: bytes


class Ledger:
    """The one writer of a member's log. Everything durable is in the store; the object keeps only its settings.

    Parameters
    ----------
    own
        Whose log it is.
    signer
        Signs checkpoints; its key may change between two of them.
    plan
        Layout. Columns and slots must be those that the log began with.
    entropy
        CSPRNG for seeds and for the columns' order.
    """

    def __init__(self, own: MemberId, signer: Signer, plan: LedgerPlan, entropy: Entropy) -> None:
        self.own = own
        self.origin = log_origin(own)
        self.plan = plan
        self._signer = signer
        self._entropy = entropy

    def begin(self, tx: Transaction, now_ms: int) -> None:
        """Begin the log, or compare the plan with the one it began with.

        Raises
        ------
        InvalidConfig
            When columns or slots are others than those of the log.
        """
        if self._read_head(tx) is None:
            key = self._entropy.token(SEED_BYTES)
            self._put_head(tx, HeadRow(self.plan.columns, self.plan.slots, key, 0, 0, now_ms, None))
            self.assign(tx, None, now_ms)

    def _read_head(self, reader: Reader) -> HeadRow | None:
        head = head_row(reader)
        if head is not None and (head.columns, head.slots) != (self.plan.columns, self.plan.slots):
            raise InvalidConfig(
                f"the ledger began with {head.columns} columns and {head.slots} slots; set them back."
            )
        return head

    def _head(self, tx: Transaction, now_ms: int) -> HeadRow:
        head = self._read_head(tx)
        if head is None:
            self.begin(tx, now_ms)
            return self._head(tx, now_ms)
        if head.stalled is not None:
            raise LedgerError(
                "this ledger is older than what partners hold of it (was a backup restored?); "
                "two officers must resume it before anything is published or released."
            )
        return head

    def _put_head(self, tx: Transaction, head: HeadRow) -> None:
        tx.put(HEAD, b"", encode(head))

    def assign(self, tx: Transaction, member: MemberId | None, now_ms: int) -> int:
        """Give a partner its column, for good; return it. Best done when trust begins, before anything is released.

        Raises
        ------
        InvalidConfig
            When every column is taken.
        """
        self.begin(tx, now_ms)
        found = column_row(tx, member)
        if found is not None:
            return found.column
        head = self._read_head(tx)
        taken = {column.column for _, column in column_rows(tx)}
        order = preferred_columns(head.key if head else b"", member, self.plan.columns)
        free = next((column for column in order if column not in taken), None)
        if free is None:
            raise InvalidConfig(f"all {self.plan.columns} columns of the ledger are taken; it was begun for no more.")
        tx.put(COLUMNS, member_bytes(member), encode(ColumnRow(free, 0, 0)))
        return free

    def append(self, tx: Transaction, for_member: MemberId | None, entry: bytes, now_ms: int) -> Pending:
        """Enter `entry` for a partner (None: for nobody else) into the open epoch.

        Raises
        ------
        LedgerError
            When the log is stalled (:meth:`heard`).
        RecordTooLarge
            When the entry is over 64 KiB.
        """
        if len(entry) > MAX_ENTRY_BYTES:
            raise RecordTooLarge(f"a ledger entry has at most {MAX_ENTRY_BYTES} bytes; put the content into a record.")
        head = self._head(tx, now_ms)
        column = column_row(tx, for_member)
        if column is None:
            self.assign(tx, for_member, now_ms)
            column = column_row(tx, for_member)
        if column is None:  # pragma: no cover - assign has written it
            raise LedgerError("a column of the ledger is missing; restore it from a backup.")
        who, at = member_bytes(for_member), column.following
        tx.put(ENTRIES, who + number(at), entry)
        tx.put(ORDER, number(head.ordinal), who + number(at))
        tx.put(COLUMNS, who, encode(ColumnRow(column.column, at + 1, column.sealed)))
        self._put_head(tx, msgspec.structs.replace(head, ordinal=head.ordinal + 1))
        return Pending(head.epoch, leaf_hash(entry), at)

    def epoch(self, reader: Reader) -> int:
        """Return the number of the open epoch, which is how many are sealed."""
        head = self._read_head(reader)
        return 0 if head is None else head.epoch

    def size(self, reader: Reader) -> int:
        """Return the number of leaves under the last checkpoint."""
        return self.epoch(reader) * self.plan.width

    def due(self, reader: Reader, now_ms: int) -> bool:
        """Say whether the open epoch has lasted its time; also when the clock was set back behind its beginning."""
        head = self._read_head(reader)
        return head is None or not 0 <= now_ms - head.opened_ms < self.plan.epoch_ms

    def seal(self, tx: Transaction, now_ms: int) -> bytes:
        """Close the open epoch: add its leaves, sign its one checkpoint, and open the next.

        Returns
        -------
        bytes
            The signed note. It may leave the node once the transaction is committed, and not before.

        Raises
        ------
        LedgerError
            When the log is stalled (:meth:`heard`).
        """
        head = self._head(tx, now_ms)
        seed = self._entropy.token(SEED_BYTES)
        used: dict[int, bytes] = {}
        for who, column in column_rows(tx):
            if column.following > column.sealed:
                used.update(self._seal_column(tx, who, column, head.epoch, seed))
                tx.put(COLUMNS, who, encode(ColumnRow(column.column, column.following, column.following)))
        add_epoch(tx, self.plan, head.epoch, EpochRow(seed, tuple(sorted(used.items()))))
        size = (head.epoch + 1) * self.plan.width
        last = self.checkpoint(tx)
        time_ms = max(now_ms, read_checkpoint(last).time_ms if last is not None else 0)
        root = LogTree(tx, self.plan).root(size)
        note = sign_checkpoint(self._signer, epoch=head.epoch, size=size, root=root, time_ms=time_ms)
        tx.put(CHECKPOINTS, number(head.epoch), note)
        self._put_head(tx, msgspec.structs.replace(head, epoch=head.epoch + 1, opened_ms=now_ms))
        return note

    def _seal_column(
        self, tx: Transaction, who: bytes, column: ColumnRow, epoch: int, seed: bytes
    ) -> Iterator[tuple[int, bytes]]:
        begin = column.sealed
        for slot in range(self.plan.slots):
            left = column.following - begin
            if not left:
                return
            count = left if slot == self.plan.slots - 1 else min(left, self.plan.bundle_entries)
            hashes = entry_hashes(tx, who, begin, count)
            pieces: list[bytes] = []
            while piece := list(islice(hashes, PIECE)):
                pieces.append(merkle_root(piece))
            place = column.column * self.plan.slots + slot
            tx.put(BUNDLES, who + number(begin), encode(BundleRow(epoch, place, count, b"".join(pieces))))
            # Pieces are aligned subtrees of the bundle, so the root over their roots is the bundle's root.
            yield place, commitment(slot_salt(seed, place), epoch, member_of(who), count, merkle_root(pieces))
            begin += count

    def checkpoint(self, reader: Reader, epoch: int | None = None) -> bytes | None:
        """Return the signed note of a sealed epoch (the last one, when left out), or None."""
        if epoch is not None:
            return reader.get(CHECKPOINTS, number(epoch)) if 0 <= epoch <= LAST else None
        return next((note for _, note in reader.scan(CHECKPOINTS, limit=1, reverse=True)), None)

    def checkpoints(self, reader: Reader, start: int = 0) -> Iterator[bytes]:
        """Yield the signed notes from epoch `start` on."""
        for _, note in reader.scan(CHECKPOINTS, number(start)):
            yield note

    def consistency(self, reader: Reader, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """Return the proof that the log at `new_size` leaves extends the log at `old_size`.

        Raises
        ------
        NotFound
            When no checkpoint of this log has one of the sizes.
        """
        return Prover(reader, self.plan).consistency(old_size, new_size)

    def bundle_proofs(
        self, reader: Reader, for_member: MemberId | None, epoch: int, *, at_epoch: int | None = None
    ) -> tuple[BundleProof, ...]:
        """Return a proof for each bundle of a partner in a sealed epoch; none when nothing was released to it.

        Parameters
        ----------
        at_epoch
            The epoch whose checkpoint the proofs are for; `epoch` itself when left out.

        Raises
        ------
        NotFound
            When the epoch is not sealed.
        """
        return Prover(reader, self.plan).bundles(for_member, epoch, at_epoch)

    def proof(
        self, reader: Reader, for_member: MemberId | None, sequence: int, *, at_epoch: int | None = None
    ) -> EntryProof:
        """Return the proof of one entry under the checkpoint of its epoch, or of the later epoch `at_epoch`.

        Raises
        ------
        NotFound
            When there is no such entry or its epoch is not sealed.
        """
        return Prover(reader, self.plan).entry(for_member, sequence, at_epoch)

    def entries(
        self, reader: Reader, for_member: MemberId | None, *, after: int = -1, limit: int | None = None
    ) -> Iterator[tuple[int, bytes]]:
        """Yield (sequence, entry) for one partner, from the one after sequence `after` on."""
        who = member_bytes(for_member)
        for key, entry in reader.scan(ENTRIES, who + number(after + 1), who + number(LAST), limit=limit):
            yield int.from_bytes(key[3:], "big"), entry

    def all_entries(
        self, reader: Reader, *, after: int = -1, below: int | None = None, limit: int | None = None,
        reverse: bool = False,
    ) -> Iterator[LoggedEntry]:
        """Yield entries for everybody in the order they were made (or newest first); for the member's own people."""
        stop = None if below is None else number(below)
        for key, value in reader.scan(ORDER, number(after + 1), stop, limit=limit, reverse=reverse):
            who, sequence = value[:3], int.from_bytes(value[3:], "big")
            epoch = self.epoch_of(reader, member_of(who), sequence)
            yield LoggedEntry(
                ordinal=int.from_bytes(key, "big"), to=member_of(who), sequence=sequence, sealed=epoch is not None,
                epoch=self.epoch(reader) if epoch is None else epoch, entry=reader.get(ENTRIES, value) or b"",
            )

    def count(self, reader: Reader, for_member: MemberId | None) -> int:
        """Return how many entries a partner has."""
        column = column_row(reader, for_member)
        return 0 if column is None else column.following

    def epoch_of(self, reader: Reader, for_member: MemberId | None, sequence: int) -> int | None:
        """Return the sealed epoch of an entry, or None while its epoch is open."""
        column = column_row(reader, for_member)
        if column is None or not 0 <= sequence < column.sealed:
            return None
        return bundle_of(reader, member_bytes(for_member), sequence)[1].epoch

    def heard(self, tx: Transaction, shown: Checkpoint, now_ms: int) -> str:
        """Compare a checkpoint of this very log, which a partner showed, with the store.

        A store that was put back from a backup does not know what it signed since. It must not sign those epochs a
        second time, or it would look like a forger; so it stalls until people resume it.

        Parameters
        ----------
        shown
            A verified checkpoint of the own log.

        Returns
        -------
        str
            ``"known"``; ``"stalled"`` when the epoch is one that this store never sealed; ``"forked"`` when it sealed
            it differently.

        Raises
        ------
        InvalidRecord
            When it is another member's checkpoint.
        """
        if shown.origin != self.origin:
            raise InvalidRecord("that checkpoint is of another member's log.")
        self.begin(tx, now_ms)
        head = self._read_head(tx)
        if head is not None and shown.epoch >= head.epoch:
            self._put_head(tx, msgspec.structs.replace(head, stalled=max(shown.epoch, head.stalled or 0)))
            return "stalled"
        own = self.checkpoint(tx, shown.epoch)
        held = None if own is None else read_checkpoint(own)
        return "known" if held is not None and (held.size, held.root) == (shown.size, shown.root) else "forked"

    def stalled(self, reader: Reader) -> int | None:
        """Return the highest own epoch that a partner showed and this store does not have; None when all is well."""
        head = self._read_head(reader)
        return None if head is None else head.stalled

    def resume(self, tx: Transaction, now_ms: int) -> int:
        """Go on after a backup was restored: skip past every epoch that partners hold; return the open epoch.

        The skipped epochs get leaves but no checkpoint. The next checkpoint then contradicts none that was signed
        before; partners see that it does not extend them, which is an alarm for people and not a proof of forgery.
        """
        self.begin(tx, now_ms)
        head = self._read_head(tx)
        if head is None or head.stalled is None:
            return self.epoch(tx)
        if head.stalled - head.epoch >= MAX_SKIPPED:
            raise LedgerError("partners hold a checkpoint of this ledger from far in the future; was the key stolen?")
        for epoch in range(head.epoch, head.stalled + 1):
            add_epoch(tx, self.plan, epoch, EpochRow(self._entropy.token(SEED_BYTES), ()))
        self._put_head(tx, msgspec.structs.replace(head, epoch=head.stalled + 1, stalled=None, opened_ms=now_ms))
        return head.stalled + 1
