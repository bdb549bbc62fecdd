"""Measures: what is watched and how it stands, one measure computed now, its history, and values to recompute."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from latticework.kernel.errors import InvalidMeasure, LatticeworkError, NotFound
from latticework.kernel.ids import MemberId, parse_member, parse_record_id
from latticework.kernel.policy.model import Decision
from latticework.kernel.views import RecordView
from latticework.shell.forms import Form, every_value
from latticework.shell.language import N_, _, grouped, language, ngettext
from latticework.shell.notices import told
from latticework.shell.render import part, show
from latticework.shell.sentences import say
from latticework.shell.viewer import SeenBy, Viewer
from latticework.workbench.measures.model import VALUE, Bound, Plain, Reading
from latticework.workbench.measures.service import AnyMeasure, Computed

SHOWN: Final = 100
"""Rows of a history, and records behind a value, that a page shows."""

OUTCOMES: Final[dict[str, tuple[str, str]]] = {
    "same": ("good", N_("The records that you may see here give the same value, to the last bit.")),
    "differs": ("bad", N_("The same records give another value here: %(own)s. One of the two computed wrongly.")),
    "other records": ("caution", N_("It cannot be compared: not the same records are here for you (%(here)s; the value "
                                    "was computed from %(there)s).")),
    "other version": ("caution", N_("It cannot be compared: this node computes the measure in another version.")),
    "unknown measure": ("caution", N_("It cannot be compared: no room of this node has that measure.")),
}


class Asked(NamedTuple):
    """One parameter of a measure, as its form shows it."""

    name: str
    value: str
    required: bool


def number(value: float | None) -> str:
    """Write a number for people: grouped, at most four significant digits behind the point, a dash for none."""
    if value is None:
        return "–"
    if value == int(value) and abs(value) < 1e15:
        return grouped(value)
    return f"{value:,.4g}".replace(",", "\N{NARROW NO-BREAK SPACE}") if abs(value) < 1e4 else grouped(value)


def words(reading: Reading, unit: str) -> str:
    """Write a reading: a share as part of its whole, else the number with its unit and interval."""
    if reading.value is None:
        return _("nothing to measure yet")
    if reading.numerator is not None:
        return _("%(part)s of %(all)s", part=number(reading.numerator), all=number(reading.denominator))
    interval = f" ({number(reading.low)}–{number(reading.high)})" if reading.low is not None else ""
    return f"{number(reading.value)} {unit}{interval}".strip()


def bound_words(bound: Bound | None, unit: str) -> str:
    """Write where a value should stay."""
    if bound is None:
        return _("no bound")
    if bound.at_least is None:
        return _("at most %(n)s", n=f"{number(bound.at_most)} {unit}".strip())
    if bound.at_most is None:
        return _("at least %(n)s", n=f"{number(bound.at_least)} {unit}".strip())
    return f"{number(bound.at_least)}–{number(bound.at_most)} {unit}".strip()


@get("/measures", sync_to_thread=False)
def listing(viewer: SeenBy) -> Response[str]:
    """Show what is watched, what can be measured, and values that were released."""
    measures = viewer.bench.measures
    watches = sorted(measures.watches(viewer.officer), key=lambda w: (w.point is None or w.point.state != "bad"))
    bad = sum(w.point is not None and w.point.state == "bad" for w in watches)
    values = viewer.kernel.records(viewer.officer, kind=VALUE, limit=50).items
    labels = [w.point.label for w in watches if w.point is not None] + [v.label for v in values]
    title = (
        ngettext("%(n)s watched value is out of its bound", "%(n)s watched values are out of their bounds", bad) if bad
        else ngettext("%(n)s value is watched; none is out of its bound",
                      "%(n)s values are watched; none is out of its bound", len(watches)) if watches
        else _("Nothing is watched yet")
    )
    return show(viewer, "measures/list.html", title=title, labels=labels, watches=watches, known=measures.known(),
                find=measures.find, values=values, words=words, bound_words=bound_words,
                letters=viewer.zone.letters(viewer.now_ms))


@get("/measures/{measure:str}", sync_to_thread=False)
def detail(request: Request[Any, Any, Any], viewer: SeenBy, measure: FromPath[str]) -> Response[str]:
    """Compute one measure now, and show what is behind it."""
    found = viewer.bench.measures.find(measure)
    given = {"classification": str(_lowest(viewer)), "release": "own", **dict(request.query_params)}
    return _page(viewer, found, Form(given))


def _page(viewer: Viewer, measure: AnyMeasure, form: Form, *, status: int = 200) -> Response[str]:
    computed: Computed | None = None
    try:
        if form["partner"] or not _needs(measure, form):
            computed = _computed(viewer, measure, form)
    except LatticeworkError as error:
        form.wrong("parameters", say(error.message))
    inputs = _records(viewer, computed.inputs[-SHOWN:]) if computed is not None else []
    title = (_("%(title)s: choose what to measure", title=_(measure.title)) if computed is None
             else f"{_(measure.title)}: {words(computed.reading, measure.unit)}")
    policy = viewer.kernel.policies[viewer.kernel.default_policy]
    return show(
        viewer, "measures/detail.html", title=title, labels=[computed.label] if computed is not None else [],
        measure=measure, computed=computed, form=form, asked=_asked(measure, form), words=words, number=number,
        inputs=inputs, status=status, partners=viewer.kernel.state().partners, policy=policy,
        levels=[(n, policy.classification_name(n, language())) for n in policy.levels],
        preview=_verdicts(viewer, computed, form) if computed is not None else [],
    )


def _lowest(viewer: Viewer) -> int:
    return viewer.kernel.policies[viewer.kernel.default_policy].lowest


def _needs(measure: AnyMeasure, form: Form) -> bool:
    return any(a.required and not a.value for a in _asked(measure, form))


def _asked(measure: AnyMeasure, form: Form) -> list[Asked]:
    return [Asked(f.name, form[f.name] or ("" if f.required else str(f.default)), f.required)
            for f in msgspec.structs.fields(measure.parameters)]


def _parameters(measure: AnyMeasure, form: Form) -> dict[str, Plain]:
    return {a.name: a.value for a in _asked(measure, form) if a.value}


def _partner(viewer: Viewer, form: Form) -> MemberId | None:
    return parse_member(form["partner"].upper()) if form["partner"] else None


def _computed(viewer: Viewer, measure: AnyMeasure, form: Form) -> Computed:
    return viewer.bench.measures.compute(viewer.officer, measure.id, _parameters(measure, form),
                                         partner=_partner(viewer, form))


def _records(viewer: Viewer, ids: tuple[Any, ...]) -> list[RecordView]:
    found = []
    for record in reversed(ids):
        try:
            found.append(viewer.kernel.record(viewer.officer, record))
        except NotFound:  # pragma: no cover - it was seen a moment ago
            continue
    return found


def _verdicts(viewer: Viewer, computed: Computed, form: Form) -> list[tuple[MemberId, Decision]]:
    label = Form(form._values).label(viewer.kernel)
    return list(viewer.bench.measures.verdicts(computed, label)) if label is not None else []


@post("/measures/{measure:str}/verdicts", status_code=200)
async def verdicts(request: Request[Any, Any, Any], viewer: SeenBy, measure: FromPath[str]) -> Response[str]:
    """Show, as a fragment, who would get the value under the label as the form stands now."""
    form = Form(every_value(await request.form()))
    computed = _computed(viewer, viewer.bench.measures.find(measure), form)
    return part(viewer, "records/preview.html", preview=_verdicts(viewer, computed, form), form=form)


@post("/measures/{measure:str}/watch", status_code=303)
async def watch(request: Request[Any, Any, Any], viewer: SeenBy, measure: FromPath[str]) -> Response[Any]:
    """Keep computing a measure, with a bound or without."""
    form, found = Form(every_value(await request.form())), viewer.bench.measures.find(measure)
    try:
        bound = read_bound(form)
        made = viewer.bench.measures.watch(viewer.officer, found.id, _parameters(found, form),
                                           partner=_partner(viewer, form), bound=bound)
        if made.bound != bound:
            viewer.bench.measures.set_bound(viewer.officer, made.number, bound)
    except InvalidMeasure as error:
        form.wrong("bound", say(error.message))
        return _page(viewer, found, form, status=400)
    return told(viewer, Redirect(f"/measures/watches/{made.number}", status_code=303), _("It is watched from now on"))


def read_bound(form: Form) -> Bound | None:
    """Read a bound; two empty fields mean none."""
    low, high = form["at_least"], form["at_most"]
    if not low and not high:
        return None
    try:
        return Bound(at_least=float(low) if low else None, at_most=float(high) if high else None)
    except ValueError:
        raise InvalidMeasure("a bound is a number such as 0.75.") from None


@post("/measures/{measure:str}/release", status_code=303)
async def release(request: Request[Any, Any, Any], viewer: SeenBy, measure: FromPath[str]) -> Response[Any]:
    """Publish the value of now as a labeled record."""
    form, found = Form(every_value(await request.form())), viewer.bench.measures.find(measure)
    label = form.label(viewer.kernel)
    if label is None:
        return _page(viewer, found, form, status=400)
    record = viewer.bench.measures.release(
        viewer.officer, found.id, _parameters(found, form), label=label, partner=_partner(viewer, form),
        distribute=form["distribute"] == "1")
    return told(viewer, Redirect(f"/records/{record.id}", status_code=303),
                _("Published: signed and entered in the ledger"))


@get("/measures/watches/{watched:int}", sync_to_thread=False)
def history(viewer: SeenBy, watched: FromPath[int]) -> Response[str]:
    """Show the history of a watched value."""
    measures = viewer.bench.measures
    row = next((w for w in measures.watches(viewer.officer) if w.watch.number == watched), None)
    if row is None:
        raise NotFound(f"this node has no watch {watched}; latticework measures lists them.")
    points = measures.history(viewer.officer, watched, limit=SHOWN)
    measure = measures.find(row.watch.measure)
    state = words(row.point.reading, measure.unit) if row.point is not None else _("nothing to measure yet")
    return show(viewer, "measures/history.html", title=f"{_(measure.title)}: {state}", row=row, measure=measure,
                labels=[p.label for p in points], points=points, words=words, bound_words=bound_words, number=number,
                letters=viewer.zone.letters(viewer.now_ms))


@post("/measures/watches/{watched:int}/bound", status_code=303)
async def rebound(request: Request[Any, Any, Any], viewer: SeenBy, watched: FromPath[int]) -> Response[Any]:
    """Say where a watched value should stay."""
    viewer.bench.measures.set_bound(viewer.officer, watched, read_bound(Form(dict(await request.form()))))
    return told(viewer, Redirect(f"/measures/watches/{watched}", status_code=303), _("The bound is set"))


@post("/measures/watches/{watched:int}/end", status_code=303)
async def unwatch(viewer: SeenBy, watched: FromPath[int]) -> Response[Any]:
    """End a watch."""
    viewer.bench.measures.unwatch(viewer.officer, watched)
    return told(viewer, Redirect("/measures", status_code=303), _("It is no longer watched"))


@get("/measures/values/{record:str}", sync_to_thread=False)
def verify(viewer: SeenBy, record: FromPath[str]) -> Response[str]:
    """Recompute a released value from the records that are here."""
    view = viewer.kernel.record(viewer.officer, parse_record_id(record))
    found = viewer.bench.measures.verify(viewer.officer, view.id)
    shape, sentence = OUTCOMES[found.outcome]
    value: Any = view.body
    said = _(sentence, own=words(found.own, value.unit) if found.own is not None else "",
             here=grouped(found.inputs_here), there=grouped(value.inputs))
    return show(viewer, "measures/verify.html", title=_("%(title)s, recomputed", title=_(value.title)),
                labels=[view.label], record=view, value=value, found=found, shape=shape, said=said, words=words)


ROUTES = (listing, detail, verdicts, watch, release, history, rebound, unwatch, verify)
