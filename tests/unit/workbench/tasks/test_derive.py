"""The table of cases of docs/workbench/tasks.md, one test a row."""

from __future__ import annotations

import pytest
from tests.unit.workbench.tasks.cases import (
    AUS,
    CHIEF,
    DEADLINE,
    DESK,
    HOUR,
    JPN,
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

CUT = DEADLINE + GRACE_MS
BEFORE, AFTER = DEADLINE - HOUR, DEADLINE + HOUR


def whys(state_flags: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {record[:2]: why for record, why in state_flags}


def test_nothing_said_before_and_after_the_deadline() -> None:
    early = derive(asked(), [], BEFORE)
    assert (early.status, early.overdue, early.holder) == ("open", False, DESK)
    in_grace = derive(asked(), [], DEADLINE + 1)
    assert (in_grace.status, in_grace.overdue) == ("open", True)


@pytest.mark.parametrize(("rule", "status"), [("consent", "consented"), ("refuse", "refused")])
def test_silence_takes_effect_by_the_own_clock_and_the_record_only_makes_it_final(rule: str, status: str) -> None:
    by_clock = derive(asked(rule), [], CUT)  # type: ignore[arg-type]
    assert (by_clock.status, by_clock.final, by_clock.settled_ms) == (status, False, CUT)
    stated = derive(asked(rule), [lapse(1, AFTER, rule)], AFTER)  # type: ignore[arg-type]
    assert (stated.status, stated.final, stated.settled_ms) == (status, True, CUT)


def test_an_answer_in_time_counts_whenever_it_arrives() -> None:
    state = derive(asked(), [answer(1, BEFORE, "refuses", epoch=5), lapse(2, AFTER, heard=7)], AFTER)
    assert (state.status, state.said, state.final, state.doubtful) == ("answered", "refuses", True, False)


def test_an_answer_within_the_grace_counts() -> None:
    assert derive(asked(), [answer(1, CUT)], AFTER).status == "answered"


def test_an_answer_after_silence_took_effect_is_late() -> None:
    state = derive(asked(), [answer(1, CUT + 1, "refuses")], AFTER)
    assert state.status == "consented"
    assert whys(state.flags) == {"01": "late"}


def test_a_time_that_the_authors_own_ledger_disproves_does_not_count() -> None:
    rows = [lapse(2, AFTER, heard=7), answer(1, BEFORE, "refuses", epoch=8)]
    state = derive(asked(), rows, AFTER)
    assert state.status == "consented"
    assert whys(state.flags) == {"01": "disproved"}


def test_until_its_proof_is_here_an_answer_in_time_counts_and_is_asked_about_again() -> None:
    state = derive(asked(), [lapse(2, AFTER, heard=7), answer(1, BEFORE, epoch=None)], AFTER)
    assert (state.status, state.doubtful) == ("answered", True)


def test_silence_to_a_request_that_came_after_the_deadline_says_nothing() -> None:
    state = derive(asked(received_ms=DEADLINE + 1), [lapse(1, AFTER)], AFTER)
    assert (state.status, state.overdue) == ("open", True)
    assert whys(state.flags) == {"01": "unfounded"}
    assert derive(asked(received_ms=DEADLINE + 1), [answer(1, AFTER)], AFTER).status == "answered"


def test_while_the_receipt_is_not_here_silence_is_not_counted() -> None:
    assert derive(asked(received_ms=None), [], AFTER).status == "open"


@pytest.mark.parametrize("row", [lapse(1, AFTER, "refuse"), lapse(1, CUT - 1), ])
def test_a_lapse_by_another_rule_or_too_early_is_unfounded(row: Said) -> None:
    assert whys(derive(asked(), [row], BEFORE).flags) == {"01": "unfounded"}


def test_of_two_answers_the_first_by_signed_time_counts() -> None:
    state = derive(asked(), [answer(2, BEFORE + 1, "refuses"), answer(1, BEFORE, "consents")], AFTER)
    assert state.said == "consents"
    assert whys(state.flags) == {"02": "second"}


def test_a_stranger_has_no_say() -> None:
    rows = [answer(1, BEFORE, member=AUS), handover(2, BEFORE, DESK, OTHER, member=AUS),
            withdrawal(3, BEFORE, member=AUS), lapse(4, AFTER, member=AUS)]
    state = derive(asked("refuse"), rows, BEFORE)
    assert (state.status, state.holder) == ("open", DESK)
    assert whys(state.flags) == dict.fromkeys(("01", "02", "03", "04"), "stranger")


def test_each_side_has_only_its_own_say() -> None:
    rows = [answer(1, BEFORE, member=JPN), handover(2, BEFORE, DESK, OTHER, member=JPN),
            withdrawal(3, BEFORE, member=AUS)]
    state = derive(asked(), rows, BEFORE)
    assert (state.status, state.holder) == ("open", DESK)
    assert set(whys(state.flags).values()) == {"stranger"}


def test_handovers_follow_each_other_and_the_later_of_a_race_is_void() -> None:
    rows = [handover(3, BEFORE + 2, OTHER, CHIEF), handover(1, BEFORE, DESK, OTHER),
            handover(2, BEFORE + 1, DESK, CHIEF)]
    state = derive(asked(), rows, BEFORE + 3)
    assert state.holder == CHIEF
    assert whys(state.flags) == {"02": "elsewhere"}


def test_a_withdrawal_ends_it_unless_it_was_answered_before() -> None:
    assert derive(asked(), [withdrawal(1, BEFORE)], AFTER).status == "withdrawn"
    state = derive(asked(), [withdrawal(2, BEFORE + 1), answer(1, BEFORE)], AFTER)
    assert (state.status, whys(state.flags)) == ("answered", {"02": "settled"})
    state = derive(asked(), [withdrawal(2, BEFORE), answer(1, BEFORE + 1), handover(3, BEFORE + 2, DESK, OTHER)], AFTER)
    assert (state.status, whys(state.flags)) == ("withdrawn", {"01": "settled", "03": "settled"})


def test_a_withdrawal_after_silence_took_effect_is_void() -> None:
    state = derive(asked("refuse"), [withdrawal(1, AFTER)], AFTER)
    assert (state.status, whys(state.flags)) == ("refused", {"01": "settled"})


def test_escalation_gives_it_to_the_named_post_and_stays_open() -> None:
    state = derive(asked("escalate"), [handover(1, BEFORE, DESK, OTHER)], CUT)
    assert (state.status, state.holder, state.escalated_to) == ("open", CHIEF, Party(USA, CHIEF))
    later = [handover(1, BEFORE, DESK, OTHER), handover(2, AFTER, OTHER, DESK), handover(3, AFTER + 1, CHIEF, OTHER)]
    state = derive(asked("escalate"), later, AFTER + 2)
    assert (state.holder, whys(state.flags)) == (OTHER, {"02": "elsewhere"})


def test_a_late_answer_to_what_escalated_counts() -> None:
    state = derive(asked("escalate"), [answer(1, AFTER), lapse(2, CUT, "escalate", heard=-1)], AFTER)
    assert (state.status, state.settled_ms, state.escalated_to) == ("answered", AFTER, Party(USA, CHIEF))


def test_what_escalated_to_the_senders_own_post_may_be_settled_there_but_not_before() -> None:
    own = Party(JPN, CHIEF)
    state = derive(asked("escalate", to=own), [answer(1, AFTER, member=JPN)], AFTER)
    assert (state.status, state.holder, state.escalated_to) == ("answered", DESK, own)
    state = derive(asked("escalate", to=own), [answer(1, BEFORE, member=JPN)], AFTER)
    assert (state.status, whys(state.flags)) == ("open", {"01": "stranger"})


def test_it_does_not_escalate_when_it_was_answered_in_time() -> None:
    state = derive(asked("escalate"), [answer(1, BEFORE)], AFTER)
    assert (state.status, state.escalated_to, state.holder) == ("answered", None, DESK)


