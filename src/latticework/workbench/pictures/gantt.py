"""A Gantt chart: rows of bars over time, with today, moments, limits and arrows between rows.

Work is gray, binding is ink, law and approval are hatched, idle is dashed, a single source has the outline of bad.
"""

from __future__ import annotations

from typing import Final

from latticework.workbench.pictures.canvas import Canvas, fitted, px, width_of
from latticework.workbench.pictures.model import Bar, GanttChart
from latticework.workbench.pictures.scales import DAY_MS, Scale, date_words, time_ticks
from latticework.workbench.pictures.style import Theme
from latticework.workbench.pictures.words import word

ROW_PX: Final = 24
BAR_PX: Final = 16
TOP_PX: Final = 26
FOOT_PX: Final = 24
CSS: Final = {"work": "g-work", "binding": "g-lit", "law": "g-law", "approval": "g-law", "idle": "g-risk",
              "single-source": "g-bad"}
TEXT: Final = {"binding": "t-inv", "single-source": "t-bad"}
KINDS: Final = {"single-source": "single source"}


def span(chart: GanttChart) -> tuple[int, int]:
    """Return what the time axis shows, ms."""
    bars = [bar for row in chart.rows for bar in row.bars]
    moments = [m.at_ms for m in chart.marks] + ([chart.today_ms] if chart.today_ms is not None else [])
    starts, ends = [b.start_ms for b in bars] + moments, [b.end_ms for b in bars] + moments
    start = chart.from_ms if chart.from_ms is not None else min(starts, default=0)
    stop = chart.until_ms if chart.until_ms is not None else max(ends, default=start + DAY_MS)
    return start, max(stop, start + 1)


def draw(chart: GanttChart, width: float, theme: Theme | None, language: str) -> Canvas:
    """Return the chart on a canvas of a width, px."""
    bottom = TOP_PX + ROW_PX * max(1, len(chart.rows))
    canvas = Canvas(width, bottom + FOOT_PX, theme, language)
    groups = min(150.0, max((width_of(r.group) * 1.06 + 10 for r in chart.rows if r.group), default=0.0))
    titles = min(max(110.0, width * 0.22), max((width_of(r.title) + 14 for r in chart.rows), default=0.0))
    left = groups + titles
    start, stop = span(chart)
    scale = Scale(start, stop, left, width - 8)
    bare = not any(row.bars for row in chart.rows) and not chart.marks and chart.from_ms is None
    for tick in () if bare else time_ticks(start, stop, scale.right - left, chart.zone, language):
        x = scale(tick.at_ms)
        canvas.path(f"M{px(x)} 20V{bottom}", "gridline")
        if x + width_of(tick.words) + 4 < width:
            canvas.text(x + 4, 14, tick.words, "t-strong" if tick.strong else "t-faint")
    _marks(chart, canvas, scale, bottom)
    shown = ""
    for at, row in enumerate(chart.rows):
        y = TOP_PX + at * ROW_PX
        canvas.path(f"M0 {y}H{px(width - 8)}", "gridline")
        if row.group and row.group != shown:
            canvas.text(0, y + BAR_PX, fitted(row.group, groups - 6), "t-strong")
        shown = row.group
        canvas.text(groups, y + BAR_PX, fitted(row.title, titles - 8))
        for bar in row.bars:
            if bar.end_ms > start and bar.start_ms < stop:
                with canvas.mark(_says(row.title, bar, chart.zone, language), bar.href):
                    _bar(canvas, bar, scale, y)
    for step in chart.steps:
        x, y0, y1 = (scale.held(step.at_ms), TOP_PX + step.from_row * ROW_PX + ROW_PX / 2,
                     TOP_PX + step.to_row * ROW_PX + ROW_PX / 2)
        sign = 1 if y1 > y0 else -1
        tip = y1 - sign * BAR_PX / 2
        canvas.path(f"M{px(x)} {px(y0 + sign * BAR_PX / 2)}V{px(tip)}", "dep-lit")
        canvas.path(f"M{px(x - 4)} {px(tip - 6 * sign)}l4 {6 * sign}l4 {-6 * sign}", "dep-lit")
    if not chart.rows:
        canvas.text(0, TOP_PX + BAR_PX, word("Nothing to show.", language), "t-faint")
    return canvas


def _bar(canvas: Canvas, bar: Bar, scale: Scale, y: float) -> None:
    x0, x1 = scale.held(bar.start_ms), scale.held(bar.end_ms)
    canvas.rect(x0 + 1, y + 4, x1 - x0 - 2, BAR_PX, CSS[bar.kind])
    words = fitted(bar.words, x1 - x0 - 14)
    if words and bar.kind in {"law", "approval"}:
        canvas.rect(x0 + 5, y + 6, width_of(words) + 5, BAR_PX - 4, "surface")
    canvas.text(x0 + 8, y + BAR_PX, words, TEXT.get(bar.kind, "t-ink"))


def _says(title: str, bar: Bar, zone: str, language: str) -> str:
    kind = word(KINDS.get(bar.kind, bar.kind), language)
    when = f"{date_words(bar.start_ms, zone, language)} – {date_words(bar.end_ms, zone, language)}"
    return " · ".join(part for part in (title, bar.words, kind, when) if part)


def _marks(chart: GanttChart, canvas: Canvas, scale: Scale, bottom: float) -> None:
    """Draw the moments, with their words below; words that would run into others are left to the table."""
    marks = [(m.at_ms, m.words, m.kind) for m in chart.marks]
    if chart.today_ms is not None:
        marks.insert(0, (chart.today_ms, word("today", canvas.language), "moment"))
    taken: list[tuple[float, float]] = []
    for at_ms, words, kind in marks:
        if not scale.start <= at_ms <= scale.stop:
            continue
        x, half = scale(at_ms), width_of(words) * 0.55
        canvas.path(f"M{px(x)} 18V{bottom}", "limit" if kind == "limit" else "now")
        middle = min(max(x, half), canvas.width - half)
        if all(middle + half + 6 < a or middle - half - 6 > b for a, b in taken):
            taken.append((middle - half, middle + half))
            canvas.text(middle, bottom + 14, words, ("t-caution" if kind == "limit" else "t-strong") + " mid")
