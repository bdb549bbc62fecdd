"""Untrusted text: nothing invisible, nothing that turns the reading direction, nothing endless; meaning stays."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latticework.workbench.briefs.text import clean, cut, paragraphs

TROJAN = "access\u202e\u2066// check if admin\u2069\u2066"
"""The bidirectional override of CVE-2021-42574 ("Trojan Source")."""


@pytest.mark.parametrize(("given_", "kept"), [
    ("plain words", "plain words"),
    ("two  spaces\tand\na line", "two spaces and a line"),
    ("bell\x07 null\x00 escape\x1b[31m", "bell null escape[31m"),
    (TROJAN, "access// check if admin"),
    ("zero\u200bwidth\ufeff soft\u00adhyphen", "zerowidth softhyphen"),
    ("tag\U000e0041\U000e0042", "tag"),
    ("lone \ud83d surrogate", "lone \ufffd surrogate"),
    ("e\u0301cole", "\u00e9cole"),
    ("z" + "\u0336" * 40, "z" + "\u0336" * 3),
    ("灯台　一覧", "灯台　一覧"),
    ("か\u3099", "が"),
    ("1\u202f204", "1\u202f204"),
    ("\ufdd0\uffff\U0001fffe", ""),
    ("葛\U000e0100", "葛\U000e0100"),  # a variant of a kanji, as names of places have
])
def test_what_is_kept(given_: str, kept: str) -> None:
    assert clean(given_) == kept


@given(st.text())
def test_clean_text_has_no_control_format_or_surrogate_character(text: str) -> None:
    kept = clean(text)
    assert clean(kept) == kept
    kept.encode()  # no lone surrogate is left
    for character in kept:
        category = unicodedata.category(character)
        assert category not in {"Cc", "Cs", "Zl", "Zp"}
        # Of all bidirectional classes, the explicit ones turn the text around them (UAX 9, section 2).
        assert unicodedata.bidirectional(character) not in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI",
                                                            "PDI"}


def test_a_cut_is_visible_and_bounded() -> None:
    assert cut("short", 10, "[{n} more]") == "short"
    assert cut("x" * 1_000_000, 10, "[{n} more]") == "x" * 10 + " … [999,990 more]"
    assert cut("\u200b" * 15 + "end", 10, "[{n} more]") == "end"


def test_a_text_falls_into_paragraphs() -> None:
    assert paragraphs("one\nline\n\n \n\x00two\n\n\u200b") == ("one line", "two")
