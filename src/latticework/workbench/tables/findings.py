"""What is found in a file: where, what is wrong, and what to do; every one counted, a bounded number kept.

Each finding has a stable code. :data:`PROBLEMS` is the whole list; ``docs/workbench/tables.md`` prints it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple, NoReturn

import msgspec

from latticework.kernel.errors import InvalidTable, LatticeworkError, TableError, TableTooLarge

SHOWN: Final = 60
"""Characters of a value that a finding repeats."""


class Severity(Enum):
    """How much a finding matters."""

    ERROR = "error"
    """The row (or file) is not taken."""
    WARNING = "warning"
    """Taken; look whether it is what was meant."""
    NOTE = "note"
    """Taken; said so that nothing happens unseen."""


class Problem(NamedTuple):
    """One kind of finding: how much it matters, what is wrong, what to do; ``%(name)s`` stand for values."""

    severity: Severity
    what: str
    do: str


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE
PROBLEMS: Final[dict[str, Problem]] = {
    # the file: T-0x are raised, the others are findings
    "T-01": Problem(_E, "The file is %(format)s, not a table that can be read here.", "Save it as XLSX or CSV."),
    "T-02": Problem(_E, "The workbook is protected by a password.",
                    "Remove the password in the spreadsheet program and save it again."),
    "T-03": Problem(_E, "The file is damaged: %(where)s.", "Save it again, or fetch it again from its source."),
    "T-04": Problem(_E, "The file would unpack to more than %(bound)s.", "Split it into smaller files."),
    "T-05": Problem(_E, "The file holds a document type declaration or an entity, which no spreadsheet writes.",
                    "Save it again from a spreadsheet program; do not trust the sender's copy."),
    "T-06": Problem(_E, "The file has no row.", "Fill the template and save it."),
    "T-08": Problem(_N, "The workbook holds macros.", "Nothing: they are neither run nor kept."),
    "T-09": Problem(_W, "The file is called %(name)s, but it is %(format)s.", "Nothing: its content counts."),
    "T-10": Problem(_N, "The text was read as %(encoding)s: %(reason)s.", "If letters look wrong, name the encoding."),
    "T-11": Problem(_N, "Cells are separated by %(separator)s: %(reason)s.",
                    "If columns look wrong, name the separator."),
    # sheets and heads
    "T-20": Problem(_E, "The sheet %(name)s is missing.", "Add it; the template has it.%(hint)s"),
    "T-21": Problem(_N, "The sheet %(name)s is not described and was not read.", "Nothing.%(hint)s"),
    "T-22": Problem(_W, "The sheet is hidden, but it was read.", "Look whether it should be in the file."),
    "T-23": Problem(_E, "No row of headings was found in the first %(rows)s rows.",
                    "Write the headings of the template in one row: %(heads)s."),
    "T-24": Problem(_E, "The column %(name)s is missing.", "Add it; no row can be taken without it.%(hint)s"),
    "T-25": Problem(_N, "The column %(name)s is not described and was not read.", "Nothing.%(hint)s"),
    "T-26": Problem(_E, "Two columns have the heading %(name)s.", "Keep one of them."),
    "T-27": Problem(_E, "The heading says %(given)s; the column is in %(unit)s.",
                    "Convert the values and correct the heading."),
    "T-28": Problem(_W, "The cells %(range)s are merged; only the first of them has the value.",
                    "Unmerge them and fill each."),
    "T-29": Problem(_N, "Rows are hidden, from this one on; they were read.", "Look whether they should be in."),
    "T-30": Problem(_N, "A column is hidden; it was read.", "Look whether it should be in."),
    "T-31": Problem(_E, "The row has cells to the right of the headings.",
                    "Give them a heading, or put the value in quotes if it holds the separator."),
    "T-32": Problem(_E, "The rows end inside a quoted cell, or a cell is too long.",
                    "Close the quotation mark, or write it twice."),
    "T-33": Problem(_W, "The file has one sheet, called %(given)s; it was read as %(name)s.",
                    "Nothing, if that is what it is."),
    # cells
    "T-40": Problem(_E, "The cell is empty.", "Fill it: %(expected)s."),
    "T-41": Problem(_E, "This is not %(expected)s.", "Write it like %(example)s."),
    "T-42": Problem(_E, "This is outside the bounds.", "Give a value %(bounds)s."),
    "T-43": Problem(_E, "This is none of the choices.%(hint)s", "Choose one of: %(choices)s."),
    "T-44": Problem(_E, "This can be read as %(one)s or as %(other)s.", "%(how)s"),
    "T-45": Problem(_E, "The cell shows the error %(error)s.", "Correct the formula, or write the value."),
    "T-46": Problem(_E, "The formula has no value that was computed.",
                    "Open the file in a spreadsheet program, let it compute, and save it."),
    "T-47": Problem(_N, "The column holds formulas, from this row on; the values last computed were taken.",
                    "Nothing, if the file was computed before it was saved."),
    "T-48": Problem(_E, "The cell holds characters that cannot be seen or are damaged (%(which)s).",
                    "Type the value anew."),
    "T-49": Problem(_E, "The text has %(length)s characters.", "Shorten it to %(bound)s."),
    "T-50": Problem(_E, "The unit or currency does not fit the column.", "Write the value in %(unit)s."),
    "T-51": Problem(_E, "There is no such day in the calendar.", "Correct the date."),
    "T-52": Problem(_E, "29 February 1900 is no day; only the spreadsheet's own calendar has it.",
                    "Correct the date."),
    "T-53": Problem(_E, "The date lies outside its era.", "Write it as %(other)s, or as a year of the common era."),
    "T-54": Problem(_W, "The cell is a number without the format of a date; it was read as %(date)s.",
                    "Look whether that is the day that was meant."),
    "T-55": Problem(_W, "The time of day was left out.", "Nothing, if the day is enough."),
    "T-56": Problem(_E, "Dates in Japanese eras are not taken in this column.", "Write it like 2024-04-01."),
    "T-57": Problem(_N, "Numbers are stored as text, from this row on; they were read as numbers.", "Nothing."),
    "T-58": Problem(_N, "Numbers of this column have a decimal %(mark)s: %(reason)s.",
                    "If values look wrong, name the decimal mark."),
    "T-59": Problem(_N, "Dates of this column have the %(first)s first: %(reason)s.",
                    "If days look wrong, name the order."),
    # rows
    "T-60": Problem(_E, "Another row has the same %(columns)s: row %(other)s.", "Keep one of them, or correct one."),
    "T-61": Problem(_E, "The sheet %(sheet)s has no such row.%(hint)s", "Add it there, or correct the reference."),
    "T-62": Problem(_E, "It refers to row %(other)s of the sheet %(sheet)s, which has errors itself.",
                    "Correct that row first."),
    "T-63": Problem(_E, "%(what)s", "%(do)s"),
    "T-64": Problem(_E, "The room does not take the row: %(what)s", "%(do)s"),
}
NEAR: Final = " Did you mean %(near)s?"


def filled(values: Mapping[str, str], near: str = NEAR) -> dict[str, str]:
    """Return the values of a finding's sentences, with the hint at something similar where there is one."""
    return {**values, "hint": near % values if values.get("near") else ""}


