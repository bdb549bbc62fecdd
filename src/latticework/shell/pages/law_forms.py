"""Recording law: the forms for a rule, a standing and an approval, and reading them field by field."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from latticework.kernel.clock import iso_utc
from latticework.kernel.codec import decode
from latticework.kernel.core.authority import need
from latticework.kernel.core.guarded import PublishRecord
from latticework.kernel.errors import LatticeworkError, NotFound
from latticework.kernel.ids import RecordId
from latticework.kernel.policy import Levels
from latticework.shell import acts, language, times
from latticework.shell.forms import Form, every_value
from latticework.shell.language import N_, _
from latticework.shell.pages.law import EFFECTS, recorded
from latticework.shell.render import show
from latticework.shell.sentences import say
from latticework.shell.viewer import SeenBy, Viewer
from latticework.workbench.law.model import (
    SHARE,
    Approval,
    Body,
    LeadDays,
    Need,
    Rule,
    Scope,
    Standing,
)

TITLES: Final[dict[str, str]] = {
    "rule": N_("Record a rule of law"), "standing": N_("Record a security standing"),
    "approval": N_("Record an approval that is needed"),
}


@get("/law/new/{kind:str}", sync_to_thread=False)
def new_page(request: Request[Any, Any, Any], viewer: SeenBy, kind: FromPath[str]) -> Response[str]:
    """Show the form for a record of law, filled in with what led here."""
    need(viewer.officer, "record.publish")
    policy = viewer.kernel.policies[viewer.kernel.default_policy]
    form = Form({
        "acts": SHARE, "from": times.utc_field(viewer.now_ms), "classification": str(policy.lowest), "release": "own",
        "holder": viewer.kernel.own, "least": "30", "likely": "60", "most": "120", "state": "assured",
        "effect": "forbids", "low": str(policy.lowest), "high": str(policy.highest), "status": "invented",
        **_earlier(viewer, request.query_params.get("amends") or request.query_params.get("corrects") or ""),
        **every_value(request.query_params)})
    return _page(viewer, kind, form)


def _earlier(viewer: Viewer, record: str) -> dict[str, object]:
    """Return the fields of the version that is to be replaced."""
    entry = viewer.bench.law.book(viewer.officer).entries.get(RecordId(record))
    body = entry.body if entry is not None else None
    if not isinstance(body, Rule | Standing):
        return {}
    found: dict[str, object] = {
        "source": body.source, "status": body.status,
        "until": times.utc_field(body.until_ms) if body.until_ms is not None else ""}
    levels = body.levels if isinstance(body, Standing) else body.scope.levels
    mine = next((row for row in levels if row.policy == viewer.kernel.default_policy), None)
    if mine is not None:
        found |= {"low": str(mine.lowest), "high": str(mine.highest)}
    if isinstance(body, Standing):
        return found | {"party": body.party, "topic": body.topic, "regime": body.regime, "note": body.note}
    return found | {
        "title": body.title, "effect": body.effect, "text": body.text, "acts": " ".join(body.scope.acts),
        "givers": " ".join(body.scope.givers), "takers": " ".join(body.scope.takers),
        "topics": " ".join(body.scope.topics), "regions": "\n".join(body.scope.regions),
        "conditions": "\n".join(body.scope.conditions), "exception_to": "\n".join(body.exception_to),
        "needs": "\n".join(f"{n.kind} | {n.body} | {n.lead_days.least:g} {n.lead_days.likely:g} {n.lead_days.most:g}"
                           f" | {' '.join(n.after)}" for n in body.needs)}


def _page(viewer: Viewer, kind: str, form: Form, *, status: int = 200) -> Response[str]:
    if kind not in TITLES:
        raise NotFound("there is no such kind of law; record a rule, a standing or an approval.")
    kernel = viewer.kernel
    policy = kernel.policies[kernel.default_policy]
    cleared = dict(viewer.officer.clearance).get(policy.name, policy.lowest - 1)
    levels = [(n, policy.classification_name(n, language.language())) for n in policy.levels]
    # What an earlier version filled in is as sensitive as that version.
    known = viewer.bench.law.heads(viewer.officer)
    earlier = [known[i].label for i in (_id(form, "amends"), _id(form, "corrects")) if i in known]
    return show(viewer, f"law/new_{kind}.html", title=_(TITLES[kind]), status=status, form=form, kind=kind,
                labels=earlier,
                every_level=levels, levels=[(n, w) for n, w in levels if n <= cleared], policy=policy,
                partners=kernel.state().partners, effects=[(k, _(w)) for k, w in EFFECTS.items()])


@post("/law/new/{kind:str}", status_code=303)
async def record(request: Request[Any, Any, Any], viewer: SeenBy, kind: FromPath[str]) -> Response[Any]:
    """Put a record of law before a second officer; an approval is recorded at once."""
    form = Form(every_value(await request.form()))
    label = form.label(viewer.kernel)
    if kind in TITLES and label is not None:
        try:
            body = {"rule": _rule, "standing": _standing, "approval": _approval}[kind](viewer, form)
            if form.ok and body is not None:
                made = viewer.bench.law.record(
                    viewer.officer, body, label=label, distribute=form["distribute"] == "1",
                    amends=_id(form, "amends"), corrects=_id(form, "corrects"))
                return recorded(viewer, made, f"/law/{getattr(made, 'id', '')}")
        except LatticeworkError as error:
            form.wrong("title" if kind != "standing" else "regime", say(error.message))
    return _page(viewer, kind, form, status=400)


def _id(form: Form, name: str) -> RecordId | None:
    return RecordId(form[name]) if form[name] else None


def _rule(viewer: Viewer, form: Form) -> Body | None:
    begin, end, needs, scope = form.time("from", required=True), form.time("until"), _needs(form), _scope(viewer, form)
    if not form.ok or begin is None:
        return None
    return Rule(
        title=form["title"], effect=form["effect"], scope=scope, from_ms=begin, until_ms=end, needs=needs,  # type: ignore[arg-type]
        exception_to=tuple(sorted(RecordId(word) for word in set(form["exception_to"].split()))), text=form["text"],
        source=form["source"], status=form["status"])


def _standing(viewer: Viewer, form: Form) -> Body | None:
    party, topic = form.members("party", ()), form.topic("topic")
    begin, end = form.time("from", required=True), form.time("until")
    if len(party) != 1:
        form.wrong("party", _("A standing is about one member."))
    if not form.ok or begin is None:
        return None
    policy, high = viewer.kernel.policies[viewer.kernel.default_policy], form["high"]
    levels = (Levels(policy.name, policy.lowest, int(high)),) if form["state"] == "assured" else ()
    return Standing(party=party[0], topic=topic, state=form["state"], regime=form["regime"], from_ms=begin,  # type: ignore[arg-type]
                    until_ms=end, levels=levels, note=form["note"], source=form["source"], status=form["status"])


def _approval(viewer: Viewer, form: Form) -> Body | None:
    holder, due, lead = form.members("holder", ()), form.time("needed_by"), _lead(form)
    scope = _scope(viewer, form)
    if len(holder) != 1:
        form.wrong("holder", _("An approval is needed by one member."))
    if not form.ok or lead is None:
        return None
    return Approval(title=form["title"], kind=form["kind"], holder=holder[0], body=form["body"], scope=scope,
                    lead_days=lead, rule=_id(form, "rule"), needed_by_ms=due, revocable=form["revocable"] == "1",
                    source=form["source"], status=form["status"])


def _lead(form: Form) -> LeadDays | None:
    numbers = [form.number(name, 0, 0, 36_525) for name in ("least", "likely", "most")]
    return LeadDays(*map(float, numbers)) if form.ok else None


def _scope(viewer: Viewer, form: Form) -> Scope:
    policy = viewer.kernel.policies[viewer.kernel.default_policy]
    low, high = (form.number(n, d, 0, 255) for n, d in (("low", policy.lowest), ("high", policy.highest)))
    everything = (low, high) == (policy.lowest, policy.highest)
    topics = form.topics("topics") if form["topics"] else ()
    givers, takers = form.members("givers", ()), form.members("takers", ())
    if not form.ok:
        return Scope()
    return Scope(
        acts=tuple(sorted(set(form["acts"].lower().replace(",", " ").split()))), givers=givers, takers=takers,
        topics=topics, levels=() if everything else (Levels(policy.name, low, high),),
        regions=_lines(form["regions"]), conditions=_lines(form["conditions"]))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(sorted({line.strip() for line in text.splitlines() if line.strip()}))


def _needs(form: Form) -> tuple[Need, ...]:
    """Read one approval a line: ``kind | body | least likely most | kinds that come before``."""
    found: list[Need] = []
    for line in _lines(form["needs"]):
        parts = [part.strip() for part in line.split("|")]
        days = parts[2].split() if len(parts) > 2 else []
        try:
            numbers = [float(word) for word in days]
        except ValueError:
            numbers = []
        if len(parts) not in {3, 4} or len(numbers) != 3:
            form.wrong("needs", _("Write one approval a line: kind | who decides | least likely most days | kinds that"
                                  " come before."))
            continue
        after = tuple(sorted(set(parts[3].split()))) if len(parts) == 4 else ()
        found.append(Need(kind=parts[0], body=parts[1], lead_days=LeadDays(*numbers), after=after))
    return tuple(found)


@get("/law/pending/{act:str}", sync_to_thread=False)
def pending_page(viewer: SeenBy, act: FromPath[str]) -> Response[str]:
    """Show a record that waits for a second officer, field by field as it will be signed."""
    found = next((a for a in viewer.kernel.pending_acts(viewer.officer) if a.id == act and a.arguments), None)
    if found is None or found.act != "record.publish":
        raise NotFound(f"no act {act[:12]} waits for approval.")
    draft = decode(found.arguments, PublishRecord, what="pending act")
    body = viewer.kernel.kinds.read_body(draft.kind, draft.version, draft.body)
    line = acts.line_of(viewer, found)
    return show(viewer, "law/pending.html", title=line.summary, labels=[draft.label], draft=draft, line=line,
                fields=_fields("", msgspec.to_builtins(body)))


def _fields(name: str, value: object) -> list[tuple[str, str]]:
    """Return the fields of a body, one line each; times in ms with their date."""
    if isinstance(value, dict):
        return [row for key, inner in value.items() for row in _fields(f"{name}.{key}".lstrip("."), inner)]
    if isinstance(value, list | tuple) and any(isinstance(inner, dict) for inner in value):
        return [row for n, inner in enumerate(value, start=1) for row in _fields(f"{name} {n}", inner)]
    if isinstance(value, list | tuple):
        return [(name, ", ".join(map(str, value)) or "–")]
    if name.endswith("_ms") and isinstance(value, int):
        return [(name, iso_utc(value))]
    return [(name, "–" if value in (None, "") else str(value))]


ROUTES = (new_page, record, pending_page)
