"""Joining labels, asking who is in a label's audience, and carrying a label over to another policy.

Source: D. E. Denning, "A Lattice Model of Secure Information Flow", CACM 19(5), 1976, section 2; the rule of each
field is that of the dominant label in NATO ADatP-4774.1 (implementation guidance), section 4.4.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING

import msgspec

from latticework.kernel.errors import InvalidLabel, PolicyMismatch
from latticework.kernel.ids import MemberId
from latticework.kernel.labels.label import UNKNOWN_ORIGINATOR, Category, Label, Release

if TYPE_CHECKING:
    from latticework.kernel.policy.model import CaveatMap, LevelMap


def join(labels: Iterable[Label]) -> Label:
    """Return the banner of a whole from its portions: their least upper bound.

    Classification: maximum. Release: intersection, where everyone is neutral and an absent release stays absent.
    Caveats and originators: union; beside a label that names no originator, :data:`UNKNOWN_ORIGINATOR` joins them.
    Other permissive categories: intersection, absent stays absent. Expiry: earliest.

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
        permissive=_permissive(a.permissive, b.permissive), originators=_originators(a.originators, b.originators),
        expires_ms=min((t for t in (a.expires_ms, b.expires_ms) if t is not None), default=None),
    )


def _release(a: Release | None, b: Release | None) -> Release | None:
    if a is None or b is None:
        return None
    if a.everyone:
        return b
    if b.everyone:
        return a
    # When nobody is left, the label makes it an absent release: one form for one meaning.
    return Release(members=a.members & b.members, groups=a.groups if a.groups == b.groups else frozenset())


def _originators(a: frozenset[MemberId], b: frozenset[MemberId]) -> frozenset[MemberId]:
    # A label without originators is somebody's all the same. Were it left out of the union, the other label's only
    # originator would be taken for the owner of the whole, and the join would widen an audience.
    if a and b:
        return a | b
    return a | b | {UNKNOWN_ORIGINATOR} if a or b else a


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
    return label.originators == frozenset({member}) and member != UNKNOWN_ORIGINATOR


def map_label(
    label: Label, to_policy: str, levels: tuple[LevelMap, ...], caveats: tuple[CaveatMap, ...]
) -> Label | None:
    """Return `label` as one of `to_policy` by an arrangement's equivalence table, or None when it does not map.

    Every restrictive caveat must map; informative ones that do not are left out, since they restrict nobody. Other
    permissive categories belong to one policy alone: a label that has any does not map. Where a table has several rows
    for one thing, the highest classification and all the caveats hold. Release, originators and expiry stay.

    Parameters
    ----------
    label
        Of any policy; one of `to_policy` is returned as it is.
    to_policy
        Name of the arrangement's exchange policy.
    levels, caveats
        The arrangement's equivalence table; rows of other pairs of policies are passed over.
    """
    if label.policy == to_policy:
        return label
    level = max((row.to_classification for row in levels if row.from_policy == label.policy
                 and row.from_classification == label.classification and row.to_policy == to_policy), default=None)
    if level is None or label.permissive:
        return None
    table: dict[str, set[str]] = {}
    for row in caveats:
        if row.from_policy == label.policy and row.to_policy == to_policy:
            table.setdefault(row.from_caveat, set()).add(row.to_caveat)
    if not label.restrictive <= table.keys():
        return None
    return msgspec.structs.replace(
        label, policy=to_policy, classification=level,
        restrictive=frozenset(to for caveat in label.restrictive for to in table[caveat]),
        informative=frozenset(to for caveat in label.informative for to in table.get(caveat, ())),
    )
