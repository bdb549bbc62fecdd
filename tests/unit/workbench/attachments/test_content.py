"""What comes in: passive files of known types, with their text; everything that acts is refused with one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.workbench.attachments import files

from latticework.kernel.errors import ActiveContent
from latticework.workbench.attachments.content import TYPES, look
from latticework.workbench.attachments.inspector import inspect

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEMPLATE = (b'<Relationships><Relationship Id="r" Type="x/attachedTemplate" Target="http://127.0.0.1/t.dotm" '
            b'TargetMode="External"/></Relationships>')


@pytest.mark.parametrize(("name", "data", "media_type", "text"), [
    ("chart.pdf", files.pdf(), "application/pdf", "Harbor depth chart"),
    ("pier.docx", files.docx(), WORD, "pier is closed"),
    ("a.png", PNG, "image/png", ""),
    ("note.txt", "桟橋は閉鎖中。".encode(), "text/plain", "閉鎖"),
    ("sjis.csv", "灯台,点灯\r\n".encode("cp932"), "text/plain", "灯台"),
    ("wide.txt", "桟橋".encode("utf-16"), "text/plain", "桟橋"),
    ("area.geojson", b'{"type": "Point"}', "text/plain", "Point"),
    ("policy.xml", b"<?xml version='1.0'?><a>label</a>", "application/xml", "label"),
])
def test_passive_files_come_in_with_their_text(
    tmp_path: Path, name: str, data: bytes, media_type: str, text: str
) -> None:
    with files.stored(tmp_path, name, data) as file:
        found = look(file, name)
    assert found.media_type == media_type
    assert found.media_type in TYPES
    assert text in found.text


@pytest.mark.parametrize(("name", "data", "why"), [
    ("tool.exe", b"MZ\x90\x00" + bytes(200), "not taken"),
    ("tool.pdf", b"\x7fELF" + bytes(200), "not taken"),
    ("run.txt", b"#!/bin/sh\nrm -rf /\n", "script"),
    ("page.txt", b"<html><script>alert(1)</script>", "HTML"),
    ("drawing.xml", b"<?xml version='1.0'?><svg onload='x()'/>", "HTML"),
    ("chart.pdf", files.pdf(script="app.alert(1)"), "script"),
    ("chart.pdf", files.pdf(attach=b"MZ"), "embedded file"),
    ("chart.pdf", b"%PDF-1.7\nnot really", "damaged"),
    ("macro.docx", files.with_part(files.docx(), "word/vbaProject.bin"), "macros"),
    ("ole.docx", files.with_part(files.docx(), "word/embeddings/oleObject1.bin"), "embedded objects"),
    ("remote.docx", files.with_part(files.docx(), "word/_rels/settings.xml.rels", TEMPLATE), "from elsewhere"),
    ("chart.docx", files.pdf(), "its name says"),
    ("noname", PNG, "its name says"),
    ("a.zip", files.archive(), "archive"),
    ("cut.docx", files.docx()[:800], "damaged archive"),
    ("binary.txt", b"text then\0binary", "not taken"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_what_acts_or_lies_is_refused_with_one_sentence(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    with files.stored(tmp_path, name, data) as file, pytest.raises(ActiveContent, match=why) as refused:
        look(file, name)
    assert refused.value.code == "LW-2302"
    assert ". " not in refused.value.message


def test_a_bomb_is_refused_unopened(tmp_path: Path) -> None:
    with files.stored(tmp_path, "b.docx", files.bomb()) as file, pytest.raises(ActiveContent, match="unpacks to far"):
        look(file, "b.docx")


def test_the_child_says_the_same_and_is_bounded(tmp_path: Path) -> None:
    with files.stored(tmp_path, "chart.pdf", files.pdf()) as file:
        assert "Harbor depth chart" in inspect(file, "chart.pdf").text
    with files.stored(tmp_path, "x.exe", b"MZ" + bytes(99)) as file, pytest.raises(ActiveContent, match="not taken"):
        inspect(file, "x.exe")
    with files.stored(tmp_path, "chart.pdf", files.pdf()) as file, pytest.raises(ActiveContent, match="too much"):
        inspect(file, "chart.pdf", memory_limit=20 << 20)
