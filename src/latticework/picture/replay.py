"""Replays recorded traffic over North-East Asia: moved by rotations of the sphere, in a loop, interpolated in time.

A rotation keeps distances, speeds and angles, so the traffic flies as it flew, elsewhere. Several copies of the
recording, each moved to its own area, turned by its own angle and shifted in time, make one sky. Which part of the
recording is shown depends on the time of day alone: every node that replays shows the same sky at the same time.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from latticework.picture.model import TrackFlag
from latticework.picture.sphere import between, courses, headings, rotation, unit_vectors
from latticework.picture.traffic import Moment, Origin, invented_affiliation

SOURCE_PLACE_DEG: Final = (46.81, 8.22)
"""Middle of the recording: the middle of Switzerland."""
LONGEST_GAP_MS: Final = 30_000
"""A longer pause between two rows ends a flight; the rest is another one."""


class Area(msgspec.Struct, frozen=True):
    """Where a copy of the recording is moved to.

    Parameters
    ----------
    name
        For the documentation.
    latitude_deg, longitude_deg
        Place that the middle of Switzerland comes to lie on.
    turn_deg
        Clockwise turn about it.
    """

    name: str
    latitude_deg: float
    longitude_deg: float
    turn_deg: float


AREAS: Final = (
    Area("Hokkaido", 42.6, 142.2, 30.0),
    Area("Tohoku", 39.2, 139.8, 80.0),
    Area("Sea between Korea and Japan, east", 38.4, 135.0, 40.0),
    Area("Sea between Korea and Japan, west", 38.6, 131.0, 120.0),
    Area("Northern Korea Strait", 36.2, 128.4, 75.0),
    Area("Yellow Sea", 35.2, 124.6, 110.0),
    Area("Jeju", 33.0, 126.6, 150.0),
    Area("Kyushu", 32.4, 130.6, 20.0),
    Area("Kansai", 34.4, 134.6, 5.0),
    Area("Kanto", 35.8, 139.2, 50.0),
    Area("South of Honshu", 32.6, 137.0, 95.0),
    Area("East China Sea", 30.2, 125.4, 140.0),
    Area("Satsunan", 29.4, 129.4, 65.0),
    Area("Okinawa", 26.2, 127.4, 25.0),
    Area("Daito", 26.0, 131.6, 100.0),
    Area("Philippine Sea, north", 22.4, 127.8, 65.0),
    Area("Luzon Strait", 19.8, 122.4, 95.0),
    Area("Northern Luzon", 17.0, 120.6, 45.0),
    Area("Manila", 14.2, 121.4, 10.0),
    Area("Visayas", 11.2, 123.8, 55.0),
)
"""Over the routes between Korea, Japan, the East China Sea and the Philippines, so that five members see something."""


class Replay:
    """The recording as a source of traffic.

    Parameters
    ----------
    rows
        dtype :data:`~latticework.picture.recording.ROW`, sorted by aircraft and time.
    areas
        Where to.
    copies
        How many copies in each area, each shifted in time and turned further.
    """

    def __init__(self, rows: npt.NDArray[np.void], areas: tuple[Area, ...] = AREAS, copies: int = 2) -> None:
        times = rows["time_ms"].astype(np.int64) - int(rows["time_ms"].min())
        aircraft = rows["aircraft"].astype(np.int64)
        breaks = np.flatnonzero((np.diff(aircraft) != 0) | (np.diff(times) > LONGEST_GAP_MS)) + 1
        starts = np.concatenate([[0], breaks])
        ends = np.concatenate([breaks, [len(rows)]])
        long_enough = ends - starts >= 2
        self._first = starts[long_enough]
        self._last = ends[long_enough] - 1
        self._begin_ms = times[self._first]
        self._end_ms = times[self._last]
        self._flights = len(self._first)
        # One sorted key of (row's flight, time) finds the row before any time of any flight in one search.
        self._stride = int(times.max()) + 1
        flight_of_row = np.zeros(len(rows), dtype=np.int64)
        flight_of_row[breaks] = 1
        self._segment_of_first = np.cumsum(flight_of_row)[self._first]
        self._row_key = np.cumsum(flight_of_row) * self._stride + times
        self._times = times
        self._vectors = unit_vectors(rows["latitude_deg"], rows["longitude_deg"])
        self._headings = headings(self._vectors, rows["course_deg"])
        self._scalars = np.stack(
            [rows["altitude_m"], rows["speed_mps"], rows["climb_mps"]], axis=-1
        ).astype(np.float64)
        self.span_ms = self._stride
        """Length of the loop, ms."""
        golden = 0.6180339887498949
        count = len(areas) * copies
        self._shift_ms = np.array([int(self.span_ms * (i * golden % 1.0)) for i in range(count)], dtype=np.int64)
        self._matrices = np.stack(
            [
                rotation(
                    SOURCE_PLACE_DEG, (area.latitude_deg, area.longitude_deg), area.turn_deg + 180.0 * copy / copies
                )
                for copy in range(copies)
                for area in areas
            ]
        )

    @property
    def origin(self) -> Origin:
        """Recorded, and moved."""
        return Origin("recorded", "Recorded traffic, moved from Switzerland")

    @property
    def flag(self) -> TrackFlag:
        """Every row says that it was moved."""
        return TrackFlag.MOVED

    def at(self, time_ms: int, part: int = 0, parts: int = 1) -> Moment:
        """Return the objects in the air at `time_ms`; see :class:`~latticework.picture.traffic.Traffic`."""
        shifted = time_ms + self._shift_ms
        loop, phase = np.divmod(shifted, self.span_ms)
        flying = (self._begin_ms[None, :] <= phase[:, None]) & (phase[:, None] < self._end_ms[None, :])
        copy, flight = np.nonzero(flying)
        # A flight of the next loop is another object, so that it gets another track number.
        keys = (loop[copy] * len(self._shift_ms) + copy) * self._flights + flight
        mine = keys % parts == part
        copy, flight, keys = copy[mine], flight[mine], keys[mine]
        when = phase[copy]
        row = np.searchsorted(self._row_key, self._segment_of_first[flight] * self._stride + when, side="right") - 1
        row = np.clip(row, self._first[flight], self._last[flight] - 1)
        fraction = (when - self._times[row]) / (self._times[row + 1] - self._times[row])
        matrices = self._matrices[copy]
        vectors = between(self._vectors[row], self._vectors[row + 1], fraction)
        heading = self._headings[row] * (1 - fraction)[:, None] + self._headings[row + 1] * fraction[:, None]
        vectors = np.einsum("nij,nj->ni", matrices, vectors)
        heading = np.einsum("nij,nj->ni", matrices, heading)
        scalars = self._scalars[row] * (1 - fraction)[:, None] + self._scalars[row + 1] * fraction[:, None]
        return Moment(
            keys=keys,
            vectors=vectors,
            altitude_m=scalars[:, 0],
            speed_mps=scalars[:, 1],
            course_deg=courses(vectors, heading),
            climb_mps=scalars[:, 2],
            affiliation=invented_affiliation(keys),
        )
