"""Scales and ticks: from numbers and times to pixels, and where an axis is labeled."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from latticework.kernel.errors import InvalidChart
from latticework.workbench.pictures.canvas import width_of

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
_MOST_TICKS: Final = 400
_E10, _E5, _E2 = math.sqrt(50), math.sqrt(10), math.sqrt(2)


class Scale(NamedTuple):
    """A linear map from ``start..stop`` to ``left..right`` in pixels."""

    start: float
    stop: float
    left: float
    right: float

    def __call__(self, value: float) -> float:
        """Return the pixel of `value`."""
        span = self.stop - self.start
        return self.left + (value - self.start) / span * (self.right - self.left) if span else self.left

    def held(self, value: float) -> float:
        """Return the pixel of `value`, or of the nearer end when it lies outside."""
        return self(min(max(value, self.start), self.stop))


def tick_step(start: float, stop: float, count: int) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that gives about `count` steps from `start` to `stop`.

    Source: M. Bostock, d3-array 3 (ISC), ``ticks``: the nearest of the three on a logarithmic scale.
    """
    rough = (stop - start) / max(1, count)
    power = 10.0 ** math.floor(math.log10(rough))
    error = rough / power
    return power * (10 if error >= _E10 else 5 if error >= _E5 else 2 if error >= _E2 else 1)


def ticks(start: float, stop: float, count: int) -> list[float]:
    """Return the multiples of :func:`tick_step` from `start` to `stop`, both included when they are multiples."""
    if not stop > start:
        return [start]
    step = tick_step(start, stop, count)
    digits = max(0, -math.floor(math.log10(step)))
    first, last = math.ceil(start / step - 1e-9), math.floor(stop / step + 1e-9)
    return [round(i * step, digits) + 0.0 for i in range(first, last + 1)]


def nice(start: float, stop: float, count: int) -> tuple[float, float]:
    """Widen a range to whole steps, so that its first and last tick are its ends."""
    if not stop > start:
        return (start, start + 1) if start >= 0 else (start, 0.0)
    step = tick_step(start, stop, count)
    return math.floor(start / step + 1e-9) * step, math.ceil(stop / step - 1e-9) * step


class TimeTick(NamedTuple):
    """A line of a time axis: when, its words, and whether a larger unit begins there (written in bold)."""

    at_ms: int
    words: str
    strong: bool


def zone_named(name: str) -> tzinfo:
    """Return a zone by its IANA name."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidChart(f"there is no time zone {name[:60]!r}; use an IANA name such as Asia/Tokyo.") from None


_CANDIDATES: Final = (
    *((unit, size) for unit, sizes in (("hour", (1, 3, 6, 12)), ("day", (1,)), ("week", (7,)), ("month", (1, 3)))
      for size in sizes),
    *(("month", 12 * years) for years in (1, 2, 5, 10, 20, 50, 100)),
)
_DAYS: Final = {"hour": 1 / 24, "day": 1.0, "week": 1.0, "month": 30.44}
"""Days of a unit; the size of weeks is in days."""
AIR_PX: Final = 9.0
LEAST_PX: Final = 24.0


def time_ticks(start_ms: int, stop_ms: int, px: float, zone: str, language: str) -> list[TimeTick]:
    """Return the ticks of a time axis that is `px` wide: hours, days, weeks, months, quarters or years.

    The smallest unit is chosen whose words have room before the next ones; a unit begins where it begins in `zone`.
    """
    where = zone_named(zone)
    px_per_day = px / (max(stop_ms - start_ms, 1) / DAY_MS)
    found: list[TimeTick] = []
    for unit, size in _CANDIDATES:
        if _DAYS[unit] * size * px_per_day < LEAST_PX and (unit, size) != _CANDIDATES[-1]:
            continue
        found = _steps(start_ms, stop_ms, where, language, unit, size)
        places = [(tick.at_ms - start_ms) / DAY_MS * px_per_day for tick in found]
        if all(b - a >= width_of(tick.words) * (1.1 if tick.strong else 1.0) + AIR_PX
               for tick, a, b in zip(found, places, places[1:], strict=False)):
            break
    return found


def _steps(start_ms: int, stop_ms: int, zone: tzinfo, language: str, unit: str, size: int) -> list[TimeTick]:
    at = _first(datetime.fromtimestamp(start_ms / 1000, zone), unit, size)
    found: list[TimeTick] = []
    for _ in range(_MOST_TICKS):
        ms = round(at.timestamp() * 1000)
        if ms > stop_ms:
            break
        if ms >= start_ms:
            words, strong = _words(at, unit, size, language, first=not found)
            found.append(TimeTick(ms, words, strong))
        at = _next(at, unit, size)
    return found


def _first(at: datetime, unit: str, size: int) -> datetime:
    day = at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if unit == "hour":
        return day + timedelta(hours=at.hour // size * size)
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    month = day.replace(day=1)
    if size < 12:
        return month.replace(month=(month.month - 1) // size * size + 1)
    years = size // 12
    return month.replace(month=1, year=max(1, month.year // years * years))


def _next(at: datetime, unit: str, size: int) -> datetime:
    if unit == "hour":
        return at + timedelta(hours=size)
    if unit in {"day", "week"}:
        return at + timedelta(days=size)
    month = at.month - 1 + size
    return at.replace(year=at.year + month // 12, month=month % 12 + 1)


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _words(at: datetime, unit: str, size: int, language: str, *, first: bool) -> tuple[str, bool]:
    ja = language == "ja"
    month, year = (f"{at.month}月" if ja else _MONTHS[at.month - 1]), (f"{at.year}年" if ja else f"{at.year}")
    day = f"{at.month}月{at.day}日" if ja else f"{at.day} {_MONTHS[at.month - 1]}"
    if unit == "hour":
        strong = first or at.hour == 0
        return (day if at.hour == 0 else f"{day} {at:%H:%M}" if first else f"{at:%H:%M}"), strong
    if unit in {"day", "week"}:
        strong = first or (at.day <= size and at.month == 1)
        return (f"{year}{day}" if ja else f"{day} {year}") if strong and unit == "week" else day, strong
    if size >= 12:
        return year, first
    strong = first or at.month == 1
    if size == 3 and not ja:
        quarter = f"Q{(at.month - 1) // 3 + 1}"
        return f"{year} {quarter}" if strong else quarter, strong
    return (f"{year}{month}" if ja else f"{month} {year}") if strong else month, strong


def date_words(ms: int, zone: str, language: str) -> str:
    """Return a date, with the time of day when it is not midnight: ``13 May 2026``, ``2026年5月13日 08:42``."""
    at = datetime.fromtimestamp(ms / 1000, zone_named(zone))
    day = f"{at.year}年{at.month}月{at.day}日" if language == "ja" else f"{at.day} {_MONTHS[at.month - 1]} {at.year}"
    return day if (at.hour, at.minute) == (0, 0) else f"{day} {at:%H:%M}"


def number(value: float, digits: int | None = None) -> str:
    """Write a number: thin spaces between thousands, a true minus, as many decimals as it needs (at most three)."""
    if digits is None:
        digits = next((d for d in (0, 1, 2) if abs(round(value, d) - value) < 1e-9 * max(1.0, abs(value))), 3)
    text = f"{abs(value):,.{digits}f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"\N{MINUS SIGN}{text}" if value < 0 and float(f"{abs(value):.{digits}f}") else text


def digits_for(values: list[float]) -> int:
    """Return how many decimals values need to be told apart at three significant figures: 0 to 3."""
    largest = max((abs(v) for v in values if v), default=1.0)
    return max(0, min(3, 2 - math.floor(math.log10(largest))))
