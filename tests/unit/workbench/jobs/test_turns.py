"""Whose turn it is: priority, fairness between officers, and room on the machine."""

from __future__ import annotations

from latticework.kernel.labels.label import Label
from latticework.workbench.jobs.limits import JobState, Limits
from latticework.workbench.jobs.model import JobRow
from latticework.workbench.jobs.turns import next_turn

LABEL = Label(policy="EXERCISE", classification=0)


def row(number: int, officer: str = "a", *, priority: int = 0, memory_mib: int = 100, workers: int = 1) -> JobRow:
    return JobRow(id=f"{number:020x}", kind="k", officer=officer, post="p", inputs=b"", label=LABEL, topic="t", seed=1,
                  priority=priority, limits=Limits(memory_mib=memory_mib, workers=workers), state=JobState.QUEUED,
                  asked_ms=number)


def order(waiting: list[JobRow]) -> list[int]:
    """Return the order in which the jobs begin when one runs at a time."""
    found, begun = [], {}
    waiting = list(waiting)
    while (one := next_turn(waiting, [], begun, at_once=1)) is not None:
        waiting.remove(one)
        begun[one.officer] = len(found)
        found.append(one.asked_ms)
    return found


def test_the_oldest_first_and_officers_in_turn() -> None:
    assert order([row(1), row(2), row(3), row(4, "b"), row(5, "b"), row(6, "c")]) == [1, 4, 6, 2, 5, 3]


def test_priority_goes_before_fairness_and_what_can_wait_waits() -> None:
    assert order([row(1, priority=-1), row(2, "b", priority=-1), row(3, "b"), row(4, "b", priority=1)]) == [4, 3, 1, 2]


def test_whoever_runs_nothing_goes_first() -> None:
    assert next_turn([row(2), row(3, "b")], [row(1)], {}, at_once=4, cores=8, memory_mib=8000) == row(3, "b")


def test_no_more_than_the_machine_has() -> None:
    running = [row(1, memory_mib=600, workers=2)]
    assert next_turn([row(2)], running, {}, at_once=1) is None
    assert next_turn([row(2, workers=4)], running, {}, at_once=4, cores=4, memory_mib=8000) is None
    assert next_turn([row(2, memory_mib=200)], running, {}, at_once=4, cores=8, memory_mib=1000) is None
    assert next_turn([row(2, memory_mib=150)], running, {}, at_once=4, cores=8, memory_mib=1000) is not None


def test_a_large_job_is_not_starved_and_a_huge_one_runs_alone() -> None:
    large, small = row(2, workers=4), row(3, "b")
    assert next_turn([large, small], [row(1, "c", workers=2)], {"b": 1}, at_once=4, cores=4, memory_mib=8000) is None
    assert next_turn([row(2, memory_mib=90_000)], [], {}, at_once=4, cores=4, memory_mib=1000) is not None
