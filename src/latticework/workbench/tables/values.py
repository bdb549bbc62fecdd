"""From a raw cell to the value of a column, or to what is wrong with it.

:func:`reader` makes the function that reads one column's cells; what the column's other values decided (its decimal
mark, the order of its dates) stands in :class:`Decided`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

import msgspec

from latticework.workbench.tables import dates, numbers
from latticework.workbench.tables.dates import Wrong
from latticework.workbench.tables.schema import SECONDS, Column, Money, Type, Value
from latticework.workbench.tables.source import Elapsed, ErrorCell, NoValue, Percent, RawCell, Serial

EXPECTED: Final[dict[Type, str]] = {
    Type.TEXT: "a text", Type.WHOLE: "a whole number", Type.NUMBER: "a number", Type.MONEY: "an amount of money",
    Type.DATE: "a date", Type.MONTH: "a month", Type.FISCAL_YEAR: "a fiscal year", Type.YES_NO: "yes or no",
    Type.CHOICE: "one of the choices", Type.TRIGRAPH: "an ISO 3166 trigraph", Type.ID: "an id of the right form",
    Type.REFERENCE: "the key of a row of another sheet", Type.DURATION: "a duration",
}
"""What a cell of each type should hold, in words."""
EXAMPLES: Final[dict[Type, str]] = {
    Type.TEXT: "Harbor light", Type.WHOLE: "12", Type.NUMBER: "12.5", Type.MONEY: "1200", Type.DATE: "2024-04-01",
    Type.MONTH: "2024-04", Type.FISCAL_YEAR: "2024", Type.YES_NO: "yes", Type.TRIGRAPH: "JPN", Type.ID: "A-1",
    Type.REFERENCE: "A-1", Type.DURATION: "PT1H30M",
}
YES: Final = frozenset({"yes", "y", "true", "t", "1", "x", "はい", "有", "有り", "あり", "可", "○", "◯", "〇", "真"})
NO: Final = frozenset({"no", "n", "false", "f", "0", "-", "いいえ", "無", "無し", "なし", "否", "×", "✕", "偽"})
SYMBOLS: Final[dict[str, tuple[str, ...]]] = {
    "¥": ("JPY", "CNY"), "円": ("JPY",), "元": ("CNY",), "$": ("USD", "AUD", "CAD", "NZD", "SGD", "TWD", "HKD"),
    "US$": ("USD",), "A$": ("AUD",), "€": ("EUR",), "£": ("GBP",), "₩": ("KRW",), "원": ("KRW",), "₱": ("PHP",),
    "₹": ("INR",),
}
UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd\ufffe\uffff]")
_LIGHT: Final = re.compile("[\u200b\u200e\u200f\u2060\ufeff\u00ad]")
"""Marks that are left behind by copying and change nothing that is read; they are removed."""
_UNIT: Final = re.compile(r"(.*?[\d)])\s*([^\d\s.,()+-][^\d]*)")
_SURE_POINT: Final = re.compile(r"-?(?:\d{4,}|0|\d+(?=\.(?:\d{1,2}$|\d{4,}$)))\.\d+", re.ASCII)
"""A number that can only have a decimal point: not one to three digits before it and three after it."""
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TOLERANCE: Final = 1e-9


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one column of one file.

    Parameters
    ----------
    mark
        Decimal mark: ``point``, ``comma`` or undecided.
    order
        What comes first in 03/04/2024: ``day``, ``month`` or undecided.
    point
        See :class:`~latticework.workbench.tables.source.SourceSheet`.
    date1904
        Date system of serial numbers.
    """

    mark: str = ""
    order: str = ""
    point: bool = True
    date1904: bool = False


class Read(msgspec.Struct):
    """What reading a column brought up besides values; the checker says each once or with its row."""

    as_text: bool = False
    warnings: list[Wrong] = msgspec.field(default_factory=list)


Reader = Callable[[RawCell], Value]


