"""Acts that need two officers, as pages and the API show them; the kernel carries them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from latticework.kernel.codec import decode
from latticework.kernel.core import approvals
from latticework.kernel.core.guarded import PublishRecord
from latticework.kernel.errors import DecodeError
from latticework.kernel.identity.approvals import ROLES, ActState, PendingAct
from latticework.kernel.ids import OfficerId
from latticework.kernel.labels.label import Label
from latticework.shell.language import _
from latticework.shell.sentences import say
from latticework.shell.words import WORDS

if TYPE_CHECKING:
    from latticework.shell.viewer import Viewer


class ActLine(NamedTuple):
    """A two-officer act as pages show it.

    Parameters
    ----------
    words, summary
        The act's name, and what it is about.
    mine, mine_to_approve
        Proposed by the officer who looks; waiting for a second officer that this one may be.
    discreet
        It is about a discreet arrangement, so it is shown only when asked for.
    path
        The page of what it is about, or empty.
    label
        Of the record that it would publish; its summary is as sensitive as that. None where it is about none, or about
        one that the officer may not see.
    """

    id: str
    act: str
    words: str
    summary: str
    proposed_by: OfficerId
    proposed_ms: int
    expires_ms: int
    state: ActState
    decided_by: OfficerId | None
    decided_ms: int | None
    mine: bool
    mine_to_approve: bool
    discreet: bool
    path: str
    label: Label | None = None


def lines(viewer: Viewer, *, discreet: bool = False) -> list[ActLine]:
    """Return the two-officer acts of the last 90 days, newest first."""
    if not any(viewer.officer.roles & (first | second) for first, second in ROLES.values()):
        return []
    found = (line_of(viewer, act) for act in viewer.kernel.pending_acts(viewer.officer))
    return [line for line in found if discreet or not line.discreet]


def pending(viewer: Viewer) -> list[ActLine]:
    """Return those that still wait for a second officer."""
    return [line for line in lines(viewer) if line.state is ActState.PENDING]


def line_of(viewer: Viewer, act: PendingAct) -> ActLine:
    """Return one act as the officer sees it."""
    mine = act.proposed_by == viewer.officer.name
    may = act.act in ROLES and bool(viewer.officer.roles & ROLES[act.act][1])
    about = _about(act)
    return ActLine(
        id=act.id, act=act.act, words=_(WORDS[act.act]) if act.act in WORDS else act.act, summary=say(act.summary),
        proposed_by=act.proposed_by, proposed_ms=act.proposed_ms, expires_ms=act.expires_ms, state=act.state,
        decided_by=act.decided_by, decided_ms=act.decided_ms, mine=mine,
        mine_to_approve=act.state is ActState.PENDING and not mine and may, discreet=_is_discreet(viewer, about),
        path=f"/law/pending/{act.id}" if isinstance(about, PublishRecord) else _path(viewer, about),
        label=about.label if isinstance(about, PublishRecord) else None,
    )


def _about(act: PendingAct) -> approvals.Act | None:
    types = {name: arguments for arguments, name in approvals.NAMES.items()}
    if act.act not in types:
        return None
    try:
        return decode(act.arguments, types[act.act], what="pending act")
    except DecodeError:
        return None


def _is_discreet(viewer: Viewer, about: approvals.Act | None) -> bool:
    if isinstance(about, approvals.ProposeArrangement):
        return about.arrangement.discreet
    if isinstance(about, approvals.SignArrangement | approvals.WithdrawGrant):
        return any(s.record == about.record and s.arrangement.discreet for s in viewer.kernel.standings())
    return False


def _path(viewer: Viewer, about: approvals.Act | None) -> str:
    if isinstance(about, approvals.SignArrangement | approvals.WithdrawGrant):
        return f"/arrangements/{about.record}"
    if isinstance(about, approvals.RemovePartner) or (isinstance(about, approvals.Resume) and about.member):
        return f"/peers/{about.member}"
    if viewer.may("officers"):
        if isinstance(about, approvals.ChangeOfficer):
            return f"/officers/{about.was.name}"
        if isinstance(about, approvals.DisableOfficer | approvals.EnableOfficer):
            return f"/officers/{about.name}"
    return ""
