"""Proofs out of a member's own store: for one entry, for all entries of a partner in an epoch, between checkpoints."""

from __future__ import annotations

from latticework.kernel.errors import NotFound
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.merkle import MerkleLog
from latticework.kernel.ledger.proof import BundleProof, EntryProof
from latticework.kernel.ledger.rows import PIECE, BundleRow, bundle_of, bundle_rows, column_row, entry_hashes, head_row
from latticework.kernel.ledger.slots import LedgerPlan, member_bytes, slot_salt
from latticework.kernel.ledger.tree import EpochRow, LogTree, epoch_row, number
from latticework.kernel.store.protocol import Reader


class Prover:
    """Makes proofs through one view of the store.

    Parameters
    ----------
    reader
        A view of the store.
    plan
        The log's layout.
    """

    def __init__(self, reader: Reader, plan: LedgerPlan) -> None:
        self._reader = reader
        self._plan = plan
        self._tree = LogTree(reader, plan)
        head = head_row(reader)
        self._epochs = 0 if head is None else head.epoch

    def entry(self, to: MemberId | None, sequence: int, at_epoch: int | None) -> EntryProof:
        """Return the proof of one entry (see :meth:`~latticework.kernel.ledger.ledger.Ledger.proof`)."""
        who = member_bytes(to)
        first, bundle = bundle_of(self._reader, who, sequence)
        top = self._top(bundle.epoch, at_epoch)
        piece, place = divmod(sequence - first, PIECE)
        begin = piece * PIECE
        inside, above = MerkleLog(), MerkleLog()
        inside.extend_hashes(entry_hashes(self._reader, who, first + begin, min(PIECE, bundle.count - begin)))
        above.extend_hashes(bundle.piece_roots())
        opened = self._open(epoch_row(self._reader, bundle.epoch), to, first, bundle, top)
        return EntryProof(bundle=opened, sequence=sequence, path=(*inside.inclusion(place), *above.inclusion(piece)))

    def bundles(self, to: MemberId | None, epoch: int, at_epoch: int | None) -> tuple[BundleProof, ...]:
        """Return proofs of bundles (see :meth:`~latticework.kernel.ledger.ledger.Ledger.bundle_proofs`)."""
        top = self._top(epoch, at_epoch)
        row = epoch_row(self._reader, epoch)
        if not row.used:
            return ()
        found: list[BundleProof] = []
        for first, bundle in bundle_rows(self._reader, member_bytes(to), self._first_of(to, epoch)):
            if bundle.epoch != epoch:
                break
            found.append(self._open(row, to, first, bundle, top))
        return tuple(found)

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """Return the proof between two sizes (see :meth:`~latticework.kernel.ledger.ledger.Ledger.consistency`)."""
        for size in (old_size, new_size):
            if not 0 <= size <= self._epochs * self._plan.width or size % self._plan.width:
                raise NotFound(f"no checkpoint of this ledger has the size {size}.")
        if old_size > new_size:
            raise NotFound("an older ledger is not larger than a newer one; swap the sizes.")
        return self._tree.consistency(old_size, new_size)

    def _first_of(self, to: MemberId | None, epoch: int) -> int:
        # A partner's bundles are sorted by first number and so by epoch: find where the epoch begins by halving.
        column = column_row(self._reader, to)
        low, high = 0, 0 if column is None else column.sealed
        while low < high:
            first, bundle = bundle_of(self._reader, member_bytes(to), (low + high) // 2)
            if bundle.epoch < epoch:
                low = first + bundle.count
            else:
                high = first
        return low

    def _top(self, epoch: int, at_epoch: int | None) -> int:
        top = epoch if at_epoch is None else at_epoch
        if not 0 <= epoch <= top < self._epochs:
            raise NotFound(f"epoch {top} of this ledger is not sealed yet; wait for its end.")
        return top

    def _open(self, row: EpochRow, to: MemberId | None, first: int, bundle: BundleRow, top: int) -> BundleProof:
        leaf = bundle.epoch * self._plan.width + bundle.place
        return BundleProof(
            epoch=bundle.epoch, to=to, first=first, count=bundle.count, leaf=number(leaf),
            salt=slot_salt(row.seed, bundle.place), path=self._tree.inclusion(leaf, (top + 1) * self._plan.width),
        )
