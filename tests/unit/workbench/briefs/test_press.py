"""The press: the same bytes each time, bounds that hold, and one clear sentence for each failure."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from tests.unit.workbench.briefs.examples import SENTENCE, SVG, brief, hostile, order, whole

from latticework.kernel.errors import BriefTooLarge, FontsMissing, InvalidBrief, InvalidPicture, PressFailed
from latticework.workbench.briefs import fonts, press
from latticework.workbench.briefs.model import Cite, Figure, Paragraph, words


@pytest.mark.parametrize("form", ["html", "part", "pdf", "docx"])
def test_the_same_order_gives_the_same_bytes(form: press.Format) -> None:
    made = order(whole(sections=1, rows=5))
    assert press.draw(made, form) == press.draw(made, form)


def test_another_time_zone_and_locale_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = order(whole(sections=1, rows=5))
    first = [press.draw(made, form) for form in ("html", "pdf", "docx")]
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    assert first == [press.draw(made, form) for form in ("html", "pdf", "docx")]


def test_what_is_wrong_in_the_brief_is_said_through_the_press() -> None:
    with pytest.raises(InvalidBrief, match="cites a source 'x'"):
        press.draw(order(brief(Paragraph(words(Cite("x"))))), "pdf")
    with pytest.raises(InvalidPicture, match="has a script in it"):
        press.draw(order(brief(Figure(svg=SVG.replace("<path", "<path onload='x'"), title="F", alternative="f"))),
                   "html")


def test_half_a_character_is_said() -> None:
    with pytest.raises(InvalidBrief, match="half of a surrogate pair"):
        press.draw(order(brief(Paragraph(words("\ud83d")))), "html")


def test_too_much_time_is_said() -> None:
    slow = brief(*(Paragraph(words(SENTENCE["en"] * 100)) for _ in range(2_000)))
    with pytest.raises(BriefTooLarge, match="more than 1 s or 2,048 MiB; split it") as caught:
        press.draw(order(slow), "pdf", time_limit_s=1)
    assert caught.value.http_status == 413


def test_too_much_memory_is_said() -> None:
    with pytest.raises(BriefTooLarge, match="or 300 MiB"):
        press.draw(order(brief(*(Paragraph(words(SENTENCE["en"] * 100)) for _ in range(500)))), "pdf",
                   memory_limit=300 * 1024**2)


def test_japanese_without_its_fonts_is_said_and_other_formats_still_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "has_japanese", lambda: False)
    made = order(whole("ja", sections=1, rows=2))
    with pytest.raises(FontsMissing, match="run make setup with a network, or take the brief as HTML or DOCX"):
        press.draw(made, "pdf")
    assert "灯台".encode() in press.draw(made, "html")


def test_a_fault_of_our_own_logs_where_and_never_what(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    broken = tmp_path / "jinja2.py"
    broken.write_text("raise RuntimeError('the secret paragraph')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with caplog.at_level(logging.ERROR), pytest.raises(PressFailed, match="the node's log says where"):
        press.draw(order(brief()), "html")
    assert "jinja2.py:1" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("form", ["html", "pdf", "docx"])
def test_hostile_words_are_only_words(form: press.Format) -> None:
    assert len(press.draw(order(hostile()), form)) > 10_000
