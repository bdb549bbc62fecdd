"""Markings: the words of a label as its policy writes them, in its languages, at a place.

A marking is: prefix, the policy's name (or what replaces it), the classification, each tag's chosen categories with the
tag's prefix, separators and suffix, suffix. What a policy does not say in the asked language it says in its default
one. Names that the policy does not list are shown as they are: a marking may say too much, never too little.

Source: NATO ADatP-4774.1, section 3.5, tables 4 to 6; the default separators and the default place (page) are those of
surevine/spiffing.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from latticework.kernel.labels.catalog import Catalog, Choice, Unlisted
from latticework.kernel.labels.label import EVERYONE, Label
from latticework.kernel.labels.scheme import Level, Phrase, Tag, TagKind, Wording
from latticework.kernel.labels.spif import PLACES


class Place(StrEnum):
    """Where a marking stands. A policy without words for a place uses those of the page."""

    PAGE = "page"
    PORTION = "portionMarking"
    DOCUMENT_START = "documentStart"
    DOCUMENT_END = "documentEnd"
    FIRST_LINE = "firstLineOfText"
    LAST_LINE = "lastLineOfText"
    SUBJECT = "subject"
    HEADER = "xHeader"
    TITLE = "inputTitle"
    WATERMARK = "waterMark"


_PAGE: Final = frozenset({"pageTop", "pageBottom", "pageTopBottom"})
_REPLACES: Final = "replacePolicy"
_PART_SEPARATOR: Final = " "
_VALUE_SEPARATOR: Final = "/"
_RELEASE_PREFIX: Final = "REL TO "
"""For a release under a policy that has no release tag set."""


class Speaker:
    """Chooses words by language and place.

    Parameters
    ----------
    language
        Language tag; ``fr-CA`` falls back to ``fr``, and that to the policy's default.
    place
        Where the marking will stand.
    """

    def __init__(self, language: str, place: Place) -> None:
        asked = language.lower().replace("_", "-")
        self._languages = tuple(dict.fromkeys((asked, asked.partition("-")[0], "")))
        self._place = place

    def _here(self, wording: Wording) -> tuple[Phrase, ...]:
        page = tuple(p for p in wording.phrases if not p.codes & PLACES or p.codes & _PAGE)
        if self._place is Place.PAGE:
            return page
        own = tuple(p for p in wording.phrases if self._place.value in p.codes)
        return own or page

    def _first(self, phrases: tuple[Phrase, ...], *, replacing: bool) -> Phrase | None:
        for language in self._languages:
            for phrase in phrases:
                if phrase.language == language and (_REPLACES in phrase.codes) == replacing:
                    return phrase
        return None

    def replaces_policy(self, wording: Wording) -> str | None:
        """Return what is written instead of the policy's name, or None."""
        phrase = self._first(self._here(wording), replacing=True)
        return phrase.text if phrase is not None else None

    def suppresses_level(self, wording: Wording) -> bool:
        """Say whether the classification is left out beside this."""
        return any("suppressClassName" in p.codes and p.language in self._languages for p in self._here(wording))

    def shown(self, name: str, wording: Wording) -> str:
        """Return what is written for a thing; empty when nothing is."""
        phrases = self._here(wording)
        phrase = self._first(phrases, replacing=False)
        if phrase is None:
            phrase = self._first(phrases, replacing=True)
            text = "" if phrase is not None and "noNameDisplay" in phrase.codes else name
        elif phrase.text is not None and "noMarkingDisplay" not in phrase.codes:
            text = phrase.text
        else:
            text = "" if "noNameDisplay" in phrase.codes else name
        return self.wrapped(text, wording) if text else ""

    def qualifier(self, wording: Wording, code: str, default: str = "") -> str:
        """Return a prefix, suffix or separator."""
        for language in self._languages:
            for found in wording.qualifiers:
                if found.code == code and found.language == language:
                    return found.text
        return default

    def wrapped(self, text: str, wording: Wording) -> str:
        """Return `text` between its prefix and suffix."""
        return f"{self.qualifier(wording, 'prefix')}{text}{self.qualifier(wording, 'suffix')}"


def render(catalog: Catalog, label: Label, language: str, place: Place) -> str:
    """Return the marking of `label`.

    Raises
    ------
    InvalidLabel
        When the policy has no classification of that rank.
    """
    speaker, scheme = Speaker(language, place), catalog.scheme
    level = catalog.level(label.classification)
    chosen, unlisted = catalog.chosen(label)
    parts = [_policy(speaker, catalog, level, chosen)]
    if not any(speaker.suppresses_level(c.category.wording) for c in chosen):
        parts.append(speaker.shown(level.name, level.wording))
    parts.extend(_groups(speaker, catalog, label, chosen, unlisted))
    separator = speaker.qualifier(scheme.wording, "separator", _PART_SEPARATOR)
    return speaker.wrapped(separator.join(part for part in parts if part), scheme.wording)


def _policy(speaker: Speaker, catalog: Catalog, level: Level, chosen: tuple[Choice, ...]) -> str:
    for wording in (catalog.scheme.wording, level.wording, *(c.category.wording for c in chosen)):
        replaced = speaker.replaces_policy(wording)
        if replaced is not None:
            return replaced
    return speaker.shown(catalog.scheme.name, catalog.scheme.name_wording)


def _groups(
    speaker: Speaker, catalog: Catalog, label: Label, chosen: tuple[Choice, ...], unlisted: tuple[Unlisted, ...]
) -> Iterator[str]:
    """Yield what is written for each tag, in the order of the policy; then what the policy does not list."""
    releases = catalog.release_set
    others = {u for u in unlisted if not catalog.is_unlisted_release(u)}
    members = [u.name for u in unlisted if catalog.is_unlisted_release(u)]
    versions = f" ({', '.join(sorted(label.release.groups))})" if label.release and label.release.groups else ""
    by_tag: dict[int, list[Choice]] = {}
    for choice in chosen:
        by_tag.setdefault(id(choice.tag), []).append(choice)
    for tag_set in catalog.scheme.tag_sets:
        for tag in tag_set.tags:
            shown = [speaker.shown(c.category.name, c.category.wording) for c in by_tag.get(id(tag), ())]
            extra, after = [], ""
            if tag_set is releases and tag.type.kind is TagKind.PERMISSIVE:
                # The first tag of the release set takes what the policy does not list, and the groups' versions.
                extra, members, after, versions = members, [], versions, ""
            text = _values(speaker, tag, [*(s for s in shown if s), *extra])
            if text or after:
                yield text + after if text else after.strip()
    if members or versions:
        words = ["ALL MEMBERS" if m == EVERYONE else m for m in members]
        yield f"{_RELEASE_PREFIX}{', '.join(words)}{versions}"
    if others:
        yield _VALUE_SEPARATOR.join(sorted(f"{u.tag_set}: {u.name}" if u.tag_set else u.name for u in others))


def _values(speaker: Speaker, tag: Tag, shown: list[str]) -> str:
    if not shown:
        return ""
    return speaker.wrapped(speaker.qualifier(tag.wording, "separator", _VALUE_SEPARATOR).join(shown), tag.wording)


def shown_name(name: str, wording: Wording, language: str) -> str:
    """Return the name of a classification or category in `language`."""
    return Speaker(language, Place.PAGE).shown(name, wording) or name
