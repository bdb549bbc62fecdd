"""The label of a record, and what it is made of.

A label says how sensitive something is, who may have it, how it must be handled, and whose it is. The banner of a
whole is the join of its portions: highest classification, fewest recipients, every restriction, all originators.

Source: the lattice model of D. E. Denning, "A Lattice Model of Secure Information Flow", CACM 19(5), 1976, section 2;
the fields follow NATO ADatP-4774 (confidentiality metadata label syntax).
"""

from __future__ import annotations

from typing import Final

import msgspec

from latticework.kernel.errors import InvalidLabel
from latticework.kernel.ids import MemberId

EVERYONE: Final = "EVERYONE"
"""The category of a policy's release tag set that stands for a release to everyone."""
UNKNOWN_ORIGINATOR: Final = MemberId("XXX")
"""Stands among the originators of a join in which one label named none: nobody, so it is in no audience.

Source: ICAO Doc 9303 part 3, section 5: XXX is the code for an unspecified nationality.
"""


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who besides the originators may have the labeled thing.

    Parameters
    ----------
    everyone
        True: no restriction by membership. Then `members` is empty.
    members
        Expanded trigraphs (or, for a policy of another organization, its own release names).
    groups
        The groups that `members` was expanded from, each at a recorded version (``QUAD@3``); for the marking only.
    """

    everyone: bool = False
    members: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.everyone and (self.members or self.groups):
            raise InvalidLabel("a release to everyone names no members; leave one of the two out.")


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """Further permissive categories of a policy (NATO's ``Context``), joined by intersection.

    Parameters
    ----------
    tag_set
        Name of the tag set in the policy.
    values
        Names of the chosen categories, sorted, without repetition; at least one.
    """

    tag_set: str
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.values or list(self.values) != sorted(set(self.values)):
            raise InvalidLabel("a permissive category has one value or more, sorted, each once.")


class Label(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Classification, release, caveats, originators and expiry under one security policy.

    A release that names nobody is kept as an absent one, so that one meaning has one value.

    Parameters
    ----------
    policy
        Name of the security policy (``EXERCISE``, ``NATO``).
    classification
        The policy's hierarchy number (0 or 1 is lowest); larger is more sensitive. Names come from the policy file.
    release
        Who may have it; None (absent) means nobody but the originator.
    restrictive
        Caveats that a reader must be cleared for, ``tag set/value``; joined by union.
    informative
        Handling words, ``tag set/value``; joined by union; they restrict nobody.
    permissive
        Other permissive categories of the policy, sorted by tag set; joined by intersection, absent stays absent.
    originators
        The members whose information it is; at least one, except for labels read from foreign XML.
    expires_ms
        After this time (ms since 1970, UTC) the label no longer permits any release; None: never.

    Raises
    ------
    InvalidLabel
        When `permissive` is not sorted or names a tag set twice.
    """

    policy: str
    classification: int
    release: Release | None = None
    restrictive: frozenset[str] = frozenset()
    informative: frozenset[str] = frozenset()
    permissive: tuple[Category, ...] = ()
    originators: frozenset[MemberId] = frozenset()
    expires_ms: int | None = None

    def __post_init__(self) -> None:
        if self.release is not None and not self.release.everyone and not self.release.members:
            msgspec.structs.force_setattr(self, "release", None)
        if self.permissive:
            names = [category.tag_set for category in self.permissive]
            if names != sorted(set(names)):
                raise InvalidLabel("the permissive categories of a label are sorted by tag set, each once.")
