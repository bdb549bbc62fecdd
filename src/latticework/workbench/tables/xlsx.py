"""XLSX workbooks as a source: read as a stream by the standard library's Expat, within bounds that a file cannot move.

Memory is one piece of XML and one row of cells, plus the shared strings, which go to a temporary file when they are
many. Nothing is computed and no address outside the file is followed. Source: ECMA-376 part 1 (5th edition, 2016),
sections 18.2 (workbooks), 18.3 (worksheets), 18.4 (shared strings), 18.8 (styles), 18.17.4 (dates).
"""

from __future__ import annotations

import contextlib
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final
from xml.parsers import expat

from latticework.workbench.tables.findings import refuse
from latticework.workbench.tables.formats import Shown, shown_as
from latticework.workbench.tables.schema import MAX_TEXT
from latticework.workbench.tables.source import (
    MAX_CELLS,
    NO_VALUE,
    Cells,
    Elapsed,
    ErrorCell,
    Notice,
    Percent,
    RawCell,
    Serial,
    SourceSheet,
    number,
)
from latticework.workbench.tables.strings import Strings

PIECE: Final = 1 << 16
MAX_UNPACKED: Final = 4 << 30
"""Bytes that all parts of one file may unpack to."""
MAX_RATIO: Final = 400
"""A part larger than :data:`FREE` may unpack to this many times its size; real sheets stay below 100."""
FREE: Final = 32 << 20
MAX_PARTS: Final = 10_000
_ENDLESS: Final = 4 << 20
"""Bytes of one tag or comment; more is made to fill memory."""
_DIGITS: Final = "0123456789"
_KIND: Final[dict[Shown, type[float]]] = {Shown.DATE: Serial, Shown.ELAPSED: Elapsed, Shown.PERCENT: Percent}

Start = Callable[[str, dict[str, str]], None]


