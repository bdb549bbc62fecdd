"""How long approvals take that wait for each other: the longest path over what comes before what.

Source: J. E. Kelley and M. R. Walker, "Critical-Path Planning and Scheduling", Eastern Joint Computer Conference 1959
(forward pass). The three estimates are passed forward each by itself; no distribution is assumed between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

import msgspec

from latticework.kernel.errors import ApprovalCycle


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One approval that is still to be granted.

    Parameters
    ----------
    kind
        Its kind.
    lead_ms
        How long it takes: least, likely, most.
    after
        Kinds that come before; those that nothing waits for count as done.
    begun_ms
        When it was asked, if it was.
    granted_ms
        When it will be granted anyhow, if that is on record.
    """

    kind: str
    lead_ms: tuple[int, int, int]
    after: tuple[str, ...] = ()
    begun_ms: int | None = None
    granted_ms: int | None = None


def in_turn(before: Mapping[str, Iterable[str]]) -> list[str]:
    """Return kinds so that each stands after those that come before it.

    Raises
    ------
    ApprovalCycle
        When some wait for each other; it names them.
    """
    try:
        return list(TopologicalSorter({kind: sorted(after) for kind, after in sorted(before.items())}).static_order())
    except CycleError as error:
        raise ApprovalCycle(
            f"the approvals {' → '.join(error.args[1])} wait for each other; one of the rules must be corrected."
        ) from None


def ready(stages: Iterable[Stage], at_ms: int) -> dict[str, tuple[int, int, int]]:
    """Return by when each kind could be granted, ms: least, likely, most.

    Parameters
    ----------
    stages
        What is to be granted; of several of one kind all are.
    at_ms
        When what was not asked yet is asked.

    Raises
    ------
    ApprovalCycle
        When some wait for each other.
    """
    by_kind: dict[str, list[Stage]] = {}
    for stage in stages:
        by_kind.setdefault(stage.kind, []).append(stage)
    found: dict[str, tuple[int, int, int]] = {}
    for kind in in_turn({kind: {a for s in rows for a in s.after} for kind, rows in by_kind.items()}):
        ends = [_end(stage, found, at_ms) for stage in by_kind.get(kind, ())]
        if ends:
            found[kind] = _latest(ends)
    return found


def _end(stage: Stage, done: Mapping[str, tuple[int, int, int]], at_ms: int) -> tuple[int, int, int]:
    if stage.granted_ms is not None:
        return (stage.granted_ms,) * 3
    begins = _latest([(at_ms,) * 3, *(done[kind] for kind in stage.after if kind in done)])
    if stage.begun_ms is not None:
        # It is under way, and what was not expected is not in the past.
        ends = tuple(max(stage.begun_ms + lead, at) for lead, at in zip(stage.lead_ms, begins, strict=True))
    else:
        ends = tuple(begin + lead for begin, lead in zip(begins, stage.lead_ms, strict=True))
    return ends[0], ends[1], ends[2]


def _latest(several: Iterable[tuple[int, int, int]]) -> tuple[int, int, int]:
    rows = list(several)
    return max(r[0] for r in rows), max(r[1] for r in rows), max(r[2] for r in rows)
