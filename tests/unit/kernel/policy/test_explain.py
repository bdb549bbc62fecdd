"""An explanation shows what decided, and never more than its readers may know."""

from __future__ import annotations

import pytest
from tests.unit.kernel.policy.asking import AIR, END, GRANT_END, NOW, arrangement, label, officer, standing, state

from latticework.kernel.policy import Onward, Outcome, Peer, Purpose, Role, decide, explain

TRIO = arrangement("JPN", "KOR", "USA", name="camp", onward=Onward.CONSENT)
QUIET = arrangement("JPN", "USA", name="night-jar", discreet=True, ceiling=0)

CASES = [
    (label("USA"), state(TRIO), Peer("USA"), Purpose.RELEASE),
    (label("USA", of=("KOR",)), state(TRIO), Peer("USA"), Purpose.RELAY),
    (label("USA", of=("KOR",)), state(TRIO, consents=("KOR",)), Peer("USA"), Purpose.RELAY),
    (label("USA", level=4), state(TRIO, QUIET), Peer("USA"), Purpose.RELEASE),
    (label("USA", level=0), state(QUIET), Peer("USA"), Purpose.RELEASE),
    (label("USA", level=1), state(QUIET), Peer("USA"), Purpose.RELEASE),
    (label("USA"), state(), Peer("USA"), Purpose.STREAM),
    (label("KOR"), state(TRIO), Peer("USA"), Purpose.STREAM),
    (label("USA"), state(TRIO), Peer("USA"), Purpose.VIEW),
    (label("USA"), state(TRIO), Peer("IND"), Purpose.RELEASE),
    (label("USA"), state(TRIO), officer(), Purpose.VIEW),
    (label("USA"), state(TRIO), officer(Role.AUDITOR), Purpose.COUNT),
    (label("USA", policy="HOME"), state(TRIO), officer(), Purpose.VIEW),
    (label("USA"), state(TRIO), officer(), Purpose.RELAY),
]


@pytest.mark.parametrize("discreet", [False, True])
@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_exactly_one_rule_decided_and_it_is_the_one_that_decide_names(case, discreet):
    what, of, subject, purpose = case
    told = explain(what, AIR, of, subject, purpose, NOW, discreet=discreet)
    assert told.decision == decide(what, AIR, of, subject, purpose, NOW)
    deciding = [c for c in told.checks if c.decided]
    assert [c.rule for c in deciding] == [told.decision.rule]
    assert deciding[0].outcome is (Outcome.ALLOWS if told.decision.allowed else Outcome.FAILS)
    assert told.change


def test_house_keeping_is_explained_without_arrangements():
    told = explain(label("USA"), "lattice.keys", state(TRIO), Peer("USA"), Purpose.RELEASE, NOW)
    assert [c.rule for c in told.checks] == ["R-01", "R-02", "R-03", "R-04", "R-05", "R-06"]


def test_every_arrangement_between_the_two_is_asked_every_rule():
    lapsed = standing(arrangement("JPN", "USA", name="old", ceiling=0), number=8, grants=())
    told = explain(label("USA"), AIR, state(TRIO, lapsed, arrangement("JPN", "KOR", name="other")), Peer("USA"),
                   Purpose.RELEASE, NOW)
    rules = [f"R-{n}" for n in range(11, 21)]
    assert [c.rule for c in told.checks if c.called == "camp"] == [*rules, "R-21"]
    assert [c.rule for c in told.checks if c.called == "old"] == rules
    assert {c.rule for c in told.checks if c.called == "old" and c.outcome is Outcome.FAILS} == {"R-13", "R-16"}
    assert not [c for c in told.checks if c.called == "other"]


def test_what_fails_says_what_would_change_it_and_what_holds_does_not():
    told = explain(label("USA", of=("KOR",)), AIR, state(TRIO), Peer("USA"), Purpose.RELAY, NOW)
    for check in told.checks:
        assert bool(check.change) == (check.outcome is Outcome.FAILS)
    assert "consents" in told.change


def test_what_an_earlier_failure_makes_meaningless_is_not_asked():
    pair = state(arrangement("JPN", "USA"))
    told = explain(label("USA", policy="HOME"), AIR, pair, Peer("USA"), Purpose.RELEASE, NOW)
    outcome = {c.rule: c.outcome for c in told.checks}
    assert outcome["R-14"] is Outcome.FAILS
    assert outcome["R-15"] is outcome["R-16"] is Outcome.NOT_ASKED
    told = explain(label("USA", of=("KOR",)), AIR, pair, Peer("USA"), Purpose.RELAY, NOW)
    outcome = {c.rule: c.outcome for c in told.checks}
    assert outcome["R-19"] is Outcome.FAILS
    assert outcome["R-20"] is Outcome.NOT_ASKED


@pytest.mark.parametrize("level", [0, 1])
def test_a_discreet_arrangement_is_named_only_to_who_asks_for_it(level):
    ask = (label("USA", level=level), AIR, state(TRIO, QUIET), Peer("USA"), Purpose.RELEASE, NOW)
    assert "night-jar" not in repr(explain(*ask))
    assert "night-jar" in repr(explain(*ask, discreet=True).checks)


def test_a_discreet_arrangement_that_falls_short_leaves_no_trace():
    ask = (label("USA", level=1), AIR), (Peer("USA"), Purpose.RELEASE, NOW)
    with_it, without = (explain(*ask[0], s, *ask[1]) for s in (state(QUIET), state()))
    assert with_it == without


def test_it_says_when_time_alone_may_change_the_answer():
    ask = (AIR, state(TRIO), Peer("USA"), Purpose.RELEASE)
    assert explain(label("USA"), *ask, NOW).changes_at_ms == GRANT_END
    assert explain(label("USA", expires_ms=3_000), *ask, NOW).changes_at_ms == 3_000
    assert explain(label("USA"), *ask, GRANT_END).changes_at_ms == END
    assert explain(label("USA"), *ask, END).changes_at_ms is None
