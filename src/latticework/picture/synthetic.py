"""A generator of air traffic for a machine without the recording: steady flights on great circles between places.

Every position is a closed function of time, so that all nodes see the same sky and a test can check any of it. The
places are cities and points at sea; the flights, levels and speeds are invented.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from latticework.picture.model import TrackFlag
from latticework.picture.sphere import ahead, courses, distance_m, unit_vectors
from latticework.picture.traffic import Moment, Origin, invented_affiliation, scatter

PLACES_DEG: Final = (
    (43.0, 141.4), (38.3, 140.9), (35.6, 139.8), (34.7, 135.4), (33.6, 130.4), (26.2, 127.7), (37.5, 126.9),
    (35.2, 129.0), (33.5, 126.5), (38.6, 133.5), (30.2, 126.0), (28.6, 131.5), (22.4, 127.8), (18.2, 120.6),
    (14.6, 121.0), (10.3, 123.9), (20.4, 122.0), (32.5, 137.2),
)
"""Ends of the routes: (latitude, longitude) in degrees."""
SHORTEST_M: Final = 250_000.0
LONGEST_M: Final = 1_900_000.0
SLOWEST_MPS: Final = 190.0
FASTEST_MPS: Final = 260.0


class Synthetic:
    """Flights that leave each end of each route at even intervals, for ever.

    Parameters
    ----------
    objects
        About how many objects are in the air at any time.
    why
        Why the generator stands in for the recording; shown beside the source.
    """

    def __init__(self, objects: int = 700, why: str = "") -> None:
        places = unit_vectors(*np.array(PLACES_DEG).T)
        pairs = [
            (a, b)
            for a in range(len(places))
            for b in range(len(places))
            if a != b and SHORTEST_M <= float(distance_m(places[a], places[b])) <= LONGEST_M
        ]
        start = places[[a for a, _ in pairs]]
        end = places[[b for _, b in pairs]]
        self._start = start
        self._length_m = distance_m(start, end)
        toward = end - start * (start * end).sum(-1, keepdims=True)
        self._heading = toward / np.linalg.norm(toward, axis=-1, keepdims=True)
        middle_mps = (SLOWEST_MPS + FASTEST_MPS) / 2
        # Little's law: objects in the air = departures per second x seconds in the air.
        self._every_ms = int(1000 * float((self._length_m / middle_mps).sum()) / objects)
        self._slots = int(np.ceil(1000 * LONGEST_M / SLOWEST_MPS / self._every_ms)) + 1
        self._offset_ms = (scatter(np.arange(len(pairs), dtype=np.int64), 3) * self._every_ms).astype(np.int64)
        self._why = why

    @property
    def origin(self) -> Origin:
        """Synthetic, with the reason."""
        return Origin("synthetic", "Synthetic traffic", self._why)

    @property
    def flag(self) -> TrackFlag:
        """Every row says that it was generated."""
        return TrackFlag.SYNTHETIC

    def at(self, time_ms: int, part: int = 0, parts: int = 1) -> Moment:
        """Return the objects in the air at `time_ms`; see :class:`~latticework.picture.traffic.Traffic`."""
        routes = np.arange(len(self._start), dtype=np.int64)
        latest = (time_ms - self._offset_ms) // self._every_ms
        route = np.repeat(routes, self._slots)
        departure = np.repeat(latest, self._slots) - np.tile(np.arange(self._slots, dtype=np.int64), len(routes))
        keys = departure * len(routes) + route
        mine = keys % parts == part
        route, departure, keys = route[mine], departure[mine], keys[mine]
        elapsed_s = (time_ms - self._offset_ms[route] - departure * self._every_ms) / 1000.0
        speed_mps = SLOWEST_MPS + (FASTEST_MPS - SLOWEST_MPS) * scatter(keys, 11)
        way_m = speed_mps * elapsed_s
        flying = way_m < self._length_m[route]
        route, keys, speed_mps, way_m = route[flying], keys[flying], speed_mps[flying], way_m[flying]
        vectors, heading = ahead(self._start[route], self._heading[route], way_m)
        level_m = 6_000 + 300 * np.floor(20 * scatter(keys, 29))
        return Moment(
            keys=keys,
            vectors=vectors,
            altitude_m=level_m,
            speed_mps=speed_mps,
            course_deg=courses(vectors, heading),
            climb_mps=np.zeros(len(keys)),
            affiliation=invented_affiliation(keys),
        )
