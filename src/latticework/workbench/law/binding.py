"""What records of law come to: restrictions, what lifts them, and when; of these, answers and constraints are made.

Precedence is explicit. What a rule forbids is forbidden unless a current rule that permits, or asks for an approval,
names it in ``exception_to``; what a rule ties to an approval needs that approval unless it is granted, or a permitting
rule makes an exception. A rule that permits and names no exception gives way to both. Only the rule's own author can
make an exception to it.

What a question does not say, or what cannot be told, restricts and does not lift.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from latticework.kernel.ids import MemberId, RecordId, Topic, topic_covers
from latticework.kernel.policy import Binding, Bounds, Constraint
from latticework.workbench.law.book import Book, Entry
from latticework.workbench.law.model import SHARE, Approval, Need, Question, Rule, Scope, Standing
from latticework.workbench.law.spans import FIRST, LAST, NEVER, Spans, span, union


class Lift(msgspec.Struct, frozen=True, kw_only=True):
    """What takes something out of a restriction; without a record, a more specific topic that is on record apart."""

    scope: Scope
    spans: Spans
    record: RecordId | None = None


class Restriction(msgspec.Struct, frozen=True, kw_only=True):
    """One reason not to.

    Parameters
    ----------
    author, record
        Whose, and from which record.
    binding
        Its kind, as the gate names it.
    scope, spans
        What it is about, and when.
    lifts
        What takes out of it.
    need, candidates
        For an approval: what is asked for, and approvals of that kind, granted or not.
    """

    author: MemberId
    record: RecordId
    binding: Binding
    scope: Scope
    spans: Spans
    lifts: tuple[Lift, ...] = ()
    need: Need | None = None
    candidates: tuple[RecordId, ...] = ()

    def active(self, asked: Question) -> Spans:
        """Return when it stands in the way of what is asked."""
        if self.scope.match(asked) == "no":
            return NEVER
        return self.spans - union(lift.spans for lift in self.lifts if lift.scope.match(asked) == "yes")


def restrictions(book: Book) -> list[Restriction]:
    """Return all restrictions that follow from a book, in the order of the records' ids."""
    return [*_of_rules(book), *_of_standings(book)]


def _of_rules(book: Book) -> Iterator[Restriction]:
    rules = book.rules()
    for entry, rule in rules:
        spans = book.validity(entry.id)
        if rule.effect == "permits" or not spans:
            continue
        lifted = tuple(_exceptions(book, rules, entry, rule))
        if rule.effect == "forbids":
            yield Restriction(author=entry.author, record=entry.id, binding=Binding.FORBIDS, scope=rule.scope,
                              spans=spans, lifts=lifted)
        for need in rule.needs:
            fitting = [(e, a) for e, a in book.approvals() if _fits(book, e, a, entry, need)]
            granted = tuple(Lift(scope=a.scope, spans=book.granted(e.id), record=e.id) for e, a in fitting)
            yield Restriction(author=entry.author, record=entry.id, binding=Binding.APPROVAL, scope=rule.scope,
                              spans=spans, lifts=(*lifted, *granted), need=need,
                              candidates=tuple(e.id for e, _ in fitting))


def _exceptions(book: Book, rules: list[tuple[Entry, Rule]], entry: Entry, rule: Rule) -> Iterator[Lift]:
    roots = book.root(entry.id)
    for other, exception in rules:
        named = any(book.root(one) == roots for one in exception.exception_to)
        lifts = exception.effect == "permits" or (exception.effect == "needs approval" and rule.effect == "forbids")
        if other.author == entry.author and named and lifts:
            yield Lift(scope=exception.scope, spans=book.validity(other.id), record=other.id)


def _fits(book: Book, approval: Entry, body: Approval, rule: Entry, need: Need) -> bool:
    return (approval.author == rule.author and body.kind == need.kind
            and (body.rule is None or book.root(body.rule) == book.root(rule.id)))


def _of_standings(book: Book) -> Iterator[Restriction]:
    # A version that was corrected away is no standing on record.
    kept = {key: [(e, s) for e, s in rows if book.validity(e.id)] for key, rows in book.standings().items()}
    groups = {key: rows for key, rows in kept.items() if rows}
    begins = {key: min(body.from_ms for _, body in rows) for key, rows in groups.items()}
    for (author, party, topic), current in groups.items():
        deeper = tuple(
            Lift(scope=_about(author, party, t), spans=span(at, None))
            for (a, p, t), at in begins.items()
            if a == author and p == party and t != topic and topic_covers(topic, t))
        assured = tuple(
            Lift(scope=_about(author, party, topic, s), spans=book.validity(e.id), record=e.id)
            for e, s in current if s.state == "assured")
        first, latest = begins[author, party, topic], max(current, key=lambda row: (row[1].from_ms, row[0].id))[0]
        yield Restriction(author=author, record=latest.id, binding=Binding.STANDING, scope=_about(author, party, topic),
                          spans=span(first, None), lifts=(*assured, *deeper))
        # A suspension stops it whatever another standing of the same party and topic still assures.
        for entry, body in current:
            if body.state == "suspended":
                yield Restriction(author=author, record=entry.id, binding=Binding.STANDING,
                                  scope=_about(author, party, topic), spans=book.validity(entry.id), lifts=deeper)


def _about(author: MemberId, party: MemberId, topic: Topic, body: Standing | None = None) -> Scope:
    return Scope(acts=(SHARE,), givers=(author,), takers=(party,), topics=(topic,), levels=body.levels if body else ())


# ---- for the gate ----------------------------------------------------------------------------------------------------


def constraints(book: Book, own: MemberId, conditions: frozenset[str] | None = None) -> list[Constraint]:
    """Return what a member's own records come to at its gate.

    Parameters
    ----------
    book
        The records; those of other authors are left out.
    own
        Whose gate it is.
    conditions
        Names of the conditions that hold at this member; None: not known.
    """
    found: list[Constraint] = []
    for one in restrictions(book.by(own)):
        if not _concerns_gate(one.scope, own, conditions):
            continue
        unless = tuple(
            bounds for lift in one.lifts if _lifts_at_gate(lift.scope, own, conditions)
            for bounds in _bounds(lift.scope, lift.spans))
        found += [Constraint(record=one.record, binding=one.binding, bounds=bounds, unless=unless)
                  for bounds in _bounds(one.scope, one.spans)]
    return found


def _concerns_gate(scope: Scope, own: MemberId, conditions: frozenset[str] | None) -> bool:
    if not scope.covers_act(SHARE) or (scope.givers and own not in scope.givers):
        return False
    return not scope.conditions or conditions is None or _holds(scope, conditions)


def _lifts_at_gate(scope: Scope, own: MemberId, conditions: frozenset[str] | None) -> bool:
    if not scope.covers_act(SHARE) or (scope.givers and own not in scope.givers) or scope.regions:
        return False
    return not scope.conditions or (conditions is not None and _holds(scope, conditions))


def _holds(scope: Scope, conditions: frozenset[str]) -> bool:
    return bool({name.casefold() for name in scope.conditions} & {name.casefold() for name in conditions})


def _bounds(scope: Scope, spans: Spans) -> Iterator[Bounds]:
    for begin, end in spans.rows:
        yield Bounds(peers=scope.takers, topics=scope.topics, levels=scope.levels,
                     from_ms=None if begin == FIRST else begin, until_ms=None if end == LAST else end)
