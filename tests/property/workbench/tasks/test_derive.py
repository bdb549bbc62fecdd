"""Whatever is said about a task, and in whatever order it comes, both sides derive the same state."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.workbench.tasks.cases import (
    AUS,
    CHIEF,
    DEADLINE,
    DESK,
    HOUR,
    JPN,
    MADE,
    OTHER,
    USA,
    answer,
    asked,
    handover,
    lapse,
    withdrawal,
)

from latticework.workbench.tasks.derive import Said, derive
from latticework.workbench.tasks.model import GRACE_MS, Party

TIMES = st.sampled_from([MADE, DEADLINE - HOUR, DEADLINE - 1, DEADLINE, DEADLINE + 1, DEADLINE + GRACE_MS,
                         DEADLINE + GRACE_MS + 1, DEADLINE + HOUR, DEADLINE + 2 * HOUR])
MEMBERS = st.sampled_from([USA, USA, USA, JPN, JPN, AUS])
POSTS = st.sampled_from([DESK, OTHER, CHIEF])
RULES = st.sampled_from(["consent", "refuse", "escalate"])


@st.composite
def rows(draw: st.DrawFn) -> list[Said]:
    found = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        at, by = draw(TIMES), draw(MEMBERS)
        what = draw(st.integers(0, 3))
        if what == 0:
            found.append(answer(number, at, draw(st.sampled_from(["done", "consents", "refuses", "other"])), member=by,
                                epoch=draw(st.sampled_from([None, 5, 9]))))
        elif what == 1:
            one, two = draw(POSTS), draw(POSTS)
            if one != two:
                found.append(handover(number, at, one, two, member=by))
        elif what == 2:
            found.append(withdrawal(number, at, member=by))
        else:
            found.append(lapse(number, at, draw(RULES), member=by))
    return found


@given(st.data(), rows(), RULES, st.sampled_from([None, MADE + 1, DEADLINE, DEADLINE + 1]), TIMES, st.booleans())
def test_the_order_of_arrival_changes_nothing(data: st.DataObject, said: list[Said], rule: str,
                                             received_ms: int | None, now_ms: int, own: bool) -> None:
    to = Party(JPN, CHIEF) if own and rule == "escalate" else None
    task = asked(rule, to=to, received_ms=received_ms)  # type: ignore[arg-type]
    shuffled = data.draw(st.permutations(said))
    assert derive(task, shuffled, now_ms) == derive(task, said, now_ms)


@given(rows(), RULES, TIMES, TIMES)
def test_what_is_final_stays_whatever_the_clock_does(said: list[Said], rule: str, one: int, two: int) -> None:
    task = asked(rule)  # type: ignore[arg-type]
    first, second = derive(task, said, one), derive(task, said, two)
    if first.status != "open" and first.final and first.settled_ms is not None and first.settled_ms <= min(one, two):
        assert (second.status, second.settled_by, second.settled_ms) == (first.status, first.settled_by,
                                                                         first.settled_ms)


@given(rows(), st.sampled_from(["consent", "refuse"]), st.integers(0, HOUR))
def test_what_the_asked_members_clock_says_of_silence_is_what_it_is_in_the_end(said: list[Said], rule: str,
                                                                               later_ms: int) -> None:
    """Before the sender's record and after it, the outcome is one: "never differently in the end"."""
    task = asked(rule)  # type: ignore[arg-type]
    cut = DEADLINE + GRACE_MS
    own = [row for row in said if row.epoch != 9 and not (row.member == JPN and type(row.body).__name__ == "Lapse")]
    by_clock = derive(task, own, cut + later_ms)
    stated = derive(task, [*own, lapse(99, cut + HOUR, rule)], cut + later_ms)  # type: ignore[arg-type]
    assert (stated.status, stated.said, stated.settled_ms) == (by_clock.status, by_clock.said, by_clock.settled_ms)
