"""The window of a map and what stands in it, against closed forms."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from latticework.workbench.pictures.areas import latitude, mercator, view_of, window
from latticework.workbench.pictures.model import Area, AreaMap, Caption, Place, Route
from latticework.workbench.pictures.render import svg

SOURCE = Caption(source="invented for the test", status="invented")


def shown(**more: object) -> AreaMap:
    return AreaMap(title="Map", says="A map.", caption=SOURCE, **more)  # type: ignore[arg-type]


def test_mercator_is_that_of_the_working_manual() -> None:
    # J. P. Snyder, USGS Professional Paper 1395 (1987), eq. 7-2, and its numerical example: 35° on the unit sphere.
    assert mercator(35.0) * 3.141592653589793 / 180 == pytest.approx(0.6528366, abs=1e-7)
    assert mercator(0.0) == pytest.approx(0.0, abs=1e-12)
    assert latitude(mercator(-61.3)) == pytest.approx(-61.3)


@given(st.lists(st.floats(-180, 180), min_size=1, max_size=12))
def test_a_window_holds_every_longitude_and_leaves_out_the_largest_gap(longitudes: list[float]) -> None:
    west, east = window(longitudes)
    assert 0 <= east - west <= 360
    for lon in longitudes:
        assert any(west - 1e-6 <= lon + turn <= east + 1e-6 for turn in (-360, 0, 360, 720))


def test_a_window_across_the_180th_meridian_is_the_narrow_one() -> None:
    assert window([170.0, -170.0]) == (170.0, 190.0)
    assert window([-10.0, 10.0]) == (350.0, 370.0)


def test_everything_is_in_the_view() -> None:
    picture = shown(
        areas=(Area(title="East", polygons=((((160.0, 20.0), (-160.0, 20.0), (-155.0, 45.0), (165.0, 45.0)),),)),),
        places=(Place(title="Cape", longitude_deg=141.9, latitude_deg=40.5),),
        routes=(Route(title="Round", points=((141.9, 40.5), (-177.0, 28.0))),))
    view, height = view_of(picture, 900)
    for lon, lat in ((160.0, 20.0), (-155.0, 45.0), (141.9, 40.5), (-177.0, 28.0)):
        places = [view(lon + shift, lat) for shift in view.shifts(((lon, lat),))]
        assert any(0 < x < 900 and 0 < y < height for x, y in places), (lon, lat)


def test_the_cut_at_the_180th_meridian_has_no_line() -> None:
    ring = ((170.0, 10.0), (-170.0, 10.0), (-170.0, 20.0), (170.0, 20.0))
    picture = shown(areas=(Area(title="Across", polygons=((ring,),)),))
    view, _height = view_of(picture, 900)
    x = view(180.0, 0.0)[0]
    root = etree.fromstring(svg(picture, width=900).encode())
    rims = [e.get("d", "") for e in root.iter("{*}path") if (e.get("fill"), e.get("stroke-width")) == ("none", "1.25")]
    assert len(rims) == 1
    pen: tuple[float, float] | None = None
    drawn = []
    for command, px, py in re.findall(r"([ML])([\d.]+),([\d.]+)", rims[0]):
        at = (float(px), float(py))
        if command == "L" and pen is not None:
            drawn.append((pen, at))
        pen = at
    upright = [round(one[0]) for one, other in drawn if abs(one[0] - other[0]) < 0.2]
    sides = [round(view(170.0, 0.0)[0]), round(view(190.0, 0.0)[0])]
    assert sorted(upright) == sides, "its two sides and nothing between"
    assert round(x) not in upright


def test_a_map_of_nothing_is_a_map() -> None:
    assert "<svg" in svg(shown(), width=900)
