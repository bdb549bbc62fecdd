"""A timeline: what happened when, in lanes. Own acts are filled, those of others open, a gap is a line."""

from __future__ import annotations

from typing import Final

from latticework.workbench.pictures.canvas import Canvas, fitted, px, width_of
from latticework.workbench.pictures.model import Happening, Timeline
from latticework.workbench.pictures.scales import DAY_MS, Scale, date_words, time_ticks
from latticework.workbench.pictures.style import Theme
from latticework.workbench.pictures.words import word

LINE_PX: Final = 18
TOP_PX: Final = 26
LABEL_PX: Final = 190.0
"""The widest label beside its point; the whole stands in the table."""


def draw(picture: Timeline, width: float, theme: Theme | None, language: str) -> Canvas:
    """Return the timeline on a canvas of a width, px; its height follows from how many labels share a lane."""
    left = min(max(90.0, width * 0.2), max((width_of(name) * 1.06 + 14 for name in picture.lanes), default=0.0))
    times = [t for h in picture.happenings for t in (h.at_ms, h.until_ms or h.at_ms)]
    times += [picture.today_ms] if picture.today_ms is not None else []
    start, stop = (min(times), max(times)) if times else (0, DAY_MS)
    pad = max((stop - start) // 40, 1)
    scale = Scale(start - pad, stop + pad, left, width - 8)
    lanes = [_packed([h for h in picture.happenings if h.lane == at], scale, width)
             for at in range(len(picture.lanes))]
    bottom = TOP_PX + sum(_height(lane) for lane in lanes)
    canvas = Canvas(width, bottom + 20, theme, language)
    for tick in () if not times else time_ticks(start - pad, stop + pad, scale.right - left, picture.zone, language):
        x = scale(tick.at_ms)
        canvas.path(f"M{px(x)} 20V{px(bottom)}", "gridline")
        if x + width_of(tick.words) + 4 < width:
            canvas.text(x + 4, 14, tick.words, "t-strong" if tick.strong else "t-faint")
    if picture.today_ms is not None:
        x = scale(picture.today_ms)
        canvas.path(f"M{px(x)} 18V{px(bottom)}", "now")
        half = width_of(word("today", language))
        canvas.text(min(x, width - half), bottom + 14, word("today", language), "t-strong mid")
    y = float(TOP_PX)
    for name, lane in zip(picture.lanes, lanes, strict=True):
        canvas.path(f"M0 {px(y)}H{px(width - 8)}", "gridline")
        canvas.text(0, y + 16, fitted(name, left - 10), "t-strong")
        for happening, line, words in lane:
            says = " · ".join(p for p in (name, when(happening, picture.zone, language), happening.words,
                                          happening.detail) if p)
            with canvas.mark(says, happening.href):
                _happening(canvas, happening, scale, y + 12 + line * LINE_PX, words)
        y += _height(lane)
    if not picture.happenings:
        canvas.text(left, TOP_PX + 16, word("Nothing to show.", language), "t-faint")
    return canvas


def when(happening: Happening, zone: str, language: str) -> str:
    """Return when it happened, in words."""
    start = date_words(happening.at_ms, zone, language)
    return start if happening.until_ms is None else f"{start} – {date_words(happening.until_ms, zone, language)}"


def _height(lane: list[tuple[Happening, int, str]]) -> float:
    return (1 + max((line for _h, line, _w in lane), default=0)) * LINE_PX + 8


def _packed(lane: list[Happening], scale: Scale, width: float) -> list[tuple[Happening, int, str]]:
    """Give each happening the first line of its lane where it and its label touch no other one."""
    ends: list[float] = []
    found: list[tuple[Happening, int, str]] = []
    for one in sorted(lane, key=lambda h: h.at_ms):
        x0, x1 = scale(one.at_ms), scale(one.until_ms or one.at_ms)
        words = fitted(one.words, min(LABEL_PX, max(60.0, width - x1 - 12)))
        room = width_of(words) + 18
        # At the right edge the label stands before its point.
        from_x, to_x = (x0 - room, x1 + 6) if x1 + room > width else (x0 - 6, x1 + room)
        line = next((i for i, end in enumerate(ends) if from_x >= end), len(ends))
        if line == len(ends):
            ends.append(0.0)
        ends[line] = to_x + 4
        found.append((one, line, words))
    return found


def _happening(canvas: Canvas, one: Happening, scale: Scale, y: float, words: str) -> None:
    x0, x1 = scale(one.at_ms), scale(one.until_ms or one.at_ms)
    if one.kind == "gap":
        canvas.path(f"M{px(x0 - 5)} {px(y)}H{px(max(x1, x0 + 5))}", "g-risk")
    elif one.until_ms is not None:
        canvas.rect(x0, y - 5, x1 - x0, 10, "g-lit" if one.kind == "own" else "g-work")
    else:
        canvas.circle(x0, y, 4.5, "node-on" if one.kind == "own" else "node")
    if x1 + width_of(words) + 18 > canvas.width:
        canvas.text(x0 - 9, y + 4, words, "t-ink end")
    else:
        canvas.text(x1 + 9, y + 4, words, "t-ink")
