"""Tasks: what needs whose answer by when, as signed records that both members hold, with timers and one inbox."""

from __future__ import annotations

from latticework.kernel.kinds import shorten
from latticework.kernel.records import Described, KindRegistry
from latticework.workbench.tasks.model import (
    ANSWER,
    HANDOVER,
    LAPSE,
    REQUEST,
    WITHDRAWAL,
    Answer,
    Handover,
    Lapse,
    Request,
    Withdrawal,
)


def register_kinds(kinds: KindRegistry) -> None:
    """Register the kinds of the part; each goes to the one member that its body names."""
    kinds.register(REQUEST, 1, Request, addressee=lambda b: b.to, describe=lambda b: Described(
        b.subject, shorten(b.text)))
    kinds.register(ANSWER, 1, Answer, addressee=lambda b: b.to, describe=lambda b: Described(
        f"Answer: {b.says}", shorten(b.text)))
    kinds.register(HANDOVER, 1, Handover, addressee=lambda b: b.to, describe=lambda b: Described(
        f"Task handed over to {b.to_post}", shorten(b.reason)))
    kinds.register(WITHDRAWAL, 1, Withdrawal, addressee=lambda b: b.to, describe=lambda b: Described(
        "Request withdrawn", shorten(b.reason)))
    kinds.register(LAPSE, 1, Lapse, addressee=lambda b: b.to, describe=lambda b: Described(
        f"Silence took effect: {b.rule}"))
