"""Answers from records of law: may they, which records say so, what is missing, who can remove it, and from when on.

All functions are pure: a book, a question, times. A room asks the same book as the gate does
(:func:`~latticework.workbench.law.binding.constraints`), so that the two cannot come to different answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final, Literal

import msgspec

from latticework.kernel.ids import RecordId
from latticework.kernel.policy import Binding
from latticework.workbench.law.binding import Restriction, restrictions
from latticework.workbench.law.book import Book, Entry
from latticework.workbench.law.model import DAY_MS, Approval, ApprovalStatus, LeadDays, Match, Question, Rule, Standing
from latticework.workbench.law.paths import Stage, ready
from latticework.workbench.law.spans import EVER, Spans, span

Verdict = Literal["lawful", "needs approval", "not assured", "forbidden"]
Role = Literal["forbids", "needs approval", "not assured", "permits", "gives way", "lifts"]

VERDICTS: Final[dict[Binding, Verdict]] = {
    Binding.FORBIDS: "forbidden", Binding.STANDING: "not assured", Binding.APPROVAL: "needs approval",
}
"""What a restriction comes to, the heaviest first."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One record in the chain that proves an answer.

    Parameters
    ----------
    record
        Its id.
    role
        What it does: ``forbids``, ``needs approval`` and ``not assured`` stand in the way; ``lifts`` takes out of
        `about` (an exception, a granted approval, an assured standing); ``permits`` stands unopposed; ``gives way`` is
        a permission that yields to `about`.
    match
        ``unknown`` when the record is limited by something that the question does not state.
    about
        The record that it acts upon.
    """

    record: RecordId
    role: Role
    match: Match = "yes"
    about: RecordId | None = None


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Something that stands in the way, and who can remove it.

    Parameters
    ----------
    verdict, record
        What it comes to, and the record that says so.
    kind, body, lead_days
        For an approval: its kind, who decides, how long it takes.
    approval, state, since_ms
        The approval that was recorded for it, and how it stands since when.
    possible_ms
        When it could be granted: least, likely, most; for the others, when it ends by itself.
    """

    verdict: Verdict
    record: RecordId
    kind: str = ""
    body: str = ""
    lead_days: LeadDays | None = None
    approval: RecordId | None = None
    state: ApprovalStatus | None = None
    since_ms: int | None = None
    possible_ms: tuple[int, int, int] | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the law on record says to a question at a time.

    Parameters
    ----------
    verdict
        The heaviest that applies.
    chain
        The records that prove it.
    missing
        All that stands in the way.
    earliest_ms
        From when on it could be lawful, given the lead times: least, likely, most; None: never, as things stand.
    """

    question: Question
    at_ms: int
    verdict: Verdict
    chain: tuple[Step, ...]
    missing: tuple[Missing, ...]
    earliest_ms: tuple[int | None, int | None, int | None]


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time with one answer.

    Parameters
    ----------
    from_ms, until_ms
        Half-open.
    records
        What stands in the way.
    """

    from_ms: int
    until_ms: int
    verdict: Verdict
    records: tuple[RecordId, ...] = ()


def answer(book: Book, asked: Question, at_ms: int) -> Answer:
    """Return what a book says to a question at a time.

    Raises
    ------
    ApprovalCycle
        When approvals that are missing wait for each other.
    """
    matching = [(r, r.active(asked)) for r in restrictions(book)]
    active = [r for r, spans in matching if at_ms in spans]
    lacking = missing(book, asked, at_ms)
    verdict = _verdict(active)
    return Answer(
        question=asked, at_ms=at_ms, verdict=verdict, chain=tuple(what_applies(book, asked, at_ms)),
        missing=lacking, earliest_ms=_earliest(matching, asked, at_ms, book),
    )


def what_applies(book: Book, asked: Question, at_ms: int) -> list[Step]:
    """Return every record that has a say, heaviest first: what stands in the way, what lifts, what permits."""
    steps: list[Step] = []
    in_force = [r for r in restrictions(book) if at_ms in r.spans and r.scope.match(asked) != "no"]
    in_force.sort(key=lambda r: (list(VERDICTS).index(r.binding), r.record))
    standing_in_the_way: RecordId | None = None
    for one in in_force:
        lifting = [x for x in one.lifts if x.record and at_ms in x.spans and x.scope.match(asked) == "yes"]
        if at_ms in one.active(asked):
            standing_in_the_way = standing_in_the_way or one.record
            role: Role = "forbids" if one.binding is Binding.FORBIDS else (
                "needs approval" if one.binding is Binding.APPROVAL else "not assured")
            steps.append(Step(record=one.record, role=role, match=one.scope.match(asked)))
        steps += [Step(record=x.record, role="lifts", about=one.record) for x in lifting if x.record]
    for entry, rule in book.rules():
        match = rule.scope.match(asked)
        if rule.effect == "permits" and match != "no" and at_ms in book.validity(entry.id):
            if any(step.record == entry.id for step in steps):
                continue
            role = "gives way" if standing_in_the_way or match == "unknown" else "permits"
            steps.append(Step(record=entry.id, role=role, match=match, about=standing_in_the_way))
    return list(dict.fromkeys(steps))


