"""The morning page: the same on the page, over the API and in the terminal; bad news of measures and rooms is on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.shell.nodes import OFFICERS, Site, label_of, title_of

from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp
from latticework.testing.lighthouse.surface.room import ROOM
from latticework.workbench.measures.model import Bound


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path, rooms=(ROOM,))
    lamp = Lamp(name="North", latitude_deg=34.0, longitude_deg=129.0, height_m=30.0, range_m=2e4, burning=False)
    site.kernel.publish(OFFICERS["duty"], LAMP, lamp, topic=TOPIC, label=label_of(1, "USA"))
    site.federation.advance(1_000)
    site.bench.measures.watch(OFFICERS["duty"], "lighthouse.lit-share", bound=Bound(at_least=1))
    return site


def test_bad_news_of_rooms_and_measures_is_among_what_changed(site: Site) -> None:
    with site.client() as browser:
        page = browser.page("/")
        assert 'class="bad"' in page
        assert "North went dark" in page
        assert "Lamps that burn is out of its bound" in page
        browser.post("/preferences", language="ja")
        assert "点灯中の灯火が許容範囲を外れました" in browser.page("/")
    with site.client("low") as browser:
        page = browser.page("/")
        assert "North went dark" not in page
        assert "out of its bound" not in page


def test_the_api_says_the_same(site: Site) -> None:
    with site.client() as browser:
        title = title_of(browser.page("/"))
    with site.api() as api:
        day = api.get("/api/v1/overview").json()
    assert day["finding"] == title
    words = [change["words"] for change in day["changes"]]
    assert "North went dark" in words
    assert {change["state"] for change in day["changes"]} == {"", "bad"}
    assert all(change["marking"] for change in day["changes"] if change["words"] == "North went dark")
    assert {f["title"] for f in day["figures"]} >= {"Links", "Lighthouse"}
