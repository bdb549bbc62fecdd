"""The HTML, parsed by lxml: whole in itself, every string escaped, structure for those who do not see it."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html
from tests.unit.workbench.briefs.examples import HOSTILE, hostile, order, whole

from latticework.workbench.briefs import press
from latticework.workbench.briefs.html import style
from latticework.workbench.briefs.text import clean


def parsed(made: bytes) -> Any:
    return html.document_fromstring(made.decode())


def test_it_needs_nothing_else_and_runs_nothing() -> None:
    for brief in (whole(), hostile()):
        page = parsed(press.draw(order(brief), "html"))
        assert not page.xpath("//script | //link | //iframe | //object | //embed | //form | //*[@style]")
        assert not [a for e in page.iter() for a in e.attrib if a.startswith("on")]
        assert {i.get("src")[:26] for i in page.xpath("//img")} == {"data:image/svg+xml;base64,"}
        assert all(a.get("href").startswith("#") for a in page.xpath("//a"))
        policy = page.xpath("//meta[@http-equiv='content-security-policy']/@content")
        assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert "url(" not in style()
    assert "@import" not in style()


def test_the_marking_stands_above_and_below_and_is_said_once() -> None:
    page = parsed(press.draw(order(whole()), "html"))
    bands = page.xpath("//div[contains(@class, 'brief-band')]")
    assert [b.text_content() for b in bands] == ["CONFIDENTIAL LANTERN REL TO JPN, USA"] * 2
    assert [b.get("aria-hidden") for b in bands] == [None, "true"]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_its_structure_is_that_of_the_brief(language: str) -> None:
    page = parsed(press.draw(order(whole(language)), "html"))
    assert page.get("lang") == language
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("//img/@alt") == ["A line falls from 200 to 40."]
    tables = page.xpath("//table[caption]")
    assert [len(t.xpath("tbody/tr")) for t in tables] == [61, 12]
    assert all(t.xpath("thead/tr/th/@scope") for t in tables)
    targets = set(page.xpath("//*/@id"))
    assert {a[1:] for a in page.xpath("//a/@href")} <= targets


def test_words_of_another_language_say_so() -> None:
    page = parsed(press.draw(order(whole("ja", rows=2)), "html"))
    assert "Ranges are nominal." in page.xpath("//span[@lang='en']/text()")
    assert not parsed(press.draw(order(whole(rows=2)), "html")).xpath("//span[@lang]")


def test_a_part_is_an_article_without_a_page() -> None:
    made = press.draw(order(whole()), "part").decode()
    assert made.lstrip().startswith("<article")
    assert "<style" not in made


def test_hostile_words_stand_there_as_they_were_written() -> None:
    text = parsed(press.draw(order(hostile()), "html")).text_content()
    for bad in HOSTILE[:22]:
        assert clean(bad) in text
