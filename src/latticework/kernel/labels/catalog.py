"""Finding things in a security policy: by name for ADatP-4774, by number for plain labels, and what a label chose.

A label names a category as ``tag set/value``; it lies in one of four fields by the kind of its tag. The tag set that
says to whom something may be released is recognized by its name, because SPIF has no word for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from latticework.kernel.errors import InvalidLabel
from latticework.kernel.labels.label import EVERYONE, Category, Label, Release
from latticework.kernel.labels.safexml import XmlSource
from latticework.kernel.labels.scheme import (
    CategoryReference,
    EquivalentPolicy,
    Level,
    Requirement,
    Scheme,
    Tag,
    TagCategory,
    TagKind,
    TagSet,
    TagType,
)

RELEASE_NAMES: Final = frozenset({"releasable to", "release to", "rel to", "release"})
"""Names, in lower case, of the tag set whose permissive categories are a label's release."""


class Choice(NamedTuple):
    """A category in its place."""

    tag_set: TagSet
    tag: Tag
    category: TagCategory

    @property
    def key(self) -> str:
        """How a label names it."""
        return f"{self.tag_set.name}/{self.category.name}"


class Unlisted(NamedTuple):
    """A name in a label that the policy does not list."""

    kind: TagKind
    tag_set: str | None
    """None: a release under a policy that has no tag set for releases."""
    name: str


