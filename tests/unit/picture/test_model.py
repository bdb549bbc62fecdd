"""The track row and the radar list: layout, bounds, and names that every node computes alike."""

import numpy as np
import pytest

from latticework.kernel.errors import InvalidId, InvalidRecord
from latticework.kernel.ids import MemberId
from latticework.picture.model import (
    TRACK,
    Radar,
    RadarList,
    code_of_member,
    member_of_code,
    name_of_track,
    valid_rows,
)


def rows(**values: float) -> np.ndarray:
    made = np.zeros(1, dtype=TRACK)
    made["number"] = 1
    for name, value in values.items():
        made[name] = value
    return made


def test_row_is_64_bytes_without_padding() -> None:
    assert TRACK.itemsize == 64
    assert sum(TRACK[name].itemsize for name in TRACK.names) == 64


def test_codes_of_members() -> None:
    # Base 26 by hand: AAA = 0, AAB = 1, ZZZ = 26^3 - 1, JPN = (9 * 26 + 15) * 26 + 13.
    assert [code_of_member(MemberId(m)) for m in ("AAA", "AAB", "ZZZ", "JPN")] == [0, 1, 17575, 6487]
    assert all(member_of_code(code_of_member(MemberId(m))) == m for m in ("JPN", "USA", "AUS", "KOR", "PHL"))
    with pytest.raises(InvalidId):
        member_of_code(26**3)


def test_name_of_track() -> None:
    assert name_of_track(code_of_member(MemberId("JPN")), 4127) == "JPN-04127"


def test_a_sound_row_is_valid() -> None:
    assert valid_rows(rows(latitude_deg=35.5, longitude_deg=139.8, altitude_m=11_000, speed_mps=240)).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("latitude_deg", 90.01), ("latitude_deg", np.nan), ("longitude_deg", np.inf), ("altitude_m", -501),
        ("speed_mps", -1), ("speed_mps", np.nan), ("course_deg", 361), ("climb_mps", np.nan),
        ("position_sigma_m", -1), ("position_sigma_m", np.inf), ("number", 0), ("number", 100_000),
        ("origin", 26**3), ("affiliation", 9), ("time_ms", -1),
    ],
)
def test_an_impossible_value_is_refused(field: str, value: float) -> None:
    assert not valid_rows(rows(**{field: value})).any()


def test_radar_bounds() -> None:
    with pytest.raises(InvalidRecord):
        Radar(name="x", latitude_deg=91, longitude_deg=0, height_m=0, range_m=1)
    with pytest.raises(InvalidRecord):
        Radar(name="x", latitude_deg=0, longitude_deg=0, height_m=0, range_m=0)
    with pytest.raises(InvalidRecord):
        Radar(name="x", latitude_deg=0, longitude_deg=0, height_m=0, range_m=1, sigma_azimuth_deg=0)


def test_radar_list_bounds() -> None:
    radar = Radar(name="x", latitude_deg=0, longitude_deg=0, height_m=0, range_m=1)
    with pytest.raises(InvalidRecord):
        RadarList(radars=(radar, radar))
    many = tuple(
        Radar(name=str(i), latitude_deg=0, longitude_deg=0, height_m=0, range_m=1) for i in range(33)
    )
    with pytest.raises(InvalidRecord):
        RadarList(radars=many)
