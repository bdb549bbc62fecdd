"""Numbers with their uncertainty: options with a median and a band, and curves over time or a quantity."""

from __future__ import annotations

from typing import Final

from latticework.workbench.pictures.canvas import Canvas, fitted, px, width_of
from latticework.workbench.pictures.model import Curve, Curves, Distribution, Limit, Spread
from latticework.workbench.pictures.scales import Scale, digits_for, nice, number, tick_step, ticks, time_ticks
from latticework.workbench.pictures.style import Theme
from latticework.workbench.pictures.words import listed, word

ROW_PX: Final = 31
TOP_PX: Final = 22
PLOT_PX: Final = 220


def draw_spreads(picture: Distribution, width: float, theme: Theme | None, language: str) -> Canvas:
    """Return options as rows: the band, the median as a stroke, and its value at the right."""
    bottom = TOP_PX + ROW_PX * max(1, len(picture.spreads))
    canvas = Canvas(width, bottom + 24, theme, language)
    values = [v for s in picture.spreads for v in (s.low, s.high)] + [limit.value for limit in picture.limits]
    digits = digits_for([s.median for s in picture.spreads])
    unit = f" {picture.caption.unit}" if picture.caption.unit else ""
    names = min(width * 0.34, max((width_of(s.name) * 1.08 + 10 for s in picture.spreads), default=0.0))
    right = max((width_of(number(s.median, digits) + unit) * 1.1 + 10 for s in picture.spreads), default=8.0)
    scale = _scale(values, names, width - right, from_zero=picture.from_zero)
    _x_axis(canvas, scale, bottom, unit)
    for at, one in enumerate(picture.spreads):
        y = TOP_PX + at * ROW_PX + ROW_PX / 2
        strong = one.chosen or not any(s.chosen for s in picture.spreads)
        with canvas.mark(says(one, unit, digits), one.href):
            canvas.text(names - 8, y + 4, fitted(one.name, names - 10), "t-strong end" if one.chosen else "end")
            canvas.rect(scale(one.low), y - 8, scale(one.high) - scale(one.low), 16, "band")
            canvas.path(f"M{px(scale(one.median))} {px(y - 9)}v18", "s1" if strong else "s4")
            canvas.text(width - right + 8, y + 4, number(one.median, digits) + unit,
                        "t-strong" if strong else "t-ink")
    _limits(canvas, picture.limits, scale, bottom)
    if not picture.spreads:
        canvas.text(0, TOP_PX + 16, word("Nothing to show.", language), "t-faint")
    return canvas


def says(one: Spread, unit: str, digits: int) -> str:
    """Return one option in words: its median and its band."""
    return f"{one.name} · {number(one.median, digits)}{unit} ({number(one.low, digits)} – {number(one.high, digits)})"


def undecided(picture: Distribution, language: str) -> str:
    """Return which options differ from the chosen one (or from the first) by no more than their bands, or nothing."""
    if len(picture.spreads) < 2:
        return ""
    base = next((s for s in picture.spreads if s.chosen), picture.spreads[0])
    same = [s.name for s in picture.spreads if s is not base and s.low <= base.high and base.low <= s.high]
    if not same:
        return ""
    return word("No difference shown between {names}: their bands overlap.", language,
                names=listed([base.name, *same], language))


def _scale(values: list[float], left: float, right: float, *, from_zero: bool) -> Scale:
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    start, stop = nice(low, high, _steps(left, right))
    return Scale(start, stop, left, right)


def _steps(left: float, right: float) -> int:
    """Return how many steps an axis has at most: one a 70 px, and no more than can be counted at a glance."""
    return min(9, max(2, int((right - left) / 70)))


def _x_axis(canvas: Canvas, scale: Scale, bottom: float, unit: str) -> None:
    count = _steps(scale.left, scale.right)
    step_digits = digits_of(tick_step(scale.start, scale.stop, count))
    for at, value in enumerate(ticks(scale.start, scale.stop, count)):
        x = scale(value)
        canvas.path(f"M{px(x)} {TOP_PX - 6}V{px(bottom)}", "gridline")
        canvas.text(x, bottom + 15, number(value, step_digits) + (unit if at == 0 else ""), "mid")
    canvas.path(f"M{px(scale.left)} {px(bottom)}H{px(scale.right)}", "axis")


def digits_of(step: float) -> int:
    """Return the decimals that multiples of a step have."""
    return next((d for d in range(6) if abs(round(step, d) - step) < 1e-9), 6)


def _limits(canvas: Canvas, limits: tuple[Limit, ...], scale: Scale, bottom: float) -> None:
    for limit in limits:
        x, half = scale.held(limit.value), width_of(limit.words) * 0.55
        canvas.path(f"M{px(x)} {TOP_PX - 6}V{px(bottom)}", "limit")
        canvas.text(min(max(x, half), canvas.width - half), TOP_PX - 10, limit.words, "t-caution mid")


