"""Where records that arrived are kept: the last checks that need the whole node's knowledge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latticework.kernel import archive
from latticework.kernel.errors import InvalidKeyHistory, InvalidRecord, LatticeworkError
from latticework.kernel.exchange import Accepted, Quarantined
from latticework.kernel.exchange.entries import Released
from latticework.kernel.identity import KeyStatement
from latticework.kernel.ids import MemberId, RecordId
from latticework.kernel.kinds import CONSENT, HOUSE_KINDS, KEY, RECALL, RECALL_ANSWER, Consent
from latticework.kernel.records import Record
from latticework.kernel.store.protocol import Reader, Transaction

if TYPE_CHECKING:
    from latticework.kernel.core.base import KernelBase

CONSENTS_TO = "consents-to"
EDITS = "edit.arrived"
"""Table of arrived edits: channel, 0, sender, number to opaque bytes; rooms read and clear it."""


class KernelSink:
    """The exchange's :class:`~latticework.kernel.exchange.RecordSink`: keeps records in the archive."""

    def __init__(self, kernel: KernelBase) -> None:
        self._kernel = kernel

    def accept(
        self, tx: Transaction, record: Record, sender: MemberId, entry: Released, now_ms: int
    ) -> Accepted | Quarantined:
        """Keep `record`, or say why it is kept apart."""
        kernel, statement = self._kernel, record.statement
        try:
            # Topics under lattice. pass without an arrangement, so nothing but the kernel's own kinds may use them,
            # and those kinds may use no other.
            if (statement.kind in HOUSE_KINDS) != statement.topic.startswith("lattice."):
                raise InvalidRecord("a record of this kind may not bear this topic; it was refused.")
            policy = kernel.policies.get(statement.label.policy)
            if policy is not None:
                policy.validate(statement.label)
            body = kernel.kinds.read(statement)
            described = kernel.kinds.describe(statement, body)
            if statement.kind == KEY:
                self._take_key(tx, statement.member, body)
        except LatticeworkError as error:
            return Quarantined(error.code, error.message)
        # Recalls follow onward releases, answers go back towards the recall's author, consents to their taker; a crash
        # before that leaves them marked, and the node goes on with them when it starts.
        travels = statement.kind in {CONSENT, RECALL, RECALL_ANSWER}
        head = archive.add(tx, record, described, now_ms=now_ms, sender=sender, distribute=travels)
        return Accepted(new=head is not None)

    def accept_edit(
        self, tx: Transaction, channel: str, sender: MemberId, number: int, data: bytes, now_ms: int
    ) -> None:
        """Keep one edit of `sender`, for the room that edits `channel`."""
        tx.put(EDITS, channel.encode() + b"\0" + sender.encode() + number.to_bytes(8, "big"), data)

    def consents(self, reader: Reader, record: RecordId, holder: MemberId, to: MemberId) -> tuple[MemberId, ...]:
        """Return who consented that `holder` passes `record` on to `to`, sorted."""
        given: set[MemberId] = set()
        for head in archive.heads_linking(reader, record, CONSENTS_TO):
            body = self._kernel._body(reader, head) if head.kind == CONSENT else None
            if isinstance(body, Consent) and (body.record, body.holder, body.to) == (record, holder, to):
                given.add(head.member)
        return tuple(sorted(given))

    def _take_key(self, tx: Transaction, member: MemberId, body: object) -> None:
        if not isinstance(body, KeyStatement) or body.content.member != member:
            raise InvalidKeyHistory(f"{member} sent a key statement that is not its own; it was refused.")
        self._kernel.keys.apply(tx, (body,), held=self._kernel.held_of(tx, member))
