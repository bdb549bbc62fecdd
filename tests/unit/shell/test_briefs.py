"""Briefs on pages and over the API: the list, the preview under its banner, the files, in two languages."""

from __future__ import annotations

import re

import pytest
from tests.unit.shell.nodes import Site, banner_of, title_of
from tests.unit.testing.lighthouse.test_briefs import NAME, lit

from latticework.shell.security import CSP
from latticework.testing.lighthouse.surface.room import ROOM
from latticework.workbench.briefs import fonts


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = Site(tmp_path_factory.mktemp("briefs"), rooms=(ROOM,))
    lit(made)
    return made


def test_the_list_names_each_brief_with_its_files(site: Site) -> None:
    with site.client() as browser:
        page = browser.page("/briefs")
        assert title_of(page) == "1 brief can be made for you"
        assert f'href="/briefs/{NAME}"' in page
        for form in ("pdf", "docx", "html"):
            for language in ("en", "ja"):
                assert f'href="/briefs/{NAME}/file?format={form}&amp;language={language}"' in page
        browser.post("/preferences", language="ja")
        assert "灯火の現況" in browser.page("/briefs")
        browser.post("/preferences", language="en")
    with site.client("admin") as browser:
        assert title_of(browser.page("/briefs")) == "There is no brief for you"
        assert "Your roles read no content" in browser.page("/briefs")


def test_a_preview_stands_under_its_banner_and_needs_no_inline_style(site: Site) -> None:
    with site.client() as browser:
        page = browser.page(f"/briefs/{NAME}")
        assert title_of(page) == "10 of 12 lamps burn"
        assert banner_of(page) == "CONFIDENTIAL REL TO JPN, USA"
        assert page.count('<article class="brief"') == 1
        assert not re.search(r'\sstyle="|<style', page)
        assert "style-src 'self'" in CSP
        assert browser.get("/static/briefs.css").headers["content-type"].startswith("text/css")
        japanese = browser.page(f"/briefs/{NAME}?language=ja")
        assert '<article class="brief" lang="ja">' in japanese
        assert title_of(japanese) == "灯台12基中10基が点灯"
    with site.client("low") as browser:
        page = browser.page(f"/briefs/{NAME}")
        assert "Cape" not in page
        assert banner_of(page).startswith("UNCLASSIFIED")


@pytest.mark.parametrize(("form", "media", "start"), [
    ("html", "text/html", b"<!doctype html>"), ("docx", "application/vnd.openxmlformats", b"PK"),
    pytest.param("pdf", "application/pdf", b"%PDF-1.7", marks=pytest.mark.skipif(
        bool(fonts.missing()), reason="the fonts were not fetched at set-up")),
])
def test_a_file_comes_with_its_name(site: Site, form: str, media: str, start: bytes) -> None:
    with site.client() as browser:
        answer = browser.get(f"/briefs/{NAME}/file?format={form}&language=ja")
        assert answer.headers["content-type"].startswith(media)
        assert answer.headers["content-disposition"] == (
            f'attachment; filename="JPN-{NAME}-2026-01-01.{form}"')
        assert answer.content.lstrip().startswith(start)


def test_the_api_lists_and_makes(site: Site) -> None:
    with site.api() as api:
        assert api.get("/api/v1/briefs").json() == [{"name": NAME, "title": "How the lights stand"}]
        made = api.get(f"/api/v1/briefs/{NAME}", params={"format": "html", "language": "ja"})
        assert made.status_code == 200
        assert 'lang="ja"' in made.text
        assert api.get(f"/api/v1/briefs/{NAME}", params={"format": "exe"}).status_code == 400
        missing = api.get("/api/v1/briefs/other")
        assert (missing.status_code, missing.json()["code"]) == (404, "LW-1003")


def test_a_brief_that_is_not_there_is_said_in_both_languages(site: Site) -> None:
    with site.client() as browser:
        answer = browser.get("/briefs/other")
        assert answer.status_code == 404
        assert "There is no brief &#39;other&#39; here, or you may not see it." in answer.text
        browser.post("/preferences", language="ja")
        assert "資料「other」は存在しないか、閲覧権限がありません。" in browser.get("/briefs/other").text
        browser.post("/preferences", language="en")


def test_a_picture_that_cannot_be_printed_is_said_in_japanese(site: Site) -> None:
    from latticework.shell import language
    from latticework.shell.sentences import say

    language.speak("ja")
    try:
        assert say("the figure 'Lamps' has a script in it; the brief was not made.") == (
            "図「Lamps」を使用できないため、資料を作成しませんでした：スクリプトを含む。")
    finally:
        language.speak("en")
