"""Pictures over time: a Gantt chart, a timeline."""

from __future__ import annotations

from typing import Literal

import msgspec

from latticework.kernel.errors import InvalidChart
from latticework.workbench.pictures.model.base import Picture, few

BarKind = Literal["work", "binding", "law", "approval", "idle", "single-source"]


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time in a row of a Gantt chart; `words` stand in it, `href` leads to what it stands for."""

    start_ms: int
    end_ms: int
    kind: BarKind = "work"
    words: str = ""
    href: str = ""

    def __post_init__(self) -> None:
        if self.end_ms <= self.start_ms:
            raise InvalidChart("a bar ends after it starts.")


class GanttRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row: its title, and the group that it belongs to (shown once for rows that follow each other)."""

    title: str
    bars: tuple[Bar, ...] = ()
    group: str = ""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A moment that concerns all rows: a dotted line (`moment`) or a limit (dashed, in the color of caution)."""

    at_ms: int
    words: str
    kind: Literal["moment", "limit"] = "moment"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one row gives to another at a moment: an arrow between two rows, counted from 0."""

    at_ms: int
    from_row: int
    to_row: int


class GanttChart(Picture, frozen=True, kw_only=True):
    """Rows of bars over time.

    Parameters
    ----------
    rows
        From above.
    marks, steps
        Moments and arrows across rows.
    today_ms
        Where the dotted line "today" stands; None: nowhere.
    from_ms, until_ms
        What is shown; None: from the first bar to the last.
    zone
        IANA name of the zone in which months and days begin.
    """

    rows: tuple[GanttRow, ...]
    marks: tuple[Mark, ...] = ()
    steps: tuple[Step, ...] = ()
    today_ms: int | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    zone: str = "UTC"

    def __post_init__(self) -> None:
        super().__post_init__()
        few(sum(len(row.bars) for row in self.rows) + len(self.rows))
        if self.from_ms is not None and self.until_ms is not None and self.until_ms <= self.from_ms:
            raise InvalidChart("a Gantt chart ends after it starts.")
        if any(not (0 <= r < len(self.rows)) for step in self.steps for r in (step.from_row, step.to_row)):
            raise InvalidChart("an arrow of a Gantt chart leads from a row to a row that are there.")


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """Something at a moment, or from a moment to another one.

    Parameters
    ----------
    at_ms, until_ms
        When; None: a moment.
    lane
        Index of the lane.
    words, detail
        Its label, and more of it.
    kind
        ``own`` (filled), ``other`` (open) or ``gap`` (nothing happened where something should have).
    """

    at_ms: int
    words: str
    lane: int = 0
    until_ms: int | None = None
    detail: str = ""
    kind: Literal["own", "other", "gap"] = "other"
    href: str = ""

    def __post_init__(self) -> None:
        if self.until_ms is not None and self.until_ms <= self.at_ms:
            raise InvalidChart("what lasts ends after it starts.")


class Timeline(Picture, frozen=True, kw_only=True):
    """What happened when, in lanes (a member, a phase); `today_ms` and `zone` as in :class:`GanttChart`."""

    lanes: tuple[str, ...]
    happenings: tuple[Happening, ...] = ()
    today_ms: int | None = None
    zone: str = "UTC"

    def __post_init__(self) -> None:
        super().__post_init__()
        few(len(self.happenings) + len(self.lanes))
        if any(not 0 <= h.lane < len(self.lanes) for h in self.happenings):
            raise InvalidChart("everything on a timeline stands in one of its lanes.")
