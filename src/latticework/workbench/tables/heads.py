"""Finding the row of headings, and which column of the schema each heading stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final, NamedTuple

from latticework.workbench.tables.findings import Findings
from latticework.workbench.tables.schema import Sheet
from latticework.workbench.tables.source import Cells, letter
from latticework.workbench.tables.values import fold, written

ROWS: Final = 20
"""Headings stand within the first rows: above them may be a title, a marking, or an empty row."""
_BRACKET: Final = re.compile(r"^(.*?)\s*[(\[]\s*([^()\[\]]*?)\s*[)\]]\s*$")


class Head(NamedTuple):
    """The row of headings: its number, and for each column of the schema that is there, where it stands."""

    row: int
    places: dict[str, int]
    headings: dict[int, str]
    complete: bool


def names_of(sheet: Sheet) -> dict[str, str]:
    """Return every folded heading that is understood, and its column."""
    known: dict[str, str] = {}
    for column in sheet.columns:
        for words in (column.name, column.title, column.title_ja, *column.aliases, column.heading("en"),
                      column.heading("ja")):
            if words:
                known.setdefault(_key(words), column.name)
    return known


def _key(words: str) -> str:
    return fold(words).replace("_", " ").replace("*", "").strip()


def find_head(sheet: Sheet, first: Sequence[tuple[int, Cells]], findings: Findings, name: str) -> Head | None:
    """Find the headings among the first rows and say what is missing, unknown, or there twice.

    Parameters
    ----------
    first
        The first rows of the sheet.
    name
        Of the sheet in the file.
    """
    known = names_of(sheet)
    scored = [(sum(_matches(known, w) is not None for w in _words(cells).values()), -n, row, cells)
              for n, (row, cells) in enumerate(first[:ROWS])]
    best = max(scored, default=None, key=lambda s: s[:2])
    if best is None or best[0] == 0:
        heads = ", ".join(c.heading() for c in sheet.columns[:8]) + (", …" if len(sheet.columns) > 8 else "")
        findings.add("T-23", sheet=name, values={"rows": str(ROWS), "heads": heads})
        return None
    _score, _order, row, cells = best
    words = _words(cells)
    places: dict[str, int] = {}
    unknown: dict[int, str] = {}
    complete = True
    for place, heading in words.items():
        column = _matches(known, heading)
        if column is None:
            unknown[place] = heading
        elif column in places:
            findings.add("T-26", sheet=name, row=row, column=heading, letter=letter(place), values={"name": heading})
            complete = False
        elif (wrong := _unit(heading, sheet.column(column).unit)) is not None:
            findings.add("T-27", sheet=name, row=row, column=heading, letter=letter(place),
                         values={"given": wrong, "unit": sheet.column(column).unit})
            places[column] = place
            complete = False
        else:
            places[column] = place
    _missing(sheet, known, places, unknown, findings, name, row)
    complete = complete and all(c.name in places for c in sheet.columns if c.required)
    return Head(row, places, words, complete)


def _missing(
    sheet: Sheet, known: Mapping[str, str], places: Mapping[str, int], unknown: Mapping[int, str], findings: Findings,
    name: str, row: int,
) -> None:
    folded = {_key(h): h for h in unknown.values()}
    for column in sheet.columns:
        if column.required and column.name not in places:
            mine = [key for key, c in known.items() if c == column.name]
            near = next((folded[n[0]] for key in mine if (n := get_close_matches(key, folded, n=1, cutoff=0.75))), "")
            findings.add("T-24", sheet=name, row=row, column=column.heading(),
                         values={"name": column.heading(), "near": near})
    for place, heading in unknown.items():
        close = get_close_matches(_key(heading), known, n=1, cutoff=0.75)
        near = sheet.column(known[close[0]]).heading() if close and known[close[0]] not in places else ""
        findings.add("T-25", sheet=name, row=row, column=heading, letter=letter(place),
                     values={"name": heading, "near": near})


def _words(cells: Cells) -> dict[int, str]:
    found = {place: " ".join(written(raw).split())[:120] for place, raw in cells.items() if raw is not None}
    return {place: words for place, words in found.items() if words}


def _matches(known: Mapping[str, str], heading: str) -> str | None:
    key = _key(heading)
    if key in known:
        return known[key]
    bracket = _BRACKET.match(key)
    return known.get(bracket[1].strip()) if bracket else None


def _unit(heading: str, unit: str) -> str | None:
    """Return the unit that a heading names when it is another than the column's."""
    bracket = _BRACKET.match(fold(heading))
    if bracket is None or not unit or fold(unit) == bracket[2]:
        return None
    return bracket[2] if re.fullmatch(r"[a-zµμ°%/²³0-9 ]{1,12}", bracket[2]) else None
