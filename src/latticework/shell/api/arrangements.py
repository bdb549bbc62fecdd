"""Arrangements and two-officer acts over the API."""

from __future__ import annotations

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from latticework.kernel.core.approvals import ProposeArrangement, SignArrangement, WithdrawGrant
from latticework.kernel.identity.approvals import PendingAct
from latticework.kernel.ids import parse_record_id
from latticework.kernel.policy.model import Arrangement
from latticework.kernel.views import ArrangementView
from latticework.shell import acts
from latticework.shell.api.responses import said
from latticework.shell.api.schema import ActOut, ArrangementPage, WhyWithdraw
from latticework.shell.viewer import SeenBy, Viewer


@get("/arrangements", sync_to_thread=False, **said("listArrangements", "arrangements"))
def list_arrangements(viewer: SeenBy, discreet: FromQuery[bool] = False) -> ArrangementPage:
    """List the arrangements known here; discreet ones only with ``discreet=true``, each time."""
    return ArrangementPage(viewer.kernel.arrangements(viewer.officer, discreet=discreet))


@get("/arrangements/{record:str}", sync_to_thread=False, **said("getArrangement", "arrangements"))
def get_arrangement(viewer: SeenBy, record: FromPath[str]) -> ArrangementView:
    """Return one arrangement with its signatures."""
    return viewer.kernel.arrangement(viewer.officer, parse_record_id(record))


@post("/arrangements", status_code=202, sync_to_thread=False, **said("proposeArrangement", "arrangements"))
def propose_arrangement(viewer: SeenBy, data: JSONBody[Arrangement]) -> ActOut:
    """Put a proposal before a second officer."""
    return act_out(viewer, viewer.kernel.propose_act(viewer.officer, ProposeArrangement(data)))


@post("/arrangements/{record:str}/sign", status_code=202, sync_to_thread=False,
      **said("signArrangement", "arrangements"))
def sign_arrangement(viewer: SeenBy, record: FromPath[str]) -> ActOut:
    """Put this member's signature before a second officer."""
    return act_out(viewer, viewer.kernel.propose_act(viewer.officer, SignArrangement(parse_record_id(record))))


@post("/arrangements/{record:str}/withdraw", status_code=202, sync_to_thread=False,
      **said("withdrawGrant", "arrangements"))
def withdraw_grant(viewer: SeenBy, record: FromPath[str], data: JSONBody[WhyWithdraw]) -> ActOut:
    """Put the withdrawal of this member's grant before a second officer."""
    act = WithdrawGrant(parse_record_id(record), data.reason)
    return act_out(viewer, viewer.kernel.propose_act(viewer.officer, act))


@get("/approvals", sync_to_thread=False, **said("listApprovals", "approvals"))
def list_approvals(viewer: SeenBy, discreet: FromQuery[bool] = False) -> list[ActOut]:
    """List the two-officer acts of the last 90 days, newest first."""
    return [_line_out(line) for line in acts.lines(viewer, discreet=discreet)]


@post("/approvals/{act:str}/approve", status_code=200, sync_to_thread=False, **said("approveAct", "approvals"))
def approve_act(viewer: SeenBy, act: FromPath[str]) -> ActOut:
    """Approve an act as its second officer; it is carried out before this answers."""
    return act_out(viewer, viewer.kernel.approve_act(viewer.officer, act))


@post("/approvals/{act:str}/refuse", status_code=200, sync_to_thread=False, **said("refuseAct", "approvals"))
def refuse_act(viewer: SeenBy, act: FromPath[str]) -> ActOut:
    """Refuse an act, or take one's own back."""
    return act_out(viewer, viewer.kernel.refuse_act(viewer.officer, act))


def act_out(viewer: Viewer, act: PendingAct) -> ActOut:
    """Return an act as the API gives it."""
    return _line_out(acts.line_of(viewer, act))


def _line_out(line: acts.ActLine) -> ActOut:
    return ActOut(
        id=line.id, act=line.act, summary=line.summary, proposed_by=line.proposed_by, proposed_ms=line.proposed_ms,
        expires_ms=line.expires_ms, state=line.state.value, decided_by=line.decided_by, decided_ms=line.decided_ms,
        mine_to_approve=line.mine_to_approve,
    )


ROUTES = (
    list_arrangements, get_arrangement, propose_arrangement, sign_arrangement, withdraw_grant, list_approvals,
    approve_act, refuse_act,
)
