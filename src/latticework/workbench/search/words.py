"""Words of texts and of queries: the same folding and the same tokens on both sides.

Text is folded (NFKC, case, Latin accents) and cut into runs. A run of letters and digits is one token; a run of
Chinese, Japanese or Korean characters becomes its overlapping pairs and its last character, so that a word of two
characters is found inside any longer one without a dictionary (Unicode Standard Annex 15 for NFKC; the pairs are those
of Lucene's CJKAnalyzer). What is not a letter or digit separates.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from latticework.kernel.errors import InvalidSearch

MAX_QUERY: Final = 400
MAX_TERMS: Final = 16

_CJK: Final = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUNS: Final = re.compile(rf"([{_CJK}]+)|([^\W_{_CJK}]+)")
_WORDS: Final = re.compile(r'(-?)"([^"]*)"?|(-?)(\S+)')
_LATIN_END: Final = 0x0250
"""Code points below have their accents taken off; the marks of kana and Hangul are letters of their own."""


class Term(NamedTuple):
    """One word or phrase of a query.

    Parameters
    ----------
    tokens
        That stand one after another.
    prefix
        The last token may go on.
    without
        Documents with it do not match.
    """

    tokens: tuple[str, ...]
    prefix: bool = False
    without: bool = False


def fold(text: str) -> str:
    """Return `text` without the differences that a reader does not mean: width, case, Latin accents."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if plain.isascii():
        return plain
    return "".join(
        c if ord(c) >= _LATIN_END or ord(c) < 0x80 else unicodedata.normalize("NFD", c)[0] for c in plain
    )


def tokens(text: str) -> list[str]:
    """Return the tokens of `text` in order."""
    found: list[str] = []
    for cjk, word in _RUNS.findall(fold(text)):
        if word:
            found.append(word)
        else:
            found.extend(cjk[i: i + 2] for i in range(len(cjk) - 1))
            found.append(cjk[-1])
    return found


def parse_query(query: str, *, typing: bool = False) -> tuple[Term, ...]:
    """Return the terms of a query.

    Words are all wanted. ``"several words"`` stand one after another, ``-word`` must not occur, ``word*`` may go on.
    Anything else is text: nothing that is typed reaches the index as syntax.

    Parameters
    ----------
    query
        As it was typed.
    typing
        The last word is still being typed, so it may go on.

    Raises
    ------
    InvalidSearch
        When it is too long, or no word to be found is left.
    """
    if len(query) > MAX_QUERY:
        raise InvalidSearch(f"a search has at most {MAX_QUERY} characters; shorten it.")
    found: list[Term] = []
    for minus, phrase, other, word in _WORDS.findall(query):
        text, without = (word, other == "-") if word else (phrase, minus == "-")
        term = _term(text, without=without)
        if term is not None:
            found.append(term)
    if typing and found and not found[-1].without and not query.endswith((" ", '"', "\u3000")):
        found[-1] = found[-1]._replace(prefix=True)
    if len(found) > MAX_TERMS:
        raise InvalidSearch(f"a search has at most {MAX_TERMS} words; leave some out.")
    if all(term.without for term in found):
        raise InvalidSearch("a search needs a word to look for: letters, digits or characters.")
    return tuple(found)


def _term(text: str, *, without: bool) -> Term | None:
    cut = tokens(text)
    if not cut:
        return None
    prefix = text.endswith("*")
    if _is_cjk(cut[-1]):
        if len(cut) > 1 and len(cut[-1]) == 1 and _is_cjk(cut[-2]):
            cut.pop()  # the end of a run in the query is seldom the end of the run in a text
        elif len(cut[-1]) == 1:
            prefix = True  # one character: the first of a pair, or the last of a run
    return Term(tuple(cut), prefix, without)


def _is_cjk(token: str) -> bool:
    return re.match(f"[{_CJK}]", token) is not None
