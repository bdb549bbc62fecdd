"""Measures over the API: computed, watched, bounded, released, recomputed."""

from __future__ import annotations

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from latticework.kernel.ids import MemberId, Post, RecordId, Topic, parse_member, parse_record_id
from latticework.kernel.labels.label import Label
from latticework.shell.api.responses import said
from latticework.shell.api.schema import RecordOut, record_out
from latticework.shell.language import language
from latticework.shell.viewer import SeenBy, Viewer
from latticework.workbench.measures.model import Bound, Plain, Reading, State
from latticework.workbench.measures.service import AnyMeasure, Verification, WatchView
from latticework.workbench.measures.watching import Point


class MeasureOut(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of this node.

    Parameters
    ----------
    parameters
        Names of its parameters.
    """

    id: str
    version: int
    title: str
    how: str
    unit: str
    topic: Topic
    parameters: tuple[str, ...]


class WhatToMeasure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be computed: parameters by name, and over which records.

    Parameters
    ----------
    partner
        Only over what both hold; none: over all that you may see.
    at_ms
        As of when; none: now.
    """

    parameters: dict[str, Plain] = {}
    partner: str | None = None
    at_ms: int | None = None


class ComputedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A value as it was computed just now, with the records behind it."""

    measure: str
    parameters: dict[str, Plain]
    at_ms: int
    reading: Reading
    unit: str
    label: Label
    marking: str
    inputs: tuple[RecordId, ...]
    digest: str


class NewWatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be watched."""

    parameters: dict[str, Plain] = {}
    partner: str | None = None
    bound: Bound | None = None


class NewBound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a watched value should stay; none: anywhere."""

    bound: Bound | None = None


class NewValue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a value is to be released: the label counts as at least; the inputs' labels are joined to it."""

    label: Label
    parameters: dict[str, Plain] = {}
    partner: str | None = None
    distribute: bool = False


class PointOut(msgspec.Struct, frozen=True, kw_only=True):
    """One value in the history of a watch; it held until the next."""

    at_ms: int
    reading: Reading
    state: State
    inputs: int
    digest: str
    marking: str


class WatchOut(msgspec.Struct, frozen=True, kw_only=True):
    """One watched measure with its latest value, where you may see it."""

    number: int
    measure: str
    parameters: dict[str, Plain]
    partner: MemberId | None
    bound: Bound | None
    by: Post
    since_ms: int
    latest: PointOut | None


@get("/measures", sync_to_thread=False, **said("listMeasures", "measures"))
def list_measures(viewer: SeenBy) -> list[MeasureOut]:
    """List the measures of this node."""
    return [_measure(m) for m in viewer.bench.measures.known()]


@post("/measures/{measure:str}/compute", status_code=200, sync_to_thread=False, **said("computeMeasure", "measures"))
def compute(viewer: SeenBy, measure: FromPath[str], data: JSONBody[WhatToMeasure]) -> ComputedOut:
    """Compute a measure over the records that you may see."""
    c = viewer.bench.measures.compute(viewer.officer, measure, data.parameters, partner=_member(data.partner),
                                      at_ms=data.at_ms)
    return ComputedOut(measure=c.measure.id, parameters=c.parameters, at_ms=c.at_ms, reading=c.reading,
                       unit=c.measure.unit, label=c.label, marking=viewer.kernel.marking(c.label, language()),
                       inputs=c.inputs, digest=c.digest)


@post("/measures/{measure:str}/watches", status_code=201, sync_to_thread=False, **said("watchMeasure", "measures"))
def watch(viewer: SeenBy, measure: FromPath[str], data: JSONBody[NewWatch]) -> WatchOut:
    """Keep computing a measure from now on; the same thing twice gives the watch that is there."""
    measures = viewer.bench.measures
    made = measures.watch(viewer.officer, measure, data.parameters, partner=_member(data.partner), bound=data.bound)
    if data.bound is not None and made.bound != data.bound:
        made = measures.set_bound(viewer.officer, made.number, data.bound)
    return _watch(viewer, WatchView(watch=made, point=None))


@post("/measures/{measure:str}/values", status_code=201, sync_to_thread=False, **said("releaseMeasure", "measures"))
def release(viewer: SeenBy, measure: FromPath[str], data: JSONBody[NewValue]) -> RecordOut:
    """Publish the value of now as a labeled record."""
    label = data.label
    if not label.originators:
        label = msgspec.structs.replace(label, originators=frozenset({viewer.kernel.own}))
    made = viewer.bench.measures.release(viewer.officer, measure, data.parameters, label=label,
                                         partner=_member(data.partner), distribute=data.distribute)
    return record_out(viewer.kernel, viewer.kernel.record(viewer.officer, made.id), language())


@get("/watches", sync_to_thread=False, **said("listWatches", "measures"))
def list_watches(viewer: SeenBy) -> list[WatchOut]:
    """List what is watched, each with its latest value where you may see it."""
    return [_watch(viewer, row) for row in viewer.bench.measures.watches(viewer.officer)]


@get("/watches/{watched:int}/history", sync_to_thread=False, **said("getHistory", "measures"))
def get_history(viewer: SeenBy, watched: FromPath[int]) -> list[PointOut]:
    """Return the history of a watched value, newest first."""
    return [_point(viewer, p) for p in viewer.bench.measures.history(viewer.officer, watched)]


@post("/watches/{watched:int}/bound", status_code=200, sync_to_thread=False, **said("setBound", "measures"))
def set_bound(viewer: SeenBy, watched: FromPath[int], data: JSONBody[NewBound]) -> WatchOut:
    """Say where a watched value should stay."""
    return _watch(viewer, WatchView(
        watch=viewer.bench.measures.set_bound(viewer.officer, watched, data.bound), point=None))


@delete("/watches/{watched:int}", status_code=200, sync_to_thread=False, **said("endWatch", "measures"))
def end_watch(viewer: SeenBy, watched: FromPath[int]) -> dict[str, bool]:
    """End a watch; its history goes with it."""
    viewer.bench.measures.unwatch(viewer.officer, watched)
    return {"ended": True}


@get("/measures/values/{record:str}/verification", sync_to_thread=False, **said("verifyValue", "measures"))
def verify_value(viewer: SeenBy, record: FromPath[str]) -> Verification:
    """Recompute a released value from the records here that you may see."""
    return viewer.bench.measures.verify(viewer.officer, parse_record_id(record))


def _member(given: str | None) -> MemberId | None:
    return parse_member(given.upper()) if given else None


def _measure(measure: AnyMeasure) -> MeasureOut:
    return MeasureOut(id=measure.id, version=measure.version, title=measure.title, how=measure.how, unit=measure.unit,
                      topic=measure.topic, parameters=measure.parameters.__struct_fields__)


def _watch(viewer: Viewer, row: WatchView) -> WatchOut:
    w = row.watch
    return WatchOut(number=w.number, measure=w.measure, parameters=w.parameters, partner=w.partner, bound=w.bound,
                    by=w.by, since_ms=w.since_ms, latest=_point(viewer, row.point) if row.point is not None else None)


def _point(viewer: Viewer, point: Point) -> PointOut:
    return PointOut(at_ms=point.at_ms, reading=point.reading, state=point.state, inputs=point.inputs,
                    digest=point.digest, marking=viewer.kernel.marking(point.label, language()))


ROUTES = (list_measures, compute, watch, release, list_watches, get_history, set_bound, end_watch, verify_value)
