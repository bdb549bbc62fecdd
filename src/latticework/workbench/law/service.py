"""The law of one node: kept from its records, asked by officers and rooms, and obeyed by the gate.

Rules, standings and grants of approvals are recorded by two officers. One releaser alone may suspend a standing or say
that an approval is asked, refused, revoked or expired: none of that can let anything out (``at_once``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from latticework.kernel import archive
from latticework.kernel.archive import Head
from latticework.kernel.core.guarded import PublishRecord
from latticework.kernel.errors import InvalidLaw, InvalidRecord, NotTightening
from latticework.kernel.identity import PendingAct
from latticework.kernel.ids import Kind, MemberId, RecordId, Topic
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy import Constraint, decide
from latticework.kernel.policy.model import Decision, Officer, Peer, Purpose
from latticework.kernel.records.record import Link, Record
from latticework.workbench.law.answers import Answer, Period, answer, timeline
from latticework.workbench.law.binding import constraints
from latticework.workbench.law.book import Book, Entry
from latticework.workbench.law.model import (
    AMENDS,
    APPROVAL,
    APPROVAL_STATE,
    CORRECTS,
    RULE,
    SHARE,
    STANDING,
    TOPIC,
    Approval,
    ApprovalState,
    Body,
    Question,
    Rule,
    Standing,
)
from latticework.workbench.law.paths import in_turn

if TYPE_CHECKING:
    from latticework.workbench.bench import Workbench

KINDS: Final[dict[type[Body], Kind]] = {
    Rule: RULE, Approval: APPROVAL, ApprovalState: APPROVAL_STATE, Standing: STANDING,
}
ABOUT: Final = "about"
"""Relation: a state to its approval, an approval to its rule."""
EXCEPTS: Final = "excepts"
EVIDENCE: Final = "evidence"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, and what the own gate says about the same question.

    Parameters
    ----------
    answer
        From the records that the officer may see.
    gate
        The gate's own decision about such a release by this member; None when another member gives, the act is
        another, or an earlier knowledge was asked about.
    """

    answer: Answer
    gate: Decision | None = None


class Blocked(msgspec.Struct, frozen=True, kw_only=True):
    """What a record holds back from one partner now.

    Parameters
    ----------
    to
        The partner.
    records
        How many records that this node distributes are held back by this very record, of those the officer may see.
    """

    to: MemberId
    records: int


