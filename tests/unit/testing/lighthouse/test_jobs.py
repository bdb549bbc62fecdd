"""The lit area against closed forms: a cap, disjoint caps, one in another, and the lens of two equal discs."""

from __future__ import annotations

import math

import pytest

from latticework.testing.lighthouse.jobs import KIND, Circle, Estimate, LitArea, cap_km2
from latticework.workbench.jobs.here import run_here
from latticework.workbench.jobs.limits import JobState, Limits

DEGREE_KM = math.pi * 6371.0088 / 180


def area(*circles: Circle, samples: int = 400_000, workers: int = 1, seed: int = 5) -> LitArea:
    done = run_here(KIND, Estimate(samples=samples, circles=circles), seed=seed, limits=Limits(workers=workers))
    assert done.state is JobState.DONE, done.failure
    assert isinstance(done.value, LitArea)
    return done.value


def circle(longitude_deg: float, range_km: float, latitude_deg: float = 0.0) -> Circle:
    return Circle(latitude_deg=latitude_deg, longitude_deg=longitude_deg, range_km=range_km)


def test_single_and_disjoint_caps_are_exact() -> None:
    found = area(circle(0, 30), circle(179.9, 20), circle(-30, 10, latitude_deg=89.0), samples=20_000)
    assert found.area_km2 == pytest.approx(cap_km2(30) + cap_km2(20) + cap_km2(10), rel=1e-12)
    assert found.half_width_km2 == pytest.approx(0, abs=1e-3)


def test_a_circle_within_another_adds_nothing() -> None:
    found = area(circle(0, 30), circle(0, 15))
    assert abs(found.area_km2 - cap_km2(30)) < 2 * found.half_width_km2


def test_two_overlapping_discs_are_the_closed_form() -> None:
    # Weisstein, "Circle-Circle Intersection", MathWorld, eq. 14 with equal radii; at 20 km the sphere is flat to 1e-6.
    radius, distance = 20.0, 0.2 * DEGREE_KM
    lens = 2 * radius**2 * math.acos(distance / (2 * radius)) - distance / 2 * math.sqrt(4 * radius**2 - distance**2)
    found = area(circle(10, radius), circle(10.2, radius), samples=2_000_000)
    assert found.half_width_km2 < 1.5
    assert abs(found.area_km2 - (2 * math.pi * radius**2 - lens)) < 2 * found.half_width_km2


def test_the_same_seed_gives_the_same_area_with_one_and_two_workers() -> None:
    circles = (circle(10, 20), circle(10.2, 20), circle(10.1, 25))
    one, two = (area(*circles, workers=n) for n in (1, 2))
    assert one == two
    assert area(*circles, seed=6).area_km2 != one.area_km2


def test_it_ends_when_it_is_precise_enough() -> None:
    done = run_here(KIND, Estimate(samples=10**9, precision=0.01, circles=(circle(10, 20), circle(10.2, 20))), seed=1)
    assert isinstance(done.value, LitArea)
    assert 0 < done.value.half_width_km2 < 0.01 * done.value.area_km2
    assert done.value.samples < 10**9
