"""Dates as people write them, and as spreadsheets count them.

Sources: ECMA-376 part 1 (5th edition, 2016), 18.17.4.1 (the 1900 and 1904 date systems); ISO 8601-1:2019; the first
days of the Japanese eras: proclaimed, and for Meiji the beginning of the Gregorian calendar in Japan (1873-01-01).
"""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from typing import Final, NamedTuple

_DAY_1900: Final = date(1899, 12, 31).toordinal()
_DAY_1904: Final = date(1904, 1, 1).toordinal()
LAST_SERIAL: Final = 2_958_465
"""31 December 9999 in the 1900 date system."""
_FICTIVE: Final = 60
"""29 February 1900, which the 1900 date system counts although it never was."""


class Era(NamedTuple):
    """A Japanese era: its name, its letter, its first day and its last."""

    name: str
    letter: str
    first: date
    last: date


ERAS: Final = (
    Era("令和", "R", date(2019, 5, 1), date.max),
    Era("平成", "H", date(1989, 1, 8), date(2019, 4, 30)),
    Era("昭和", "S", date(1926, 12, 25), date(1989, 1, 7)),
    Era("大正", "T", date(1912, 7, 30), date(1926, 12, 24)),
    Era("明治", "M", date(1873, 1, 1), date(1912, 7, 29)),
)
_LETTERS: Final = {"㋿": "令和", "㍻": "平成", "㍼": "昭和", "㍽": "大正", "㍾": "明治"}
_ERA: Final = re.compile(
    r"(令和|平成|昭和|大正|明治|[RHSTM])\s*(元|\d{1,2})\s*[年./-]\s*(?:(\d{1,2})\s*(?:[月./-]\s*(?:(\d{1,2})\s*日?)?)?)?",
    re.IGNORECASE)
_ERA_YEAR: Final = re.compile(r"(令和|平成|昭和|大正|明治|[RHSTM])\s*(元|\d{1,2})\s*(?:年度?)?", re.IGNORECASE)
_ISO: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
                         r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SHORT: Final = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})")
_DAY_WORD: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s.-]+([A-Za-z]{3,9})\.?[\s,-]+(\d{4})")
_WORD_DAY: Final = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_MONTH: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
_WORD_MONTH: Final = re.compile(r"([A-Za-z]{3,9})\.?[\s-]+(\d{4})")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL: Final = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                "november", "december", "sept")


