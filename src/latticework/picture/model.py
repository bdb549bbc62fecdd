"""The values of the Picture room: a track row, a radar, and the record in which a member tells its radars.

A track row is what one member says about one object in the air at one time, as fixed-size fields of a numpy array, so
that ten thousand of them are one block of memory, one signature and one decision table. Whose information it is stands
in every row (`origin`), and so does which of that member's radars it rests on (`pedigree`): a receiver that fuses
later can tell an independent observation from an echo. Positions only; nothing here serves engagement.

Source: the fields follow EUROCONTROL-SPEC-0149-9 (ASTERIX CAT062, system track data): I062/040 track number, I062/070
time, I062/105 position in WGS-84, I062/136 measured flight level, I062/185 velocity, I062/080 track status,
I062/500 estimated accuracies. Affiliations and their frames follow NATO APP-6 (standard identity).
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from latticework.kernel.errors import InvalidRecord
from latticework.kernel.ids import MemberId, Topic, parse_member

STREAM: Final = "picture.track/1"
"""Name of the stream kind."""
TOPIC: Final = Topic("air.tracks")
"""What tracks are about; an arrangement that covers it lets them flow."""
POOL: Final = 99_999
"""Track numbers of a member run from 1 to this; they are shown with the member's trigraph (``JPN-04127``)."""
MAX_RADARS: Final = 32
"""A pedigree holds this many radars of one member."""

TRACK: Final = np.dtype(
    [
        ("slot", "<u4"),
        ("number", "<u4"),
        ("pedigree", "<u4"),
        ("label", "<u2"),
        ("origin", "<u2"),
        ("time_ms", "<i8"),
        ("latitude_deg", "<f8"),
        ("longitude_deg", "<f8"),
        ("altitude_m", "<f4"),
        ("speed_mps", "<f4"),
        ("course_deg", "<f4"),
        ("climb_mps", "<f4"),
        ("position_sigma_m", "<f4"),
        ("flags", "<u2"),
        ("affiliation", "u1"),
        ("quality", "u1"),
    ]
)
"""One track row, 64 bytes, little-endian, without padding.

========================== ======================================================================================
slot                       place in the sender's table; the latest row of a slot replaces the one before
number                     track number in the origin's pool, 1 to 99 999
pedigree                   bit i: radar i of the origin's ``picture.radars/1`` record contributed
label                      index into the stream's table of labels
origin                     whose information it is, by :func:`code_of_member`
time_ms                    time of applicability, ms since 1970, UTC
latitude_deg, longitude_deg position, WGS 84, degrees north and east
altitude_m                 barometric altitude above the standard level, m
speed_mps, course_deg      over the ground; course clockwise from true north, 0 to 360
climb_mps                  rate of climb, positive up
position_sigma_m           standard deviation of the position along each horizontal axis, m
flags                      :class:`TrackFlag`
affiliation                :class:`Affiliation`
quality                    0 to 15, 15 best (finer position), for the choice of who reports
========================== ======================================================================================
"""

Rows = npt.NDArray[np.void]
"""An array of dtype :data:`TRACK`, one-dimensional."""


class Affiliation(IntEnum):
    """Standard identity after APP-6; here ``friend`` and ``unknown`` are invented for the demonstration."""

    UNKNOWN = 0
    NEUTRAL = 1
    FRIEND = 2


class TrackFlag(IntFlag):
    """What else a reader must know about a row."""

    MOVED = 1
    """Recorded elsewhere and moved here."""
    SYNTHETIC = 2
    """Made by the generator."""
    DEGRADED = 4
    """Made coarser before release; `position_sigma_m` covers it."""


