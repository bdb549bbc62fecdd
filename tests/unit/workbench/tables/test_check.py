from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from tests.unit.workbench.tables.books import LAMPS, ONE, SCHEMA, codes, of_text, read

from latticework.kernel.errors import ReadingStopped
from latticework.workbench.tables.check import Check
from latticework.workbench.tables.findings import Findings, Severity
from latticework.workbench.tables.schema import Money

GOOD = {"Id": "L-1", "Name": "Cape light", "Station": "KS1", "Height (m)": 42.5, "Count": 2,
        "Cost (JPY)": "¥1,200,000",
        "Lit since": "平成7年3月1日", "Serviced": date(2024, 4, 1), "Next month": "2025年4月",
        "Budget year": "令和6年度",
        "Manned": "はい", "Color": "赤", "Period": "PT10S", "Full": "80%"}


def book(path: Path, *lamps: dict[str, object], stations: tuple[tuple[object, ...], ...] = (("KS1", "JPN", None),),
         lamps_name: str = "Lamps") -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = lamps_name
    sheet.append(list(GOOD))
    for lamp in lamps:
        sheet.append([lamp.get(head) for head in GOOD])
    other = made.create_sheet("Stations")
    other.append(["Code", "Member", "North of"])
    for station in stations:
        other.append(list(station))
    made.save(path)
    return path


def test_a_row_that_is_right_gives_each_value_as_its_type(tmp_path: Path) -> None:
    rows, findings = read(book(tmp_path / "a.xlsx", GOOD), SCHEMA)
    assert findings.count(Severity.ERROR) == 0
    # Stations come first, because lamps refer to them.
    assert [(r.sheet, r.number) for r in rows] == [("Stations", 2), ("Lamps", 2)]
    assert rows[1].values == {
        "id": "L-1", "name": "Cape light", "station": "KS1", "height_m": 42.5, "count": 2,
        "cost": Money(Decimal(1_200_000), "JPY"), "lit": date(1995, 3, 1), "serviced": date(2024, 4, 1),
        "month": date(2025, 4, 1), "year": 2024, "manned": True, "color": "red", "period": timedelta(seconds=10),
        "full": 80.0}


def test_every_error_is_found_where_it_is_and_the_good_rows_still_come(tmp_path: Path) -> None:
    bad = {**GOOD, "Id": "12", "Name": "Second", "Height (m)": "high", "Serviced": "31 Feb 2024", "Color": "rad",
           "Manned": "perhaps", "Full": 180}
    third = {**GOOD, "Id": "L-3", "Name": "Third", "Station": "KS9"}
    fourth = {**GOOD, "Id": "L-4", "Name": "Fourth", "Lit since": "2024-05-01"}
    rows, findings = read(book(tmp_path / "a.xlsx", GOOD, bad, third, fourth, {**GOOD, "Id": "L-5"}), SCHEMA)
    assert [r.values["id"] for r in rows if r.sheet == "Lamps"] == ["L-1"]
    errors = [(f.row, f.column, f.code) for f in findings.kept if f.severity is Severity.ERROR]
    assert errors == [
        (3, "Id", "T-41"), (3, "Height (m)", "T-41"), (3, "Serviced", "T-51"), (3, "Manned", "T-41"),
        (3, "Color", "T-43"), (3, "Full", "T-42"), (4, "Station", "T-61"), (5, "Serviced", "T-63"),
        (6, "Name", "T-60")]
    color = next(f for f in findings.kept if f.code == "T-43")
    assert (color.letter, color.value) == ("L", "rad")
    assert color.what == "This is none of the choices. Did you mean red?"
    assert color.do == "Choose one of: white, red, green."
    twice = next(f for f in findings.kept if f.code == "T-60")
    assert "row 2" in twice.what


def test_a_reference_to_a_row_with_errors_is_refused_with_it(tmp_path: Path) -> None:
    _rows, findings = read(book(tmp_path / "a.xlsx", GOOD, stations=(("KS1", "Japan", None),)), SCHEMA)
    assert [f.code for f in findings.kept if f.severity is Severity.ERROR] == ["T-41", "T-62"]


def test_rows_may_refer_to_rows_below_them(tmp_path: Path) -> None:
    rows, findings = read(book(tmp_path / "a.xlsx", stations=(
        ("KS1", "JPN", "KS2"), ("KS2", "JPN", None), ("KS3", "JPN", "KS8"))), SCHEMA)
    assert [r.values["code"] for r in rows] == ["KS1", "KS2"]
    assert ("T-61", 4) in {(f.code, f.row) for f in findings.kept}


