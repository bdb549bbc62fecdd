"""What a radar can see: instrumented range, and the horizon of a radio wave over a round earth.

Source: US Federal Standard 1037C and Recommendation ITU-R P.310, "effective radius of the earth" (4/3 of the true one
in the standard atmosphere); M. I. Skolnik, "Introduction to Radar Systems", 3rd ed., chapter 8 (the distances to the
horizon of the antenna and of the object add up).
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from latticework.picture.model import Radar
from latticework.picture.sphere import EARTH_RADIUS_M, Floats, distance_m, unit_vectors

EFFECTIVE_RADIUS_M: Final = EARTH_RADIUS_M * 4 / 3


def horizon_m(height_m: npt.ArrayLike) -> Floats:
    """Return how far the radio horizon is from a height above sea level.

    ``d = sqrt(2 k a h)`` with k = 4/3 and a the earth's radius; in round numbers ``4.12 km * sqrt(h / m)``.

    Parameters
    ----------
    height_m
        Heights, m; below sea level counts as 0.
    """
    height = np.maximum(np.asarray(height_m, dtype=np.float64), 0.0)
    horizon: Floats = np.sqrt(2 * EFFECTIVE_RADIUS_M * height)
    return horizon


def reach_m(radar: Radar, altitude_m: npt.ArrayLike) -> Floats:
    """Return how far over ground `radar` sees an object at each altitude: the smaller of range and horizons' sum."""
    reach: Floats = np.minimum(radar.range_m, horizon_m(radar.height_m) + horizon_m(altitude_m))
    return reach


class Seen(msgspec.Struct, frozen=True):
    """What a set of radars sees of a set of objects.

    Parameters
    ----------
    by
        Bit i set: radar i sees the object; uint32, shape (n,). 0: nobody sees it.
    sigma_m
        Standard deviation of position by the best radar, m; float64, shape (n,); infinite where nobody sees it.
    """

    by: npt.NDArray[np.uint32]
    sigma_m: Floats


def look(radars: tuple[Radar, ...], vectors: Floats, altitude_m: Floats) -> Seen:
    """Return which of `radars` see which objects, and how finely.

    The standard deviation across the beam grows with distance and is the larger one from a few tens of kilometers on;
    the row's one number is the larger of the two axes, so that it never claims too much.

    Parameters
    ----------
    radars
        Up to 32.
    vectors
        Unit vectors of the objects, float64, shape (n, 3).
    altitude_m
        Altitudes, float64, shape (n,).
    """
    by = np.zeros(len(vectors), dtype=np.uint32)
    sigma = np.full(len(vectors), np.inf)
    for index, radar in enumerate(radars):
        site = unit_vectors(radar.latitude_deg, radar.longitude_deg)
        distance = distance_m(vectors, site)
        sees = distance <= reach_m(radar, altitude_m)
        across = distance * np.radians(radar.sigma_azimuth_deg)
        by |= np.where(sees, np.uint32(1 << index), np.uint32(0))
        sigma = np.where(sees, np.minimum(sigma, np.maximum(across, radar.sigma_range_m)), sigma)
    return Seen(by, sigma)
