from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.unit.workbench.tables.books import of_column

from latticework.workbench.tables.schema import Choice, Money, Type


@pytest.mark.parametrize(("cell", "value"), [
    ("12", 12.0), ("１２．５", 12.5), (" 12,5 ", 12.5), ("-3", -3.0), ("−3", -3.0), ("(3)", -3.0),
    ("▲1,234,567", -1234567.0),
    ("1 234,5", 1234.5), ("1\u00a0234 567", 1234567.0), ("1'234'567", 1234567.0), ("12 m", 12.0), ("1.5e3", 1500.0),
    ("1,234.5", 1234.5), ("1.234,5", 1234.5), ("0,123", 0.123), ("12,3456", 12.3456), (".5", 0.5), ("5-", -5.0),
])
def test_numbers_as_people_write_them(tmp_path: Path, cell: str, value: float) -> None:
    assert of_column(tmp_path, Type.NUMBER, cell, unit="m") == ([value], [])


@pytest.mark.parametrize(("cell", "code"), [
    ("12 ft", "T-50"), ("twelve", "T-41"), ("1.2.3", "T-41"), ("1,23,4", "T-41"), ("--5", "T-41"), ("1e999", "T-41"),
    ("50%", "T-50"), ("nan", "T-41"), ("inf", "T-41"), ("1" * 400, "T-41"), ("0x10", "T-41"), ("1_000", "T-41"),
])
def test_what_is_no_number(tmp_path: Path, cell: str, code: str) -> None:
    assert of_column(tmp_path, Type.NUMBER, cell, unit="m") == ([], [code])


def test_the_decimal_mark_is_decided_by_the_column_and_never_guessed(tmp_path: Path) -> None:
    assert of_column(tmp_path, Type.NUMBER, "1,234", "0,5") == ([1.234, 0.5], [])
    assert of_column(tmp_path, Type.NUMBER, "1,234", "1.5") == ([1234.0, 1.5], [])
    assert of_column(tmp_path, Type.NUMBER, "1,234", "2,345") == ([], ["T-44", "T-44"])
    assert of_column(tmp_path, Type.NUMBER, "1,234", how={"decimal": "comma"}) == ([1.234], [])
    assert of_column(tmp_path, Type.NUMBER, "1,234", how={"decimal": "point"}) == ([1234.0], [])
    assert of_column(tmp_path, Type.NUMBER, "1.234") == ([], ["T-44"])  # the semicolons speak for a comma
    assert of_column(tmp_path, Type.NUMBER, "1.234", separator=",") == ([1.234], [])
    assert of_column(tmp_path, Type.NUMBER, "0,5", "1.5", "1,234") == ([0.5, 1.5], ["T-44"])
    assert of_column(tmp_path, Type.WHOLE, "1,234", "5") == ([1234, 5], [])
    assert of_column(tmp_path, Type.WHOLE, "1.5") == ([], ["T-41"])


def test_whole_numbers_are_exact_however_long(tmp_path: Path) -> None:
    assert of_column(tmp_path, Type.WHOLE, "9007199254740993", "-9,007,199,254,740,993", "12.0") == (
        [9007199254740993, -9007199254740993, 12], [])


@pytest.mark.parametrize(("unit", "value"), [("%", 12.5), ("", 0.125)])
def test_percentages(tmp_path: Path, unit: str, value: float) -> None:
    assert of_column(tmp_path, Type.NUMBER, "12.5%", "１２．５％", unit=unit) == ([value, value], [])


@pytest.mark.parametrize(("cell", "amount", "currency"), [
    ("¥1,200,000", "1200000", "JPY"), ("1200000円", "1200000", "JPY"), ("USD 12.50", "12.50", "USD"),
    ("$ 12.50", "12.50", "USD"), ("-$3.00", "-3.00", "USD"), ("(12.34) USD", "-12.34", "USD"), ("▲5円", "-5", "JPY"),
])
def test_money(tmp_path: Path, cell: str, amount: str, currency: str) -> None:
    assert of_column(tmp_path, Type.MONEY, cell, currencies=("JPY", "USD")) == ([Money(Decimal(amount), currency)], [])


def test_money_without_or_with_another_currency(tmp_path: Path) -> None:
    assert of_column(tmp_path, Type.MONEY, "12", "€ 5", currencies=("JPY", "USD")) == ([], ["T-50", "T-50"])
    assert of_column(tmp_path, Type.MONEY, "12", currencies=("JPY",), scale=1_000_000) == (
        [Money(Decimal(12_000_000), "JPY")], [])


