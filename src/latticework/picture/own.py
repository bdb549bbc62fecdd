"""A member's own picture: what its radars see of the traffic, under its own track numbers, as rows to release.

Each object that comes into reach gets a slot and a number; both are drawn at random, so that a partner that receives
some rows cannot count the others. Positions carry an error of the size that each row states: a first-order
Gauss-Markov process, as the residual error of a tracker is correlated over its smoothing time.

Source: A. Gelb (ed.), "Applied Optimal Estimation", MIT Press 1974, section 3.8 (exponentially correlated error).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from latticework.kernel.clock import Entropy
from latticework.kernel.ids import MemberId
from latticework.kernel.labels.label import Label
from latticework.picture.labels import Zoning
from latticework.picture.model import POOL, TRACK, Radar, Rows, code_of_member
from latticework.picture.radars import look
from latticework.picture.sphere import EARTH_RADIUS_M, degrees_of, east_north
from latticework.picture.traffic import Moment, Traffic

FORGET_MS: Final = 60_000
"""An object that was not seen for this long loses its slot and its number."""
SLOTS: Final = 16_384
"""Slots of one member's stream: the most objects it can follow at once."""
ERROR_TIME_S: Final = 60.0
FINEST_SIGMA_M: Final = 25.0
"""Quality 15 stands for this standard deviation; each doubling costs two steps."""


class _Held:
    """What is remembered of one object that is being followed."""

    __slots__ = ("east", "north", "number", "seen_ms", "slot")

    def __init__(self, slot: int, number: int, east: float, north: float, seen_ms: int) -> None:
        self.slot = slot
        self.number = number
        self.east = east
        self.north = north
        self.seen_ms = seen_ms


class OwnPicture:
    """Makes rows from a source of traffic and the member's radars.

    Parameters
    ----------
    own
        The member; the origin of every row.
    radars
        In the order of its ``picture.radars/1`` record.
    traffic
        Where the objects come from.
    zoning
        Which label a row gets, by its position.
    entropy
        For slots, numbers and errors.
    """

    def __init__(
        self, own: MemberId, radars: tuple[Radar, ...], traffic: Traffic, zoning: Zoning, entropy: Entropy
    ) -> None:
        self.own = own
        self.radars = radars
        self.traffic = traffic
        self.zoning = zoning
        self._random = np.random.Generator(np.random.PCG64(int.from_bytes(entropy.token(16))))
        self._free = [int(slot) for slot in self._random.permutation(SLOTS)]
        self._numbers = iter(self._random.permutation(POOL) + 1)
        self._held: dict[int, _Held] = {}
        self.refused = 0
        """Objects that were in reach and found no slot."""

    def __len__(self) -> int:
        return len(self._held)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels that rows can carry; a row's ``label`` is an index into this tuple."""
        return self.zoning.labels

    def rows(self, time_ms: int, part: int = 0, parts: int = 1) -> Rows:
        """Return one row for each object of this part that the radars see at `time_ms`.

        Returns
        -------
        numpy.ndarray
            dtype :data:`~latticework.picture.model.TRACK`, shape (n,).
        """
        moment = self.traffic.at(time_ms, part, parts)
        seen = look(self.radars, moment.vectors, moment.altitude_m)
        visible = np.flatnonzero(seen.by)
        sigma = seen.sigma_m[visible]
        held = self._follow(moment, visible, time_ms)
        if len(held) < len(visible):
            followed = [i for i, key in enumerate(moment.keys[visible].tolist()) if key in self._held]
            visible, sigma = visible[followed], sigma[followed]
        rows = np.zeros(len(visible), dtype=TRACK)
        if not len(visible):
            return rows
        east, north = east_north(moment.vectors[visible])
        error = np.array([(h.east, h.north) for h in held]) * sigma[:, None] / EARTH_RADIUS_M
        shifted = moment.vectors[visible] + east * error[:, :1] + north * error[:, 1:]
        rows["latitude_deg"], rows["longitude_deg"] = degrees_of(shifted)
        rows["slot"] = [h.slot for h in held]
        rows["number"] = [h.number for h in held]
        rows["pedigree"] = seen.by[visible]
        rows["label"] = self.zoning.indexes(rows["latitude_deg"], rows["longitude_deg"])
        rows["origin"] = code_of_member(self.own)
        rows["time_ms"] = time_ms
        rows["altitude_m"] = moment.altitude_m[visible]
        rows["speed_mps"] = moment.speed_mps[visible]
        rows["course_deg"] = moment.course_deg[visible]
        rows["climb_mps"] = moment.climb_mps[visible]
        rows["position_sigma_m"] = sigma
        rows["flags"] = int(self.traffic.flag)
        rows["affiliation"] = moment.affiliation[visible]
        rows["quality"] = np.clip(np.round(15 - 2 * np.log2(sigma / FINEST_SIGMA_M)), 0, 15)
        return rows

    def _follow(self, moment: Moment, visible: np.ndarray[tuple[int], np.dtype[np.intp]], time_ms: int) -> list[_Held]:
        """Return what is held of each visible object, in order, new ones included while slots last."""
        steps = self._random.standard_normal((len(visible), 2))
        found: list[_Held] = []
        for index, key in enumerate(moment.keys[visible].tolist()):
            east, north = float(steps[index, 0]), float(steps[index, 1])
            held = self._held.get(key)
            if held is None:
                held = self._begin(east, north, time_ms)
                if held is None:
                    self.refused += 1
                    continue
                self._held[key] = held
            else:
                keep = math.exp(-max(time_ms - held.seen_ms, 0) / 1000 / ERROR_TIME_S)
                fresh = math.sqrt(1 - keep * keep)
                held.east = keep * held.east + fresh * east
                held.north = keep * held.north + fresh * north
                held.seen_ms = time_ms
            found.append(held)
        return found

    def _begin(self, east: float, north: float, time_ms: int) -> _Held | None:
        if not self._free:
            return None
        number = next(self._numbers, None)
        if number is None:
            taken = {held.number for held in self._held.values()}
            self._numbers = iter(n for n in self._random.permutation(POOL) + 1 if int(n) not in taken)
            number = next(self._numbers)
        return _Held(self._free.pop(), int(number), east, north, time_ms)

    def forget(self, time_ms: int) -> int:
        """Give back slot and number of what was not seen for a minute; return how many."""
        gone = [key for key, held in self._held.items() if time_ms - held.seen_ms > FORGET_MS]
        for key in gone:
            slot = self._held.pop(key).slot
            self._free.insert(int(self._random.integers(len(self._free) + 1)), slot)
        return len(gone)
