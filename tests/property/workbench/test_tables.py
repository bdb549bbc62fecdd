"""What other programs write is read as they meant it: openpyxl and the standard library's csv against our readers."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import date
from pathlib import Path

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latticework.workbench.tables.check import Check
from latticework.workbench.tables.dates import in_era, read_date
from latticework.workbench.tables.export import export
from latticework.workbench.tables.schema import Column, Sheet, Type, Workbook
from latticework.workbench.tables.sniff import Reading

SCHEMA = Workbook(name="points", title="Points", sheets=(Sheet(name="Points", columns=(
    Column(name="n", type=Type.WHOLE), Column(name="x", type=Type.NUMBER), Column(name="day", type=Type.DATE),
    Column(name="text", type=Type.TEXT), Column(name="ok", type=Type.YES_NO))),))
HEADS = ["n", "x", "day", "text", "ok"]
letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Cn", "Co", "Zs", "Zl", "Zp"))
texts = st.text(letters, min_size=1, max_size=40).filter(lambda t: t.strip() == t and t[0] != "'")
rows = st.lists(st.tuples(
    st.integers(-10**12, 10**12), st.floats(-1e12, 1e12, allow_nan=False).map(lambda x: float(f"{x:.15g}")),
    st.dates(date(1900, 3, 1), date(9999, 12, 30)), texts, st.booleans()), min_size=1, max_size=8)
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(data: bytes, name: str, **how: str) -> list[tuple[object, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        with Check(path, SCHEMA, Reading(**how)) as check:
            found = [tuple(row.values.values()) for row in check]
        assert check.bad == 0, [f.what for f in check.findings.kept][:3]
    return found


@few
@given(rows)
def test_workbooks_of_openpyxl(lines: list[tuple[object, ...]]) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(HEADS)
    for line in lines:
        book.active.append(["" for _ in line])
        for cell, value in zip(book.active[book.active.max_row], line, strict=True):
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # a text that begins with = stays one
    out = io.BytesIO()
    book.save(out)
    assert read(out.getvalue(), "a.xlsx") == lines


@few
@given(rows, st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_csv_of_the_standard_library(lines: list[tuple[object, ...]], separator: str, encoding: str) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerows([HEADS, *lines])
    data = out.getvalue().encode(encoding)
    assert read(data, "a.csv", separator=separator, decimal="point") == lines


@few
@given(rows, st.sampled_from(["csv", "xlsx"]))
def test_what_we_write_we_read(lines: list[tuple[object, ...]], kind: str) -> None:
    out = io.BytesIO()
    export(out, HEADS, lines, kind, marking="EXERCISE")  # type: ignore[arg-type]
    assert read(out.getvalue(), f"a.{kind}", decimal="point") == lines


@given(st.dates(date(1873, 1, 1), date(2099, 12, 31)))
def test_eras_there_and_back(day: date) -> None:
    assert read_date(in_era(day), eras=True, order="") == (day, False)


@few
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    from latticework.kernel.errors import TableError

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(b"n,x,day,text,ok\n" + data)
        try:
            with Check(path, SCHEMA) as check:
                list(check)
        except TableError:
            pass
