"""Words of texts and queries: widths, cases and accents do not matter, characters are found in any run."""

from __future__ import annotations

import pytest

from latticework.kernel.errors import InvalidSearch
from latticework.workbench.search.words import MAX_QUERY, Term, fold, parse_query, tokens


@pytest.mark.parametrize(("text", "folded"), [
    ("ＲＡＤＡＲ", "radar"), ("Straße", "strasse"), ("Nuñez café", "nunez cafe"), ("ﾚｰﾀﾞｰ", "レーダー"), ("が", "が"),
    ("①", "1"),
])
def test_what_a_reader_does_not_mean_is_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(("text", "cut"), [
    ("Radar outage, 14–16 May", ["radar", "outage", "14", "16", "may"]),
    ("日本海", ["日本", "本海", "海"]),
    ("F-35戦闘機", ["f", "35", "戦闘", "闘機", "機"]),
    ("海", ["海"]),
    ("한국어", ["한국", "국어", "어"]),
    ("snake_case", ["snake", "case"]),
    ("…!?", []),
])
def test_runs_become_tokens(text: str, cut: list[str]) -> None:
    assert tokens(text) == cut


@pytest.mark.parametrize(("query", "terms"), [
    ("radar outage", [Term(("radar",)), Term(("outage",))]),
    ('"radar outage" -may', [Term(("radar", "outage")), Term(("may",), without=True)]),
    ('"never closed', [Term(("never", "closed"))]),
    ("out*", [Term(("out",), prefix=True)]),
    ("日本海", [Term(("日本", "本海"))]),
    ("海", [Term(("海",), prefix=True)]),
    ("レーダー　停止", [Term(("レー", "ーダ", "ダー")), Term(("停止",))]),
    ("title:radar NEAR(a b)", [Term(("title", "radar")), Term(("near", "a")), Term(("b",))]),
])
def test_a_query_is_words_and_never_syntax(query: str, terms: list[Term]) -> None:
    assert list(parse_query(query)) == terms


def test_the_word_that_is_being_typed_may_go_on() -> None:
    assert parse_query("radar ou", typing=True)[-1] == Term(("ou",), prefix=True)
    assert parse_query("radar ou ", typing=True)[-1] == Term(("ou",))


@pytest.mark.parametrize("query", ["", "   ", "-radar", "…", '""', "*", "a " * 17, "x" * (MAX_QUERY + 1)])
def test_without_a_word_there_is_one_sentence(query: str) -> None:
    with pytest.raises(InvalidSearch):
        parse_query(query)
