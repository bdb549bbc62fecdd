"""Snippets: the place that was looked for, marked, in the text's own letters."""

from __future__ import annotations

import pytest

from latticework.workbench.search.snippets import Fragment, snippet
from latticework.workbench.search.words import parse_query


@pytest.mark.parametrize(("text", "query", "marked"), [
    ("The RADAR is out.", "radar", ["RADAR"]),
    ("Two radars are out.", "radar", ["radars"]),
    ("東シナ海のレーダーは停止中。", "レーダー 停止", ["レーダー", "停止"]),
    ("ＦＵＬＬ width", "full", ["ＦＵＬＬ"]),
    ("Straße und Gasse", "strasse", ["Straße"]),
    ("The radar outage lasts.", '"radar outage"', ["radar outage"]),
    ("nothing of it", "radar", []),
])
def test_found_words_are_marked(text: str, query: str, marked: list[str]) -> None:
    fragments = snippet(text, parse_query(query))
    assert [f.text for f in fragments if f.hit] == marked
    assert "".join(f.text for f in fragments) == text


def test_a_long_text_is_cut_around_the_place() -> None:
    text = "word " * 500 + "radar outage " + "word " * 500
    fragments = snippet(text, parse_query("radar"))
    assert Fragment("radar", True) in fragments
    whole = "".join(f.text for f in fragments)
    assert whole.startswith("… ")
    assert whole.endswith(" …")
    assert len(whole) < 300
