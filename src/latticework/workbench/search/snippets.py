"""The lines of a document around what was found, with the found words marked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple

from latticework.workbench.search.words import Term, fold

BEFORE: Final = 60
LENGTH: Final = 240
LOOKED_THROUGH: Final = 20_000
"""Characters that are folded one by one, where folding changes how many there are."""


class Fragment(NamedTuple):
    """A piece of a snippet; `hit` says that it was looked for."""

    text: str
    hit: bool


def snippet(text: str, terms: Sequence[Term]) -> tuple[Fragment, ...]:
    """Return about :data:`LENGTH` characters of `text` around the first place that was looked for."""
    folded, places = _folded(text)
    spans = _spans(folded, [term for term in terms if not term.without])
    at = places[spans[0][0]] if spans else 0
    begin = max(0, at - BEFORE)
    if begin:
        space = text.find(" ", begin, at)
        begin = space + 1 if space >= 0 else begin
    end = min(len(text), begin + LENGTH)
    found: list[Fragment] = [Fragment("… ", False)] if begin else []
    for low, high in spans:
        start, stop = places[low], places[high - 1] + 1
        if start < begin or stop > end:
            continue
        if start > begin:
            found.append(Fragment(text[begin:start], False))
        found.append(Fragment(text[start:stop], True))
        begin = stop
    found.append(Fragment(text[begin:end] + (" …" if end < len(text) else ""), False))
    return tuple(fragment for fragment in found if fragment.text)


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """Return the folded text, and for each of its characters the place in `text` that it came from."""
    if text.isascii() or unicodedata.is_normalized("NFKC", text):
        whole = fold(text)
        if len(whole) == len(text):  # the usual case: each character stands for one
            return whole, range(len(text))
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text[:LOOKED_THROUGH]):
        plain = fold(character)
        folded.append(plain)
        places.extend([place] * len(plain))
    return "".join(folded), places


def _spans(folded: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Return where the terms stand, in order and without overlaps."""
    patterns = [pattern for term in terms if (pattern := _pattern(term))]
    if not patterns:
        return []
    return [match.span() for match in re.finditer("|".join(sorted(patterns, key=len, reverse=True)), folded)]


def _pattern(term: Term) -> str:
    words: list[str] = []
    for token in term.tokens:
        if words and not token.isascii() and words[-1] and not words[-1].isascii() and words[-1][-1] == token[0]:
            words[-1] += token[1:]  # overlapping pairs are one run again
        else:
            words.append(token)
    # The index stems English, so that "radar" finds "radars": the rest of a word is marked with its stem.
    parts = [rf"(?<!\w){re.escape(w[:max(3, len(w) - 2)] if w.isalpha() else w)}\w*" if w.isascii() else re.escape(w)
             for w in words]
    return r"[\W_]{0,3}".join(parts)