class Archive:
    """The parts of a workbook, unpacked within bounds."""

    def __init__(self, path: Path, bound: int = MAX_UNPACKED) -> None:
        self._bound, self._zip = bound, zipfile.ZipFile(path)
        parts = self._zip.infolist()
        self.names = {p.filename for p in parts}
        if len(parts) > MAX_PARTS or sum(p.file_size for p in parts) > bound:
            refuse("T-04", bound=f"{bound >> 20:,} MiB")

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a part piece by piece."""
        part = self._zip.getinfo(name)
        limit = max(FREE, min(self._bound, part.compress_size * MAX_RATIO))
        got = 0
        try:
            with self._zip.open(part) as file:
                while piece := _read(file):
                    got += len(piece)
                    if got > limit:
                        refuse("T-04", bound=f"{limit >> 20:,} MiB")
                    yield piece
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError):
            refuse("T-03", where=f"{name} cannot be unpacked")

    def size(self, name: str) -> int:
        """Return how many bytes a part says that it has."""
        return self._zip.getinfo(name).file_size

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()


def _read(file: IO[bytes]) -> bytes:
    import zlib

    try:
        return file.read(PIECE)
    except zlib.error:
        raise EOFError from None


def parse(
    pieces: Iterator[bytes], name: str, start: Start, end: Callable[[str], None] = lambda tag: None,
    text: Callable[[str], None] | None = None,
) -> Iterator[int]:
    """Run Expat over a part; yield the bytes passed after each piece. Tags come without their prefix."""
    parser = expat.ParserCreate()
    parser.buffer_text, parser.buffer_size = True, PIECE

    def on_first(tag: str, attributes: dict[str, str]) -> None:
        if ":" not in tag:  # the usual case: no prefixes, so nothing stands between Expat and the reader
            parser.StartElementHandler, parser.EndElementHandler = start, end
        else:
            parser.StartElementHandler, parser.EndElementHandler = on_start, on_end
        on_start(tag, attributes)

    def on_start(tag: str, attributes: dict[str, str]) -> None:
        start(tag if ":" not in tag else tag.rpartition(":")[2], attributes)

    def on_end(tag: str) -> None:
        end(tag if ":" not in tag else tag.rpartition(":")[2])

    def no_doctype(*_told: object) -> None:
        refuse("T-05")

    parser.StartElementHandler = on_first
    parser.StartDoctypeDeclHandler = no_doctype
    parser.EntityDeclHandler = no_doctype
    if text is not None:
        parser.CharacterDataHandler = text
    passed = 0
    try:
        for piece in pieces:
            parser.Parse(piece)
            passed += len(piece)
            if passed - parser.CurrentByteIndex > _ENDLESS:  # Expat waits for the end of one tag or comment
                refuse("T-03", where=f"{name} holds a text or name without end")
            yield passed
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        refuse("T-03", where=f"{name} is not well-formed XML (line {error.lineno})")


def drain(steps: Iterator[int]) -> None:
    """Run a parse to its end."""
    for _ in steps:
        pass


class XlsxSheet:
    """One worksheet."""

    point = True

    def __init__(self, book: XlsxSource, name: str, part: str, *, hidden: bool) -> None:
        self.name, self.hidden, self.date1904 = name, hidden, book.date1904
        self._book, self._part = book, part
        self._notices: list[Notice] = []
        self._passed = 0

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """Yield each row that has a cell with something in it."""
        self._notices, self._passed = [], 0
        reader = _Rows(self._book.strings(), self._book.styles)
        archive = self._book.archive
        last = 0
        for passed in parse(archive.pieces(self._part), self._part, reader.start, reader.end, reader.text):
            self._passed = passed
            for row, cells in reader.take():
                # Numbers of rows only rise; a file that says otherwise does not get to say so.
                last = row if last < row < 1 << 31 else last + 1
                if cells:
                    yield last, cells
        for row, cells in reader.take():
            last = row if row > last else last + 1
            if cells:
                yield last, cells
        self._notices = reader.notices(self.name)

    def notices(self) -> list[Notice]:
        """Return what was noticed: formulas, hidden rows and columns, merged cells."""
        return self._notices

    def share(self) -> float:
        """Return how much has been read."""
        return min(1.0, self._passed / max(1, self._book.archive.size(self._part)))


class _Rows:
    """Handlers that collect rows; the hot path of the reader, so its state stands in plain attributes."""

    def __init__(self, strings: Strings, styles: list[Shown]) -> None:
        self._strings, self._styles = strings, [_KIND.get(s) for s in styles]
        self._columns: dict[str, int] = {}
        self._done: list[tuple[int, Cells]] = []
        self._cells: Cells = {}
        self._row, self._column = 0, -1
        self._type, self._style = "n", ""
        self._text: list[str] = []
        self._length = 0
        self._collect = self._formula = self._phonetic = False
        self._formulas: dict[int, int] = {}
        self._hidden_row = 0
        self._hidden_columns: list[int] = []
        self._merged: list[str] = []
        self._merges = 0

    def take(self) -> list[tuple[int, Cells]]:
        done, self._done = self._done, []
        return done

    def start(self, tag: str, a: dict[str, str]) -> None:
        if tag == "c":
            ref = a.get("r")
            if ref is None:
                self._column += 1
            else:
                letters = ref.rstrip(_DIGITS)
                column = self._columns.get(letters)
                if column is None:
                    column = number(letters)
                    if len(self._columns) <= MAX_CELLS:
                        self._columns[letters] = column
                self._column = column
            self._type, self._style = a.get("t", "n"), a.get("s", "")
            self._formula = False
            self._text.clear()
            self._length = 0
        elif tag in {"v", "t"}:
            self._collect = not self._phonetic
        elif tag == "row":
            said = a.get("r", "")
            self._row = int(said) if said.isdecimal() and len(said) < 10 else self._row + 1
            self._cells, self._column = {}, -1
            if a.get("hidden") in {"1", "true"} and not self._hidden_row:
                self._hidden_row = self._row
        elif tag == "f":
            self._formula = True
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "mergeCell":
            self._merges += 1
            if self._merges <= 50:
                self._merged.append(a.get("ref", ""))
        elif tag == "col" and a.get("hidden") in {"1", "true"} and len(self._hidden_columns) < 50:
            first = a.get("min", "1")
            self._hidden_columns.append(int(first) - 1 if first.isdecimal() and len(first) < 6 else 0)

    def text(self, piece: str) -> None:
        if self._collect and self._length <= MAX_TEXT:
            self._length += len(piece)
            self._text.append(piece)

    def end(self, tag: str) -> None:
        if tag in {"v", "t"}:
            self._collect = False
        elif tag == "c":
            if (self._text or self._formula) and 0 <= self._column < MAX_CELLS:
                self._cells[self._column] = self._value("".join(self._text))
                if self._formula:
                    self._formulas.setdefault(self._column, self._row)
                self._text.clear()
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "row":
            self._done.append((self._row, self._cells))
            self._cells = {}

    def _value(self, text: str) -> RawCell:
        kind = self._type
        if kind == "s":
            return self._strings.get(text)
        if kind == "n":
            if not text:
                return NO_VALUE if self._formula else None
            try:
                value = float(text)
            except ValueError:
                return text
            style = self._style
            shown = self._styles[int(style)] if style.isdecimal() and int(style) < len(self._styles) else None
            return value if shown is None else shown(value)
        if kind == "b":
            return text.strip() in {"1", "true"}
        if kind == "e":
            return ErrorCell(text)
        return unescaped(text)

    def notices(self, sheet: str) -> list[Notice]:
        found = [Notice("T-47", {}, sheet, row, column) for column, row in self._formulas.items()]
        if self._hidden_row:
            found.append(Notice("T-29", {}, sheet, self._hidden_row))
        found += [Notice("T-30", {}, sheet, 0, column) for column in self._hidden_columns]
        found += [Notice("T-28", {"range": ref[:20]}, sheet, _row_of(ref)) for ref in self._merged]
        return found


_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """Return a text with its escapes (``_x000D_``) resolved: ECMA-376 part 1, 22.9.2.19."""
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


def _row_of(ref: str) -> int:
    digits = ref.partition(":")[0].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ$")
    return int(digits) if digits.isdecimal() and len(digits) < 9 else 0


class XlsxSource:
    """A workbook.

    Raises
    ------
    InvalidTable, TableTooLarge
        When it is damaged, hostile or too large.
    """

    format = "XLSX"

    def __init__(self, path: Path, bound: int = MAX_UNPACKED) -> None:
        try:
            self.archive = Archive(path, bound)
        except (zipfile.BadZipFile, OSError, ValueError):
            refuse("T-03", where="its archive cannot be opened; the end may be cut off")
        self.notices: list[Notice] = []
        self.date1904 = False
        self._strings: Strings | None = None
        self._sheets: list[SourceSheet] = []
        try:
            self._open()
        except BaseException:
            self.archive.close()
            raise

    def _open(self) -> None:
        if any(n.lower().endswith("vbaproject.bin") for n in self.archive.names):
            self.notices.append(Notice("T-08", {}))
        root = self._targets("_rels/.rels", "")
        book = next((t for _id, kind, t in root if kind == "officeDocument"), "xl/workbook.xml")
        if book not in self.archive.names:
            refuse("T-03", where="it has no workbook part")
        folder, name = posixpath.split(book)
        targets = self._targets(f"{folder}/_rels/{name}.rels", folder)
        self._shared = next((t for _i, k, t in targets if k == "sharedStrings" and t in self.archive.names), "")
        styles = next((t for _i, k, t in targets if k == "styles" and t in self.archive.names), "")
        self.styles = self._read_styles(styles) if styles else []
        sheets: list[tuple[str, str, str]] = []

        def start(tag: str, a: dict[str, str]) -> None:
            if tag == "workbookPr":
                self.date1904 = a.get("date1904") in {"1", "true", "on"}
            elif tag == "sheet" and len(sheets) < 1_000:
                rid = next((v for k, v in a.items() if k.rpartition(":")[2] == "id" and ":" in k), "")
                sheets.append((a.get("name", "")[:255], rid, a.get("state", "visible")))

        drain(parse(self.archive.pieces(book), book, start))
        parts = {i: (k, t) for i, k, t in targets}
        for title, rid, state in sheets:
            kind, part = parts.get(rid, ("", ""))
            if kind == "worksheet" and part in self.archive.names:
                self._sheets.append(XlsxSheet(self, title, part, hidden=state != "visible"))
        if not self._sheets:
            refuse("T-03", where="it names no worksheet that is there")

    def sheets(self) -> list[SourceSheet]:
        """Return the worksheets."""
        return list(self._sheets)

    def strings(self) -> Strings:
        """Return the shared strings, read when first asked for."""
        if self._strings is None:
            self._strings = Strings()
            if self._shared:
                self._read_strings(self._strings)
        return self._strings

    def close(self) -> None:
        """Let go of the file and of the shared strings."""
        with contextlib.suppress(OSError):
            self.archive.close()
        if self._strings is not None:
            self._strings.close()

    def _targets(self, part: str, folder: str) -> list[tuple[str, str, str]]:
        """Return id, kind and part of each inner relationship; external ones are left alone."""
        found: list[tuple[str, str, str]] = []

        def start(tag: str, a: dict[str, str]) -> None:
            if tag == "Relationship" and a.get("TargetMode") != "External" and len(found) < MAX_PARTS:
                target = a.get("Target", "")
                path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
                found.append((a.get("Id", ""), a.get("Type", "").rpartition("/")[2], path.lstrip("/")))

        if part in self.archive.names:
            drain(parse(self.archive.pieces(part), part, start))
        return found

    def _read_styles(self, part: str) -> list[Shown]:
        codes: dict[str, str] = {}
        found: list[Shown] = []
        inside = False

        def start(tag: str, a: dict[str, str]) -> None:
            nonlocal inside
            if tag == "numFmt" and len(codes) < MAX_PARTS:
                codes[a.get("numFmtId", "")] = a.get("formatCode", "")[:1_000]
            elif tag == "cellXfs":
                inside = True
            elif tag == "xf" and inside and len(found) < 1 << 16:
                code = a.get("numFmtId", "0")
                found.append(shown_as(int(code) if code.isdecimal() and len(code) < 9 else 0, codes.get(code)))

        def end(tag: str) -> None:
            nonlocal inside
            if tag == "cellXfs":
                inside = False

        drain(parse(self.archive.pieces(part), part, start, end))
        return found

    def _read_strings(self, strings: Strings) -> None:
        words: list[str] = []
        length = 0
        phonetic = collect = False

        def start(tag: str, _a: dict[str, str]) -> None:
            nonlocal phonetic, collect, length
            if tag == "t":
                collect = not phonetic
            elif tag == "rPh":  # how it is pronounced (furigana), not what it says
                phonetic = True
            elif tag == "si":
                words.clear()
                length = 0

        def text(piece: str) -> None:
            nonlocal length
            if collect and length <= MAX_TEXT:
                length += len(piece)
                words.append(piece)

        def end(tag: str) -> None:
            nonlocal phonetic, collect
            if tag == "t":
                collect = False
            elif tag == "rPh":
                phonetic = False
            elif tag == "si":
                strings.add(unescaped("".join(words)))

        drain(parse(self.archive.pieces(self._shared), self._shared, start, end, text))
        strings.finish()