@pytest.mark.parametrize(("cell", "day"), [
    ("2024-04-01", (2024, 4, 1)), ("2024/4/1", (2024, 4, 1)), ("2024.04.01", (2024, 4, 1)),
    ("20240401", (2024, 4, 1)), ("２０２４年４月１日", (2024, 4, 1)), ("1 Apr 2024", (2024, 4, 1)),
    ("April 1, 2024", (2024, 4, 1)), ("25/12/2023", (2023, 12, 25)), ("12/25/2023", (2023, 12, 25)),
    # The first and last days of the eras, as proclaimed.
    ("令和元年5月1日", (2019, 5, 1)), ("平成31年4月30日", (2019, 4, 30)), ("平成元年1月8日", (1989, 1, 8)),
    ("昭和64年1月7日", (1989, 1, 7)), ("昭和元年12月25日", (1926, 12, 25)), ("大正15年12月24日", (1926, 12, 24)),
    ("大正元年7月30日", (1912, 7, 30)), ("明治45年7月29日", (1912, 7, 29)), ("明治6年1月1日", (1873, 1, 1)),
    ("R6.4.1", (2024, 4, 1)), ("㋿6年4月1日", (2024, 4, 1)), ("2024-02-29", (2024, 2, 29)),
])
def test_dates_as_people_write_them(tmp_path: Path, cell: str, day: tuple[int, int, int]) -> None:
    assert of_column(tmp_path, Type.DATE, cell, eras=True) == ([date(*day)], [])


@pytest.mark.parametrize(("cell", "code"), [
    ("2023-02-29", "T-51"), ("31/4/2024", "T-51"), ("平成31年5月1日", "T-53"), ("昭和64年1月8日", "T-53"),
    ("soon", "T-41"),
    ("03/04/2024", "T-44"), ("2024-04-01 12:30", "T-55"), ("99", "T-41"),
])
def test_dates_that_are_wrong_or_ambiguous(tmp_path: Path, cell: str, code: str) -> None:
    assert of_column(tmp_path, Type.DATE, cell, eras=True)[1] == [code]


def test_the_order_of_dates_is_decided_by_the_column(tmp_path: Path) -> None:
    assert of_column(tmp_path, Type.DATE, "03/04/2024", "25/04/2024") == ([date(2024, 4, 3), date(2024, 4, 25)], [])
    assert of_column(tmp_path, Type.DATE, "03/04/2024", "04/25/2024") == ([date(2024, 3, 4), date(2024, 4, 25)], [])
    assert of_column(tmp_path, Type.DATE, "03/04/2024", how={"date_order": "day"}) == ([date(2024, 4, 3)], [])
    assert of_column(tmp_path, Type.DATE, "令和6年4月1日")[1] == ["T-56"]


@pytest.mark.parametrize(("cell", "year"), [
    ("2024", 2024), ("FY2024", 2024), ("2024年度", 2024), ("2024/25", 2024), ("令和6年度", 2024), ("R6", 2024),
    ("平成31年度", 2019), ("令和元年度", 2019), ("2025-03-31", 2024), ("2025-04-01", 2025),
])
def test_fiscal_years_that_begin_in_april(tmp_path: Path, cell: str, year: int) -> None:
    assert of_column(tmp_path, Type.FISCAL_YEAR, cell, fiscal_start=4, eras=True) == ([year], [])


@pytest.mark.parametrize(("cell", "month"), [("2024-04", 4), ("2024年4月", 4), ("Apr 2024", 4), ("令和6年4月", 4),
                                             ("2024-04-17", 4)])
def test_months(tmp_path: Path, cell: str, month: int) -> None:
    assert of_column(tmp_path, Type.MONTH, cell, eras=True) == ([date(2024, month, 1)], [])


@pytest.mark.parametrize(("cell", "seconds"), [
    ("PT1H30M", 5_400), ("P1DT2H", 93_600), ("P2W", 1_209_600), ("1:30", 5_400), ("0:01:30", 90), ("2 h 15 min", 8_100),
    ("3日", 259_200), ("90分", 5_400), ("90", 5_400),
])
def test_durations(tmp_path: Path, cell: str, seconds: int) -> None:
    assert of_column(tmp_path, Type.DURATION, cell, unit="min") == ([timedelta(seconds=seconds)], [])


def test_words(tmp_path: Path) -> None:
    assert of_column(tmp_path, Type.YES_NO, "Yes", "いいえ", "○", "0", "TRUE", "maybe") == (
        [True, False, True, False, True], ["T-41"])
    assert of_column(tmp_path, Type.TRIGRAPH, "jpn", "ＵＳＡ", "JP") == (["JPN", "USA"], ["T-41"])
    assert of_column(tmp_path, Type.ID, "Ａ－１", "b 2", pattern="[A-Z]-?[0-9]") == (["A-1"], ["T-41"])
    assert of_column(tmp_path, Type.TEXT, "　全角の空白\u00a0", "x" * 11, longest=10) == (["全角の空白"], ["T-49"])
    choices = (Choice("in service", ("運用中",)), Choice("out"))
    assert of_column(tmp_path, Type.CHOICE, "IN  Service", "運用中", "on", choices=choices) == (
        ["in service", "in service"], ["T-43"])


@pytest.mark.parametrize(("more", "cell"), [({"low": 0, "high": 10}, "11"), ({"low": 5}, "4.9"), ({"high": 5}, "5,1")])
def test_bounds(tmp_path: Path, more: dict[str, Any], cell: str) -> None:
    assert of_column(tmp_path, Type.NUMBER, cell, **more) == ([], ["T-42"])
