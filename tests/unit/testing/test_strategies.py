from __future__ import annotations

from hypothesis import find, given, settings

from latticework.kernel.policy.decide import decide
from latticework.kernel.policy.model import Peer, PolicyState, Purpose
from latticework.testing import factories, strategies
from latticework.testing.clock import START_MS


@settings(max_examples=60, deadline=None)
@given(strategies.states(), strategies.labels, strategies.topics, strategies.members, strategies.times)
def test_drawn_values_are_good_arguments_of_the_gate(state, label, topic, member, now) -> None:
    assert isinstance(state, PolicyState)
    decision = decide(label, topic, state, Peer(member), Purpose.RELEASE, now)
    assert decision.rule.startswith("R-")


def test_the_strategies_reach_arrangements_in_force_and_others() -> None:
    bounds = settings(max_examples=500, deadline=None)
    assert find(strategies.standings(), lambda s: s.in_force(START_MS), settings=bounds).grants
    assert not find(strategies.standings(), lambda s: not s.in_force(START_MS), settings=bounds).in_force(START_MS)


def test_the_gate_says_yes_to_a_plain_state_of_the_factories() -> None:
    state = factories.state("JPN", "USA", standings=[factories.standing(factories.arrangement("JPN", "USA"))])
    label = factories.label("USA")
    assert decide(label, strategies.TOPICS[0], state, Peer(strategies.MEMBERS[-1]), Purpose.RELEASE, START_MS).allowed
