"""Measures on real kernels: the same records give the same number, a value is never freer than its inputs, bounds."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from latticework.kernel.errors import InvalidMeasure, NotFound, UnknownMeasure
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Role
from latticework.testing.kernels import KernelFederation, officer
from latticework.testing.lighthouse import service
from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp
from latticework.workbench.measures.model import VALUE, Bound, Reading, Value

HOUR_MS = 3_600_000


@pytest.fixture
def three(tmp_path: Path) -> Iterator[KernelFederation]:
    federation = KernelFederation(tmp_path)
    for name, bench in federation.benches.items():
        service.register_kinds(federation[name].kinds)
        service.join(bench)
    federation.arrange("JPN", "USA", topics=(TOPIC,), name="lights")
    yield federation
    for kernel in federation.kernels.values():
        kernel.close()


def label(own: str, level: int, *members: str) -> Label:
    release = Release(members=frozenset({own, *members})) if members else None
    return Label(policy="EXERCISE", classification=level, release=release, originators=frozenset({own}))


def put(federation: KernelFederation, own: str, name: str, *, lit: bool, level: int = 1, to: tuple[str, ...] = ("USA",)
        ) -> str:
    lamp = Lamp(name=name, latitude_deg=34.0, longitude_deg=129.0, height_m=30.0, range_m=20_000.0, burning=lit)
    made = federation[own].publish(officer(own), LAMP, lamp, topic=TOPIC, label=label(own, level, *to),
                                   distribute=True)
    federation.advance(1)  # the next one is made later: inputs come by time of making
    return made.id


def test_a_share_says_of_what(three: KernelFederation) -> None:
    for name, lit in (("A", True), ("B", False), ("C", True)):
        put(three, "JPN", name, lit=lit)
    put(three, "JPN", "A", lit=False)
    found = three.benches["JPN"].measures.compute(officer("JPN"), "lighthouse.lit-share")
    assert found.reading == Reading(value=float(Fraction(1, 3)), numerator=1.0, denominator=3.0)
    assert len(found.inputs) == 4
    assert found.label.classification == 1


def test_each_officer_gets_a_number_of_what_that_officer_may_see(three: KernelFederation) -> None:
    put(three, "JPN", "A", lit=True, level=0)
    put(three, "JPN", "B", lit=False, level=3)
    measures = three.benches["JPN"].measures
    assert measures.compute(officer("JPN"), "lighthouse.lit-share").reading.denominator == 2
    low = measures.compute(officer("JPN", "low", clearance=0), "lighthouse.lit-share")
    assert (low.reading.denominator, low.label.classification, len(low.inputs)) == (1, 0, 1)
    blind = measures.compute(officer("JPN", "admin", Role.ADMINISTRATOR), "lighthouse.lit-share")
    assert (blind.reading.value, blind.inputs) == (None, ())


def test_both_sides_of_a_shared_value_compute_the_same_to_the_last_bit(three: KernelFederation) -> None:
    put(three, "JPN", "A", lit=True)
    put(three, "USA", "B", lit=False, to=("JPN",))
    put(three, "JPN", "own", lit=False, to=())
    made = three.benches["JPN"].measures.release(
        officer("JPN"), "lighthouse.lit-share", label=label("JPN", 0, "USA"), partner="USA", distribute=True)
    three.settle()
    there = three["USA"].record(officer("USA"), made.id).body
    assert isinstance(there, Value)
    assert there.reading == Reading(value=0.5, numerator=1.0, denominator=2.0)
    assert there.inputs == 2
    for member in ("JPN", "USA"):
        outcome = three.benches[member].measures.verify(officer(member), made.id)
        assert (outcome.outcome, outcome.own, outcome.inputs_here) == ("same", there.reading, 2)


def test_a_value_that_the_records_do_not_give_is_found_out(three: KernelFederation) -> None:
    put(three, "JPN", "A", lit=True)
    honest = three.benches["JPN"].measures.release(
        officer("JPN"), "lighthouse.lit-share", label=label("JPN", 0, "USA"), partner="USA", distribute=True)
    value = three["JPN"].record(officer("JPN"), honest.id).body
    assert isinstance(value, Value)
    import msgspec
    lie = msgspec.structs.replace(value, reading=Reading(value=0.0, numerator=0.0, denominator=1.0))
    made = three["JPN"].publish(officer("JPN"), VALUE, lie, topic=TOPIC, label=label("JPN", 1, "USA"), distribute=True)
    three.settle()
    verify = three.benches["USA"].measures.verify
    assert verify(officer("USA"), honest.id).outcome == "same"
    assert verify(officer("USA"), made.id).outcome == "differs"


def test_without_the_same_records_nothing_is_said(three: KernelFederation) -> None:
    put(three, "JPN", "A", lit=True)
    put(three, "JPN", "own", lit=True, to=())
    made = three.benches["JPN"].measures.release(
        officer("JPN"), "lighthouse.lit-share", label=label("JPN", 1, "USA"), distribute=True)
    three.settle()
    with pytest.raises(NotFound):  # an input is for the originator alone, so the value is too
        three["USA"].record(officer("USA"), made.id)
    assert three.benches["JPN"].measures.verify(officer("JPN"), made.id).outcome == "same"
    low = officer("JPN", "low", clearance=1)
    put(three, "JPN", "B", lit=True, level=2)
    late = three.benches["JPN"].measures.release(officer("JPN"), "lighthouse.lit-share", label=label("JPN", 1))
    with pytest.raises(NotFound):
        three.benches["JPN"].measures.verify(low, late.id)


def test_a_value_bears_at_least_what_its_inputs_bear(three: KernelFederation) -> None:
    put(three, "JPN", "A", lit=True, level=2)
    put(three, "USA", "B", lit=True, level=1, to=("JPN",))
    measures = three.benches["JPN"].measures
    computed = measures.compute(officer("JPN"), "lighthouse.lit-share")
    final = measures.label_for(computed, label("JPN", 0, "AUS", "USA"))
    assert final.classification == 2
    assert final.release is not None
    assert final.release.members == {"JPN", "USA"}
    assert final.originators == {"JPN", "USA"}
    verdicts = {member: decision.allowed for member, decision in
                measures.verdicts(computed, label("JPN", 0, "AUS", "USA"))}
    assert verdicts == {"AUS": False, "USA": True}


def test_history_keeps_what_changed_and_the_bound_turns_it_bad(three: KernelFederation) -> None:
    measures = three.benches["JPN"].measures
    told: list[str] = []
    measures.on_change(lambda watch, point: told.append(point.state))
    put(three, "JPN", "A", lit=True)
    watch = measures.watch(officer("JPN"), "lighthouse.lit-share", bound=Bound(at_least=0.75))
    assert measures.watch(officer("JPN"), "lighthouse.lit-share").number == watch.number
    three.advance(2_000)
    put(three, "JPN", "B", lit=False)
    three.advance(2_000)
    three.advance(10_000)  # nothing new: no point
    measures.set_bound(officer("JPN"), watch.number, Bound(at_least=0.5))
    three.advance(1_000)
    history = measures.history(officer("JPN"), watch.number)
    assert [(p.reading.value, p.state) for p in reversed(history)] == [(1.0, "good"), (0.5, "bad"), (0.5, "good")]
    assert told == ["good", "bad", "good"]
    assert measures.history(officer("JPN", "low", clearance=0), watch.number) == ()
    assert measures.watches(officer("JPN", "low", clearance=0)) == ()
    measures.unwatch(officer("JPN"), watch.number)
    assert measures.watches(officer("JPN")) == ()
    with pytest.raises(NotFound):
        measures.history(officer("JPN"), watch.number)


def test_what_time_changes_is_computed_again_within_the_hour(three: KernelFederation) -> None:
    measures = three.benches["JPN"].measures
    put(three, "JPN", "A", lit=True)
    put(three, "JPN", "A", lit=False)
    watch = measures.watch(None, "lighthouse.hours-dark", {"lamp": "A"}, bound=Bound(at_most=1.5))
    three.advance(1_000)
    three.clock.advance(2 * HOUR_MS)
    three.advance(1_000)
    values = [(round(p.reading.value or 0, 2), p.state) for p in measures.history(officer("JPN"), watch.number)]
    assert values[0] == (2.0, "bad")
    assert values[-1] == (0.0, "good")


def test_the_running_system_is_observed_into_records(three: KernelFederation) -> None:
    measures = three.benches["JPN"].measures
    watch = measures.watch(officer("JPN"), "lighthouse.reach", bound=Bound(at_least=1))
    three.advance(5_000)
    latest = measures.history(officer("JPN"), watch.number)[0]
    assert latest.reading == Reading(value=1.0, numerator=2.0, denominator=2.0)
    assert three["JPN"].count(officer("JPN"), kind="measure.observation") == 1
    three.clock.advance(1_000_000)
    three.advance(2_000)
    assert three["JPN"].count(officer("JPN"), kind="measure.observation") == 2


def test_a_watch_survives_a_new_process(three: KernelFederation) -> None:
    from latticework.workbench.bench import Workbench

    put(three, "JPN", "A", lit=True)
    three.benches["JPN"].measures.watch(officer("JPN"), "lighthouse.lit-share")
    three.advance(1_000)
    again = Workbench(three["JPN"], three.home("JPN") / "workbench")
    service.join(again)
    put(three, "JPN", "B", lit=False)
    again.step()
    [row] = again.measures.watches(officer("JPN"))
    assert row.point is not None
    assert row.point.reading.value == 0.5


@pytest.mark.parametrize(("measure", "parameters", "error"), [
    ("attic.dust", {}, UnknownMeasure),
    ("lighthouse.hours-dark", {}, InvalidMeasure),
    ("lighthouse.hours-dark", {"lamp": " "}, InvalidMeasure),
    ("lighthouse.lit-share", {"lamp": "A"}, InvalidMeasure),
])
def test_what_cannot_be_measured_is_said(
    three: KernelFederation, measure: str, parameters: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        three.benches["JPN"].measures.compute(officer("JPN"), measure, parameters)


@pytest.mark.parametrize("wrong", [{}, {"at_least": 2.0, "at_most": 1.0}, {"at_most": float("nan")}])
def test_a_bound_checks_itself(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidMeasure):
        Bound(**wrong)
