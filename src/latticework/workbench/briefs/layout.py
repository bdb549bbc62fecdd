"""From a brief to its layout: numbers of headings, tables, figures and sources, markings, words, cells as text.

The layout is plain data (dicts, lists, strings, numbers) that every writer draws without deciding anything more, so
that HTML, PDF and DOCX say the same. Strings in it are cleaned (:mod:`.text`) and are text, never markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from latticework.kernel.errors import InvalidBrief
from latticework.workbench.briefs import wording
from latticework.workbench.briefs.marks import Markings
from latticework.workbench.briefs.model import (
    MAX_CELL,
    MAX_TEXT,
    Appendix,
    Block,
    Brief,
    Bullets,
    Callout,
    Cell,
    Cite,
    Column,
    Comparison,
    Contents,
    Figure,
    Figures,
    Heading,
    PageBreak,
    Paragraph,
    Portion,
    Row,
    Run,
    Source,
    Table,
    Words,
)
from latticework.workbench.briefs.svg import sanitize
from latticework.workbench.briefs.text import clean, cut

Json = dict[str, object]

RUNNING: Final = 84
"""Narrow characters that fit above a sheet on one line; a Japanese one counts twice."""
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def lay_out(brief: Brief, markings: Markings, note: str = "") -> Json:
    """Return the layout of a gated brief.

    Parameters
    ----------
    brief, markings
        What it says, and how it is marked.
    note
        For whom it was made, in its language; stands on the first sheet.

    Raises
    ------
    InvalidBrief
        When it cites a source that it does not have, or has more than 26 appendices.
    InvalidPicture
        When a figure is not a drawing that may be printed.
    """
    return _Layout(brief, markings).whole(note)


class _Layout:
    def __init__(self, brief: Brief, markings: Markings) -> None:
        self.brief, self.markings = brief, markings
        self.words = wording.words_of(brief.language)
        self.sources = {source.key: source for source in brief.sources}
        self.cited: dict[str, int] = {}
        self.headings = [0, 0, 0]
        self.tables = self.figures = self.appendices = self.depth = 0
        self.invented = False
        self.portions = {label: clean(words) for label, words in markings.portions}
        self.marks_parts = len(self.portions) > 1

    def whole(self, note: str) -> Json:
        brief = self.brief
        parts = [self.part(block) for block in brief.blocks]
        sources = [self.source(number, self.sources[key]) for key, number in self.cited.items()]
        return {
            "language": brief.language, "title": self.line(brief.title), "subtitle": self.line(brief.subtitle),
            "running": _running(clean(brief.title)),
            "member": clean(brief.member), "member_name": wording.member_name(brief.member, brief.language),
            "post": self.line(brief.post), "made_ms": brief.made_ms, "day": wording.day(brief.made_ms, brief.language),
            "distribution": self.line(brief.distribution), "cover": brief.cover,
            "marking": {"text": clean(self.markings.banner), "fill": self.markings.fill, "ink": self.markings.ink,
                        "rank": self.markings.rank},
            "mark": self.mark(brief.portion), "marks_parts": self.marks_parts, "words": self.words, "parts": parts,
            "sources": sources, "invented": self.invented, "note": clean(note),
        }

    # ---- blocks ----------------------------------------------------------------------------------------------------

    def part(self, block: Block) -> Json:
        if isinstance(block, PageBreak):
            return {"is": "break"}
        if isinstance(block, Contents):
            return {"is": "contents"}
        return {**self._part(block), "mark": self.mark(block.portion or self.brief.portion)}

    def _part(self, block: Block) -> Json:
        if isinstance(block, Heading):
            # A level is never skipped, so that whoever jumps from heading to heading meets each (ISO 14289-1, 7.4).
            self.depth = min(block.level, self.depth + 1)
            return {"is": "heading", "level": self.depth, "number": self.number(self.depth),
                    "text": self.line(block.text)}
        if isinstance(block, Appendix):
            self.appendices += 1
            if self.appendices > len(LETTERS):
                raise InvalidBrief(f"a brief has at most {len(LETTERS)} appendices; split it.")
            self.headings, self.depth = [0, 0, 0], 0
            return {"is": "appendix", "text": self.line(block.title), "number": LETTERS[self.appendices - 1]}
        if isinstance(block, Paragraph):
            return {"is": "paragraph", "words": self.inline(block.words)}
        if isinstance(block, Callout):
            return {"is": "callout", "kind": block.kind, "words": self.inline(block.words)}
        if isinstance(block, Bullets):
            return {"is": "bullets", "ordered": block.ordered, "items": [self.inline(item) for item in block.items]}
        if isinstance(block, Figures):
            return {"is": "figures", "figures": list(self.key_figures(block))}
        if isinstance(block, Comparison):
            return {"is": "comparison", "left": self.line(block.left), "right": self.line(block.right), "rows": [
                [self.line(aspect), self.inline(left), self.inline(right)] for aspect, left, right in block.rows]}
        if isinstance(block, Figure):
            self.figures += 1
            return {"is": "figure", "number": self.figures, "title": self.line(block.title), "wide": block.wide,
                    "svg": sanitize(block.svg, block.title), "alternative": self.line(block.alternative),
                    "cites": [self.cite(key) for key in block.cites]}
        assert isinstance(block, Table)
        return self.table(block)

    def table(self, block: Table) -> Json:
        self.tables += 1
        own = block.portion or self.brief.portion
        shares = [c.share or (_share(block, n) if c.kind == "text" else 0) for n, c in enumerate(block.columns)]
        rows_differ = any(row.portion is not None and row.portion.label != own.label for row in block.rows)
        return {
            "is": "table", "number": self.tables, "title": self.line(block.title), "landscape": block.landscape,
            "columns": [{"title": self.line(c.title), "unit": self.line(c.unit), "right": c.kind == "number",
                         "kind": c.kind, "share": share} for c, share in zip(block.columns, shares, strict=True)],
            "rows": [self.row(block.columns, row, own, marked=rows_differ) for row in block.rows],
            "notes": [self.inline(note) for note in block.notes], "row_marks": rows_differ and self.marks_parts,
        }

    def row(self, columns: tuple[Column, ...], row: Row, own: Portion, *, marked: bool) -> Json:
        return {
            "cells": [self.cell(column, cell) for column, cell in zip(columns, row.cells, strict=True)],
            "total": row.total, "cite": self.cite(row.cite) if row.cite is not None else None,
            "mark": self.mark(row.portion or own) if marked else "",
        }

    def cell(self, column: Column, cell: Cell) -> Json:
        run = cell if isinstance(cell, Run) else Run("")
        value = cell.text if isinstance(cell, Run) else cell
        if value is None:
            text = self.words["none"]
        elif isinstance(value, str):
            text = cut(value, MAX_CELL, self.words["cut"])
        elif column.kind == "time":
            text = wording.moment(int(value))
        else:
            text = wording.number(value, column.digits)
        self.invented |= run.invented
        return {"text": text, "strong": run.strong, "invented": run.invented}

    def key_figures(self, block: Figures) -> Iterator[Json]:
        for figure in block.figures:
            self.invented |= figure.invented
            yield {
                "value": wording.figure(figure.value), "unit": self.line(figure.unit), "what": self.line(figure.what),
                "of": "" if figure.of is None else self.words["of"].format(n=wording.figure(figure.of)),
                "share": max(0.0, min(1.0, figure.value / figure.of)) if figure.of else None,
                "measured": self.line(figure.measured), "invented": figure.invented,
                "cite": self.cite(figure.cite) if figure.cite is not None else None,
            }

    # ---- words -----------------------------------------------------------------------------------------------------

    def inline(self, words: Words) -> list[Json]:
        found: list[Json] = []
        for part in words:
            if isinstance(part, Cite):
                found.append({"cite": self.cite(part.source)})
            else:
                self.invented |= part.invented
                found.append({"text": cut(part.text, MAX_TEXT, self.words["cut"]), "strong": part.strong,
                              "emphasis": part.emphasis, "code": part.code, "invented": part.invented,
                              "language": tongue(part.text, self.brief.language)})
        return found

    def line(self, text: str) -> str:
        return cut(text, MAX_CELL, self.words["cut"])

    def cite(self, key: str) -> Json:
        source = self.sources.get(key)
        if source is None:
            raise InvalidBrief(f"the brief cites a source {key[:60]!r} that it does not list.")
        number = self.cited.setdefault(key, len(self.cited) + 1)
        return {"number": number, "status": self.words[source.status], "invented": source.status == "invented"}

    def source(self, number: int, source: Source) -> Json:
        return {
            "number": number, "text": self.line(source.text), "status": self.words[source.status],
            "long": self.words[f"{source.status}_long"], "invented": source.status == "invented",
            "record": clean(source.record[:12]) if source.record else "",
            "mark": self.mark(source.portion or self.brief.portion),
        }

    def mark(self, portion: Portion) -> str:
        """Return the portion's mark, where portions differ at all."""
        return self.portions[portion.label] if self.marks_parts else ""

    def number(self, level: int) -> str:
        self.headings[level - 1] += 1
        self.headings[level:] = [0] * (3 - level)
        numbers = [str(n) for n in self.headings[:level]]
        return ".".join(([LETTERS[self.appendices - 1]] if self.appendices else []) + numbers)


