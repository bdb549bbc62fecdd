"""The one gate. Nothing leaves this node, and nobody at it sees anything, unless :func:`decide` says so.

It is a pure function of its arguments: the same question over the same state at the same time has the same answer, on
any machine and in whatever order the arrangements stand. It asks the steps of :mod:`.transfer` about peers and of
:mod:`.reading` about people, and what no rule allows is withheld.
"""

from __future__ import annotations

from latticework.kernel.ids import Topic
from latticework.kernel.labels import Label
from latticework.kernel.policy import rules
from latticework.kernel.policy.model import Decision, Officer, Peer, PolicyState, Purpose, Standing, Subject
from latticework.kernel.policy.reading import READING, Reading
from latticework.kernel.policy.rules import Rule
from latticework.kernel.policy.transfer import (
    ARRANGED,
    CONSTRAINED,
    GENERAL,
    Transfer,
    allowing_reason,
    allowing_rule,
    constrained,
    constraints_on,
    is_between,
    is_house_keeping,
    no_arrangement,
)


def decide(
    label: Label, topic: Topic, state: PolicyState, subject: Subject, purpose: Purpose, time_ms: int
) -> Decision:
    """Decide whether `subject` may have what `label` and `topic` describe, for `purpose`, at `time_ms`.

    Parameters
    ----------
    label
        The label of the record, track or page portion.
    topic
        What it is about. Topics under ``lattice.`` are the kernel's own.
    state
        This node's knowledge; `state.consents` are those given for this very thing and this very taker.
    subject
        A peer (another member's node) or an officer of this member.
    purpose
        What the subject would do. RELEASE, RELAY, STREAM: this member gives to the peer. RECEIVE: the peer gives to
        this member. All others are acts of people.
    time_ms
        Now, ms since 1970 UTC. Every validity and expiry ends exclusively: at its end it no longer holds.

    Returns
    -------
    Decision
        The answer with the rule that gave it. When several arrangements allow, an open one is named before a discreet
        one, then the first by name and record. When none allows, the open one that got furthest is named; a discreet
        one that falls short is not betrayed.
    """
    if isinstance(subject, Officer):
        return _decide_reading(Reading(label, topic, state, subject, purpose, time_ms))
    if isinstance(subject, Peer):
        return _decide_transfer(Transfer(label, topic, state, subject, purpose, time_ms))
    # Python lets anything be passed in; what is neither a peer nor a person gets nothing.
    return withhold(rules.DEFAULT, "the subject is neither a member's node nor an officer.")  # type: ignore[unreachable]


def withhold(rule: Rule, reason: str) -> Decision:
    """Return the decision that `rule` withholds for `reason`."""
    return Decision(False, rule.id, _sentence(reason))


def _decide_reading(ask: Reading) -> Decision:
    for rule, step in READING:
        reason = step(ask)
        if reason is not None:
            return withhold(rule, reason)
    return Decision(True, rules.READER.id, "The officer's role, clearance, nationality and compartments fit the label.")


def _decide_transfer(ask: Transfer) -> Decision:
    for rule, step in GENERAL:
        reason = step(ask)
        if reason is not None:
            return withhold(rule, reason)
    if is_house_keeping(ask.topic):
        reason = f"{ask.topic} is house-keeping between partners, and {ask.taker} is in the label's audience."
        return Decision(True, rules.HOUSE.id, _sentence(reason))
    for rule, binding in CONSTRAINED if ask.state.constraints else ():
        for constraint in constraints_on(ask, binding)[:1]:
            return Decision(False, rule.id, _sentence(constrained(ask, constraint)), constraint=constraint.record)
    return _best(ask)


def _best(ask: Transfer) -> Decision:
    allowing: Standing | None = None
    closest: Standing | None = None
    furthest, why = -1, ""
    for standing in ask.state.standings:
        if not is_between(standing, ask):
            continue
        stage, reason = _first_failure(ask, standing)
        if reason is None:
            if allowing is None or order(standing) < order(allowing):
                allowing = standing
        elif not standing.arrangement.discreet:
            nearer = stage > furthest
            if nearer or (stage == furthest and closest is not None and order(standing) < order(closest)):
                closest, furthest, why = standing, stage, reason
    if allowing is not None:
        rule = allowing_rule(ask, allowing.arrangement)
        reason = _sentence(allowing_reason(ask, allowing.arrangement, rule))
        return Decision(True, rule.id, reason, allowing.record)
    if closest is None:
        return withhold(rules.NO_ARRANGEMENT, no_arrangement(ask))
    return withhold(ARRANGED[furthest][0], why)


def _first_failure(ask: Transfer, standing: Standing) -> tuple[int, str | None]:
    for stage, (_, step) in enumerate(ARRANGED):
        reason = step(ask, standing)
        if reason is not None:
            return stage, reason
    return len(ARRANGED), None


def order(standing: Standing) -> tuple[bool, str, str]:
    """Return the key by which one of several equally good arrangements is named."""
    return standing.arrangement.discreet, standing.arrangement.name, standing.record


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
