"""The dummy room's brief: made from its records for one officer, three pages or more, in two languages."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pypdf
import pytest
from lxml import etree
from tests.unit.shell.nodes import OFFICERS, Site, label_of

from latticework.kernel.kinds import NOTE, Note
from latticework.testing.lighthouse.briefs import bars
from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp
from latticework.testing.lighthouse.surface.room import ROOM
from latticework.workbench.briefs import fonts
from latticework.workbench.briefs.svg import sanitize

NAME = "lighthouse.lights"


def lit(site: Site, *, count: int = 12) -> None:
    """Publish lamps, which are invented, and notes with public facts and their sources."""
    duty, kernel = OFFICERS["duty"], site.kernel
    for n in range(count):
        kernel.publish(duty, LAMP, Lamp(
            name=f"Cape {n + 1:02d}", latitude_deg=34 + n / 7, longitude_deg=129 + n / 9, height_m=20.0 + n,
            range_m=15_000.0 + 1_700 * (n % 24), burning=n % 6 != 1, source="List of lights (invented)"),
            topic=TOPIC, label=label_of(2 if n % 4 == 0 else 1, "USA"))
    kernel.publish(duty, NOTE, Note(
        title="Joint vision of three countries", status="V", source="Joint Vision Statement, 11 Apr 2024",
        text="Japan, the Philippines and the United States issued a joint vision on 11 April 2024.\n\n"
             "It names maritime cooperation."), topic="maritime.awareness", label=label_of(0, "*"))
    kernel.publish(duty, NOTE, Note(
        title="Maritime activity of four countries", status="P", source="Press reports, 2023 and 2024",
        text="Australia, Japan, the Philippines and the United States began maritime cooperative activities."),
        topic="maritime.awareness", label=label_of(0, "*"))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path, rooms=(ROOM,))
    lit(made)
    return made


def give(site: Site, officer: str, language: str, form: str) -> bytes:
    return asyncio.run(site.bench.briefs.give(OFFICERS[officer], NAME, language, form)).data  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.skipif(bool(fonts.missing()), reason="the fonts were not fetched at set-up")
def test_it_is_a_whole_brief(site: Site, language: str) -> None:
    pages = [p.extract_text() for p in pypdf.PdfReader(io.BytesIO(give(site, "duty", language, "pdf"))).pages]
    text = " ".join(" ".join(pages).split())
    assert len(pages) >= 4
    for page in pages:
        assert page.count("CONFIDENTIAL" if language == "en" else "秘") >= 2
    said = {"en": ("10 of 12 lamps burn", "Figure 1", "Table 1", "Cape 02, Cape 08: dark", "press report"),
            "ja": ("灯台12基中10基が点灯", "図 1", "表 1", "報道")}[language]
    for words in (*said, "Joint Vision Statement, 11 Apr 2024", "invented" if language == "en" else "仮"):
        assert words.replace(" ", "") in text.replace(" ", ""), words


def test_an_officer_gets_only_what_the_gate_allows(site: Site) -> None:
    text = give(site, "low", "en", "html").decode()
    assert "0 of 0 lamps burn" in text
    assert "Cape" not in text
    assert "Joint vision of three countries" in text
    assert "CONFIDENTIAL" not in text


def test_without_records_it_still_stands(tmp_path: Path) -> None:
    bare = Site(tmp_path, rooms=(ROOM,), filled=False)
    assert "0 of 0 lamps burn" in give(bare, "duty", "en", "html").decode()


def test_the_picture_is_a_drawing_that_may_be_printed() -> None:
    made = sanitize(bars([("<North> & South", 3.0, True), ("b", 0.0, False)]), "Bars")
    assert "<North> & South" in etree.fromstring(made.encode()).itertext()
    assert etree.fromstring(sanitize(bars([]), "None").encode()).get("height") == "12"
