"""Numbers as people write them: signs, groups of thousands, and which mark is the decimal one.

A text such as 1,234 is 1234 to some and 1.234 to others. The values of the whole column decide (0,5 or 1,234,567
leave no doubt); where none does, the value is refused with both readings rather than guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from latticework.workbench.tables.dates import Wrong

_PLAIN: Final = re.compile(r"\d+")
_GROUPED_COMMA: Final = re.compile(r"\d{1,3}(?:,\d{3})+")
_GROUPED_POINT: Final = re.compile(r"\d{1,3}(?:\.\d{3})+")
_POINT: Final = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d*)\.\d+|\d+\.")
_COMMA: Final = re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d*),\d+|\d+,")
_EXPONENT: Final = re.compile(r"(\d+(?:[.,]\d*)?)[eE]([+-]?\d{1,3})")
_SPACED: Final = re.compile(r"(?<=\d)[ '\u2019\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_MINUS: Final = str.maketrans({"\u2212": "-", "\u2013": "-", "\uff0d": "-", "\u25b2": "-", "\u25b3": "-"})


def signed(text: str) -> tuple[bool, str]:
    """Return whether a number (NFKC) is negative, and its digits without sign and spaces between thousands.

    Minus signs, parentheses, and the triangles of Japanese accounts are understood.
    """
    text = text.translate(_MINUS).strip()
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1].strip()
    if text[:1] in {"-", "+"}:
        negative, text = negative != (text[0] == "-"), text[1:].strip()
    elif text.endswith("-") and text[:1].isdigit():
        negative, text = not negative, text[:-1].strip()
    return negative, _SPACED.sub("", text)


def evidence(digits: str) -> str:
    """Return which decimal mark a number speaks for: ``point``, ``comma``, or nothing."""
    comma, point = digits.count(","), digits.count(".")
    if comma and point:
        if _POINT.fullmatch(digits):
            return "point"
        return "comma" if _COMMA.fullmatch(digits) else ""
    if comma > 1 and _GROUPED_COMMA.fullmatch(digits):
        return "point"
    if point > 1 and _GROUPED_POINT.fullmatch(digits):
        return "comma"
    if comma == 1 and _COMMA.fullmatch(digits) and _sure(digits, ","):
        return "comma"
    if point == 1 and _POINT.fullmatch(digits) and _sure(digits, "."):
        return "point"
    return ""


def _sure(digits: str, mark: str) -> bool:
    before, _mark, after = digits.partition(mark)
    return len(after) != 3 or not 1 <= len(before) <= 3 or before.startswith("0")


def decide(texts: Iterable[str]) -> tuple[str, str]:
    """Return the decimal mark of a column and the value that shows it; two empty texts where none or both do."""
    found: dict[str, str] = {}
    for text in texts:
        digits = signed(text)[1]
        if (mark := evidence(digits)) and mark not in found:
            found[mark] = text
    if len(found) == 1:
        return next(iter(found.items()))
    return "", ""


def plain(digits: str, mark: str, *, whole: bool, point: bool) -> str:
    """Return digits with a decimal point and no groups, or raise :class:`Wrong`.

    Parameters
    ----------
    mark
        The decimal mark of the column; empty: undecided.
    whole
        Whether the column holds whole numbers, so that 1,234 can only be a group of thousands.
    point
        Whether 1.234 has a decimal point where nothing in the column decides.
    """
    if _PLAIN.fullmatch(digits):
        return digits
    if match := _EXPONENT.fullmatch(digits):
        return f"{match[1].replace(',', '.')}e{match[2]}"
    speaks = evidence(digits)
    if not speaks and not mark:
        if _GROUPED_COMMA.fullmatch(digits):
            if not whole:
                _either(digits, ",")
            return digits.replace(",", "")
        if _GROUPED_POINT.fullmatch(digits):
            if whole or not point:
                _either(digits, ".")
            return digits
        raise Wrong("T-41")
    use = mark or speaks
    if use == "point" and (_POINT.fullmatch(digits) or _GROUPED_COMMA.fullmatch(digits)):
        return digits.replace(",", "")
    if use == "comma" and (_COMMA.fullmatch(digits) or _GROUPED_POINT.fullmatch(digits)):
        return digits.replace(".", "").replace(",", ".")
    raise Wrong("T-41")


def _either(digits: str, mark: str) -> None:
    raise Wrong("T-44", one=digits.replace(mark, ""), other=digits.replace(mark, "."),
                how="Say whether the decimal mark is a point or a comma, or write it without groups of thousands.")
