"""Pictures of places: areas, points and routes on the basemap."""

from __future__ import annotations

import math

import msgspec

from latticework.kernel.errors import InvalidChart
from latticework.workbench.pictures.model.base import EdgeKind, Picture, Tone, few

Ring = tuple[tuple[float, float], ...]
"""Longitude and latitude of each corner, degrees, WGS 84; closed or not."""


def _on_earth(what: str, points: Ring) -> None:
    for lon, lat in points:
        if not (math.isfinite(lon) and math.isfinite(lat) and -540 <= lon <= 540 and -90 <= lat <= 90):
            raise InvalidChart(f"{what} has a corner that is not on Earth: longitude {lon:g}, latitude {lat:g}.")


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A named area: polygons of rings, the first ring the outside and more the holes, as in RFC 7946."""

    title: str
    polygons: tuple[tuple[Ring, ...], ...]
    tone: Tone = "plain"
    note: str = ""
    href: str = ""

    def __post_init__(self) -> None:
        for polygon in self.polygons:
            for ring in polygon:
                _on_earth(f"the area {self.title[:60]!r}", ring)
                if len(set(ring)) < 3:
                    raise InvalidChart(f"the area {self.title[:60]!r} has a ring of fewer than three corners.")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A named point; `sidc` as in :class:`Node`."""

    title: str
    longitude_deg: float
    latitude_deg: float
    sidc: str = ""
    note: str = ""
    href: str = ""

    def __post_init__(self) -> None:
        _on_earth(f"the place {self.title[:60]!r}", ((self.longitude_deg, self.latitude_deg),))


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A named line over the Earth; each leg takes the shorter way."""

    title: str
    points: Ring
    kind: EdgeKind = "command"
    note: str = ""

    def __post_init__(self) -> None:
        _on_earth(f"the route {self.title[:60]!r}", self.points)
        if len(self.points) < 2:
            raise InvalidChart(f"the route {self.title[:60]!r} has fewer than two points.")


class AreaMap(Picture, frozen=True, kw_only=True):
    """Areas, places and routes on the basemap, fitted into the view; nothing on it moves."""

    areas: tuple[Area, ...] = ()
    places: tuple[Place, ...] = ()
    routes: tuple[Route, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        few(sum(len(ring) for a in self.areas for p in a.polygons for ring in p) + len(self.places)
             + sum(len(r.points) for r in self.routes))
