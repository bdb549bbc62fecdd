"""A brief refuses what could not be printed honestly, each time with one sentence."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from tests.unit.workbench.briefs.examples import SVG, brief, order, whole

from latticework.kernel.errors import InvalidBrief
from latticework.workbench.briefs import model
from latticework.workbench.briefs.model import (
    Appendix,
    Column,
    Figure,
    Figures,
    Heading,
    PageBreak,
    Row,
    Run,
    Source,
    Table,
    words,
)
from latticework.workbench.briefs.press import Order

ONE = (Column(title="A"),)


@pytest.mark.parametrize(("make", "said"), [
    (lambda: Heading(" "), "a heading needs a title"),
    (lambda: Heading("x", 4), "level 1, 2 or 3"),
    (lambda: Appendix("x" * 301), "at most 300 characters, this one has 301"),
    (lambda: brief(title="\n"), "a brief needs a title"),
    (lambda: brief(made_ms=-1), "dated in the years 1970 to 9999"),
    (lambda: brief(*[PageBreak()] * 5_001), "at most 5,000 parts, not 5,001"),
    (lambda: Figures(()), "one to four in a row"),
    (lambda: Column(title="A", digits=10), "0 to 9 decimals"),
    (lambda: Table(title="T", columns=(), rows=()), "needs 1 to 24 columns"),
    (lambda: Table(title="T", columns=ONE, rows=(Row(("a",)), Row(("a", "b")))), "1 columns, but row 2 has 2 cells"),
    (lambda: Figure(svg=SVG, title="F", alternative=" "), "needs a text alternative"),
    (lambda: brief(sources=(Source(key="a", text="x", status="V"),) * 2), "the same key"),
])
def test_what_cannot_be_printed_is_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(InvalidBrief, match=said) as caught:
        make()
    assert str(caught.value).endswith("(LW-2501)")


def test_too_many_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "MAX_CELLS", 10)
    with pytest.raises(InvalidBrief, match="at most 10 cells, these have 11"):
        brief(Table(title="T", columns=ONE, rows=(Row(("a",)),) * 11))


def test_strings_become_runs_and_runs_stay() -> None:
    assert words("a", Run("b", strong=True)) == (Run("a"), Run("b", strong=True))


def test_an_order_survives_the_way_to_the_press() -> None:
    made = order(whole())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=Order) == made
