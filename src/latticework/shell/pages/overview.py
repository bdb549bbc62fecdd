"""Overview: what needs the officer, what changed, how things stand. Discreet arrangements are no part of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from litestar import Response, get

from latticework.kernel.ids import MemberId
from latticework.kernel.labels.label import Label
from latticework.kernel.views import PeerView
from latticework.shell import preferences, times
from latticework.shell.language import _, ngettext
from latticework.shell.render import show
from latticework.shell.room import Figure
from latticework.shell.viewer import SeenBy, Viewer
from latticework.shell.waiting import waiting
from latticework.workbench.tasks.sources import Need

LOOKED_THROUGH = 200
"""Arrivals since the last visit are counted up to this many; beyond it the page says «more than»."""
CHANGES = 6


class Arrived(NamedTuple):
    """One line of «what changed»."""

    at_ms: int
    own: bool
    member: MemberId
    words: str
    path: str
    shape: str


@get("/", sync_to_thread=False)
def overview(viewer: SeenBy) -> Response[str]:
    """Show the officer's day."""
    chosen = preferences.visited(viewer.preferences, viewer.now_ms)
    if chosen != viewer.preferences:
        preferences.save(viewer.kernel.store, viewer.officer.name, chosen)
    needs = waiting(viewer)
    recent = viewer.kernel.records(viewer.officer, limit=LOOKED_THROUGH).items
    changes = _changes(viewer, chosen.before_ms)
    peers = viewer.kernel.peers(viewer.officer)
    shown: list[Label] = [w.label for w in needs if w.label is not None]
    shown += [r.label for r in recent[:CHANGES]]
    now = viewer.zone.at(viewer.now_ms)
    return show(
        viewer, "overview.html", older=_is_older(viewer, changes), title=_finding(needs, peers), labels=shown,
        waiting=needs, changes=changes,
        peers=peers, figures=figures_of(viewer, peers), today=times.day(now, weekday=True),
        since=_since(viewer, chosen), arrived=sum(not r.own and r.arrived_ms > chosen.before_ms for r in recent),
        made=sum(r.own and r.arrived_ms > chosen.before_ms for r in recent),
        more=len(recent) == LOOKED_THROUGH and recent[-1].arrived_ms > chosen.before_ms,
        alarms=viewer.kernel.alarms(viewer.officer, limit=3), letters=viewer.zone.letters(viewer.now_ms),
    )


def _finding(needs: list[Need], peers: tuple[PeerView, ...]) -> str:
    down = [p.member for p in peers if p.link == "down"]
    if needs and down:
        return ngettext("%(n)s thing needs you; the link to %(members)s is down",
                        "%(n)s things need you; the link to %(members)s is down", len(needs), members=", ".join(down))
    if needs:
        return ngettext("%(n)s thing needs you", "%(n)s things need you", len(needs))
    if down:
        return _("Nothing needs you; the link to %(members)s is down", members=", ".join(down))
    return _("Nothing needs you")


def _since(viewer: Viewer, chosen: preferences.Preferences) -> str:
    if not chosen.before_ms:
        return ""
    return times.moment(chosen.before_ms, viewer.zone, viewer.now_ms)


def _changes(viewer: Viewer, before_ms: int) -> list[Arrived]:
    lines = [
        Arrived(r.arrived_ms, r.own, r.member, r.title, f"/records/{r.id}", "own" if r.own else "")
        for r in viewer.kernel.records(viewer.officer, limit=CHANGES).items
    ]
    return sorted(lines, key=lambda line: -line.at_ms)


def _is_older(viewer: Viewer, changes: list[Arrived]) -> bool:
    """Say whether a line is of another day, so that its time takes more room."""
    today = viewer.zone.at(viewer.now_ms).date()
    return any(viewer.zone.at(line.at_ms).date() != today for line in changes)


def figures_of(viewer: Viewer, peers: tuple[PeerView, ...]) -> tuple[Figure, ...]:
    """Return the key figures of the frame and of each room."""
    return (*_own_figures(viewer, peers), *_room_figures(viewer))


def _own_figures(viewer: Viewer, peers: tuple[PeerView, ...]) -> list[Figure]:
    found = [Figure(
        title=_("Links"), icon="peers", path="/peers", value=sum(p.link == "direct" for p in peers), of=len(peers),
        what=_("partners whose node answers directly"), source=_("measured now; none is relayed"),
    )]
    released, receipts = sum(p.released for p in peers), sum(p.receipts for p in peers)
    found.append(Figure(
        title=_("Receipts"), icon="ledger", path="/ledger", value=receipts, of=released,
        what=_("releases for which the taker's signed receipt is held"), source=_("own ledger, all partners"),
    ))
    held = [p for p in peers if p.ledger_state != "none"]
    found.append(Figure(
        title=_("Ledgers"), icon="ledger", path="/peers", value=sum(p.ledger_state == "consistent" for p in held),
        of=len(peers), what=_("partners whose ledger extends the last checkpoint held here"),
        source=_("checkpoints received directly or from other parties"),
    ))
    # Discreet arrangements are not asked for here, so that neither part of the number counts them.
    known = [a for a in viewer.kernel.arrangements(viewer.officer) if viewer.kernel.own in a.arrangement.parties]
    found.append(Figure(
        title=_("Arrangements"), icon="arrangements", path="/arrangements", value=sum(a.in_force for a in known),
        of=len(known), what=_("arrangements of this member that are in force"),
        source=_("signed by every party, every grant current"),
    ))
    return found


def _room_figures(viewer: Viewer) -> list[Figure]:
    found: list[Figure] = []
    for _room, surface in viewer.frame.rooms:
        figure = surface.overview(viewer.kernel, viewer.officer) if surface.overview is not None else None
        if figure is not None:
            found.append(_translated(figure))
    return found


def _translated(figure: Figure) -> Figure:
    changed: dict[str, Any] = {"title": _(figure.title)}
    return msgspec.structs.replace(figure, **changed)


ROUTES = (overview,)