def missing(book: Book, asked: Question, at_ms: int) -> tuple[Missing, ...]:
    """Return all that stands in the way at a time, with who can remove it and when it could be gone.

    Raises
    ------
    ApprovalCycle
        When approvals that are missing wait for each other.
    """
    active = [(r, spans) for r in restrictions(book) if at_ms in (spans := r.active(asked))]
    possible = ready(_stages(book, [r for r, _ in active], asked, at_ms), at_ms)
    found: dict[Missing, None] = {}
    for one, spans in sorted(active, key=lambda row: (list(VERDICTS).index(row[0].binding), row[0].record)):
        verdict = VERDICTS[one.binding]
        if one.need is None:
            ends = (~spans).first_at_or_after(at_ms)
            found[Missing(verdict=verdict, record=one.record, body=_who(book, one),
                          possible_ms=None if ends is None else (ends,) * 3)] = None
            continue
        under_way = _under_way(book, one, asked, at_ms)
        state = book.state_at(under_way, at_ms) if under_way else None
        found[Missing(
            verdict=verdict, record=one.record, kind=one.need.kind, body=one.need.body, lead_days=one.need.lead_days,
            approval=under_way, state=state[1].state if state else None, since_ms=state[1].from_ms if state else None,
            possible_ms=possible[one.need.kind],
        )] = None
    return tuple(found)


def timeline(book: Book, asked: Question, from_ms: int, until_ms: int) -> list[Period]:
    """Return the answers to a question over time, as stretches of one answer each."""
    found = [(r, r.active(asked)) for r in restrictions(book)]
    edges = {from_ms, *(e for _, spans in found for e in spans.edges() if from_ms < e < until_ms), until_ms}
    periods: list[Period] = []
    for begin, end in pairwise(sorted(edges)):
        active = [r for r, spans in found if begin in spans]
        records = tuple(sorted({r.record for r in active}))
        new = Period(from_ms=begin, until_ms=end, verdict=_verdict(active), records=records)
        last = periods[-1] if periods else None
        if last is not None and (last.verdict, last.records) == (new.verdict, new.records):
            periods[-1] = msgspec.structs.replace(last, until_ms=end)
        else:
            periods.append(new)
    return periods


# ---- inside ----------------------------------------------------------------------------------------------------------


def _verdict(active: list[Restriction]) -> Verdict:
    for binding, verdict in VERDICTS.items():
        if any(r.binding is binding for r in active):
            return verdict
    return "lawful"


def _who(book: Book, one: Restriction) -> str:
    body = book.entries[one.record].body
    if isinstance(body, Standing):
        return body.regime
    return body.source if isinstance(body, Rule) else ""


def _under_way(book: Book, one: Restriction, asked: Question, at_ms: int) -> RecordId | None:
    """Return the approval on record that would lift `one`: the furthest one, then the first by id."""
    rank: dict[str | None, int] = {"asked": 0, None: 1}

    def state(record: RecordId) -> str | None:
        found = book.state_at(record, at_ms)
        return found[1].state if found else None

    fitting = [r for r in one.candidates if _approval(book, r)[1].scope.match(asked) == "yes"]
    return min(fitting, key=lambda r: (rank.get(state(r), 2), r), default=None)


def _approval(book: Book, record: RecordId) -> tuple[Entry, Approval]:
    entry = book.entries[record]
    if not isinstance(entry.body, Approval):  # pragma: no cover - candidates are approvals
        raise TypeError(record)
    return entry, entry.body


def _stages(book: Book, several: list[Restriction], asked: Question, at_ms: int) -> Iterator[Stage]:
    for one in several:
        if one.need is None:
            continue
        under_way = _under_way(book, one, asked, at_ms)
        lead = _approval(book, under_way)[1].lead_days if under_way else one.need.lead_days
        state = book.state_at(under_way, at_ms) if under_way else None
        coming = [at for record in one.candidates if _approval(book, record)[1].scope.match(asked) == "yes"
                  and (at := book.granted(record).first_at_or_after(at_ms)) is not None]
        yield Stage(
            kind=one.need.kind, after=one.need.after, granted_ms=min(coming, default=None),
            lead_ms=(round(lead.least * DAY_MS), round(lead.likely * DAY_MS), round(lead.most * DAY_MS)),
            begun_ms=state[1].from_ms if state and state[1].state == "asked" else None,
        )


def _earliest(
    matching: list[tuple[Restriction, Spans]], asked: Question, at_ms: int, book: Book
) -> tuple[int | None, int | None, int | None]:
    """Return the earliest times at which nothing stands in the way, were all that is missing asked for at `at_ms`."""
    concerned = [r for r, spans in matching if spans & span(at_ms, None)]
    stages = ready(_stages(book, concerned, asked, at_ms), at_ms)

    def first(pick: Callable[[tuple[int, int, int]], int]) -> int | None:
        free = EVER
        for one, spans in matching:
            until = None if one.need is None else pick(stages[one.need.kind]) if one in concerned else None
            # What is needed stands in the way until it could be granted; what is forbidden or not assured, always.
            free -= spans if until is None else spans & span(None, until)
        return free.first_at_or_after(at_ms)

    return first(lambda t: t[0]), first(lambda t: t[1]), first(lambda t: t[2])


__all__ = ["Answer", "Missing", "Period", "Step", "Verdict", "answer", "missing", "timeline", "what_applies"]
