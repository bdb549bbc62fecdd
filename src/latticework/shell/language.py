"""Languages of the interface: gettext catalogs of the frame and the rooms, and the one in use for this request.

The language stands in a context variable, so that templates, pages and marks call ``_("...")`` without passing it on.
Message ids are the English words; a catalog for another language maps them. Rule ids, trigraphs, kinds and topics are
never translated.
"""

from __future__ import annotations

import gettext as gnu
from collections.abc import Iterable
from contextvars import ContextVar, Token
from functools import lru_cache
from pathlib import Path

from babel import Locale
from babel.core import get_global

from latticework.shell.settings import LANGUAGES

_HERE = Path(__file__).parent / "locale"
_folders: list[Path] = [_HERE]
_language: ContextVar[str] = ContextVar("language", default="en")


def add_translations(folders: Iterable[Path]) -> None:
    """Let the catalogs of rooms join those of the frame; where both know a message, the frame's words count."""
    for folder in folders:
        if folder not in _folders:
            _folders.append(folder)
    _catalog.cache_clear()


@lru_cache(maxsize=8)
def _catalog(language: str) -> gnu.NullTranslations:
    first: gnu.NullTranslations | None = None
    for folder in _folders:
        found = gnu.translation("messages", folder, [language], fallback=True)
        if first is None:
            first = found
        else:
            first.add_fallback(found)
    return first or gnu.NullTranslations()


def language() -> str:
    """Return the language in use (``en``, ``ja``)."""
    return _language.get()


def speak(chosen: str) -> Token[str]:
    """Use a language from here on in this context; an unknown one means English."""
    return _language.set(chosen if chosen in LANGUAGES else "en")


def _(message: str, **values: object) -> str:
    """Return `message` in the language in use, with ``%(name)s`` filled in from `values`."""
    words = _catalog(_language.get()).gettext(message) if message else ""
    return words % values if values else words


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """Return the form for `n`, with ``%(n)s`` written with thin spaces and `values` filled in."""
    return plural(one, many, n) % {"n": grouped(n), **values}


def plural(one: str, many: str, n: int) -> str:
    """Return the form for `n` with its ``%(name)s`` still open."""
    return _catalog(_language.get()).ngettext(one, many, n)


def N_(message: str) -> str:  # noqa: N802 - the gettext name for "translate later"
    """Mark `message` for extraction and return it as it is; whoever shows it translates it."""
    return message


def negotiate(header: str, default: str) -> str:
    """Return the first language of an ``Accept-Language`` header that the interface speaks, or `default`."""
    wanted: list[tuple[float, str]] = []
    for part in header[:200].split(","):
        tag, _sep, rest = part.strip().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            weight = 0.0
        wanted.append((-weight, tag.split("-")[0].lower()))
    for weight, tag in sorted(wanted, key=lambda pair: pair[0]):
        if tag in LANGUAGES and weight < 0:
            return tag
    return default


def grouped(number: float) -> str:
    """Write a whole number with a thin space between thousands: ``1 204``."""
    return f"{number:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


@lru_cache(maxsize=256)
def member_name(member: str, spoken: str, fallback: str = "") -> str:
    """Return the name of a member in a language, from the Unicode territory names; else `fallback`, else its trigraph.

    What a member calls itself (`fallback`) is its own claim, so it names only whom Unicode does not know.
    """
    codes = get_global("territory_aliases").get(member) or [member]
    return _SHORT.get((spoken, member)) or str(Locale.parse(spoken).territories.get(codes[0]) or fallback or member)


_SHORT = {
    ("ja", "USA"): "米国", ("ja", "AUS"): "豪州", ("ja", "GBR"): "英国",
    ("en", "KOR"): "Republic of Korea", ("en", "TWN"): "Taiwan",
}
"""The names that people of that language use in tables, where they differ from Unicode's."""
