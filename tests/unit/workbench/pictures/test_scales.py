"""Ticks and scales against published values."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from latticework.kernel.errors import InvalidChart
from latticework.workbench.pictures.canvas import width_of
from latticework.workbench.pictures.scales import (
    DAY_MS,
    Scale,
    date_words,
    nice,
    number,
    tick_step,
    ticks,
    time_ticks,
)


def ms(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type]


# Values of d3-array 3.2.4 (M. Bostock, ISC): ``d3.ticks(start, stop, count)``.
D3 = [
    ((0, 1, 10), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
    ((0, 1, 7), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]), ((0, 1, 4), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
    ((0, 1, 3), [0.0, 0.5, 1.0]), ((0, 1, 2), [0.0, 0.5, 1.0]), ((0, 1, 1), [0.0, 1.0]),
    ((0, 10, 10), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), ((0, 10, 5), [0, 2, 4, 6, 8, 10]), ((0, 10, 3), [0, 5, 10]),
    ((0, 10, 1), [0, 10]), ((-10, 10, 10), [-10, -8, -6, -4, -2, 0, 2, 4, 6, 8, 10]),
    ((-10, 10, 4), [-10, -5, 0, 5, 10]), ((-10, 10, 2), [-10, 0, 10]), ((-10, 10, 1), [0]),
]


@pytest.mark.parametrize(("asked", "expected"), D3, ids=[str(a) for a, _ in D3])
def test_ticks_are_those_of_d3(asked: tuple[float, float, int], expected: list[float]) -> None:
    assert ticks(*asked) == pytest.approx(expected)


def test_steps_are_one_two_or_five_times_a_power_of_ten() -> None:
    for count in range(1, 30):
        for stop in (0.0037, 1.0, 17.3, 9_999.0):
            step = tick_step(0.0, stop, count)
            head = float(f"{step:e}".split("e", maxsplit=1)[0])
            assert round(head, 9) in {1.0, 2.0, 5.0}
            assert 0.5 < stop / step / count < 2.0


def test_a_nice_range_holds_the_data_and_ends_on_ticks() -> None:
    assert nice(0.13, 0.82, 5) == pytest.approx((0.1, 0.9))
    assert nice(3.0, 3.0, 5) == (3.0, 4.0)


def test_a_scale_is_linear_and_holds_what_lies_outside_at_its_ends() -> None:
    scale = Scale(10, 20, 100, 300)
    assert [scale(v) for v in (10, 15, 20)] == [100, 200, 300]
    assert scale.held(99) == 300
    assert Scale(5, 5, 0, 10)(5) == 0


def test_months_quarters_and_years_begin_where_they_begin() -> None:
    three = time_ticks(ms(2026, 4, 1), ms(2029, 4, 1), 938, "UTC", "en")
    assert [t.words for t in three[:5]] == ["2026 Q2", "Q3", "Q4", "2027 Q1", "Q2"]
    assert [t.strong for t in three[:5]] == [True, False, False, True, False]
    assert {datetime.fromtimestamp(t.at_ms / 1000, UTC).day for t in three} == {1}
    assert [t.words for t in time_ticks(ms(2026, 4, 1), ms(2029, 4, 1), 938, "UTC", "ja")[:4]] == [
        "2026年4月", "7月", "10月", "2027年1月"]
    assert [t.words for t in time_ticks(ms(1951, 1, 1), ms(2026, 1, 1), 900, "UTC", "en")][:2] == ["1955", "1960"]


def test_days_begin_at_midnight_of_the_zone_also_when_the_clock_changes() -> None:
    # Summer time in New York began on 8 March 2026 at 02:00 (IANA tz database): that day has 23 hours.
    days = time_ticks(ms(2026, 3, 5, 5), ms(2026, 3, 11, 5), 500, "America/New_York", "en")
    where = ZoneInfo("America/New_York")
    assert {datetime.fromtimestamp(t.at_ms / 1000, where).hour for t in days} == {0}
    gaps = [b.at_ms - a.at_ms for a, b in itertools.pairwise(days)]
    assert sorted(gaps) == [DAY_MS - 3_600_000, *[DAY_MS] * (len(days) - 2)]
    assert len(days) >= 6


@pytest.mark.parametrize("hours", [1, 5, 24, 24 * 6, 24 * 40, 24 * 400, 24 * 9_000, 24 * 300_000])
def test_labels_never_stand_closer_than_they_are_wide(hours: int) -> None:
    start = ms(2026, 4, 1)
    found = time_ticks(start, start + hours * 3_600_000, 930, "UTC", "en")
    scale = Scale(start, start + hours * 3_600_000, 0, 930)
    assert 1 <= len(found) <= 32
    assert all(scale(b.at_ms) - scale(a.at_ms) > width_of(a.words) for a, b in itertools.pairwise(found))


def test_an_unknown_zone_is_one_sentence() -> None:
    with pytest.raises(InvalidChart, match="no time zone 'Mars/Olympus'"):
        time_ticks(0, DAY_MS, 400, "Mars/Olympus", "en")


def test_numbers_and_dates_as_people_write_them() -> None:
    assert number(1204) == "1\N{NARROW NO-BREAK SPACE}204"
    assert number(-0.5) == "\N{MINUS SIGN}0.5"
    assert number(1 / 3) == "0.333"
    assert date_words(ms(2026, 5, 12, 23, 42), "Asia/Tokyo", "en") == "13 May 2026 08:42"
    assert date_words(ms(2026, 5, 12, 15, 0), "Asia/Tokyo", "ja") == "2026年5月13日"
