"""Joining labels, asking who is in a label's audience, and carrying a label over to another policy.

Source: D. E. Denning, "A Lattice Model of Secure Information Flow", CACM 19(5), 1976, section 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING

import msgspec

from latticework.kernel.errors import InvalidLabel, PolicyMismatch
from latticework.kernel.ids import MemberId
from latticework.kernel.labels.label import Category, Label, Release

if TYPE_CHECKING:
    from latticework.kernel.policy.model import CaveatMap, LevelMap


def join(labels: Iterable[Label]) -> Label:
    """Return the banner of a whole from its portions: their least upper bound.

    Classification: maximum. Release: intersection, where everyone is neutral and an absent release stays absent.
    Caveats and originators: union. Other permissive categories: intersection, absent stays absent. Expiry: earliest.

    Raises
    ------
    InvalidLabel
        When there is nothing to join.
    PolicyMismatch
        When the labels are of different policies; map them to one policy first.
    """
    found = list(labels)
    if not found:
        raise InvalidLabel("there is no label to join.")
    if len({label.policy for label in found}) > 1:
        raise PolicyMismatch("labels of different policies cannot be joined; map them to one policy first.")
    return reduce(_join, found)


def _join(a: Label, b: Label) -> Label:
    return Label(
        policy=a.policy, classification=max(a.classification, b.classification), release=_release(a.release, b.release),
        restrictive=a.restrictive | b.restrictive, informative=a.informative | b.informative,
        permissive=_permissive(a.permissive, b.permissive), originators=a.originators | b.originators,
        expires_ms=min((t for t in (a.expires_ms, b.expires_ms) if t is not None), default=None),
    )


def _release(a: Release | None, b: Release | None) -> Release | None:
    if a is None or b is None:
        return None
    if a.everyone:
        return _canonical(b)
    if b.everyone:
        return _canonical(a)
    return _canonical(Release(members=a.members & b.members, groups=a.groups if a.groups == b.groups else frozenset()))


def _canonical(release: Release) -> Release | None:
    # A release to nobody says what an absent one says; one form for one meaning keeps the join a lattice.
    return release if release.everyone or release.members else None


def _permissive(a: tuple[Category, ...], b: tuple[Category, ...]) -> tuple[Category, ...]:
    other = {c.tag_set: frozenset(c.values) for c in b}
    kept = ((c.tag_set, tuple(sorted(frozenset(c.values) & other[c.tag_set]))) for c in a if c.tag_set in other)
    return tuple(sorted(Category(tag_set, values) for tag_set, values in kept if values))


def audience_includes(label: Label, member: MemberId) -> bool:
    """Say whether `member` is among those whom `label` lets have the thing.

    Everyone, or a member that is named, or the only originator. Where several members' information was joined, none of
    them may have the whole unless it is named: a join must never widen what each portion allows.
    """
    release = label.release
    if release is not None and (release.everyone or member in release.members):
        return True
    return label.originators == frozenset({member})


def map_label(
    label: Label, to_policy: str, levels: tuple[LevelMap, ...], caveats: tuple[CaveatMap, ...]
) -> Label | None:
    """Return `label` as one of `to_policy` by an arrangement's equivalence table, or None when it does not map.

    Every restrictive caveat must map; informative ones that do not are left out, since they restrict nobody. Other
    permissive categories belong to one policy alone: a label that has any does not map.
    """
    if label.policy == to_policy:
        return label
    level = next((row.to_classification for row in levels if row.from_policy == label.policy
                  and row.from_classification == label.classification and row.to_policy == to_policy), None)
    if level is None or label.permissive:
        return None
    table = {row.from_caveat: row.to_caveat for row in caveats
             if row.from_policy == label.policy and row.to_policy == to_policy}
    if not label.restrictive <= table.keys():
        return None
    return msgspec.structs.replace(
        label, policy=to_policy, classification=level, restrictive=frozenset(table[c] for c in label.restrictive),
        informative=frozenset(table[c] for c in label.informative if c in table),
    )
