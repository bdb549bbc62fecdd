"""The fixed words of a brief, in its own language: a brief speaks its reader's language, not its maker's screen's."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

NARROW: Final = "\N{NARROW NO-BREAK SPACE}"
MINUS: Final = "\N{MINUS SIGN}"
DASH: Final = "\N{EN DASH}"

_EN: Final[dict[str, str]] = {
    "contents": "Contents", "sources": "Sources", "table": "Table", "figure": "Figure", "appendix": "Appendix",
    "page": "Page {n} of {m}", "finding": "Finding", "caution": "Caution", "of": "of {n}",
    "distribution": "Distribution", "date": "Date", "from": "From", "marking": "Marking",
    "V": "V", "P": "P", "invented": "invented", "none": DASH,
    "V_long": "read in the full text", "P_long": "press report", "invented_long": "invented for the example",
    "statuses": "V: read in the full text. P: press report. Invented: made up for the example, no fact.",
    "portions": "Each part carries its own marking where markings differ; the sheet carries their highest.",
    "cut": "[cut here; {n} more characters]",
    "geta": "Characters that the fonts of this brief lack are printed as 〓: {n}.",
    "empty": "There is no row.", "record": "record",
    "invented_note": "Numbers marked “invented” are made up for the example.",
    "fonts": "The fonts of printed briefs are not installed here; this sheet is set in others.",
    "made_for": "Made for {post} on {date}. What this officer may not have is not in it.",
}
_JA: Final[dict[str, str]] = {
    "contents": "目次", "sources": "出典", "table": "表", "figure": "図", "appendix": "附属",
    "page": "{m}頁中{n}頁", "finding": "要点", "caution": "留意事項", "of": "／{n}",
    "distribution": "配布先", "date": "作成日", "from": "作成", "marking": "取扱区分",
    "V": "V", "P": "P", "invented": "仮", "none": DASH,
    "V_long": "全文を確認", "P_long": "報道", "invented_long": "例示のための仮の内容",
    "statuses": "V：全文を確認したもの。P：報道によるもの。仮：例示のために作成したもので、事実ではない。",
    "portions": "区分が異なる箇所には、それぞれの区分を付す。各頁の区分は、そのうち最も高いものである。",
    "cut": "［以下{n}字省略］", "geta": "字形のない文字は〓で示した（{n}字）。",
    "empty": "該当する行はない。", "record": "記録",
    "invented_note": "「仮」と付した数値は、例示のための仮の値である。",
    "fonts": "印刷用の書体が導入されていないため、別の書体で組版した。",
    "made_for": "{post}用、{date}作成。閲覧権限のない内容は含まない。",
}
WORDS: Final[dict[str, dict[str, str]]] = {"en": _EN, "ja": _JA}


def words_of(language: str) -> dict[str, str]:
    """Return the fixed words in `language`; English where there are none."""
    return WORDS.get(language, _EN)


def number(value: float, digits: int = 0) -> str:
    """Write a number: thin spaces between thousands, a true minus, `digits` decimals."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - not a number
        return DASH
    text = f"{abs(value):,.{digits}f}".replace(",", NARROW)
    return f"{MINUS}{text}" if value < 0 and float(f"{abs(value):.{digits}f}") else text


def figure(value: float) -> str:
    """Write a key figure: whole when it is whole, else with at most three decimals."""
    digits = 0 if value == int(value) else next((d for d in (1, 2) if round(value, d) == value), 3)
    return number(value, digits)


def day(ms: int, language: str) -> str:
    """Return a date in words, UTC: ``28 November 2026``, ``2026年11月28日``."""
    at = datetime.fromtimestamp(ms / 1000, UTC)
    if language == "ja":
        return f"{at.year}年{at.month}月{at.day}日"
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def moment(ms: int) -> str:
    """Return a time for a table cell, UTC: ``2026-11-28 09:00``; a dash outside the years 1970 to 9999."""
    if not 0 <= ms <= 253_402_300_799_000:
        return DASH
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


_MONTHS: Final = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                  "November", "December")


@lru_cache(maxsize=64)
def member_name(member: str, language: str) -> str:
    """Return the name of a member from the Unicode territory names; its trigraph when there is none."""
    from babel import Locale
    from babel.core import get_global

    codes = get_global("territory_aliases").get(member) or [member]
    return str(Locale.parse(language).territories.get(codes[0]) or member)
