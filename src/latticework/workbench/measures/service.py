"""Measures at one node: registered, computed for an officer, watched, bounded, released, and recomputed.

A value is never freer than what it was computed from: its label is the join of its inputs' labels, and it leaves the
node only as a labeled record that passes the gate. Two holders of the same records get the same value; where they do
not hold the same, :meth:`Measures.verify` says so instead of comparing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal, TypeVar, cast

import msgspec

from latticework.kernel.archive import Head
from latticework.kernel.core.authority import need
from latticework.kernel.errors import InvalidMeasure, InvalidRecord, LatticeworkError, NotFound, UnknownMeasure
from latticework.kernel.ids import MemberId, Post, RecordId
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Decision, Officer, Peer, Purpose
from latticework.kernel.records.record import Record
from latticework.kernel.views import RecordView
from latticework.workbench.measures import watching
from latticework.workbench.measures.inputs import Inputs
from latticework.workbench.measures.model import (
    OBSERVATION,
    VALUE,
    Bound,
    Measure,
    Observation,
    Plain,
    Reading,
    Value,
    state_of,
)
from latticework.workbench.measures.watching import Point, Watch

if TYPE_CHECKING:
    from latticework.workbench.bench import Workbench

P = TypeVar("P", bound=msgspec.Struct)
AnyMeasure = Measure[msgspec.Struct]

AGAIN_MS: Final = 3_600_000
"""A watched value is computed again this often though no record came: time itself may change it."""
SHARE_OF_TIME: Final = 20
"""What took t is not computed again before 20 t have passed: watching takes at most a twentieth of the node's time."""


class Computed(msgspec.Struct, frozen=True, kw_only=True):
    """A value as it was computed just now.

    Parameters
    ----------
    label
        The join of the inputs' labels; the own policy's lowest, for this member alone, without any input.
    inputs
        Ids of the records behind it, in order.
    """

    measure: AnyMeasure
    parameters: dict[str, Plain]
    at_ms: int
    reading: Reading
    label: Label
    inputs: tuple[RecordId, ...]
    digest: str


class WatchView(msgspec.Struct, frozen=True, kw_only=True):
    """A watch with its latest value, as one officer may see it; `point` is None when there is none to be seen."""

    watch: Watch
    point: Point | None