# ---- curves ----------------------------------------------------------------------------------------------------------

def draw_curves(picture: Curves, width: float, theme: Theme | None, language: str) -> Canvas:
    """Return at most four lines, each labeled at its end; the first in ink, the others gray and dashed."""
    top, bottom = 16.0, 16.0 + PLOT_PX
    canvas = Canvas(width, bottom + (38 if picture.x_title else 24), theme, language)
    points = [p for c in picture.curves for p in c.points]
    ys = [v for p in points for v in (p.y, p.low, p.high) if v is not None] + [limit.value for limit in picture.limits]
    low, high = (min(ys), max(ys)) if ys else (0.0, 1.0)
    if picture.from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    low, high = nice(low, high, 5)
    y_scale = Scale(low, high, bottom, top)
    y_ticks = ticks(low, high, 5)
    digits = digits_of(tick_step(low, high, 5))
    left = max(width_of(number(v, digits)) for v in y_ticks) + 10
    names = min(width * 0.25, max((width_of(c.name) * 1.08 + 10 for c in picture.curves), default=0.0))
    xs = [p.x for p in points] or [0.0, 1.0]
    x_scale = Scale(min(xs), max(*xs, min(xs) + 1e-09), left, width - names - 4)
    for value in y_ticks:
        y = y_scale(value)
        canvas.path(f"M{px(left)} {px(y)}H{px(x_scale.right)}", "gridline")
        canvas.text(left - 6, y + 4, number(value, digits), "end")
    _curve_axis(canvas, picture, x_scale, bottom, language)
    for limit in picture.limits:
        y = y_scale(limit.value)
        canvas.path(f"M{px(left)} {px(y)}H{px(x_scale.right)}", "limit")
        canvas.text(left + 4, y - 4, limit.words, "t-caution")
    for at, curve in reversed(list(enumerate(picture.curves))):
        with canvas.mark(_curve_says(curve, picture)):
            _curve(canvas, curve, x_scale, y_scale, f"s{at + 1}")
    _ends(canvas, picture, x_scale, y_scale, names)
    if not points:
        canvas.text(left + 4, top + 16, word("Nothing to show.", language), "t-faint")
    return canvas


def _curve_says(curve: Curve, picture: Curves) -> str:
    if not curve.points:
        return curve.name
    last, unit = curve.points[-1], f" {picture.caption.unit}" if picture.caption.unit else ""
    band = f" ({number(last.low)} – {number(last.high)})" if last.low is not None and last.high is not None else ""
    return f"{curve.name} · {number(last.y)}{unit}{band}"


def _curve_axis(canvas: Canvas, picture: Curves, scale: Scale, bottom: float, language: str) -> None:
    canvas.path(f"M{px(scale.left)} {px(bottom)}H{px(scale.right)}", "axis")
    if picture.time:
        for tick in time_ticks(round(scale.start), round(scale.stop), scale.right - scale.left, picture.zone, language):
            canvas.path(f"M{px(scale(tick.at_ms))} {px(bottom)}v4", "axis")
            canvas.text(scale(tick.at_ms), bottom + 16, tick.words, ("t-strong" if tick.strong else "t-faint") + " mid")
    else:
        count = max(2, int((scale.right - scale.left) / 80))
        digits = digits_of(tick_step(scale.start, scale.stop, count))
        for value in ticks(scale.start, scale.stop, count):
            canvas.path(f"M{px(scale(value))} {px(bottom)}v4", "axis")
            canvas.text(scale(value), bottom + 16, number(value, digits), "mid")
    if picture.x_title:
        canvas.text((scale.left + scale.right) / 2, bottom + 32, picture.x_title, "mid")


def _curve(canvas: Canvas, curve: Curve, x: Scale, y: Scale, css: str) -> None:
    banded = [p for p in curve.points if p.low is not None and p.high is not None]
    if len(banded) > 1:
        above = " ".join(f"{px(x(p.x))},{px(y(p.high or 0.0))}" for p in banded)
        below = " ".join(f"{px(x(p.x))},{px(y(p.low or 0.0))}" for p in reversed(banded))
        canvas.path(f"M{above} L{below}Z", "band")
    if curve.points:
        canvas.path("M" + " ".join(f"{px(x(p.x))},{px(y(p.y))}" for p in curve.points), css)


def _ends(canvas: Canvas, picture: Curves, x: Scale, y: Scale, names: float) -> None:
    """Write each line's name at its end, pushed apart so that no two touch."""
    ends = sorted((y(c.points[-1].y), at, c.name) for at, c in enumerate(picture.curves) if c.points)
    taken = 0.0
    for height, at, name in ends:
        taken = max(height, taken + 13) if taken else height
        canvas.text(x.right + 8, taken + 4, fitted(name, names), "t-strong" if at == 0 else "t-ink")
