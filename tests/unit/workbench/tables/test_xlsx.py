"""XLSX parts as ECMA-376 writes them, and files that are made to hurt."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pandas
import pytest
from tests.unit.workbench.tables.books import cells, codes, of_xml, raw_book, read

from latticework.kernel.errors import InvalidTable, TableTooLarge
from latticework.workbench.tables.sniff import Reading, open_source
from latticework.workbench.tables.xlsx import XlsxSource

DATE = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'


@pytest.mark.parametrize(("serial", "day"), [
    # ECMA-376 part 1, 5th edition, 18.17.4.1: the bounds of the 1900 date system, and serial values of examples there.
    ("1", date(1900, 1, 1)), ("59", date(1900, 2, 28)), ("61", date(1900, 3, 1)), ("367", date(1901, 1, 1)),
    ("2958465", date(9999, 12, 31)), ("38749", date(2006, 2, 1)),
])
def test_the_1900_date_system(tmp_path: Path, serial: str, day: date) -> None:
    rows, _ = of_xml(tmp_path, cells(f'<c r="C2" s="1"><v>{serial}</v></c>'), styles=DATE)
    assert rows[0].values["day"] == day


@pytest.mark.parametrize(("serial", "day"), [("0", date(1904, 1, 1)), ("2957003", date(9999, 12, 31)),
                                             ("37287", date(2006, 2, 1))])
def test_the_1904_date_system(tmp_path: Path, serial: str, day: date) -> None:
    rows, _ = of_xml(tmp_path, cells(f'<c r="C2" s="1"><v>{serial}</v></c>'), styles=DATE, date1904=True)
    assert rows[0].values["day"] == day


@pytest.mark.parametrize(("serial", "code"), [("60", "T-52"), ("0", "T-51"), ("-5", "T-51"), ("2958466", "T-51"),
                                              ("1e308", "T-51")])
def test_days_that_never_were(tmp_path: Path, serial: str, code: str) -> None:
    rows, findings = of_xml(tmp_path, cells(f'<c r="C2" s="1"><v>{serial}</v></c>'), styles=DATE)
    assert rows == []
    assert codes(findings) == [code]


def test_dates_as_numbers_texts_and_iso_cells(tmp_path: Path) -> None:
    rows, findings = of_xml(tmp_path, cells(
        '<c r="C2" t="d"><v>2024-04-01</v></c>', '<c r="C3" t="str"><v>2024/4/1</v></c>', '<c r="C4"><v>45383</v></c>',
        '<c r="C5" s="1"><v>45383.75</v></c>', '<c r="C6"><v>20240401</v></c>'), styles=DATE)
    assert {r.values["day"] for r in rows} == {date(2024, 4, 1)}
    assert [(f.code, f.row) for f in findings.kept if f.severity.value == "warning"] == [("T-54", 4), ("T-55", 5)]


def test_formulas_errors_and_hidden_or_merged_cells_are_said(tmp_path: Path) -> None:
    sheet = '<cols><col min="2" max="2" hidden="1"/></cols>' + cells(
        '<c r="B2"><f>1+1</f><v>2</v></c>', '<c r="B3"><f>1+1</f></c>', '<c r="B4" t="e"><f>NA()</f><v>#N/A</v></c>',
        '<c r="B5"><v>1</v></c><c r="D5" t="b"><v>1</v></c>').replace('<row r="5">', '<row r="5" hidden="1">')
    sheet += '<mergeCells><mergeCell ref="A1:B1"/><mergeCell ref="D2:D4"/></mergeCells>'
    rows, findings = of_xml(tmp_path, sheet)
    assert [(r.number, r.values["x"], r.values["text"]) for r in rows] == [(2, 2.0, None), (5, 1.0, "TRUE")]
    told = {(f.code, f.row) for f in findings.kept}
    assert told == {("T-46", 3), ("T-45", 4), ("T-47", 2), ("T-29", 5), ("T-30", 0), ("T-28", 2)}
    assert next(f for f in findings.kept if f.code == "T-45").what == "The cell shows the error #N/A."


def test_shared_strings_without_their_pronunciation_and_with_escapes(tmp_path: Path) -> None:
    strings = ('<si><r><t>灯</t></r><r><t>台</t></r><rPh sb="0" eb="2"><t>トウダイ</t></rPh></si>'
               '<si><t>one_x000D_\ntwo</t></si>')
    rows, findings = of_xml(tmp_path, cells('<c r="D2" t="s"><v>0</v></c>', '<c r="D3" t="s"><v>1</v></c>',
                                            '<c r="D4" t="s"><v>99</v></c>'), strings=strings)
    assert [r.values["text"] for r in rows] == ["灯台", "one\ntwo", None]
    assert codes(findings) == []


def test_prefixes_and_missing_references_of_cells(tmp_path: Path) -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = (f'<x:worksheet xmlns:x="{main}"><x:sheetData><x:row><x:c t="str"><x:v>Id</x:v></x:c><x:c t="str"><x:v>X'
             '</x:v></x:c></x:row><x:row><x:c t="str"><x:v>A</x:v></x:c><x:c><x:v>7</x:v></x:c></x:row></x:sheetData>'
             '</x:worksheet>')
    rows, _ = of_xml(tmp_path, sheet.encode())
    assert rows[0].values["x"] == 7.0


def test_values_equal_those_of_pandas_and_openpyxl(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["Id", "X", "Day", "Text"])
    for n in range(500):
        sheet.append([f"P{n}", n / 7 - 30, date(1950 + n % 100, 1 + n % 12, 1 + n % 28), f"灯台 {n} & <b>"])
    made.save(path)
    rows, findings = read(path)
    frame = pandas.read_excel(path, engine="openpyxl")
    assert codes(findings) == ["T-33"]
    assert [r.values["x"] for r in rows] == frame["X"].tolist()
    assert [r.values["day"] for r in rows] == [d.date() for d in frame["Day"]]
    assert [r.values["text"] for r in rows] == frame["Text"].tolist()
    assert [r.values["x"] for r in rows] == [
        row[0] for row in openpyxl.load_workbook(path, read_only=True)["Sheet"].iter_rows(
            min_row=2, min_col=2, max_col=2, values_only=True)]


# ---- hostile files --------------------------------------------------------------------------------------------------

def put(folder: Path, data: bytes, name: str = "file.xlsx") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_bomb_is_refused_by_its_total_and_while_it_unpacks(tmp_path: Path) -> None:
    sheet = cells() + "<!--" + " " * (3 << 20) + "-->"
    path = put(tmp_path, raw_book(sheet))
    with pytest.raises(TableTooLarge, match="T-04"):
        XlsxSource(path, bound=1 << 20)
    # 40 MiB of blanks pack to a thousandth: the ratio gives it away before the whole is unpacked.
    path = put(tmp_path, raw_book(cells() + " " * (40 << 20)))
    with pytest.raises(TableTooLarge, match="T-04"):
        read(path)


@pytest.mark.parametrize("prolog", [
    '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;&l;&l;&l;&l;&l;&l;">]>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', '<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd">'])
def test_entities_and_document_types_are_refused(tmp_path: Path, prolog: str) -> None:
    with pytest.raises(InvalidTable, match="T-05"):
        of_xml(tmp_path, cells('<c r="D2" t="str"><v>a</v></c>'), prolog=prolog)


def test_a_name_without_end_is_refused_before_it_fills_memory(tmp_path: Path) -> None:
    with pytest.raises(InvalidTable, match="T-03"):
        of_xml(tmp_path, cells() + f'<a b="{"x" * (6 << 20)}"/>')


@pytest.mark.parametrize("keep", [0.2, 0.6, 0.95])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, keep: float) -> None:
    data = raw_book(cells('<c r="B2"><v>1</v></c>'))
    with pytest.raises(InvalidTable, match="T-03"):
        read(put(tmp_path, data[: int(len(data) * keep)]))


def test_damage_within_a_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidTable, match="T-03"):
        of_xml(tmp_path, "<sheetData><row><c>")
    with pytest.raises(InvalidTable, match="T-03"):
        read(put(tmp_path, raw_book(cells()).replace(b"xl/workbook.xml", b"xl/workbuuk.xml")))


def test_declared_dimensions_and_far_columns_cost_nothing(tmp_path: Path) -> None:
    rows, findings = of_xml(tmp_path, '<dimension ref="A1:XFD1048576"/>' + cells(
        '<c r="B2"><v>1</v></c><c r="ZZZZZZ2"><v>9</v></c>') .replace('r="1"', 'r="99999999999999999999"'))
    assert rows[0].values["x"] == 1.0
    assert codes(findings) == []


def test_huge_cells_are_cut_and_refused(tmp_path: Path) -> None:
    rows, findings = of_xml(tmp_path, cells(f'<c r="D2" t="str"><v>{"w" * 5_000_000}</v></c>'))
    assert rows == []
    assert codes(findings) == ["T-49"]
    assert len(findings.kept[0].value) < 100


@pytest.mark.parametrize(("data", "code", "words"), [
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "T-01", "97-2003"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "T-02", "password"),
    (b"%PDF-1.7 ...", "T-01", "PDF"), (b"<html><table>", "T-01", "web page"), (b"PK\x03\x04 cut", "T-03", "archive"),
    (b'<?xml version="1.0"?><Workbook/>', "T-01", "XML"),
])
def test_what_is_no_table_is_refused_with_what_it_is(tmp_path: Path, data: bytes, code: str, words: str) -> None:
    with pytest.raises(InvalidTable) as refused:
        read(put(tmp_path, data))
    assert code in str(refused.value)
    assert words in str(refused.value)


@pytest.mark.parametrize(("names", "words"), [
    (["mimetype"], "OpenDocument"), (["xl/workbook.bin", "[Content_Types].xml"], "XLSB"), (["a.txt"], "ZIP"),
    (["word/document.xml", "[Content_Types].xml"], "DOCX")])
def test_other_archives_are_refused_with_what_they_are(tmp_path: Path, names: list[str], words: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name in names:
            z.writestr(name, "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(InvalidTable, match=words):
        read(put(tmp_path, out.getvalue()))


def test_macros_are_ignored_and_a_wrong_name_is_said(tmp_path: Path) -> None:
    path = put(tmp_path, raw_book(cells('<c r="B2"><v>1</v></c>'), more={"xl/vbaProject.bin": b"x"}), "list.csv")
    rows, findings = read(path)
    assert len(rows) == 1
    assert {"T-08", "T-09"} <= set(codes(findings))
    source = open_source(put(tmp_path, b"Id,X\nA,1\n", "a.xlsx"), Reading())
    assert source.format == "CSV"
    assert "T-09" in [n.code for n in source.notices]


@pytest.mark.parametrize("text", ["a\x00b", "\u202egnp.exe", "\ud800", "a\x1bb"])
def test_characters_that_deceive_are_found(tmp_path: Path, text: str) -> None:
    escaped = "".join(f"_x{ord(c):04X}_" if not c.isalnum() else c for c in text)
    rows, findings = of_xml(tmp_path, cells(f'<c r="D2" t="str"><v>{escaped}</v></c>'))
    assert rows == []
    assert codes(findings) == ["T-48"]
    assert findings.kept[0].value.isprintable()


def test_a_hidden_sheet_is_read_and_said(tmp_path: Path) -> None:
    rows, findings = of_xml(tmp_path, cells('<c r="B2"><v>1</v></c>'), state="veryHidden")
    assert len(rows) == 1
    assert codes(findings) == ["T-22"]
