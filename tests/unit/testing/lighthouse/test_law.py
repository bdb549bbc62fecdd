"""The dummy room asks the law before it shares, and what it says names who decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from latticework.kernel.errors import Withheld
from latticework.kernel.identity import PendingAct
from latticework.kernel.ids import MemberId
from latticework.kernel.labels.label import Label, Release
from latticework.testing.kernels import KernelFederation, officer
from latticework.testing.lighthouse import law, service
from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp
from latticework.workbench.law.model import Approval, ApprovalState, LeadDays, Scope


def test_an_outage_is_shared_only_with_consent(tmp_path: Path) -> None:
    two = KernelFederation(tmp_path, ("JPN", "USA"))
    for kernel in two.kernels.values():
        service.register_kinds(kernel.kinds)
    two.arrange("JPN", "USA", topics=(TOPIC,))
    jpn, bench, usa = two["JPN"], two.benches["JPN"], MemberId("USA")
    first, second = officer("JPN", "first"), officer("JPN", "second")
    jpn.officers.add(first, "a long enough password", two.clock.now_ms())
    label = Label(policy="EXERCISE", classification=1, originators=frozenset({jpn.own}),
                  release=Release(members=frozenset({jpn.own, usa})))
    lamp = Lamp(name="North", latitude_deg=34.0, longitude_deg=129.0, height_m=30.0, range_m=2e4, burning=False)

    def outage() -> str:
        return jpn.publish(first, LAMP, lamp, topic=TOPIC, label=label).id

    assert law.share(bench, first, outage(), usa).to == usa
    pending = law.propose_rule(bench, first, label)
    assert isinstance(pending, PendingAct)
    jpn.approve_act(second, pending.id)
    held = outage()
    with pytest.raises(Withheld, match="outage-consent, Coast authority decides"):
        law.share(bench, first, held, usa)
    consent = bench.law.record(first, Approval(
        title="Consent", kind=law.CONSENT, holder=jpn.own, body="Coast authority", scope=Scope(topics=(TOPIC,)),
        lead_days=LeadDays(1, 3, 10)), label=label)
    granted = bench.law.set_state(first, ApprovalState(
        approval=consent.id, state="granted", from_ms=two.clock.now_ms(), by="Coast authority"))
    jpn.approve_act(second, granted.id)
    assert law.share(bench, first, held, usa).to == usa
    for kernel in two.kernels.values():
        kernel.close()
