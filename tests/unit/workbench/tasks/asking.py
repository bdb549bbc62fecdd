"""Two or three real kernels that ask each other."""

from __future__ import annotations

from typing import Any

from latticework.kernel.ids import MemberId, Post, RecordId, Topic
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Officer
from latticework.testing.kernels import KernelFederation, officer
from latticework.workbench.tasks.deadlines import absolute
from latticework.workbench.tasks.index import Row
from latticework.workbench.tasks.model import Party, Request, Rule, Silence
from latticework.workbench.tasks.service import Tasks

HOUR = 3_600_000
TOPIC = Topic("maritime.lights")
DESK = Post("desk post")


def label_for(own: str, *members: str, level: int = 1) -> Label:
    return Label(policy="EXERCISE", classification=level, originators=frozenset({MemberId(own)}),
                 release=Release(members=frozenset({own, *members})))


class Pair:
    """JPN asks USA; AUS looks on."""

    def __init__(self, federation: KernelFederation) -> None:
        self.f = federation
        federation.arrange("JPN", "USA", topics=("maritime",))
        self.jpn, self.usa = officer("JPN"), officer("USA")

    def tasks(self, member: str) -> Tasks:
        return self.f.benches[member].tasks

    def now(self) -> int:
        return self.f.clock.now_ms()

    def body(self, rule: Rule = "consent", *, to: str = "USA", hours: float = 10, **more: Any) -> Request:
        escalate = Party(MemberId("USA"), Post("chief post")) if rule == "escalate" else None
        values: dict[str, Any] = {
            "to": MemberId(to), "subject": "Is the lamp at Invented Point dark?", "asks": "answer",
            "assignee": Party(MemberId(to), DESK), "by": DESK,
            "deadline": absolute(self.now() + int(hours * HOUR)),
            "silence": Silence(rule=rule, to=escalate),
        }
        return Request(**{**values, **more})

    def ask(self, rule: Rule = "consent", *, by: Officer | None = None, level: int = 1, **more: Any) -> RecordId:
        record = self.tasks("JPN").request(by or self.jpn, self.body(rule, **more), topic=TOPIC,
                                           label=label_for("JPN", "USA", level=level))
        self.f.settle()
        return record.id

    def row(self, member: str, task: RecordId, who: Officer | None = None) -> Row:
        return self.tasks(member).task(who or officer(member), task).row

    def both(self, task: RecordId) -> tuple[str, str]:
        return self.row("JPN", task).state.status, self.row("USA", task).state.status
