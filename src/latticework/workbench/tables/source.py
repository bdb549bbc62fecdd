"""What a reader of files gives: sheets of rows of raw cells, each cell as the file has it.

Readers know formats and nothing of schemas; :mod:`check` knows schemas and nothing of formats.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol, TypeAlias

import msgspec

MAX_CELLS: Final = 16_384
"""Columns of a spreadsheet; what stands farther right is no cell."""


class Serial(float):
    """A number that its format shows as a date: days in the date system of the file."""


class Elapsed(float):
    """A number that its format shows as a time or duration: days."""


class Percent(float):
    """A number that its format shows as a percentage: 0.5 is shown as 50 %."""


class ErrorCell(str):
    """A formula's error, such as ``#N/A``."""

    __slots__ = ()


class NoValue:
    """A formula whose value was never computed."""

    def __str__(self) -> str:
        return ""


NO_VALUE: Final = NoValue()
RawCell: TypeAlias = str | float | bool | NoValue | None
Cells: TypeAlias = dict[int, RawCell]
"""Cells of a row by column, the first being 0; empty cells are left out."""


class Notice(msgspec.Struct, frozen=True):
    """What a reader has to say of its file: a code of ``PROBLEMS`` and the values of its sentences."""

    code: str
    values: dict[str, str]
    sheet: str = ""
    row: int = 0
    column: int = -1


class SourceSheet(Protocol):
    """One sheet of a file. Reading it again begins anew.

    `date1904` is the date system of its serial numbers. `point` says that a text such as 1.234 has a decimal point,
    because nothing about the file speaks for a decimal comma.
    """

    name: str
    hidden: bool
    date1904: bool
    point: bool

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """Yield the number of each row that is not empty, and its cells."""

    def notices(self) -> list[Notice]:
        """Return what was noticed by the last reading of the rows."""

    def share(self) -> float:
        """Return how much of the sheet the reading has passed, 0 to 1."""


class Source(Protocol):
    """One file, or one folder of CSV files."""

    format: str
    notices: list[Notice]

    def sheets(self) -> list[SourceSheet]:
        """Return the sheets in the order of the file."""

    def close(self) -> None:
        """Let go of the file."""


def letter(column: int) -> str:
    """Return the letters of a column, the first (0) being ``A``."""
    found = ""
    column += 1
    while column > 0:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def number(letters: str) -> int:
    """Return the column of letters, ``A`` being 0; -1 when they are none."""
    found = 0
    for char in letters:
        if not "A" <= char <= "Z" or found > MAX_CELLS:
            return -1
        found = found * 26 + ord(char) - 64
    return found - 1