class Catalog:
    """The indexes of one policy.

    Parameters
    ----------
    scheme
        What the policy file says.
    source
        The words in which faults are told.

    Raises
    ------
    InvalidPolicyFile
        When names or numbers are not unique, or a reference leads nowhere.
    """

    def __init__(self, scheme: Scheme, source: XmlSource) -> None:
        self.scheme = scheme
        self._source = source
        self._levels = {level.hierarchy: level for level in scheme.levels}
        self._levels_by_lacv = {level.lacv: level for level in scheme.levels}
        self._levels_by_name = {level.name.casefold(): level for level in reversed(scheme.levels)}
        self.choices: tuple[Choice, ...] = tuple(
            Choice(tag_set, tag, category)
            for tag_set in scheme.tag_sets for tag in tag_set.tags for category in tag.categories
            if not category.user_input  # It stands for values, and is none itself.
        )
        self._sets: dict[str, TagSet] = {s.name: s for s in scheme.tag_sets}
        self._sets_by_fold: dict[str, TagSet] = {s.name.casefold(): s for s in reversed(scheme.tag_sets)}
        self._sets_by_id: dict[str, TagSet] = {s.id: s for s in scheme.tag_sets}
        self._by_name: dict[tuple[TagKind, str], Choice] = {}
        self._by_fold: dict[tuple[TagKind, str, str], Choice] = {}
        self._by_number: dict[tuple[str, TagType, int], Choice] = {}
        self._check_sets()
        for choice in self.choices:
            self._enter(choice)
        self.release_set: TagSet | None = next(
            (s for s in scheme.tag_sets if s.name.casefold() in RELEASE_NAMES
             and any(tag.type.kind is TagKind.PERMISSIVE for tag in s.tags)), None)
        self.open_release = self.release_set is not None and any(
            category.user_input for tag in self.release_set.tags if tag.type.kind is TagKind.PERMISSIVE
            for category in tag.categories
        )
        self._referable: set[tuple[str, TagType, int | None]] = {
            (c.tag_set.name, c.tag.type, lacv) for c in self.choices for lacv in (c.category.lacv, None)
        }
        self._check_references()

    # ---- making ----------------------------------------------------------------------------------------------------

    def _check_sets(self) -> None:
        if len(self._sets) < len(self.scheme.tag_sets) or len(self._sets_by_id) < len(self.scheme.tag_sets):
            raise self._source.refuse("has two tag sets with the same name or id")

    def _enter(self, choice: Choice) -> None:
        kind, number = choice.tag.type.kind, (choice.tag_set.id, choice.tag.type, choice.category.lacv)
        where = f"tag set {choice.tag_set.name[:40]!r}"
        if (kind, choice.key) in self._by_name:
            raise self._source.refuse(f"has two {kind.lower()} categories {choice.category.name[:40]!r} in its {where}")
        if number in self._by_number:
            raise self._source.refuse(f"has two {kind.lower()} categories with the lacv {number[2]} in its {where}")
        self._by_name[kind, choice.key] = choice
        self._by_fold.setdefault((kind, choice.tag_set.name, choice.category.name.casefold()), choice)
        self._by_number[number] = choice

    def _check_references(self) -> None:
        policies = {policy.name for policy in self.scheme.equivalent_policies}
        names = {level.name for level in self.scheme.levels}
        for level in self.scheme.levels:
            self._check_policies([e.policy for e in level.equivalents], policies)
            self._check_requirements(level.requires)
        for choice in self.choices:
            category = choice.category
            self._check_policies([e.policy for e in category.equivalents], policies)
            self._check_requirements(category.requires)
            for reference in category.excludes:
                self._check_reference(reference)
            levels = category.excluded_levels | ({category.required_level} if category.required_level else set())
            if not levels <= names:
                raise self._source.refuse(
                    f"names a classification {min(levels - names)[:40]!r} in a rule and does not define it")

    def _check_policies(self, named: list[str], known: set[str]) -> None:
        for name in named:
            if name not in known:
                raise self._source.refuse(f"has an equivalence in {name[:40]!r}, which it does not list as equivalent")

    def _check_requirements(self, requirements: tuple[Requirement, ...]) -> None:
        for requirement in requirements:
            for reference in requirement.references:
                self._check_reference(reference)

    def _check_reference(self, reference: CategoryReference) -> None:
        if (reference.tag_set, reference.type, reference.lacv) not in self._referable:
            raise self._source.refuse(
                f"has a rule about a category in {reference.tag_set[:40]!r} that it does not define")

    # ---- finding ---------------------------------------------------------------------------------------------------

    def level(self, hierarchy: int) -> Level:
        """Return the classification of that rank, or raise :class:`InvalidLabel`."""
        found = self._levels.get(hierarchy)
        if found is None:
            raise InvalidLabel(f"{self.scheme.name} has no classification of the rank {hierarchy}.")
        return found

    def level_or_none(self, hierarchy: int) -> Level | None:
        """Return the classification of that rank, if there is one."""
        return self._levels.get(hierarchy)

    def level_by_lacv(self, lacv: int) -> Level | None:
        """Return the classification of that number, if there is one."""
        return self._levels_by_lacv.get(lacv)

    def level_by_name(self, name: str) -> Level | None:
        """Return the classification of that name, whatever its case (ADatP-4774, section 5), if there is one."""
        return self._levels_by_name.get(name.casefold())

    def tag_set_by_name(self, name: str) -> TagSet | None:
        """Return the tag set of that name, if there is one; the exact spelling wins over another case."""
        return self._sets.get(name) or self._sets_by_fold.get(name.casefold())

    def by_key(self, kind: TagKind, key: str) -> Choice | None:
        """Return the category that a label names ``tag set/value``, if there is one."""
        return self._by_name.get((kind, key))

    def by_name(self, kind: TagKind, tag_set: TagSet, name: str) -> Choice | None:
        """Return the category of that name, if there is one; the exact spelling wins over another case."""
        exact = self._by_name.get((kind, f"{tag_set.name}/{name}"))
        return exact or self._by_fold.get((kind, tag_set.name, name.casefold()))

    def by_number(self, tag_set_id: str, type_: TagType, lacv: int) -> Choice | None:
        """Return the category of that number, if there is one."""
        return self._by_number.get((tag_set_id, type_, lacv))

    def meets(self, choice: Choice, reference: CategoryReference) -> bool:
        """Say whether a rule's reference means this category."""
        return (choice.tag_set.name == reference.tag_set and choice.tag.type is reference.type
                and reference.lacv in (None, choice.category.lacv))

    def referred(self, reference: CategoryReference) -> tuple[Choice, ...]:
        """Return the categories that a rule's reference means."""
        return tuple(choice for choice in self.choices if self.meets(choice, reference))

    def is_release(self, choice: Choice) -> bool:
        """Say whether a category belongs to a label's release."""
        return self.release_set is choice.tag_set and choice.tag.type.kind is TagKind.PERMISSIVE

    def equivalent_policy(self, other: Scheme) -> EquivalentPolicy | None:
        """Return what this policy says about `other`, if it is one of its equivalent policies."""
        return next((p for p in self.scheme.equivalent_policies if p.id == other.id), None)

    # ---- labels ----------------------------------------------------------------------------------------------------

    def is_unlisted_release(self, name: Unlisted) -> bool:
        """Say whether a name that the policy does not list belongs to a label's release."""
        own = self.release_set.name if self.release_set is not None else None
        return name.kind is TagKind.PERMISSIVE and name.tag_set == own

    def chosen(self, label: Label) -> tuple[tuple[Choice, ...], tuple[Unlisted, ...]]:
        """Return the categories of a label in the order of the policy, and the names that the policy does not list."""
        listed: set[tuple[TagKind, str]] = set()
        unlisted: list[Unlisted] = []
        for kind, tag_set, name in self._names(label):
            key = (kind, f"{tag_set}/{name}")
            if key in self._by_name:
                listed.add(key)
            else:
                unlisted.append(Unlisted(kind, tag_set, name))
        found = tuple(c for c in self.choices if (c.tag.type.kind, c.key) in listed) if listed else ()
        return found, tuple(unlisted)

    def _names(self, label: Label) -> Iterator[tuple[TagKind, str | None, str]]:
        for kind, keys in ((TagKind.RESTRICTIVE, label.restrictive), (TagKind.INFORMATIVE, label.informative)):
            for key in sorted(keys):
                choice = self._by_name.get((kind, key))
                if choice is not None:
                    yield kind, choice.tag_set.name, choice.category.name
                else:
                    tag_set, _, name = key.rpartition("/")
                    yield kind, tag_set, name
        if label.release is not None:
            releases = self.release_set.name if self.release_set is not None else None
            members = {EVERYONE} if label.release.everyone else label.release.members
            for member in sorted(members):
                yield TagKind.PERMISSIVE, releases, member
        for category in label.permissive:
            for name in category.values:
                yield TagKind.PERMISSIVE, category.tag_set, name

    def assemble(self, level: Level, choices: list[Choice]) -> Label:
        """Return the label of these categories, without originators or expiry.

        Raises
        ------
        InvalidLabel
            When it is released to everyone and to somebody by name.
        """
        members = {c.category.name for c in choices if self.is_release(c)}
        everyone = EVERYONE in members
        if everyone and len(members) > 1:
            raise InvalidLabel("the label is released to everyone and to members by name; leave one of the two out.")
        sets: dict[str, set[str]] = {}
        for choice in choices:
            if choice.tag.type.kind is TagKind.PERMISSIVE and not self.is_release(choice):
                sets.setdefault(choice.tag_set.name, set()).add(choice.category.name)
        return Label(
            policy=self.scheme.name, classification=level.hierarchy,
            release=Release(everyone=everyone, members=frozenset() if everyone else frozenset(members)),
            restrictive=frozenset(c.key for c in choices if c.tag.type.kind is TagKind.RESTRICTIVE),
            informative=frozenset(c.key for c in choices if c.tag.type.kind is TagKind.INFORMATIVE),
            permissive=tuple(Category(name, tuple(sorted(values))) for name, values in sorted(sets.items())),
        )
