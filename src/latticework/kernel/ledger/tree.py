"""The log's tree in the store: one hash for each complete subtree from the size of an epoch upwards.

Tables (numbers are big-endian, so byte order is numeric order):

======================  =============================  ==============================================================
``ledger.nodes``        level (1), index (8)           hash of a complete subtree, 32 bytes
``ledger.epochs``       epoch (8)                      :class:`EpochRow`: what the epoch's own leaves are made of
======================  =============================  ==============================================================

What is below an epoch is made again from its row when a proof needs it, so the tree costs two hashes an epoch on
average, and a proof reads O(log n) rows.
"""

from __future__ import annotations

from typing import Final

import msgspec

from latticework.kernel.codec import encode
from latticework.kernel.errors import StoreDamaged
from latticework.kernel.ledger.merkle import (
    MerkleLog,
    consistency_path,
    inclusion_path,
    merkle_root,
    node_hash,
    subtree_root,
)
from latticework.kernel.ledger.slots import LedgerPlan, epoch_leaves
from latticework.kernel.store.protocol import Reader, Transaction

NODES: Final = "ledger.nodes"
EPOCHS: Final = "ledger.epochs"


class EpochRow(msgspec.Struct, frozen=True, array_like=True):
    """What the leaves of one epoch are made of.

    Parameters
    ----------
    seed
        The epoch's random seed, 32 bytes.
    used
        (place, commitment) of each used slot, sorted.
    """

    seed: bytes
    used: tuple[tuple[int, bytes], ...]


_EPOCH: Final = msgspec.msgpack.Decoder(EpochRow)


def number(value: int) -> bytes:
    """Return the 8-byte key of a number."""
    return value.to_bytes(8, "big")


def epoch_row(reader: Reader, epoch: int) -> EpochRow:
    """Return the row of one sealed epoch."""
    raw = reader.get(EPOCHS, number(epoch))
    if raw is None:
        raise StoreDamaged(f"the ledger's epoch {epoch} is missing in the store; restore it from a backup.")
    return _EPOCH.decode(raw)


def _node_key(level: int, index: int) -> bytes:
    return bytes([level]) + number(index)


class LogTree:
    """The tree of one log, read through `reader`; one for each act, for it keeps nothing but the last epoch it made.

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
        self._inside: tuple[int, MerkleLog] | None = None

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree of the log."""
        if level < self._plan.level:
            shift = self._plan.level - level
            epoch = index >> shift
            return self._epoch(epoch).node(level, index - (epoch << shift))
        found = self._reader.get(NODES, _node_key(level, index))
        if found is None:
            raise StoreDamaged("a hash of the ledger's tree is missing in the store; restore it from a backup.")
        return found

    def _epoch(self, epoch: int) -> MerkleLog:
        if self._inside is None or self._inside[0] != epoch:
            row = epoch_row(self._reader, epoch)
            tree = MerkleLog()
            tree.extend_hashes(epoch_leaves(row.seed, self._plan.width, dict(row.used)))
            self._inside = (epoch, tree)
        return self._inside[1]

    def root(self, size: int) -> bytes:
        """Return the root of the log at `size` leaves (a multiple of the plan's width)."""
        return subtree_root(self.node, 0, size)

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the inclusion proof of leaf `index` in the log at `size` leaves."""
        return inclusion_path(self.node, index, size)

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """Return the proof that the log at `new_size` leaves extends the log at `old_size`."""
        return consistency_path(self.node, old_size, new_size)


def add_epoch(tx: Transaction, plan: LedgerPlan, epoch: int, row: EpochRow) -> None:
    """Put the leaves of `epoch` at the end of the log, which must hold all epochs before it."""
    tx.put(EPOCHS, number(epoch), encode(row))
    found = merkle_root(epoch_leaves(row.seed, plan.width, dict(row.used)))
    level, index = plan.level, epoch
    tx.put(NODES, _node_key(level, index), found)
    tree = LogTree(tx, plan)
    while index & 1:
        found = node_hash(tree.node(level, index - 1), found)
        level, index = level + 1, index >> 1
        tx.put(NODES, _node_key(level, index), found)
