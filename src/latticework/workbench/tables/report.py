"""Findings out: the list of them, and the rows that they are about with what to do beside each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from latticework.workbench.tables.export import Kind, export
from latticework.workbench.tables.findings import Finding
from latticework.workbench.tables.schema import Value
from latticework.workbench.tables.sniff import Reading, open_source
from latticework.workbench.tables.values import written

Words = Callable[[Finding], tuple[str, str, str]]
"""How much it matters, what is wrong, and what to do, in the language of the reader."""
HEADS: Final = ("Severity", "Code", "Sheet", "Row", "Column", "Cell", "Value", "What is wrong", "What to do")


def in_english(finding: Finding) -> tuple[str, str, str]:
    """Return the words of a finding in English."""
    return finding.severity.value, finding.what, finding.do


def cell(finding: Finding) -> str:
    """Return where a finding is, as a spreadsheet writes it (``C12``); empty where there is no cell."""
    return f"{finding.letter}{finding.row}" if finding.letter and finding.row else ""


def findings_out(
    file: IO[bytes], findings: Sequence[Finding], kind: Kind, *, words: Words = in_english,
    heads: Sequence[str] = HEADS, source: Path | None = None, how: Reading | None = None,
) -> int:
    """Write findings, one a row; with `source`, the row that each is about stands beside it.

    Parameters
    ----------
    heads
        Headings, in the order of :data:`HEADS`.
    source, how
        The file that was read, and how.
    """
    beside = _rows(findings, source, how or Reading()) if source is not None else {}
    width = max((len(r) for r in beside.values()), default=0)

    def rows() -> Iterator[list[Value]]:
        for f in findings:
            severity, what, do = words(f)
            own = beside.get((f.sheet, f.row), [])
            yield [severity, f.code, f.sheet, f.row or None, f.column, cell(f), f.value, what, do, *own]

    letters = [f"[{n + 1}]" for n in range(width)]
    return export(file, [*heads, *letters], rows(), kind, title="Findings")


def _rows(findings: Sequence[Finding], source: Path, how: Reading) -> dict[tuple[str, int], list[Value]]:
    wanted = {(f.sheet, f.row) for f in findings if f.row}
    last = {sheet: max(r for s, r in wanted if s == sheet) for sheet, _row in wanted}
    found: dict[tuple[str, int], list[Value]] = {}
    opened = open_source(source, how)
    try:
        for sheet in opened.sheets():
            if sheet.name not in last and len(last) == 1 and len(opened.sheets()) == 1:
                sheet.name = next(iter(last))  # a temporary file has another name than the one that was given
            for number, cells in sheet.rows() if sheet.name in last else ():
                if number > last[sheet.name]:
                    break
                if (sheet.name, number) in wanted:
                    width = min(200, max(cells) + 1)
                    found[sheet.name, number] = [
                        None if cells.get(n) is None else written(cells[n])[:1_000] for n in range(width)]
    finally:
        opened.close()
    return found
