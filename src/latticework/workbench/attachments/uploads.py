"""Files on their way from an officer's own machine to the node: in slices, so that a broken-off one goes on.

What has come lies in the vault's folder until it is published or given up; after :data:`KEPT_MS` without a slice it is
forgotten. Table ``workbench.attachments.upload``: id (16 bytes) to :class:`Upload`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from latticework.kernel.codec import decode, encode
from latticework.kernel.core.authority import need
from latticework.kernel.errors import InvalidAttachment, NotFound, StoreFull
from latticework.kernel.ids import OfficerId
from latticework.kernel.policy.model import Officer
from latticework.workbench.attachments.model import MAX_SIZE

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel
    from latticework.kernel.store.protocol import Reader
    from latticework.workbench.attachments.vault import Vault

TABLE: Final = "workbench.attachments.upload"
SLICE_BYTES: Final = 1 << 20
KEPT_MS: Final = 86_400_000


class Upload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that an officer is sending.

    Parameters
    ----------
    officer
        Whose it is: nobody else sees or continues it.
    name, size
        Of the file.
    at_ms
        When the last slice came.
    """

    officer: OfficerId
    name: str
    size: int
    at_ms: int


class Uploads:
    """The uploads of one node.

    Parameters
    ----------
    kernel, vault
        The node, and where its blobs lie.
    """

    def __init__(self, kernel: Kernel, vault: Vault) -> None:
        self._kernel, self._vault = kernel, vault

    def begin(self, officer: Officer, name: str, size: int) -> str:
        """Return the id of a new upload.

        Raises
        ------
        InvalidAttachment
            When the name or the size cannot be a file's.
        """
        need(officer, "publish")
        if not 0 < size <= MAX_SIZE or not 0 < len(name) <= 200:
            raise InvalidAttachment("a file has a name of 1 to 200 characters and 1 byte to 1 TiB.")
        upload = self._kernel.entropy.token(16).hex()
        self._path(upload).touch(mode=0o600)
        self._put(upload, Upload(officer=officer.name, name=name, size=size, at_ms=self._kernel.clock.now_ms()))
        return upload

    def offset(self, officer: Officer, upload: str) -> int:
        """Return how many bytes have come."""
        self.of(officer, upload)
        return self._path(upload).stat().st_size

    def take(self, officer: Officer, upload: str, offset: int, data: bytes) -> int:
        """Keep a slice that begins where the last one ended; return how many bytes have come.

        Raises
        ------
        InvalidAttachment
            When it begins elsewhere, is too long, or goes over the size that was named.
        StoreFull
            When the disk does not take it.
        """
        found, path = self.of(officer, upload), self._path(upload)
        here = path.stat().st_size
        if offset != here or len(data) > SLICE_BYTES or offset + len(data) > found.size:
            raise InvalidAttachment(f"this upload goes on at byte {here} of {found.size}, in slices of at most 1 MiB.")
        try:
            with path.open("ab") as out:
                out.write(data)
        except OSError as error:
            os.truncate(path, here)
            raise StoreFull(f"the disk does not take the file ({error.strerror}); make room, and it goes on.") from None
        self._put(upload, msgspec.structs.replace(found, at_ms=self._kernel.clock.now_ms()))
        return here + len(data)

    def whole(self, officer: Officer, upload: str) -> tuple[Upload, Path]:
        """Return an upload that has come whole, and where it lies."""
        found, path = self.of(officer, upload), self._path(upload)
        if path.stat().st_size != found.size:
            raise InvalidAttachment(f"only {path.stat().st_size} of {found.size} bytes have come; send the rest first.")
        return found, path

    def of(self, officer: Officer, upload: str) -> Upload:
        """Return an officer's own upload; another's looks absent."""
        with self._kernel.store.snapshot() as reader:
            raw = reader.get(TABLE, bytes.fromhex(upload)) if _is_id(upload) else None
        found = decode(raw, Upload, what="upload") if raw is not None else None
        if found is None or found.officer != officer.name or not self._path(upload).exists():
            raise NotFound("there is no such upload; begin it anew.")
        return found

    def end(self, upload: str) -> None:
        """Forget an upload and what came of it."""
        self._path(upload).unlink(missing_ok=True)
        self._kernel.in_transaction(lambda tx: tx.delete(TABLE, bytes.fromhex(upload)))

    def step(self, now_ms: int) -> None:
        """Forget what nobody went on with."""
        with self._kernel.store.snapshot() as reader:
            old = [upload for upload, row in self._all(reader) if now_ms - row.at_ms > KEPT_MS]
        for upload in old:
            self.end(upload)

    def _all(self, reader: Reader) -> Iterator[tuple[str, Upload]]:
        for key, raw in reader.scan(TABLE):
            yield key.hex(), decode(raw, Upload, what="upload")

    def _put(self, upload: str, row: Upload) -> None:
        self._kernel.in_transaction(lambda tx: tx.put(TABLE, bytes.fromhex(upload), encode(row)))

    def _path(self, upload: str) -> Path:
        return self._vault.scratch(f"upload-{upload}")


def _is_id(text: str) -> bool:
    return len(text) == 32 and all(c in "0123456789abcdef" for c in text)
