from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas
import pytest
from tests.unit.workbench.tables.books import codes, read

from latticework.workbench.tables.export import export
from latticework.workbench.tables.schema import Money

OWASP = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM", '=HYPERLINK("http://x")',
         "=cmd|' /C calc'!A0", '-2+3+cmd|\' /C calc\'!A0', '";=1', "|x")
"""First characters and examples of OWASP, «CSV Injection» (https://owasp.org/www-community/attacks/CSV_Injection)."""


def written(kind: str, rows: list[list[object]], **more: str) -> bytes:
    out = io.BytesIO()
    assert export(out, ["Id", "X", "Day", "Text"], rows, kind, **more) == len(rows)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("text", OWASP)
def test_no_text_becomes_a_formula(tmp_path: Path, text: str) -> None:
    data = written("csv", [["A", None, None, text]])
    cell = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1][3]
    assert cell[0] not in "=+-@\t\r\n＝＋－＠"
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", [["A", None, None, text]])))
    found = book.worksheets[0]["D2"]
    assert found.data_type in {"s", "inlineStr"}
    assert b"<f>" not in written("xlsx", [["A", None, None, text]])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_written_is_read_again(tmp_path: Path, kind: str) -> None:
    rows: list[list[object]] = [
        ["A", 1.5, date(2024, 4, 1), "=1+1"], ["B", -0.1, date(1999, 12, 31), 'quote " and, comma\nand line'],
        ["C", None, None, "灯台"], ["D", 1e-7, None, "@x"]]
    path = tmp_path / f"a.{kind}"
    path.write_bytes(written(kind, rows, marking="EXERCISE SECRET", title="Points"))
    found, findings = read(path)
    assert codes(findings) == []
    assert [list(r.values.values()) for r in found] == rows
    assert found[0].number == 3


def test_the_marking_stands_first_and_on_every_printed_page() -> None:
    data = written("xlsx", [["A", 1, None, None]], marking="SECRET & REL TO JPN, USA")
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert sheet["A1"].value == "SECRET & REL TO JPN, USA"
    assert "SECRET && REL" in str(sheet.oddHeader.center.text) or "SECRET & REL" in str(sheet.oddHeader.center.text)
    assert sheet.freeze_panes == "A3"


def test_values_of_every_type_are_what_pandas_reads() -> None:
    out = io.BytesIO()
    row_out = [True, 12, 1.5, timedelta(hours=30), Money(Decimal("1.50"), "USD")]
    export(out, ["a", "b", "c", "d", "e"], [row_out], "xlsx")
    row = pandas.read_excel(out, engine="calamine").iloc[0].tolist()
    assert row[:3] == [True, 12, 1.5]
    assert pandas.Timedelta(row[3]) == pandas.Timedelta(hours=30)
    assert row[4] == "1.50 USD"
    out = io.BytesIO()
    export(out, ["a", "b", "c"], [[False, timedelta(days=1, hours=2, seconds=1.5), "\ud800x"]], "csv")
    assert out.getvalue().decode("utf-8-sig").splitlines()[1] == "no,P1DT2H1.5S,\ufffdx"
