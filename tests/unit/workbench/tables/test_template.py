from __future__ import annotations

import io
from pathlib import Path

import msgspec
import openpyxl
import pytest
from tests.unit.workbench.tables.books import LAMPS, SCHEMA, STATIONS, read

from latticework.kernel.errors import InvalidSchema
from latticework.workbench.tables.findings import Severity
from latticework.workbench.tables.report import findings_out
from latticework.workbench.tables.schema import Choice, Column, Sheet, Type, Workbook
from latticework.workbench.tables.template import example, template, template_csv


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_template_with_its_examples_reads_clean(tmp_path: Path, language: str) -> None:
    path = tmp_path / "t.xlsx"
    with path.open("wb") as file:
        template(file, SCHEMA, language=language, examples=True)
    rows, findings = read(path, SCHEMA)
    assert [f.what for f in findings.kept if f.severity is not Severity.NOTE] == []
    assert {r.sheet: len(r.values) for r in rows} == {"Stations": 3, "Lamps": 14}
    lamp = rows[1].values
    assert (lamp["color"], lamp["manned"], lamp["full"], lamp["station"]) == ("white", True, 80.0, "KS1")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_csv_template_with_its_examples_reads_clean(tmp_path: Path, language: str) -> None:
    for sheet in (LAMPS, STATIONS):
        (tmp_path / f"{sheet.name}.csv").write_bytes(template_csv(sheet, language=language, examples=True))
    rows, findings = read(tmp_path, SCHEMA)
    assert [f.what for f in findings.kept if f.severity is not Severity.NOTE] == []
    assert len(rows) == 2


def test_a_template_says_and_offers_what_each_column_wants() -> None:
    out = io.BytesIO()
    long = tuple(Choice(f"a rather long choice, number {n}") for n in range(40))
    schema = Workbook(name="long", title="L", sheets=(*SCHEMA.sheets, Sheet(name="Long", columns=(
        Column(name="c", type=Type.CHOICE, choices=long),))))
    template(out, schema, language="ja")
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["灯火", "灯台部", "Long", "列の説明"]
    lamps = book["灯火"]
    assert lamps.freeze_panes == "A2"
    assert lamps["D1"].value == "高さ (m) *"
    assert "灯火の高さ。" in lamps["D1"].comment.text
    offered = {str(v.sqref).split(":")[0]: (v.type, v.formula1, v.formula2)
               for v in lamps.data_validations.dataValidation}
    assert offered["L2"] == ("list", '"白,赤,緑"', None)
    assert offered["D2"] == ("decimal", "0", "400")
    far = book["Long"].data_validations.dataValidation[0].formula1
    column = far.split("$")[1]
    assert book["列の説明"][f"{column}41"].value == long[-1].value
    assert book["列の説明"]["A2"].value == "灯火"


def test_an_example_that_breaks_its_own_column_is_refused() -> None:
    with pytest.raises(InvalidSchema, match="T-41"):
        example(Column(name="x", type=Type.NUMBER, example="many"), "en")


def test_findings_go_out_beside_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "Points.csv"
    path.write_text("Id,X\nA,1\nB,wrong\nB2,=1\n", encoding="utf-8")
    from tests.unit.workbench.tables.books import ONE

    _rows, findings = read(path, ONE)
    out = io.BytesIO()
    findings_out(out, findings.kept, "xlsx", source=path)
    sheet = openpyxl.load_workbook(out).worksheets[0]
    rows = [list(r) for r in sheet.iter_rows(values_only=True)]
    assert rows[0][:5] == ["Severity", "Code", "Sheet", "Row", "Column"]
    wrong = rows[1]
    assert wrong[:7] == ["error", "T-41", "Points", 3, "X", "B3", "wrong"]
    assert wrong[9:] == ["B", "wrong"]
    assert rows[2][9:] == ["B2", "=1"]


@pytest.mark.parametrize("bad", [
    {"type": Type.CHOICE}, {"type": Type.MONEY}, {"type": Type.FISCAL_YEAR}, {"type": Type.REFERENCE}, {"name": "X y"},
    {"low": 3, "high": 2}, {"pattern": "("}, {"currencies": ("JPY",)}, {"longest": 0},
    {"type": Type.DURATION, "unit": "weeks"},
])
def test_a_description_checks_itself(bad: dict[str, object]) -> None:
    with pytest.raises(InvalidSchema):
        Column(**{"name": "x", "type": Type.TEXT, **bad})  # type: ignore[arg-type]


def test_sheets_and_workbooks_check_themselves() -> None:
    with pytest.raises(InvalidSchema):
        msgspec.structs.replace(LAMPS, key=("nothing",))
    with pytest.raises(InvalidSchema):
        msgspec.structs.replace(LAMPS, name="a/b")
    with pytest.raises(InvalidSchema):
        Workbook(name="x", title="X", sheets=(LAMPS,))
