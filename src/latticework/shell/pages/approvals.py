"""Approvals: acts that one officer proposed and another one decides."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from latticework.kernel.identity.approvals import ActState
from latticework.shell import acts
from latticework.shell.language import _, ngettext
from latticework.shell.notices import told
from latticework.shell.render import show
from latticework.shell.viewer import SeenBy


@get("/approvals", sync_to_thread=False)
def listing(viewer: SeenBy, discreet: FromQuery[bool] = False) -> Response[str]:
    """Show what waits for a second officer, and what was decided lately."""
    shown = discreet and viewer.preferences.density != "projector"
    lines = acts.lines(viewer, discreet=shown)
    waiting = [line for line in lines if line.state is ActState.PENDING]
    mine = sum(line.mine_to_approve for line in waiting)
    return show(
        viewer, "approvals/list.html", title=_title(mine, len(waiting)), waiting=waiting, discreet=shown,
        labels=[line.label for line in lines if line.label is not None],
        decided=[line for line in lines if line.state is not ActState.PENDING][:50],
        letters=viewer.zone.letters(viewer.now_ms),
    )


def _title(mine: int, waiting: int) -> str:
    if mine:
        return ngettext("%(n)s act waits for your approval", "%(n)s acts wait for your approval", mine)
    if waiting:
        return ngettext("%(n)s act waits for another officer", "%(n)s acts wait for another officer", waiting)
    return _("Nothing waits for a second officer")


@post("/approvals/{act:str}/approve", status_code=303)
async def approve(viewer: SeenBy, act: FromPath[str]) -> Response[Any]:
    """Approve and carry out."""
    line = acts.line_of(viewer, viewer.kernel.approve_act(viewer.officer, act))
    words = _("Approved and done: %(act)s", act=line.words)
    return told(viewer, Redirect("/approvals", status_code=303), words)


@post("/approvals/{act:str}/refuse", status_code=303)
async def refuse(viewer: SeenBy, act: FromPath[str]) -> Response[Any]:
    """Refuse, or take the own proposal back."""
    line = acts.line_of(viewer, viewer.kernel.refuse_act(viewer.officer, act))
    words = _("Refused; nothing was done: %(act)s", act=line.words)
    return told(viewer, Redirect("/approvals", status_code=303), words)


ROUTES = (listing, approve, refuse)
