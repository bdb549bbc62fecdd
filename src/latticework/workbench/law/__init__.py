"""Rules of law, approvals and security standings: dated, versioned, asked by every room and obeyed by the gate."""

from __future__ import annotations

from latticework.kernel.clock import iso_utc
from latticework.kernel.kinds import shorten
from latticework.kernel.records import Described, KindRegistry
from latticework.workbench.law.model import (
    APPROVAL,
    APPROVAL_STATE,
    RULE,
    STANDING,
    TOPIC,
    Approval,
    ApprovalState,
    Rule,
    Standing,
)


def register_kinds(kinds: KindRegistry) -> None:
    """Register the kinds of the part; those that bind the gate need two officers."""
    kinds.register(RULE, 1, Rule, topic=TOPIC, two_officers=True, describe=lambda r: Described(
        r.title, shorten(f"{r.effect}, {_dates(r.from_ms, r.until_ms)}"), r.source or None, r.status or None))
    kinds.register(APPROVAL, 1, Approval, topic=TOPIC, describe=lambda a: Described(
        a.title, shorten(f"{a.kind}: {a.body}"), a.source or None, a.status or None))
    kinds.register(APPROVAL_STATE, 1, ApprovalState, topic=TOPIC, two_officers=True, describe=lambda s: Described(
        f"Approval {s.state}", shorten(f"{s.by}, {_dates(s.from_ms, s.until_ms)}"), s.source or None, s.status or None))
    kinds.register(STANDING, 1, Standing, topic=TOPIC, two_officers=True, describe=lambda s: Described(
        f"Security standing of {s.party} on {s.topic}: {s.state}",
        shorten(f"{s.regime}, {_dates(s.from_ms, s.until_ms)}"), s.source or None, s.status or None))


def _dates(from_ms: int, until_ms: int | None) -> str:
    begin = iso_utc(from_ms)
    return f"from {begin}" if until_ms is None else f"{begin} to {iso_utc(until_ms)}"
