"""Carrying a label over to another policy by the equivalents that its own policy file names.

An arrangement's table (:func:`.lattice.map_label`) is what two parties agreed; this is what one policy's authority
wrote down. What has no equivalent is not carried over.

Source: NATO ADatP-4774.1, section 3.6, tables 7 to 9.
"""

from __future__ import annotations

import msgspec

from latticework.kernel.labels.catalog import Catalog, Choice
from latticework.kernel.labels.label import Label
from latticework.kernel.labels.scheme import Operation, Requirement
from latticework.kernel.labels.validity import satisfied


def carry_over(label: Label, own: Catalog, other: Catalog) -> Label | None:
    """Return the equivalent of `label` in the policy of `other`, or None when there is none.

    Raises
    ------
    InvalidLabel
        When the policy of `own` has no classification of that rank.
    """
    policy = own.equivalent_policy(other.scheme)
    if policy is None:
        return None
    level = next((e for e in own.level(label.classification).equivalents if e.policy == policy.name), None)
    to = other.level_by_lacv(level.lacv) if level is not None else None
    chosen, unlisted = own.chosen(label)
    strange = [u for u in unlisted if u.tag_set is not None]
    if level is None or to is None or strange:
        return None
    carried: list[Choice] = []
    for choice in chosen:
        found = _equivalents(choice, policy.name, other)
        if found is None:
            return None
        carried.extend(found)
    for requirement in (*policy.requires, *level.requires):
        if not _meet(requirement, other, carried):
            return None
    there = other.assemble(to, carried)
    release = there.release if own.release_set is not None else label.release
    return msgspec.structs.replace(there, release=release, originators=label.originators, expires_ms=label.expires_ms)


def _equivalents(choice: Choice, policy: str, other: Catalog) -> list[Choice] | None:
    rows = [e for e in choice.category.equivalents if e.policy == policy]
    found = [
        other.by_number(row.tag_set_id, row.type, row.lacv) for row in rows if row.lacv is not None
    ]
    if not rows or None in found:
        return None
    return [choice for choice in found if choice is not None]


def _meet(requirement: Requirement, other: Catalog, carried: list[Choice]) -> bool:
    """Add what a requirement asks for where that is unambiguous, and say whether it is met then."""
    if requirement.operation is Operation.ALL:
        carried.extend(choice for reference in requirement.references for choice in other.referred(reference))
    return satisfied(other, requirement, tuple(carried))
