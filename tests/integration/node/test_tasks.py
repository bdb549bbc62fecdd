"""Tasks of a node that is stopped and started again on its own home: timers go on, nothing is done twice."""

from __future__ import annotations

from pathlib import Path

from latticework.kernel.core import Kernel
from latticework.kernel.identity import init_member
from latticework.kernel.ids import MemberId, Post, RecordId, Topic
from latticework.kernel.labels.label import Label
from latticework.node.compose import Composed, compose
from latticework.node.settings import NodeSettings, write_settings
from latticework.testing.clock import SeededClock, SeededEntropy
from latticework.testing.kernels import officer
from latticework.workbench.tasks.deadlines import absolute
from latticework.workbench.tasks.model import GRACE_MS, LAPSE, Party, Request, Rule, Silence

JPN = MemberId("JPN")
HOUR = 3_600_000
DESK = officer("JPN")


class Home:
    """One member's home, and the node that runs on it now."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.path, self.starts = SeededClock(), folder / "JPN", 0
        init_member(JPN, self.path, self.clock, SeededEntropy("home"), title="Japan")
        write_settings(self.path, NodeSettings(rooms=()))
        self.node: Composed = self.start()

    def start(self) -> Composed:
        self.starts += 1
        self.node = compose(self.path, clock=self.clock, entropy=SeededEntropy(f"start {self.starts}"))
        self.step()
        return self.node

    def restart(self, after_ms: int) -> None:
        """Stop the node, let time pass while it is off, and start it."""
        self.node.kernel.close()
        self.clock.advance(after_ms)
        self.start()

    def step(self) -> None:
        for _ in range(3):
            self.clock.advance(2_500)
            while self.node.bench.step():
                pass

    @property
    def kernel(self) -> Kernel:
        return self.node.kernel

    def ask(self, rule: Rule, hours: float) -> RecordId:
        to = Party(JPN, Post("chief post")) if rule == "escalate" else None
        body = Request(to=JPN, subject=f"Silence is {rule}", asks="decision", assignee=Party(JPN, DESK.post),
                       by=DESK.post, deadline=absolute(self.clock.now_ms() + int(hours * HOUR)),
                       reminders=(2 * HOUR, HOUR), silence=Silence(rule=rule, to=to))
        label = Label(policy="EXERCISE", classification=1, originators=frozenset({JPN}))
        return self.node.bench.tasks.request(DESK, body, topic=Topic("plans.lights"), label=label).id


def test_a_node_that_was_off_reminds_once_and_lets_silence_take_effect_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    asked: dict[str, RecordId] = {rule: home.ask(rule, 10) for rule in ("consent", "refuse", "escalate")}  # type: ignore[arg-type]
    home.step()
    tasks = home.node.bench.tasks
    assert tasks.count(DESK) == 3
    home.restart(9 * HOUR + HOUR // 2)  # both reminders fell due meanwhile
    tasks = home.node.bench.tasks
    given = {row.id: row.reminded_ms for row in tasks.page(DESK).items}
    assert set(given) == set(asked.values())
    assert all(given.values())
    home.restart(1_000)
    assert {row.id: row.reminded_ms for row in home.node.bench.tasks.page(DESK).items} == given
    home.restart(HOUR + GRACE_MS)  # the deadline passed while it was off
    tasks = home.node.bench.tasks
    states = {rule: tasks.task(DESK, task).row.state for rule, task in asked.items()}
    assert {rule: state.status for rule, state in states.items()} == {
        "consent": "consented", "refuse": "refused", "escalate": "open"}
    assert all(state.lapse is not None for state in states.values())
    assert states["escalate"].holder == "chief post"
    home.restart(HOUR)
    assert len(home.kernel.records(DESK, kind=LAPSE).items) == 3
    home.kernel.close()
