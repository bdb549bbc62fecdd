"""Every word of the map page is known to the server, and has its Japanese."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.pofile import read_po

from latticework.picture.surface.words import FIGURES, ISLAND, PLACES

ROOT = Path(__file__).resolve().parents[3]
SURFACE = ROOT / "src/latticework/picture/surface"
ISLAND_SOURCES = sorted((ROOT / "frontend/src/picture").glob("*.ts"))


def catalog() -> dict[str, str]:
    with (SURFACE / "translations/ja/LC_MESSAGES/messages.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale="ja") if m.id}


def test_the_server_hands_over_every_word_that_the_island_says() -> None:
    said = {word for path in ISLAND_SOURCES for word in re.findall(r'say\(\s*"((?:[^"\\]|\\.)*)"', path.read_text())}
    assert len(said) > 25
    assert said <= set(ISLAND)
    # Built from parts in the code: affiliations and what stands for them.
    assert {f"{a}{tail}" for a in ("unknown", "neutral", "friend") for tail in ("", " air track")} <= set(ISLAND)


def test_every_message_has_its_japanese_with_the_same_places_to_fill() -> None:
    page = (SURFACE / "templates/picture/map.html").read_text(encoding="utf-8")
    wanted = {*ISLAND, *(words for _, words in FIGURES), *(place.name for place in PLACES)}
    wanted |= set(re.findall(r'_\("((?:[^"\\]|\\.)*)"', page))
    for path in SURFACE.glob("*.py"):
        wanted |= set(re.findall(r'\b_\("((?:[^"\\]|\\.)*)"', path.read_text(encoding="utf-8")))
    known = catalog()
    assert not {word for word in wanted if not known.get(word)}
    for word in wanted:
        holes = r"\{\w+\}|%\(\w+\)s"
        assert sorted(re.findall(holes, word)) == sorted(re.findall(holes, known[word])), word


def test_six_names_stand_on_the_map() -> None:
    assert len(PLACES) == 6
