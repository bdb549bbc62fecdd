"""Why the gate decides as it does: every rule that was asked, how it came out, and what would change it.

An explanation is for the deciding member's own officers, who may already see the thing itself. It never goes to a peer.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from latticework.kernel.ids import RecordId, Topic
from latticework.kernel.labels import Label
from latticework.kernel.policy import rules
from latticework.kernel.policy.boundaries import next_change_ms
from latticework.kernel.policy.decide import decide, order
from latticework.kernel.policy.model import Decision, Officer, PolicyState, Purpose, Standing, Subject
from latticework.kernel.policy.reading import READING, Reading
from latticework.kernel.policy.rules import BY_ID, Rule
from latticework.kernel.policy.transfer import (
    ARRANGED,
    CONSTRAINED,
    GENERAL,
    NOT_ASKED,
    Transfer,
    allowing_reason,
    allowing_rule,
    called,
    constrained,
    constraints_on,
    is_between,
    is_house_keeping,
    no_arrangement,
)


class Outcome(StrEnum):
    """How one rule came out."""

    HOLDS = "holds"
    FAILS = "fails"
    ALLOWS = "allows"
    NOT_ASKED = "not asked"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, asked about one thing.

    Parameters
    ----------
    rule, name
        The rule's id and short name.
    outcome
        Whether it holds, fails, allows, or was not asked because an earlier rule left nothing to ask.
    sentence
        Why it fails or allows; otherwise the rule itself.
    change
        What would change the outcome; empty for a rule that holds.
    decided
        This is the rule that gave the decision.
    arrangement
        The arrangement it was asked about, if one.
    called
        What to call that arrangement on a page; empty if none.
    constraint
        The own record of law or standing that it fails by, if one.
    """

    rule: str
    name: str
    outcome: Outcome
    sentence: str
    change: str = ""
    decided: bool = False
    arrangement: RecordId | None = None
    called: str = ""
    constraint: RecordId | None = None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A decision with all that led to it.

    Parameters
    ----------
    decision
        Exactly what ``decide`` returned.
    checks
        Every rule asked, in order; rules about arrangements once for each arrangement between the two.
    change
        What would change the decision, in one sentence.
    changes_at_ms
        The next time, ms since 1970 UTC, at which the passing of time alone may change the answer; None: never.
    """

    decision: Decision
    checks: tuple[Check, ...]
    change: str
    changes_at_ms: int | None = None


def explain(
    label: Label, topic: Topic, state: PolicyState, subject: Subject, purpose: Purpose, time_ms: int, *,
    discreet: bool = False,
) -> Explanation:
    """Explain what :func:`~latticework.kernel.policy.decide` answers to the same arguments.

    Parameters
    ----------
    label, topic, state, subject, purpose, time_ms
        As for ``decide``.
    discreet
        Also show discreet arrangements that were asked. Without it, one appears only if it decided, and unnamed.
    """
    decision = decide(label, topic, state, subject, purpose, time_ms)
    if isinstance(subject, Officer):
        checks = _reading(Reading(label, topic, state, subject, purpose, time_ms))
    else:
        checks = _transfer(Transfer(label, topic, state, subject, purpose, time_ms), decision, discreet)
    known = msgspec.structs.replace(state, standings=tuple(_shown(state.standings, decision, discreet)))
    return Explanation(
        decision=decision, checks=tuple(_mark(checks, decision)), change=BY_ID[decision.rule].change,
        changes_at_ms=next_change_ms(known, time_ms, labels=(label,)),
    )


def _shown(standings: Iterable[Standing], decision: Decision, discreet: bool) -> list[Standing]:
    """Return the arrangements that an explanation may show: even its times must not betray a discreet one."""
    return [s for s in standings if discreet or not s.arrangement.discreet or s.record == decision.arrangement]


def _reading(ask: Reading) -> list[Check]:
    checks = [_check(rule, step(ask)) for rule, step in READING]
    if all(c.outcome is Outcome.HOLDS for c in checks):
        checks.append(_allow(rules.READER, rules.READER.sentence))
    return checks


def _transfer(ask: Transfer, decision: Decision, discreet: bool) -> list[Check]:
    checks = [_check(rule, step(ask)) for rule, step in GENERAL]
    passed = all(c.outcome is Outcome.HOLDS for c in checks)
    if is_house_keeping(ask.topic):
        if passed:
            checks.append(_allow(rules.HOUSE, rules.HOUSE.sentence))
        return checks
    checks += _constraints(ask)
    passed = all(c.outcome is Outcome.HOLDS for c in checks)
    between = sorted((s for s in ask.state.standings if is_between(s, ask)), key=order)
    if not decision.allowed and all(s.arrangement.discreet for s in between):
        checks.append(_check(rules.NO_ARRANGEMENT, no_arrangement(ask)))
    for standing in _shown(between, decision, discreet):
        checks += _arrangement(ask, standing, passed=passed, named=discreet)
    return checks


def _constraints(ask: Transfer) -> list[Check]:
    checks: list[Check] = []
    for rule, binding in CONSTRAINED:
        failing = constraints_on(ask, binding)
        checks += [msgspec.structs.replace(_check(rule, constrained(ask, c)), constraint=c.record) for c in failing]
        if not failing:
            checks.append(_check(rule, None))
    return checks


def _arrangement(ask: Transfer, standing: Standing, *, passed: bool, named: bool) -> list[Check]:
    a = standing.arrangement
    name = a.name if named or not a.discreet else called(a)
    checks = [_check(rule, step(ask, standing), standing, name) for rule, step in ARRANGED]
    if passed and all(c.outcome is Outcome.HOLDS for c in checks):
        rule = allowing_rule(ask, a)
        checks.append(_allow(rule, allowing_reason(ask, a, rule), standing, name))
    return checks


def _check(rule: Rule, reason: str | None, standing: Standing | None = None, name: str = "") -> Check:
    outcome = Outcome.HOLDS if reason is None else Outcome.NOT_ASKED if reason is NOT_ASKED else Outcome.FAILS
    failed = outcome is Outcome.FAILS
    return Check(
        rule=rule.id, name=rule.name, outcome=outcome, change=rule.change if failed else "",
        sentence=_sentence(reason) if failed and reason else rule.sentence,
        arrangement=standing.record if standing else None, called=name,
    )


def _allow(rule: Rule, sentence: str, standing: Standing | None = None, name: str = "") -> Check:
    return Check(
        rule=rule.id, name=rule.name, outcome=Outcome.ALLOWS, sentence=_sentence(sentence), change=rule.change,
        arrangement=standing.record if standing else None, called=name,
    )


def _mark(checks: list[Check], decision: Decision) -> list[Check]:
    """Mark the one check that gave the decision: the same rule, the same sentence, the same arrangement."""
    for at, check in enumerate(checks):
        if check.rule != decision.rule:
            continue
        if decision.allowed and check.arrangement != decision.arrangement:
            continue
        if not decision.allowed and check.sentence != decision.reason:
            continue
        return [*checks[:at], msgspec.structs.replace(check, decided=True), *checks[at + 1 :]]
    return checks


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
