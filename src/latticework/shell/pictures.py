"""A picture of the workbench on a page: its drawing, its table, its caption, and what a map in the browser needs.

Templates write ``{% import "pictures.html" as pictures with context %}{{ pictures.picture(plan, "plan") }}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

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
from latticework.workbench.pictures.symbols import symbol
from latticework.workbench.pictures.table import Table, table

if TYPE_CHECKING:
    from latticework.workbench.pictures.model import AnyPicture

FORMS: dict[type, str] = {
    GanttChart: N_("Gantt"), Timeline: N_("Timeline"), Matrix: N_("Matrix"), Distribution: N_("Chart"),
    Curves: N_("Chart"), Diagram: N_("Diagram"), AreaMap: N_("Map"),
}

NARROW: Final = 900.0
"""Px of a drawing in a window 1024 px wide; the style sheet shows the one that fits."""
MOST_TWICE: Final = 200_000
"""A larger drawing is sent once, and scrolls in a small window."""


class Parts(NamedTuple):
    """What the macro draws, in the language in use; `narrow` is empty, or the same drawing for small windows."""

    form: str
    svg: Markup
    narrow: Markup
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
    narrow = Markup("")
    if width > NARROW and len(svg) < MOST_TWICE and not isinstance(picture, Matrix | Diagram):
        narrow = Markup(drawing(picture, spoken, NARROW, f"{name}-narrow"))  # noqa: S704
    return Parts(_(FORMS[type(picture)]), svg, narrow, table(picture, spoken), sentences, status, _map(picture))


def _map(picture: AnyPicture) -> str:
    """Return areas, places and routes for the canvas map as JSON; empty for every other picture."""
    if not isinstance(picture, AreaMap):
        return ""
    return msgspec.json.encode({
        "areas": [{"title": a.title, "note": a.note, "tone": a.tone, "polygons": a.polygons} for a in picture.areas],
        "places": [{"title": p.title, "note": p.note, "at": (p.longitude_deg, p.latitude_deg), **_symbol(p.sidc)}
                   for p in picture.places],
        "routes": [{"title": r.title, "note": r.note, "kind": r.kind, "points": r.points} for r in picture.routes],
        "words": {
            "label": _(
                "Map: arrows pan, plus and minus zoom, square brackets step through its parts, t shows the table."),
            "coast": _("Coast: Natural Earth"), "failed": _("The coastlines could not be loaded."),
            "in": _("Zoom in"), "out": _("Zoom out"),
        },
    }).decode()


def _symbol(sidc: str) -> dict[str, object]:
    """Return the paths of a symbol for the canvas: geometry, width of the line, and whether it is filled."""
    found = symbol(sidc)
    if found is None:
        return {}
    paths = [(str(geometry["d"]), width, filled) for tag, geometry, width, filled, _dashes in found.shapes
             if tag == "path" and "transform" not in geometry]
    circles = [(_circle(geometry), width, filled) for tag, geometry, width, filled, _dashes in found.shapes
               if tag == "circle" and "transform" not in geometry]
    return {"identity": found.identity, "shapes": paths + circles}


def _circle(geometry: Mapping[str, object]) -> str:
    x, y, r = (float(str(geometry[key])) for key in ("cx", "cy", "r"))
    return f"M{x - r:g},{y:g}a{r:g},{r:g} 0 1 0 {2 * r:g},0a{r:g},{r:g} 0 1 0 {-2 * r:g},0Z"
