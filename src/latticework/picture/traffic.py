"""What a source of air traffic gives, recorded or generated: where every object is at one time."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from latticework.picture.model import Affiliation, TrackFlag
from latticework.picture.sphere import Floats


class Moment(msgspec.Struct, frozen=True):
    """Objects in the air at one time; every array has one entry an object.

    Parameters
    ----------
    keys
        Stable name of each object within its source; int64, shape (n,).
    vectors
        Positions as unit vectors; float64, shape (n, 3).
    altitude_m, speed_mps, course_deg, climb_mps
        float64, shape (n,).
    affiliation
        :class:`~latticework.picture.model.Affiliation`; uint8, shape (n,).
    """

    keys: npt.NDArray[np.int64]
    vectors: Floats
    altitude_m: Floats
    speed_mps: Floats
    course_deg: Floats
    climb_mps: Floats
    affiliation: npt.NDArray[np.uint8]


class Origin(msgspec.Struct, frozen=True):
    """Where the traffic comes from, for the screen and for every export.

    Parameters
    ----------
    kind
        ``recorded`` or ``synthetic``.
    words
        The note on the map, in English; the surface translates it.
    why
        Why it is this source (``the recording could not be downloaded``), or empty.
    """

    kind: str
    words: str
    why: str = ""


class Traffic(Protocol):
    """A source of traffic, a pure function of time: two nodes that ask about one time see the same sky."""

    @property
    def origin(self) -> Origin:
        """Where the traffic comes from."""
        ...

    @property
    def flag(self) -> TrackFlag:
        """What every row of this source must carry."""
        ...

    def at(self, time_ms: int, part: int = 0, parts: int = 1) -> Moment:
        """Return the objects in the air at `time_ms` whose key is `part` modulo `parts`.

        A caller that goes through the parts in turn spreads its work and its messages evenly over time.
        """
        ...


_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)


def scatter(keys: npt.NDArray[np.int64], salt: int) -> npt.NDArray[np.float64]:
    """Return for each key a fixed number in [0, 1) that looks random: the same on every node, with no state.

    Source: the output function of SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, "Fast Splittable Pseudorandom Number
    Generators", OOPSLA 2014, figure 16). Not for secrets.
    """
    with np.errstate(over="ignore"):
        z = keys.astype(np.uint64) * np.uint64(2 * salt + 1) + _GOLDEN
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    unit: npt.NDArray[np.float64] = (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)
    return unit


def invented_affiliation(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Return an affiliation for each key: four in five neutral, the rest friend or unknown. Invented, and said so."""
    share = scatter(keys, 71)
    return np.where(
        share < 0.08, Affiliation.UNKNOWN, np.where(share < 0.2, Affiliation.FRIEND, Affiliation.NEUTRAL)
    ).astype(np.uint8)
