"""Peers: links and ledgers of partners, alarms, and trust; one partner with its arrangements and releases."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from latticework.kernel.core.approvals import AddPartner, RemovePartner, Resume, RotateKey
from latticework.kernel.core.authority import need
from latticework.kernel.errors import LatticeworkError, NotFound, UnknownMember
from latticework.kernel.ids import parse_member
from latticework.kernel.views import PeerView
from latticework.shell import frame
from latticework.shell.forms import Form
from latticework.shell.language import _, ngettext
from latticework.shell.notices import told
from latticework.shell.render import show
from latticework.shell.sentences import say
from latticework.shell.viewer import SeenBy, Viewer


@get("/peers", sync_to_thread=False)
def listing(viewer: SeenBy) -> Response[str]:
    """Show every partner's link and ledger, the alarms, and, for those who may, trust."""
    return _page(viewer, Form({}))


def _page(viewer: Viewer, form: Form, *, status: int = 200) -> Response[str]:
    peers = viewer.kernel.peers(viewer.officer)
    return show(
        viewer, "peers/list.html", title=_title(peers), peers=peers, form=form, status=status,
        alarms=viewer.kernel.alarms(viewer.officer, limit=50), partners=viewer.kernel.partners(),
        letters=viewer.zone.letters(viewer.now_ms), own_keys=viewer.kernel.own_keys(viewer.officer),
        signing=viewer.kernel.identity.signer.key_id,
    )


def _title(peers: tuple[PeerView, ...]) -> str:
    if not peers:
        return _("This node has no partner yet")
    trouble = [p.member for p in peers if p.suspended or p.ledger_state in {"refused", "equivocation", "gap"}]
    down = [p.member for p in peers if p.link == "down"]
    if trouble:
        return _("The ledger of %(members)s needs a look", members=", ".join(trouble))
    if down:
        return ngettext("%(n)s of %(all)s links is down: %(members)s", "%(n)s of %(all)s links are down: %(members)s",
                        len(down), all=len(peers), members=", ".join(down))
    return frame.link_words(peers)


@get("/peers/{member:str}", sync_to_thread=False)
def detail(viewer: SeenBy, member: FromPath[str]) -> Response[str]:
    """Show one partner."""
    found = parse_member(member.upper())
    peer = next((p for p in viewer.kernel.peers(viewer.officer) if p.member == found), None)
    if peer is None:
        raise UnknownMember(f"there is no trust with {found}; add its trust bundle first.")
    arrangements = [a for a in viewer.kernel.arrangements(viewer.officer) if found in a.arrangement.parties]
    entries = (
        viewer.kernel.ledger_entries(viewer.officer, to=found, limit=20, streams=False).items
        if viewer.may("ledger") else ()
    )
    received = viewer.kernel.records(viewer.officer, member=found, limit=20).items
    labels = [r.label for r in received]
    for entry in entries:
        if entry.record is not None:
            try:
                labels.append(viewer.kernel.record(viewer.officer, entry.record).label)
            except NotFound:
                continue
    partner = next((p for p in viewer.kernel.partners() if p.member == found), None)
    return show(
        viewer, "peers/detail.html", title=_detail_title(viewer, peer), labels=labels, peer=peer, partner=partner,
        arrangements=arrangements, entries=entries, received=received, letters=viewer.zone.letters(viewer.now_ms),
        alarms=[a for a in viewer.kernel.alarms(viewer.officer, limit=200) if a.peer == found][:20],
    )


def _detail_title(viewer: Viewer, peer: PeerView) -> str:
    from latticework.shell.language import language, member_name

    name = member_name(peer.member, language(), peer.name)
    if peer.suspended:
        return _("%(name)s is suspended: nothing is released to it", name=name)
    if peer.link == "down":
        return _("The link to %(name)s is down", name=name)
    if peer.ledger_state in {"refused", "equivocation", "gap"}:
        return _("The ledger of %(name)s does not hold", name=name)
    return _("%(name)s answers directly", name=name)


@get("/alarms/{number:int}/proof", sync_to_thread=False)
def proof(viewer: SeenBy, number: FromPath[int]) -> Response[bytes]:
    """Hand out the self-contained proof file of an alarm."""
    raw = viewer.kernel.alarm_proof(viewer.officer, number)
    return Response(raw, media_type="application/octet-stream",
                    headers={"content-disposition": f'attachment; filename="alarm-{number}.proof"'})


@post("/trust/bundle", status_code=200)
async def bundle(request: Request[Any, Any, Any], viewer: SeenBy) -> Response[Any]:
    """Export this member's trust bundle for one partner."""
    form = Form(dict(await request.form()))
    member = form["member"].upper()
    raw = export_bundle(viewer, member, form["endpoint"])
    name = f"{viewer.kernel.own}-for-{member or 'any'}.bundle"
    return Response(raw, media_type="application/octet-stream",
                    headers={"content-disposition": f'attachment; filename="{name}"'})


def export_bundle(viewer: Viewer, member: str, endpoint: str) -> bytes:
    """Return the own trust bundle for `member` (empty: for anybody), with where it reaches this node."""
    need(viewer.officer, "trust")
    wanted = parse_member(member) if member else None
    find = viewer.frame.settings.endpoint_for
    where = endpoint or (find(wanted) if find is not None and wanted is not None else None)
    return viewer.kernel.trust_bundle(wanted, where)


@post("/trust", status_code=303)
async def add(request: Request[Any, Any, Any], viewer: SeenBy) -> Response[Any]:
    """Put a new partner before a second officer."""
    sent = await request.form()
    form = Form({k: v for k, v in sent.items() if isinstance(v, str)})
    upload = sent.get("file")
    raw = form["bundle"].encode()
    if not raw and upload is not None and not isinstance(upload, str):
        raw = await upload.read(1 << 20)
    if not raw:
        form.wrong("bundle", _("Choose the bundle’s file or paste its text."))
    if not form["fingerprint"]:
        form.wrong("fingerprint", _("Type what the other member read out, not what this page shows."))
    if form.ok:
        try:
            viewer.kernel.propose_act(viewer.officer, AddPartner(raw, form["fingerprint"]))
        except LatticeworkError as error:
            form.wrong("fingerprint", say(error.message))
    if not form.ok:
        return _page(viewer, form, status=400)
    words = _("Proposed; the partner is added when a second officer approves it")
    return told(viewer, Redirect("/approvals", status_code=303), words)


@post("/peers/{member:str}/remove", status_code=303)
async def remove(viewer: SeenBy, member: FromPath[str]) -> Response[Any]:
    """Put the end of trust before a second officer."""
    viewer.kernel.propose_act(viewer.officer, RemovePartner(parse_member(member.upper())))
    words = _("Proposed; trust ends when a second officer approves it")
    return told(viewer, Redirect("/approvals", status_code=303), words)


@post("/peers/{member:str}/resume", status_code=303)
async def resume(viewer: SeenBy, member: FromPath[str]) -> Response[Any]:
    """Put the override of a suspension before a second officer."""
    viewer.kernel.propose_act(viewer.officer, Resume(parse_member(member.upper())))
    words = _("Proposed; releases resume when a second officer approves it")
    return told(viewer, Redirect("/approvals", status_code=303), words)


@post("/keys/rotate", status_code=303)
async def rotate(viewer: SeenBy) -> Response[Any]:
    """Put a new record key before a second officer."""
    viewer.kernel.propose_act(viewer.officer, RotateKey())
    words = _("Proposed; the new key is made when a second officer approves it")
    return told(viewer, Redirect("/approvals", status_code=303), words)


ROUTES = (listing, detail, proof, bundle, add, remove, resume, rotate)
