"""Blobs between two nodes: what a partner may have of them, and what this node asks of a partner.

A giver answers only under a record that stands released to the asker, and asks the gate again each time. A taker asks
for the content key first, sealed to a key made for this one blob; then for the hashes of all pieces, which must have
the root that the signed record names; then for pieces, a few at a time, and keeps only those with their hash. Whatever
is lost is asked for again, and nothing is asked for twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from latticework.kernel import archive
from latticework.kernel.errors import InvalidAttachment, StoreError
from latticework.kernel.exchange.messages import MAX_PIECES, BlobNone, BlobPiece, BlobWant
from latticework.kernel.ids import MemberId, RecordId
from latticework.kernel.ledger.merkle import leaf_hash, merkle_root
from latticework.workbench.attachments import rows, sealing
from latticework.workbench.attachments.model import HASH_BYTES, HASHES_A_PIECE, Blob, File

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel
    from latticework.kernel.store.protocol import Reader, Transaction
    from latticework.workbench.attachments.vault import Vault

AGAIN_MS: Final = 5_000
"""What was asked for and did not come is asked for again after this."""


class Desk:
    """Serves and takes the blobs of one node; the exchange's :class:`~latticework.kernel.exchange.events.BlobDesk`.

    Parameters
    ----------
    kernel, vault
        The node, and where its blobs lie.
    """

    def __init__(self, kernel: Kernel, vault: Vault) -> None:
        self._kernel, self._vault = kernel, vault
        self._asked: dict[str, tuple[int, set[int]]] = {}
        """Root to when it was last asked for or answered, and which pieces are on their way."""
        self._held: set[str] = set()
        """Blobs whose hashes were seen to have the root."""
        self.complete: list[tuple[RecordId, str]] = []
        """Blobs whose last piece came; whoever looks through them takes them from here."""

    # ---- giving ----------------------------------------------------------------------------------------------------

    def wanted(self, tx: Transaction, peer: MemberId, want: BlobWant, now_ms: int) -> list[BlobPiece | BlobNone]:
        """Return what `peer` may have of what it asks for."""
        record = RecordId(want.record.hex())
        found = self._released(tx, record, peer)
        if found is None:
            return [BlobNone(want.record)]
        root, file, blob = found
        if want.part == "key":
            try:
                sealed = sealing.seal_key(blob.key, want.key, self._kernel.own, peer, record)
            except InvalidAttachment:
                return [BlobNone(want.record)]
            return [BlobPiece(want.record, "key", 0, sealed)]
        answers: list[BlobPiece | BlobNone] = []
        last = file.hash_pieces if want.part == "hashes" else file.pieces
        for number in range(want.first, min(want.first + want.count, last)):
            data = (self._vault.hashes(root, number * HASHES_A_PIECE, HASHES_A_PIECE) if want.part == "hashes"
                    else self._vault.read(root, number))
            answers.append(BlobPiece(want.record, want.part, number, data) if data else BlobNone(want.record))
        return answers

    def _released(self, reader: Reader, record: RecordId, peer: MemberId) -> tuple[str, File, Blob] | None:
        kernel = self._kernel
        head = archive.head_of(reader, record)
        if head is None or not kernel.exchange.stands_released(reader, record, peer):
            return None
        if not kernel.decide_for(reader, head, peer).allowed:
            return None
        root, file = rows.root_of(reader, record), kernel.body_of(reader, head)
        blob = rows.blob_of(reader, root) if root is not None else None
        if root is None or blob is None or blob.state != "whole" or not isinstance(file, File):
            return None
        return root, file, blob

    # ---- taking ----------------------------------------------------------------------------------------------------

    def next_wants(self, reader: Reader, record: RecordId, now_ms: int) -> list[BlobWant]:
        """Return what to ask for now under a record whose blob is being fetched; nothing while answers are due."""
        root = rows.root_of(reader, record)
        blob = rows.blob_of(reader, root) if root is not None else None
        file = self._file(reader, record)
        if root is None or blob is None or file is None or blob.state != "fetching":
            return []
        at_ms, coming = self._asked.get(root, (0, set[int]()))
        late = not 0 <= now_ms - at_ms < AGAIN_MS
        if coming and not late:
            return []
        raw = bytes.fromhex(record)
        if not blob.key:
            self._asked[root] = (now_ms, {0})
            public = sealing.public_of(blob.private)
            return [BlobWant(raw, "key", 0, 1, public)]
        if not self._hashes_hold(root, file):
            number = self._first_missing_hashes(root, file) or 0
            self._asked[root] = (now_ms, {number})
            return [BlobWant(raw, "hashes", number, 1)]
        missing = rows.pieces_of(reader, root, file.pieces).missing(MAX_PIECES)
        self._asked[root] = (now_ms, set(missing))
        return [BlobWant(raw, "content", number, 1) for number in missing]

    def arrived(self, tx: Transaction, peer: MemberId, piece: BlobPiece | BlobNone, now_ms: int) -> list[BlobWant]:
        """Keep a piece that is what the record says, and return what to ask for next."""
        record = RecordId(piece.record.hex())
        root = rows.root_of(tx, record)
        file, head = self._file(tx, record), archive.head_of(tx, record)
        blob = rows.blob_of(tx, root) if root is not None else None
        if root is None or file is None or head is None or blob is None or blob.state != "fetching":
            return []  # nobody waits for it: it came twice, or the record was withdrawn meanwhile
        if peer != (head.sender or head.member) or isinstance(piece, BlobNone):
            return []  # asked again later: the giver's own copy may not be whole yet
        try:
            self._keep(tx, root, record, file, blob, piece, now_ms)
        except (InvalidAttachment, StoreError):
            return []  # asked for again after a while, lest a giver that lies keeps both nodes busy
        return self.next_wants(tx, record, now_ms)

    def _keep(
        self, tx: Transaction, root: str, record: RecordId, file: File, blob: Blob, piece: BlobPiece, now_ms: int
    ) -> None:
        at_ms, coming = self._asked.get(root, (now_ms, set[int]()))
        if piece.part == "key" and not blob.key:
            head = archive.head_of(tx, record)
            giver = (head.sender or head.member) if head is not None else self._kernel.own
            key = sealing.open_key(piece.data, blob.private, giver, self._kernel.own, record)
            rows.put_blob(tx, root, msgspec.structs.replace(blob, key=key, private=b""))
            coming.discard(0)
        elif piece.part == "hashes" and piece.number < file.hash_pieces:
            first = piece.number * HASHES_A_PIECE
            if len(piece.data) != min(HASHES_A_PIECE, file.pieces - first) * HASH_BYTES:
                raise InvalidAttachment("a list of hashes is too short.")
            self._vault.write_hashes(root, first, piece.data)
            coming.discard(piece.number)
            if self._first_missing_hashes(root, file) is None and not self._hashes_hold(root, file):
                self._vault.remove(root)
                reason = "its list of hashes is not the one that its record names; ask its author to attach it anew."
                rows.put_blob(tx, root, msgspec.structs.replace(blob, state="refused", reason=reason, at_ms=now_ms))
        elif piece.part == "content" and piece.number < file.pieces:
            if self._vault.hashes(root, piece.number, 1) != leaf_hash(piece.data):
                raise InvalidAttachment("a piece has another hash than the record says.")
            pieces = rows.pieces_of(tx, root, file.pieces)
            coming.discard(piece.number)
            if piece.number not in pieces:
                self._vault.write(root, piece.number, piece.data)
                pieces.add(piece.number)
                blob = msgspec.structs.replace(blob, have=blob.have + 1)
                rows.put_pieces(tx, root, pieces)
                rows.put_blob(tx, root, blob)
                if blob.have == file.pieces:
                    self.complete.append((record, root))
        self._asked[root] = (now_ms if not coming else at_ms, coming)

    def _file(self, reader: Reader, record: RecordId) -> File | None:
        head = archive.head_of(reader, record)
        body = self._kernel.body_of(reader, head) if head is not None else None
        return body if isinstance(body, File) else None

    def _first_missing_hashes(self, root: str, file: File) -> int | None:
        for number in range(file.hash_pieces):
            count = min(HASHES_A_PIECE, file.pieces - number * HASHES_A_PIECE)
            held = self._vault.hashes(root, number * HASHES_A_PIECE, count)
            if held is None or len(held) < count * HASH_BYTES:
                return number
        return None

    def _hashes_hold(self, root: str, file: File) -> bool:
        """Say whether the hashes of all pieces are here and have the root that the record names."""
        if root not in self._held:
            leaves = list(self._vault.each_hash(root))
            if len(leaves) != file.pieces or merkle_root(leaves).hex() != root:
                return False
            self._held.add(root)
        return True
