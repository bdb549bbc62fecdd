"""What waits for an officer: recalls to answer, arrangements to sign, acts to approve. Earliest deadline first."""

from __future__ import annotations

from typing import NamedTuple

from latticework.kernel.errors import LatticeworkError
from latticework.kernel.ids import MemberId
from latticework.kernel.kinds import RECALL, Recall
from latticework.kernel.labels.label import Label
from latticework.kernel.views import RecordView
from latticework.shell.language import _
from latticework.shell.viewer import Viewer

LOOKED_THROUGH = 100
"""Recalls that are looked through for unanswered ones, newest first."""


class Waiting(NamedTuple):
    """One thing that needs this officer.

    Parameters
    ----------
    due_ms
        Deadline, ms since 1970 UTC; None: none.
    sender
        Whom it comes from.
    what, detail
        Its kind and its subject, in words.
    label
        Its label, or None when it is no labeled content.
    act, path
        The act's name for the button, and where it is done.
    """

    due_ms: int | None
    sender: MemberId
    what: str
    detail: str
    label: Label | None
    act: str
    path: str


def waiting(viewer: Viewer) -> list[Waiting]:
    """Return what needs the officer, earliest deadline first; discreet arrangements are never among it."""
    found = [*_recalls(viewer), *_arrangements(viewer), *_approvals(viewer)]
    return sorted(found, key=lambda w: (w.due_ms is None, w.due_ms or 0, w.path))


def count_waiting(viewer: Viewer) -> int:
    """Return how many things need the officer, for the rail."""
    return len(waiting(viewer))


def unanswered(viewer: Viewer, record: RecordView) -> RecordView | None:
    """Return the recalled record if `record` is another member's recall that this member has not answered."""
    if record.own or not isinstance(record.body, Recall):
        return None
    try:
        target = viewer.kernel.record(viewer.officer, record.body.record)
    except LatticeworkError:
        return None  # the recalled record is not here, or not for this officer: somebody else answers
    state = target.recalled
    if state is None or any(member == viewer.kernel.own for member, _done, _note in state.answers):
        return None
    return target


def _recalls(viewer: Viewer) -> list[Waiting]:
    if not viewer.may("recall"):
        return []
    found: list[Waiting] = []
    for recall in viewer.kernel.records(viewer.officer, kind=RECALL, limit=LOOKED_THROUGH).items:
        target = unanswered(viewer, recall)
        if target is not None and isinstance(recall.body, Recall):
            found.append(Waiting(
                due_ms=recall.body.deadline_ms, sender=recall.member, what=_("Recall"),
                detail=_("%(title)s: withdraw it and answer", title=target.title), label=target.label,
                act=_("Reply"), path=f"/records/{target.id}#recall",
            ))
    return found


def _arrangements(viewer: Viewer) -> list[Waiting]:
    if not viewer.may("arrangement"):
        return []
    own, now = viewer.kernel.own, viewer.now_ms
    return [
        Waiting(
            due_ms=view.arrangement.valid_until_ms, sender=_proposer(view.signed_by, view.arrangement.parties, own),
            what=_("Arrangement to sign"), detail=view.arrangement.title, label=None, act=_("Read"),
            path=f"/arrangements/{view.record}",
        )
        for view in viewer.kernel.arrangements(viewer.officer)
        if own in view.waiting_for and now < view.arrangement.valid_until_ms
    ]


def _proposer(signed: tuple[MemberId, ...], parties: tuple[MemberId, ...], own: MemberId) -> MemberId:
    others = [m for m in (*signed, *parties) if m != own]
    return others[0] if others else own


def _approvals(viewer: Viewer) -> list[Waiting]:
    from latticework.shell.acts import pending

    return [
        Waiting(
            due_ms=act.expires_ms, sender=viewer.kernel.own, what=_("Approval"), detail=act.summary or act.words,
            label=None, act=_("Decide"), path="/approvals",
        )
        for act in pending(viewer) if act.mine_to_approve
    ]
