"""Areas, places and routes on the basemap: Mercator, fitted to what is shown, safe at the 180th meridian."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Final, NamedTuple

from latticework.workbench.pictures import coast
from latticework.workbench.pictures.antimeridian import cut_line, cut_polygon
from latticework.workbench.pictures.canvas import Canvas, fitted, px, width_of
from latticework.workbench.pictures.diagram import draw_symbol
from latticework.workbench.pictures.model import Area, AreaMap, Ring
from latticework.workbench.pictures.scales import number
from latticework.workbench.pictures.style import Theme
from latticework.workbench.pictures.words import word

MOST_HEIGHT_PX: Final = 520.0
SYMBOL_PX: Final = 34.0
LEAST_SPAN_DEG: Final = 2.0
MERCATOR_PX_PER_DEG_M: Final = 111_319.490793
"""Meters of a degree of longitude on the equator (WGS 84, 6,378,137 m)."""


class View(NamedTuple):
    """The window of a map: degrees, px a degree of longitude, and the px of its upper edge (north grows)."""

    west: float
    east: float
    south: float
    north: float
    scale: float
    top: float

    def __call__(self, lon: float, lat: float) -> tuple[float, float]:
        """Return the px of a place."""
        return (lon - self.west) * self.scale, self.top - mercator(lat) * self.scale

    def shifts(self, points: Ring) -> list[float]:
        """Return by which turns of 360 degrees points come into the window."""
        low, high = min(x for x, _y in points), max(x for x, _y in points)
        return [t for t in (-720.0, -360.0, 0.0, 360.0, 720.0) if low + t <= self.east and high + t >= self.west]


def mercator(latitude_deg: float) -> float:
    """Return the Mercator ordinate in degrees. Source: Snyder, USGS Professional Paper 1395 (1987), eq. 7-2."""
    bounded = max(-coast.MAX_LATITUDE_DEG, min(coast.MAX_LATITUDE_DEG, latitude_deg))
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(bounded) / 2)))


def latitude(ordinate: float) -> float:
    """Return the latitude of a Mercator ordinate, both in degrees."""
    return math.degrees(2 * math.atan(math.exp(math.radians(ordinate))) - math.pi / 2)


def window(longitudes: list[float]) -> tuple[float, float]:
    """Return the smallest span of longitudes that holds all, west below east: what is left of the largest gap."""
    # A remainder of a number just below zero rounds up to 360 itself, so it is taken twice.
    turned = sorted({lon % 360.0 % 360.0 for lon in longitudes})
    if not turned:
        return 100.0, 160.0
    gaps = [(turned[(i + 1) % len(turned)] - lon) % 360.0 or 360.0 for i, lon in enumerate(turned)]
    widest = max(range(len(gaps)), key=lambda i: gaps[i])
    west = turned[(widest + 1) % len(turned)]
    return west, west + max(0.0, 360.0 - gaps[widest])


def view_of(picture: AreaMap, width: float) -> tuple[View, float]:
    """Return the window that holds all of a map with some air, and the drawing's height, px."""
    points = [p for a in picture.areas for polygon in a.polygons for ring in polygon for p in ring]
    points += [(p.longitude_deg, p.latitude_deg) for p in picture.places]
    points += [p for r in picture.routes for p in r.points]
    west, east = window([lon for lon, _lat in points])
    lats = [mercator(lat) for _lon, lat in points] or [20.0, 50.0]
    south, north = min(lats), max(lats)
    span = max(east - west, LEAST_SPAN_DEG)
    air = span * 0.08
    west, east = (west + east - span) / 2 - air, (west + east + span) / 2 + air
    tall = max(north - south, LEAST_SPAN_DEG) * 1.16
    middle = (south + north) / 2
    if east - west > 360.0:
        west, east = (west + east) / 2 - 180.0, (west + east) / 2 + 180.0
    scale = min(width / (east - west), MOST_HEIGHT_PX / tall)
    # A map that is taller than wide fills the width with what lies beside it.
    center = (west + east) / 2
    west, east = center - width / scale / 2, center + width / scale / 2
    height = max(min(tall * scale, MOST_HEIGHT_PX), width * 0.3)
    north = middle + height / scale / 2
    return View(west, east, latitude(north - height / scale), latitude(north), scale, north * scale), height


def draw(picture: AreaMap, width: float, theme: Theme | None, language: str, name: str = "map") -> Canvas:
    """Return the map; `name` tells its clip from others of the page."""
    view, height = view_of(picture, width)
    canvas = Canvas(width, height, theme, language)
    with canvas.clip(f"{name}-clip", 0, 0, width, height):
        canvas.rect(0, 0, width, height, "water")
        for path in coast.paths(view.west, view.east, view.south, view.north, view.scale, view.top, (width, height)):
            canvas.path(path, "land")
        _graticule(canvas, view, height)
        for area in picture.areas:
            _area(canvas, view, area)
        for route in picture.routes:
            with canvas.mark(" · ".join(p for p in (route.title, route.note) if p)):
                for part in cut_line(route.points):
                    for shift in view.shifts(part):
                        points = [view(x + shift, y) for x, y in part]
                        canvas.path("M" + " ".join(f"{px(x)},{px(y)}" for x, y in points), f"e-{route.kind}")
        for place in picture.places:
            for shift in view.shifts(((place.longitude_deg, place.latitude_deg),)):
                x, y = view(place.longitude_deg + shift, place.latitude_deg)
                with canvas.mark(" · ".join(p for p in (place.title, place.note) if p), place.href):
                    drawn = place.sidc and draw_symbol(canvas, place.sidc, x - SYMBOL_PX / 2, y - SYMBOL_PX / 2,
                                                       SYMBOL_PX)
                    if not drawn:
                        canvas.circle(x, y, 4, "node-on")
                    canvas.text(x + (18 if drawn else 8), y + 4, fitted(place.title, 160), "halo")
        _scale_bar(canvas, view, height)
        canvas.text(width - 8, height - 8, word("Coast: Natural Earth", language), "t-map end")
    return canvas


