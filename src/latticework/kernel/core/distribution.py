"""To whom a distributed record may go at all, before the gate decides.

A recall follows what it recalls; a record of an addressed kind goes to the one member that its body names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from latticework.kernel import archive
from latticework.kernel.archive import Head
from latticework.kernel.ids import MemberId, Topic
from latticework.kernel.kinds import CONSENT, RECALL, RECALL_ANSWER, Consent, Recall, RecallAnswer
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Decision
from latticework.kernel.store.protocol import Reader

if TYPE_CHECKING:
    from latticework.kernel.core.base import KernelBase


class Due(msgspec.Struct, frozen=True):
    """A record that the gate lets go to a partner which does not have it yet."""

    head: Head
    to: MemberId
    decision: Decision


def due(kernel: KernelBase, reader: Reader, heads: Iterable[Head]) -> Iterator[Due]:
    """Yield what of `heads` may go to whom now and has not gone yet.

    Own records of one label and topic get one answer for each partner, so the gate is asked once for all of them.
    """
    answers: dict[tuple[Label, Topic, MemberId], Decision] = {}
    for head in heads:
        own = head.member == kernel.own
        for to in targets(kernel, reader, head):
            if to == head.sender or kernel.exchange.stands_released(reader, head.id, to):
                continue
            key = (head.label, head.topic, to)
            decision = answers.get(key) if own else None
            if decision is None:
                decision = kernel.decide_for(reader, head, to)
                if own:
                    answers[key] = decision
            if decision.allowed:
                yield Due(head, to, decision)


def targets(kernel: KernelBase, reader: Reader, head: Head) -> Iterable[MemberId]:
    """Return the partners that `head` is meant for.

    A recall goes to whoever this node gave the record to: telling others would betray that the record exists. An
    answer goes to whoever sent the recall here, or, when it passes through, towards the recall's author. Consent goes
    to its holder and to the taker. A record of an addressed kind goes to its one member. Everything else goes to every
    partner, and the gate decides.
    """
    partners = kernel.state().partners
    if kernel.kinds.is_addressed(head.kind):
        to = kernel.kinds.addressee(head.kind, kernel._body(reader, head))
        return [to] if to is not None and to in partners else []
    body = kernel._body(reader, head) if head.kind in {RECALL, RECALL_ANSWER, CONSENT} else None
    if isinstance(body, Recall):
        gone = kernel.exchange.holders(reader, body.record)
        return [p for p in partners if p in gone]
    if isinstance(body, RecallAnswer):
        recall = archive.head_of(reader, body.recall)
        if recall is None:
            return []
        back = recall.sender or recall.member
        return [back] if back in partners and back != kernel.own else []
    if isinstance(body, Consent):
        # The taker needs it too, to know that the holder may pass the record on; the holder brings it where the
        # originator has no link of its own.
        meant = (body.holder, body.to) if head.member == kernel.own else (body.to,) if body.holder == kernel.own else ()
        return [p for p in partners if p in meant]
    return partners
