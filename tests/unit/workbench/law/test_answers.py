"""Answers: golden cases worked out by hand, and random law against a second implementation and against the gate."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.workbench.law import pointwise
from tests.unit.workbench.law.books import (
    DAY,
    DAYS,
    RandomLaw,
    approval,
    entry,
    lead,
    need,
    question,
    rid,
    rule,
    standing,
    state,
)

from latticework.kernel.errors import ApprovalCycle
from latticework.workbench.law.answers import answer, missing, timeline, what_applies
from latticework.workbench.law.binding import constraints
from latticework.workbench.law.book import Book

NOW = 5 * DAY


def ask(*entries, at=NOW, **more):
    return answer(Book(entries), question(**more), at)


def test_where_no_rule_speaks_it_is_lawful():
    got = ask()
    assert (got.verdict, got.chain, got.missing, got.earliest_ms) == ("lawful", (), (), (NOW, NOW, NOW))


def test_forbidding_beats_permitting_whatever_is_narrower_or_newer():
    got = ask(entry(1, rule("forbids", 0)), entry(2, rule("permits", 4 * DAY, topics=("air.tracks",), takers=("USA",))))
    assert got.verdict == "forbidden"
    assert [(s.record, s.role, s.about) for s in got.chain] == [
        (rid(1), "forbids", None), (rid(2), "gives way", rid(1))]
    assert got.earliest_ms == (None, None, None)


def test_a_declared_exception_wins_and_names_what_it_is_one_to():
    got = ask(entry(1, rule("forbids", 0)), entry(2, rule("permits", 0, topics=("air",), exception_to=(1,))))
    assert got.verdict == "lawful"
    assert [(s.record, s.role, s.about) for s in got.chain] == [(rid(2), "lifts", rid(1))]
    assert ask(entry(1, rule("forbids", 0)), entry(2, rule("permits", 0, topics=("sea",), exception_to=(1,)))
               ).verdict == "forbidden"


def test_an_exception_outlives_an_amendment_of_its_rule_but_not_its_own_end():
    rows = (entry(1, rule("forbids", 0)), entry(2, rule("forbids", 2 * DAY), amends=1),
            entry(3, rule("permits", 0, 8 * DAY, exception_to=(1,))))
    assert ask(*rows).verdict == "lawful"
    assert ask(*rows, at=8 * DAY).verdict == "forbidden"


def test_another_member_cannot_make_an_exception_to_a_rule():
    got = ask(entry(1, rule("forbids", 0)), entry(2, rule("permits", 0, exception_to=(1,)), author="USA"))
    assert got.verdict == "forbidden"


def test_an_exception_that_needs_an_approval_opens_by_that_approval():
    rows = (entry(1, rule("forbids", 0)), entry(2, rule("needs approval", 0, None, need(), exception_to=(1,))))
    assert ask(*rows).verdict == "needs approval"
    assert ask(*rows, entry(3, approval()), entry(4, state(3))).verdict == "lawful"


def test_two_years_for_a_license_after_three_months_for_a_clearance():
    rows = (entry(1, rule("needs approval", 0, None, need("license", "clearance", days=lead(730, 365, 1095)),
                          need("clearance", days=lead(90, 60, 180)))),)
    got = ask(*rows)
    # least 60 + 365 = 425, likely 90 + 730 = 820, most 180 + 1,095 = 1,275 days
    assert got.earliest_ms == (NOW + 425 * DAY, NOW + 820 * DAY, NOW + 1_275 * DAY)
    assert [(m.kind, m.body, m.possible_ms[1]) for m in got.missing] == [
        ("license", "license board", NOW + 820 * DAY), ("clearance", "clearance board", NOW + 90 * DAY)]


def test_what_was_asked_is_under_way_and_what_was_refused_begins_anew():
    rows = (entry(1, rule("needs approval", 0, None, need(days=lead(30)))), entry(2, approval(days=lead(30))))
    asked = ask(*rows, entry(3, state(2, "asked", 3 * DAY)))
    assert asked.earliest_ms[1] == 33 * DAY
    assert (asked.missing[0].approval, asked.missing[0].state, asked.missing[0].since_ms) == (rid(2), "asked", 3 * DAY)
    refused = ask(*rows, entry(3, state(2, "asked", DAY)), entry(4, state(2, "refused", 4 * DAY)))
    assert refused.earliest_ms[1] == 35 * DAY


def test_an_approval_for_another_rule_or_a_narrower_scope_does_not_do():
    needs = entry(1, rule("needs approval", 0, None, need()))
    other = entry(2, rule("needs approval", 0, None, need(), topics=("sea",)))
    for wrong in (approval(of=2), approval(topics=("air.tracks.north",)), approval("other"), approval(takers=("KOR",))):
        assert ask(needs, other, entry(3, wrong), entry(4, state(3))).verdict == "needs approval"
    assert ask(needs, other, entry(3, approval(of=1)), entry(4, state(3))).verdict == "lawful"


def test_a_revoked_approval_stops_at_its_millisecond():
    rows = (entry(1, rule("needs approval", 0, None, need())), entry(2, approval()), entry(3, state(2, "granted", 0)),
            entry(4, state(2, "revoked", NOW)))
    assert [ask(*rows, at=t).verdict for t in (NOW - 1, NOW)] == ["lawful", "needs approval"]


def test_approvals_that_wait_for_each_other_are_named():
    rows = (entry(1, rule("needs approval", 0, None, need("a", "b"))),
            entry(2, rule("needs approval", 0, None, need("b", "a"))))
    with pytest.raises(ApprovalCycle, match=r"a → b → a|b → a → b"):
        ask(*rows)


def test_the_most_specific_standing_counts():
    rows = (entry(1, standing(topic="air", up_to=3)), entry(2, standing(topic="air.tracks", up_to=1)))
    assert ask(*rows, topic="air.tracks", level=2).verdict == "not assured"
    assert ask(*rows, topic="air.plots", level=2).verdict == "lawful"
    assert ask(*rows, topic="sea", level=4).verdict == "lawful", "no standing on record, no constraint"


def test_a_standing_that_was_corrected_away_is_not_on_record():
    rows = (entry(1, standing(topic="air", up_to=3)), entry(2, standing(topic="air.tracks", up_to=1)),
            entry(3, standing(topic="sea", up_to=1), corrects=2))
    assert ask(*rows, topic="air.tracks", level=2).verdict == "lawful"
    assert ask(*rows, topic="sea", level=2).verdict == "not assured"


def test_a_suspension_stops_what_another_standing_still_assures():
    rows = (entry(1, standing()), entry(2, standing("suspended", 4 * DAY)))
    assert ask(*rows).verdict == "not assured"
    assert ask(*rows, at=4 * DAY - 1).verdict == "lawful"


def test_before_the_first_standing_began_none_was_on_record():
    assert ask(entry(1, standing(begin=6 * DAY))).verdict == "lawful"
    lapsed = entry(1, standing(begin=DAY, end=3 * DAY))
    assert [ask(lapsed, at=t).verdict for t in (0, DAY, 3 * DAY)] == ["lawful", "lawful", "not assured"]


def test_what_a_question_does_not_say_restricts_and_does_not_lift():
    forbids = entry(1, rule("forbids", 0, conditions=("peacetime",)))
    permits = entry(2, rule("permits", 0, exception_to=(1,), regions=("strait",)))
    assert ask(forbids).verdict == "forbidden"
    assert ask(forbids).chain[0].match == "unknown"
    assert ask(forbids, condition="Peacetime").verdict == "forbidden"
    assert ask(forbids, condition="grey zone").verdict == "lawful"
    assert ask(forbids, permits).verdict == "forbidden"
    assert ask(forbids, permits, region="strait").verdict == "lawful"


def test_a_timeline_has_one_stretch_for_each_answer():
    rows = (entry(1, rule("needs approval", 2 * DAY, 8 * DAY, need())), entry(2, approval()),
            entry(3, state(2, "granted", 4 * DAY, 6 * DAY)), entry(4, rule("forbids", 9 * DAY)))
    got = timeline(Book(rows), question(), 0, 12 * DAY)
    assert [(p.from_ms // DAY, p.until_ms // DAY, p.verdict) for p in got] == [
        (0, 2, "lawful"), (2, 4, "needs approval"), (4, 6, "lawful"), (6, 8, "needs approval"), (8, 9, "lawful"),
        (9, 12, "forbidden")]


def test_a_seventh_month_and_a_five_month_repair():
    """10 USC 8680 as the brief of facts has it: no work over six months within 15 months of return to a US homeport."""
    law = entry(1, rule("forbids", 0, acts=("repair.over-six-months",), conditions=("return within 15 months",)))
    seven = question("ships", act="repair.over-six-months", condition="return within 15 months")
    five = question("ships", act="repair.up-to-six-months", condition="return within 15 months")
    assert answer(Book([law]), seven, NOW).verdict == "forbidden"
    assert answer(Book([law]), five, NOW).verdict == "lawful"


SEEDS = st.integers(0, 2**63)


@settings(max_examples=300, deadline=None)
@given(seed=SEEDS)
def test_a_second_implementation_agrees_day_by_day(seed):
    law = RandomLaw(seed)
    for _ in range(3):
        asked = law.question()
        periods = timeline(law.book, asked, -DAY, (DAYS + 2) * DAY)
        for day in range(-1, DAYS + 2):
            said = next(p.verdict for p in periods if p.from_ms <= day * DAY < p.until_ms)
            assert said == pointwise.verdict(law.entries, asked, day * DAY), (day, asked)
            assert answer(law.book, asked, day * DAY).verdict == said


def test_the_random_law_reaches_every_answer():
    seen: Counter[str] = Counter()
    for seed in range(300):
        law = RandomLaw(seed)
        seen[answer(law.book, law.question(), 6 * DAY).verdict] += 1
    assert min(seen[v] for v in ("lawful", "forbidden", "needs approval", "not assured")) >= 15, seen


@settings(max_examples=300, deadline=None)
@given(seed=SEEDS)
def test_the_gates_constraints_say_what_the_answer_says(seed):
    law = RandomLaw(seed)
    own = law.book.by("JPN")
    bound = constraints(own, "JPN")
    for _ in range(5):
        asked = law.question()
        for day in range(DAYS + 1):
            held = any(c.withholds(asked.taker, asked.topic, asked.policy, asked.classification, day * DAY)
                       for c in bound)
            assert held == (answer(own, asked, day * DAY).verdict != "lawful")


@settings(max_examples=200, deadline=None)
@given(seed=SEEDS)
def test_the_earliest_date_is_lawful_once_what_is_missing_is_granted_and_not_before(seed):
    law = RandomLaw(seed, narrow=False)
    asked, at = law.question(), 3 * DAY
    got = answer(law.book, asked, at)
    assert (got.verdict == "lawful") == (got.missing == ())
    for earliest in got.earliest_ms:
        assert earliest is None or earliest >= at
    if got.verdict == "lawful":
        assert got.earliest_ms == (at, at, at)
    else:
        assert at not in got.earliest_ms or any(m.kind and m.possible_ms[0] == at for m in got.missing)
        if all(not m.kind for m in missing(law.book, asked, at)) and got.earliest_ms[1] is not None:
            later = answer(law.book, asked, got.earliest_ms[1])
            assert all(m.kind for m in later.missing), "neither forbidden nor unassured then"


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS)
def test_the_order_of_records_has_no_say(seed):
    law = RandomLaw(seed)
    asked = law.question()
    shuffled = list(law.entries)
    law.random.shuffle(shuffled)
    for day in (2, 6, 9):
        assert answer(Book(shuffled), asked, day * DAY) == answer(law.book, asked, day * DAY)
        assert what_applies(Book(shuffled), asked, day * DAY) == what_applies(law.book, asked, day * DAY)