def fold(text: str) -> str:
    """Return a text as it is compared: width, case, and space do not matter."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def clean(text: str) -> str:
    """Return a text without surrounding space and copying marks.

    Raises
    ------
    Wrong
        When it holds control characters, marks that turn the direction of reading, or damaged ones.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    if found := UNSEEN.search(text):
        raise Wrong("T-48", which=f"U+{ord(found[0]):04X}")
    return _LIGHT.sub("", text).replace("\r\n", "\n").strip()


def is_empty(raw: RawCell) -> bool:
    """Say whether a cell holds nothing."""
    return raw is None or (type(raw) is str and not raw.strip())


def reader(column: Column, decided: Decided, seen: Read) -> Reader:
    """Return the function that reads the cells of a column that are not empty; it raises :class:`Wrong`."""
    make = {
        Type.TEXT: _text, Type.ID: _id, Type.REFERENCE: _id, Type.TRIGRAPH: _trigraph, Type.CHOICE: _choice,
        Type.YES_NO: _yes_no, Type.WHOLE: _number, Type.NUMBER: _number, Type.MONEY: _money, Type.DATE: _date,
        Type.MONTH: _date, Type.FISCAL_YEAR: _fiscal, Type.DURATION: _duration,
    }[column.type]
    inner = make(column, decided, seen)

    def read(raw: RawCell) -> Value:
        if type(raw) is ErrorCell:
            raise Wrong("T-45", error=str(raw)[:20])
        if type(raw) is NoValue:
            raise Wrong("T-46")
        return inner(raw)

    return read


def written(raw: RawCell) -> str:
    """Return a cell as text: a whole number without a decimal point, as a spreadsheet shows it."""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, float):
        return f"{int(raw)}" if raw.is_integer() and abs(raw) < 1e15 else f"{raw:.15g}"
    return str(raw)


def _text(column: Column, decided: Decided, seen: Read) -> Reader:
    fits = re.compile(column.pattern).fullmatch if column.pattern else None

    def read(raw: RawCell) -> Value:
        text = clean(raw if type(raw) is str else _shown_text(raw, decided))
        if len(text) > column.longest:
            raise Wrong("T-49", length=f"{len(text):,}" if len(text) < 32_767 else "32,767 or more",
                        bound=f"{column.longest:,}")
        if fits is not None and not fits(text):
            raise Wrong("T-41")
        return text

    return read


def _shown_text(raw: RawCell, decided: Decided) -> str:
    if isinstance(raw, Serial):
        return dates.of_serial(raw, date1904=decided.date1904).isoformat()
    return written(raw)


def _id(column: Column, decided: Decided, seen: Read) -> Reader:
    inner = _text(column, decided, seen)

    def read(raw: RawCell) -> Value:
        if type(raw) is str and not raw.isascii():
            raw = unicodedata.normalize("NFKC", raw)
        text = inner(raw)
        if isinstance(text, str) and "\n" in text:
            raise Wrong("T-41")
        return text

    return read


def _trigraph(column: Column, decided: Decided, seen: Read) -> Reader:
    def read(raw: RawCell) -> Value:
        text = unicodedata.normalize("NFKC", clean(written(raw))).upper()
        if not re.fullmatch("[A-Z]{3}", text):
            raise Wrong("T-41")
        return text

    return read


def _choice(column: Column, decided: Decided, seen: Read) -> Reader:
    known = {fold(word): c.value for c in column.choices for word in (c.value, *c.words)}
    listed = ", ".join(c.value for c in column.choices[:12]) + (", …" if len(column.choices) > 12 else "")

    def read(raw: RawCell) -> Value:
        text = clean(written(raw))
        found = known.get(text) or known.get(folded := fold(text))
        if found is None:
            near = get_close_matches(folded[:100], known, n=1)
            raise Wrong("T-43", choices=listed, near=known[near[0]] if near else "")
        return found

    return read


def _yes_no(column: Column, decided: Decided, seen: Read) -> Reader:
    def read(raw: RawCell) -> Value:
        if isinstance(raw, bool):
            return raw
        text = fold(clean(written(raw)))
        if text in YES:
            return True
        if text in NO:
            return False
        raise Wrong("T-41")

    return read


