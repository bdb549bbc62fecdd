"""What a file is by its first bytes and its parts, whatever it is called; and opening it as a source."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

import msgspec

from latticework.kernel.errors import InvalidFile
from latticework.workbench.tables.findings import refuse
from latticework.workbench.tables.source import Notice, Source

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", "a PDF"), (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed file (gzip)"), (b"7z\xbc\xaf\x27\x1c", "a compressed file (7z)"),
    (b"Rar!", "a compressed file (RAR)"), (b"MZ", "a program"), (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"), (b"{\\rtf", "a text document (RTF)"), (b"PAR1", "a Parquet file"),
)
_MARKUP: Final = ((b"<!doctype html", "a web page"), (b"<html", "a web page"), (b"<?xml", "an XML file"))
_OLE_HEAD: Final = 1 << 20


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How to read a file, where it is not to be found out.

    Parameters
    ----------
    encoding, separator
        Of CSV; empty: found out, and said with the reason.
    decimal
        ``point`` or ``comma``; empty: decided by each column's values.
    date_order
        ``day`` or ``month`` first, of dates such as 03/04/2024; empty: decided by each column's values.
    """

    encoding: str = ""
    separator: str = ""
    decimal: str = ""
    date_order: str = ""

    def __post_init__(self) -> None:
        from latticework.workbench.tables.encodings import known

        if self.encoding:
            known(self.encoding)
        if self.separator not in {"", ",", ";", "\t", "|"}:
            raise InvalidFile("a separator is one of , ; | or a tab.")
        if self.decimal not in {"", "point", "comma"} or self.date_order not in {"", "day", "month"}:
            raise InvalidFile("a decimal mark is point or comma, and a date begins with day or month.")


def open_source(path: Path, how: Reading, name: str = "") -> Source:
    """Open a file, or a folder of CSV files, by its content.

    Parameters
    ----------
    name
        What the file is called, where `path` is a temporary one.

    Raises
    ------
    InvalidTable, TableTooLarge
        When it is no table that can be read here.
    InvalidFile
        When it cannot be opened.
    """
    from latticework.workbench.tables.text import TextSource
    from latticework.workbench.tables.xlsx import XlsxSource

    called = name or path.name
    try:
        if path.is_dir():
            return TextSource(sorted(path.glob("*.csv")), how)
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise InvalidFile(f"{called} cannot be opened: {error.strerror}.") from None
    suffix = called.rpartition(".")[2].lower()
    if head.startswith(b"PK"):
        _refuse_other_zip(path)
        book = XlsxSource(path)
        if suffix not in {"xlsx", "xlsm", "xltx", "xltm"}:
            book.notices.append(Notice("T-09", {"name": called, "format": "an XLSX workbook"}))
        return book
    _refuse_other(head, path)
    text = TextSource([path], how, called)
    if suffix in {"xlsx", "xlsm", "xls", "xlsb", "ods"}:
        text.notices.append(Notice("T-09", {"name": called, "format": "text with separators (CSV)"}))
    return text


def _refuse_other(head: bytes, path: Path) -> None:
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        refuse("T-06")
    if head.startswith(_OLE):
        with path.open("rb") as file:
            start = file.read(_OLE_HEAD)
        if "EncryptedPackage".encode("utf-16-le") in start:
            refuse("T-02")
        refuse("T-01", format="an Excel 97-2003 workbook (XLS) or another old Office file")
    for magic, words in _MAGIC:
        if head.startswith(magic):
            refuse("T-01", format=words)
    front = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, words in _MARKUP:
        if front.startswith(magic):
            refuse("T-01", format=words)


def _refuse_other_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if any(i.flag_bits & 1 for i in archive.infolist()):
                refuse("T-02")
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                kind = archive.read("mimetype").decode("ascii", "replace")
                if "opendocument" in kind:
                    refuse("T-01", format="an OpenDocument file (ODS)")
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        refuse("T-03", where="its archive cannot be opened; the end may be cut off")
    if "xl/workbook.bin" in names:
        refuse("T-01", format="a binary workbook (XLSB)")
    if any(n.startswith("word/") for n in names):
        refuse("T-01", format="a text document (DOCX)")
    if "[Content_Types].xml" not in names:
        refuse("T-01", format="an archive (ZIP)")
