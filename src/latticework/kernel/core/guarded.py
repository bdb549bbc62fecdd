"""Records that change what may leave the node: two officers make them; one releaser alone can only tighten.

A kind that is registered with ``two_officers`` is not published like others. Its records are proposed and approved
(:class:`PublishRecord`), and the second officer must be allowed to see what is to be approved. The one way around the
second officer is :meth:`GuardedActs.publish_at_once`, for the part that keeps the kind and sees to it that the record
takes away and gives nothing.
"""

from __future__ import annotations

from typing import Final

import msgspec

from latticework.kernel.codec import decode
from latticework.kernel.core.authority import need, need_two
from latticework.kernel.core.base import KernelBase
from latticework.kernel.errors import InvalidRecord, NotFound
from latticework.kernel.identity import PendingAct
from latticework.kernel.ids import Kind, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Officer, Purpose
from latticework.kernel.records.record import Link, Record

UNSEEN: Final = "Publish a record that you may not see"


class PublishRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``record.publish``: a record of a kind that needs two officers, as it shall stand."""

    kind: Kind
    version: int
    body: bytes
    topic: Topic
    label: Label
    links: tuple[Link, ...] = ()
    distribute: bool = False


class GuardedActs(KernelBase):
    """What officers do with kinds that need two of them."""

    def draft(
        self, kind: str, body: msgspec.Struct, *, topic: str, label: Label, links: tuple[Link, ...] = (),
        distribute: bool = False,
    ) -> PublishRecord:
        """Return the act that publishes a record of a guarded kind.

        Raises
        ------
        InvalidRecord, UnknownKind, InvalidLabel
            When the kind needs no second officer or is not known, or body, topic or label break their rules.
        """
        entry = self.kinds.find(Kind(kind))
        version, data = self.kinds.write(entry.kind, body)
        if not entry.two_officers:
            raise InvalidRecord(f"a record of {entry.kind} needs no second officer; publish it.")
        act = PublishRecord(kind=entry.kind, version=version, body=data, topic=Topic(topic), label=label, links=links,
                            distribute=distribute)
        self._check_draft(act)
        return act

    def publish_guarded(self, first: Officer, second: Officer, act: PublishRecord) -> Record:
        """Make the record of a guarded kind; needs two officers who may both see it."""
        need_two(first, second, "record.publish", by_second="record.publish.second")
        for officer in (first, second):
            self.check_sees(officer, act)
        return self._guarded(first, second, act)

    def publish_at_once(self, officer: Officer, act: PublishRecord) -> Record:
        """Make the record of a guarded kind by one releaser alone.

        The caller, who knows what the kind means, has made sure that it only takes away.
        """
        need(officer, "tighten")
        self.check_sees(officer, act)
        return self._guarded(officer, None, act)

    def check_sees(self, officer: Officer, act: PublishRecord) -> None:
        """Raise :class:`NotFound` unless the officer may see what `act` would publish."""
        if not self._decide(act.label, act.topic, self.state(), officer, Purpose.VIEW).allowed:
            raise NotFound("no such act waits for a second officer; it may have been decided or have run out.")

    def as_seen(self, officer: Officer, pending: PendingAct) -> PendingAct:
        """Return a pending act without its content where the officer may not see that."""
        if pending.act != "record.publish":
            return pending
        try:
            self.check_sees(officer, decode(pending.arguments, PublishRecord, what="pending act"))
        except NotFound:
            return msgspec.structs.replace(pending, arguments=b"", summary=UNSEEN)
        return pending

    def summary_of(self, act: PublishRecord) -> str:
        """Return what the second officer's list says of `act`, having checked it anew."""
        self._check_draft(act)
        entry, body = self.kinds.find(act.kind), self.kinds.read_body(act.kind, act.version, act.body)
        title = entry.describe(body).title if entry.describe is not None and body is not None else act.version
        return f"Publish {act.kind}: {title}"

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _check_draft(self, act: PublishRecord) -> None:
        self.policy_of(act.label).validate(act.label)
        if self.own not in act.label.originators or act.topic.startswith("lattice."):
            raise InvalidRecord(f"a record of {self.own} names it as originator and stands outside lattice. topics.")

    def _guarded(self, first: Officer, second: Officer | None, act: PublishRecord) -> Record:
        self._check_draft(act)
        body = self.kinds.read_body(act.kind, act.version, act.body)
        if body is None:
            raise InvalidRecord(f"this node no longer reads version {act.version} of {act.kind}; propose it anew.")
        return self._author(first, act.kind, body, topic=act.topic, label=act.label, links=act.links,
                            distribute=act.distribute, act="record.publish", second=second)
