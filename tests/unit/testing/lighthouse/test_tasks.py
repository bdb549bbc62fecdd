"""The dummy room asks a partner about a lamp, and the answer, or silence, settles the lamp's record."""

from __future__ import annotations

from pathlib import Path

import pytest

from latticework.kernel.core import Kernel
from latticework.kernel.errors import NotFound
from latticework.kernel.ids import MemberId, Post, RecordId
from latticework.kernel.kinds import NOTE, Note
from latticework.kernel.labels.label import Label, Release
from latticework.testing.kernels import KernelFederation, officer
from latticework.testing.lighthouse import service
from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp
from latticework.testing.lighthouse.tasks import confirm_outage
from latticework.workbench.tasks.model import GRACE_MS, Party

LABEL = Label(policy="EXERCISE", classification=1, originators=frozenset({MemberId("JPN")}),
              release=Release(members=frozenset({"JPN", "USA"})))
WHO = Party(MemberId("USA"), Post("desk post"))


@pytest.fixture
def federation(tmp_path: Path) -> KernelFederation:
    found = KernelFederation(tmp_path, ("JPN", "USA"))
    for member, bench in found.benches.items():
        service.register_kinds(found[member].kinds)
        service.join(bench)
    found.arrange("JPN", "USA", topics=("maritime",))
    return found


def lamp(kernel: Kernel, *, burning: bool = True) -> RecordId:
    body = Lamp(name="Invented Point", latitude_deg=34.5, longitude_deg=129.3, height_m=40.0, range_m=30_000.0,
                burning=burning)
    return kernel.publish(officer("JPN"), LAMP, body, topic=TOPIC, label=LABEL, distribute=True).id


def burns(kernel: Kernel) -> bool:
    return service.lamps(kernel, officer(kernel.own))[0][1].burning


@pytest.mark.parametrize(("says", "after"), [("consents", False), ("refuses", True)])
def test_the_answer_settles_the_lamp_at_both_members(federation: KernelFederation, says: str, after: bool) -> None:
    jpn, usa = federation["JPN"], federation["USA"]
    task = confirm_outage(federation.benches["JPN"], officer("JPN"), lamp(jpn), WHO)
    federation.settle()
    federation.benches["USA"].tasks.answer(officer("USA"), task.id, says)  # type: ignore[arg-type]
    federation.advance(1_000)
    assert (burns(jpn), burns(usa)) == (after, after)


def test_silence_is_consent_here(federation: KernelFederation) -> None:
    confirm_outage(federation.benches["JPN"], officer("JPN"), lamp(federation["JPN"]), WHO, hours=1)
    federation.settle()
    federation.clock.advance(3_600_000 + GRACE_MS)
    federation.advance(6_000, 1_000)
    assert not burns(federation["JPN"])
    assert not burns(federation["USA"])


def test_only_a_lamp_can_be_asked_about(federation: KernelFederation) -> None:
    note = federation["JPN"].publish(officer("JPN"), NOTE, Note(title="x", text="y"), topic=TOPIC, label=LABEL)
    with pytest.raises(NotFound, match="no lamp"):
        confirm_outage(federation.benches["JPN"], officer("JPN"), note.id, WHO)
