"""A member's ledger: what it published and released, in an append-only log that it can never quietly rewrite.

Entries go into the open epoch. Sealing the epoch adds its fixed number of leaves to the tree, signs the one checkpoint
of the epoch and keeps both in the same transaction, so a checkpoint that anybody has seen always stands in the store.
The number of an epoch counts checkpoints; it is never taken from a clock.

Tables (beside those of :mod:`latticework.kernel.ledger.tree`):

=======================  ===========================  ==============================================================
``ledger.head``          empty                        :class:`_Head`: layout, open epoch, secret of the columns
``ledger.columns``       partner (3 bytes)            :class:`_Column`: its column, next and first unsealed number
``ledger.entries``       partner, sequence (8)        the entry's exact bytes
``ledger.order``         ordinal (8)                  partner, sequence: the order over all partners, never shown
``ledger.bundles``       partner, first number (8)    :class:`_Bundle`: epoch, slot, count, roots of its pieces
``ledger.checkpoints``   epoch (8)                    signed note
=======================  ===========================  ==============================================================

The caller sends nothing before the transaction is committed. Memory is O(log n) in the number of entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

import msgspec

from latticework.kernel.clock import Entropy
from latticework.kernel.codec import encode
from latticework.kernel.errors import InvalidConfig, InvalidRecord, LedgerError, NotFound, RecordTooLarge
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.checkpoint import Checkpoint, log_origin, read_checkpoint, sign_checkpoint
from latticework.kernel.ledger.merkle import MerkleLog, leaf_hash, merkle_root
from latticework.kernel.ledger.proof import BundleProof, EntryProof
from latticework.kernel.ledger.slots import (
    SEED_BYTES,
    LedgerPlan,
    commitment,
    member_bytes,
    member_of,
    preferred_columns,
    slot_salt,
)
from latticework.kernel.ledger.tree import EpochRow, LogTree, add_epoch, epoch_row, number
from latticework.kernel.records.signing import Signer
from latticework.kernel.store.protocol import Reader, Transaction

HEAD: Final = "ledger.head"
COLUMNS: Final = "ledger.columns"
ENTRIES: Final = "ledger.entries"
ORDER: Final = "ledger.order"
BUNDLES: Final = "ledger.bundles"
CHECKPOINTS: Final = "ledger.checkpoints"

MAX_ENTRY_BYTES: Final = 64 * 1024
PIECE: Final = 256
"""Entries of a bundle whose common root is kept, so that a proof need not hash the whole bundle again."""


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


class _Head(msgspec.Struct, frozen=True, array_like=True):
    columns: int
    slots: int
    key: bytes
    epoch: int
    ordinal: int
    opened_ms: int
    stalled: int | None  # the highest own epoch that a partner showed and this store does not have


class _Column(msgspec.Struct, frozen=True, array_like=True):
    column: int
    following: int
    sealed: int


class _Bundle(msgspec.Struct, frozen=True, array_like=True):
    epoch: int
    place: int
    count: int
    pieces: bytes


_HEAD: Final = msgspec.msgpack.Decoder(_Head)
_COLUMN: Final = msgspec.msgpack.Decoder(_Column)
_BUNDLE: Final = msgspec.msgpack.Decoder(_Bundle)


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
            self._put_head(tx, _Head(self.plan.columns, self.plan.slots, key, 0, 0, now_ms, None))
            self.assign(tx, None, now_ms)

    def _read_head(self, reader: Reader) -> _Head | None:
        raw = reader.get(HEAD, b"")
        if raw is None:
            return None
        head = _HEAD.decode(raw)
        if (head.columns, head.slots) != (self.plan.columns, self.plan.slots):
            raise InvalidConfig(
                f"the ledger began with {head.columns} columns and {head.slots} slots; set them back."
            )
        return head

    def _head(self, tx: Transaction, now_ms: int) -> _Head:
        self.begin(tx, now_ms)
        head = self._read_head(tx)
        if head is None:  # pragma: no cover - begin has written it
            raise LedgerError("the ledger has no head; restore it from a backup.")
        if head.stalled is not None:
            raise LedgerError(
                "this ledger is older than what partners hold of it (was a backup restored?); "
                "two officers must resume it before anything is published or released."
            )
        return head

    def _put_head(self, tx: Transaction, head: _Head) -> None:
        tx.put(HEAD, b"", encode(head))

    def _column(self, reader: Reader, member: MemberId | None) -> _Column | None:
        raw = reader.get(COLUMNS, member_bytes(member))
        return None if raw is None else _COLUMN.decode(raw)

    def assign(self, tx: Transaction, member: MemberId | None, now_ms: int) -> int:
        """Give a partner its column, for good; return it. Best done when trust begins, before anything is released.

        Raises
        ------
        InvalidConfig
            When every column is taken.
        """
        self.begin(tx, now_ms)
        found = self._column(tx, member)
        if found is not None:
            return found.column
        head = self._read_head(tx)
        taken = {_COLUMN.decode(raw).column for _, raw in tx.scan(COLUMNS)}
        order = preferred_columns(head.key if head else b"", member, self.plan.columns)
        free = next((column for column in order if column not in taken), None)
        if free is None:
            raise InvalidConfig(f"all {self.plan.columns} columns of the ledger are taken; remove a partner first.")
        tx.put(COLUMNS, member_bytes(member), encode(_Column(free, 0, 0)))
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
        column = self._column(tx, for_member)
        if column is None:
            self.assign(tx, for_member, now_ms)
            column = self._column(tx, for_member)
        if column is None:  # pragma: no cover - assign has written it
            raise LedgerError("a column of the ledger is missing; restore it from a backup.")
        who, at = member_bytes(for_member), column.following
        tx.put(ENTRIES, who + number(at), entry)
        tx.put(ORDER, number(head.ordinal), who + number(at))
        tx.put(COLUMNS, who, encode(_Column(column.column, at + 1, column.sealed)))
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
        for who, raw in list(tx.scan(COLUMNS)):
            column = _COLUMN.decode(raw)
            if column.following > column.sealed:
                used.update(self._seal_column(tx, who, column, head.epoch, seed))
                tx.put(COLUMNS, who, encode(_Column(column.column, column.following, column.following)))
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
        self, tx: Transaction, who: bytes, column: _Column, epoch: int, seed: bytes
    ) -> Iterator[tuple[int, bytes]]:
        begin = column.sealed
        for slot in range(self.plan.slots):
            left = column.following - begin
            if not left:
                return
            count = left if slot == self.plan.slots - 1 else min(left, self.plan.bundle_entries)
            hashes = self._entry_hashes(tx, who, begin, count)
            pieces: list[bytes] = []
            while piece := list(islice(hashes, PIECE)):
                pieces.append(merkle_root(piece))
            place = column.column * self.plan.slots + slot
            tx.put(BUNDLES, who + number(begin), encode(_Bundle(epoch, place, count, b"".join(pieces))))
            # Pieces are aligned subtrees of the bundle, so the root over their roots is the bundle's root.
            yield place, commitment(slot_salt(seed, place), epoch, member_of(who), count, merkle_root(pieces))
            begin += count

    def _entry_hashes(self, reader: Reader, who: bytes, begin: int, count: int) -> Iterator[bytes]:
        for _, entry in reader.scan(ENTRIES, who + number(begin), who + number(begin + count)):
            yield leaf_hash(entry)

    def checkpoint(self, reader: Reader, epoch: int | None = None) -> bytes | None:
        """Return the signed note of a sealed epoch (the last one, when left out), or None."""
        if epoch is not None:
            return reader.get(CHECKPOINTS, number(epoch)) if 0 <= epoch < 1 << 63 else None
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
        for size in (old_size, new_size):
            if not 0 <= size <= self.size(reader) or size % self.plan.width:
                raise NotFound(f"no checkpoint of this ledger has the size {size}.")
        if old_size > new_size:
            raise NotFound("an older ledger is not larger than a newer one; swap the sizes.")
        return LogTree(reader, self.plan).consistency(old_size, new_size)

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
        top = self._sealed(reader, epoch if at_epoch is None else at_epoch, epoch)
        row = epoch_row(reader, epoch)
        tree = LogTree(reader, self.plan)
        who = member_bytes(for_member)
        found: list[BundleProof] = []
        if self._column(reader, for_member) is None or not row.used:
            return ()
        first = self._first_bundle(reader, who, epoch)
        for key, raw in reader.scan(BUNDLES, who + number(first), who + number((1 << 63) - 1)):
            bundle = _BUNDLE.decode(raw)
            if bundle.epoch != epoch:
                break
            found.append(self._bundle_proof(tree, row, for_member, int.from_bytes(key[3:], "big"), bundle, top))
        return tuple(found)

    def _first_bundle(self, reader: Reader, who: bytes, epoch: int) -> int:
        # Bundles are sorted by first number and so by epoch: find where the epoch begins by halving.
        column = _COLUMN.decode(reader.get(COLUMNS, who) or encode(_Column(0, 0, 0)))
        low, high = 0, column.sealed
        while low < high:
            middle = (low + high) // 2
            key, bundle = self._bundle_of(reader, who, middle)
            if bundle.epoch < epoch:
                low = key + bundle.count
            else:
                high = key
        return low

    def _bundle_of(self, reader: Reader, who: bytes, sequence: int) -> tuple[int, _Bundle]:
        for key, raw in reader.scan(BUNDLES, who + number(0), who + number(sequence + 1), limit=1, reverse=True):
            bundle, first = _BUNDLE.decode(raw), int.from_bytes(key[3:], "big")
            if sequence < first + bundle.count:
                return first, bundle
        raise NotFound("that entry of the ledger is not sealed yet; wait for the end of its epoch.")

    def _sealed(self, reader: Reader, top: int, epoch: int) -> int:
        if not 0 <= epoch <= top < self.epoch(reader):
            raise NotFound(f"epoch {top} of this ledger is not sealed yet; wait for its end.")
        return top

    def _bundle_proof(
        self, tree: LogTree, row: EpochRow, to: MemberId | None, first: int, bundle: _Bundle, top: int
    ) -> BundleProof:
        leaf = bundle.epoch * self.plan.width + bundle.place
        return BundleProof(
            epoch=bundle.epoch, to=to, first=first, count=bundle.count, leaf=number(leaf),
            salt=slot_salt(row.seed, bundle.place), path=tree.inclusion(leaf, (top + 1) * self.plan.width),
        )

    def proof(
        self, reader: Reader, for_member: MemberId | None, sequence: int, *, at_epoch: int | None = None
    ) -> EntryProof:
        """Return the proof of one entry under the checkpoint of its epoch, or of the later epoch `at_epoch`.

        Raises
        ------
        NotFound
            When there is no such entry or its epoch is not sealed.
        """
        who = member_bytes(for_member)
        if not 0 <= sequence < 1 << 63:
            raise NotFound("that entry of the ledger is not sealed yet; wait for the end of its epoch.")
        first, bundle = self._bundle_of(reader, who, sequence)
        top = self._sealed(reader, bundle.epoch if at_epoch is None else at_epoch, bundle.epoch)
        place = sequence - first
        piece = place // PIECE
        begin = piece * PIECE
        inside = MerkleLog()
        inside.extend_hashes(self._entry_hashes(reader, who, first + begin, min(PIECE, bundle.count - begin)))
        above = MerkleLog()
        above.extend_hashes(bundle.pieces[i : i + 32] for i in range(0, len(bundle.pieces), 32))
        path = (*inside.inclusion(place - begin), *above.inclusion(piece))
        row = epoch_row(reader, bundle.epoch)
        opened = self._bundle_proof(LogTree(reader, self.plan), row, for_member, first, bundle, top)
        return EntryProof(bundle=opened, sequence=sequence, path=path)

    def entries(
        self, reader: Reader, for_member: MemberId | None, *, after: int = -1, limit: int | None = None
    ) -> Iterator[tuple[int, bytes]]:
        """Yield (sequence, entry) for one partner, from the one after sequence `after` on."""
        who = member_bytes(for_member)
        for key, entry in reader.scan(ENTRIES, who + number(after + 1), who + number((1 << 63) - 1), limit=limit):
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
        column = self._column(reader, for_member)
        return 0 if column is None else column.following

    def epoch_of(self, reader: Reader, for_member: MemberId | None, sequence: int) -> int | None:
        """Return the sealed epoch of an entry, or None while its epoch is open."""
        column = self._column(reader, for_member)
        if column is None or not 0 <= sequence < column.sealed:
            return None
        return self._bundle_of(reader, member_bytes(for_member), sequence)[1].epoch

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
        for epoch in range(head.epoch, head.stalled + 1):
            add_epoch(tx, self.plan, epoch, EpochRow(self._entropy.token(SEED_BYTES), ()))
        self._put_head(tx, msgspec.structs.replace(head, epoch=head.stalled + 1, stalled=None, opened_ms=now_ms))
        return head.stalled + 1
