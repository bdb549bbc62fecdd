"""Where blobs lie: one file of encrypted pieces and one of their hashes for each, beside the database.

A piece stands at its place from the first to the last, so that it may come in any order and a broken-off transfer goes
on where it was. Nothing here decides or decrypts anything.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from latticework.kernel.errors import StoreError, StoreFull
from latticework.workbench.attachments.model import HASH_BYTES, PIECE_BYTES, SEAL_BYTES

STEP: Final = PIECE_BYTES + SEAL_BYTES


class Vault:
    """The blobs of one node.

    Parameters
    ----------
    folder
        Made with the first blob; readable by the node's own account alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, root: str, number: int, data: bytes) -> None:
        """Put an encrypted piece at its place.

        Raises
        ------
        StoreFull, StoreError
            When the disk does not take it; nothing else was changed.
        """
        self._write(self._content(root), number * STEP, data)

    def read(self, root: str, number: int) -> bytes | None:
        """Return an encrypted piece; None when it is not here."""
        return self._read(self._content(root), number * STEP, STEP)

    def write_hashes(self, root: str, at: int, data: bytes) -> None:
        """Put hashes of pieces at place `at`."""
        self._write(self._hashes(root), at * HASH_BYTES, data)

    def hashes(self, root: str, at: int, count: int) -> bytes | None:
        """Return the hashes of `count` pieces from `at` on; None when they are not here."""
        return self._read(self._hashes(root), at * HASH_BYTES, count * HASH_BYTES)

    def each_hash(self, root: str) -> Iterator[bytes]:
        """Yield the hashes of all pieces."""
        with contextlib.suppress(FileNotFoundError), self._hashes(root).open("rb") as file:
            while found := file.read(HASH_BYTES):
                yield found

    def adopt(self, made: Path, hashes: Path, root: str) -> None:
        """Move finished files to their places under the blob's name."""
        self._make_folder()
        os.replace(made, self._content(root))
        os.replace(hashes, self._hashes(root))

    def remove(self, root: str) -> None:
        """Remove a blob; nothing happens when it is not here."""
        for path in (self._content(root), self._hashes(root)):
            path.unlink(missing_ok=True)

    def used(self, root: str) -> int:
        """Return how many bytes a blob takes on the disk."""
        total = 0
        for path in (self._content(root), self._hashes(root)):
            with contextlib.suppress(FileNotFoundError):
                total += path.stat().st_blocks * 512
        return total

    def scratch(self, name: str) -> Path:
        """Return a place for a file that is being made."""
        self._make_folder()
        return self._folder / f"{name}.part"

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"the folder of attachments cannot be made: {error.strerror}.") from None

    def _content(self, root: str) -> Path:
        return self._folder / f"{root}.blob"

    def _hashes(self, root: str) -> Path:
        return self._folder / f"{root}.hashes"

    def _write(self, path: Path, offset: int, data: bytes) -> None:
        self._make_folder()
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.pwrite(descriptor, data, offset)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StoreFull(
                f"the disk does not take an attachment ({error.strerror}); make room, and it goes on.") from None

    @staticmethod
    def _read(path: Path, offset: int, size: int) -> bytes | None:
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"an attachment cannot be read: {error.strerror}.") from None
        try:
            return os.pread(descriptor, size, offset) or None
        finally:
            os.close(descriptor)
