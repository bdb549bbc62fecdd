"""The auditor's view: acts and releases in one order, narrowed, paged without gap or repetition, seen things noted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from latticework.kernel.core.audit import AuditFilter, AuditLine
from latticework.kernel.errors import InvalidRecord, NotPermitted, Withheld
from latticework.kernel.ids import MemberId
from latticework.kernel.kinds import NOTE, Note
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Role
from latticework.testing.kernels import KernelFederation, officer

AUDITOR = officer("JPN", "audit", Role.AUDITOR)


@pytest.fixture
def three(tmp_path: Path) -> Iterator[KernelFederation]:
    federation = KernelFederation(tmp_path)
    federation.arrange("JPN", "USA", topics=("air",), name="air")
    yield federation
    for kernel in federation.kernels.values():
        kernel.close()


def note(three: KernelFederation, title: str, *, distribute: bool = False, topic: str = "air.notes") -> str:
    label = Label(policy="EXERCISE", classification=1, release=Release(members=frozenset({"JPN", "USA"})),
                  originators=frozenset({MemberId("JPN")}))
    return three["JPN"].publish(officer("JPN"), NOTE, Note(title=title, text=""), topic=topic, label=label,
                                distribute=distribute).id


def walk(three: KernelFederation, wanted: AuditFilter | None = None, limit: int = 3) -> list[AuditLine]:
    found: list[AuditLine] = []
    after: str | None = None
    while True:
        page = three["JPN"].audit(AUDITOR, wanted, after=after, limit=limit)
        found += page.items
        after = page.next
        if after is None:
            return found


def test_acts_and_releases_stand_in_one_order_and_pages_cut_nothing(three: KernelFederation) -> None:
    for number in range(7):
        note(three, f"n{number}", distribute=number % 2 == 0)
        three.advance(500)
    everything = walk(three, limit=500)
    assert [line.at_ms for line in everything] == sorted((line.at_ms for line in everything), reverse=True)
    assert walk(three, limit=3) == everything
    assert sum(line.act == "publish" for line in everything) == 7
    released = [line for line in everything if line.act == "ledger.released" and line.record]
    assert {line.to for line in released} == {"USA"}
    assert all(line.rule.startswith("R-") for line in released)
    assert all(line.officer is None for line in released)


def test_what_was_not_permitted_is_there_with_its_rule(three: KernelFederation) -> None:
    record = note(three, "to nobody", topic="maritime.notes")
    with pytest.raises(Withheld):
        three["JPN"].release(officer("JPN"), record, MemberId("USA"))  # type: ignore[arg-type]
    [line] = walk(three, AuditFilter(refused=True))
    assert (line.act, line.allowed, line.to, line.record, line.officer) == ("release", False, "USA", record, "desk")
    assert line.rule.startswith("R-")


def test_what_an_officer_saw_and_exported_is_noted_once_an_hour(three: KernelFederation) -> None:
    kernel, desk, record = three["JPN"], officer("JPN"), note(three, "seen")
    view = kernel.record(desk, record)  # type: ignore[arg-type]
    for _ in range(3):
        kernel.note_seen(desk, view)
    three.clock.advance(3_600_001)
    kernel.note_seen(desk, view)
    kernel.envelope(desk, record)  # type: ignore[arg-type]
    acts = [line.act for line in walk(three, AuditFilter(act="record", record=record))]  # type: ignore[arg-type]
    assert acts == ["record.export", "record.view", "record.view"]


def test_it_is_narrowed_by_officer_act_member_and_time(three: KernelFederation) -> None:
    note(three, "first", distribute=True)
    three.advance(5_000)
    middle = three.clock.now_ms()
    note(three, "second", distribute=True)
    assert {line.officer for line in walk(three, AuditFilter(officer="first"))} == {"first"}
    assert {line.act for line in walk(three, AuditFilter(act="ledger"))} == {"ledger.released"}
    assert all(line.at_ms >= middle for line in walk(three, AuditFilter(from_ms=middle)))
    early = walk(three, AuditFilter(until_ms=middle))
    assert early
    assert all(line.at_ms < middle for line in early)
    assert {line.to for line in walk(three, AuditFilter(to=MemberId("USA")))} == {"USA"}
    assert len(walk(three, AuditFilter(from_ms=middle))) + len(early) == len(walk(three))


def test_only_an_auditor_reads_it_and_discreet_records_only_when_asked(three: KernelFederation) -> None:
    with pytest.raises(NotPermitted):
        three["JPN"].audit(officer("JPN"))
    three.arrange("JPN", "USA", topics=("plans.quiet",), name="quiet", discreet=True)
    hidden = three["JPN"].discreet_records()
    assert not {line.record for line in walk(three)} & hidden
    asked = three["JPN"].audit(AUDITOR, limit=500, discreet=True).items
    assert {line.record for line in asked} & hidden


@pytest.mark.parametrize("after", ["x", "1", "1.x", "-1.2", "9" * 30 + ".1"])
def test_a_wrong_cursor_is_said(three: KernelFederation, after: str) -> None:
    with pytest.raises(InvalidRecord, match="cursor"):
        three["JPN"].audit(AUDITOR, after=after)
