"""CSV files as a source: decoded and split as a stream, with the encoding and separator named or found out.

Source: RFC 4180 for quoting; what spreadsheet programs write beside it (other separators, marks, ``sep=``).
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from latticework.kernel.errors import InvalidFile
from latticework.workbench.tables import encodings
from latticework.workbench.tables.findings import refuse
from latticework.workbench.tables.sniff import Reading
from latticework.workbench.tables.source import MAX_CELLS, Cells, Notice, SourceSheet

SEPARATORS: Final = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}
RISKY: Final = frozenset("=+-@\t\r\n\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}"
                         "\N{FULLWIDTH COMMERCIAL AT}")
"""First characters that make a spreadsheet take a text of a CSV file for a formula (OWASP, «CSV Injection»)."""
_LINES: Final = 50
_MAX_LINE: Final = 1 << 20
"""Characters of one line; a longer one is no line of a table."""


class TextSheet:
    """One CSV file."""

    hidden = False
    date1904 = False

    def __init__(self, path: Path, name: str, how: Reading) -> None:
        self.name, self._path = name, path
        try:
            self._size = max(1, path.stat().st_size)
            with path.open("rb") as file:
                head = file.read(encodings.SAMPLE)
        except OSError as error:
            raise InvalidFile(f"{name} cannot be opened: {error.strerror}.") from None
        if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
            refuse("T-06")
        if how.encoding:
            codec = encodings.known(how.encoding)
            if codec == "utf-8" and head.startswith(codecs.BOM_UTF8):
                codec = "utf-8-sig"
            self.encoding = encodings.Found(codec, "it was named")
        else:
            self.encoding = encodings.find(head)
        start = head.decode(self.encoding.codec, "replace").lstrip("\ufeff")
        self.told, start = _told(start)
        self.separator, self.why = _separator(start, how.separator or self.told)
        self.point = self.separator == ","
        self._notices: list[Notice] = []
        self._at = 0

    def said(self) -> list[Notice]:
        """Return in which encoding and with which separator it is read, and why."""
        return [
            Notice("T-10", {"encoding": self.encoding.name, "reason": self.encoding.reason}, self.name),
            Notice("T-11", {"separator": SEPARATORS[self.separator], "reason": self.why}, self.name),
        ]

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """Yield each row that is not empty."""
        self._notices = []
        with self._path.open("rb") as raw:
            reader = csv.reader(self._lines(raw), delimiter=self.separator, strict=True)
            number = 0
            while True:
                number += 1
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    # A quote that is never closed takes the rest of the file with it; a stray one, its own row.
                    self._notices.append(Notice("T-32", {}, self.name, number))
                    continue
                if number == 1 and self.told and len(row) <= 2 and row[0].lower().startswith("sep="):
                    continue
                cells: Cells = {n: _bare(cell) for n, cell in enumerate(row[:MAX_CELLS]) if cell}
                if cells:
                    yield number, cells

    def _lines(self, raw: io.BufferedReader) -> Iterator[str]:
        # What is not valid becomes U+FFFD, which the check finds in its cell.
        text = io.TextIOWrapper(raw, encoding=self.encoding.codec, errors="replace", newline="")
        first = True
        count = 0
        while line := text.readline(_MAX_LINE):
            if first:
                line, first = line.lstrip("\ufeff"), False
            count += 1
            if count % 2_000 == 0:
                self._at = raw.tell()
            yield line
        self._at = self._size

    def notices(self) -> list[Notice]:
        """Return what was noticed."""
        return self._notices

    def share(self) -> float:
        """Return how much has been read."""
        return min(1.0, self._at / self._size)


class TextSource:
    """CSV files; several stand in one folder and are named like their sheets.

    Parameters
    ----------
    paths
        The files.
    how
        Encoding and separator, where they are named.
    called
        What one file is called, where its path is a temporary one.
    """

    format = "CSV"

    def __init__(self, paths: Sequence[Path], how: Reading, called: str = "") -> None:
        if not paths:
            refuse("T-06")
        self._sheets = [TextSheet(p, (called or p.name).rpartition(".")[0] or p.name, how) for p in paths]
        self.notices: list[Notice] = [notice for sheet in self._sheets for notice in sheet.said()]

    def sheets(self) -> list[SourceSheet]:
        """Return one sheet a file."""
        return list(self._sheets)

    def close(self) -> None:
        """Files are open only while they are read."""


def _bare(cell: str) -> str:
    """Return a cell without the apostrophe that an export put before it (see :mod:`export`)."""
    return cell[1:] if cell[0] == "'" and cell[1:2] in RISKY else cell


def _told(start: str) -> tuple[str, str]:
    """Return the separator that a first line ``sep=;`` names, and the rest."""
    line, _end, rest = start.partition("\n")
    word = line.strip("\r\" ")
    if word.lower().startswith("sep=") and word[4:5] in SEPARATORS:
        return word[4], rest
    return "", start


def _separator(start: str, named: str) -> tuple[str, str]:
    """Return the separator and why: the one that cuts the first rows into equally many cells, the most of them."""
    if named:
        return named, "it was named"
    best, shape = ",", (0.0, 0)
    for candidate in SEPARATORS:
        widths: list[int] = []
        try:
            for row in csv.reader(io.StringIO(start, newline=""), delimiter=candidate):
                if any(row):
                    widths.append(len(row))
                if len(widths) == _LINES:
                    break
        except csv.Error:
            pass
        if not widths or max(widths) < 2:
            continue
        common = max(set(widths), key=lambda w: (widths.count(w), w))
        found = (widths.count(common) / len(widths) if common > 1 else 0.0, common)
        if found > shape:
            best, shape = candidate, found
    if shape[1] < 2:
        return best, "there is one column alone"
    return best, f"it cuts {shape[0]:.0%} of the first rows into {shape[1]} cells each"