def test_a_missing_or_unknown_sheet_is_said_with_what_is_near(tmp_path: Path) -> None:
    _rows, findings = read(book(tmp_path / "a.xlsx", GOOD, lamps_name="Lamp"), SCHEMA)
    missing = next(f for f in findings.kept if f.code == "T-20")
    assert missing.do == "Add it; the template has it. Did you mean Lamp?"
    assert "T-21" in codes(findings)


@pytest.mark.parametrize("heads", [
    "Id,Name,Height", "ID , ｎａｍｅ,HEIGHT (M)", "識別番号,灯台名,高さ", "id,name,height_m"])
def test_headings_are_known_by_any_of_their_names(tmp_path: Path, heads: str) -> None:
    from latticework.workbench.tables.schema import Workbook

    schema = Workbook(name="one.lamps", title="L", sheets=(
        type(LAMPS)(name="Lamps", columns=LAMPS.columns[:2] + LAMPS.columns[3:5]),))
    rows, findings = of_text(tmp_path, f"{heads}\nL-1,Cape,40\n", schema=schema)
    assert codes(findings) == []
    assert rows[0].values == {"id": "L-1", "name": "Cape", "height_m": 40.0, "count": 1}


def test_headings_that_are_missing_doubled_or_in_another_unit(tmp_path: Path) -> None:
    rows, findings = of_text(tmp_path, "Idd,X,X,Dya\nA,1,2,3\n")
    assert rows == []
    assert sorted(codes(findings)) == ["T-24", "T-25", "T-25", "T-26"]
    assert next(f for f in findings.kept if f.code == "T-24").do.endswith("Did you mean Idd?")
    from latticework.workbench.tables.schema import Workbook

    schema = Workbook(name="one.lamps", title="L", sheets=(
        type(LAMPS)(name="Lamps", columns=LAMPS.columns[:2] + LAMPS.columns[3:5]),))
    rows, findings = of_text(tmp_path, "Id,Name,Height (ft)\nL-1,Cape,40\n", schema=schema)
    assert rows == []
    assert next(f for f in findings.kept if f.code == "T-27").what == "The heading says ft; the column is in m."


def test_a_title_and_a_marking_may_stand_above_the_headings(tmp_path: Path) -> None:
    rows, _findings = of_text(tmp_path, "EXERCISE SECRET,,\n,,\nPoints of May,,\nId,X,Day\nA,1.5,\n")
    assert [(r.number, r.values["x"]) for r in rows] == [(5, 1.5)]


def test_cells_beyond_the_headings_and_open_quotes_are_found(tmp_path: Path) -> None:
    rows, findings = of_text(tmp_path, 'Id,X\nA,1\nB,2,3\nC,"4\nD,5\n')
    assert [r.values["id"] for r in rows] == ["A"]
    assert {(f.code, f.row) for f in findings.kept if f.code in {"T-31", "T-32"}} == {("T-31", 3), ("T-32", 4)}


def test_findings_are_bounded_and_all_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Id,X\n" + "".join(f"A{n},wrong\n" for n in range(5_000)), encoding="utf-8")
    findings = Findings(errors=100)
    with Check(path, ONE, findings=findings) as check:
        assert list(check) == []
    assert (check.bad, findings.counts["T-41"]) == (5_000, 5_000)
    assert sum(f.code == "T-41" for f in findings.kept) == 100


def test_progress_is_told_and_a_reading_can_be_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Id,X\n" + "".join(f"A{n},1\n" for n in range(30_000)), encoding="utf-8")
    told: list[tuple[float, int]] = []
    with Check(path, ONE, progress=lambda share, rows: told.append((share, rows))) as check:
        assert sum(1 for _ in check) == 30_000
    assert told[-1] == (1.0, 30_000)
    assert [s for s, _ in told] == sorted(s for s, _ in told)
    with Check(path, ONE, cancelled=lambda: len(told) > 0) as check, pytest.raises(ReadingStopped):
        list(check)


def test_a_folder_of_csv_files_is_one_workbook(tmp_path: Path) -> None:
    (tmp_path / "Stations.csv").write_text("Code,Member\nKS1,JPN\n", encoding="utf-8")
    (tmp_path / "灯火.csv").write_text("識別番号,名称,高さ（m）,所属\nL-1,岬,40,KS1\nL-2,島,41,KS2\n", encoding="cp932")
    rows, findings = read(tmp_path, SCHEMA)
    assert [r.values.get("id", r.values.get("code")) for r in rows] == ["KS1", "L-1"]
    assert [f.code for f in findings.kept if f.severity is Severity.ERROR] == ["T-61"]
