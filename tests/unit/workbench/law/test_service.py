"""Law on real nodes: what two officers record binds the gate, to the millisecond, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from latticework.kernel.errors import ApprovalCycle, InvalidLaw, NotFound, NotPermitted, NotTightening
from latticework.kernel.exchange.streams import StreamKind
from latticework.kernel.identity import PendingAct
from latticework.kernel.ids import Kind, MemberId, RecordId, Topic
from latticework.kernel.kinds import Note
from latticework.kernel.labels import Label, Release
from latticework.kernel.policy import Levels
from latticework.kernel.policy.model import Role
from latticework.kernel.records.record import Record
from latticework.kernel.store.memory import MemoryStore
from latticework.testing.kernels import KernelFederation, officer
from latticework.workbench.law.model import (
    DAY_MS,
    Approval,
    ApprovalState,
    Body,
    LeadDays,
    Need,
    Question,
    Rule,
    Scope,
    Standing,
)

PLOT = np.dtype([("slot", "<u4"), ("label", "<u2"), ("value", "<f4")])
FIRST, SECOND = officer("JPN", "first"), officer("JPN", "second")


def label(*release: str, level: int = 1) -> Label:
    return Label(policy="EXERCISE", classification=level, originators=frozenset({MemberId("JPN")}),
                 release=Release(members=frozenset(release)) if release else None)


@pytest.fixture
def three(tmp_path: Path) -> Iterator[KernelFederation]:
    kind = StreamKind(name=Kind("test.plot"), version=1, dtype=PLOT, topic=Topic("air.tracks"), slots=64)
    federation = KernelFederation(tmp_path, stream_kinds=(kind,))
    federation["JPN"].officers.add(FIRST, "a long enough password", federation.clock.now_ms())
    federation.arrange("JPN", "USA", topics=("air.tracks", "law", "sea"))
    federation.arrange("AUS", "JPN", topics=("air.tracks",))
    yield federation
    for kernel in federation.kernels.values():
        kernel.close()


def decide(three: KernelFederation, body: Body, **more: object) -> RecordId:
    """Record by two officers and return the record."""
    law, jpn = three.benches["JPN"].law, three["JPN"]
    made = law.record(FIRST, body, **{"label": label(), **more})  # type: ignore[arg-type]
    if isinstance(made, PendingAct):
        before = {v.id for v in jpn.records(SECOND, topic="law").items}
        jpn.approve_act(SECOND, made.id)
        made = next(v for v in jpn.records(SECOND, topic="law").items if v.id not in before)  # type: ignore[assignment]
    return made.id  # type: ignore[union-attr]


def standing(three: KernelFederation, **changes: object) -> Standing:
    values: dict[str, object] = {
        "party": "USA", "topic": "air", "state": "assured", "regime": "Information-security agreement (invented)",
        "from_ms": three.clock.now_ms(), "levels": (Levels("EXERCISE", 0, 2),)}
    return Standing(**{**values, **changes})  # type: ignore[arg-type]


def rule(three: KernelFederation, effect: str = "forbids", *needs: Need, **scope: object) -> Rule:
    return Rule(title="Rule (invented)", effect=effect, scope=Scope(**scope), from_ms=three.clock.now_ms(), needs=needs)  # type: ignore[arg-type]


def note(three: KernelFederation, title: str, *, topic: str = "air.tracks", level: int = 1) -> Record:
    return three["JPN"].publish(FIRST, "note", Note(title=title, text=""), topic=topic,
                                label=label("JPN", "USA", "AUS", level=level), distribute=True)


def at(three: KernelFederation, member: str) -> set[str]:
    three.settle()
    return {v.title for v in three[member].records(officer(member), kind="note").items}


def question(topic: str = "air.tracks", level: int = 1) -> Question:
    return Question(giver=MemberId("JPN"), taker=MemberId("USA"), topic=Topic(topic), policy="EXERCISE",
                    classification=level)


def test_without_a_standing_on_record_the_arrangement_alone_decides(three: KernelFederation) -> None:
    note(three, "goes")
    assert at(three, "USA") == {"goes"}


def test_nothing_changes_before_the_second_officer_approves(three: KernelFederation) -> None:
    pending = three.benches["JPN"].law.record(FIRST, rule(three), label=label())
    note(three, "goes")
    assert at(three, "USA") == {"goes"}
    three["JPN"].approve_act(SECOND, pending.id)
    note(three, "stays")
    assert at(three, "USA") == {"goes"}


def test_a_standing_binds_its_party_its_topic_and_its_level(three: KernelFederation) -> None:
    decide(three, standing(three))
    note(three, "assured", level=2)
    note(three, "higher", level=3)
    note(three, "other topic", topic="sea", level=3)
    assert at(three, "USA") == {"assured", "other topic"}
    assert at(three, "AUS") == {"assured", "higher"}


def test_a_suspension_by_one_releaser_stops_at_once_and_only_two_officers_give_it_back(three: KernelFederation) -> None:
    law = three.benches["JPN"].law
    first = decide(three, standing(three))
    three.clock.advance(1_000)
    with pytest.raises(NotPermitted):
        law.suspend(officer("JPN", "author", Role.AUTHOR), first, "An incident (invented).")
    stopped = law.suspend(SECOND, first, "An incident (invented).")
    held = note(three, "held")
    assert at(three, "USA") == set()
    told = three["JPN"].explain(SECOND, held.id, MemberId("USA"))
    assert (told.decision.rule, told.decision.constraint) == ("R-07", stopped.id)
    assert [b.to for b in law.blocks(SECOND, stopped.id)] == ["USA"]
    assert law.blocks(SECOND, stopped.id)[0].records == 1
    three.clock.advance(1_000)
    decide(three, standing(three), amends=stopped.id)
    assert at(three, "USA") == {"held"}, "what was withheld follows"


def test_a_suspension_stops_an_open_stream_and_a_new_standing_opens_it_again(three: KernelFederation) -> None:
    jpn, usa, law = three["JPN"], three["USA"], three.benches["JPN"].law
    first = decide(three, standing(three))
    hub = jpn.stream("test.plot")
    hub.use_labels([label("JPN", "USA")])

    def offer(value: float) -> float | None:
        hub.offer(np.array([(1, 0, value)], dtype=PLOT))
        three.advance(2_500)
        views = [v for v in usa.stream("test.plot").latest(officer("USA")) if v.giver == "JPN"]
        return float(views[0].rows["value"][0]) if views and len(views[0].rows) else None

    assert offer(1.0) == 1.0
    stopped = law.suspend(SECOND, first, "An incident (invented).")
    assert offer(2.0) != 2.0
    decide(three, standing(three), amends=stopped.id)
    assert offer(3.0) == 3.0


def test_an_approval_opens_what_a_rule_ties_to_it_and_what_waited_follows(three: KernelFederation) -> None:
    law, jpn = three.benches["JPN"].law, three["JPN"]
    need = Need(kind="release-consent", body="Ministry (invented)", lead_days=LeadDays(10, 20, 40))
    tied = decide(three, rule(three, "needs approval", need, takers=("USA",), topics=("air",)))
    note(three, "waits")
    assert at(three, "USA") == set()
    asked = law.ask(SECOND, question())
    assert (asked.answer.verdict, asked.gate.rule) == ("needs approval", "R-09")  # type: ignore[union-attr]
    assert asked.answer.earliest_ms[1] == three.clock.now_ms() + 20 * DAY_MS
    wanted = decide(three, Approval(
        title="Release of tracks (invented)", kind="release-consent", holder=MemberId("JPN"), rule=tied,
        body="Ministry (invented)", scope=Scope(takers=(MemberId("USA"),)), lead_days=need.lead_days))
    law.set_state(SECOND, ApprovalState(approval=wanted, state="asked", from_ms=three.clock.now_ms(), by="desk"))
    granted = law.set_state(FIRST, ApprovalState(approval=wanted, state="granted", by="Ministry (invented)",
                                                 from_ms=three.clock.now_ms(), until_ms=three.clock.now_ms() + 60_000))
    assert isinstance(granted, PendingAct)
    assert at(three, "USA") == set()
    jpn.approve_act(SECOND, granted.id)
    assert at(three, "USA") == {"waits"}
    assert law.ask(SECOND, question()).answer.verdict == "lawful"
    three.clock.advance(59_999)
    note(three, "last millisecond")
    assert at(three, "USA") == {"waits", "last millisecond"}
    three.clock.advance(1)
    note(three, "too late")
    assert at(three, "USA") == {"waits", "last millisecond"}


def test_a_revoked_approval_stops_at_once(three: KernelFederation) -> None:
    law = three.benches["JPN"].law
    need = Need(kind="release-consent", body="Ministry (invented)", lead_days=LeadDays(1, 1, 1))
    decide(three, rule(three, "needs approval", need, takers=("USA",)))
    wanted = decide(three, Approval(title="x", kind="release-consent", holder=MemberId("JPN"), body="Ministry",
                                    scope=Scope(), lead_days=need.lead_days))
    decide(three, ApprovalState(approval=wanted, state="granted", from_ms=three.clock.now_ms(), by="Ministry"))
    note(three, "goes")
    assert at(three, "USA") == {"goes"}
    three.clock.advance(1_000)
    law.set_state(SECOND, ApprovalState(approval=wanted, state="revoked", from_ms=three.clock.now_ms(), by="Ministry"))
    note(three, "stays")
    assert at(three, "USA") == {"goes"}


def test_one_officer_alone_only_tightens(three: KernelFederation) -> None:
    law = three.benches["JPN"].law
    first = decide(three, standing(three))
    for wrong, amends in ((standing(three), first), (standing(three, state="suspended", levels=()), None),
                          (standing(three, state="suspended", levels=(), topic="sea"), first)):
        with pytest.raises(NotTightening):
            law.at_once(SECOND, wrong, label=label(), amends=amends)


def test_what_a_partner_declares_is_information_and_binds_only_the_partner(three: KernelFederation) -> None:
    usa, theirs = three["USA"], three.benches["USA"].law
    first = officer("USA", "first")
    usa.officers.add(first, "a long enough password", three.clock.now_ms())
    about = msgspec.structs.replace(standing(three, state="suspended", levels=()), party=MemberId("JPN"))
    shown = Label(policy="EXERCISE", classification=0, originators=frozenset({MemberId("USA")}),
                  release=Release(members=frozenset({MemberId("JPN"), MemberId("USA")})))
    pending = theirs.record(first, about, label=shown, distribute=True)
    usa.approve_act(officer("USA", "second"), pending.id)
    three.settle()
    known = three.benches["JPN"].law.book(SECOND)
    assert [e.author for e in known.entries.values()] == ["USA"]
    note(three, "still goes")
    assert at(three, "USA") == {"still goes"}
    back = Question(giver=MemberId("USA"), taker=MemberId("JPN"), topic=Topic("air"), policy="EXERCISE",
                    classification=0)
    told = three.benches["JPN"].law.ask(SECOND, back)
    assert (told.answer.verdict, told.gate) == ("not assured", None)


def test_records_that_the_officer_may_not_see_are_not_in_the_book_but_bind_the_gate(three: KernelFederation) -> None:
    decide(three, rule(three), label=label(level=3))
    low = officer("JPN", "low", clearance=1)
    told = three.benches["JPN"].law.ask(low, question())
    assert (told.answer.verdict, told.gate.rule) == ("lawful", "R-08")  # type: ignore[union-attr]
    assert "Rule" not in told.gate.reason  # type: ignore[union-attr]


def test_only_own_records_are_replaced_excepted_or_answered(three: KernelFederation) -> None:
    law = three.benches["JPN"].law
    other = note(three, "a note").id
    for body, more in ((rule(three), {"amends": other}),
                       (msgspec.structs.replace(rule(three, "permits"), exception_to=(other,)), {}),
                       (ApprovalState(approval=other, state="granted", from_ms=0, by="x"), {})):
        with pytest.raises(InvalidLaw):
            law.record(FIRST, body, label=label(), **more)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        law.record(FIRST, rule(three), label=label(), amends=RecordId("f" * 64))


def test_a_rule_that_would_close_a_cycle_of_approvals_is_refused_when_it_is_recorded(three: KernelFederation) -> None:
    one, two = (Need(kind=a, after=(b,), body="x", lead_days=LeadDays(1, 1, 1)) for a, b in (("a", "b"), ("b", "a")))
    decide(three, rule(three, "needs approval", one))
    with pytest.raises(ApprovalCycle, match="→"):
        three.benches["JPN"].law.record(FIRST, rule(three, "needs approval", two), label=label())


def test_conditions_that_a_room_knows_decide_at_the_gate(three: KernelFederation) -> None:
    law = three.benches["JPN"].law
    decide(three, rule(three, conditions=("peacetime",)))
    note(three, "first")
    assert at(three, "USA") == set(), "what cannot be told restricts"
    law.know_conditions(lambda: frozenset({"armed attack"}))
    assert at(three, "USA") == {"first"}


def test_what_was_known_at_a_time_can_be_asked_again(three: KernelFederation) -> None:
    law = three.benches["JPN"].law
    before = three.clock.now_ms()
    three.clock.advance(1_000)
    decide(three, msgspec.structs.replace(rule(three), from_ms=before - DAY_MS))
    assert law.ask(SECOND, question(), at_ms=before).answer.verdict == "forbidden"
    assert law.ask(SECOND, question(), at_ms=before, known_ms=before).answer.verdict == "lawful"


def test_it_is_derived_again_after_a_restart(three: KernelFederation) -> None:
    from latticework.workbench.law.service import Law

    assert isinstance(three["JPN"].store, MemoryStore)
    decide(three, rule(three))
    again = Law(three.benches["JPN"])
    assert again.constraints() == three.benches["JPN"].law.constraints() != []
