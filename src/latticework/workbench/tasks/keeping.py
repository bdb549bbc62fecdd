"""Keeping the in-tray in step with records and clock: what follows the archive, and the timers.

Everything here is derived, so it survives a restart and a clock that was set: a timer is a due time in an ordered table
and a mark up to where the table was worked through. A clock that goes forward makes all of it due at once (of several
reminders of a task the last one is given); one that goes back has the tasks in between looked at anew. A reminder that
was given is never given again.

Reminders are events of the assignee's node alone, not records: both members can compute them from the request, and a
record of one would only arrive too late where it matters, when the link is down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from latticework.kernel import archive
from latticework.kernel.archive import Head
from latticework.kernel.ids import MemberId, RecordId
from latticework.kernel.records.record import Link
from latticework.kernel.store.protocol import Reader, Transaction
from latticework.workbench.follow import Follower, empty
from latticework.workbench.tasks import index
from latticework.workbench.tasks.derive import Asked, Said, derive
from latticework.workbench.tasks.index import Row
from latticework.workbench.tasks.model import (
    ABOUT_TASK,
    KINDS,
    LAPSE,
    REQUEST,
    Answer,
    Handover,
    Lapse,
    Request,
    Withdrawal,
)

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel

VERSION: Final = 1
"""Of what is derived; raise it to build the tables anew."""
AT_ONCE: Final = 500
TRY_MS: Final = 2_000
"""What waits for a link or a proof is looked at again this often."""
SETTLED_LINK_MS: Final = 15_000
"""A link that came back is given this long to bring what was waiting before silence is counted."""


class Keeping:
    """Derives the in-tray of one node.

    Parameters
    ----------
    kernel
        The node.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._void: frozenset[int] | None = None
        self._looked_ms: int | None = None
        self._tried_ms = -TRY_MS
        self.follower = Follower(kernel, "tasks", self._take, version=VERSION, kinds=KINDS,
                                 clear=lambda tx: empty(tx, *index.DERIVED))

    # ---- records ---------------------------------------------------------------------------------------------------

    def _take(self, tx: Transaction, head: Head) -> None:
        if head.kind == REQUEST:
            self.renew(tx, head.id)
        else:
            body = self._kernel.body_of(tx, head)
            if isinstance(body, Answer | Handover | Withdrawal | Lapse):
                self.renew(tx, body.task)

    def _take_all(self, tx: Transaction, heads: list[Head]) -> None:
        for head in heads:
            if head.kind in KINDS:
                self._take(tx, head)

    def renew(self, tx: Transaction, task: RecordId) -> None:
        """Derive a task anew from its records and keep it; nothing happens while its request is not here."""
        found = self._derive(tx, task)
        if found is None:
            return
        before = index.row_of(tx, task)
        if found == before:
            return
        index.put_row(tx, found, self._kernel.own)
        settled = found.state.status != "open" and found.state.final and not found.state.doubtful
        if settled and found.sender == self._kernel.own and found.request.matter:
            tx.put(index.TELL, bytes.fromhex(task), b"")
        self._kernel.announce("task")

    def _derive(self, tx: Transaction, task: RecordId) -> Row | None:
        kernel = self._kernel
        head = archive.head_of(tx, task)
        body = kernel.body_of(tx, head) if head is not None and head.kind == REQUEST else None
        if head is None or not isinstance(body, Request) or not self._is_party(head, body) or not kernel.trusts(head):
            return None
        asked = Asked(head.id, head.member, head.made_ms, body, self._received(tx, head, body))
        heads = {h.id: h for h in archive.heads_linking(tx, task, ABOUT_TASK) if kernel.trusts(h)}
        said = [found for h in heads.values() if (found := self._said(tx, h, task, head.member, body)) is not None]
        state = derive(asked, said, kernel.clock.now_ms())
        first = index.class_number(tx, head.label, head.topic)
        settling = heads.get(state.settled_by) if state.settled_by is not None else None
        second = index.class_number(tx, settling.label, settling.topic) if settling is not None else first
        return Row(id=task, number=head.number, sender=head.member, made_ms=head.made_ms, request=body, state=state,
                   label=head.label, topic=head.topic, classes=(first, second), received_ms=asked.received_ms,
                   reminded_ms=self._reminded(tx, task))

    def _is_party(self, head: Head, body: Request) -> bool:
        """Say whether this member asks or is asked, and the request came from its author."""
        own = self._kernel.own
        return own in {head.member, body.to} and head.sender in {None, head.member}

    def _said(self, reader: Reader, head: Head, task: RecordId, sender: MemberId, request: Request) -> Said | None:
        body = self._kernel.body_of(reader, head)
        if not isinstance(body, Answer | Handover | Withdrawal | Lapse) or body.task != task:
            return None
        other = request.to if head.member == sender else sender
        return Said(head.id, head.member, head.post, head.made_ms, body, self._given(reader, head, other))

    def _given(self, reader: Reader, head: Head, other: MemberId) -> int | None:
        """Return under which epoch of its author's ledger a record was given to the other member, when known here."""
        if head.sender is not None:
            return self._kernel.exchange.proven_record(reader, head.id, head.sender)
        rows = self._kernel.exchange.released(reader, head.id)
        return next((row.epoch for row in rows if row.to == other and row.proven), None)

    def _received(self, reader: Reader, head: Head, body: Request) -> int | None:
        """Return when the asked member received the request: both members read it from the same signed receipt."""
        if head.member == body.to:
            return head.made_ms
        if head.sender is not None:
            return head.arrived_ms  # the time that this node's own receipt bears
        return self._kernel.exchange.receipted_ms(reader, head.id, body.to)

    @staticmethod
    def _reminded(reader: Reader, task: RecordId) -> int:
        key = bytes.fromhex(task)
        return max((int.from_bytes(v, "big") for _, v in reader.scan(index.TOLD, key, key + b"\xff" * 9)), default=0)

    # ---- time ------------------------------------------------------------------------------------------------------

    def step(self, now_ms: int) -> None:
        """Look at what fell due, at what a lost key voided, and at what silence still has to be stated of."""
        self._judge_lost_keys()
        if self._looked_ms is None:
            with self._kernel.store.snapshot() as reader:
                self._looked_ms = int.from_bytes(reader.get(index.CLOCK, b"") or b"", "big")
        if now_ms < self._looked_ms:
            self._look(now_ms, self._looked_ms, now_ms, remind=False)
        else:
            self._look(self._looked_ms, now_ms, now_ms, remind=True)
        self._state_silence(now_ms)

    def _look(self, after_ms: int, until_ms: int, mark_ms: int, *, remind: bool) -> None:
        with self._kernel.store.snapshot() as reader:
            found = index.due(reader, after_ms, until_ms)
        tasks = list(dict.fromkeys(task for _, task in found))
        for start in range(0, len(tasks), AT_ONCE):
            some = tasks[start : start + AT_ONCE]
            self._kernel.in_transaction(lambda tx, some=some: self._renew_all(tx, some, mark_ms, remind=remind))  # type: ignore[misc]
        if tasks:
            self._kernel.in_transaction(lambda tx: tx.put(index.CLOCK, b"", mark_ms.to_bytes(8, "big")))
        self._looked_ms = mark_ms

    def _renew_all(self, tx: Transaction, tasks: list[RecordId], now_ms: int, *, remind: bool) -> None:
        for task in tasks:
            if remind:
                self._remind(tx, task, now_ms)
            self.renew(tx, task)

    def _remind(self, tx: Transaction, task: RecordId, now_ms: int) -> None:
        row = index.row_of(tx, task)
        if row is None or row.state.status != "open" or row.request.to != self._kernel.own:
            return
        deadline = row.request.deadline.at_ms
        passed = [o for o in row.request.reminders if row.made_ms < deadline - o <= now_ms]
        new = [o for o in passed if tx.get(index.TOLD, _told(task, o)) is None]
        for offset in new:
            # What was missed is marked as given too: after a pause one reminder is enough, and none when it is over.
            given = now_ms if offset == new[-1] and now_ms <= deadline else 0
            tx.put(index.TOLD, _told(task, offset), given.to_bytes(8, "big"))

    def _judge_lost_keys(self) -> None:
        void = self._kernel.voided()
        if self._void is not None and void != self._void:
            with self._kernel.store.snapshot() as reader:
                heads = [h for n in void ^ self._void for h in self._kernel.arrivals(reader, n - 1, limit=1)]
            self._kernel.in_transaction(lambda tx: self._take_all(tx, heads))
        self._void = void

    # ---- silence ---------------------------------------------------------------------------------------------------

    def _state_silence(self, now_ms: int) -> None:
        if 0 <= now_ms - self._tried_ms < TRY_MS:
            return
        self._tried_ms = now_ms
        with self._kernel.store.snapshot() as reader:
            waiting = [e for e in index.entries(reader, "to state") if e.at_ms <= now_ms][:AT_ONCE]
            doubtful = [e.id for e in index.entries(reader, "doubtful")][:AT_ONCE]
            rows = [row for e in waiting if (row := index.row_of(reader, e.id)) is not None]
        for task in doubtful:
            self._kernel.in_transaction(lambda tx, task=task: self.renew(tx, task))  # type: ignore[misc]
        heard: dict[MemberId, tuple[int, int] | None] = {}
        for row in rows:
            to, settles = row.request.to, row.request.silence.rule != "escalate"
            if to not in heard:
                heard[to] = self._heard(to, now_ms)
            found = heard[to] if settles else (-1, 0)
            if found is not None and (not settles or found[0] < 0 or found[1] >= row.request.cut_ms):
                self._kernel.in_transaction(lambda tx, row=row, found=found: self._state(tx, row.id, found))  # type: ignore[misc]

    def _state(self, tx: Transaction, task: RecordId, heard: tuple[int, int]) -> None:
        """State that silence took effect, if it did by what is known now."""
        self.renew(tx, task)
        row = index.row_of(tx, task)
        if row is None or not row.to_state or (row.request.silence.rule != "escalate" and row.state.final):
            return
        body = Lapse(task=task, to=row.request.to, rule=row.request.silence.rule, heard_epoch=heard[0],
                     heard_ms=heard[1])
        self._kernel.publish_as_node(LAPSE, body, topic=row.topic, label=row.label, distribute=True,
                                     links=(task_link(task),))

    def _heard(self, member: MemberId, now_ms: int) -> tuple[int, int] | None:
        """Return (epoch, time) of the newest checkpoint of a member's ledger, when its link has brought what waited."""
        if member == self._kernel.own:
            return -1, 0
        with self._kernel.store.snapshot() as reader:
            status = self._kernel.exchange.peer_status(reader, member)
            held = self._kernel.checkpoint_of(reader, member)
        settled = status.linked and status.since_ms is not None and now_ms - status.since_ms >= SETTLED_LINK_MS
        return held if settled else None


def task_link(task: RecordId) -> Link:
    """Return the link that every record of a task bears."""
    return Link(ABOUT_TASK, task)


def _told(task: RecordId, offset: int) -> bytes:
    return bytes.fromhex(task) + offset.to_bytes(8, "big")