def _bounds(low: float | None, high: float | None, unit: str) -> str:
    tail = f" {unit}" if unit else ""
    if low is None:
        return f"≤ {high:,.15g}{tail}"
    return f"≥ {low:,.15g}{tail}" if high is None else f"{low:,.15g} … {high:,.15g}{tail}"


def _within(value: float | Decimal, column: Column, unit: str = "") -> None:
    if (column.low is not None and value < column.low) or (column.high is not None and value > column.high):
        raise Wrong("T-42", bounds=_bounds(column.low, column.high, unit or column.unit))


def _digits(text: str, unit: str) -> tuple[str, bool]:
    """Return a number's text without its unit, and whether it was a percentage."""
    match = _UNIT.fullmatch(text)
    if match is None or re.fullmatch(r"[eE][+-]?", match[2]):
        return text, False
    said = fold(match[2])
    if said == "%":
        if unit not in {"", "%"}:
            raise Wrong("T-50", unit=unit)
        return match[1], unit != "%"
    if said != fold(unit):
        raise Wrong("T-50" if re.search(r"[a-z]", said) and unit else "T-41", unit=unit)
    return match[1], False


def _number(column: Column, decided: Decided, seen: Read) -> Reader:
    whole, unit = column.type is Type.WHOLE, column.unit

    def read(raw: RawCell) -> Value:
        kind = type(raw)
        if kind is float:
            value = float(raw)  # type: ignore[arg-type]
        elif kind is Percent:
            value = float(f"{float(raw) * 100:.12g}") if unit == "%" else float(raw)  # type: ignore[arg-type]
        elif kind is str:
            text = clean(raw)  # type: ignore[arg-type]
            if text.isascii() and text.isdigit() and len(text) < 300:
                seen.as_text = True
                value = float(text)
                if whole:
                    _within(int(text), column)
                    return int(text)
            elif decided.mark != "comma" and len(text) < 300 and _SURE_POINT.fullmatch(text):
                seen.as_text = True
                value = float(text)
            else:
                part, percent = _digits(unicodedata.normalize("NFKC", text), unit)
                negative, digits = numbers.signed(part)
                if len(digits) > 300:
                    raise Wrong("T-41")
                plain = numbers.plain(digits, decided.mark, whole=whole, point=decided.point)
                value = float(plain) * (-1 if negative else 1)
                if whole and plain.isdigit():
                    exact = -int(plain) if negative else int(plain)
                    _within(exact, column)
                    return exact
                if percent:
                    value = float(f"{value / 100:.15g}")
                seen.as_text = True
        else:
            raise Wrong("T-41")
        if value - value != 0:  # infinite, or not a number
            raise Wrong("T-41")
        _within(value, column)
        if not whole:
            return value
        if abs(value - round(value)) > _TOLERANCE * max(1.0, abs(value)):
            raise Wrong("T-41")
        return round(value)

    return read


def _money(column: Column, decided: Decided, seen: Read) -> Reader:
    allowed = column.currencies
    only = allowed[0] if len(allowed) == 1 else ""
    unit = " / ".join(allowed)

    def currency(said: str) -> str:
        words = said.strip().upper()
        fits = [c for c in SYMBOLS.get(words, (words,)) if c in allowed]
        if not words and only:
            return only
        if len(fits) != 1:
            raise Wrong("T-50", unit=unit)
        return fits[0]

    def read(raw: RawCell) -> Value:
        if type(raw) is float:
            amount, name = Decimal(repr(float(raw))), currency("")
        elif type(raw) is str:
            text = unicodedata.normalize("NFKC", clean(raw))
            match = re.fullmatch(r"([^\d]*?)([(+\-\u2212▲△]*\s*[\d.][\d.,'’\s\u00a0]*\)?)\s*([^\d]*)", text)
            if match is None:
                raise Wrong("T-41")
            before, digits_text, after = match[1].strip(), match[2], match[3].strip()
            if before[:1] in {"-", "\u2212", "▲", "△", "("}:
                digits_text, before = before[0] + digits_text + (after if after == ")" else ""), before[1:]
                after = "" if after == ")" else after
            if before and after and currency(before) != currency(after):
                raise Wrong("T-50", unit=unit)
            name = currency(before or after)
            negative, digits = numbers.signed(digits_text)
            plain = numbers.plain(digits, decided.mark, whole=False, point=decided.point)
            amount = Decimal(plain) * (-1 if negative else 1)
            seen.as_text = True
        else:
            raise Wrong("T-41")
        if not amount.is_finite():
            raise Wrong("T-41")
        _within(amount, column, name)
        return Money(amount * column.scale, name)

    return read


