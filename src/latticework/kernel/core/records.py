"""Records: published, listed, explained, released, consented to and recalled, each act through the gate."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from latticework.kernel import archive
from latticework.kernel.archive import Head
from latticework.kernel.core.authority import need
from latticework.kernel.core.inside import InsideActs
from latticework.kernel.errors import InvalidRecord, NotFound, Withheld
from latticework.kernel.ids import Kind, MemberId, RecordId, Topic, topic_covers
from latticework.kernel.kinds import (
    CONSENT,
    RECALL,
    RECALL_ANSWER,
    TOPIC_CONSENT,
    TOPIC_RECALL,
    Consent,
    Recall,
    RecallAnswer,
)
from latticework.kernel.labels import Label, join
from latticework.kernel.policy import Explanation, explain
from latticework.kernel.policy.model import Decision, Officer, Peer, Purpose
from latticework.kernel.records.record import Link, Record
from latticework.kernel.store.protocol import Reader
from latticework.kernel.views import Page, RecallView, RecordView, Release

ANSWERS, RECALLS, CONSENTS = "answers", "recalls", "consents-to"


class RecordActs(InsideActs):
    """What officers do with records."""

    # ---- reading ---------------------------------------------------------------------------------------------------

    def records(
        self, officer: Officer, *, purpose: Purpose = Purpose.VIEW, kind: str | None = None,
        member: str | None = None, topic: str | None = None, after: str | None = None, limit: int = 50,
        discreet: bool = False,
    ) -> Page[RecordView]:
        """Return what the officer may see, newest first; each record passed the gate for `purpose`.

        Parameters
        ----------
        kind, member, topic
            Only these; a topic includes those below it.
        after
            The cursor of the page before.
        limit
            1 to 500.
        discreet
            Also the records of discreet arrangements, because somebody asked for them.
        """
        if not 1 <= limit <= 500:
            raise InvalidRecord("a page of records has 1 to 500 rows.")
        below = _cursor(after)
        found: list[Head] = []
        with self.store.snapshot() as reader:
            for head in self._seen(archive.heads(reader, below=below), officer, purpose, kind, member, topic,
                                   discreet=discreet):
                found.append(head)
                if len(found) > limit:
                    break
            more = len(found) > limit
            views = tuple(self._view(reader, head) for head in found[:limit])
        return Page(views, str(found[limit - 1].number) if more else None)

    def count(
        self, officer: Officer, *, kind: str | None = None, member: str | None = None, topic: str | None = None,
        discreet: bool = False,
    ) -> int:
        """Return how many records the officer may see counted."""
        with self.store.snapshot() as reader:
            seen = self._seen(archive.heads(reader), officer, Purpose.COUNT, kind, member, topic, discreet=discreet)
            return sum(1 for _ in seen)

    def record(self, officer: Officer, record: RecordId, *, purpose: Purpose = Purpose.VIEW) -> RecordView:
        """Return one record, or raise :class:`NotFound` when it is absent or withheld: the two look the same."""
        with self.store.snapshot() as reader:
            return self._view(reader, self._visible(reader, officer, record, purpose))

    def envelope(self, officer: Officer, record: RecordId) -> bytes:
        """Return the exact signed bytes of a record, for export."""
        with self.store.snapshot() as reader:
            self._visible(reader, officer, record, Purpose.EXPORT)
            found = archive.envelope_of(reader, record)
        if found is None:
            raise NotFound(f"there is no record {record[:12]} here, or you may not see it.")
        self._note(officer, "record.export", True, "", record)
        return found

    def banner(self, labels: list[Label] | tuple[Label, ...]) -> Label | None:
        """Return the join of what a page shows, or None for a page without labeled content.

        Labels of foreign policies are joined under the own policy by the arrangements' tables; one that does not map
        raises the banner to the own policy's highest level, because less would be a guess.
        """
        own = [label for label in labels if label.policy == self.default_policy]
        foreign = [label for label in labels if label.policy != self.default_policy]
        mapped = [self._to_own_policy(label) for label in foreign]
        together = own + mapped
        return join(together) if together else None

    # ---- writing ---------------------------------------------------------------------------------------------------

    def publish(
        self, officer: Officer, kind: str, body: msgspec.Struct, *, topic: str, label: Label,
        links: tuple[Link, ...] = (), distribute: bool = False,
    ) -> Record:
        """Make, sign and keep a record.

        Parameters
        ----------
        distribute
            Release it to every partner that the gate allows: now, and whenever the policy changes (back-fill).
        """
        need(officer, "publish")
        self.check_unguarded(kind)
        self.policy_of(label).validate(label)
        if self.own not in label.originators:
            raise InvalidRecord(f"a record of {self.own} has {self.own} among its originators.")
        if topic.startswith("lattice."):
            raise InvalidRecord("topics under lattice. are the kernel's own; choose another.")
        return self._author(officer, Kind(kind), body, topic=Topic(topic), label=label, links=links,
                            distribute=distribute, act="publish")

    def release(self, officer: Officer, record: RecordId, to: MemberId) -> Release:
        """Release one record to one peer, or raise :class:`Withheld` with the rule and reason."""
        need(officer, "release")
        with self.store.snapshot() as reader:
            head = self._visible(reader, officer, record, Purpose.VIEW)
        decision = self.decide_release(head, to)
        if not decision.allowed:
            self._note(officer, "release", False, decision.rule, record, to)
            self._count("withheld")
            raise Withheld(f"Withheld from {to}: {decision.reason} ({decision.rule})")
        with self._transaction() as tx:
            self._note(officer, "release", True, decision.rule, record, to)
            self._release(tx, head, to, decision)
            self._after("release")
        return next(r for r in self.releases(officer, record) if r.to == to)

    def explain(self, officer: Officer, record: RecordId, to: MemberId, *, discreet: bool = False) -> Explanation:
        """Say which rule allows or withholds a record to a peer; only the own officers are told.

        Discreet arrangements are named only when asked for.
        """
        need(officer, "explain")
        with self.store.snapshot() as reader:
            head = self._visible(reader, officer, record, Purpose.VIEW)
            state = self._state_for(reader, head, to)
        purpose = Purpose.RELEASE if head.member == self.own else Purpose.RELAY
        return explain(head.label, head.topic, state, Peer(to), purpose, self.clock.now_ms(), discreet=discreet)

    def decide_release(self, head: Head, to: MemberId) -> Decision:
        """Return the gate's answer for giving `head` to `to` now; relaying looks at consents."""
        with self.store.snapshot() as reader:
            return self.decide_for(reader, head, to)

    def releases(self, officer: Officer, record: RecordId) -> tuple[Release, ...]:
        """Return to whom a record went, by peer."""
        with self.store.snapshot() as reader:
            self._visible(reader, officer, record, Purpose.VIEW)
            return self._releases(reader, record)

    def consent(self, officer: Officer, record: RecordId, holder: MemberId, to: MemberId) -> Record:
        """Consent, as originator, that `holder` passes an own record on to `to`."""
        need(officer, "consent")
        with self.store.snapshot() as reader:
            head = self._visible(reader, officer, record, Purpose.VIEW)
        if self.own not in head.label.originators:
            raise InvalidRecord(f"{self.own} is not an originator of this record, so its consent means nothing.")
        return self._author(
            officer, CONSENT, Consent(record=record, holder=holder, to=to), topic=TOPIC_CONSENT,
            label=self._house_label(holder, to), links=(Link(CONSENTS, record),), distribute=True, act="consent",
        )

    def recall(self, officer: Officer, record: RecordId, reason: str, deadline_ms: int) -> Record:
        """Ask everyone who has an own record to withdraw it and to answer by `deadline_ms`."""
        need(officer, "recall")
        with self.store.snapshot() as reader:
            head = self._visible(reader, officer, record, Purpose.VIEW)
        if head.member != self.own:
            raise InvalidRecord(f"only its author {head.member} can recall this record.")
        if not reason.strip():
            raise InvalidRecord("a recall needs a reason, so that holders can judge what depends on the record.")
        if deadline_ms <= self.clock.now_ms():
            raise InvalidRecord("a recall's deadline lies in the future.")
        return self._author(
            officer, RECALL, Recall(record=record, reason=reason, deadline_ms=deadline_ms), topic=TOPIC_RECALL,
            # The recall is as sensitive as what it recalls; whoever may hold the record may read it, and it follows
            # the record to whoever really got it (see distribution.targets).
            label=head.label, links=(Link(RECALLS, record),), distribute=True, act="recall",
        )

    def answer_recall(self, officer: Officer, recall: RecordId, done: bool, note: str) -> Record:
        """Answer a recall with a signed statement; whoever got the record onward is asked in turn by its giver."""
        need(officer, "recall")
        with self.store.snapshot() as reader:
            head = self._visible(reader, officer, recall, Purpose.VIEW)
            body = self._body(reader, head)
        if not isinstance(body, Recall):
            raise InvalidRecord("this record is not a recall.")
        return self._author(
            officer, RECALL_ANSWER, RecallAnswer(recall=recall, record=body.record, done=done, note=note),
            topic=TOPIC_RECALL, label=self._house_label(head.member, *(() if head.sender is None else (head.sender,))),
            links=(Link(ANSWERS, recall),), distribute=True, act="recall.answer",
        )

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _seen(
        self, heads: Iterator[Head], officer: Officer, purpose: Purpose, kind: str | None, member: str | None,
        topic: str | None, *, discreet: bool,
    ) -> Iterator[Head]:
        seen = self.sight(officer, purpose, discreet=discreet)
        for head in heads:
            if (kind and head.kind != kind) or (member and head.member != member):
                continue
            if topic and not topic_covers(Topic(topic), head.topic):
                continue
            if seen(head):
                yield head

    def _releases(self, reader: Reader, record: RecordId) -> tuple[Release, ...]:
        recall = self._recall_of(reader, record)
        answered = {member for member, done, _ in recall.answers if done} if recall is not None else set()
        return tuple(
            Release(record=row.record, to=row.to, at_ms=row.at_ms, rule=row.rule, arrangement=row.arrangement,
                    epoch=row.epoch, state="recalled" if row.to in answered else row.state, proven=row.proven,
                    relayed=row.relayed)
            for row in self.exchange.released(reader, record, withdrawn=True)
        )

    def _proven(self, reader: Reader, head: Head) -> bool:
        if head.sender is None:
            return self._proven_epoch(reader, head) is not None
        return self.exchange.proven_record(reader, head.id, head.sender) is not None

    def _recall_of(self, reader: Reader, record: RecordId) -> RecallView | None:
        for head in archive.heads_linking(reader, record, RECALLS):
            body = self._body(reader, head)
            owner = archive.head_of(reader, record)
            # Only the author's recall counts; anybody else's is a record like any other.
            if not isinstance(body, Recall) or owner is None or head.member != owner.member:
                continue
            answers: list[tuple[MemberId, bool, str]] = []
            for answer in archive.heads_linking(reader, head.id, ANSWERS):
                said = self._body(reader, answer)
                if isinstance(said, RecallAnswer):
                    answers.append((answer.member, said.done, said.note))
            return RecallView(recall=head.id, by=head.member, reason=body.reason, deadline_ms=body.deadline_ms,
                              answers=tuple(sorted(answers)))
        return None

    def _view(self, reader: Reader, head: Head) -> RecordView:
        statement = self._statement(reader, head)
        return RecordView(
            id=head.id, kind=head.kind, version=head.version, member=head.member, post=head.post,
            made_ms=head.made_ms, arrived_ms=head.arrived_ms, topic=head.topic, label=head.label,
            body=self.kinds.read(statement), title=head.described.title, summary=head.described.summary,
            own=head.member == self.own, proven=self._proven(reader, head), source=head.described.source,
            status=head.described.status, links=statement.links,
            relayed_by=head.sender if head.sender not in {None, head.member} else None,
            recalled=self._recall_of(reader, head.id),
        )


def _cursor(after: str | None) -> int | None:
    if after is None:
        return None
    if not after.isdecimal() or len(after) > 18:
        raise InvalidRecord("this is not the cursor of a page; use the one that the page before gave.")
    return int(after)
