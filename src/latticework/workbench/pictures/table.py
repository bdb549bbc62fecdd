"""The same content as a table: what is read where a picture is not seen, searched, copied, or read aloud."""

from __future__ import annotations

from functools import singledispatch

import msgspec

from latticework.workbench.pictures import matrix as matrices
from latticework.workbench.pictures import timeline as timelines
from latticework.workbench.pictures.gantt import KINDS
from latticework.workbench.pictures.model import (
    AnyPicture,
    AreaMap,
    Curves,
    Diagram,
    Distribution,
    GanttChart,
    Matrix,
    Timeline,
)
from latticework.workbench.pictures.scales import date_words, number
from latticework.workbench.pictures.words import word


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Head and rows in words.

    Parameters
    ----------
    head
        Words of the columns.
    rows
        Cells of each row; the first cell of a row names it.
    numeric
        Indices of the columns that are numbers, set to the right.
    links
        Where each row leads, or empty.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    links: tuple[str, ...] = ()


def table(picture: AnyPicture, language: str = "en") -> Table:
    """Return all that a picture shows as a table in a language."""
    return _table(picture, language)


def _head(language: str, *words: str) -> tuple[str, ...]:
    return tuple(word(one, language) for one in words)


@singledispatch
def _table(picture: object, language: str) -> Table:
    raise TypeError(f"{type(picture).__name__} is no picture")


@_table.register
def _gantt(picture: GanttChart, language: str) -> Table:
    rows, links = [], []
    for row in picture.rows:
        for bar in row.bars or (None,):
            when = ("–", "–") if bar is None else (date_words(bar.start_ms, picture.zone, language),
                                                   date_words(bar.end_ms, picture.zone, language))
            kind = "–" if bar is None else word(KINDS.get(bar.kind, bar.kind), language)
            rows.append((row.title, row.group or "–", *when, kind, (bar.words if bar else "") or "–"))
            links.append(bar.href if bar else "")
    for mark in picture.marks:
        at = date_words(mark.at_ms, picture.zone, language)
        rows.append((mark.words, "–", at, at, word(mark.kind, language), mark.words))
    for step in picture.steps:
        at = date_words(step.at_ms, picture.zone, language)
        both = f"{picture.rows[step.from_row].title} → {picture.rows[step.to_row].title}"
        rows.append((both, "–", at, at, word("step", language), both))
    if picture.today_ms is not None:
        at = date_words(picture.today_ms, picture.zone, language)
        rows.append((word("today", language), "–", at, at, word("moment", language), word("today", language)))
    return Table(head=_head(language, "Row", "Group", "From", "Until", "Kind", "What"), rows=tuple(rows),
                 links=tuple(links))


@_table.register
def _timeline(picture: Timeline, language: str) -> Table:
    ordered = sorted(picture.happenings, key=lambda h: h.at_ms)
    return Table(head=_head(language, "When", "Lane", "What", "Detail", "Kind"), rows=tuple(
        (timelines.when(h, picture.zone, language), picture.lanes[h.lane], h.words, h.detail or "–",
         word(h.kind, language)) for h in ordered), links=tuple(h.href for h in ordered))


@_table.register
def _matrix(picture: Matrix, language: str) -> Table:
    tones = dict(picture.legend)

    def words(row: int, column: int) -> str:
        one = picture.cells[row][column]
        # A cell without words says its tone; a letter of its own stands for what the legend does not name.
        return one.words or tones.get(one.tone, "") or matrices.GLYPH.get(one.tone, "–")

    corner = " / ".join(p for p in (picture.across, picture.down) if p) or word("Row", language)
    return Table(head=(corner, *picture.columns), rows=tuple(
        (name, *(words(at, column) for column in range(len(picture.columns)))) for at, name in enumerate(picture.rows)))


@_table.register
def _distribution(picture: Distribution, language: str) -> Table:
    rows = [(s.name, number(s.low), number(s.median), number(s.high), word("chosen", language) if s.chosen else "–")
            for s in picture.spreads]
    rows += [(limit.words, "–", number(limit.value), "–", word("limit", language)) for limit in picture.limits]
    return Table(head=_head(language, "Option", "Low", "Median", "High", "Note"), rows=tuple(rows),
                 numeric=frozenset({1, 2, 3}), links=tuple(s.href for s in picture.spreads))


@_table.register
def _curves(picture: Curves, language: str) -> Table:
    rows = []
    for curve in picture.curves:
        for p in curve.points:
            x = date_words(round(p.x), picture.zone, language) if picture.time else number(p.x)
            band = ("–", "–") if p.low is None or p.high is None else (number(p.low), number(p.high))
            rows.append((curve.name, x, band[0], number(p.y), band[1]))
    rows += [(limit.words, "–", "–", number(limit.value), "–") for limit in picture.limits]
    x_head = word("When", language) if picture.time else picture.x_title or "x"
    return Table(head=(word("Line", language), x_head, *_head(language, "Low", "Median", "High")), rows=tuple(rows),
                 numeric=frozenset({1, 2, 3, 4}) if not picture.time else frozenset({2, 3, 4}))


@_table.register
def _diagram(picture: Diagram, language: str) -> Table:
    titles = {node.id: node.title for node in picture.nodes}
    rows = [(n.title, word("node", language), n.sidc or "–", "–", n.note or "–") for n in picture.nodes]
    rows += [(titles[e.source], word(e.kind, language), "–", titles[e.target], e.words or "–") for e in picture.edges]
    return Table(head=_head(language, "Node", "Kind", "Symbol", "To", "Note"), rows=tuple(rows),
                 links=tuple(n.href for n in picture.nodes))


@_table.register
def _map(picture: AreaMap, language: str) -> Table:
    def position(lon: float, lat: float) -> str:
        lon = (lon + 180) % 360 - 180
        return f"{abs(lat):.2f}° {'S' if lat < 0 else 'N'} {abs(lon):.2f}° {'W' if lon < 0 else 'E'}"

    rows = [(a.title, word("area", language), position(*a.polygons[0][0][0]) if a.polygons and a.polygons[0] else "–",
             a.note or "–") for a in picture.areas]
    rows += [(p.title, word("place", language), position(p.longitude_deg, p.latitude_deg), p.note or "–")
             for p in picture.places]
    rows += [(r.title, word("route", language), f"{position(*r.points[0])} – {position(*r.points[-1])}", r.note or "–")
             for r in picture.routes]
    links = tuple(a.href for a in picture.areas) + tuple(p.href for p in picture.places)
    return Table(head=_head(language, "Name", "Kind", "Position", "Note"), rows=tuple(rows), links=links)
