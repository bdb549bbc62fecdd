"""What needs an officer's answer: tasks, and whatever the frame and the rooms register as sources. Earliest first.

The inbox and Overview read this one list. The frame's own sources stand here: recalls to answer, arrangements to sign,
acts to approve.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from latticework.kernel.errors import LatticeworkError
from latticework.kernel.ids import MemberId
from latticework.kernel.kinds import RECALL, Recall
from latticework.kernel.policy.model import Officer
from latticework.kernel.views import RecordView
from latticework.shell import task_words
from latticework.shell.language import _
from latticework.shell.preferences import Preferences
from latticework.shell.viewer import Viewer
from latticework.workbench.tasks.index import Row
from latticework.workbench.tasks.sources import Need, by_deadline

if TYPE_CHECKING:
    from latticework.shell.viewer import Frame

LOOKED_THROUGH = 100
"""Recalls that are looked through for unanswered ones, newest first."""
TASKS_SHOWN: Final = 50


def register(frame: Frame) -> None:
    """Register the frame's own sources with the node's tasks."""
    def source(find: Callable[[Viewer], list[Need]]) -> Callable[[Officer], list[Need]]:
        return lambda officer: find(Viewer(frame, officer, "", Preferences()))

    for name, find in (("recalls", _recalls), ("arrangements", _arrangements), ("approvals", _approvals)):
        frame.bench.tasks.add_source(name, source(find))


def waiting(viewer: Viewer) -> list[Need]:
    """Return what needs the officer, earliest deadline first; discreet arrangements are never among it."""
    tasks = viewer.bench.tasks.page(viewer.officer, "mine", limit=TASKS_SHOWN).items
    return sorted([*viewer.bench.tasks.needs(viewer.officer), *(need_of(row) for row in tasks)], key=by_deadline)


def count_waiting(viewer: Viewer) -> int:
    """Return how many things need the officer, for the rail."""
    return viewer.bench.tasks.count(viewer.officer) + len(viewer.bench.tasks.needs(viewer.officer))


def need_of(row: Row) -> Need:
    """Return a task as one line of what needs an answer."""
    return Need(due_ms=row.request.deadline.at_ms, sender=row.sender, what=task_words.asks(row),
                detail=row.request.subject, label=row.label, act=_("Answer"), path=f"/inbox/{row.id}")


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


def _recalls(viewer: Viewer) -> list[Need]:
    if not viewer.may("recall"):
        return []
    found: list[Need] = []
    for recall in viewer.kernel.records(viewer.officer, kind=RECALL, limit=LOOKED_THROUGH).items:
        target = unanswered(viewer, recall)
        if target is not None and isinstance(recall.body, Recall):
            found.append(Need(
                due_ms=recall.body.deadline_ms, sender=recall.member, what=_("Recall"),
                detail=_("%(title)s: withdraw it and answer", title=target.title), label=target.label,
                act=_("Reply"), path=f"/records/{target.id}#recall",
            ))
    return found


def _arrangements(viewer: Viewer) -> list[Need]:
    if not viewer.may("arrangement"):
        return []
    own, now = viewer.kernel.own, viewer.now_ms
    return [
        Need(
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


def _approvals(viewer: Viewer) -> list[Need]:
    from latticework.shell.acts import pending

    return [
        Need(
            due_ms=act.expires_ms, sender=viewer.kernel.own, what=_("Approval"), detail=act.summary or act.words,
            label=act.label, act=_("Decide"), path=act.path if act.label is not None else "/approvals",
        )
        for act in pending(viewer) if act.mine_to_approve
    ]
