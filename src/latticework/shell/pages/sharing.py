"""Acts on one record: release it to one peer after seeing the verdict, consent, recall, answer a recall."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from latticework.kernel.errors import Withheld
from latticework.kernel.ids import MemberId, parse_member, parse_record_id
from latticework.kernel.kinds import Recall
from latticework.shell import times
from latticework.shell.forms import Form
from latticework.shell.language import _
from latticework.shell.notices import told
from latticework.shell.pages.records import record_of, title_of, verdicts_of
from latticework.shell.render import part, show
from latticework.shell.viewer import SeenBy, Viewer

RECALL_H: Final = 48
"""Hours that a recall gives by default."""


@get("/records/{record:str}/share", sync_to_thread=False)
def share_page(viewer: SeenBy, record: FromPath[str], to: FromQuery[str] = "") -> Response[Any]:
    """Choose one peer; the verdict is shown before anything can be sent."""
    view = record_of(viewer, record)
    verdicts = verdicts_of(viewer, view)
    chosen = next((v for v in verdicts if v.member == to.upper()), None)
    values: dict[str, Any] = {
        "record": view, "verdicts": verdicts, "chosen": chosen,
        "proposal": f"/arrangements/new?parties={viewer.kernel.own}+{to.upper()}&topics={view.topic}",
    }
    title = (
        _("Share “%(title)s” with %(member)s?", title=title_of(view), member=chosen.member) if chosen
        else _("Share “%(title)s” with one peer", title=title_of(view))
    )
    return show(viewer, "records/share.html", title=title, labels=[view.label], **values)


@post("/records/{record:str}/release", status_code=303)
async def release(request: Request[Any, Any, Any], viewer: SeenBy, record: FromPath[str]) -> Response[Any]:
    """Release the record to one peer; the gate decides again, now."""
    form = Form(dict(await request.form()))
    found, to = parse_record_id(record), parse_member(form.text("to").upper())
    try:
        viewer.kernel.release(viewer.officer, found, to)
    except Withheld:
        # The verdict changed between the page and the act: show the page with the verdict of now.
        return Redirect(f"/records/{found}/share?to={to}", status_code=303)
    words = _("Released to %(member)s; the promise is signed, the proof follows with the epoch", member=to)
    return told(viewer, Redirect(f"/records/{found}", status_code=303), words)


@post("/records/{record:str}/consent", status_code=303)
async def consent(request: Request[Any, Any, Any], viewer: SeenBy, record: FromPath[str]) -> Response[Any]:
    """Consent, as originator, to onward release."""
    form = Form(dict(await request.form()))
    found = parse_record_id(record)
    holder, to = parse_member(form.text("holder").upper()), parse_member(form.text("to").upper())
    viewer.kernel.consent(viewer.officer, found, holder, to)
    words = _("%(holder)s may pass it on to %(to)s", holder=holder, to=to)
    return told(viewer, Redirect(f"/records/{found}", status_code=303), words)


@get("/records/{record:str}/recall", sync_to_thread=False)
def recall_page(viewer: SeenBy, record: FromPath[str]) -> Response[str]:
    """Ask before a recall: what was read cannot be unread."""
    view = record_of(viewer, record)
    holders = _holders(viewer, record)
    return show(
        viewer, "records/recall.html", title=_recall_title(holders), labels=[view.label], record=view, holders=holders,
        form=Form({}), deadline=times.utc_field(viewer.now_ms + RECALL_H * 3_600_000),
    )


def _holders(viewer: Viewer, record: str) -> list[MemberId]:
    return [r.to for r in viewer.kernel.releases(viewer.officer, parse_record_id(record))]


def _recall_title(holders: list[MemberId]) -> str:
    if not holders:
        return _("Nobody has this record; a recall only marks it")
    return _("Recall it from %(members)s?", members=", ".join(holders))


@post("/records/{record:str}/recall", status_code=303)
async def recall(request: Request[Any, Any, Any], viewer: SeenBy, record: FromPath[str]) -> Response[Any]:
    """Send the recall."""
    form = Form(dict(await request.form()))
    found = parse_record_id(record)
    reason, deadline = form.text("reason"), form.time("deadline", required=True)
    if not reason:
        form.wrong("reason", _("Say why, so that holders can judge what depends on the record."))
    if deadline is not None and deadline <= viewer.now_ms:
        form.wrong("deadline", _("The deadline lies in the past."))
    if not form.ok or deadline is None:
        view = viewer.kernel.record(viewer.officer, found)
        holders = _holders(viewer, record)
        return show(viewer, "records/recall.html", title=_recall_title(holders), labels=[view.label], record=view,
                    holders=holders, form=form, deadline=form.text("deadline"), status=400)
    viewer.kernel.recall(viewer.officer, found, reason, deadline)
    return told(viewer, Redirect(f"/records/{found}", status_code=303), _("The recall is signed and on its way"))


@post("/recalls/{recall:str}/answer", status_code=303)
async def answer(request: Request[Any, Any, Any], viewer: SeenBy, recall: FromPath[str]) -> Response[Any]:
    """Answer a recall with a signed statement."""
    form = Form(dict(await request.form()))
    found = viewer.kernel.record(viewer.officer, parse_record_id(recall))
    viewer.kernel.answer_recall(viewer.officer, found.id, form.text("done") == "yes", form.text("note")[:500])
    target = found.body.record if isinstance(found.body, Recall) else found.id
    return told(viewer, Redirect(f"/records/{target}", status_code=303), _("The signed answer is on its way"))


@get("/records/{record:str}/verdict", sync_to_thread=False)
def verdict(viewer: SeenBy, record: FromPath[str], to: FromQuery[str]) -> Response[str]:
    """Show the verdict for one peer as a fragment, before anything is sent."""
    view = record_of(viewer, record)
    chosen = next((v for v in verdicts_of(viewer, view) if v.member == to.upper()), None)
    return part(viewer, "records/verdict.html", record=view, chosen=chosen,
                proposal=f"/arrangements/new?parties={viewer.kernel.own}+{to.upper()}&topics={view.topic}")


ROUTES = (share_page, release, consent, recall_page, recall, answer, verdict)
