"""CSV files in many encodings, separators and manners; charset-normalizer is asked for a second opinion elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.workbench.tables.books import codes, of_text

from latticework.kernel.errors import InvalidTable

JAPANESE = "Id,X,文\nA,1.5,岬の灯台は海面から高さ四十メートルに立つ。\nB,2.5,ラジオビーコン\nC,3,島\n"
KOREAN = "Id,X,Text\nA,1.5,등대는 바다에서 사십 미터 높이에 서 있다\nB,2.5,항로 표지\n"
WESTERN = "Id;X;Text\nA;1,5;Phare du Créac’h, île d’Ouessant\nB;2,5;Leuchtfeuer für Schiffe über 20 Meter Größe\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "shift_jis", "cp932",
                                      "euc_jp", "iso2022_jp"])
def test_japanese_is_read_in_each_of_its_encodings(tmp_path: Path, encoding: str) -> None:
    rows, findings = of_text(tmp_path, JAPANESE, encoding)
    assert [r.values["text"] for r in rows] == ["岬の灯台は海面から高さ四十メートルに立つ。", "ラジオビーコン", "島"]
    assert codes(findings) == []


@pytest.mark.parametrize(("text", "encoding", "said"), [
    (KOREAN, "cp949", "CP949"), (WESTERN, "cp1252", "CP1252"), (JAPANESE, "euc_jp", "EUC-JP"),
    (JAPANESE, "cp932", "CP932"), (JAPANESE, "utf-8", "UTF-8"),
])
def test_the_encoding_is_said_with_its_reason(tmp_path: Path, text: str, encoding: str, said: str) -> None:
    rows, findings = of_text(tmp_path, text, encoding)
    note = next(f for f in findings.kept if f.code == "T-10")
    assert said in note.what
    assert note.values["reason"]
    assert len(rows) >= 2


def test_a_named_encoding_wins_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    rows, _ = of_text(tmp_path, "Id,文\nA,ﾃｽﾄ\n".encode("cp932"), encoding="cp932")
    assert rows[0].values["text"] == "ﾃｽﾄ"
    with pytest.raises(InvalidTable, match="rot13"):
        of_text(tmp_path, b"Id\nA\n", encoding="rot13")


def test_bytes_that_are_not_of_the_encoding_are_found_in_their_cell(tmp_path: Path) -> None:
    rows, findings = of_text(tmp_path, b"Id,Text\nA,fine\nB,\xff\xfe\xfd\n", encoding="utf-8")
    assert [r.values["id"] for r in rows] == ["A"]
    assert [(f.row, f.column, f.code) for f in findings.kept if f.code == "T-48"] == [(3, "Text", "T-48")]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_each_separator_is_found(tmp_path: Path, separator: str) -> None:
    rows, findings = of_text(tmp_path, f"Id{separator}X{separator}Text\nA{separator}1{separator}w\n"
                                       f'B{separator}2{separator}"a{separator}b\nc ""d"""\n')
    assert codes(findings) == []
    assert rows[1].values["text"] == f'a{separator}b\nc "d"'.strip()


def test_a_first_line_that_names_the_separator_is_followed(tmp_path: Path) -> None:
    rows, _ = of_text(tmp_path, "sep=;\nId;X\nA;1,5\n")
    assert [(r.number, r.values["x"]) for r in rows] == [(3, 1.5)]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_an_empty_file_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InvalidTable, match="T-06"):
        of_text(tmp_path, data)
