"""What a number's format shows it as: a date, a time, a percentage, or a plain number.

Source: ECMA-376 part 1 (5th edition, 2016), 18.8.30: the built-in formats and the letters of format codes.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import Final


class Shown(Enum):
    """As what a number is shown."""

    NUMBER = "number"
    DATE = "date"
    ELAPSED = "time"
    PERCENT = "percent"


_BUILT_IN: Final[dict[int, Shown]] = {
    **dict.fromkeys((9, 10), Shown.PERCENT),
    **dict.fromkeys((14, 15, 16, 17, 22), Shown.DATE),
    **dict.fromkeys((18, 19, 20, 21, 45, 46, 47), Shown.ELAPSED),
    # East Asian editions: eras, years and months, and times (32 to 35, 55, 56).
    **dict.fromkeys((27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58), Shown.DATE),
    **dict.fromkeys((32, 33), Shown.ELAPSED),
    **dict.fromkeys((34, 35, 55, 56), Shown.DATE),
}
_QUOTED: Final = re.compile(r'"[^"]*"|\\.|_.|\*.')
_ELAPSED: Final = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_BRACKET: Final = re.compile(r"\[[^\]]*\]")


@lru_cache(maxsize=1024)
def shown_as(number: int, code: str | None) -> Shown:
    """Return as what a format shows a number.

    Parameters
    ----------
    number
        Of the format; its meaning is built in where the workbook has no `code` for it.
    code
        The format code, such as ``yyyy/m/d``.
    """
    if code is None:
        return _BUILT_IN.get(number, Shown.NUMBER)
    first = _QUOTED.sub("", code).split(";")[0]
    if _ELAPSED.search(first):
        return Shown.ELAPSED
    bare = _BRACKET.sub("", first).lower()
    if "general" in bare:
        return Shown.NUMBER
    bare = bare.replace("am/pm", "").replace("a/p", "")
    if re.search(r"[yd]|g+e", bare) or ("m" in bare and not re.search(r"[hs]", bare)):
        return Shown.DATE
    if re.search(r"[hs]", bare):
        return Shown.ELAPSED
    return Shown.PERCENT if "%" in bare else Shown.NUMBER
