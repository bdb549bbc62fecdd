"""The state of a task, derived from its records alone: the same at both members and in whatever order they came.

``docs/workbench/tasks.md`` holds the table of cases. In short:

* The first answer of the asked member counts; the sender may withdraw before that. "First" is by signed time, then id.
* Silence that settles (consent, refusal) takes effect at the deadline plus :data:`~..model.GRACE_MS`, by the asked
  member's own clock on its own answer, and only if the request had reached that member before the deadline, by its
  signed receipt. The sender's lapse record makes it final.
* An answer that bears a time before that, but stands further down its author's ledger than the sender's node had heard
  when it counted the silence, was not given then: it is flagged and does not count.
* Silence that escalates settles nothing: the matter goes to the named post, and any later answer counts.
* What does not count is never lost: it is flagged with the reason, and both see it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from latticework.kernel.ids import MemberId, Post, RecordId
from latticework.workbench.tasks.model import Answer, Handover, Lapse, Later, Party, Request, Says, Withdrawal

Status = Literal["open", "answered", "consented", "refused", "withdrawn"]
"""``consented`` and ``refused`` are by silence; what an answer says stands in `said`."""
Why = Literal["stranger", "late", "second", "settled", "elsewhere", "disproved", "unfounded"]
"""Why a record does not count: of a member that has no say here; after silence took effect; after another answer; after
the task was settled otherwise; the task was no longer with that post; its author's ledger disproves its time; silence
could not count, or not yet, or by another rule."""


class Said(NamedTuple):
    """One signed record of a task.

    Parameters
    ----------
    epoch
        Of its author's ledger, under which it is proven to have been given to the other member; None while that is not
        known.
    """

    id: RecordId
    member: MemberId
    post: Post
    made_ms: int
    body: Later
    epoch: int | None = None


class Asked(NamedTuple):
    """The request, and when the asked member's node received it by its signed receipt; None: not known (yet)."""

    id: RecordId
    member: MemberId
    made_ms: int
    body: Request
    received_ms: int | None


