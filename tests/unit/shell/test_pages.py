"""Every page for every role: it is there, its banner is the join of what it shows, and nothing withheld is on it."""

from __future__ import annotations

import re

import pytest
from tests.unit.shell.nodes import OFFICERS, Site, banner_of, title_of

from latticework.shell import language

PATHS = ("/", "/records", "/arrangements", "/approvals", "/ledger", "/peers", "/peers/USA", "/preferences")


@pytest.mark.parametrize("name", sorted(OFFICERS))
@pytest.mark.parametrize("path", PATHS)
def test_every_page_opens_for_every_role(site: Site, name: str, path: str) -> None:
    with site.client(name) as browser:
        page = browser.page(path)
    assert title_of(page).strip()
    assert banner_of(page)
    assert page.count("<h1") == 1


def test_the_banner_is_the_join_of_what_is_shown(site: Site) -> None:
    with site.client() as browser:
        assert banner_of(browser.page(f"/records/{site.records['radar']}")) == "CONFIDENTIAL REL TO JPN, USA"
        assert banner_of(browser.page("/records?topic=plans.command")) == "UNCLASSIFIED REL TO ALL MEMBERS"
        both = banner_of(browser.page("/records?topic=air"))
        assert both == "CONFIDENTIAL REL TO JPN, USA"
        # The draft for the desk alone has no release, which no other label can widen: the join names nobody.
        assert banner_of(browser.page("/records?kind=note")) == "SECRET"
        assert banner_of(browser.page("/preferences")) == "Nothing on this page is labeled"


def test_an_officer_of_lower_clearance_sees_lists_and_counts_less(site: Site) -> None:
    with site.client("low") as browser:
        page = browser.page("/records?kind=note")
        assert "Radar outage" not in page
        assert title_of(page).startswith("1 record ")
        assert banner_of(page) == "UNCLASSIFIED REL TO ALL MEMBERS"
        assert "0 records match" in title_of(browser.page("/records?q=radar"))


def test_withheld_and_absent_look_the_same(site: Site) -> None:
    absent = "0" * 64
    with site.client("low") as browser:
        hidden, missing = browser.get(f"/records/{site.records['radar']}"), browser.get(f"/records/{absent}")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.text.replace(site.records["radar"][:12], "ID") == missing.text.replace(absent[:12], "ID")


@pytest.mark.parametrize("name", ["admin", "audit"])
def test_who_reads_no_content_sees_none_anywhere(site: Site, name: str) -> None:
    with site.client(name) as browser:
        for path in PATHS:
            page = browser.page(path)
            for title in ("Radar outage", "Draft position", "Sea-state", "Command frameworks", "Format of warning"):
                assert title not in page, f"{path} shows {title!r} to {name}"


def test_an_exchange_officer_sees_only_what_both_members_may(site: Site) -> None:
    with site.client("liaison") as browser:
        page = browser.page("/records?kind=note")
        assert "Command frameworks" in page
        assert "Radar outage" not in page
        assert browser.get(f"/records/{site.records['radar']}").status_code == 404


@pytest.mark.parametrize("name", ["duty", "second", "audit"])
def test_discreet_arrangements_show_only_when_asked_for(site: Site, name: str) -> None:
    with site.client(name) as browser:
        for path in ("/", "/records", "/records?q=quiet", "/records?kind=lattice.arrangement", "/arrangements",
                     "/approvals", "/ledger", "/ledger?to=AUS", "/peers/AUS"):
            assert "Quiet planning" not in browser.page(path), path
        assert "3 of 4 arrangements" in title_of(browser.page("/arrangements"))
        asked = browser.page("/arrangements?discreet=1")
        assert "Quiet planning" in asked
        assert "Quiet planning" not in browser.page("/arrangements"), "asking once is not remembered"


def test_a_projector_never_shows_discreet_arrangements(fresh: Site) -> None:
    with fresh.client() as browser:
        browser.post("/preferences", density="projector")
        page = browser.page("/arrangements?discreet=1")
        quiet, open_one = fresh.arrangements["quiet"], fresh.arrangements["alliance"]
        for path in (f"/arrangements/{quiet}", f"/records/{quiet}", f"/records/{quiet}/share"):
            answer = browser.get(path)
            assert answer.status_code == 404
            assert "Quiet planning" not in answer.text
            assert "A projector never shows discreet arrangements" in answer.text
        assert browser.get(f"/arrangements/{open_one}").status_code == 200
        browser.post("/preferences", density="default")
        assert "Quiet planning" in browser.page(f"/arrangements/{quiet}")
    assert "Quiet planning" not in page
    assert 'data-density="projector"' in page
    assert "A projector never shows" in page


