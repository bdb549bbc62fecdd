"""Lines and polygons that cross the 180th meridian, cut in two there so that nothing runs around the Earth.

Source: RFC 7946, "The GeoJSON Format", section 3.1.9: a geometry that crosses the antimeridian should be represented
by cutting it in two such that neither part's representation crosses it. Between two corners the shorter way is taken,
straight in longitude and latitude, as in the RFC's own examples. A ring around a pole is closed along it.
"""

from __future__ import annotations

import itertools

from latticework.workbench.pictures.model import Ring


def unrolled(points: Ring, *, closed: bool = False) -> tuple[list[tuple[float, float]], int]:
    """Return the points with longitudes that go on past 180 instead of jumping, and how often a ring goes around.

    Parameters
    ----------
    points
        Longitudes and latitudes, degrees.
    closed
        Whether the last point leads back to the first.
    """
    found = [points[0]]
    for lon, lat in points[1:]:
        last = found[-1][0]
        found.append((last + _shorter(lon - last), lat))
    turns = 0
    if closed:
        turns = round((found[-1][0] + _shorter(points[0][0] - found[-1][0]) - found[0][0]) / 360)
    return found, turns


def _shorter(step: float) -> float:
    """Return a step of longitude as the way of at most half a turn."""
    return (step + 180.0) % 360.0 - 180.0 if abs(step) > 180.0 else step


def cut_line(points: Ring) -> list[Ring]:
    """Return a line as parts of which none crosses the 180th meridian."""
    path, _turns = unrolled(points)
    parts: list[list[tuple[float, float]]] = []
    band = 0.0
    for one, other in itertools.pairwise(path):
        meridian = _meridian_between(one[0], other[0])
        stops = [one, other]
        if meridian is not None:
            share = (meridian - one[0]) / (other[0] - one[0])
            stops.insert(1, (meridian, one[1] + share * (other[1] - one[1])))
        for start, end in itertools.pairwise(stops):
            here = ((start[0] + end[0]) / 2 + 180.0) // 360.0 * 360.0
            if not parts or here != band:
                parts.append([(start[0] - here, start[1])])
                band = here
            parts[-1].append((end[0] - here, end[1]))
    return [tuple(part) for part in parts]


def _meridian_between(one: float, other: float) -> float | None:
    """Return the odd multiple of 180 between two longitudes at most half a turn apart, or None."""
    low, high = min(one, other), max(one, other)
    first = ((low + 180.0) // 360.0 + 1) * 360.0 - 180.0
    return first if low < first < high else None


def cut_polygon(rings: tuple[Ring, ...]) -> list[tuple[Ring, ...]]:
    """Return a polygon as polygons of which none crosses the 180th meridian; rings come back closed.

    A hole stays with every part that it lies in.
    """
    opened = [ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring for ring in rings]
    outside, turns = unrolled(opened[0], closed=True)
    if turns:
        outside = _around_pole(outside, turns)
    holes = []
    for ring in opened[1:]:
        hole, _t = unrolled(ring, closed=True)
        # A hole is brought to the copy of the Earth in which its outside stands.
        middle = sum(x for x, _y in outside) / len(outside)
        shift = round((middle - sum(x for x, _y in hole) / len(hole)) / 360) * 360.0
        holes.append([(x + shift, y) for x, y in hole])
    first = int((min(x for x, _y in outside) + 180.0) // 360.0)
    last = int(-((-max(x for x, _y in outside) - 180.0) // 360.0)) - 1
    found = []
    for band in range(first, max(first, last) + 1):
        west, east = band * 360.0 - 180.0, band * 360.0 + 180.0
        parts = [_clipped(_clipped(ring, west, keep_east=True), east, keep_east=False) for ring in [outside, *holes]]
        if len(parts[0]) >= 3:
            found.append(tuple(tuple((x - band * 360.0, y) for x, y in [*ring, ring[0]]) for ring in parts
                               if len(ring) >= 3))
    return found


def _around_pole(ring: list[tuple[float, float]], turns: int) -> list[tuple[float, float]]:
    """Close a ring that goes around the Earth over the nearer pole."""
    pole = 90.0 if sum(y for _x, y in ring) >= 0 else -90.0
    step = 360.0 if turns > 0 else -360.0
    end = (ring[0][0] + step, ring[0][1])
    return [*ring, end, (end[0], pole), (ring[0][0], pole)]


def _clipped(ring: list[tuple[float, float]], meridian: float, *, keep_east: bool) -> list[tuple[float, float]]:
    """Return the part of a ring on one side of a meridian.

    Source: I. Sutherland, G. Hodgman, "Reentrant Polygon Clipping", CACM 17 (1974), 32-42.
    """
    def inside(x: float) -> bool:
        return x >= meridian if keep_east else x <= meridian

    found: list[tuple[float, float]] = []
    for at, (x, y) in enumerate(ring):
        last_x, last_y = ring[at - 1]
        if inside(x) != inside(last_x):
            share = (meridian - last_x) / (x - last_x)
            edge = (meridian, last_y + share * (y - last_y))
            if not found or found[-1] != edge:
                found.append(edge)
        if inside(x) and (not found or found[-1] != (x, y)):
            found.append((x, y))
    return found[:-1] if len(found) > 1 and found[0] == found[-1] else found
