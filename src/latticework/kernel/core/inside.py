"""What the node's own parts may do without an officer: read the archive in order, author in the node's name, announce.

The workbench and the rooms derive tables from records with these. What they then show to an officer or let leave the
node passes the gate like everything else (:meth:`sight` is its form for listings).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from latticework.kernel import archive, journal
from latticework.kernel.archive import Head
from latticework.kernel.core.base import KernelBase
from latticework.kernel.errors import InvalidRecord, SecondOfficerNeeded
from latticework.kernel.ids import Kind, MemberId, RecordId, Topic
from latticework.kernel.labels import Label
from latticework.kernel.ledger import LogWatch
from latticework.kernel.policy.model import Decision, Officer, Purpose
from latticework.kernel.records.record import Link, Record
from latticework.kernel.store.protocol import Reader
from latticework.kernel.views import ChangeKind


class InsideActs(KernelBase):
    """Acts and reads of the node itself."""

    def sight(self, officer: Officer, purpose: Purpose, *, discreet: bool = False) -> Callable[[Head], bool]:
        """Return what says of an archive row whether the officer may have it for `purpose`, at the present state.

        The gate is asked once for each label and topic, so a walk over a long archive costs little; the answer is good
        for one listing, never longer. Rows that a lost key signed and, unless `discreet`, the records of discreet
        arrangements are not seen.
        """
        hidden = frozenset() if discreet else self.discreet_records()
        state, cache = self.state(), dict[tuple[Label, Topic], bool]()

        def seen(head: Head) -> bool:
            if head.id in hidden:
                return False
            key = (head.label, head.topic)
            allowed = cache.get(key)
            if allowed is None:
                allowed = cache[key] = self._decide(head.label, head.topic, state, officer, purpose).allowed
            return allowed and self._trustworthy(head)

        return seen

    def unseen(self, *, discreet: bool = False) -> frozenset[int]:
        """Return the archive numbers of what nobody is shown, whatever the gate says of its label.

        What a lost key signed and, unless `discreet`, the records of discreet arrangements: with the gate's answer for
        label and topic this is all that :meth:`sight` looks at.
        """
        if discreet:
            return self._voided()
        with self.store.snapshot() as reader:
            hidden = {head.number for record in self.discreet_records()
                      if (head := archive.head_of(reader, record)) is not None}
        return self._voided() | hidden

    def head_at(self, number: int) -> Head | None:
        """Return the archive row of a number, or None."""
        with self.store.snapshot() as reader:
            return next(archive.heads_above(reader, number - 1, limit=1), None)

    def arrivals(self, reader: Reader, after: int, *, limit: int) -> Iterator[Head]:
        """Yield archive rows with a number above `after`, oldest first: how a part follows what the node learns."""
        return archive.heads_above(reader, after, limit=limit)

    def body_of(self, reader: Reader, head: Head) -> msgspec.Struct | None:
        """Return the current body of a record that is here; None for a kind this node does not know."""
        return self._body(reader, head)

    def body_of_id(self, reader: Reader, record: RecordId) -> msgspec.Struct | None:
        """Return the current body of a record by its id; None when it is not here or its kind is not known."""
        head = archive.head_of(reader, record)
        return self._body(reader, head) if head is not None else None

    def content_of(self, reader: Reader, head: Head) -> tuple[msgspec.Struct | None, tuple[Link, ...]]:
        """Return the current body of a record that is here, and its links."""
        statement = self._statement(reader, head)
        return self.kinds.read(statement), statement.links

    def note_use(
        self, officer: Officer, act: str, what: str, records: Iterable[RecordId], decision: Decision
    ) -> None:
        """Note in the journal what an officer had in their hands: one row for each record, or one without.

        Parameters
        ----------
        act, what
            What was done (``brief.print``), and the name of what it was done with.
        records
            What was in it.
        decision
            The gate's answer that allowed it.
        """
        now_ms = self.clock.now_ms()
        with self._transaction() as tx:
            for record in tuple(records) or (None,):
                journal.note_act(tx, journal.AuditRow(
                    at_ms=now_ms, officer=officer.name, post=officer.post, act=act, allowed=decision.allowed,
                    rule=decision.rule, record=record, what=what))

    def trusts(self, head: Head) -> bool:
        """Say whether the record counts: it was not voided by a compromise of its author's key."""
        return self._trustworthy(head)

    def check_unguarded(self, kind: str) -> None:
        """Raise :class:`SecondOfficerNeeded` for a kind of record that one officer alone must not publish."""
        if Kind(kind) in self.kinds and self.kinds.find(Kind(kind)).two_officers:
            raise SecondOfficerNeeded(
                f"a record of {kind} changes what may leave the node; propose it to a second officer."
            )

    def voided(self) -> frozenset[int]:
        """Return the archive numbers of the records that do not count (see :meth:`trusts`)."""
        return self._voided()

    def checkpoint_of(self, reader: Reader, member: MemberId) -> tuple[int, int] | None:
        """Return (epoch, the log's own time, ms) of the newest checkpoint held of a partner's ledger, or None."""
        head = LogWatch(member, self.keys).head(reader)
        return (head.epoch, head.time_ms) if head is not None else None

    def publish_as_node(
        self, kind: str, body: msgspec.Struct, *, topic: str, label: Label, links: tuple[Link, ...] = (),
        distribute: bool = False,
    ) -> Record:
        """Make a record that no officer signs for: what a timer or a measure does. Its post is ``node``.

        Raises
        ------
        InvalidLabel, InvalidRecord
            When the label breaks its policy, leaves this member out of its originators, or the topic is the kernel's.
        """
        self.check_unguarded(kind)
        self.policy_of(label).validate(label)
        if self.own not in label.originators or topic.startswith("lattice."):
            raise InvalidRecord(f"a record of {self.own} names it as originator and stands outside lattice. topics.")
        return self._author(None, Kind(kind), body, topic=Topic(topic), label=label, links=links,
                            distribute=distribute, act="publish")

    def note(self, officer: Officer, act: str, record: RecordId | None = None) -> None:
        """Enter in the journal, in the open transaction if there is one, that `officer` did `act` with a part."""
        self._note(officer, act, True, "", record)

    def announce(self, kind: ChangeKind) -> None:
        """Tell open pages, once what is going on is committed, that something of `kind` changed."""
        self._after(kind)