def test_every_fact_shows_its_status_in_words(site: Site) -> None:
    with site.client() as browser:
        page = browser.page("/records?kind=note")
        assert '<span class="tag src">verified</span>' in page
        assert '<span class="tag src">invented</span>' in page
        assert "Joint Leaders’ Statement, 10 Apr 2024" in browser.page(f"/records/{site.records['open']}")


def test_a_list_pages_through_all_rows_once(fresh: Site) -> None:
    fresh.fill_with(130)
    seen: list[str] = []
    path = "/records?topic=routine"
    with fresh.client() as browser:
        while path:
            page = browser.page(path)
            seen += re.findall(r"Routine report (\d{5})</a>", page)
            found = re.search(r'<a href="([^"]+)" rel="next"', page)
            path = found.group(1).replace("&amp;", "&") if found else ""
    assert seen == [f"{n:05d}" for n in reversed(range(130))]


def test_empty_pages_say_what_will_be_there(tmp_path: object) -> None:
    from pathlib import Path

    empty = Site(Path(str(tmp_path)), filled=False, members=("JPN",))
    with empty.client() as browser:
        for path, words in (("/", "No record is waiting for you"), ("/records", "No record is here yet"),
                            ("/arrangements", "No arrangement yet"), ("/approvals", "Nothing waits"),
                            ("/ledger", "No entry here"), ("/peers", "No partner yet")):
            page = browser.page(path)
            assert words in page, path
            assert banner_of(page) == "Nothing on this page is labeled"


def test_titles_and_pages_speak_japanese(site: Site) -> None:
    with site.client("second") as browser:
        browser.post("/preferences", language="ja")
        page = browser.page(f"/records/{site.records['radar']}")
        assert '<html lang="ja"' in page
        assert "開示の可否と理由" in page
        assert "は区分の開示先に含まれません。" in page
        assert banner_of(page) == "秘　開示先 JPN, USA"
        for path in PATHS:
            assert re.search(r"[ぁ-ん]|[一-龠]", title_of(browser.page(path))), path
        browser.post("/preferences", language="en")
    assert language.language() == "en"


def test_figures_say_of_what(site: Site) -> None:
    with site.client() as browser:
        page = browser.page("/")
    figures = re.findall(r'<section class="panel figure">.*?</section>', page, re.S)
    assert len(figures) == 4
    for figure in figures:
        assert re.search(r'<div class="n">\d+<small>of \d+</small></div>', figure), figure
        assert re.search(r"<p>\S+ .*?</p><p class=\"from\">\S+", figure, re.S), figure


def test_what_needs_an_answer_is_listed_with_its_deadline(site: Site) -> None:
    with site.client() as browser:
        page = browser.page("/")
    for words in ("Sea-state notice, Luzon Strait: withdraw it and answer", "Missile-warning data, amendment 2",
                  "End trust with AUS", "3 things need you"):
        assert words in page
    order = [page.index(w) for w in ("Luzon Strait: withdraw", "End trust with AUS", "data, amendment 2")]
    assert order == sorted(order), "earliest deadline first"


def test_going_to_what_was_typed(site: Site) -> None:
    with site.client() as browser:
        def target(words: str) -> str:
            return str(browser.get("/go", params={"q": words}, follow_redirects=False).headers["location"])

        assert target(site.records["radar"]) == f"/records/{site.records['radar']}"
        assert target("usa") == "/peers/USA"
        assert target("ledger") == "/ledger"
        assert target("sea state") == "/records?q=sea+state"
        assert target("f" * 64) == f"/records?q={'f' * 64}", "an id that is not to be seen is searched like any word"


def test_a_level_that_no_policy_has_gets_a_sentence(site: Site) -> None:
    with site.client() as browser:
        answer = browser.post("/arrangements", levels=f"EXERCISE 1 = NATO {'9' * 5_000}", title="T", parties="JPN USA")
    assert answer.status_code == 400
    assert "Levels are the policy’s hierarchy numbers" in answer.text