class Radar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One radar site or a moving sensor that is treated as fixed.

    Parameters
    ----------
    name
        For people; the sites of the reference federation are invented.
    latitude_deg, longitude_deg
        WGS 84 degrees.
    height_m
        Height of the antenna above sea level, m.
    range_m
        Instrumented range, m.
    sigma_range_m, sigma_azimuth_deg
        Standard deviation of one measurement in range (m) and in azimuth (degrees).
    status
        ``V``, ``P`` or ``invented``.
    """

    name: str
    latitude_deg: float
    longitude_deg: float
    height_m: float
    range_m: float
    sigma_range_m: float = 60.0
    sigma_azimuth_deg: float = 0.08
    status: str = "invented"

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude_deg <= 90 and -180 <= self.longitude_deg <= 180):
            raise InvalidRecord(f"radar {self.name[:40]!r} stands outside the earth's degrees; correct its position.")
        if not (0 <= self.height_m <= 30_000 and 0 < self.range_m <= 1_000_000):
            raise InvalidRecord(f"radar {self.name[:40]!r} needs a height of 0 to 30 km and a range up to 1 000 km.")
        if not (0 < self.sigma_range_m <= 100_000 and 0 < self.sigma_azimuth_deg <= 45):
            raise InvalidRecord(f"radar {self.name[:40]!r} needs positive standard deviations.")


class RadarList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a ``picture.radars/1`` record: a member's radars, in the order that a pedigree's bits count.

    Parameters
    ----------
    radars
        Each under its own name.
    status
        ``V`` (read in full), ``P`` (press) or ``invented``.
    source
        Where it comes from in public; empty when it is invented.
    """

    radars: tuple[Radar, ...]
    status: str = "invented"
    source: str = ""

    def __post_init__(self) -> None:
        if len(self.radars) > MAX_RADARS:
            raise InvalidRecord(f"a radar list holds at most {MAX_RADARS} radars; split the member's list.")
        if len({radar.name for radar in self.radars}) != len(self.radars):
            raise InvalidRecord("each radar of a list needs its own name.")


def code_of_member(member: MemberId) -> int:
    """Return a trigraph as a number below 26³ = 17 576: the same on every node, with no table to agree on."""
    a, b, c = (ord(letter) - 65 for letter in parse_member(member))
    return (a * 26 + b) * 26 + c


def member_of_code(code: int) -> MemberId:
    """Return the member of :func:`code_of_member`, or raise ``InvalidId`` when `code` is none."""
    if not 0 <= code < 26**3:
        return parse_member(f"code {code}")
    return MemberId("".join(chr(65 + digit) for digit in (code // 676, code // 26 % 26, code % 26)))


def name_of_track(origin: int, number: int) -> str:
    """Return the track's name for people, ``JPN-04127``."""
    return f"{member_of_code(origin)}-{number:05d}"


def valid_rows(rows: Rows) -> npt.NDArray[np.bool_]:
    """Say, for each row, whether its values are possible: what a sender could spoil and a screen would show.

    Parameters
    ----------
    rows
        dtype :data:`TRACK`, shape (n,).

    Returns
    -------
    numpy.ndarray
        bool, shape (n,): finite, within the earth's degrees, and within generous physical bounds (altitude −500 m to
        100 km, speed below 10 km/s, number in its pool, origin a trigraph's code).
    """
    with np.errstate(invalid="ignore"):
        fine: npt.NDArray[np.bool_] = (
            (np.abs(rows["latitude_deg"]) <= 90)
            & (np.abs(rows["longitude_deg"]) <= 180)
            & (rows["altitude_m"] >= -500)
            & (rows["altitude_m"] <= 100_000)
            & (rows["speed_mps"] >= 0)
            & (rows["speed_mps"] < 10_000)
            & (rows["course_deg"] >= 0)
            & (rows["course_deg"] <= 360)
            & (np.abs(rows["climb_mps"]) < 10_000)
            & (rows["position_sigma_m"] >= 0)
            & (rows["position_sigma_m"] < 1e7)
            & (rows["number"] >= 1)
            & (rows["number"] <= POOL)
            & (rows["origin"] < 26**3)
            & (rows["affiliation"] <= Affiliation.FRIEND)
            & (rows["time_ms"] >= 0)
        )
    return fine
