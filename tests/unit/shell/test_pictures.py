"""Pictures on a page: complete without script, in both languages, within the content policy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import html
from tests.unit.shell.nodes import Site

from latticework.shell.language import speak
from latticework.shell.pictures import FORMS, parts
from latticework.testing.lighthouse import pictures
from latticework.testing.lighthouse.surface.room import ROOM


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    site = Site(tmp_path_factory.mktemp("pictures"), rooms=(ROOM,), filled=False, members=("JPN", "USA"))
    with site.client() as browser:
        return browser.page("/lighthouse/pictures")


def test_every_kind_stands_on_the_page_with_its_table(page: str) -> None:
    document = html.fromstring(page)
    panels = document.xpath("//section[@data-picture]")
    assert len(panels) == len(pictures.samples("en")) == len(FORMS)
    for panel in panels:
        assert panel.xpath(".//h2/text()")
        assert panel.xpath(".//svg[@role='group']/@aria-label") or panel.xpath(".//svg[@role='img']/@aria-label")
        assert panel.xpath(".//details/summary")
        heads = len(panel.xpath(".//thead/tr/th"))
        assert {len(row) for row in panel.xpath(".//tbody/tr")} == {heads}
        assert "Source: " in panel.xpath("string(.//p[contains(@class, 'caption')])")


def test_the_page_keeps_the_content_policy_and_has_no_id_twice(page: str) -> None:
    document = html.fromstring(page)
    assert not document.xpath("//*[@style]")
    assert not document.xpath("//script[not(@src)]")
    ids = document.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_the_map_in_the_browser_gets_what_the_drawing_shows() -> None:
    picture = pictures.samples("en")["map"]
    given = json.loads(parts(picture, "map").map)
    assert [a["title"] for a in given["areas"]] == ["West", "East", "Not agreed"]
    assert len(given["areas"][1]["polygons"][0]) == 2, "the hole goes with its area"
    assert [p["title"] for p in given["places"]] == ["North cape", "Atoll light", "Tender"]
    assert [p.get("identity") for p in given["places"]] == ["friend", None, "friend"]
    assert parts(pictures.samples("en")["gantt"], "gantt").map == ""


def test_a_reader_of_japanese_gets_japanese(tmp_path: Path) -> None:
    speak("ja")
    try:
        found = parts(pictures.samples("ja")["distribution"], "d")
        assert found.form == "グラフ"
        assert found.status == "仮"
        assert found.table.head == ("案", "下限", "中央値", "上限", "備考")
        assert any("差は示されていない" in sentence for sentence in found.sentences)
    finally:
        speak("en")


def test_a_small_window_has_a_drawing_of_its_own_but_a_large_one_is_sent_once() -> None:
    usual, large = pictures.samples("en"), pictures.large("en")
    assert parts(usual["gantt"], "a").narrow
    assert not parts(usual["diagram"], "b").narrow
    assert not parts(large["gantt-200"], "c").narrow
    assert not parts(usual["gantt"], "d", width=800).narrow
