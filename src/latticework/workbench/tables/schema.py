r"""How tables are described: a workbook of sheets, a sheet of columns, a column with its type, unit and bounds.

The same description checks what comes in, writes the template that people fill, and prints the page of columns::

    LAMPS = Sheet(name="Lamps", key=("id",), columns=(
        Column(name="id", type=Type.ID, aliases=("ID", "番号"), pattern=r"L-\d+", example="L-12"),
        Column(name="height_m", type=Type.NUMBER, title="Height", unit="m", low=0, high=400, example="42.5"),
    ))
    SCHEMA = Workbook(name="lighthouse.lamps", title="Lamps", sheets=(LAMPS,))
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final, NamedTuple, TypeAlias

import msgspec

from latticework.kernel.errors import InvalidSchema

MAX_COLUMNS: Final = 500
MAX_TEXT: Final = 32_767
"""Characters of a cell: what a spreadsheet itself can hold."""


class Type(Enum):
    """What a column holds, and as what a row gives it."""

    TEXT = "text"
    """``str``, surrounding space removed."""
    WHOLE = "whole"
    """``int``."""
    NUMBER = "number"
    """``float``."""
    MONEY = "money"
    """:class:`Money`."""
    DATE = "date"
    """``datetime.date``."""
    MONTH = "month"
    """``datetime.date``, its first day."""
    FISCAL_YEAR = "fiscal year"
    """``int``: the calendar year in which it begins."""
    YES_NO = "yes or no"
    """``bool``."""
    CHOICE = "choice"
    """``str``: the value of the :class:`Choice`."""
    TRIGRAPH = "trigraph"
    """``str``: ISO 3166-1 alpha-3 in capitals."""
    ID = "id"
    """``str``, normalized (NFKC), matching `pattern`."""
    REFERENCE = "reference"
    """``str``: the key of a row of another sheet."""
    DURATION = "duration"
    """``datetime.timedelta``."""


class Money(msgspec.Struct, frozen=True):
    """An amount in one currency.

    Parameters
    ----------
    amount
        In units of the currency, not in cents.
    currency
        ISO 4217 code.
    """

    amount: Decimal
    currency: str


Value: TypeAlias = str | int | float | bool | date | timedelta | Money | None
Values: TypeAlias = Mapping[str, Value]


class Choice(msgspec.Struct, frozen=True):
    """One value of a choice.

    Parameters
    ----------
    value
        What a row gives.
    words
        Further spellings that people write, in any language; the first is shown in Japanese templates.
    """

    value: str
    words: tuple[str, ...] = ()


class Complaint(NamedTuple):
    """What a rule of a row finds wrong: the column, what is wrong, and what to do, each one sentence."""

    column: str
    what: str
    do: str


Rule: TypeAlias = Callable[[Values], Complaint | None]
"""A rule over the values of one row that are each right by themselves."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column.

    Parameters
    ----------
    name
        Key in the rows (``height_m``).
    type
        See :class:`Type`.
    title
        Heading in English; empty: the name.
    title_ja
        Heading in Japanese; empty: the English one.
    aliases
        Further headings that are understood.
    required
        Whether a row must fill it.
    default
        What an empty cell means where it is not required.
    unit
        Of a number (``m``, ``%``), or of a duration that is written as a bare number: ``s``, ``min``, ``h``, ``d``.
    low, high
        Inclusive bounds of numbers, amounts and durations (in `unit`).
    first, last
        Inclusive bounds of dates and months.
    currencies
        ISO 4217 codes that amounts may have; with one, a bare number has it.
    scale
        What one written unit of an amount stands for (1,000,000 for a column in millions).
    fiscal_start
        Month in which a fiscal year begins; must be said, 1 to 12.
    eras
        Whether dates may be written in Japanese eras (``令和6年4月1日``).
    choices
        Of a choice.
    pattern
        Regular expression that a whole id or text matches.
    refers
        Sheet whose single key column a reference names.
    longest
        Characters of a text.
    description, description_ja, example
        For the template. The example must be right by this description: it is typed into the template.

    Raises
    ------
    InvalidSchema
        When they do not fit together.
    """

    name: str
    type: Type
    title: str = ""
    title_ja: str = ""
    aliases: tuple[str, ...] = ()
    required: bool = True
    default: Value = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    first: date | None = None
    last: date | None = None
    currencies: tuple[str, ...] = ()
    scale: int = 1
    fiscal_start: int = 0
    eras: bool = False
    choices: tuple[Choice, ...] = ()
    pattern: str = ""
    refers: str = ""
    longest: int = 2_000
    description: str = ""
    description_ja: str = ""
    example: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", self.name):
            raise InvalidSchema(f"{self.name[:40]!r} is not a column's name; use lowercase letters, digits and _.")
        where = f"the column {self.name}"
        if (self.type is Type.CHOICE) != bool(self.choices):
            raise InvalidSchema(f"{where}: a choice lists its choices, and nothing else does.")
        if (self.type is Type.MONEY) != bool(self.currencies):
            raise InvalidSchema(f"{where}: money names its currencies, and nothing else does.")
        if any(not re.fullmatch(r"[A-Z]{3}", c) for c in self.currencies) or self.scale < 1:
            raise InvalidSchema(f"{where}: currencies are ISO 4217 codes, and the scale is 1 or more.")
        if (self.type is Type.FISCAL_YEAR) != (1 <= self.fiscal_start <= 12):
            raise InvalidSchema(f"{where}: a fiscal year says in which month (1 to 12) it begins.")
        if (self.type is Type.REFERENCE) != bool(self.refers):
            raise InvalidSchema(f"{where}: a reference names the sheet that it refers to.")
        if self.type is Type.DURATION and self.unit not in {"", *SECONDS}:
            raise InvalidSchema(f"{where}: the unit of a duration is s, min, h or d.")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise InvalidSchema(f"{where}: the lower bound is above the upper one.")
        if self.first is not None and self.last is not None and self.first > self.last:
            raise InvalidSchema(f"{where}: the first date is after the last.")
        if not 1 <= self.longest <= MAX_TEXT:
            raise InvalidSchema(f"{where}: a text has 1 to {MAX_TEXT} characters at most.")
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise InvalidSchema(f"{where}: the pattern is no regular expression ({error}).") from None

    def heading(self, language: str = "en") -> str:
        """Return the heading in a language, with the unit."""
        words = (self.title_ja if language == "ja" else "") or self.title or self.name
        unit = self.unit or (self.currencies[0] if len(self.currencies) == 1 else "")
        if self.scale != 1:
            unit = f"{unit} {self.scale:,}".strip()
        return f"{words} ({unit})" if unit else words


SECONDS: Final[dict[str, int]] = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
"""Units of a duration."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One table.

    Parameters
    ----------
    name
        Title of its sheet, or the name of its CSV file.
    columns
        In the order of the template.
    key
        Columns that name a row together; unique.
    unique
        Further sets of columns that no two rows share; a row that leaves all of them empty does not count.
    rules
        Rules over whole rows.
    aliases
        Further names of the sheet, such as the Japanese one (the first is used in Japanese templates).
    required
        Whether a workbook must have it.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    rules: tuple[Rule, ...] = ()
    aliases: tuple[str, ...] = ()
    required: bool = True

    def __post_init__(self) -> None:
        for name in (self.name, *self.aliases):
            if not 1 <= len(name) <= 31 or re.search(r"[\[\]:*?/\\]", name):
                raise InvalidSchema(f"{name[:40]!r} is no name of a sheet; use at most 31 characters without []:*?/\\.")
        names = [c.name for c in self.columns]
        if not 1 <= len(names) <= MAX_COLUMNS or len(set(names)) != len(names):
            raise InvalidSchema(f"the sheet {self.name} has 1 to {MAX_COLUMNS} columns of different names.")
        for group in (self.key, *self.unique):
            if set(group) - set(names):
                raise InvalidSchema(f"the sheet {self.name}: a key names a column that is not there.")

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(c for c in self.columns if c.name == name)


