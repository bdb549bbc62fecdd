"""What binds the own gate beside arrangements: security standings, rules of law, and approvals that are still missing.

Whoever keeps such records (the workbench) works them into :class:`Constraint` values: each withholds what lies within
its bounds and within none of the bounds that lift it. Validity stands in the bounds, so that a constraint begins and
lapses at its time with nothing arriving. Where a security policy is not named, bounds that withhold count and bounds
that lift do not: what cannot be told is withheld.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from latticework.kernel.ids import MemberId, RecordId, Topic, topic_covers


class Binding(StrEnum):
    """Why a constraint withholds; each is one rule of the gate."""

    STANDING = "standing"
    """The taker's security standing is not current, or assures less than the label."""
    FORBIDS = "forbids"
    """A rule of law forbids it."""
    APPROVAL = "approval"
    """A rule of law needs an approval that is not granted."""


class Levels(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """Classifications of one security policy.

    Parameters
    ----------
    policy
        Its name.
    lowest, highest
        Hierarchy numbers, both included.
    """

    policy: str
    lowest: int
    highest: int


class Bounds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Within what something holds; whatever is left empty is not limited.

    Parameters
    ----------
    peers
        Takers.
    topics
        Topics, with all below them.
    levels
        Classifications, by security policy.
    from_ms, until_ms
        Validity, ms since 1970 UTC; the end is exclusive. None: since ever, for good.
    """

    peers: tuple[MemberId, ...] = ()
    topics: tuple[Topic, ...] = ()
    levels: tuple[Levels, ...] = ()
    from_ms: int | None = None
    until_ms: int | None = None

    def concern(self, peer: MemberId, topic: Topic, time_ms: int) -> bool:
        """Say whether taker, topic and time lie within; levels are asked apart."""
        if self.peers and peer not in self.peers:
            return False
        if (self.from_ms is not None and time_ms < self.from_ms) or (
                self.until_ms is not None and time_ms >= self.until_ms):
            return False
        return not self.topics or any(topic_covers(t, topic) for t in self.topics)

    def levels_of(self, policy: str) -> tuple[Levels, ...] | None:
        """Return the rows of `policy`; None when the bounds name levels, but none of this policy."""
        return tuple(row for row in self.levels if row.policy == policy) or (None if self.levels else ())

    def include(self, policy: str, classification: int, *, unnamed: bool) -> bool:
        """Say whether a classification lies within; `unnamed` is the answer for a policy that is not named."""
        rows = self.levels_of(policy)
        if rows is None:
            return unnamed
        return not rows or any(row.lowest <= classification <= row.highest for row in rows)


class Constraint(msgspec.Struct, frozen=True, kw_only=True):
    """One reason of the own member to withhold.

    Parameters
    ----------
    record
        The own record that it follows from.
    binding
        Which rule of the gate it is.
    bounds
        What it withholds,
    unless
        save what lies within one of these.
    """

    record: RecordId
    binding: Binding
    bounds: Bounds
    unless: tuple[Bounds, ...] = ()

    def withholds(self, peer: MemberId, topic: Topic, policy: str, classification: int, time_ms: int) -> bool:
        """Say whether it withholds a label of `policy` and `classification` on `topic` from `peer` at `time_ms`."""
        if not self.bounds.concern(peer, topic, time_ms):
            return False
        return self.bounds.include(policy, classification, unnamed=True) and not any(
            lift.concern(peer, topic, time_ms) and lift.include(policy, classification, unnamed=False)
            for lift in self.unless)

    def is_lifted(self, peer: MemberId, topic: Topic, time_ms: int) -> bool:
        """Say whether some classification is lifted now: then it is the label's level that falls short."""
        return any(lift.concern(peer, topic, time_ms) for lift in self.unless)

    def times(self) -> tuple[int, ...]:
        """Return the times at which it may begin or cease to withhold, ms."""
        ends = ((b.from_ms, b.until_ms) for b in (self.bounds, *self.unless))
        return tuple(at for pair in ends for at in pair if at is not None)


def order(constraint: Constraint) -> tuple[str, str]:
    """Return the key by which one of several constraints of a kind is named."""
    return constraint.record, msgspec.json.encode(constraint).decode()
