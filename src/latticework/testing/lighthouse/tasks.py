"""The room's question: is this lamp really dark? A partner's post confirms it, and the lamp's record follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from latticework.kernel import archive
from latticework.kernel.errors import NotFound
from latticework.kernel.records.record import Record
from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp
from latticework.workbench.tasks.deadlines import absolute
from latticework.workbench.tasks.model import Party, Request, Silence

if TYPE_CHECKING:
    from latticework.kernel.ids import RecordId
    from latticework.kernel.policy.model import Officer
    from latticework.workbench.bench import Workbench
    from latticework.workbench.tasks.service import Settled

OUTAGE: Final = "lighthouse.outage"
HOUR_MS: Final = 3_600_000


def confirm_outage(bench: Workbench, officer: Officer, lamp: RecordId, who: Party, *, hours: int = 12) -> Record:
    """Ask a partner's post to confirm that a lamp is dark; silence counts as its consent.

    Parameters
    ----------
    lamp
        Record of the lamp, released to the partner's member.
    who
        Whom to ask.
    hours
        Until the deadline.
    """
    view = bench.kernel.record(officer, lamp)
    if not isinstance(view.body, Lamp):
        raise NotFound("this record is no lamp; choose one of the list.")
    body = Request(
        to=who.member, subject=f"Confirm the outage of {view.body.name}", asks="consent", assignee=who,
        by=officer.post, deadline=absolute(bench.kernel.clock.now_ms() + hours * HOUR_MS), reminders=(HOUR_MS,),
        silence=Silence(rule="consent"), matter=OUTAGE,
        text="It was reported dark. Refuse if you see it burn.",
    )
    return bench.tasks.request(officer, body, topic=TOPIC, label=view.label, about=(lamp,))


def register(bench: Workbench) -> None:
    """Let the answer settle the lamp's state."""
    kernel = bench.kernel

    def settle(settled: Settled) -> None:
        if settled.state.status == "withdrawn" or (settled.answer is not None and settled.answer.says == "other"):
            return
        burns = settled.state.said == "refuses"
        for record in settled.about:
            with kernel.store.snapshot() as reader:
                head = archive.head_of(reader, record)
                lamp = kernel.body_of(reader, head) if head is not None else None
            if head is not None and isinstance(lamp, Lamp) and lamp.burning != burns:
                kernel.publish_as_node(LAMP, msgspec.structs.replace(lamp, burning=burns), topic=TOPIC,
                                       label=head.label, distribute=True)

    bench.tasks.on_settled(OUTAGE, settle)
