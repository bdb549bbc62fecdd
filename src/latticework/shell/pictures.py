"""A picture of the workbench on a page: its drawing, its table, its caption, and what a map in the browser needs.

Templates write ``{% import "pictures.html" as pictures with context %}{{ pictures.picture(plan, "plan") }}``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from markupsafe import Markup

from latticework.shell.language import N_, _, language
from latticework.workbench.pictures.model import (
    AreaMap,
    Curves,
    Diagram,
    Distribution,
    GanttChart,
    Matrix,
    Timeline,
)
from latticework.workbench.pictures.render import WIDTH, caption, drawing
from latticework.workbench.pictures.table import Table, table

if TYPE_CHECKING:
    from latticework.workbench.pictures.model import AnyPicture

FORMS: dict[type, str] = {
    GanttChart: N_("Gantt"), Timeline: N_("Timeline"), Matrix: N_("Matrix"), Distribution: N_("Chart"),
    Curves: N_("Chart"), Diagram: N_("Diagram"), AreaMap: N_("Map"),
}


class Parts(NamedTuple):
    """What the macro draws: all words in the language in use."""

    form: str
    svg: Markup
    table: Table
    sentences: tuple[str, ...]
    status: str
    map: str


def parts(picture: AnyPicture, name: str, width: float = WIDTH) -> Parts:
    """Return the parts of a picture; `name` is unique in the page."""
    spoken = language()
    sentences, status = caption(picture, spoken)
    # The drawing escapes every word that it writes.
    svg = Markup(drawing(picture, spoken, width, name))  # noqa: S704
    return Parts(_(FORMS[type(picture)]), svg, table(picture, spoken), sentences, status, _map(picture))


def _map(picture: AnyPicture) -> str:
    """Return areas, places and routes for the canvas map as JSON; empty for every other picture."""
    if not isinstance(picture, AreaMap):
        return ""
    return msgspec.json.encode({
        "areas": [{"title": a.title, "note": a.note, "tone": a.tone, "polygons": a.polygons} for a in picture.areas],
        "places": [{"title": p.title, "note": p.note, "at": (p.longitude_deg, p.latitude_deg)} for p in picture.places],
        "routes": [{"title": r.title, "note": r.note, "kind": r.kind, "points": r.points} for r in picture.routes],
        "words": {
            "label": _(
                "Map: arrows pan, plus and minus zoom, square brackets step through its parts, t shows the table."),
            "coast": _("Coast: Natural Earth"), "failed": _("The coastlines could not be loaded."),
            "in": _("Zoom in"), "out": _("Zoom out"),
        },
    }).decode()
