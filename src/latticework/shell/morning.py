"""The morning page as data: what needs my answer, what changed since I was last here, one figure a room, the links.

Overview, ``/api/v1/overview`` and ``latticework status`` read this one assembly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Officer
from latticework.kernel.views import AlarmView, PeerView
from latticework.shell.language import _, ngettext
from latticework.shell.preferences import Preferences
from latticework.shell.room import Figure
from latticework.shell.viewer import Viewer
from latticework.shell.waiting import waiting
from latticework.workbench.news import MOST, Change
from latticework.workbench.tasks.sources import Need

if TYPE_CHECKING:
    from latticework.shell.viewer import Frame

SHOWN: Final = 8
"""Changes that the page lists; the counts say of how many."""
ALARMS: Final = 3


class Morning(NamedTuple):
    """How things stand for one officer.

    Parameters
    ----------
    needs
        Earliest deadline first.
    changes, arrived, made, more
        The newest changes; how many came from partners and were made here since the last visit; whether there are more
        than were looked through.
    """

    needs: list[Need]
    changes: list[Change]
    arrived: int
    made: int
    more: bool
    figures: tuple[Figure, ...]
    peers: tuple[PeerView, ...]
    alarms: tuple[AlarmView, ...]

    def labels(self) -> list[Label]:
        """Return the labels of everything labeled that is shown."""
        shown = [need.label for need in self.needs] + [change.label for change in self.changes]
        return [label for label in shown if label is not None]


def morning(viewer: Viewer, since_ms: int) -> Morning:
    """Assemble the page for an officer who was last here at `since_ms`."""
    peers = viewer.kernel.peers(viewer.officer)
    news = viewer.bench.news.since(viewer.officer, since_ms)
    # A visit without anything new still shows what came last.
    latest = news[:SHOWN] if len(news) >= SHOWN else viewer.bench.news.since(viewer.officer, 0)[:SHOWN]
    return Morning(
        needs=waiting(viewer), changes=latest, arrived=sum(not change.own for change in news),
        made=sum(change.own for change in news), more=len(news) == MOST, figures=figures_of(viewer, peers), peers=peers,
        alarms=viewer.kernel.alarms(viewer.officer, limit=ALARMS),
    )


def finding(needs: list[Need], peers: tuple[PeerView, ...]) -> str:
    """Return the page's title: the finding in one sentence."""
    down = [p.member for p in peers if p.link == "down"]
    if needs and down:
        return ngettext("%(n)s thing needs you; the link to %(members)s is down",
                        "%(n)s things need you; the link to %(members)s is down", len(needs), members=", ".join(down))
    if needs:
        return ngettext("%(n)s thing needs you", "%(n)s things need you", len(needs))
    if down:
        return _("Nothing needs you; the link to %(members)s is down", members=", ".join(down))
    return _("Nothing needs you")


# ---- what the frame tells of the workbench's parts ------------------------------------------------------------------

def register(frame: Frame) -> None:
    """Register the frame's own sources of changes with the workbench."""
    def source(find: Callable[[Viewer, int], list[Change]]) -> Callable[[Officer, int], list[Change]]:
        return lambda officer, since_ms: find(Viewer(frame, officer, "", Preferences()), since_ms)

    frame.bench.news.add_source("measures", source(_measures))


def _measures(viewer: Viewer, since_ms: int) -> list[Change]:
    """Return the watched values that went out of their bounds, or came back, at their last change."""
    found: list[Change] = []
    for row in viewer.bench.measures.watches(viewer.officer):
        point = row.point
        if point is None or point.at_ms <= since_ms or point.state == "none":
            continue
        title = _(viewer.bench.measures.find(row.watch.measure).title)
        words = (_("%(measure)s is out of its bound", measure=title) if point.state == "bad"
                 else _("%(measure)s is within its bound", measure=title))
        found.append(Change(at_ms=point.at_ms, member=viewer.kernel.own, words=words, label=point.label, own=True,
                            path=f"/measures/watches/{row.watch.number}", state=point.state))
    return found


# ---- figures --------------------------------------------------------------------------------------------------------

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