class Workbook(msgspec.Struct, frozen=True, kw_only=True):
    """What one file, or one folder of CSV files, may hold.

    Parameters
    ----------
    name
        By which people ask for it (``lighthouse.lamps``).
    title, title_ja
        In words.
    sheets
        Its tables.
    """

    name: str
    title: str
    sheets: tuple[Sheet, ...]
    title_ja: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*", self.name) or not self.sheets:
            raise InvalidSchema(f"{self.name[:40]!r}: a schema has a dotted lowercase name and one sheet or more.")
        known = {s.name: s for s in self.sheets}
        if len(known) != len(self.sheets):
            raise InvalidSchema(f"{self.name}: two sheets have one name.")
        for sheet in self.sheets:
            for column in sheet.columns:
                if column.refers and (column.refers not in known or len(known[column.refers].key) != 1):
                    raise InvalidSchema(f"{self.name}: {sheet.name}.{column.name} must refer to a sheet whose key is "
                                        "one column.")

    def sheet(self, name: str) -> Sheet:
        """Return a sheet by its name."""
        return next(s for s in self.sheets if s.name == name)

    def order(self) -> tuple[Sheet, ...]:
        """Return the sheets so that each comes after those that it refers to; within a circle, as described."""
        done: list[Sheet] = []
        entered: set[str] = set()

        def visit(sheet: Sheet) -> None:
            if sheet.name in entered:
                return
            entered.add(sheet.name)
            for column in sheet.columns:
                if column.refers:
                    visit(self.sheet(column.refers))
            done.append(sheet)

        for sheet in self.sheets:
            visit(sheet)
        return tuple(done)
