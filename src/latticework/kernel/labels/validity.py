"""Is a label one that its policy allows? Every rule of the policy file, the first broken one told in a sentence.

Source: NATO ADatP-4774.1, sections 3.3.3 to 3.4, table 3 (excludedClass, requiredClass, requiredCategory,
excludedCategory, selection limits, obsolete, notBefore and notAfter).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from latticework.kernel.errors import InvalidId, InvalidLabel
from latticework.kernel.ids import parse_member
from latticework.kernel.labels.catalog import Catalog, Choice, Unlisted
from latticework.kernel.labels.label import EVERYONE, Label
from latticework.kernel.labels.scheme import Operation, Requirement

MAX_EXPIRY_MS: Final = 253_402_300_799_999
"""The end of the year 9999, the last that XML dates can write."""
_GROUP: Final = re.compile(r"[^\s@,()<>&]{1,40}@[0-9]{1,9}")


def check(catalog: Catalog, label: Label, *, at_ms: int | None, new: bool) -> None:
    """Raise :class:`InvalidLabel` unless the policy allows `label`.

    Parameters
    ----------
    at_ms
        Time at which it must be valid; None: the policy's validity periods are not asked.
    new
        True: obsolete classifications and categories are refused.
    """
    policy = catalog.scheme.name
    if label.policy != policy:
        raise InvalidLabel(f"the label is of the policy {label.policy[:40]!r}, not of {policy}; map it first.")
    level = catalog.level(label.classification)
    if new and level.obsolete:
        raise InvalidLabel(f"{level.name} is obsolete in {policy}; choose a current classification for a new label.")
    _check_fields(label)
    chosen, unlisted = catalog.chosen(label)
    for name in unlisted:
        _check_unlisted(catalog, name)
    if catalog.release_set is not None and any(c.tag_set == catalog.release_set.name for c in label.permissive):
        raise InvalidLabel(f"{catalog.release_set.name} is a label's release, not one of its other categories.")
    if at_ms is not None:
        _check_period(policy, catalog.scheme.not_before_ms, catalog.scheme.not_after_ms, at_ms)
    for choice in chosen:
        if new and choice.category.obsolete:
            raise InvalidLabel(f"{choice.key} is obsolete in {policy}; a new label cannot have it.")
        if at_ms is not None:
            _check_period(choice.key, choice.category.not_before_ms, choice.category.not_after_ms, at_ms)
        _check_category(catalog, choice, level.name, chosen)
    _check_requirements(catalog, level.name, level.requires, chosen)
    _check_selection(chosen)


def _check_fields(label: Label) -> None:
    for originator in label.originators:
        try:
            parse_member(originator)
        except InvalidId as error:
            raise InvalidLabel(f"an originator of the label is no member: {error.message}") from None
    if label.release is not None:
        for group in label.release.groups:
            if not _GROUP.fullmatch(group):
                raise InvalidLabel(f"the group {group[:40]!r} has no recorded version; write it as QUAD@3.")
    if label.expires_ms is not None and not 0 <= label.expires_ms <= MAX_EXPIRY_MS:
        raise InvalidLabel("the label expires outside the years 1970 to 9999.")


def _check_unlisted(catalog: Catalog, name: Unlisted) -> None:
    releases = catalog.release_set
    if catalog.is_unlisted_release(name):
        if releases is None and name.name == EVERYONE:
            return
        if releases is None or catalog.open_release:
            try:
                parse_member(name.name)
            except InvalidId as error:
                raise InvalidLabel(f"the label is released to somebody unknown: {error.message}") from None
            return
        raise InvalidLabel(f"{catalog.scheme.name} knows no release to {name.name[:40]!r}.")
    where, kind = (name.tag_set or "")[:40], name.kind.lower()
    raise InvalidLabel(f"{catalog.scheme.name} has no {kind} category {name.name[:40]!r} in {where!r}.")


def _check_period(what: str, not_before_ms: int | None, not_after_ms: int | None, at_ms: int) -> None:
    if not_before_ms is not None and at_ms < not_before_ms:
        raise InvalidLabel(f"{what} is not valid yet.")
    if not_after_ms is not None and at_ms > not_after_ms:
        raise InvalidLabel(f"{what} is not valid any more.")


def _check_category(catalog: Catalog, choice: Choice, level: str, chosen: tuple[Choice, ...]) -> None:
    category = choice.category
    if level in category.excluded_levels:
        raise InvalidLabel(f"{choice.key} cannot stand beside {level}.")
    if category.required_level is not None and level != category.required_level:
        raise InvalidLabel(f"{choice.key} stands only beside {category.required_level}.")
    for reference in category.excludes:
        for other in chosen:
            if other is not choice and catalog.meets(other, reference):
                raise InvalidLabel(f"{choice.key} and {other.key} cannot stand in one label.")
    _check_requirements(catalog, choice.key, category.requires, chosen)


def _check_requirements(
    catalog: Catalog, what: str, requirements: tuple[Requirement, ...], chosen: tuple[Choice, ...]
) -> None:
    for requirement in requirements:
        if not satisfied(catalog, requirement, chosen):
            names = sorted({c.key for r in requirement.references for c in catalog.referred(r)})
            words = {Operation.ALL: "all", Operation.ONE_OR_MORE: "one or more", Operation.ONLY_ONE: "exactly one"}
            listed = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
            raise InvalidLabel(f"{what} needs {words[requirement.operation]} of: {listed}.")


def satisfied(catalog: Catalog, requirement: Requirement, chosen: tuple[Choice, ...]) -> bool:
    """Say whether the chosen categories meet a requirement; each of its references counts once."""
    met = sum(any(catalog.meets(choice, reference) for choice in chosen) for reference in requirement.references)
    if requirement.operation is Operation.ALL:
        return met == len(requirement.references)
    return met == 1 if requirement.operation is Operation.ONLY_ONE else met >= 1


def _check_selection(chosen: tuple[Choice, ...]) -> None:
    counts = Counter(id(choice.tag) for choice in chosen)
    for choice in chosen:
        tag, count = choice.tag, counts[id(choice.tag)]
        if tag.most is not None and count > tag.most:
            raise InvalidLabel(f"{tag.name} takes at most {tag.most} of its values in one label; it has {count}.")
        if count < tag.least:
            raise InvalidLabel(f"{tag.name} takes at least {tag.least} of its values; it has {count}.")
