"""Overview: what needs the officer, what changed, how things stand. Discreet arrangements are no part of it."""

from __future__ import annotations

from litestar import Response, get

from latticework.shell import preferences, times
from latticework.shell.morning import finding, morning
from latticework.shell.render import show
from latticework.shell.viewer import SeenBy, Viewer
from latticework.workbench.news import Change


@get("/", sync_to_thread=False)
def overview(viewer: SeenBy) -> Response[str]:
    """Show the officer's day."""
    chosen = preferences.visited(viewer.preferences, viewer.now_ms)
    if chosen != viewer.preferences:
        preferences.save(viewer.kernel.store, viewer.officer.name, chosen)
    found = morning(viewer, chosen.before_ms)
    return show(
        viewer, "overview.html", title=finding(found.needs, found.peers), labels=found.labels(), found=found,
        peers=found.peers, older=_is_older(viewer, found.changes),
        today=times.day(viewer.zone.at(viewer.now_ms), weekday=True), since=_since(viewer, chosen),
        letters=viewer.zone.letters(viewer.now_ms),
    )


def _since(viewer: Viewer, chosen: preferences.Preferences) -> str:
    if not chosen.before_ms:
        return ""
    return times.moment(chosen.before_ms, viewer.zone, viewer.now_ms)


def _is_older(viewer: Viewer, changes: list[Change]) -> bool:
    """Say whether a line is of another day, so that its time takes more room."""
    today = viewer.zone.at(viewer.now_ms).date()
    return any(viewer.zone.at(change.at_ms).date() != today for change in changes)


ROUTES = (overview,)
