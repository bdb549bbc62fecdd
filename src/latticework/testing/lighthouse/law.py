"""The room's law: a light's outage is shared only with the coast authority's consent. All of it is invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from latticework.kernel.errors import Withheld
from latticework.testing.lighthouse.model import TOPIC
from latticework.workbench.law.model import LeadDays, Need, Question, Rule, Scope

if TYPE_CHECKING:
    from latticework.kernel.identity import PendingAct
    from latticework.kernel.ids import MemberId, RecordId
    from latticework.kernel.labels.label import Label
    from latticework.kernel.policy.model import Officer
    from latticework.kernel.records.record import Record
    from latticework.kernel.views import Release
    from latticework.workbench.bench import Workbench

CONSENT: Final = "outage-consent"
"""The kind of approval that the rule asks for."""


def propose_rule(bench: Workbench, officer: Officer, label: Label) -> PendingAct | Record:
    """Put the room's rule before a second officer."""
    return bench.law.record(officer, Rule(
        title="Consent before an outage is shared", effect="needs approval", from_ms=bench.kernel.clock.now_ms(),
        scope=Scope(topics=(TOPIC,)), text="No outage of a light is told to another member without consent.",
        needs=(Need(kind=CONSENT, body="Coast authority", lead_days=LeadDays(1, 3, 10)),),
        source="Lights Act, section 7", status="invented"), label=label)


def share(bench: Workbench, officer: Officer, record: RecordId, to: MemberId) -> Release:
    """Ask the law, then release a lamp's record to a member.

    Raises
    ------
    Withheld
        When something is missing; it says what, and who decides.
    """
    view = bench.kernel.record(officer, record)
    asked = Question(giver=bench.kernel.own, taker=to, topic=view.topic, policy=view.label.policy,
                     classification=view.label.classification)
    missing = bench.law.ask(officer, asked).answer.missing
    if missing:
        told = "; ".join(f"{one.kind or one.verdict}, {one.body or 'no one'} decides" for one in missing)
        raise Withheld(f"Not shared with {to}: {told}.")
    return bench.kernel.release(officer, record, to)
