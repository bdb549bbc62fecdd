"""What a radar sees, against the closed formula of the radio horizon and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latticework.picture.model import Radar
from latticework.picture.radars import horizon_m, look, reach_m
from latticework.picture.sphere import unit_vectors


def radar(height_m: float = 0.0, range_m: float = 400_000.0, **more: float) -> Radar:
    return Radar(name="x", latitude_deg=30.0, longitude_deg=130.0, height_m=height_m, range_m=range_m, **more)


@pytest.mark.parametrize("height_m", [1.0, 100.0, 1_000.0, 10_000.0])
def test_horizon_is_the_textbooks_number(height_m: float) -> None:
    # Skolnik, 3rd ed., chapter 8: d(km) = 4.12 * sqrt(h(m)) for the 4/3 earth.
    assert float(horizon_m(height_m)) / 1000 == pytest.approx(4.12 * height_m**0.5, rel=1e-3)


def test_below_the_sea_is_the_sea() -> None:
    assert float(horizon_m(-20.0)) == 0.0


def test_horizons_add_and_range_limits() -> None:
    assert float(reach_m(radar(100.0), 100.0)) == pytest.approx(2 * float(horizon_m(100.0)))
    assert float(reach_m(radar(100.0, range_m=50_000.0), 10_000.0)) == 50_000.0


def test_a_low_object_hides_behind_the_earth() -> None:
    # 200 km away: an antenna at sea level sees 412 km at 10 000 m of altitude, and 41 km at 100 m.
    away = unit_vectors(np.array([30.0 + 200 / 111.195] * 2), np.array([130.0] * 2))
    seen = look((radar(),), away, np.array([10_000.0, 100.0]))
    assert seen.by.tolist() == [1, 0]
    assert np.isinf(seen.sigma_m[1])


def test_bits_name_the_radars_and_the_finest_counts() -> None:
    near = unit_vectors(np.array([30.1]), np.array([130.0]))
    coarse, fine = radar(sigma_azimuth_deg=2.0), radar(sigma_azimuth_deg=0.1)
    blind = Radar(name="far", latitude_deg=-30.0, longitude_deg=0.0, height_m=0, range_m=1000)
    seen = look((coarse, blind, fine), near, np.array([9_000.0]))
    assert seen.by.tolist() == [0b101]
    # 0.1 degrees of latitude are 11.12 km; across the beam of 0.1 degrees that is 19.4 m, so range's 60 m is larger.
    assert seen.sigma_m.tolist() == [60.0]
    # Coarse alone: 11.12 km * 2 degrees = 388 m.
    assert look((coarse,), near, np.array([9_000.0])).sigma_m[0] == pytest.approx(388.2, rel=1e-3)


@given(st.floats(0, 20_000), st.floats(0, 20_000))
def test_higher_sees_farther(low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert float(reach_m(radar(), low)) <= float(reach_m(radar(), high))
