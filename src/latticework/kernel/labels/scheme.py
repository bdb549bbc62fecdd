"""What a security policy file says: classifications, category tags, the rules between them and the words for them.

The names follow the Open XML SPIF schema 2.1 (http://www.xmlspif.org/spif), which NATO ADatP-4774.1 describes in
sections 3.2 to 3.6: a tag set holds tags, a tag holds categories, `lacv` is the number of a thing inside binary and
plain labels, `hierarchy` is the rank of a classification.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class TagKind(StrEnum):
    """How the categories of a tag work, in the words of ADatP-4774."""

    RESTRICTIVE = "RESTRICTIVE"
    """Everyone must be cleared for each one."""
    PERMISSIVE = "PERMISSIVE"
    """One of them is enough."""
    INFORMATIVE = "INFORMATIVE"
    """They restrict nobody."""


class TagType(StrEnum):
    """How a tag is encoded, in the words of the plain label XML."""

    RESTRICTIVE = "restrictive"
    PERMISSIVE = "permissive"
    INFORMATIVE = "informative"
    ENUMERATED_RESTRICTIVE = "enumeratedRestrictive"
    ENUMERATED_PERMISSIVE = "enumeratedPermissive"

    @property
    def kind(self) -> TagKind:
        """What the tag does, whatever its encoding."""
        if self in (TagType.RESTRICTIVE, TagType.ENUMERATED_RESTRICTIVE):
            return TagKind.RESTRICTIVE
        return TagKind.INFORMATIVE if self is TagType.INFORMATIVE else TagKind.PERMISSIVE


class Operation(StrEnum):
    """How many of a requirement's references must be met."""

    ONLY_ONE = "onlyOne"
    ONE_OR_MORE = "oneOrMore"
    ALL = "all"


class Phrase(msgspec.Struct, frozen=True):
    """One ``markingData``: what to write, in which language, where.

    Parameters
    ----------
    text
        The words; None: the thing's own name.
    language
        Language tag in lower case (``fr``); empty: any language.
    codes
        Marking codes: places (``pageTop``) and effects (``replacePolicy``).
    """

    text: str | None
    language: str
    codes: frozenset[str]


class Qualifier(msgspec.Struct, frozen=True):
    """One ``qualifier``: a prefix, suffix or separator in a language (empty: any)."""

    code: str
    text: str
    language: str


class Wording(msgspec.Struct, frozen=True):
    """How a thing is written in markings."""

    phrases: tuple[Phrase, ...] = ()
    qualifiers: tuple[Qualifier, ...] = ()


class CategoryReference(msgspec.Struct, frozen=True):
    """A category named by another one's rule; `lacv` None: any category of that type in the tag set."""

    tag_set: str
    type: TagType
    lacv: int | None


class Requirement(msgspec.Struct, frozen=True):
    """Categories that must stand beside something."""

    operation: Operation
    references: tuple[CategoryReference, ...]


class LevelEquivalent(msgspec.Struct, frozen=True):
    """The classification of another policy that an own one stands for, and the categories it then needs there."""

    policy: str
    lacv: int
    requires: tuple[Requirement, ...] = ()


class CategoryEquivalent(msgspec.Struct, frozen=True):
    """A category of another policy that an own one stands for; with `lacv` None the own one is left out there."""

    policy: str
    tag_set_id: str
    type: TagType
    lacv: int | None


class EquivalentPolicy(msgspec.Struct, frozen=True):
    """Another policy that this one has equivalents in, and the categories that every label then needs there."""

    name: str
    id: str
    requires: tuple[Requirement, ...] = ()


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """A classification. Its rank `hierarchy` is what a label's `classification` holds."""

    name: str
    lacv: int
    hierarchy: int
    color: str | None = None
    obsolete: bool = False
    wording: Wording = Wording()
    requires: tuple[Requirement, ...] = ()
    equivalents: tuple[LevelEquivalent, ...] = ()


class TagCategory(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a tag.

    Parameters
    ----------
    name, lacv
        Its name in ADatP-4774 labels, its number in plain ones.
    obsolete
        Stays valid in labels that have it, is refused in new ones.
    user_input
        True: stands for values that people type, such as further members of a federation.
    not_before_ms, not_after_ms
        Validity, ms since 1970, UTC; None: unbounded.
    excluded_levels
        Names of classifications that it cannot stand beside.
    required_level
        Name of the only classification that it can stand beside.
    requires, excludes
        Categories that must, and that must not, stand beside it.
    """

    name: str
    lacv: int
    obsolete: bool = False
    user_input: bool = False
    not_before_ms: int | None = None
    not_after_ms: int | None = None
    wording: Wording = Wording()
    excluded_levels: frozenset[str] = frozenset()
    required_level: str | None = None
    requires: tuple[Requirement, ...] = ()
    excludes: tuple[CategoryReference, ...] = ()
    equivalents: tuple[CategoryEquivalent, ...] = ()


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """Values of one type that are chosen and written together.

    Parameters
    ----------
    least, most
        How many may be chosen once any is; `most` None: all of them.
    """

    name: str
    type: TagType
    least: int = 0
    most: int | None = None
    wording: Wording = Wording()
    categories: tuple[TagCategory, ...] = ()


class TagSet(msgspec.Struct, frozen=True):
    """Tags under one name and object identifier."""

    name: str
    id: str
    tags: tuple[Tag, ...]


class Scheme(msgspec.Struct, frozen=True, kw_only=True):
    """A whole policy file.

    Parameters
    ----------
    name, id
        Its name and object identifier.
    levels
        Classifications, lowest first.
    tag_sets
        In the order of the file, which is the order of markings.
    wording
        Prefix, suffix and separator of every marking, and whether the policy's name is written.
    name_wording
        What is written for the policy's name.
    not_before_ms, not_after_ms
        Validity of the file.
    """

    name: str
    id: str
    levels: tuple[Level, ...]
    tag_sets: tuple[TagSet, ...] = ()
    equivalent_policies: tuple[EquivalentPolicy, ...] = ()
    wording: Wording = Wording()
    name_wording: Wording = Wording()
    not_before_ms: int | None = None
    not_after_ms: int | None = None
