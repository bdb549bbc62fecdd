"""A second implementation, in another language, agrees with ``decide`` about nodes and officers."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from tests.oracles.cedar import CedarGate
from tests.oracles.worlds import CAVEATS, MEMBERS, STRANGER, World, worlds

from latticework.kernel.policy import Purpose, decide


def compare(world: World, count: int = 20) -> Counter[str]:
    seen: Counter[str] = Counter()
    questions = []
    for _ in range(count):
        peer = world.likely(0.6)
        subject = world.peer() if peer else world.officer()
        purpose = world.mostly(world.transfer if peer else Purpose.VIEW, list(Purpose), 0.97)
        questions.append((world.label(), world.topic, subject, purpose, world.at))
    answers = CedarGate(world.state, (*MEMBERS, STRANGER), CAVEATS).ask(questions)
    for (label, topic, subject, purpose, at), cedar in zip(questions, answers, strict=True):
        ours = decide(label, topic, world.state, subject, purpose, at)
        seen[ours.rule] += 1
        assert ours.allowed == cedar, (ours, label, topic, subject, purpose, at, world.state)
    return seen


@settings(max_examples=150, deadline=None)
@given(world=worlds)
def test_cedar_agrees_on_random_worlds(world):
    compare(world)


def test_cedar_was_asked_about_every_rule():
    seen: Counter[str] = Counter()
    for seed in range(250):
        seen += compare(World(seed))
    missing = {"R-01", "R-02", "R-03", "R-04", "R-05", "R-06", "R-07", "R-08", "R-09", "R-13", "R-15", "R-16", "R-19",
               "R-20", "R-21", "R-22", "R-23", "R-30", "R-33", "R-34", "R-35", "R-36"} - set(seen)
    assert not missing
