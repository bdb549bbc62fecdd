"""What the store keeps of blobs.

===================================  ===================  =====================================================
``workbench.attachments.blob``       root (32 bytes)      :class:`~.model.Blob`
``workbench.attachments.have``       root                 bitmap of the pieces that are here; only while fetching
``workbench.attachments.record``     record id (32)       root: which blob a record names
``workbench.attachments.of``         root + record id     empty: which records name a blob
===================================  ===================  =====================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from latticework.kernel.codec import decode, encode
from latticework.kernel.ids import RecordId
from latticework.kernel.store.protocol import Reader, Transaction
from latticework.workbench.attachments.model import Blob

BLOB: Final = "workbench.attachments.blob"
HAVE: Final = "workbench.attachments.have"
RECORD: Final = "workbench.attachments.record"
OF: Final = "workbench.attachments.of"


def blob_of(reader: Reader, root: str) -> Blob | None:
    """Return where this node stands with a blob, or None when it never heard of it."""
    raw = reader.get(BLOB, bytes.fromhex(root))
    return decode(raw, Blob, what="attachment row") if raw is not None else None


def put_blob(tx: Transaction, root: str, blob: Blob) -> None:
    """Keep where this node stands with a blob."""
    tx.put(BLOB, bytes.fromhex(root), encode(blob))


def name_blob(tx: Transaction, record: RecordId, root: str) -> None:
    """Note that a record names a blob."""
    tx.put(RECORD, bytes.fromhex(record), bytes.fromhex(root))
    tx.put(OF, bytes.fromhex(root) + bytes.fromhex(record), b"")


def forget_record(tx: Transaction, record: RecordId, root: str) -> None:
    """Note that a record names a blob no longer, because it was withdrawn here."""
    tx.delete(RECORD, bytes.fromhex(record))
    tx.delete(OF, bytes.fromhex(root) + bytes.fromhex(record))


def root_of(reader: Reader, record: RecordId) -> str | None:
    """Return the blob that a record names here, or None."""
    raw = reader.get(RECORD, bytes.fromhex(record))
    return raw.hex() if raw is not None else None


def records_of(reader: Reader, root: str) -> Iterator[RecordId]:
    """Yield the records that name a blob."""
    start = bytes.fromhex(root)
    for key, _ in reader.scan(OF, start, start + b"\xff" * 33):
        yield RecordId(key[32:].hex())


def blobs(reader: Reader) -> Iterator[tuple[str, Blob]]:
    """Yield (root, blob) of every blob."""
    for key, raw in reader.scan(BLOB):
        yield key.hex(), decode(raw, Blob, what="attachment row")


class Pieces:
    """Which pieces of a blob are here, as a bitmap.

    Parameters
    ----------
    count
        How many there are.
    bits
        Of an earlier time; one bit a piece, the lowest first.
    """

    def __init__(self, count: int, bits: bytes = b"") -> None:
        self._count = count
        self._bits = bytearray(bits or bytes(-(-count // 8)))

    def __contains__(self, number: int) -> bool:
        return bool(self._bits[number // 8] >> number % 8 & 1)

    def add(self, number: int) -> None:
        """Note that a piece is here."""
        self._bits[number // 8] |= 1 << number % 8

    def missing(self, limit: int, after: int = 0) -> list[int]:
        """Return the first pieces from `after` on that are not here."""
        found: list[int] = []
        number = after
        while number < self._count and len(found) < limit:
            if self._bits[number // 8] == 0xFF:
                number = (number // 8 + 1) * 8
                continue
            if number not in self:
                found.append(number)
            number += 1
        return found

    @property
    def bits(self) -> bytes:
        """The bitmap."""
        return bytes(self._bits)


def pieces_of(reader: Reader, root: str, count: int) -> Pieces:
    """Return which pieces of a blob are here."""
    return Pieces(count, reader.get(HAVE, bytes.fromhex(root)) or b"")


def put_pieces(tx: Transaction, root: str, pieces: Pieces | None) -> None:
    """Keep which pieces are here; None when that need not be known any more."""
    if pieces is None:
        tx.delete(HAVE, bytes.fromhex(root))
    else:
        tx.put(HAVE, bytes.fromhex(root), pieces.bits)