_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffd]")


def shown(value: object) -> str:
    """Return a value as a finding repeats it: shortened, and nothing in it that cannot be seen."""
    text = str(value)
    cut = text[: SHOWN + 1]
    safe = _UNSEEN.sub(lambda m: f"\\u{ord(m[0]):04x}", cut[:SHOWN])
    return safe + "…" if len(text) > SHOWN else safe


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found.

    Parameters
    ----------
    code
        Key of :data:`PROBLEMS`.
    sheet, row, column
        Where: name of the sheet, number of the row as a spreadsheet shows it (0: none), heading of the column.
    letter
        The column as a spreadsheet letters it (``C``), or empty.
    value
        What stands there, shortened.
    values
        For the sentences.
    """

    code: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    letter: str = ""
    value: str = ""
    values: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return PROBLEMS[self.code].severity

    @property
    def what(self) -> str:
        """What is wrong, in English."""
        return PROBLEMS[self.code].what % filled(self.values)

    @property
    def do(self) -> str:
        """What to do, in English."""
        return PROBLEMS[self.code].do % filled(self.values)


class Findings:
    """All that was found, counted by code; the first of them kept.

    Parameters
    ----------
    errors, others
        How many errors, and how many warnings and notes, are kept.
    """

    def __init__(self, errors: int = 1_000, others: int = 200) -> None:
        self._room = {Severity.ERROR: errors, Severity.WARNING: others, Severity.NOTE: others}
        self._kept: list[Finding] = []
        self.counts: Counter[str] = Counter()

    def add(
        self, code: str, *, sheet: str = "", row: int = 0, column: str = "", letter: str = "", value: object = "",
        values: Mapping[str, str] | None = None,
    ) -> None:
        """Count a finding, and keep it while there is room."""
        self.counts[code] += 1
        severity = PROBLEMS[code].severity
        if self._room[severity] > 0:
            self._room[severity] -= 1
            self._kept.append(Finding(code=code, sheet=sheet, row=row, column=column, letter=letter,
                                      value="" if value is None else shown(value), values=dict(values or {})))

    @property
    def kept(self) -> tuple[Finding, ...]:
        """Those that were kept, errors first, then in the order of the file."""
        rank = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
        return tuple(sorted(self._kept, key=lambda f: rank[f.severity]))

    def count(self, severity: Severity) -> int:
        """Return how many were found, kept or not."""
        return sum(n for code, n in self.counts.items() if PROBLEMS[code].severity is severity)


def refuse(code: str, **values: str) -> NoReturn:
    """Raise what stands for a problem of a whole file."""
    raise refusal(code, **values)


def refusal(code: str, **values: str) -> TableError:
    """Return the error of a whole file's problem; its message is the problem's two sentences and its code."""
    problem = PROBLEMS[code]
    message = f"{problem.what % values} {problem.do % values} [{code}]"
    error = TableTooLarge(message) if code == "T-04" else InvalidTable(message)
    error.args = (message, code, values)
    return error


def finding_of(error: LatticeworkError) -> Finding | None:
    """Return the finding that an error of :func:`refusal` stands for, or None: it is another error."""
    if len(error.args) == 3 and error.args[1] in PROBLEMS:
        return Finding(code=error.args[1], values=dict(error.args[2]))
    return None
