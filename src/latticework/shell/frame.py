"""What surrounds every page: banner, top bar, rail. One function gathers it for the officer who looks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from latticework.kernel.views import PeerView
from latticework.shell import language, times
from latticework.shell.language import N_, _, ngettext
from latticework.shell.render import _ground
from latticework.shell.room import NavItem
from latticework.shell.viewer import Viewer
from latticework.shell.waiting import count_waiting

NOTICES: Final = (N_("Demonstration data, partly invented"), N_("Awareness only. Demonstration data"))
"""Words that a node may set at the right of the banner and that have translations."""

HOUSE: Final[tuple[NavItem, ...]] = (
    NavItem(title=N_("Records"), path="/records", icon="records", key="r"),
    NavItem(title=N_("Files"), path="/files", icon="files", key="i"),
    NavItem(title=N_("Arrangements"), path="/arrangements", icon="arrangements", key="a"),
    NavItem(title=N_("Approvals"), path="/approvals", icon="approvals", key="p"),
    NavItem(title=N_("Law"), path="/law", icon="law", key="w"),
    NavItem(title=N_("Measures"), path="/measures", icon="measures", key="u"),
    NavItem(title=N_("Briefs"), path="/briefs", icon="briefs", key="b"),
    NavItem(title=N_("Import"), path="/import", icon="import", key="i"),
    NavItem(title=N_("Jobs"), path="/jobs", icon="jobs", key="w"),
    NavItem(title=N_("Ledger"), path="/ledger", icon="ledger", key="l"),
    NavItem(title=N_("Peers"), path="/peers", icon="peers", key="e"),
)
"""The frame's own entries of the rail, under the rooms."""
ADMINISTRATION: Final[tuple[NavItem, ...]] = (
    NavItem(title=N_("Officers"), path="/officers", icon="officer", key="f"),
)
"""Entries for administrators alone."""
AUDIT: Final[tuple[NavItem, ...]] = (NavItem(title=N_("Audit"), path="/audit", icon="audit", key="t"),)
"""Entries for auditors alone."""


class RailItem(NamedTuple):
    """One entry of the rail as the template draws it."""

    title: str
    path: str
    icon: str
    key: str
    number: str


class Clock(NamedTuple):
    """One clock of the top bar: time of day, the zone's letters, its IANA name, and the date."""

    time: str
    letters: str
    zone: str
    date: str


def surroundings(viewer: Viewer) -> dict[str, Any]:
    """Return what ``base.html`` draws around a page."""
    peers = viewer.kernel.peers(viewer.officer)
    return {
        **_ground(viewer.frame, viewer),
        "rail_first": (_item(NavItem(title=N_("Overview"), path="/", icon="overview", key="o"), None),
                       _item(NavItem(title=N_("Inbox"), path="/inbox", icon="inbox", key="i"), count_waiting(viewer))),
        "rail_rooms": tuple(_room_item(viewer, nav) for _room, surface in viewer.frame.rooms for nav in surface.nav),
        "rail_house": tuple(_item(nav, None) for nav in house(viewer)),
        "links": link_words(peers), "links_state": link_state(peers),
        "clearance": clearance(viewer), "clocks": clocks(viewer), "request_path": viewer.path, "notice": viewer.notice,
    }


def house(viewer: Viewer) -> tuple[NavItem, ...]:
    """Return the frame's own entries that are for the officer."""
    return (*HOUSE, *(ADMINISTRATION if viewer.may("officers") else ()), *(AUDIT if viewer.may("audit") else ()))


def _room_item(viewer: Viewer, nav: NavItem) -> RailItem:
    return _item(nav, nav.count(viewer.kernel, viewer.officer) if nav.count is not None else None)


def _item(nav: NavItem, count: int | None) -> RailItem:
    return RailItem(_(nav.title), nav.path, nav.icon, nav.key, language.grouped(count) if count else "")


def link_words(peers: tuple[PeerView, ...]) -> str:
    """Return how many links to partners are up, of how many."""
    if not peers:
        return _("no partner yet")
    up = sum(p.link == "direct" for p in peers)
    return _("%(up)s of %(all)s links direct", up=up, all=len(peers))


def link_state(peers: tuple[PeerView, ...]) -> str:
    """Return the status shape of the links together."""
    if not peers:
        return "idle"
    up = sum(p.link == "direct" for p in peers)
    return "good" if up == len(peers) else "caution" if up else "bad"


def clearance(viewer: Viewer) -> str:
    """Return up to what the officer is cleared, in the own policy's words."""
    policy = viewer.kernel.policies.get(viewer.kernel.default_policy)
    level = dict(viewer.officer.clearance).get(viewer.kernel.default_policy)
    if not viewer.reads_content:
        return _("reads no content")
    if policy is None or level is None:
        return _("not cleared")
    return _("cleared to %(level)s", level=policy.classification_name(level, language.language()))


def clocks(viewer: Viewer) -> tuple[Clock, ...]:
    """Return the clocks of the top bar: UTC, and the member's own zone where it is another."""
    utc = datetime.fromtimestamp(viewer.now_ms / 1000, UTC)
    own = viewer.zone.at(viewer.now_ms)
    found = [Clock(utc.strftime("%H:%M:%S"), "UTC", "UTC", _date(utc))]
    if viewer.zone.letters(viewer.now_ms) != "UTC":
        found.append(Clock(own.strftime("%H:%M:%S"), viewer.zone.letters(viewer.now_ms), viewer.zone.name, _date(own)))
    return tuple(found)


def _date(moment: datetime) -> str:
    return times.day(moment, weekday=True, year=language.language() == "en")


def roles_words(viewer: Viewer) -> str:
    """Return the officer's roles in words."""
    from latticework.shell.words import WORDS

    return _(", ").join(_(WORDS[role]) for role in sorted(viewer.officer.roles))


__all__ = [
    "HOUSE", "Clock", "RailItem", "clearance", "clocks", "house", "link_state", "link_words", "ngettext",
    "surroundings",
]