def _area(canvas: Canvas, view: View, area: Area) -> None:
    parts = [part for polygon in area.polygons for part in cut_polygon(polygon)]
    drawn = [(ring, shift) for part in parts for shift in view.shifts(part[0]) for ring in part]
    if not drawn:
        return
    tone = "plain" if area.tone == "self" else area.tone
    with canvas.mark(" · ".join(p for p in (area.title, area.note) if p), area.href):
        fill = "".join("M" + " ".join(_at(view, x + shift, y) for x, y in ring) + "Z" for ring, shift in drawn)
        canvas.path(fill, f"area-{tone}", fill_rule="evenodd")
        canvas.path("".join(_outline(view, ring, shift) for ring, shift in drawn), f"rim-{tone}")
        _label(canvas, _middle(view, parts), area.title)


def _at(view: View, lon: float, lat: float) -> str:
    return ",".join(px(v) for v in view(lon, lat))


def _outline(view: View, ring: Ring, shift: float) -> str:
    """Write a ring as a line; where it was cut, at the 180th meridian and at a pole, it has no edge."""
    d, pen = "", False
    for (x0, y0), (x1, y1) in pairwise(ring):
        cut = (x0 == x1 and abs(x0) == 180.0) or (y0 == y1 and abs(y0) == 90.0)
        if not cut:
            d += ("" if pen else f"M{_at(view, x0 + shift, y0)}") + f"L{_at(view, x1 + shift, y1)}"
        pen = not cut
    return d


def _middle(view: View, parts: list[tuple[Ring, ...]]) -> tuple[float, float]:
    """Return where the name of an area stands: the middle of its largest part within the window."""
    best, found = -1.0, (0.0, 0.0)
    for part in parts:
        for shift in view.shifts(part[0]):
            points = [view(x + shift, y) for x, y in part[0]]
            (x0, x1), (y0, y1) = (min(p[0] for p in points), max(p[0] for p in points)), (
                min(p[1] for p in points), max(p[1] for p in points))
            if (size := (x1 - x0) * (y1 - y0)) > best:
                best, found = size, ((x0 + x1) / 2, (y0 + y1) / 2)
                for ring in part[1:]:
                    hole = [view(x + shift, y) for x, y in ring]
                    low, high = min(x for x, _y in hole), max(x for x, _y in hole)
                    if low <= found[0] <= high:
                        # The name stands beside a hole: in the wider of the two sides.
                        found = ((x0 + low) / 2 if low - x0 > x1 - high else (x1 + high) / 2, found[1])
    return found


def _label(canvas: Canvas, at: tuple[float, float], words: str) -> None:
    if 0 <= at[0] <= canvas.width and 0 <= at[1] <= canvas.height:
        half = width_of(words) / 2 + 4
        canvas.text(min(max(at[0], half), canvas.width - half), at[1] + 4, words, "halo mid")


def _graticule(canvas: Canvas, view: View, height: float) -> None:
    step = next(s for s in (1, 2, 5, 10, 20, 30, 60) if (view.east - view.west) / s <= 12 or s == 60)
    lon = math.ceil(view.west / step) * step
    while lon <= view.east:
        x, _y = view(lon, 0.0)
        canvas.path(f"M{px(x)} 0V{px(height)}", "graticule")
        shown = (lon + 180) % 360 - 180
        side = "" if shown in {0, -180} else " W" if shown < 0 else " E"
        words = f"{abs(shown):g}°{side}"
        if x + 4 + width_of(words) < canvas.width:
            canvas.text(x + 4, 14, words, "t-map")
        lon += step
    lat = math.ceil(view.south / step) * step
    while lat <= view.north:
        _x, y = view(0.0, lat)
        canvas.path(f"M0 {px(y)}H{px(canvas.width)}", "graticule")
        if 24 < y < height - 24:
            canvas.text(6, y - 4, f"{abs(lat):g}°{'' if lat == 0 else ' S' if lat < 0 else ' N'}", "t-map")
        lat += step


def _scale_bar(canvas: Canvas, view: View, height: float) -> None:
    """Draw the longest round distance that fits, true in the middle of the window."""
    middle = math.radians(latitude((view.top - height / 2) / view.scale))
    m_per_px = MERCATOR_PX_PER_DEG_M * math.cos(middle) / view.scale
    longest = 110 * m_per_px
    power = 10 ** math.floor(math.log10(longest))
    meters = next(n * power for n in (5, 2, 1) if n * power <= longest)
    words = f"{number(meters / 1000)} km · {number(meters / 1852, 0)} nmi"
    canvas.path(f"M8.5 {px(height - 24)}v6h{px(meters / m_per_px)}v-6", "axis")
    canvas.text(8, height - 6, words, "t-map")
