"""Between two boundaries no answer of the gate changes; at some of them one does."""

from __future__ import annotations

from tests.unit.kernel.policy.asking import AIR, arrangement, label, standing, state

from latticework.kernel.policy import Peer, Purpose, decide, next_change_ms

A = arrangement("JPN", "USA", valid_from_ms=10, valid_until_ms=90)
STATE = state(standing(A, grants=(("JPN", 5, 60), ("USA", 20, 50))), arrangement("KOR", "USA", valid_until_ms=1_007))
LABEL = label("USA", expires_ms=40)


def test_the_boundaries_of_own_arrangements_grants_and_labels_come_in_turn():
    seen, at = [], 0
    while (after := next_change_ms(STATE, at, labels=(LABEL,))) is not None:
        seen.append(after)
        at = after
    assert seen == [5, 10, 20, 40, 50, 60, 90]


def test_answers_turn_only_at_boundaries():
    answers = [decide(LABEL, AIR, STATE, Peer("USA"), Purpose.RELEASE, t).rule for t in range(120)]
    turns = {t for t in range(1, 120) if answers[t] != answers[t - 1]}
    assert turns == {20, 40}
    free = [decide(label("USA"), AIR, STATE, Peer("USA"), Purpose.RELEASE, t).allowed for t in range(120)]
    assert [t for t in range(120) if free[t]] == list(range(20, 50))