Outcome = Literal["same", "differs", "other records", "other version", "unknown measure"]


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What came of recomputing a released value.

    Parameters
    ----------
    outcome
        ``same``: the same records gave the same value. ``differs``: the same records gave another: somebody computed
        wrongly. ``other records``: not the same are held here, so nothing can be said. ``other version``,
        ``unknown measure``: this node computes it in another way, or not at all.
    own
        What was computed here, where it was.
    inputs_here
        How many records there were.
    """

    outcome: Outcome
    own: Reading | None = None
    inputs_here: int = 0


class Measures:
    """The measures of one node.

    Parameters
    ----------
    bench
        The node's workbench.
    """

    def __init__(self, bench: Workbench) -> None:
        self._bench, self._kernel = bench, bench.kernel
        self._known: dict[str, AnyMeasure] = {}
        self._inputs = Inputs(bench.kernel)
        self._due_ms: dict[int, int] = {}
        self._stale: set[int] = set()
        self._observed_ms: dict[tuple[str, bytes], int] = {}
        self._told: list[Callable[[Watch, Point], None]] = []

    # ---- what there is ---------------------------------------------------------------------------------------------

    def register(self, measure: Measure[P]) -> None:
        """Add a room's measure.

        Raises
        ------
        InvalidMeasure
            When its id is taken, or it observes without counting observations among its inputs.
        """
        if measure.id in self._known:
            raise InvalidMeasure(f"the measure {measure.id} is registered already; each belongs to one room.")
        if measure.observe is not None and OBSERVATION not in measure.kinds:
            raise InvalidMeasure(f"the measure {measure.id} observes, so it is computed from {OBSERVATION} records.")
        self._known[measure.id] = cast("AnyMeasure", measure)

    def known(self) -> tuple[AnyMeasure, ...]:
        """Return every measure of this node, by id."""
        return tuple(self._known[name] for name in sorted(self._known))

    def find(self, measure: str) -> AnyMeasure:
        """Return one measure, or raise :class:`UnknownMeasure`."""
        found = self._known.get(measure)
        if found is None:
            raise UnknownMeasure(f"no room of this node measures {measure[:60]!r}; latticework measures lists them.")
        return found

    def on_change(self, callback: Callable[[Watch, Point], None]) -> None:
        """Call `callback` whenever a watched value changed or crossed its bound."""
        self._told.append(callback)

    # ---- now, for one officer --------------------------------------------------------------------------------------

    def compute(
        self, officer: Officer, measure: str, parameters: Mapping[str, Plain] | None = None, *,
        partner: MemberId | None = None, at_ms: int | None = None,
    ) -> Computed:
        """Compute a measure over the records that `officer` may see.

        Parameters
        ----------
        partner
            Only over what this member and `partner` hold both; None: over all.
        at_ms
            As of when; None: now.

        Raises
        ------
        UnknownMeasure, InvalidMeasure
            When there is no such measure, or its parameters are wrong.
        """
        found = self.find(measure)
        plain = self._parameters(found, parameters or {})[0]
        seen, shared = self._kernel.sight(officer, Purpose.VIEW), self._basis(partner)
        when = self._kernel.clock.now_ms() if at_ms is None else at_ms
        return self._compute(found, plain, when, lambda head: seen(head) and shared(head))

    def verify(self, officer: Officer, record: RecordId) -> Verification:
        """Compute a released value again, from the records held here that the officer may see.

        Raises
        ------
        NotFound
            When there is no such record, or the officer may not see it.
        InvalidRecord
            When it is no value of a measure.
        """
        view = self._kernel.record(officer, record)
        value = view.body
        if not isinstance(value, Value):
            raise InvalidRecord("this record is no value of a measure, so there is nothing to recompute.")
        found = self._known.get(value.measure)
        if found is None:
            return Verification(outcome="unknown measure")
        if found.version != value.version:
            return Verification(outcome="other version")
        partner = self._other(value, view) if value.basis == "shared" else None
        computed = self.compute(officer, found.id, value.parameters, partner=partner, at_ms=value.at_ms)
        same = computed.digest == value.digest and len(computed.inputs) == value.inputs
        outcome: Outcome = "other records" if not same else "same" if computed.reading == value.reading else "differs"
        return Verification(outcome=outcome, own=computed.reading, inputs_here=len(computed.inputs))

    # ---- releasing -------------------------------------------------------------------------------------------------

    def label_for(self, computed: Computed, chosen: Label) -> Label:
        """Return the label of a value that is to be released: what was chosen, never freer than its inputs."""
        together = self._kernel.banner((computed.label, chosen)) if computed.inputs else chosen
        return together or chosen

    def verdicts(self, computed: Computed, chosen: Label) -> tuple[tuple[MemberId, Decision], ...]:
        """Return for each partner what the gate says about releasing the value, before anything is made."""
        label = self.label_for(computed, chosen)
        return tuple(
            (partner, self._kernel.gate(label, computed.measure.topic, Peer(partner), Purpose.RELEASE))
            for partner in self._kernel.state().partners
        )

    def release(
        self, officer: Officer, measure: str, parameters: Mapping[str, Plain] | None = None, *, label: Label,
        partner: MemberId | None = None, distribute: bool = False,
    ) -> Record:
        """Compute a measure over the records that the officer may see, and publish the value as a labeled record.

        Parameters
        ----------
        label
            At least; the inputs' labels are joined to it.
        partner
            Over what both hold, so that the partner can recompute it; None: over all.
        distribute
            Release it to whom the gate allows.
        """
        need(officer, "publish")
        computed = self.compute(officer, measure, parameters, partner=partner)
        found = computed.measure
        value = Value(
            measure=found.id, version=found.version, parameters=computed.parameters, title=found.title,
            unit=found.unit, at_ms=computed.at_ms, reading=computed.reading, partner=partner,
            basis="own" if partner is None else "shared", inputs=len(computed.inputs), digest=computed.digest,
        )
        final = self.label_for(computed, label)
        # Own originator first: the value is this member's statement, whoever else's records it was computed from.
        final = msgspec.structs.replace(final, originators=final.originators | {self._kernel.own})
        return self._kernel.publish(officer, VALUE, value, topic=found.topic, label=final, distribute=distribute)

    # ---- watching --------------------------------------------------------------------------------------------------

    def watch(
        self, officer: Officer | None, measure: str, parameters: Mapping[str, Plain] | None = None, *,
        partner: MemberId | None = None, bound: Bound | None = None,
    ) -> Watch:
        """Keep computing a measure from now on, with its history; None as officer: a room of this node asks for it.

        Watching the same thing twice gives the watch that is there.
        """
        if officer is not None:
            need(officer, "publish")
        found = self.find(measure)
        plain = self._parameters(found, parameters or {})[0]
        with self._kernel.store.snapshot() as reader:
            for watch in watching.watches(reader):
                if (watch.measure, watch.parameters, watch.partner) == (measure, plain, partner):
                    return watch
            number = watching.next_number(reader)
        watch = Watch(number=number, measure=found.id, parameters=plain, partner=partner, bound=bound,
                      by=officer.post if officer is not None else Post("node"), since_ms=self._kernel.clock.now_ms())
        self._kernel.in_transaction(lambda tx: watching.put_watch(tx, watch))
        self._measure(watch, self._kernel.clock.now_ms())  # whoever asked sees the value at once
        return watch

    def set_bound(self, officer: Officer, number: int, bound: Bound | None) -> Watch:
        """Say where a watched value should stay, or that it may be anything."""
        need(officer, "publish")
        watch = msgspec.structs.replace(self._watch(number), bound=bound)
        self._kernel.in_transaction(lambda tx: watching.put_watch(tx, watch))
        self._measure(watch, self._kernel.clock.now_ms())  # whoever asked sees the value at once
        return watch

    def unwatch(self, officer: Officer | None, number: int) -> None:
        """End a watch; its history goes with it, the records that it was computed from stay."""
        if officer is not None:
            need(officer, "publish")
        self._watch(number)
        self._kernel.in_transaction(lambda tx: watching.drop_watch(tx, number))
        self._due_ms.pop(number, None)
        self._kernel.announce("measure")

    def watches(self, officer: Officer) -> tuple[WatchView, ...]:
        """Return what this node watches: each of which the officer may see the latest value, and the post's own."""
        found: list[WatchView] = []
        with self._kernel.store.snapshot() as reader:
            for watch in watching.watches(reader):
                if watch.measure in self._known:
                    latest = watching.points(reader, watch.number, limit=1)
                    point = next(self._seen(officer, watch, latest), None)
                    if point is not None or watch.by == officer.post:
                        found.append(WatchView(watch=watch, point=point))
        return tuple(found)

    def history(self, officer: Officer, number: int, *, limit: int = 1_000) -> tuple[Point, ...]:
        """Return the values of a watch that the officer may see, newest first."""
        watch = self._watch(number)
        with self._kernel.store.snapshot() as reader:
            return tuple(self._seen(officer, watch, watching.points(reader, number, limit=limit)))

    def step(self, now_ms: int) -> None:
        """Observe what is due, and compute what new records, a changed bound or the hour made stale."""
        with self._kernel.store.snapshot() as reader:
            rows = [watch for watch in watching.watches(reader) if watch.measure in self._known]
        if not rows:
            return
        self._observe(rows, now_ms)
        news = self._inputs.refresh()
        for watch in rows:
            if news & self._known[watch.measure].kinds or watch.partner is not None:
                self._stale.add(watch.number)
            due = self._due_ms.get(watch.number, 0)
            if now_ms >= due + AGAIN_MS or (watch.number in self._stale and now_ms >= due):
                self._measure(watch, now_ms)

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _measure(self, watch: Watch, now_ms: int) -> None:
        measure = self._known[watch.measure]
        began = time.perf_counter()
        try:
            computed = self._compute(measure, watch.parameters, now_ms, self._basis(watch.partner))
        except InvalidMeasure as error:
            self._kernel.alarm(error.code, None, f"The measure {measure.id} cannot be computed: {error.message}")
            self._due_ms[watch.number] = now_ms + AGAIN_MS
            return
        finally:
            took_ms = (time.perf_counter() - began) * 1000
            self._due_ms[watch.number] = now_ms + max(1, int(took_ms * SHARE_OF_TIME))
            self._stale.discard(watch.number)
        point = Point(
            at_ms=now_ms, version=measure.version, reading=computed.reading, inputs=len(computed.inputs),
            digest=computed.digest, label=computed.label, state=state_of(computed.reading, watch.bound),
        )
        with self._kernel.store.snapshot() as reader:
            last = next(watching.points(reader, watch.number, limit=1), None)
        if point.differs(last):
            self._kernel.in_transaction(lambda tx: watching.put_point(tx, watch.number, point))
            self._kernel.announce("measure")
            for callback in self._told:
                callback(watch, point)

    def _observe(self, rows: list[Watch], now_ms: int) -> None:
        for watch in rows:
            measure = self._known[watch.measure]
            key = (measure.id, msgspec.json.encode(watch.parameters, order="deterministic"))
            last_ms = self._observed_ms.get(key)
            if measure.observe is None or (last_ms is not None and 0 <= now_ms - last_ms < measure.observe_every_ms):
                continue
            self._observed_ms[key] = now_ms
            seen = measure.observe(self._bench, self._parameters(measure, watch.parameters)[1])
            if seen is not None:
                self._kernel.publish_as_node(
                    OBSERVATION, Observation(measure=measure.id, parameters=watch.parameters,
                                             numbers={name: float(n) for name, n in seen.numbers.items()}),
                    topic=measure.topic, label=seen.label)

    def _compute(
        self, measure: AnyMeasure, plain: dict[str, Plain], at_ms: int, chosen: Callable[[Head], bool],
    ) -> Computed:
        selected = self._inputs.select(measure.kinds, at_ms, chosen)
        reading = measure.compute(selected.inputs, self._parameters(measure, plain)[1], at_ms)
        policy = self._kernel.policies[self._kernel.default_policy]
        alone = Label(policy=policy.name, classification=policy.lowest, originators=frozenset({self._kernel.own}))
        return Computed(
            measure=measure, parameters=plain, at_ms=at_ms, reading=reading, label=selected.label or alone,
            inputs=tuple(one.id for one in selected.inputs), digest=selected.digest,
        )

    def _basis(self, partner: MemberId | None) -> Callable[[Head], bool]:
        return (lambda head: True) if partner is None else self._inputs.shared_with(partner)

    def _other(self, value: Value, view: RecordView) -> MemberId:
        """Return with whom this member shares what a shared value was computed from.

        For its own value and for a third member's, nobody can do better than what is named: then the records differ.
        """
        return view.member if value.partner == self._kernel.own or value.partner is None else value.partner

    def _seen(self, officer: Officer, watch: Watch, points: Iterator[Point]) -> Iterator[Point]:
        topic = self._known[watch.measure].topic
        return (p for p in points if self._kernel.gate(p.label, topic, officer, Purpose.VIEW).allowed)

    def _watch(self, number: int) -> Watch:
        with self._kernel.store.snapshot() as reader:
            found = next((w for w in watching.watches(reader) if w.number == number), None)
        if found is None or found.measure not in self._known:
            raise NotFound(f"this node has no watch {number}; latticework measures lists them.")
        return found

    @staticmethod
    def _parameters(measure: AnyMeasure, given: Mapping[str, Plain]) -> tuple[dict[str, Plain], msgspec.Struct]:
        """Return parameters in full, as plain values and as the measure's own struct."""
        try:
            made = msgspec.convert(dict(given), measure.parameters, strict=False)
        except (msgspec.ValidationError, LatticeworkError) as error:
            raise InvalidMeasure(f"parameters of {measure.id}: {error}.") from None
        plain: dict[str, Plain] = msgspec.to_builtins(made)
        return plain, made

