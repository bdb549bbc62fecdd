"""Asking, answering, handing over and withdrawing between real kernels, and what each officer sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.workbench.tasks.asking import DESK, HOUR, TOPIC, Pair, label_for

from latticework.kernel.errors import (
    HeldElsewhere,
    InvalidTask,
    NotFound,
    NotPermitted,
    TaskSettled,
    UnknownMember,
    Withheld,
)
from latticework.kernel.ids import MemberId, Post, RecordId
from latticework.kernel.policy.model import Flow, Role
from latticework.testing.kernels import KernelFederation, officer
from latticework.workbench.tasks.deadlines import absolute
from latticework.workbench.tasks.model import KINDS, Party, Silence
from latticework.workbench.tasks.service import Settled

CHIEF = Post("chief post")


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    federation = KernelFederation(tmp_path)
    yield Pair(federation)
    for kernel in federation.kernels.values():
        kernel.close()


def test_asked_handed_over_answered_and_seen_by_both(pair: Pair) -> None:
    task = pair.ask(reminders=(2 * HOUR,))
    assert [row.id for row in pair.tasks("USA").page(pair.usa).items] == [task]
    assert (pair.tasks("USA").count(pair.usa), pair.tasks("JPN").count(pair.jpn, "sent")) == (1, 1)
    pair.tasks("USA").hand_over(pair.usa, task, CHIEF, "The chief knows.")
    assert pair.tasks("USA").count(pair.usa) == 0
    assert pair.tasks("USA").count(pair.usa, "member") == 1
    with pytest.raises(HeldElsewhere, match="with chief post"):
        pair.tasks("USA").answer(pair.usa, task, "done")
    pair.tasks("USA").answer(officer("USA", "chief"), task, "consents", "It is dark.")
    pair.f.settle()
    assert pair.both(task) == ("answered", "answered")
    view = pair.tasks("JPN").task(pair.jpn, task)
    assert view.row.state.said == "consents"
    assert [step.record.kind for step in view.trail] == ["task.request", "task.handover", "task.answer"]
    for member, who in (("JPN", pair.jpn), ("USA", pair.usa)):
        assert [row.id for row in pair.tasks(member).page(who, "done").items] == [task]
        assert pair.tasks(member).count(who, "mine") == pair.tasks(member).count(who, "sent") == 0
    with pytest.raises(TaskSettled):
        pair.tasks("USA").answer(officer("USA", "chief"), task, "refuses")


def test_task_records_go_to_the_two_members_alone_whatever_the_label_allows(pair: Pair) -> None:
    pair.f.arrange("AUS", "JPN", "USA", topics=("maritime",), name="three")
    record = pair.tasks("JPN").request(pair.jpn, pair.body(), topic=TOPIC, label=label_for("JPN", "AUS", "USA"))
    pair.f.settle()
    pair.tasks("USA").answer(pair.usa, record.id, "done")
    pair.f.settle()
    assert pair.row("JPN", record.id).state.status == "answered"
    aus = pair.f["AUS"]
    assert [r for r in aus.records(officer("AUS"), limit=500).items if r.kind in KINDS] == []


def test_the_verdict_comes_before_anything_is_made(pair: Pair) -> None:
    tasks, label = pair.tasks("JPN"), label_for("JPN", "USA")
    assert tasks.verdict(label, TOPIC, MemberId("USA")).allowed
    for wrong_label, to, rule in ((label_for("JPN"), "USA", "R-05"), (label_for("JPN", "AUS"), "AUS", "R-10")):
        decision = tasks.verdict(wrong_label, TOPIC, MemberId(to))
        assert (decision.allowed, decision.rule) == (False, rule)
        before = pair.f["JPN"].count(pair.jpn)
        with pytest.raises(Withheld, match=rule):
            tasks.request(pair.jpn, pair.body(to=to), topic=TOPIC, label=wrong_label)
        assert pair.f["JPN"].count(pair.jpn) == before


def test_what_could_not_be_answered_is_not_asked(pair: Pair) -> None:
    pair.f.arrange("AUS", "JPN", topics=("maritime",), name="one-way", flows=(Flow(MemberId("JPN"), MemberId("AUS")),))
    decision = pair.tasks("JPN").verdict(label_for("JPN", "AUS"), TOPIC, MemberId("AUS"))
    assert (decision.allowed, decision.rule) == (False, "R-11")


def test_a_task_within_the_house_stays_there(pair: Pair) -> None:
    task = pair.tasks("JPN").request(pair.jpn, pair.body("refuse", to="JPN", assignee=Party(MemberId("JPN"), CHIEF)),
                                     topic=TOPIC, label=label_for("JPN")).id
    pair.f.settle()
    assert pair.tasks("JPN").count(officer("JPN", "chief")) == 1
    pair.tasks("JPN").answer(officer("JPN", "chief"), task, "done")
    assert pair.row("JPN", task).state.status == "answered"
    assert not pair.f["JPN"].releases(pair.jpn, task)


def test_who_may_not_see_it_cannot_count_it_nor_tell_it_from_nothing(pair: Pair) -> None:
    task = pair.ask(level=3)
    low = officer("USA", "desk", Role.AUTHOR, clearance=1)
    assert pair.tasks("USA").count(low) == pair.tasks("USA").count(low, "member") == 0
    assert pair.tasks("USA").page(low, "member").items == ()
    for unseen in (task, RecordId("ab" * 32)):
        with pytest.raises(NotFound, match=r"there is no task \w{12} here, or you may not see it"):
            pair.tasks("USA").task(low, unseen)
    with pytest.raises(NotFound):
        pair.tasks("USA").answer(low, task, "done")


def test_an_answer_that_may_not_be_seen_hides_that_it_was_given(pair: Pair) -> None:
    task = pair.ask(level=1)
    pair.tasks("USA").answer(pair.usa, task, "refuses", "Secret reason.", label=label_for("USA", "JPN", level=3))
    pair.f.settle()
    low = officer("JPN", "desk", clearance=1)
    assert [pair.tasks("JPN").count(low, name) for name in ("mine", "member", "sent", "done")] == [0, 0, 0, 0]
    with pytest.raises(NotFound):
        pair.tasks("JPN").task(low, task)
    assert pair.tasks("JPN").count(pair.jpn, "done") == 1


def test_an_officer_without_content_asks_and_answers_nothing(pair: Pair) -> None:
    task = pair.ask()
    auditor = officer("USA", "audit", Role.AUDITOR)
    assert pair.tasks("USA").count(auditor, "member") == 0
    with pytest.raises(NotPermitted):
        pair.tasks("USA").answer(auditor, task, "done")
    with pytest.raises(NotPermitted):
        pair.tasks("JPN").request(officer("JPN", "audit", Role.AUDITOR), pair.body(), topic=TOPIC,
                                  label=label_for("JPN", "USA"))


def test_standing_in_puts_another_posts_tasks_into_the_own_inbox(pair: Pair) -> None:
    task, chief = pair.ask(), officer("USA", "chief")
    assert pair.tasks("USA").count(chief) == 0
    assert pair.tasks("USA").stand_in(chief, [DESK, CHIEF, Post(" ")]) == (CHIEF, DESK)
    assert [row.id for row in pair.tasks("USA").page(chief).items] == [task]
    pair.tasks("USA").answer(chief, task, "done")
    pair.f.settle()
    assert pair.both(task) == ("answered", "answered")


def test_only_the_sender_withdraws_and_only_the_asked_answers(pair: Pair) -> None:
    task = pair.ask()
    with pytest.raises(HeldElsewhere):
        pair.tasks("USA").withdraw(pair.usa, task, "No.")
    with pytest.raises(HeldElsewhere):
        pair.tasks("JPN").answer(pair.jpn, task, "done")
    with pytest.raises(HeldElsewhere):
        pair.tasks("JPN").hand_over(pair.jpn, task, CHIEF)
    with pytest.raises(InvalidTask):
        pair.tasks("JPN").withdraw(pair.jpn, task, " ")
    pair.tasks("JPN").withdraw(pair.jpn, task, "It burns again.")
    pair.f.settle()
    assert pair.both(task) == ("withdrawn", "withdrawn")


def test_requests_that_make_no_sense_get_a_sentence(pair: Pair) -> None:
    tasks, label = pair.tasks("JPN"), label_for("JPN", "USA")
    with pytest.raises(InvalidTask, match="lies in the future"):
        tasks.request(pair.jpn, pair.body(deadline=absolute(pair.now())), topic=TOPIC, label=label)
    third = Silence(rule="escalate", to=Party(MemberId("AUS"), DESK))
    with pytest.raises(InvalidTask, match="third member"):
        tasks.request(pair.jpn, pair.body(silence=third), topic=TOPIC, label=label)
    with pytest.raises(UnknownMember):
        tasks.request(pair.jpn, pair.body(to="KOR"), topic=TOPIC, label=label)
    for wrong in ({"subject": " "}, {"reminders": (1, 2)}, {"matter": "Not a word"}, {"text": "x" * 20_001}):
        with pytest.raises(InvalidTask):
            pair.body(**wrong)
    with pytest.raises(InvalidTask, match="cursor"):
        tasks.page(pair.jpn, after="1.zz")


def test_pages_go_through_a_list_in_order_of_deadline(pair: Pair) -> None:
    made = [pair.ask(hours=h) for h in (5, 2, 4, 1, 3)]
    found: list[RecordId] = []
    after = None
    while True:
        page = pair.tasks("USA").page(pair.usa, limit=2, after=after)
        found += [row.id for row in page.items]
        after = page.next
        if after is None:
            break
    assert found == [made[i] for i in (3, 1, 4, 2, 0)]


def test_a_room_is_told_once_and_not_again_after_a_restart(pair: Pair) -> None:
    told: list[Settled] = []
    pair.tasks("JPN").on_settled("lighthouse", told.append)
    pair.tasks("JPN").on_settled("light", lambda settled: pytest.fail("another room's matter"))
    task = pair.ask(matter="lighthouse.outage")
    pair.ask(matter="")
    pair.tasks("USA").answer(pair.usa, task, "consents", "It is dark.")
    pair.f.settle()
    assert [(t.task, t.answer.text if t.answer else "", t.corrects) for t in told] == [(task, "It is dark.", False)]
    pair.f.restart("JPN")
    pair.tasks("JPN").on_settled("lighthouse", told.append)
    pair.f.advance(3_000)
    assert len(told) == 1


def test_a_room_that_fails_is_an_alarm_and_the_node_goes_on(pair: Pair) -> None:
    def fail(settled: Settled) -> None:
        raise InvalidTask("the room cannot take it.")

    pair.tasks("JPN").on_settled("lighthouse", fail)
    task = pair.ask(matter="lighthouse.outage")
    pair.tasks("USA").answer(pair.usa, task, "done")
    pair.f.settle()
    pair.f.advance(2_000)
    alarms = pair.f["JPN"].alarms(pair.jpn, limit=10)
    assert [a.code for a in alarms] == ["LW-2101"]
    assert "lighthouse.outage" in alarms[0].sentence
