"""Forms: each wrong field gets its own sentence, and what was typed is kept."""

from __future__ import annotations

import pytest

from latticework.kernel.ids import MemberId
from latticework.shell.forms import Form

KNOWN = (MemberId("JPN"), MemberId("USA"), MemberId("AUS"))


def test_members_are_read_from_whatever_separates_them() -> None:
    form = Form({"m": "jpn, USA  aus usa"})
    assert form.members("m", KNOWN) == ("AUS", "JPN", "USA")
    assert form.ok


@pytest.mark.parametrize(("text", "sentence"), [
    ("JPN USA AUX", "AUX is not a member that is known here. Did you mean AUS?"),
    ("JPN QQQ", "QQQ is not a member that is known here."),
    ("Japan", "JAPAN is not a trigraph; use three letters such as JPN."),
])
def test_a_wrong_member_gets_a_sentence(text: str, sentence: str) -> None:
    form = Form({"m": text})
    form.members("m", KNOWN)
    assert form.errors == {"m": sentence}


def test_repeated_fields_and_bounds() -> None:
    form = Form({"x": ["a", " b ", ""], "n": "7", "big": "1" * 20, "text": "line\r\nline "})
    assert form.every("x") == ["a", "b"]
    assert form["text"] == "line\nline"
    assert form.number("n", 1, 1, 9) == 7
    assert form.number("big", 3, 1, 9) == 3
    assert "big" in form.errors
    assert form["missing"] == ""
    assert form.topics("missing") == ()
    assert "missing" in form.errors


@pytest.mark.parametrize("text", ["--5", "-", "9" * 5_000, "1.5", "²"])
def test_what_is_no_number_gets_a_sentence(text: str) -> None:
    form = Form({"days": text})
    assert form.number("days", 7, 1, 365) == 7
    assert form.errors["days"] == "Give a whole number from 1 to 365."
