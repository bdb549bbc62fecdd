"""The own law at the gate: golden cases, worked out by hand, and the times at which they turn.

Intervals are half-open, begin included and end excluded, so that two that follow each other neither overlap nor leave a
gap: ISO 8601-1:2019, 3.1.1.6 (time interval), as used by ISO/IEC 9075-2:2011 (SQL), 4.15.3 (periods).
"""

from __future__ import annotations

import pytest
from tests.unit.kernel.policy.asking import AIR, END, NOW, arrangement, label, standing, state

from latticework.kernel.policy import (
    Binding,
    Bounds,
    Constraint,
    Levels,
    Outcome,
    Peer,
    Purpose,
    decide,
    explain,
    next_change_ms,
)

PAIR = standing(arrangement("JPN", "USA", topics=("air", "sea")), grants=(("JPN", 0, END), ("USA", 0, END)))
USA = ("USA",)


def assured(up_to: int, begin: int | None, end: int | None, *, number: int = 7) -> Constraint:
    """Return a standing of USA that assures EXERCISE up to a level for a time."""
    lift = Bounds(peers=USA, topics=("air",), levels=(Levels("EXERCISE", 0, up_to),), from_ms=begin, until_ms=end)
    return Constraint(record=f"{number:064x}", binding=Binding.STANDING, bounds=Bounds(peers=USA, topics=("air",)),
                      unless=(lift,))


def law(binding: Binding, *unless: Bounds, number: int = 8, **bounds) -> Constraint:
    return Constraint(record=f"{number:064x}", binding=binding, bounds=Bounds(**bounds), unless=unless)


def ask(*constraints, to="USA", topic=AIR, level=1, purpose=Purpose.RELEASE, at=NOW, policy="EXERCISE"):
    known = state(PAIR, constraints=constraints)
    return decide(label("JPN", to, level=level, policy=policy), topic, known, Peer(to), purpose, at)


def test_nothing_on_record_constrains_nothing():
    assert ask().rule == "R-21"


@pytest.mark.parametrize(
    ("at", "rule"), [(1_999, "R-07"), (2_000, "R-21"), (2_999, "R-21"), (3_000, "R-07")])
def test_a_standing_begins_and_lapses_at_its_millisecond(at, rule):
    got = ask(assured(2, 2_000, 3_000), at=at)
    assert got.rule == rule
    assert (got.constraint is not None) == (rule == "R-07")


@pytest.mark.parametrize(("level", "rule", "told"), [
    (1, "R-21", ""), (2, "R-07", "assures less than the label's classification")])
def test_a_standing_assures_up_to_its_level(level, rule, told):
    got = ask(assured(1, None, None), level=level)
    assert got.rule == rule
    assert told in got.reason
    assert "000000000000" in got.reason or not told


def test_a_label_of_a_policy_that_a_standing_does_not_name_is_not_assured():
    only_theirs = Constraint(
        record="1" * 64, binding=Binding.STANDING, bounds=Bounds(peers=USA),
        unless=(Bounds(levels=(Levels("THEIRS", 0, 9),)),))
    assert ask(only_theirs).rule == "R-07"


def test_a_forbidding_rule_counts_where_it_does_not_name_the_labels_policy():
    assert ask(law(Binding.FORBIDS, levels=(Levels("THEIRS", 3, 9),))).rule == "R-08"
    assert ask(law(Binding.FORBIDS, levels=(Levels("EXERCISE", 3, 9),))).rule == "R-21"


def test_only_what_is_given_is_bound():
    forbidden = law(Binding.FORBIDS)
    for purpose in (Purpose.RELEASE, Purpose.RELAY, Purpose.STREAM):
        assert ask(forbidden, purpose=purpose).rule == "R-08"
    assert ask(forbidden, purpose=Purpose.RECEIVE).allowed


def test_house_keeping_passes_whatever_the_law_says():
    assert ask(law(Binding.FORBIDS), topic="lattice.recall").rule == "R-06"


def test_people_are_not_bound_by_it():
    from tests.unit.kernel.policy.asking import officer

    known = state(PAIR, constraints=(law(Binding.FORBIDS),))
    assert decide(label("JPN", "USA"), AIR, known, officer(), Purpose.VIEW, NOW).allowed


def test_an_approval_lifts_what_it_covers_and_nothing_else():
    granted = Bounds(peers=USA, topics=("air.tracks",), from_ms=NOW, until_ms=NOW + 10)
    needs = law(Binding.APPROVAL, granted, topics=("air",))
    assert ask(needs).rule == "R-21"
    assert ask(needs, at=NOW + 10).rule == "R-09"
    assert ask(needs, topic="air.plots").rule == "R-09"
    assert ask(needs, topic="sea").rule == "R-21"


def test_standing_comes_before_law_and_law_before_approval():
    all_three = (law(Binding.APPROVAL), law(Binding.FORBIDS, number=9), assured(0, None, None))
    assert ask(*all_three).rule == "R-07"
    assert ask(*all_three[:2]).rule == "R-08"


def test_an_explanation_names_each_constraint_that_fails_and_its_record():
    known = state(PAIR, constraints=(law(Binding.FORBIDS, number=9), law(Binding.FORBIDS, number=8)))
    told = explain(label("JPN", "USA"), AIR, known, Peer("USA"), Purpose.RELEASE, NOW)
    failed = [(c.rule, c.constraint, c.decided) for c in told.checks if c.outcome is Outcome.FAILS]
    assert failed == [("R-08", f"{8:064x}", True), ("R-08", f"{9:064x}", False)]
    assert [c.outcome for c in told.checks if c.rule in {"R-07", "R-09"}] == [Outcome.HOLDS] * 2
    assert told.change.startswith("The rule's end")


def test_times_of_constraints_are_boundaries_of_the_gate():
    known = state(PAIR, constraints=(assured(2, NOW + 5, NOW + 9),))
    assert next_change_ms(known, NOW) == NOW + 5
    assert next_change_ms(known, NOW + 5) == NOW + 9