def tongue(text: str, language: str) -> str:
    """Return the language of words that are plainly not in the brief's; empty when they may be.

    English has no kana or kanji, and Japanese has no words of Latin letters alone. It decides how a text is broken and
    read aloud (WCAG 2.2, 3.1.2).
    """
    some = text[:2_000]
    if language == "en":
        return "ja" if any("\u3040" <= c <= "\u9fff" for c in some) else ""
    return "en" if any(c.isalpha() for c in some) and all(c < "\u2e80" for c in some) else ""


def _running(title: str) -> str:
    """Return a title as it runs above each sheet: on one line."""
    room = RUNNING
    for at, character in enumerate(title):
        room -= 2 if ord(character) > 0x2E80 else 1
        if room < 0:
            return title[:at].rstrip() + "…"
    return title


def _share(table: Table, column: int) -> int:
    """Return the relative width of a text column without one: that of its longer cells, within bounds."""
    lengths = sorted(_width(table.rows[n].cells[column]) for n in range(0, len(table.rows), 1 + len(table.rows) // 200))
    longer = lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0
    return max(6, min(40, max(longer, _width(table.columns[column].title))))


def _width(cell: Cell) -> int:
    text = cell.text if isinstance(cell, Run) else cell if isinstance(cell, str) else ""
    tag = 10 if isinstance(cell, Run) and cell.invented else 0
    return tag + sum(2 if ord(c) > 0x2E80 else 1 for c in text[:60])
