"""Rows out, as CSV or XLSX that no spreadsheet program can be made to compute.

What comes in here has passed the gate already; this module decides nothing about who sees what. A text that a
spreadsheet would take for a formula stays a text: in CSV an apostrophe goes before it and it is quoted, in XLSX it is
stored as text with the mark of one. Source: OWASP, «CSV Injection»,
https://owasp.org/www-community/attacks/CSV_Injection.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import IO, TYPE_CHECKING, Final, Literal

from latticework.workbench.tables.schema import MAX_TEXT, Money, Value
from latticework.workbench.tables.text import RISKY

if TYPE_CHECKING:
    from xlsxwriter import Workbook as Book
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Kind = Literal["csv", "xlsx"]
MAX_ROWS: Final = 1_048_576
"""Rows of one worksheet; more go on in a further one."""
_BROKEN: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")


def safe(text: str) -> str:
    """Return a text as a CSV cell that no spreadsheet program computes."""
    text = _BROKEN.sub("\ufffd", text).replace("\x00", "\ufffd")
    return "'" + text if text[:1] in RISKY else text


def plain(value: Value) -> str:
    """Return a value as text: dates and durations in ISO 8601, an amount with its currency after it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.15g}" if float(f"{value:.15g}") == value else repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    return str(value)


def duration(value: timedelta) -> str:
    """Return a duration in ISO 8601 (``P1DT2H``)."""
    day, rest = divmod(value.total_seconds(), 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    clock = "".join(f"{n:.9g}{u}" for n, u in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    return f"P{day:.0f}D" * bool(day) + ("P" * (not day)) + (f"T{clock}" if clock else "") if day or clock else "PT0S"


def export(
    file: IO[bytes], columns: Sequence[str], rows: Iterable[Sequence[Value]], kind: Kind, *, marking: str = "",
    title: str = "Rows",
) -> int:
    """Write rows and return how many.

    Parameters
    ----------
    file
        Open for writing bytes.
    columns
        Headings.
    rows
        Values, already gated, one sequence a row; they are written as they come.
    marking
        The marking of the whole (the join of all labels); it stands in the first line and, in XLSX, in the head and
        foot of every printed sheet. Empty only where nothing is labeled.
    title
        Name of the worksheet.
    """
    return _csv(file, columns, rows, marking) if kind == "csv" else _xlsx(file, columns, rows, marking, title)


def _csv(file: IO[bytes], columns: Sequence[str], rows: Iterable[Sequence[Value]], marking: str) -> int:
    # With the mark of UTF-8 in front, without which spreadsheet programs read Japanese as Western letters.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    count = 0
    try:
        if marking:
            writer.writerow([safe(marking)])
        writer.writerow([safe(c) for c in columns])
        for row in rows:
            writer.writerow([safe(v) if isinstance(v, str) else plain(v) for v in row])
            count += 1
    finally:
        text.detach()
    return count


def open_book(file: IO[bytes], *, stream: bool = True) -> Book:
    """Return a workbook to write in which no text becomes a formula or a link."""
    import xlsxwriter

    return xlsxwriter.Workbook(file, {
        "constant_memory": stream, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd"})


class Cells:
    """Writes values into the cells of a workbook, each as what it is."""

    def __init__(self, book: Book) -> None:
        self.head: Format = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.marking: Format = book.add_format({"bold": True})
        self.date: Format = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.elapsed: Format = book.add_format({"num_format": "[h]:mm:ss"})
        self.text: Format = book.add_format({"num_format": "@"})
        self._quoted: Format = book.add_format({"quote_prefix": True})

    def put(self, sheet: Worksheet, row: int, column: int, value: Value) -> None:
        """Write one cell."""
        if value is None:
            return
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, int | float) and abs(value) < 1e15:
            sheet.write_number(row, column, value)
        elif isinstance(value, date) and value.year >= 1900:
            sheet.write_datetime(row, column, value, self.date)
        elif isinstance(value, timedelta):
            sheet.write_number(row, column, value.total_seconds() / 86_400, self.elapsed)
        else:
            text = _BROKEN.sub("\ufffd", plain(value))[:MAX_TEXT]
            sheet.write_string(row, column, text, self._quoted if text[:1] in RISKY else None)


def set_marking(sheet: Worksheet, marking: str) -> None:
    """Put a marking into the head and foot of every printed page of a sheet."""
    line = "&C&B" + marking.replace("&", "&&")[:240]
    sheet.set_header(line)
    sheet.set_footer(line)


def _xlsx(file: IO[bytes], columns: Sequence[str], rows: Iterable[Sequence[Value]], marking: str, title: str) -> int:
    book = open_book(file)
    cells = Cells(book)
    name = re.sub(r"[\[\]:*?/\\']", " ", title)[:25].strip() or "Rows"
    count, part, at = 0, 0, MAX_ROWS
    sheet: Worksheet | None = None
    for row in rows:
        if sheet is None or at >= MAX_ROWS:
            part += 1
            sheet, at = _begin(book, cells, f"{name} {part}" if part > 1 else name, columns, marking)
        for column, value in enumerate(row):
            cells.put(sheet, at, column, value)
        at += 1
        count += 1
    if sheet is None:
        _begin(book, cells, name, columns, marking)
    book.close()
    return count


def _begin(book: Book, cells: Cells, name: str, columns: Sequence[str], marking: str) -> tuple[Worksheet, int]:
    sheet = book.add_worksheet(name)
    at = 0
    sheet.set_column(0, max(0, len(columns) - 1), 18)
    if marking:
        sheet.write_string(0, 0, marking, cells.marking)
        set_marking(sheet, marking)
        at = 1
    sheet.freeze_panes(at + 1, 0)
    for column, heading in enumerate(columns):
        sheet.write_string(at, column, heading, cells.head)
    return sheet, at + 1
