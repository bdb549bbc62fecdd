"""The ledger's own tables: where an entry stands, whose column it is in, and which bundle took it up.

=======================  ===========================  ==============================================================
``ledger.head``          empty                        :class:`HeadRow`: layout, open epoch, secret of the columns
``ledger.columns``       partner (3 bytes)            :class:`ColumnRow`: its column, next and first unsealed number
``ledger.entries``       partner, sequence (8)        the entry's exact bytes
``ledger.order``         ordinal (8)                  partner, sequence: the order over all partners, never shown
``ledger.bundles``       partner, first number (8)    :class:`BundleRow`: epoch, slot, count, roots of its pieces
``ledger.checkpoints``   epoch (8)                    signed note
=======================  ===========================  ==============================================================

Numbers are big-endian, so byte order is numeric order. The tree has tables of its own
(:mod:`latticework.kernel.ledger.tree`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from latticework.kernel.errors import NotFound
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.merkle import leaf_hash
from latticework.kernel.ledger.slots import member_bytes
from latticework.kernel.ledger.tree import number
from latticework.kernel.store.protocol import Reader

HEAD: Final = "ledger.head"
COLUMNS: Final = "ledger.columns"
ENTRIES: Final = "ledger.entries"
ORDER: Final = "ledger.order"
BUNDLES: Final = "ledger.bundles"
CHECKPOINTS: Final = "ledger.checkpoints"

LAST: Final = (1 << 63) - 1
PIECE: Final = 256
"""Entries of a bundle whose common root is kept, so that a proof need not hash the whole bundle again."""


class HeadRow(msgspec.Struct, frozen=True, array_like=True):
    """The state of the log.

    Parameters
    ----------
    columns, slots
        The layout that the log began with.
    key
        Secret that orders the columns, 32 bytes.
    epoch
        Number of the open epoch, which is how many were sealed.
    ordinal
        Number of the next entry over all partners.
    opened_ms
        When the open epoch began, ms.
    stalled
        Highest own epoch that a partner showed and this store does not have; None when all is well.
    """

    columns: int
    slots: int
    key: bytes
    epoch: int
    ordinal: int
    opened_ms: int
    stalled: int | None


class ColumnRow(msgspec.Struct, frozen=True, array_like=True):
    """One partner's column, the number of its next entry, and that of its first entry in the open epoch."""

    column: int
    following: int
    sealed: int


class BundleRow(msgspec.Struct, frozen=True, array_like=True):
    """One sealed bundle: its epoch, its place among the epoch's leaves, its entries, and the roots of its pieces."""

    epoch: int
    place: int
    count: int
    pieces: bytes

    def piece_roots(self) -> list[bytes]:
        """Return the roots of the pieces; the root over them is the bundle's, since pieces are aligned subtrees."""
        return [self.pieces[i : i + 32] for i in range(0, len(self.pieces), 32)]


_HEAD: Final = msgspec.msgpack.Decoder(HeadRow)
_COLUMN: Final = msgspec.msgpack.Decoder(ColumnRow)
_BUNDLE: Final = msgspec.msgpack.Decoder(BundleRow)


def head_row(reader: Reader) -> HeadRow | None:
    """Return the state of the log, or None before it began."""
    raw = reader.get(HEAD, b"")
    return None if raw is None else _HEAD.decode(raw)


def column_row(reader: Reader, member: MemberId | None) -> ColumnRow | None:
    """Return a partner's column, or None when it has none."""
    raw = reader.get(COLUMNS, member_bytes(member))
    return None if raw is None else _COLUMN.decode(raw)


def column_rows(reader: Reader) -> list[tuple[bytes, ColumnRow]]:
    """Return (partner's three bytes, column) of everybody."""
    return [(who, _COLUMN.decode(raw)) for who, raw in reader.scan(COLUMNS)]


def bundle_rows(reader: Reader, who: bytes, start: int = 0) -> Iterator[tuple[int, BundleRow]]:
    """Yield (first number, bundle) of one partner from number `start` on."""
    for key, raw in reader.scan(BUNDLES, who + number(start), who + number(LAST)):
        yield int.from_bytes(key[3:], "big"), _BUNDLE.decode(raw)


def bundle_of(reader: Reader, who: bytes, sequence: int) -> tuple[int, BundleRow]:
    """Return (first number, bundle) of the bundle that holds an entry.

    Raises
    ------
    NotFound
        When there is no such entry or its epoch is still open.
    """
    if 0 <= sequence < LAST:
        for key, raw in reader.scan(BUNDLES, who + number(0), who + number(sequence + 1), limit=1, reverse=True):
            bundle, first = _BUNDLE.decode(raw), int.from_bytes(key[3:], "big")
            if sequence < first + bundle.count:
                return first, bundle
    raise NotFound("that entry of the ledger is not sealed yet; wait for the end of its epoch.")


def entry_hashes(reader: Reader, who: bytes, begin: int, count: int) -> Iterator[bytes]:
    """Yield the leaf hashes of entries `begin`, `begin` + 1 … of one partner."""
    for _, entry in reader.scan(ENTRIES, who + number(begin), who + number(begin + count)):
        yield leaf_hash(entry)
