"""Builders for requests and what follows them, outside any node."""

from __future__ import annotations

from latticework.kernel.ids import MemberId, Post, RecordId
from latticework.workbench.tasks.derive import Asked, Said
from latticework.workbench.tasks.model import (
    Answer,
    Deadline,
    Handover,
    Lapse,
    Later,
    Party,
    Request,
    Rule,
    Silence,
    Withdrawal,
)

JPN, USA, AUS = MemberId("JPN"), MemberId("USA"), MemberId("AUS")
DESK, CHIEF, OTHER = Post("lights desk"), Post("chief of lights"), Post("night watch")
HOUR = 3_600_000
MADE = 1_000 * HOUR
DEADLINE = MADE + 10 * HOUR
ID = RecordId("aa" * 32)


def silence(rule: Rule = "consent", to: Party | None = None) -> Silence:
    return Silence(rule=rule, to=to or (Party(USA, CHIEF) if rule == "escalate" else None))


def asked(rule: Rule = "consent", *, to: Party | None = None, received_ms: int | None = MADE + 1) -> Asked:
    body = Request(to=USA, subject="Is the lamp dark?", asks="answer", assignee=Party(USA, DESK), by=Post("planning"),
                   deadline=Deadline(at_ms=DEADLINE), silence=silence(rule, to))
    return Asked(ID, JPN, MADE, body, received_ms)


def said(number: int, body: Later, made_ms: int, *, member: MemberId = USA, post: Post = DESK,
         epoch: int | None = None) -> Said:
    return Said(RecordId(f"{number:02x}" * 32), member, post, made_ms, body, epoch)


def answer(number: int, made_ms: int, says: str = "done", *, member: MemberId = USA, epoch: int | None = None) -> Said:
    return said(number, Answer(task=ID, to=JPN, says=says, text="x"), made_ms, member=member, epoch=epoch)  # type: ignore[arg-type]


def handover(number: int, made_ms: int, from_post: Post, to_post: Post, *, member: MemberId = USA) -> Said:
    return said(number, Handover(task=ID, to=JPN, from_post=from_post, to_post=to_post), made_ms, member=member)


def withdrawal(number: int, made_ms: int, *, member: MemberId = JPN) -> Said:
    return said(number, Withdrawal(task=ID, to=USA, reason="No longer needed."), made_ms, member=member)


def lapse(number: int, made_ms: int, rule: Rule = "consent", *, member: MemberId = JPN, heard: int = 7) -> Said:
    return said(number, Lapse(task=ID, to=USA, rule=rule, heard_epoch=heard, heard_ms=made_ms), made_ms, member=member)
