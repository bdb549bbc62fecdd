"""What an attachment is: a record that names a blob by hashes, and where a node stands with that blob.

The blob is the file cut into pieces, each encrypted with a key of its own blob (:mod:`.sealing`). The record holds the
root of the Merkle tree over the hashes of the encrypted pieces, so a taker proves each piece before keeping it, from
whomever it came and in whatever order.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from latticework.kernel.errors import InvalidAttachment
from latticework.kernel.ids import Kind

FILE: Final = Kind("attachment.file")
PIECE_BYTES: Final = 256 * 1024
"""Of the file in one piece; encrypted, it has :data:`SEAL_BYTES` more."""
SEAL_BYTES: Final = 16
HASH_BYTES: Final = 32
HASHES_A_PIECE: Final = 8_192
MAX_SIZE: Final = 1 << 40
_HEX = re.compile(r"[0-9a-f]{64}")
_UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

State = Literal["wanted", "fetching", "whole", "refused", "gone"]
"""Of a blob here: not asked for yet, on its way, whole, refused for what it is, or removed."""


class File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of an ``attachment.file/1`` record; label and topic of the record are those of the file.

    Parameters
    ----------
    name
        File name without a folder, 1 to 200 characters, none of them a control or direction mark.
    media_type
        As sniffed from the content by the author's node; a taker sniffs again.
    size
        Bytes of the file, up to 1 TiB.
    sha256
        Of the file, hex, for people to compare.
    root
        Merkle root (RFC 9162, section 2.1.1) over the encrypted pieces, hex: the blob's name.
    note
        What it is, in a few words; may be empty.
    source, status
        Provenance: in words, and ``V``, ``P``, ``invented`` or empty.
    """

    name: str
    media_type: str
    size: int
    sha256: str
    root: str
    note: str = ""
    source: str = ""
    status: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.strip()) <= 200 or _UNSAFE.search(self.name):
            raise InvalidAttachment("a file's name has 1 to 200 characters, no slash and no control character.")
        if not 0 < self.size <= MAX_SIZE or len(self.note) > 500 or len(self.media_type) > 120:
            raise InvalidAttachment("an attachment has 1 byte to 1 TiB, and a note of at most 500 characters.")
        if not _HEX.fullmatch(self.sha256) or not _HEX.fullmatch(self.root):
            raise InvalidAttachment("an attachment is named by hashes of 64 hexadecimal digits.")

    @property
    def pieces(self) -> int:
        """How many pieces the file is cut into."""
        return -(-self.size // PIECE_BYTES)

    @property
    def hash_pieces(self) -> int:
        """In how many pieces the list of hashes travels."""
        return -(-self.pieces // HASHES_A_PIECE)


class Blob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where this node stands with one blob; a row of the store.

    Parameters
    ----------
    size
        Of the file, bytes.
    state
        See :data:`State`.
    have
        Pieces that are here.
    key
        The content key; empty until it is known.
    private
        The private key that the content key is to be sealed to, while it is on its way; else empty.
    reason
        Why it was refused, in one sentence.
    media_type
        As sniffed here.
    at_ms
        When it came to this state.
    """

    size: int
    state: State
    have: int = 0
    key: bytes = b""
    private: bytes = b""
    reason: str = ""
    media_type: str = ""
    at_ms: int = 0


class AttachmentSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much a node takes.

    Parameters
    ----------
    own_bytes
        Of this member's own files together.
    partner_bytes
        Of files of each partner.
    fetch_bytes
        Files of partners up to this size are fetched as soon as their record is here; larger ones when an officer asks.
    """

    own_bytes: int = 50 << 30
    partner_bytes: int = 10 << 30
    fetch_bytes: int = 32 << 20


def size_words(size: int) -> str:
    """Write a size for people: ``3.4 MiB``."""
    number = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"
