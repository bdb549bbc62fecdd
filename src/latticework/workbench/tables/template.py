"""Templates out: an empty table to fill, in which each column says what it wants, in English or Japanese.

A template that is filled with its own examples reads without an error; a test holds every schema to that.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Final

from latticework.kernel.errors import InvalidSchema
from latticework.workbench.tables.dates import Wrong
from latticework.workbench.tables.export import Cells, open_book, plain, safe, set_marking
from latticework.workbench.tables.schema import Column, Money, Sheet, Type, Value, Workbook
from latticework.workbench.tables.values import Decided, Read, reader

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

_ROWS: Final = 10_000
"""Rows for which lists and bounds are offered."""
_LIST: Final = 255
"""Characters of a list that a cell itself may offer."""
COLUMNS_SHEET: Final = {"en": "Columns", "ja": "列の説明"}
_HEADS: Final = {
    "en": ("Sheet", "Column", "Type", "Unit", "Required", "Bounds", "Choices", "Example", "Description"),
    "ja": ("シート", "列", "種類", "単位", "必須", "範囲", "選択肢", "記入例", "説明"),
}
_TYPES_JA: Final[dict[Type, str]] = {
    Type.TEXT: "文字列", Type.WHOLE: "整数", Type.NUMBER: "数値", Type.MONEY: "金額", Type.DATE: "日付",
    Type.MONTH: "年月", Type.FISCAL_YEAR: "年度", Type.YES_NO: "はい・いいえ", Type.CHOICE: "選択",
    Type.TRIGRAPH: "国名コード（ISO 3166、3文字）", Type.ID: "識別番号", Type.REFERENCE: "他のシートの参照",
    Type.DURATION: "期間",
}
_WORDS: Final = {
    "en": {True: "yes", False: "no", "required": "Required.", "example": "Example", "refers": "key of"},
    "ja": {True: "はい", False: "いいえ", "required": "必須。", "example": "記入例", "refers": "参照先："},
}


def sheet_name(sheet: Sheet, language: str) -> str:
    """Return what a sheet of a template is called."""
    return sheet.aliases[0] if language == "ja" and sheet.aliases else sheet.name


def _word(column: Column, value: Value, language: str) -> Value:
    """Return a value as people of a language write it."""
    if isinstance(value, bool):
        return str(_WORDS[language][value])
    if column.type is Type.CHOICE and language == "ja":
        return next((c.words[0] for c in column.choices if c.value == value and c.words), value)
    if isinstance(value, Money):
        return float(value.amount / column.scale) if len(column.currencies) == 1 else (
            f"{value.amount / column.scale:f} {value.currency}")
    if column.type is Type.MONTH and value is not None:
        return str(value)[:7]
    return value


def example(column: Column, language: str) -> Value:
    """Return the example of a column as a cell of the template.

    Raises
    ------
    InvalidSchema
        When the example is not right by the column's own description.
    """
    if not column.example:
        return None
    try:
        value = reader(column, Decided(mark="point"), Read())(column.example)
    except Wrong as wrong:
        raise InvalidSchema(
            f"the example of the column {column.name} breaks its own description ({wrong.code}).") from None
    return _word(column, value, language)


def template(
    file: IO[bytes], schema: Workbook, *, language: str = "en", examples: bool = False, marking: str = "",
) -> None:
    """Write the XLSX template of a schema.

    Parameters
    ----------
    file
        Open for writing bytes.
    language
        ``en`` or ``ja``.
    examples
        Whether a first row holds the examples.
    marking
        For the head and foot of printed pages.
    """
    book = open_book(file, stream=False)
    cells = Cells(book)
    far: list[tuple[str, ...]] = []
    for sheet in schema.sheets:
        page = book.add_worksheet(sheet_name(sheet, language))
        page.freeze_panes(1, 0)
        page.set_comments_author("latticework")
        if marking:
            set_marking(page, marking)
        for place, column in enumerate(sheet.columns):
            heading = column.heading(language)
            page.write_string(0, place, heading + (" *" if column.required else ""), cells.head)
            if note := _note(column, language):
                page.write_comment(0, place, note, {"x_scale": 2, "y_scale": 1 + len(note) / 150})
            text = column.type in {Type.ID, Type.REFERENCE, Type.TEXT, Type.TRIGRAPH, Type.MONTH}
            shape = cells.date if column.type is Type.DATE else cells.text if text else None
            page.set_column(place, place, max(12, min(40, len(heading) * (2 if language == "ja" else 1) + 4)), shape)
            _validate(page, place, column, language, far)
            if examples:
                cells.put(page, 1, place, example(column, language))
    _columns(book.add_worksheet(COLUMNS_SHEET[language]), cells, schema, language, far)
    book.close()


def _note(column: Column, language: str) -> str:
    words = _WORDS[language]
    parts = [column.description_ja if language == "ja" and column.description_ja else column.description]
    parts += [str(words["required"]) if column.required else ""]
    parts += [f"{words['example']}: {column.example}" if column.example else ""]
    return "\n".join(p for p in parts if p)


def _choices(column: Column, language: str) -> tuple[str, ...]:
    if column.type is Type.YES_NO:
        return str(_WORDS[language][True]), str(_WORDS[language][False])
    return tuple(str(_word(column, c.value, language)) for c in column.choices)


def _validate(page: Worksheet, place: int, column: Column, language: str, far: list[tuple[str, ...]]) -> None:
    """Offer choices as a list and hold numbers within bounds, as far as a spreadsheet can."""
    options: dict[str, object] | None = None
    if choices := _choices(column, language):
        if len(",".join(choices)) <= _LIST and not any("," in c for c in choices):
            options = {"validate": "list", "source": list(choices)}
        else:
            letters = _letters(len(_HEADS["en"]) + 1 + len(far))
            far.append(choices)
            options = {"validate": "list",
                       "source": f"='{COLUMNS_SHEET[language]}'!${letters}$2:${letters}${len(choices) + 1}"}
    elif column.type in {Type.WHOLE, Type.NUMBER} and (column.low is not None or column.high is not None):
        kind = "integer" if column.type is Type.WHOLE else "decimal"
        if column.low is None:
            options = {"validate": kind, "criteria": "<=", "value": column.high}
        elif column.high is None:
            options = {"validate": kind, "criteria": ">=", "value": column.low}
        else:
            options = {"validate": kind, "criteria": "between", "minimum": column.low, "maximum": column.high}
    if options is not None:
        page.data_validation(1, place, _ROWS, place, {**options, "ignore_blank": True, "error_type": "warning"})


def _letters(place: int) -> str:
    from latticework.workbench.tables.source import letter

    return letter(place)


def bounds(column: Column) -> str:
    """Return the bounds of a column in signs alone."""
    low = column.first or column.low
    high = column.last or column.high
    show = [f"{v:,.15g}" if isinstance(v, float | int) else str(v) for v in (low, high) if v is not None]
    if len(show) == 2:
        return " … ".join(show)
    return f"≥ {show[0]}" if low is not None else f"≤ {show[0]}" if show else ""


def described(schema: Workbook, language: str) -> list[tuple[str, ...]]:
    """Return the description of every column: one row for each, under :data:`_HEADS`."""
    rows: list[tuple[str, ...]] = []
    for sheet in schema.sheets:
        for c in sheet.columns:
            kind = _TYPES_JA[c.type] if language == "ja" else c.type.value
            if c.refers:
                kind += f" ({_WORDS[language]['refers']} {sheet_name(schema.sheet(c.refers), language)})"
            rows.append((
                sheet_name(sheet, language), c.heading(language), kind, c.unit or " / ".join(c.currencies),
                str(_WORDS[language][c.required]), bounds(c), ", ".join(_choices(c, language)), c.example,
                c.description_ja if language == "ja" and c.description_ja else c.description))
    return rows


def heads(language: str) -> tuple[str, ...]:
    """Return the headings of :func:`described`."""
    return _HEADS[language]


def _columns(page: Worksheet, cells: Cells, schema: Workbook, language: str, far: Sequence[tuple[str, ...]]) -> None:
    page.freeze_panes(1, 0)
    for place, heading in enumerate(_HEADS[language]):
        page.write_string(0, place, heading, cells.head)
        page.set_column(place, place, (16, 24, 18, 10, 10, 18, 36, 18, 60)[place])
    for row, line in enumerate(described(schema, language), start=1):
        for place, words in enumerate(line):
            cells.put(page, row, place, words)
    for n, choices in enumerate(far):
        for row, word in enumerate(choices, start=1):
            cells.put(page, row, len(_HEADS[language]) + 1 + n, word)


def template_csv(sheet: Sheet, *, language: str = "en", examples: bool = False) -> bytes:
    """Return the CSV template of one sheet, in UTF-8 with its mark."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe(c.heading(language)) for c in sheet.columns])
    if examples:
        values = [example(c, language) for c in sheet.columns]
        writer.writerow([safe(v) if isinstance(v, str) else plain(v) for v in values])
    return text.getvalue().encode("utf-8-sig")
