"""Findings in a table, in the language in use: how much each matters, what is wrong, what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from latticework.kernel.errors import LatticeworkError
from latticework.shell.language import N_, _, language
from latticework.shell.sentences import say
from latticework.workbench.tables.findings import PROBLEMS, Finding, Severity

SEVERITIES: Final[dict[Severity, str]] = {
    Severity.ERROR: N_("error"), Severity.WARNING: N_("look"), Severity.NOTE: N_("note"),
}
NEAR_WORDS: Final = N_(" Did you mean %(near)s?")
PHRASES: Final[tuple[str, ...]] = (
    # what a cell should hold
    N_("a text"), N_("a whole number"), N_("a number"), N_("an amount of money"), N_("a date"), N_("a month"),
    N_("a fiscal year"), N_("yes or no"), N_("one of the choices"), N_("an ISO 3166 trigraph"),
    N_("an id of the right form"), N_("the key of a row of another sheet"), N_("a duration"),
    # what a file is
    N_("a PDF"), N_("a picture"), N_("a compressed file (%(kind)s)"), N_("a program"), N_("a database"),
    N_("a text document (%(kind)s)"), N_("a Parquet file"), N_("a web page"), N_("an XML file"),
    N_("an Excel 97-2003 workbook (XLS) or another old Office file"), N_("an OpenDocument file (ODS)"),
    N_("a binary workbook (XLSB)"), N_("an archive (ZIP)"), N_("no text"), N_("an XLSX workbook"),
    N_("text with separators (CSV)"),
    N_("its archive cannot be opened; the end may be cut off"), N_("%(part)s cannot be unpacked"),
    N_("%(part)s is not well-formed XML (line %(line)s)"), N_("%(part)s holds a text or name without end"),
    N_("it has no workbook part"), N_("it names no worksheet that is there"),
    # why it was read so
    N_("its first bytes are the mark of this encoding"), N_("read so, its bytes of zero belong to letters, and its "
                                                            "lines end"),
    N_("it holds the escape sequences of this encoding"), N_("it holds ASCII alone"),
    N_("all of its bytes are valid in it"), N_("it is neither UTF-8 nor an East Asian encoding"),
    N_("it is valid in no other encoding"),
    N_("it is not UTF-8, and read so its letters are the usual ones of its language"), N_("it was named"),
    N_("there is one column alone"), N_("it cuts %(share)s of the first rows into %(count)s cells each"),
    N_("as in %(value)s"), N_("a comma"), N_("a semicolon"), N_("a tab"), N_("a vertical bar"), N_("point"),
    N_("comma"), N_("day"), N_("month"),
    N_("Say whether the decimal mark is a point or a comma, or write it without groups of thousands."),
    N_("Write it like 2024-04-01, or say whether the day or the month comes first."),
    N_("below 1,000 years"),
)
"""Words that the workbench puts into the sentences of findings."""
_SPOKEN: Final = frozenset({"expected", "format", "where", "reason", "separator", "mark", "first", "how", "bounds",
                            "what", "do"})
_PLACE: Final = re.compile(r"%\((\w+)\)s")


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    found = []
    for phrase in PHRASES:
        if _PLACE.search(phrase):
            parts = _PLACE.split(phrase)
            found.append((re.compile("".join(f"(?P<{p}>.+?)" if n % 2 else re.escape(p)
                                             for n, p in enumerate(parts))), phrase))
    return found


def _phrase(words: str) -> str:
    if words in PHRASES:
        return _(words)
    for pattern, phrase in _patterns():
        if match := pattern.fullmatch(words):
            return _(phrase, **match.groupdict())
    return say(words)


def _filled(values: Mapping[str, str]) -> dict[str, str]:
    near = _(NEAR_WORDS, near=values["near"]) if values.get("near") else ""
    return {**{k: _phrase(v) if k in _SPOKEN else v for k, v in values.items()}, "hint": near}


def words(finding: Finding) -> tuple[str, str, str]:
    """Return severity, what is wrong, and what to do in the language in use."""
    if language() == "en":
        return SEVERITIES[finding.severity], finding.what, finding.do
    problem, values = PROBLEMS[finding.code], _filled(finding.values)
    return _(SEVERITIES[finding.severity]), _(problem.what) % values, _(problem.do) % values


def refused(error: Finding | LatticeworkError) -> str:
    """Return why a file was refused, with its code."""
    if isinstance(error, Finding):
        _severity, what, do = words(error)
        return f"{what} {do} ({error.code})"
    return f"{say(error.message)} ({error.code})"