class Wrong(Exception):
    """A value is wrong: the code of the finding and the values of its sentences."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def of_serial(serial: float, *, date1904: bool) -> date:
    """Return the day that a number of days stands for.

    Raises
    ------
    Wrong
        Outside the years 1900 (or 1904) to 9999, and for 29 February 1900.
    """
    if not math.isfinite(serial):
        raise Wrong("T-51")
    day = math.floor(serial)
    if date1904:
        if not 0 <= day <= LAST_SERIAL - 1462:
            raise Wrong("T-51")
        return date.fromordinal(_DAY_1904 + day)
    if day == _FICTIVE:
        raise Wrong("T-52")
    if not 1 <= day <= LAST_SERIAL:
        raise Wrong("T-51")
    return date.fromordinal(_DAY_1900 + day - (day > _FICTIVE))


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Wrong("T-51") from None


def _word(word: str) -> int:
    low = word.lower()
    return _MONTHS.index(low[:3]) + 1 if low in _MONTHS or low in _FULL else 0


def short_parts(text: str) -> tuple[int, int] | None:
    """Return the first two numbers of a date such as 03/04/2024, or None when it is none."""
    match = _SHORT.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def read_date(text: str, *, eras: bool, order: str) -> tuple[date, bool]:
    """Return the day that a text (NFKC) names, and whether a time of day was left out.

    Parameters
    ----------
    eras
        Whether Japanese eras are taken.
    order
        ``day`` or ``month``: what comes first in 03/04/2024; empty: such a date is refused when both could be.
    """
    if match := _ISO.fullmatch(text):
        hour, minute, second = (int(match[n] or 0) for n in (4, 5, 6))
        return _day(int(match[1]), int(match[2]), int(match[3])), bool(hour or minute or second)
    if match := _COMPACT.fullmatch(text):
        return _day(int(match[1]), int(match[2]), int(match[3])), False
    if match := _SHORT.fullmatch(text):
        return _short(int(match[1]), int(match[2]), int(match[3]), order), False
    if match := _DAY_WORD.fullmatch(text):
        if month := _word(match[2]):
            return _day(int(match[3]), month, int(match[1])), False
    elif (match := _WORD_DAY.fullmatch(text)) and (month := _word(match[1])):
        return _day(int(match[3]), month, int(match[2])), False
    if (match := _ERA.fullmatch(_spelled(text))) and match[3] and match[4]:
        if not eras:
            raise Wrong("T-56")
        return _in_era(match[1], match[2], int(match[3]), int(match[4])), False
    raise Wrong("T-41")


def _short(one: int, two: int, year: int, order: str) -> date:
    if order == "month" or (not order and one <= 12 < two):
        return _day(year, one, two)
    if order == "day" or one > 12 or one == two:
        return _day(year, two, one)
    raise Wrong("T-44", one=_day(year, two, one).isoformat(), other=_day(year, one, two).isoformat(),
                how="Write it like 2024-04-01, or say whether the day or the month comes first.")


def _spelled(text: str) -> str:
    return _LETTERS.get(text[:1], text[:1]) + text[1:]


def _era(name: str) -> Era:
    return next(e for e in ERAS if name.upper() in {e.name, e.letter})


def _in_era(name: str, year: str, month: int, day: int) -> date:
    era = _era(name)
    found = _day(era.first.year - (era.name == "明治") * 5 + (1 if year == "元" else int(year)) - 1, month, day)
    if not era.first <= found <= era.last:
        other = next((e for e in ERAS if e.first <= found <= e.last), None)
        raise Wrong("T-53", other=in_era(found) if other else found.isoformat())
    return found


def in_era(day: date) -> str:
    """Return a day in its Japanese era (``令和6年4月1日``); before 1873, in ISO 8601."""
    for era in ERAS:
        if era.first <= day <= era.last:
            base = era.first.year - (5 if era.name == "明治" else 0)
            year = day.year - base + 1
            return f"{era.name}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return day.isoformat()


def read_month(text: str, *, eras: bool, order: str) -> date:
    """Return the first day of the month that a text (NFKC) names."""
    if match := _MONTH.fullmatch(text):
        return _day(int(match[1]), int(match[2]), 1)
    if (match := _WORD_MONTH.fullmatch(text)) and (month := _word(match[1])):
        return _day(int(match[2]), month, 1)
    if (match := _ERA.fullmatch(_spelled(text))) and match[3] and not match[4]:
        if not eras:
            raise Wrong("T-56")
        month = int(match[3])
        # A month belongs to the era if a part of it does: 令和元年5月 and 昭和64年1月 do, 平成31年5月 does not.
        try:
            return _in_era(match[1], match[2], month, 1)
        except Wrong:
            return _in_era(match[1], match[2], month, 28).replace(day=1)
    return read_date(text, eras=eras, order=order)[0].replace(day=1)


def fiscal_year(day: date, start: int) -> int:
    """Return the fiscal year of a day: the calendar year in which it began."""
    return day.year if day.month >= start else day.year - 1


def read_fiscal_year(text: str, *, start: int, eras: bool, order: str) -> int:
    """Return the fiscal year that a text (NFKC) names: ``2024``, ``FY2024``, ``2024/25``, ``令和6年度``, or a day."""
    if match := re.fullmatch(r"(?:FY\s*)?(\d{4})(?:\s*(?:年度?|FY))?", text, re.IGNORECASE):
        return int(match[1])
    if match := re.fullmatch(r"(?:FY\s*)?(\d{4})\s*[/–-]\s*(\d{2}|\d{4})", text, re.IGNORECASE):
        first, second = int(match[1]), int(match[2])
        if start > 1 and second == (first + 1 if second > 99 else (first + 1) % 100):
            return first
        if second > 12 or second == 0:
            raise Wrong("T-41")
    if match := _ERA_YEAR.fullmatch(_spelled(text)):
        if not eras:
            raise Wrong("T-56")
        era = _era(match[1])
        year = era.first.year - (5 if era.name == "明治" else 0) + (1 if match[2] == "元" else int(match[2])) - 1
        # 平成31年度 ran on into 令和元年; so a fiscal year belongs to an era if its first day does, or its last.
        first_day, last_day = date(year, start, 1), date(year, start, 1) + timedelta(days=364)
        if last_day < era.first or first_day > era.last:
            raise Wrong("T-53", other=f"{year}")
        return year
    return fiscal_year(read_date(text, eras=eras, order=order)[0], start)


_ISO_DURATION: Final = re.compile(
    r"P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_CLOCK: Final = re.compile(r"(\d{1,5}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")
_PARTS: Final = re.compile(
    r"(\d+(?:\.\d+)?)\s*(days?|d|日間?|hours?|hrs?|h|時間|minutes?|mins?|min|m|分間?|seconds?|secs?|s|秒間?)\s*",
    re.IGNORECASE)
_PART_SECONDS: Final = {"d": 86_400, "日": 86_400, "h": 3_600, "時": 3_600, "m": 60, "分": 60, "s": 1, "秒": 1}


def read_duration(text: str) -> timedelta:
    """Return a duration: ISO 8601 (``PT1H30M``), ``1:30`` (hours and minutes), or ``2 h 15 min``, ``3 日``."""
    seconds = 0.0
    if (match := _ISO_DURATION.fullmatch(text.upper())) and any(match.groups()):
        factors = (604_800, 86_400, 3_600, 60, 1)
        seconds = sum(float(g or 0) * f for g, f in zip(match.groups(), factors, strict=True))
    elif match := _CLOCK.fullmatch(text):
        seconds = int(match[1]) * 3_600 + int(match[2]) * 60 + float(match[3] or 0)
    else:
        end = 0
        for part in _PARTS.finditer(text):
            if part.start() != end:
                raise Wrong("T-41")
            seconds += float(part[1]) * _PART_SECONDS[part[2][0].lower()]
            end = part.end()
        if end == 0 or end != len(text):
            raise Wrong("T-41")
    if seconds > 86_400 * 366 * 1_000:
        raise Wrong("T-42", bounds="below 1,000 years")
    return timedelta(seconds=seconds)
