"""Times and durations on screen: the own zone, UTC beside it, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from latticework.shell import times
from latticework.shell.language import speak

TOKYO = times.zone_of("JPN", None)
AT = int(datetime(2026, 5, 12, 23, 30, 52, tzinfo=UTC).timestamp() * 1000)


def test_times_stand_in_the_own_zone_with_utc_beside_them() -> None:
    assert times.full(AT, TOKYO) == "13 May 2026 08:30:52 JST (12 May 23:30:52 UTC)"
    assert times.moment(AT, TOKYO, AT + 1000) == "08:30"
    assert times.moment(AT, TOKYO, AT + 86_400_000) == "13 May 08:30"
    assert times.moment(AT, TOKYO, AT + 400 * 86_400_000) == "13 May 2026 08:30"
    assert times.moment(None, TOKYO, AT) == "–"
    speak("ja")
    assert times.full(AT, TOKYO) == "2026年5月13日 08:30:52 JST（5月12日 23:30:52 UTC）"
    assert times.day(TOKYO.at(AT), weekday=True) == "5月13日（水）"


def test_a_member_without_a_zone_has_utc_alone() -> None:
    nowhere = times.zone_of("XQZ", None)
    assert times.full(AT, nowhere) == "12 May 2026 23:30:52 UTC"
    assert times.zone_of("JPN", "No/Such_Zone").letters(AT) == "UTC"


@pytest.mark.parametrize(("ms", "words"), [
    (0.31, "0.3 ms"), (41, "41 ms"), (640, "640 ms"), (3_100, "3.1 s"), (42_000, "42 s"), (240_000, "4 min"),
    (7_800_000, "2 h 10 min"), (7_200_000, "2 h"), (259_200_000, "3 d"),
])
def test_durations_have_the_unit_that_suits_them(ms: float, words: str) -> None:
    assert times.lasting(ms) == words


@pytest.mark.parametrize("text", [
    "2026-05-12 23:30", "2026-05-12T23:30", "2026-05-12T23:30Z", "2026-05-13T08:30+09:00",
])
def test_times_are_read_as_utc(text: str) -> None:
    assert times.read_utc(text) == AT - 52_000
    assert times.utc_field(AT) == "2026-05-12 23:30"


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "12:00", "2026-05-12 25:00", "9" * 40])
def test_what_is_no_time_is_none(text: str) -> None:
    assert times.read_utc(text) is None


def test_a_partners_impossible_time_is_shown_as_the_nearest_possible_one():
    for ms in (-(2**62), 2**62):
        for zone in map(times.Zone, ("Asia/Tokyo", "America/New_York", "Pacific/Kiritimati")):
            assert times.full(ms, zone)
            assert times.moment(ms, zone, 0)
            assert times.clock(ms, zone)
        assert times.utc_field(ms)
