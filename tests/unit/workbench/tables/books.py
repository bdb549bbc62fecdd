"""Schemas and files for the tests of tables; everything in them is invented."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from latticework.workbench.tables.check import Check, Row
from latticework.workbench.tables.findings import Findings
from latticework.workbench.tables.schema import Choice, Column, Complaint, Sheet, Type, Values, Workbook
from latticework.workbench.tables.sniff import Reading


def serviced_after_lit(values: Values) -> Complaint | None:
    lit, serviced = values.get("lit"), values.get("serviced")
    if isinstance(lit, date) and isinstance(serviced, date) and serviced < lit:
        return Complaint("serviced", "The lamp was serviced before it was lit.", "Correct one of the two days.")
    return None


STATIONS = Sheet(name="Stations", aliases=("灯台部",), key=("code",), columns=(
    Column(name="code", type=Type.ID, title="Code", title_ja="番号", pattern=r"[A-Z]{2}\d", example="KS1"),
    Column(name="member", type=Type.TRIGRAPH, title="Member", title_ja="国", example="JPN"),
    Column(name="north_of", type=Type.REFERENCE, title="North of", title_ja="北側", refers="Stations", required=False),
))
LAMPS = Sheet(name="Lamps", aliases=("灯火",), key=("id",), unique=(("name",),), rules=(serviced_after_lit,), columns=(
    Column(name="id", type=Type.ID, title="Id", title_ja="識別番号", pattern=r"L-\d{1,6}", example="L-12"),
    Column(name="name", type=Type.TEXT, title="Name", title_ja="名称", aliases=("灯台名",), longest=40,
           example="Cape light"),
    Column(name="station", type=Type.REFERENCE, title="Station", title_ja="所属", refers="Stations", example="KS1",
           required=False),
    Column(name="height_m", type=Type.NUMBER, title="Height", title_ja="高さ", unit="m", low=0, high=400,
           example="42.5", description="Of the focal plane.", description_ja="灯火の高さ。"),
    Column(name="count", type=Type.WHOLE, title="Count", title_ja="数", required=False, default=1, example="3"),
    Column(name="cost", type=Type.MONEY, title="Cost", title_ja="費用", currencies=("JPY",), required=False,
           example="1200000"),
    Column(name="lit", type=Type.DATE, title="Lit since", title_ja="点灯日", eras=True, required=False,
           first=date(1870, 1, 1), example="1995-03-01"),
    Column(name="serviced", type=Type.DATE, title="Serviced", title_ja="点検日", required=False, example="2024-04-01"),
    Column(name="month", type=Type.MONTH, title="Next month", title_ja="次月", required=False, example="2025-04"),
    Column(name="year", type=Type.FISCAL_YEAR, title="Budget year", title_ja="予算年度", fiscal_start=4, eras=True,
           required=False, example="2024"),
    Column(name="manned", type=Type.YES_NO, title="Manned", title_ja="有人", required=False, default=False,
           example="yes"),
    Column(name="color", type=Type.CHOICE, title="Color", title_ja="灯色", required=False, example="white",
           choices=(Choice("white", ("白",)), Choice("red", ("赤",)), Choice("green", ("緑",)))),
    Column(name="period", type=Type.DURATION, title="Period", title_ja="周期", unit="s", required=False, example="10"),
    Column(name="full", type=Type.NUMBER, title="Full", title_ja="充電", unit="%", low=0, high=100, required=False,
           example="80"),
))
SCHEMA = Workbook(name="test.lamps", title="Lamps", title_ja="灯火", sheets=(LAMPS, STATIONS))
ONE = Workbook(name="test.one", title="Points", sheets=(Sheet(name="Points", key=("id",), columns=(
    Column(name="id", type=Type.ID, title="Id", example="A"),
    Column(name="x", type=Type.NUMBER, title="X", title_ja="値", required=False, example="1.5"),
    Column(name="day", type=Type.DATE, title="Day", title_ja="日", required=False, eras=True, example="2024-04-01"),
    Column(name="text", type=Type.TEXT, title="Text", title_ja="文", required=False, example="words"),
)),))


def read(path: Path, schema: Workbook = ONE, **how: str) -> tuple[list[Row], Findings]:
    with Check(path, schema, Reading(**how)) as check:
        rows = list(check)
    assert check.good == len(rows)
    return rows, check.findings


def of_text(folder: Path, text: str | bytes, saved: str = "utf-8", schema: Workbook = ONE,
            **how: str) -> tuple[list[Row], Findings]:
    path = folder / "file.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(saved))
    return read(path, schema, **how)


def of_column(folder: Path, type_: Type, *cells: str, separator: str = ";", how: Mapping[str, str] | None = None,
              **more: Any) -> tuple[list[Any], list[str]]:
    """Read cells of one column of a CSV file; return the values and the codes of errors and warnings."""
    schema = Workbook(name="test.column", title="C", sheets=(Sheet(name="C", columns=(
        Column(name="c", type=type_, **more), Column(name="n", type=Type.TEXT))),))
    lines = [f"c{separator}n", *(f'"{c}"{separator}{n}' for n, c in enumerate(cells))]
    rows, findings = of_text(folder, "\n".join(lines), schema=schema, **(how or {}))
    codes = [f.code for f in findings.kept if f.severity.value != "note"]
    return [row.values["c"] for row in rows], codes


def codes(findings: Findings) -> list[str]:
    """Codes of what was found, but for what is said of every CSV file."""
    return [f.code for f in findings.kept if f.code not in {"T-10", "T-11"}]


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def raw_book(sheet: str | bytes, *, date1904: bool = False, styles: str = "", strings: str = "",
             state: str = "visible", more: Mapping[str, bytes] | None = None, prolog: str = "") -> bytes:
    """Return a workbook of one sheet whose XML is given as it is."""
    out = io.BytesIO()
    relation = f'<Relationship Id="%s" Type="{REL}/%s" Target="%s"/>'
    targets = relation % ("r1", "worksheet", "worksheets/sheet1.xml")
    targets += relation % ("r2", "styles", "styles.xml") if styles else ""
    targets += relation % ("r3", "sharedStrings", "sharedStrings.xml") if strings else ""
    rels = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("[Content_Types].xml", "<Types/>")
        z.writestr("_rels/.rels", f"<Relationships {rels}>{relation % ('r1', 'officeDocument', 'xl/workbook.xml')}"
                                  "</Relationships>")
        z.writestr("xl/_rels/workbook.xml.rels", f"<Relationships {rels}>{targets}</Relationships>")
        z.writestr("xl/workbook.xml",
                   f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><workbookPr date1904="{int(date1904)}"/>'
                   f'<sheets><sheet name="Points" sheetId="1" state="{state}" r:id="r1"/></sheets></workbook>')
        if isinstance(sheet, str):
            sheet = f'{prolog}<worksheet xmlns="{MAIN}">{sheet}</worksheet>'.encode()
        z.writestr("xl/worksheets/sheet1.xml", sheet)
        if styles:
            z.writestr("xl/styles.xml", f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>')
        if strings:
            z.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{strings}</sst>')
        for name, data in (more or {}).items():
            z.writestr(name, data)
    return out.getvalue()


def cells(*rows: str) -> str:
    """Return sheet data whose first row has the headings of the schema ONE; each row is XML of its cells."""
    heads = "".join(f'<c r="{c}1" t="inlineStr"><is><t>{w}</t></is></c>' for c, w in zip("ABCD", (
        "Id", "X", "Day", "Text"), strict=True))
    body = "".join(f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>P{n}</t></is></c>{row}</row>'
                   for n, row in enumerate(rows, start=2))
    return f'<sheetData><row r="1">{heads}</row>{body}</sheetData>'


def of_xml(folder: Path, sheet: str | bytes, schema: Workbook = ONE, **more: Any) -> tuple[list[Row], Findings]:
    path = folder / "file.xlsx"
    path.write_bytes(raw_book(sheet, **more))
    return read(path, schema)
