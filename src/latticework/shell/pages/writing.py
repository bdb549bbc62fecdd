"""New record: a note with its label, and before it is published, who would get it and why."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect

from latticework.kernel.core.authority import need
from latticework.kernel.errors import InvalidRecord
from latticework.kernel.kinds import NOTE, Note
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Decision, Peer, Purpose
from latticework.shell import language
from latticework.shell.forms import Form, every_value
from latticework.shell.language import _
from latticework.shell.notices import told
from latticework.shell.render import part, show
from latticework.shell.viewer import SeenBy, Viewer


@get("/records/new", sync_to_thread=False)
def new_page(viewer: SeenBy) -> Response[str]:
    """Show an empty form."""
    need(viewer.officer, "publish")
    return _page(viewer, Form({"classification": str(viewer.kernel.policies[viewer.kernel.default_policy].lowest)}))


def _page(viewer: Viewer, form: Form, *, status: int = 200) -> Response[str]:
    kernel = viewer.kernel
    policy = kernel.policies[kernel.default_policy]
    levels = [(n, policy.classification_name(n, language.language())) for n in policy.levels]
    cleared = dict(viewer.officer.clearance).get(policy.name, policy.lowest - 1)
    # What the form shows is the author's own unpublished text: the banner follows the level that was chosen.
    chosen = _label(viewer, form)
    return show(
        viewer, "records/new.html", title=_("A new record of %(member)s", member=kernel.own), status=status,
        labels=[chosen] if chosen is not None and form["text"] else [], form=form,
        levels=[(n, words) for n, words in levels if n <= cleared], partners=kernel.state().partners,
        preview=_preview(viewer, form), policy=policy,
    )


def _label(viewer: Viewer, form: Form) -> Label | None:
    trial = Form(form._values)
    return trial.label(viewer.kernel)


def _preview(viewer: Viewer, form: Form) -> list[tuple[str, Decision]]:
    """Return for each partner what the gate would say about releasing this, if label and topic are complete."""
    trial = Form(form._values)
    label, topic = trial.label(viewer.kernel), trial.topic("topic") if form["topic"] else None
    if label is None or not topic:
        return []
    return [
        (member, viewer.kernel.gate(label, topic, Peer(member), Purpose.RELEASE))
        for member in viewer.kernel.state().partners
    ]


@post("/records/new/verdicts", status_code=200)
async def verdicts(request: Request[Any, Any, Any], viewer: SeenBy) -> Response[str]:
    """Show, as a fragment, who would get the record as the form stands now."""
    form = Form(every_value(await request.form()))
    return part(viewer, "records/preview.html", preview=_preview(viewer, form), form=form)


@post("/records", status_code=303)
async def publish(request: Request[Any, Any, Any], viewer: SeenBy) -> Response[Any]:
    """Sign and keep the note; distribute it where that was asked."""
    form = Form(every_value(await request.form()))
    title, text = form["title"], form["text"]
    if not title:
        form.wrong("title", _("A record needs a title."))
    if len(title) > 200:
        form.wrong("title", _("A title has at most 200 characters."))
    if form["status"] in {"V", "P"} and not form["source"]:
        form.wrong("source", _("A verified or press fact names its source."))
    topic, label = form.topic("topic"), form.label(viewer.kernel)
    if topic.startswith("lattice."):
        form.wrong("topic", _("Topics under lattice. are the kernel’s own; choose another."))
    if not form.ok or label is None:
        return _page(viewer, form, status=400)
    try:
        body = Note(title=title, text=text, source=form["source"], status=form["status"])
    except InvalidRecord as error:
        from latticework.shell.sentences import say

        form.wrong("text", say(error.message))
        return _page(viewer, form, status=400)
    record = viewer.kernel.publish(
        viewer.officer, NOTE, body, topic=topic, label=label, distribute=form["distribute"] == "1"
    )
    words = _("Published: signed and entered in the ledger")
    return told(viewer, Redirect(f"/records/{record.id}", status_code=303), words)


ROUTES = (new_page, verdicts, publish)