class Law:
    """Rules, approvals and standings at one node.

    Parameters
    ----------
    bench
        The node's workbench.
    """

    def __init__(self, bench: Workbench) -> None:
        self._kernel = bench.kernel
        self._known: list[tuple[Head, Entry]] = []
        self._taken: dict[Kind, int] = {}
        self._conditions: Callable[[], frozenset[str] | None] = lambda: None
        self._kernel.add_constraints(self.constraints, frozenset(KINDS.values()))

    # ---- asking ----------------------------------------------------------------------------------------------------

    def book(self, officer: Officer, *, purpose: Purpose = Purpose.VIEW, known_ms: int | None = None) -> Book:
        """Return all records of law that the officer may see, of every author; as known at a time, if one is given."""
        seen = self._kernel.sight(officer, purpose)
        whole = Book(entry for head, entry in self._entries() if seen(head))
        return whole if known_ms is None else whole.as_known(known_ms)

    def heads(self, officer: Officer) -> dict[RecordId, Head]:
        """Return the archive rows of the records that the officer may see, for labels and posts."""
        seen = self._kernel.sight(officer, Purpose.VIEW)
        return {head.id: head for head, _ in self._entries() if seen(head)}

    def ask(
        self, officer: Officer, asked: Question, *, at_ms: int | None = None, known_ms: int | None = None,
    ) -> Asked:
        """Return what the law on record says to a question, and what the own gate does about it.

        Parameters
        ----------
        at_ms
            As of when; None: now.
        known_ms
            As this node knew it at a time; None: as it knows it now.

        Raises
        ------
        ApprovalCycle
            When approvals that are missing wait for each other.
        """
        when = self._kernel.clock.now_ms() if at_ms is None else at_ms
        found = answer(self.book(officer, known_ms=known_ms), asked, when)
        gate = self._gate(asked, when) if known_ms is None else None
        return Asked(answer=found, gate=gate)

    def timeline(self, officer: Officer, asked: Question, from_ms: int, until_ms: int) -> list[Period]:
        """Return the answers to a question over time."""
        if not from_ms < until_ms:
            raise InvalidLaw("a timeline must end after it begins.")
        return timeline(self.book(officer), asked, from_ms, until_ms)

    def blocks(self, officer: Officer, record: RecordId) -> tuple[Blocked, ...]:
        """Return what an own record holds back now, by partner; partners from whom it holds nothing back are left out.

        A partner from whom it would hold something back, while nothing is distributed, stands there with 0.
        """
        kernel, now = self._kernel, self._kernel.clock.now_ms()
        state = kernel.state()
        bound = [c for c in state.constraints if c.record == record]
        touched = [p for p in state.partners
                   if any((not c.bounds.peers or p in c.bounds.peers) and _now(c, now) for c in bound)]
        if not touched:
            return ()
        seen, counts = kernel.sight(officer, Purpose.COUNT), dict.fromkeys(touched, 0)
        answers: dict[tuple[Label, Topic, MemberId], bool] = {}
        with kernel.store.snapshot() as reader:
            for head in archive.heads(reader):
                if not head.distribute or head.member != kernel.own or not seen(head):
                    continue
                for to in touched:
                    key = (head.label, head.topic, to)
                    if key not in answers:
                        decision = decide(head.label, head.topic, state, Peer(to), Purpose.RELEASE, now)
                        answers[key] = decision.constraint == record
                    counts[to] += answers[key]
        return tuple(Blocked(to=to, records=counts[to]) for to in touched)

    # ---- recording -------------------------------------------------------------------------------------------------

    def record(
        self, officer: Officer, body: Body, *, label: Label, amends: RecordId | None = None,
        corrects: RecordId | None = None, distribute: bool = False,
    ) -> PendingAct | Record:
        """Put a record of law before a second officer; an approval that is asked for or planned is recorded at once.

        Parameters
        ----------
        amends, corrects
            The own record that it replaces: from its begin on, or altogether.
        distribute
            Release it to whom the gate allows.

        Raises
        ------
        InvalidLaw
            When it replaces, excepts or is about something that is not an own record of the right kind.
        ApprovalCycle
            When with it approvals would wait for each other.
        """
        links = self._links(officer, body, amends, corrects)
        if isinstance(body, Approval):
            return self._kernel.publish(officer, APPROVAL, body, topic=TOPIC, label=label, links=links,
                                        distribute=distribute)
        return self._kernel.propose_act(officer, self._draft(body, label, links, distribute=distribute))

    def at_once(
        self, officer: Officer, body: ApprovalState | Standing, *, label: Label, amends: RecordId | None = None,
        distribute: bool = False,
    ) -> Record:
        """Record by one releaser alone what only takes away: a suspension, or a state other than granted.

        Raises
        ------
        NotTightening
            When the record could let something out.
        """
        if isinstance(body, Standing):
            before = self._own(amends) if amends is not None else None
            same = (isinstance(before, Standing) and body.state == "suspended" and body.until_ms is None
                    and (before.party, before.topic) == (body.party, body.topic))
        else:
            same = body.state != "granted" and amends is None
        if not same:
            raise NotTightening("one officer alone suspends a standing or takes back an approval; all else needs two.")
        links = self._links(officer, body, amends, None)
        return self._kernel.publish_at_once(officer, self._draft(body, label, links, distribute=distribute))

    def suspend(self, officer: Officer, standing: RecordId, note: str) -> Record:
        """Suspend an own standing from now on; nothing more goes to the party under it."""
        view = self._kernel.record(officer, standing)
        if not view.own or not isinstance(view.body, Standing):
            raise InvalidLaw("only an own security standing can be suspended.")
        body = msgspec.structs.replace(
            view.body, state="suspended", levels=(), from_ms=self._kernel.clock.now_ms(), until_ms=None, note=note)
        return self.at_once(officer, body, label=view.label, amends=standing, distribute=self._distributed(standing))

    def set_state(self, officer: Officer, body: ApprovalState, *, label: Label | None = None) -> PendingAct | Record:
        """Say how an own approval stands: what takes away is recorded at once by a releaser, a grant needs two."""
        view = self._kernel.record(officer, body.approval)
        shown, spread = label or view.label, self._distributed(body.approval)
        if body.state == "granted":
            return self.record(officer, body, label=shown, distribute=spread)
        return self.at_once(officer, body, label=shown, distribute=spread)

    # ---- for the gate and the rooms --------------------------------------------------------------------------------

    def constraints(self) -> list[Constraint]:
        """Return what this member's own records come to at its gate."""
        own = Book(entry for head, entry in self._entries() if head.sender is None)
        return constraints(own, self._kernel.own, self._conditions())

    def know_conditions(self, source: Callable[[], frozenset[str] | None]) -> None:
        """Let a room say which conditions hold at this member; without one, what a condition limits restricts always.

        The room calls ``kernel.policy_changed()`` whenever they change.
        """
        self._conditions = source
        self._kernel.policy_changed()

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _entries(self) -> list[tuple[Head, Entry]]:
        kernel = self._kernel
        with kernel.store.snapshot() as reader:
            for kind in KINDS.values():
                for head in archive.heads_of_kind(reader, kind, above=self._taken.get(kind, 0)):
                    self._taken[kind] = head.number
                    try:
                        body, links = kernel.content_of(reader, head)
                    except InvalidRecord:
                        continue  # a partner's node with other rules made it; it says nothing here
                    if isinstance(body, Rule | Approval | ApprovalState | Standing):
                        self._known.append((head, _entry(head, body, links)))
        return self._known

    def _gate(self, asked: Question, at_ms: int) -> Decision | None:
        own = self._kernel.own
        if asked.giver != own or asked.act != SHARE:
            return None
        label = Label(policy=asked.policy, classification=asked.classification, originators=frozenset({own}),
                      release=Release(members=frozenset({own, asked.taker})))
        return decide(label, asked.topic, self._kernel.state(), Peer(asked.taker), Purpose.RELEASE, at_ms)

    def _draft(self, body: Body, label: Label, links: tuple[Link, ...], *, distribute: bool) -> PublishRecord:
        return self._kernel.draft(KINDS[type(body)], body, topic=TOPIC, label=label, links=links, distribute=distribute)

    def _links(
        self, officer: Officer, body: Body, amends: RecordId | None, corrects: RecordId | None
    ) -> tuple[Link, ...]:
        if amends and corrects:
            raise InvalidLaw("a version amends or corrects an earlier one, not both.")
        links: list[Link] = []
        for relation, earlier in ((AMENDS, amends), (CORRECTS, corrects)):
            if earlier is not None:
                self._seen(officer, earlier)
                if type(self._own(earlier)) is not type(body) or isinstance(body, Approval):
                    raise InvalidLaw("a version replaces an own record of the same kind; an approval is never changed.")
                links.append(Link(relation, earlier))
        links += self._about(officer, body)
        return tuple(links)

    def _about(self, officer: Officer, body: Body) -> Iterator[Link]:
        if isinstance(body, Rule):
            for rule in body.exception_to:
                self._need(officer, rule, Rule, "a rule makes an exception to an own rule.")
                yield Link(EXCEPTS, rule)
            waits: dict[str, set[str]] = {}
            own = Book(e for head, e in self._entries() if head.sender is None)
            for needs in ([n for e, r in own.rules() if own.validity(e.id) for n in r.needs], body.needs):
                for need in needs:
                    waits.setdefault(need.kind, set()).update(need.after)
            in_turn(waits)
        elif isinstance(body, Approval) and body.rule is not None:
            self._need(officer, body.rule, Rule, "an approval is asked for under an own rule.")
            yield Link(ABOUT, body.rule)
        elif isinstance(body, ApprovalState):
            self._need(officer, body.approval, Approval, "a state is that of an own approval.")
            yield Link(ABOUT, body.approval)
            if body.evidence is not None:
                self._seen(officer, body.evidence)
                yield Link(EVIDENCE, body.evidence)

    def _need(self, officer: Officer, record: RecordId, wanted: type[Body], sentence: str) -> None:
        self._seen(officer, record)
        if not isinstance(self._own(record), wanted):
            raise InvalidLaw(sentence)

    def _seen(self, officer: Officer, record: RecordId) -> None:
        self._kernel.record(officer, record)

    def _own(self, record: RecordId) -> Body | None:
        return next((e.body for head, e in self._entries() if e.id == record and head.sender is None), None)

    def _distributed(self, record: RecordId) -> bool:
        return any(head.distribute for head, entry in self._entries() if entry.id == record)


def _entry(head: Head, body: Body, links: tuple[Link, ...]) -> Entry:
    replaced = {link.relation: link.record for link in links if link.relation in {AMENDS, CORRECTS}}
    return Entry(id=head.id, author=head.member, body=body, made_ms=head.made_ms, known_ms=head.arrived_ms,
                 amends=replaced.get(AMENDS), corrects=replaced.get(CORRECTS))


def _now(constraint: Constraint, at_ms: int) -> bool:
    begin, end = constraint.bounds.from_ms, constraint.bounds.until_ms
    return (begin is None or begin <= at_ms) and (end is None or at_ms < end)


