"""Cutting at the 180th meridian, against the examples of the standard."""

from __future__ import annotations

import itertools

from latticework.workbench.pictures.antimeridian import cut_line, cut_polygon
from latticework.workbench.pictures.model import Ring


def area(ring: Ring) -> float:
    """Return the area in square degrees (shoelace formula)."""
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in itertools.pairwise(ring))) / 2


def test_the_line_of_rfc_7946() -> None:
    # Section 3.1.9: from 45° N, 170° E across the antimeridian to 45° N, 170° W.
    assert cut_line(((170.0, 45.0), (-170.0, 45.0))) == [
        ((170.0, 45.0), (180.0, 45.0)), ((-180.0, 45.0), (-170.0, 45.0))]


def test_the_rectangle_of_rfc_7946() -> None:
    # Section 3.1.9: from 40° N, 170° E across the antimeridian to 50° N, 170° W.
    parts = cut_polygon((((170.0, 40.0), (-170.0, 40.0), (-170.0, 50.0), (170.0, 50.0), (170.0, 40.0)),))
    assert [set(part[0]) for part in parts] == [
        {(180.0, 40.0), (180.0, 50.0), (170.0, 50.0), (170.0, 40.0)},
        {(-170.0, 40.0), (-170.0, 50.0), (-180.0, 50.0), (-180.0, 40.0)}]
    assert all(part[0][0] == part[0][-1] for part in parts), "rings are closed"


def test_longitudes_past_180_mean_the_same() -> None:
    one = cut_polygon((((170.0, 40.0), (190.0, 40.0), (190.0, 50.0), (170.0, 50.0)),))
    other = cut_polygon((((170.0, 40.0), (-170.0, 40.0), (-170.0, 50.0), (170.0, 50.0)),))
    assert [set(p[0]) for p in one] == [set(p[0]) for p in other]


def test_what_does_not_cross_stays_as_it_is() -> None:
    ring = ((128.0, 24.0), (150.0, 24.0), (150.0, 44.0), (128.0, 24.0))
    assert cut_polygon((ring,)) == [(ring,)]
    assert cut_line(((128.0, 24.0), (150.0, 24.0))) == [((128.0, 24.0), (150.0, 24.0))]
    edge = ((170.0, 0.0), (180.0, 0.0), (180.0, 10.0), (170.0, 10.0))
    assert [set(p[0]) for p in cut_polygon((edge,))] == [set(edge)], "touching is not crossing"


def test_a_hole_across_the_meridian_is_cut_with_its_area() -> None:
    parts = cut_polygon((((160.0, 20.0), (-160.0, 20.0), (-160.0, 45.0), (160.0, 45.0)),
                         ((175.0, 30.0), (175.0, 36.0), (-175.0, 36.0), (-175.0, 30.0))))
    assert len(parts) == 2
    assert sum(area(p[0]) for p in parts) == 40 * 25
    assert sum(area(p[1]) for p in parts) == 10 * 6


def test_a_ring_around_the_pole_holds_the_pole() -> None:
    ring = tuple((float(lon), 60.0) for lon in (-135, -45, 45, 135))
    parts = cut_polygon((ring,))
    assert sum(area(p[0]) for p in parts) == 360 * 30
    assert max(y for p in parts for _x, y in p[0]) == 90.0


def test_a_line_that_crosses_twice_has_three_parts() -> None:
    parts = cut_line(((170.0, 0.0), (-170.0, 20.0), (170.0, 40.0)))
    assert parts == [((170.0, 0.0), (180.0, 10.0)), ((-180.0, 10.0), (-170.0, 20.0), (-180.0, 30.0)),
                     ((180.0, 30.0), (170.0, 40.0))]
    assert all(-180 <= lon <= 180 for part in parts for lon, _lat in part)
