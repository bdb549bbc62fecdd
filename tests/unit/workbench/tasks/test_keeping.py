"""Timers: silence by each rule across partitions and restarts, reminders, and clocks that are set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.workbench.tasks.asking import HOUR, Pair

from latticework.kernel.ids import MemberId, Post, RecordId
from latticework.testing.kernels import KernelFederation, officer
from latticework.workbench.tasks import deadlines
from latticework.workbench.tasks.model import GRACE_MS, LAPSE, Party, Silence


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    federation = KernelFederation(tmp_path, ("JPN", "USA"))
    yield Pair(federation)
    for kernel in federation.kernels.values():
        kernel.close()


def lapses(pair: Pair, member: str = "JPN") -> int:
    return len(pair.f[member].records(officer(member), kind=LAPSE).items)


def pass_deadline(pair: Pair, hours: float = 1) -> None:
    """Go to just after silence takes effect, in one jump and a few beats."""
    pair.f.clock.advance(int(hours * HOUR) + GRACE_MS)
    pair.f.advance(6_000, 1_000)


@pytest.mark.parametrize(("rule", "status"), [("consent", "consented"), ("refuse", "refused")])
def test_silence_that_settles_is_stated_once_and_the_same_at_both(pair: Pair, rule: str, status: str) -> None:
    task = pair.ask(rule, hours=1)  # type: ignore[arg-type]
    pass_deadline(pair)
    pair.f.advance(20_000, 1_000)
    assert pair.both(task) == (status, status)
    for member in ("JPN", "USA"):
        state = pair.row(member, task).state
        assert state.final
        assert lapses(pair, member) == 1
    pair.f.restart("JPN")
    pair.f.advance(10_000, 1_000)
    assert lapses(pair) == 1


def test_silence_that_escalates_puts_it_before_the_named_post_at_both(pair: Pair) -> None:
    task = pair.ask("escalate", hours=1)
    chief = officer("USA", "chief")
    assert pair.tasks("USA").count(chief) == 0
    pass_deadline(pair)
    assert pair.tasks("USA").count(chief) == 1
    assert (pair.tasks("USA").count(pair.usa), lapses(pair), lapses(pair, "USA")) == (0, 1, 1)
    assert pair.row("JPN", task).state.holder == Post("chief post")
    pair.tasks("USA").answer(chief, task, "done")
    pair.f.settle()
    assert pair.both(task) == ("answered", "answered")


def test_what_escalates_to_the_own_superior_is_settled_at_home(pair: Pair) -> None:
    task = pair.ask(hours=1, silence=Silence(rule="escalate", to=Party(MemberId("JPN"), Post("chief post"))))
    chief = officer("JPN", "chief")
    assert pair.tasks("JPN").count(chief) == 0
    pass_deadline(pair)
    assert pair.tasks("JPN").count(chief) == 1
    pair.tasks("JPN").answer(chief, task, "other", "Decided without an answer.")
    pair.f.settle()
    assert pair.both(task) == ("answered", "answered")


def test_in_a_partition_the_assignees_clock_shows_the_end_and_the_senders_waits_for_the_link(pair: Pair) -> None:
    task = pair.ask(hours=1)
    pair.f.cut("JPN", "USA")
    pass_deadline(pair)
    jpn, usa = pair.row("JPN", task).state, pair.row("USA", task).state
    assert (usa.status, usa.final) == (jpn.status, jpn.final) == ("consented", False)
    assert lapses(pair) == 0
    pair.f.advance(60_000, 10_000)
    assert lapses(pair) == 0
    pair.f.heal("JPN", "USA")
    pair.f.advance(25_000, 1_000)
    assert pair.both(task) == ("consented", "consented")
    assert pair.row("USA", task).state.final


def test_an_answer_given_in_time_counts_though_the_partition_brings_it_days_later(pair: Pair) -> None:
    task = pair.ask(hours=1)
    pair.f.cut("JPN", "USA")
    pair.tasks("USA").answer(pair.usa, task, "refuses", "Not this way.")
    pair.f.clock.advance(3 * 24 * HOUR)
    pair.f.advance(4_000, 1_000)
    assert pair.row("USA", task).state.said == "refuses"
    assert lapses(pair) == 0
    pair.f.heal("JPN", "USA")
    pair.f.advance(25_000, 1_000)
    assert pair.both(task) == ("answered", "answered")
    assert pair.row("JPN", task).state.said == "refuses"
    assert lapses(pair) == 0


def test_silence_to_what_never_arrived_says_nothing(pair: Pair) -> None:
    pair.f.cut("JPN", "USA")
    task = pair.ask(hours=1)
    pass_deadline(pair)
    assert pair.row("JPN", task).state.status == "open"
    pair.f.heal("JPN", "USA")
    pair.f.advance(25_000, 1_000)
    assert pair.both(task) == ("open", "open")
    assert lapses(pair) == 0
    pair.tasks("USA").answer(pair.usa, task, "refuses")
    pair.f.settle()
    assert pair.both(task) == ("answered", "answered")


def test_a_room_hears_of_silence_only_when_it_is_final(pair: Pair) -> None:
    told: list[str] = []
    pair.tasks("JPN").on_settled("lighthouse", lambda settled: told.append(settled.state.status))
    pair.ask(hours=1, matter="lighthouse.outage")
    pair.f.cut("JPN", "USA")
    pass_deadline(pair)
    assert told == []
    pair.f.heal("JPN", "USA")
    pair.f.advance(25_000, 1_000)
    assert told == ["consented"]


def reminded(pair: Pair, task: RecordId) -> int:
    return pair.row("USA", task).reminded_ms


def test_reminders_come_at_their_times_and_once(pair: Pair) -> None:
    task = pair.ask(hours=10, reminders=(3 * HOUR, HOUR))
    pair.f.clock.advance(7 * HOUR - 1_000)
    pair.f.settle()
    assert reminded(pair, task) == 0
    pair.f.advance(1_000)
    first = pair.now()
    assert reminded(pair, task) == first
    pair.f.restart("USA")
    pair.f.advance(10_000, 1_000)
    assert reminded(pair, task) == first
    assert pair.row("JPN", task).reminded_ms == 0  # the sender is not reminded
    pair.f.clock.advance(2 * HOUR)
    pair.f.settle()
    assert reminded(pair, task) == pair.now()


def test_of_reminders_missed_while_the_node_was_off_the_last_is_given(pair: Pair) -> None:
    task = pair.ask(hours=10, reminders=(5 * HOUR, 3 * HOUR, HOUR))
    changes: list[str] = []
    pair.f.clock.advance(8 * HOUR)
    pair.f.restart("USA")
    pair.f["USA"].subscribe(lambda change: changes.append(change.kind))
    pair.f.settle()
    assert reminded(pair, task) == pair.now()
    assert changes.count("task") == 1
    with pair.f["USA"].store.snapshot() as reader:
        assert reader.count("workbench.tasks.told") == 2


def test_after_the_deadline_nobody_is_reminded(pair: Pair) -> None:
    task = pair.ask(hours=10, reminders=(HOUR,))
    pair.f.clock.advance(11 * HOUR)
    pair.f.settle()
    assert reminded(pair, task) == 0


def test_a_clock_that_is_set_back_opens_what_only_it_had_closed(pair: Pair) -> None:
    task = pair.ask(hours=10, reminders=(HOUR,))
    pair.f.cut("JPN", "USA")
    pair.f.clock.skew_ms = 20 * HOUR
    pair.f.settle()
    assert pair.both(task) == ("consented", "consented")
    pair.f.clock.skew_ms = 0
    pair.f.settle()
    assert pair.both(task) == ("open", "open")
    assert not pair.row("USA", task).state.overdue
    pair.f.clock.advance(9 * HOUR + 1)
    pair.f.settle()
    assert reminded(pair, task) == 0  # what was passed over while the clock was wrong counts as given
    pair.f.clock.advance(2 * HOUR)
    pair.f.settle()
    assert pair.both(task) == ("consented", "consented")


def test_a_deadline_on_the_night_of_a_daylight_change_falls_due_at_its_instant(pair: Pair) -> None:
    # 29 March 2026: clocks in London go from 01:00 to 02:00; 09:00 is 08:00 UTC that day.
    stated = deadlines.local("2026-03-29T09:00", "Europe/London")
    task = pair.ask(deadline=stated)
    pair.f.clock.advance(stated.at_ms - pair.now())
    pair.f.settle()
    assert not pair.row("USA", task).state.overdue
    pair.f.advance(1_000)
    assert pair.row("USA", task).state.overdue
    assert pair.row("USA", task).request.deadline.local == "2026-03-29T09:00"


def test_many_overdue_tasks_of_a_partner_that_is_away_cost_nothing_each_beat(pair: Pair) -> None:
    for _ in range(30):
        pair.ask(hours=1)
    pair.f.cut("JPN", "USA")
    pass_deadline(pair)
    assert pair.tasks("JPN").count(pair.jpn, "done") == 30
    pair.f.heal("JPN", "USA")
    pair.f.advance(25_000, 1_000)
    assert lapses(pair) == 30


def test_what_a_lost_key_signed_does_not_count_any_more(pair: Pair) -> None:
    task = pair.ask(hours=1)
    with pair.f["USA"].store.snapshot() as reader:
        head = next(h for h in pair.f["USA"].arrivals(reader, 0, limit=500) if h.id == task)
    assert pair.tasks("USA").count(pair.usa) == 1
    pair.f["USA"]._void = frozenset({head.number})  # as a declared compromise leaves it
    pair.f.benches["USA"].tasks.step(pair.now())
    assert pair.tasks("USA").count(pair.usa) == 0


