"""What an officer may not have leaves no trace in the brief: no part, no row, no source, no citation."""

from __future__ import annotations

import msgspec
from tests.unit.workbench.briefs.examples import HIGH, LOW, SOURCES, brief, order, whole

from latticework.workbench.briefs.gating import gated
from latticework.workbench.briefs.layout import lay_out
from latticework.workbench.briefs.marks import labels_of
from latticework.workbench.briefs.model import Cite, Column, Paragraph, Portion, Row, Source, Table, words


def low_only(portion: Portion) -> bool:
    return portion.label.classification < 2


def test_who_may_have_all_gets_the_same_brief() -> None:
    assert gated(whole(), lambda portion: True) == whole()


def test_parts_rows_and_labels_above_the_officer_go() -> None:
    made = gated(whole(), low_only)
    assert made is not None
    assert labels_of(made) == (LOW.label,)
    table = next(b for b in made.blocks if isinstance(b, Table))
    assert len(table.rows) == 60 - 12 + 1
    assert len(made.blocks) == len(whole().blocks) - 1


def test_a_refused_frame_refuses_the_whole() -> None:
    assert gated(brief(portion=HIGH), low_only) is None


def test_a_refused_source_goes_with_its_citations_and_is_not_counted() -> None:
    secret = Source(key="s", text="the quiet source", status="P", portion=HIGH)
    made = gated(brief(
        Paragraph(words("known", Cite("s"), Cite("law"))),
        Table(title="T", columns=(Column(title="A"),), rows=(Row(("x",), cite="s"), Row(("y",), portion=HIGH)),
              notes=(words("note", Cite("s")),)),
        sources=(*SOURCES, secret)), low_only)
    assert made is not None
    laid = lay_out(made, order(made).markings)
    text = msgspec.json.encode(laid).decode()
    assert "quiet" not in text
    assert '"y"' not in text
    assert [s["number"] for s in laid["sources"]] == [1]  # type: ignore[attr-defined, union-attr]
