"""Ledger: what was released to whom and why, and the button that verifies all of it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromQuery

from latticework.kernel.errors import NotFound
from latticework.kernel.ids import MemberId
from latticework.kernel.labels.label import Label
from latticework.kernel.views import LedgerEntryView
from latticework.shell.language import _, ngettext
from latticework.shell.render import part, show
from latticework.shell.viewer import SeenBy, Viewer

PAGE: Final = 50


@get("/ledger", sync_to_thread=False)
def listing(
    viewer: SeenBy, to: FromQuery[str] = "", after: FromQuery[str | None] = None, streams: FromQuery[bool] = False
) -> Response[str]:
    """List the own ledger's entries, newest first; the periods of streams only when they are asked for."""
    peers = viewer.kernel.peers(viewer.officer)
    if not viewer.may("ledger"):
        return show(viewer, "ledger/closed.html", title=_("Your roles do not read the ledger"))
    member = MemberId(to.strip().upper()) if to.strip() else None
    page = viewer.kernel.ledger_entries(viewer.officer, to=member, after=after, limit=PAGE, streams=streams)
    released, receipts = sum(p.released for p in peers), sum(p.receipts for p in peers)

    def href(cursor: str | None) -> str:
        return _address(member, cursor, streams=streams)

    return show(
        viewer, "ledger/list.html", title=_title(viewer, released), labels=_labels(viewer, page.items),
        entries=page.items, next=page.next, first=after is None, href=href, to=member or "", released=released,
        receipts=receipts, streams=streams, address=_address, members=viewer.kernel.state().partners,
        letters=viewer.zone.letters(viewer.now_ms),
    )


def _address(to: str | None, after: str | None = None, *, streams: bool) -> str:
    values = {k: v for k, v in (("to", to), ("after", after), ("streams", "1" if streams else "")) if v}
    return f"/ledger?{urlencode(values)}" if values else "/ledger"


def _title(viewer: Viewer, released: int) -> str:
    if not released:
        return _("%(member)s has released nothing yet", member=viewer.kernel.own)
    return ngettext("%(member)s made %(n)s release to its partners", "%(member)s made %(n)s releases to its partners",
                    released, member=viewer.kernel.own)


def _labels(viewer: Viewer, entries: tuple[LedgerEntryView, ...]) -> list[Label]:
    """Return the labels of the records whose titles the entries show to this officer."""
    found: dict[str, Label] = {}
    for entry in entries:
        if entry.record is None or entry.record in found:
            continue
        try:
            found[entry.record] = viewer.kernel.record(viewer.officer, entry.record).label
        except NotFound:
            continue
    return list(found.values())


@post("/ledger/verify", status_code=200)
async def verify(viewer: SeenBy) -> Response[str]:
    """Verify the own ledger and those held of partners; answer with a fragment."""
    report = viewer.kernel.verify_ledger(viewer.officer)
    return part(viewer, "ledger/report.html", report=report, at_ms=viewer.kernel.clock.now_ms())


ROUTES: tuple[Any, ...] = (listing, verify)
