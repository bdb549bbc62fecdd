"""Trust, partners and the own record keys over the API."""

from __future__ import annotations

from typing import Annotated

from litestar import MediaType, Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from latticework.kernel.core.approvals import AddPartner, RemovePartner, Resume, RotateKey
from latticework.kernel.core.authority import need
from latticework.kernel.ids import parse_member
from latticework.kernel.views import PeerView
from latticework.shell.api.arrangements import act_out
from latticework.shell.api.responses import said
from latticework.shell.api.schema import ActOut, KeyOut, PartnerOut, TrustBundle
from latticework.shell.pages.peers import export_bundle
from latticework.shell.viewer import SeenBy


@get("/peers", sync_to_thread=False, **said("listPeers", "peers"))
def list_peers(viewer: SeenBy) -> list[PeerView]:
    """Return every partner's link, lag and ledger."""
    return list(viewer.kernel.peers(viewer.officer))


@get("/trust", sync_to_thread=False, **said("listTrust", "trust"))
def list_trust(viewer: SeenBy) -> list[PartnerOut]:
    """List the members with which trust was established."""
    need(viewer.officer, "peers")
    return [
        PartnerOut(p.member, p.title, p.fingerprint, p.name, p.endpoint, p.added_ms) for p in viewer.kernel.partners()
    ]


@get("/trust/bundle", sync_to_thread=False, media_type=MediaType.TEXT, **said("exportTrust", "trust"))
def export_trust(
    viewer: SeenBy, for_member: Annotated[str, QueryParameter(name='for')] = '', endpoint: FromQuery[str] = "",
) -> Response[bytes]:
    """Return this member's trust bundle; read its fingerprint out to the other member by another way."""
    return Response(export_bundle(viewer, for_member.upper(), endpoint), media_type=MediaType.TEXT,
                    headers={"x-latticework-fingerprint": viewer.kernel.identity.fingerprint})


@post("/trust", status_code=202, sync_to_thread=False, **said("addTrust", "trust"))
def add_trust(viewer: SeenBy, data: JSONBody[TrustBundle]) -> ActOut:
    """Put a new partner before a second officer."""
    act = AddPartner(data.bundle.encode(), data.fingerprint)
    return act_out(viewer, viewer.kernel.propose_act(viewer.officer, act))


@delete("/trust/{member:str}", status_code=202, sync_to_thread=False, **said("removeTrust", "trust"))
def remove_trust(viewer: SeenBy, member: FromPath[str]) -> ActOut:
    """Put the end of trust before a second officer."""
    return act_out(viewer, viewer.kernel.propose_act(viewer.officer, RemovePartner(parse_member(member.upper()))))


@post("/trust/{member:str}/resume", status_code=202, sync_to_thread=False, **said("resumeReleases", "trust"))
def resume(viewer: SeenBy, member: FromPath[str]) -> ActOut:
    """Put the override of a suspension before a second officer."""
    return act_out(viewer, viewer.kernel.propose_act(viewer.officer, Resume(parse_member(member.upper()))))


@post("/ledger/resume", status_code=202, sync_to_thread=False, **said("resumeLedger", "ledger"))
def resume_ledger(viewer: SeenBy) -> ActOut:
    """Put before a second officer that this member's own ledger goes on, after an older store was put back."""
    return act_out(viewer, viewer.kernel.propose_act(viewer.officer, Resume(None)))


@post("/keys/rotate", status_code=202, sync_to_thread=False, **said("rotateKey", "trust"))
def rotate_key(viewer: SeenBy) -> ActOut:
    """Put a new record key before a second officer; it signs once partners know it, and old signatures stay good."""
    return act_out(viewer, viewer.kernel.propose_act(viewer.officer, RotateKey()))


@get("/keys", sync_to_thread=False, **said("listKeys", "trust"))
def list_keys(viewer: SeenBy) -> list[KeyOut]:
    """List the record keys of this member's history, oldest first."""
    signing = viewer.kernel.identity.signer.key_id
    return [
        KeyOut(k.key, k.from_ms, k.until_ms, k.compromised_ms, k.key == signing)
        for k in viewer.kernel.own_keys(viewer.officer)
    ]


ROUTES = (
    list_peers, list_trust, export_trust, add_trust, remove_trust, resume, resume_ledger, list_keys, rotate_key,
)