def _date(column: Column, decided: Decided, seen: Read) -> Reader:
    month = column.type is Type.MONTH

    @lru_cache(maxsize=4096)
    def of_text(text: str) -> tuple[date, bool]:
        text = unicodedata.normalize("NFKC", text).strip()
        if month:
            return dates.read_month(text, eras=column.eras, order=decided.order), False
        return dates.read_date(text, eras=column.eras, order=decided.order)

    def read(raw: RawCell) -> Value:
        kind = type(raw)
        late = False
        if kind is Serial or kind is float:
            found, late = _of_number(float(raw), kind is Serial, decided, seen)  # type: ignore[arg-type]
        elif kind is str:
            text = clean(raw)  # type: ignore[arg-type]
            if _ISO_DAY.fullmatch(text):  # what most files have
                found = _iso_day(text)
            else:
                found, late = of_text(text)
        else:
            raise Wrong("T-41")
        if late and not month:
            seen.warnings.append(Wrong("T-55"))
        if month:
            found = found.replace(day=1)
        if (column.first and found < column.first) or (column.last and found > column.last):
            low, high = column.first, column.last
            raise Wrong("T-42", bounds=f"≥ {low}" if high is None else f"≤ {high}" if low is None
                        else f"{low} … {high}")
        return found

    return read


def _iso_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Wrong("T-51") from None


def _of_number(value: float, formatted: bool, decided: Decided, seen: Read) -> tuple[date, bool]:
    if not formatted and 18_000_101 <= value <= 22_001_231 and value.is_integer():
        return dates.read_date(str(int(value)), eras=False, order="")
    day = dates.of_serial(value, date1904=decided.date1904)
    if not formatted:
        seen.warnings.append(Wrong("T-54", date=day.isoformat()))
    return day, value != int(value)


def _fiscal(column: Column, decided: Decided, seen: Read) -> Reader:
    def read(raw: RawCell) -> Value:
        if type(raw) is Serial:
            found = dates.fiscal_year(dates.of_serial(raw, date1904=decided.date1904), column.fiscal_start)
        else:
            text = unicodedata.normalize("NFKC", clean(written(raw)))
            found = dates.read_fiscal_year(text, start=column.fiscal_start, eras=column.eras, order=decided.order)
        _within(found, column)
        return found

    return read


def _duration(column: Column, decided: Decided, seen: Read) -> Reader:
    factor = SECONDS.get(column.unit, 0)

    def read(raw: RawCell) -> Value:
        kind = type(raw)
        if kind is Elapsed:
            found = timedelta(seconds=round(float(raw) * 86_400, 3))  # type: ignore[arg-type]
        elif kind is float and factor:
            found = timedelta(seconds=float(raw) * factor)  # type: ignore[arg-type]
        elif kind is str:
            text = unicodedata.normalize("NFKC", clean(raw))  # type: ignore[arg-type]
            if factor and re.fullmatch(r"\d[\d.,]*", text):
                plain = numbers.plain(text, decided.mark, whole=False, point=decided.point)
                found = timedelta(seconds=float(plain) * factor)
            else:
                found = dates.read_duration(text)
        else:
            raise Wrong("T-41")
        _within(found.total_seconds() / (factor or 1), column, column.unit or "s")
        return found

    return read
