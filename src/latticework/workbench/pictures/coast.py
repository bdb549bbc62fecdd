"""The coastlines of the basemap for drawings on the node: Natural Earth 1:50m (public domain), of world-atlas."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAND: Final = Path(__file__).parent / "dist" / "land.json"
MARGIN_PX: Final = 40.0
MAX_LATITUDE_DEG: Final = 85.0511287798066


class _Land(msgspec.Struct, frozen=True):
    scale: int
    rings: list[list[int]]


class _Ring(NamedTuple):
    """One coastline: box (west, south, east, north) and corners, shape (n, 2), degrees."""

    box: tuple[float, float, float, float]
    corners: NDArray[np.float64]


@lru_cache(maxsize=1)
def rings() -> tuple[_Ring, ...]:
    """Return the coastlines; none where the front end was not built."""
    import numpy as np

    if not LAND.is_file():
        return ()
    land = msgspec.json.decode(LAND.read_bytes(), type=_Land)
    found = []
    for packed in land.rings:
        corners = np.cumsum(np.asarray(packed, dtype=np.int64).reshape(-1, 2), axis=0) / land.scale
        (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
        found.append(_Ring((float(west), float(south), float(east), float(north)), corners))
    return tuple(found)


def paths(
    west: float, east: float, south: float, north: float, scale: float, top: float, size: tuple[float, float]
) -> list[str]:
    """Return the land within a window as SVG paths in px.

    Parameters
    ----------
    west, east, south, north
        The window, degrees; `west` below `east`, which may lie beyond 180.
    scale
        Px a degree of longitude.
    top
        Mercator y (px at `scale`, growing to the north) of the window's upper edge.
    size
        Width and height of the window, px.
    """
    import numpy as np

    found = []
    for box, corners in rings():
        for turn in (-360.0, 0.0, 360.0):
            if box[0] + turn > east or box[2] + turn < west or box[1] > north or box[3] < south:
                continue
            x = (corners[:, 0] + turn - west) * scale
            lat = np.radians(np.clip(corners[:, 1], -MAX_LATITUDE_DEG, MAX_LATITUDE_DEG))
            y = top - np.degrees(np.log(np.tan(np.pi / 4 + lat / 2))) * scale
            # Far corners are drawn to just outside the window, and those that fall into the same half pixel as the one
            # before are not seen: what is left is a fraction of the coast.
            x, y = np.clip(x, -MARGIN_PX, size[0] + MARGIN_PX), np.clip(y, -MARGIN_PX, size[1] + MARGIN_PX)
            points = np.round(np.column_stack((x, y)) * 2) / 2
            kept = points[np.concatenate(([True], np.any(points[1:] != points[:-1], axis=1)))]
            if len(kept) > 3:
                steps = " ".join(f"{a:g},{b:g}" for a, b in np.diff(kept, axis=0).tolist())
                found.append(f"M{kept[0][0]:g},{kept[0][1]:g}l{steps}z")
    return found
