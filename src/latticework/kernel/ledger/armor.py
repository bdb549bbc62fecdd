"""Proof files as text, so that they pass through mail and a border guard's eyes.

Source: the armor follows RFC 7468, section 2 (lax in white space at the ends of lines).
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from typing import Final, Protocol, TypeVar

from latticework.kernel.codec import decode
from latticework.kernel.errors import DecodeError

MAX_FILE_BYTES: Final = 256 * 1024
_WIDTH: Final = 64


class Versioned(Protocol):
    """The content of a proof file."""

    @property
    def version(self) -> int:
        """1, until the form changes."""
        ...


V = TypeVar("V", bound=Versioned)


def read_armored(title: str, data: bytes, content: type[V]) -> V:
    """Decode a proof file strictly; it proves nothing before it is verified.

    Parameters
    ----------
    title
        As for :func:`to_armor`.
    data
        The file.
    content
        The struct type that it holds.

    Raises
    ------
    DecodeError
        When it is too large, malformed, not canonical or of another version.
    """
    what = title.lower()
    found = decode(from_armor(title, data), content, limit=MAX_FILE_BYTES, what=what)
    if found.version != 1:
        raise DecodeError(f"the {what} is of a version that is not known here; run a newer latticework.")
    return found


def to_armor(title: str, content: bytes) -> bytes:
    """Return `content` as text between lines that say `title` (``ACCUSATION``)."""
    text = b64encode(content).decode()
    lines = [text[i : i + _WIDTH] for i in range(0, len(text), _WIDTH)]
    return "\n".join([_line("BEGIN", title), *lines, _line("END", title), ""]).encode()


def from_armor(title: str, data: bytes) -> bytes:
    """Return what :func:`to_armor` wrapped.

    Raises
    ------
    DecodeError
        When the file is too large, has other lines around it, or is not base64.
    """
    what = title.lower()
    if len(data) > MAX_FILE_BYTES:
        raise DecodeError(f"the {what} has {len(data)} bytes and the limit is {MAX_FILE_BYTES}; it was refused unread.")
    lines = [line.strip() for line in data.strip().splitlines()]
    if len(lines) < 3 or lines[0] != _line("BEGIN", title).encode() or lines[-1] != _line("END", title).encode():
        raise DecodeError(f"this is not a file with a latticework {what}; its first and last lines are others.")
    try:
        return b64decode(b"".join(lines[1:-1]), validate=True)
    except (binascii.Error, ValueError):
        raise DecodeError(f"the {what} is not well-formed; it was refused.") from None


def is_armor(title: str, data: bytes) -> bool:
    """Say whether `data` begins as a file with `title` does."""
    return data.lstrip().startswith(_line("BEGIN", title).encode())


def _line(edge: str, title: str) -> str:
    return f"-----{edge} LATTICEWORK {title}-----"
