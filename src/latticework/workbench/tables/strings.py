"""The shared strings of a workbook: in memory while they are few, in a temporary file when they are many."""

from __future__ import annotations

import mmap
import tempfile
from array import array
from typing import Final

IN_MEMORY: Final = 16 << 20
"""Bytes of text that are kept in memory."""


class Strings:
    """Texts by number; written once, then read in any order. A number costs eight bytes, the text lies in a file."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._ends = array("Q", [0])
        self._file = tempfile.SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115 - it lives as long as this does
        self._in_memory = in_memory
        self._known: list[str] | None = []
        self._map: mmap.mmap | None = None

    def __len__(self) -> int:
        return len(self._ends) - 1

    def add(self, text: str) -> None:
        """Append one text."""
        raw = text.encode("utf-8", "surrogatepass")
        self._file.write(raw)
        self._ends.append(self._ends[-1] + len(raw))
        if self._known is not None:
            self._known.append(text)
            if self._ends[-1] > self._in_memory or len(self._known) * 64 > self._in_memory:
                self._known = None

    def finish(self) -> None:
        """End the writing."""
        if self._known is None:
            self._file.rollover()
            self._file.flush()
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) if self._ends[-1] else None

    def get(self, index: str) -> str:
        """Return the text of a number as a cell writes it; a number that is not there is an empty text."""
        try:
            place = int(index)
            if self._known is not None:
                return self._known[place] if place >= 0 else ""
            if place < 0 or self._map is None:
                return ""
            return self._map[self._ends[place] : self._ends[place + 1]].decode("utf-8", "surrogatepass")
        except (ValueError, IndexError):
            return ""

    def close(self) -> None:
        """Remove the file."""
        if self._map is not None:
            self._map.close()
        self._file.close()
