"""The sphere against closed formulas and against the great-circle example of a published formulary."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latticework.picture.sphere import (
    EARTH_RADIUS_M,
    ahead,
    between,
    courses,
    degrees_of,
    distance_m,
    headings,
    rotation,
    unit_vectors,
)

latitudes = st.floats(-89.9, 89.9)
longitudes = st.floats(-180, 180)


def test_published_great_circle_example() -> None:
    # E. Williams, "Aviation Formulary" v1.47, worked example: LAX (33 deg 57' N, 118 deg 24' W) to JFK (40 deg 38' N,
    # 73 deg 47' W) is 0.623585 radians, initial course 66 degrees; the point 40 % of the way is 38 deg 40.167' N,
    # 101 deg 37.570' W.
    lax = unit_vectors(33 + 57 / 60, -(118 + 24 / 60))
    jfk = unit_vectors(40 + 38 / 60, -(73 + 47 / 60))
    angle = float(distance_m(lax, jfk)) / EARTH_RADIUS_M
    assert angle == pytest.approx(0.623585, abs=1e-6)
    toward = jfk - lax * float(lax @ jfk)
    heading = toward / np.linalg.norm(toward)
    assert float(courses(lax, heading)) == pytest.approx(math.degrees(1.150035), abs=1e-3)
    part, _ = ahead(lax, heading, 0.4 * angle * EARTH_RADIUS_M)
    latitude, longitude = degrees_of(part)
    assert float(latitude) == pytest.approx(38 + 40.167 / 60, abs=1e-4)
    assert float(longitude) == pytest.approx(-(101 + 37.570 / 60), abs=1e-4)


def test_a_quarter_of_the_equator() -> None:
    assert float(distance_m(unit_vectors(0, 0), unit_vectors(0, 90))) == pytest.approx(math.pi / 2 * EARTH_RADIUS_M)


@given(latitudes, longitudes, st.floats(0, 359.999))
def test_courses_come_back(latitude: float, longitude: float, course: float) -> None:
    place = unit_vectors(latitude, longitude)
    back = float(courses(place, headings(place, course)))
    assert abs((back - course + 180) % 360 - 180) < 1e-6
    assert 0 <= back < 360


@given(latitudes, longitudes)
def test_degrees_come_back(latitude: float, longitude: float) -> None:
    back = degrees_of(unit_vectors(latitude, longitude))
    assert float(back[0]) == pytest.approx(latitude, abs=1e-9)
    assert abs((float(back[1]) - longitude + 180) % 360 - 180) < 1e-9


def test_halfway_across_the_date_line() -> None:
    middle = between(unit_vectors(10.0, 179.9), unit_vectors(10.0, -179.9), 0.5)
    _, longitude = degrees_of(middle)
    assert abs(abs(float(longitude)) - 180) < 1e-9


def test_the_poles_have_courses() -> None:
    pole = unit_vectors(90.0, 0.0)
    assert float(courses(pole, headings(pole, 123.0))) == pytest.approx(123.0)


@given(latitudes, longitudes, latitudes, longitudes, st.floats(-360, 360))
def test_a_rotation_is_rigid_and_lands_where_it_must(
    lat1: float, lon1: float, lat2: float, lon2: float, turn: float
) -> None:
    matrix = rotation((lat1, lon1), (lat2, lon2), turn)
    assert np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    assert float(np.linalg.det(matrix)) == pytest.approx(1.0)
    old = unit_vectors(lat1, lon1)
    assert np.allclose(matrix @ old, unit_vectors(lat2, lon2), atol=1e-12)
    # What flew north at the old place flies `turn` at the new one.
    new_course = float(courses(matrix @ old, matrix @ headings(old, 0.0)))
    assert abs((new_course - turn + 180) % 360 - 180) < 1e-6