class State(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a task stands.

    Parameters
    ----------
    final
        False: settled by silence as the clock has it, and the sender's node has not stated it yet.
    holder
        The post that has it, at the asked member.
    escalated_to
        Whom the silence put it before.
    overdue
        Open after the deadline.
    settled_ms, settled_by
        When and by which record; no record when silence did it and nobody has stated it yet.
    said
        What the answer says.
    lapse
        The sender's record of the silence.
    flags
        (record, why) of what does not count, sorted.
    doubtful
        An answer waits for its proof while silence has been counted: ask again when more is known.
    """

    status: Status
    holder: Post
    final: bool = True
    escalated_to: Party | None = None
    overdue: bool = False
    settled_ms: int | None = None
    settled_by: RecordId | None = None
    said: Says | None = None
    lapse: RecordId | None = None
    flags: tuple[tuple[RecordId, Why], ...] = ()
    doubtful: bool = False


def derive(asked: Asked, said: Iterable[Said], now_ms: int) -> State:
    """Return the state of a task.

    Parameters
    ----------
    asked
        The request.
    said
        What followed, in any order.
    now_ms
        This node's clock: whether the deadline has passed.
    """
    task = _Task(asked, said)
    return task.state(now_ms)


class _Task:
    def __init__(self, asked: Asked, said: Iterable[Said]) -> None:
        self.asked, self.body = asked, asked.body
        self.rows = sorted(said, key=lambda s: (s.made_ms, s.id))
        self.flags: dict[RecordId, Why] = {}
        self.doubtful = False
        self.lapse = self._lapse()

    @property
    def settles(self) -> bool:
        """Whether silence settles the task, and could: the request had come before the deadline."""
        if self.body.silence.rule == "escalate":
            return False
        received = self.asked.received_ms
        return self.lapse is not None if received is None else received <= self.body.deadline.at_ms

    def _lapse(self) -> Said | None:
        received, found = self.asked.received_ms, None
        for row in self._of(Lapse):
            body = row.body
            timely = self.body.silence.rule == "escalate" or received is None or received <= self.body.deadline.at_ms
            if row.member != self.asked.member:
                self.flags[row.id] = "stranger"
            elif (isinstance(body, Lapse) and body.rule == self.body.silence.rule and timely
                  and row.made_ms >= self.body.cut_ms):
                found = found or row
            else:
                self.flags[row.id] = "unfounded"
        return found

    def _of(self, kind: type[Later]) -> list[Said]:
        return [row for row in self.rows if isinstance(row.body, kind)]

    def _answers(self) -> list[Said]:
        found: list[Said] = []
        for row in self._of(Answer):
            if row.member == self.asked.body.to:
                if not self._flag_untimely(row):
                    found.append(row)
            elif self._decides_itself(row):
                found.append(row)
            else:
                self.flags[row.id] = "stranger"
        return found

    def _decides_itself(self, row: Said) -> bool:
        """Say whether the sender's own superior post, which silence put the matter before, may settle it."""
        to = self.body.silence.to
        return (to is not None and to.member == self.asked.member == row.member
                and (row.made_ms >= self.body.cut_ms or self.lapse is not None))

    def _flag_untimely(self, row: Said) -> bool:
        if not self.settles:
            return False
        if row.made_ms > self.body.cut_ms:
            self.flags[row.id] = "late"
        elif self.lapse is not None and isinstance(self.lapse.body, Lapse) and self.lapse.body.heard_epoch >= 0:
            if row.epoch is None:
                self.doubtful = True
            elif row.epoch > self.lapse.body.heard_epoch:
                self.flags[row.id] = "disproved"
        return row.id in self.flags

    def _withdrawals(self) -> list[Said]:
        found: list[Said] = []
        for row in self._of(Withdrawal):
            if row.member == self.asked.member:
                found.append(row)
            else:
                self.flags[row.id] = "stranger"
        return found

    def state(self, now_ms: int) -> State:
        """Return how it stands at `now_ms`."""
        cut = self.body.cut_ms
        silent = self.settles and (now_ms >= cut or self.lapse is not None)
        answers, withdrawals = self._answers(), self._withdrawals()
        ends: list[tuple[int, int, RecordId, Said | None]] = [(w.made_ms, 0, w.id, w) for w in withdrawals]
        ends += [(a.made_ms, 1, a.id, a) for a in answers]
        if silent:
            # A withdrawal and an answer signed until then come before it.
            ends.append((cut, 2, RecordId(""), None))
        end = min(ends, key=lambda e: e[:3], default=None)
        for row in (*answers, *withdrawals):
            if end is not None and row.id != end[2]:
                both = isinstance(row.body, Answer) and end[3] is not None and isinstance(end[3].body, Answer)
                self.flags.setdefault(row.id, "second" if both else "settled")
        past = now_ms >= cut or (self.lapse is not None)
        escalated = self.body.silence.rule == "escalate" and past and (end is None or end[0] > cut)
        holder = self._holder(end[0] if end is not None else None, escalated=escalated)
        return self._settled(end, holder, escalated=escalated, overdue=now_ms > self.body.deadline.at_ms)

    def _settled(
        self, end: tuple[int, int, RecordId, Said | None] | None, holder: Post, *, escalated: bool, overdue: bool
    ) -> State:
        to = self.body.silence.to if escalated else None
        lapse = self.lapse.id if self.lapse is not None else None
        flags = tuple(sorted(self.flags.items()))
        if end is None:
            return State(status="open", holder=holder, escalated_to=to, overdue=overdue, lapse=lapse, flags=flags,
                         doubtful=self.doubtful)
        at_ms, _, record, row = end
        if row is None:
            status: Status = "consented" if self.body.silence.rule == "consent" else "refused"
            return State(status=status, holder=holder, final=lapse is not None, settled_ms=at_ms, settled_by=lapse,
                         lapse=lapse, flags=flags, doubtful=self.doubtful)
        says = row.body.says if isinstance(row.body, Answer) else None
        return State(status="answered" if says else "withdrawn", holder=holder, settled_ms=at_ms, settled_by=record,
                     said=says, escalated_to=to, lapse=lapse, flags=flags, doubtful=self.doubtful)

    def _holder(self, ended_ms: int | None, *, escalated: bool) -> Post:
        holder, to, cut = self.body.assignee.post, self.body.silence.to, self.body.cut_ms
        inward = escalated and to is not None and to.member == self.body.to
        moved = False
        for row in self._of(Handover):
            body = row.body
            if inward and not moved and row.made_ms >= cut and to is not None:
                holder, moved = to.post, True
            if row.member != self.body.to:
                self.flags[row.id] = "stranger"
            elif ended_ms is not None and row.made_ms > ended_ms:
                self.flags[row.id] = "settled"
            elif isinstance(body, Handover) and body.from_post == holder:
                holder = body.to_post
            else:
                self.flags[row.id] = "elsewhere"
        return to.post if inward and not moved and to is not None else holder
