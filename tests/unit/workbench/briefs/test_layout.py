"""Numbers of headings, tables, figures and sources; cells as text; what is wrong, in one sentence."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.workbench.briefs.examples import HIGH, MADE_MS, SOURCES, SVG, brief, order, whole

from latticework.kernel.errors import InvalidBrief
from latticework.workbench.briefs.layout import lay_out
from latticework.workbench.briefs.model import (
    Appendix,
    Brief,
    Cell,
    Cite,
    Column,
    Figure,
    Figures,
    Heading,
    KeyFigure,
    Paragraph,
    Row,
    Run,
    Table,
    words,
)


def laid(made: Brief) -> Any:
    return lay_out(made, order(made).markings)


def test_headings_are_numbered_and_begin_anew_in_each_appendix() -> None:
    parts = laid(brief(Heading("a"), Heading("b", 2), Heading("c", 3), Heading("d", 2), Heading("e"), Appendix("f"),
                       Heading("g", 1), Appendix("h"), Heading("i", 2)))["parts"]
    assert [p["number"] for p in parts] == ["1", "1.1", "1.1.1", "1.2", "2", "A", "A.1", "B", "B.1"]


@pytest.mark.parametrize(("title", "running"), [
    ("short", "short"), ("x" * 84, "x" * 84), ("x" * 85, "x" * 84 + "…"), ("灯" * 43, "灯" * 42 + "…"),
])
def test_the_title_above_each_sheet_stays_on_one_line(title: str, running: str) -> None:
    assert laid(brief(title=title))["running"] == running


@pytest.mark.parametrize(("language", "text", "tongue"), [
    ("en", "the lamp 灯台", "ja"), ("en", "the lamp", ""), ("en", "Ελλάδα", ""), ("ja", "the lamp", "en"),
    ("ja", "灯台 lamp", ""), ("ja", "41", ""), ("ja", "（注）", ""),
])
def test_words_of_another_language_are_known_as_such(language: str, text: str, tongue: str) -> None:
    assert laid(brief(Paragraph(words(text)), language=language))["parts"][0]["words"][0]["language"] == tongue


def test_no_level_of_headings_is_skipped() -> None:
    parts = laid(brief(Heading("a", 3), Heading("b", 3), Heading("c", 3), Heading("d", 1), Heading("e", 3)))["parts"]
    assert [(p["level"], p["number"]) for p in parts] == [(1, "1"), (2, "1.1"), (3, "1.1.1"), (1, "2"), (2, "2.1")]


def test_sources_are_numbered_by_first_citation_and_uncited_ones_are_not_printed() -> None:
    made = laid(brief(Paragraph(words(Cite("own"), Cite("law"), Cite("own"))), sources=SOURCES))
    assert [(s["number"], s["status"]) for s in made["sources"]] == [(1, "invented"), (2, "V")]
    assert [w["cite"]["number"] for w in made["parts"][0]["words"]] == [1, 2, 1]
    assert made["parts"][0]["words"][0]["cite"] == {"number": 1, "status": "invented", "invented": True}


def test_a_citation_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidBrief, match="cites a source 'nowhere'"):
        laid(brief(Paragraph(words(Cite("nowhere")))))


def test_more_appendices_than_letters_are_refused() -> None:
    with pytest.raises(InvalidBrief, match="at most 26 appendices"):
        laid(brief(*(Appendix("x") for _ in range(27))))


def test_marks_stand_only_where_markings_differ() -> None:
    assert laid(brief(Paragraph(words("x"))))["parts"][0]["mark"] == ""
    made = laid(brief(Paragraph(words("x")), Paragraph(words("y"), portion=HIGH)))
    assert [p["mark"] for p in made["parts"]] == ["(R REL TO JPN, USA)", "(C LANTERN REL TO JPN, USA, AUS)"]
    assert made["mark"] == "(R REL TO JPN, USA)"


@pytest.mark.parametrize(("kind", "digits", "cell", "text"), [
    ("number", 0, 1_234_567, "1\u202f234\u202f567"), ("number", 2, -0.5, "\u22120.50"), ("number", 1, -0.04, "0.0"),
    ("number", 0, float("nan"), "–"), ("number", 0, float("inf"), "–"), ("number", 0, None, "–"),
    ("number", 0, "not known", "not known"), ("time", 0, MADE_MS, "2026-11-28 09:00"), ("time", 0, -1, "–"),
    ("time", 0, 10**18, "–"), ("text", 0, "=HYPERLINK(\"x\")", "=HYPERLINK(\"x\")"),
    ("text", 0, "@SUM(A1)", "@SUM(A1)"), ("member", 0, "JPN\u202e", "JPN"),
])
def test_cells_are_written_by_their_column(kind: Any, digits: int, cell: Cell, text: str) -> None:
    made = laid(brief(Table(title="T", columns=(Column(title="A", kind=kind, digits=digits),), rows=(Row((cell,)),))))
    assert made["parts"][0]["rows"][0]["cells"][0]["text"] == text


def test_an_enormous_cell_is_cut_and_says_so() -> None:
    made = laid(brief(Table(title="T", columns=(Column(title="A"),), rows=(Row(("x" * 10_000_000,)),))))
    text = made["parts"][0]["rows"][0]["cells"][0]["text"]
    assert len(text) < 2_100
    assert text.endswith("… [cut here; 9,998,000 more characters]")


def test_invented_numbers_are_known_to_the_sheet() -> None:
    assert not laid(brief(Paragraph(words("x"))))["invented"]
    for block in (Paragraph(words(Run("x", invented=True))), Figures((KeyFigure(value=1, what="x", invented=True),)),
                  Table(title="T", columns=(Column(title="A"),), rows=(Row((Run("x", invented=True),)),))):
        assert laid(brief(block))["invented"]


@pytest.mark.parametrize(("value", "of", "share"), [
    (38, 41, 38 / 41), (5, 4, 1.0), (-1, 4, 0.0), (1, 0, None), (1, None, None),
])
def test_the_bar_of_a_key_figure_stays_in_its_bounds(value: float, of: float | None, share: float | None) -> None:
    made = laid(brief(Figures((KeyFigure(value=value, of=of, what="x"),))))
    assert made["parts"][0]["figures"][0]["share"] == share


def test_text_columns_share_the_width_by_what_they_hold() -> None:
    made = laid(brief(Table(title="T", columns=(Column(title="A"), Column(title="B"), Column(title="N", kind="number")),
                            rows=(Row(("x" * 30, "short", 1)),))))
    assert [c["share"] for c in made["parts"][0]["columns"]] == [30, 6, 0]


def test_tables_and_figures_are_numbered_apart() -> None:
    parts = laid(whole())["parts"]
    assert [(p["is"], p["number"]) for p in parts if p["is"] in {"table", "figure"}] == [
        ("figure", 1), ("table", 1), ("table", 2)]


def test_a_picture_is_cleaned_on_the_way() -> None:
    made = laid(brief(Figure(svg=SVG.replace("<rect", "<rect class='x'"), title="F", alternative="f")))
    assert "class" not in made["parts"][0]["svg"]
