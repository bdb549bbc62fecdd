"""Files of a home: written whole or not at all, and secret ones kept from other users' eyes.

A write goes to a temporary file beside the target, is synced, and takes the target's name in one step; then the folder
is synced, so that a power cut leaves the old file or the new one (POSIX.1-2017, ``rename``: atomic within one file
system).
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from latticework.kernel.errors import InvalidFile

PRIVATE: Final = 0o600
PUBLIC: Final = 0o644
MAX_FILE_BYTES: Final = 4 * 1024 * 1024


def write_whole(path: Path, data: bytes, *, mode: int = PRIVATE) -> None:
    """Replace `path` by `data` in one step.

    Parameters
    ----------
    mode
        Permission bits of the file: ``0o600`` for secrets.

    Raises
    ------
    InvalidFile
        When the folder cannot be written; the old file is untouched.
    """
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # created with mode 0600
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
        temporary = None
        sync_folder(path.parent)
    except OSError as error:
        raise InvalidFile(f"{path.name} cannot be written: {error.strerror}; check the folder and its disk.") from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames within `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_whole(path: Path, *, secret: bool) -> bytes:
    """Return the bytes of `path`.

    Parameters
    ----------
    secret
        True: refuse a file that others may read or write.

    Raises
    ------
    InvalidFile
        When it is missing, unreadable, no plain file, too large, or a secret that is open to others.
    """
    try:
        with path.open("rb") as file:
            # The open file is examined, not the name, so that it cannot be exchanged in between.
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise InvalidFile(f"{path.name} is not a plain file; restore it from a backup.")
            if secret and found.st_mode & 0o077:
                raise InvalidFile(
                    f"{path.name} holds a secret and other users may open it (mode {found.st_mode & 0o777:04o}); "
                    "run chmod 600 on it, and consider the key compromised if others use this machine."
                )
            if found.st_size > MAX_FILE_BYTES:
                raise InvalidFile(f"{path.name} has {found.st_size} bytes; the limit is {MAX_FILE_BYTES}.")
            return file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise InvalidFile(f"{path.name} is missing in {path.parent.name}; restore it from a backup.") from None
    except OSError as error:
        raise InvalidFile(f"{path.name} cannot be read: {error.strerror}.") from None
