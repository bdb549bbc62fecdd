"""Deadlines around daylight changes, against the published dates of them.

Europe/London 2026: forward on 29 March at 01:00 UTC, back on 25 October at 01:00 UTC (Directive 2000/84/EC, articles 2
and 3, as kept by the Summer Time Act 1972). America/New_York 2026: forward on 8 March, back on 1 November, at 02:00
local (15 U.S.C. 260a). Asia/Tokyo has had no daylight time since 1951.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from latticework.kernel.errors import InvalidTask
from latticework.workbench.tasks.deadlines import drift_ms, happens_twice, local


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(("wall", "zone", "instant"), [
    ("2026-05-16 09:00", "Asia/Tokyo", "2026-05-16T00:00"),
    ("2026-03-28T09:00", "Europe/London", "2026-03-28T09:00"),
    ("2026-03-29T09:00", "Europe/London", "2026-03-29T08:00"),
    ("2026-10-31T09:00", "America/New_York", "2026-10-31T13:00"),
    ("2026-11-01T09:00", "America/New_York", "2026-11-01T14:00"),
])
def test_a_wall_time_is_the_instant_that_the_zone_gives_it_that_day(wall: str, zone: str, instant: str) -> None:
    found = local(wall, zone)
    assert found.at_ms == utc(instant)
    assert (found.zone, found.local, happens_twice(found)) == (zone, wall.replace(" ", "T"), False)


def test_a_wall_time_that_is_skipped_is_refused_with_the_times_around_it() -> None:
    with pytest.raises(InvalidTask, match=r"02:30 does not exist on 2026-03-08 .*use 01:30 or 03:30"):
        local("2026-03-08T02:30", "America/New_York")


def test_of_a_wall_time_that_happens_twice_the_first_is_meant_unless_the_second_is_asked_for() -> None:
    first, second = local("2026-11-01T01:30", "America/New_York"), local("2026-11-01T01:30", "America/New_York", fold=1)
    assert (first.at_ms, second.at_ms) == (utc("2026-11-01T05:30"), utc("2026-11-01T06:30"))
    assert (first.fold, second.fold, happens_twice(first)) == (0, 1, True)


def test_a_second_of_a_time_that_happens_once_is_the_same_deadline() -> None:
    assert local("2026-05-16T09:00", "Asia/Tokyo", fold=1) == local("2026-05-16T09:00", "Asia/Tokyo")


@pytest.mark.parametrize(("wall", "zone"), [
    ("2026-05-16", "Asia/Tokyo"), ("16.5.2026 09:00", "Asia/Tokyo"), ("2026-05-16T09:00", "Mars/Base"),
    ("2026-05-16T09:00", "../../etc/passwd"), ("2026-05-16T09:00", ""), ("2026-02-30T09:00", "Asia/Tokyo"),
])
def test_what_is_no_time_or_no_zone_gets_a_sentence(wall: str, zone: str) -> None:
    with pytest.raises(InvalidTask):
        local(wall, zone)


def test_rules_that_changed_since_are_noticed_and_the_signed_instant_stays() -> None:
    signed_under_other_rules = msgspec.structs.replace(local("2026-05-16T09:00", "Asia/Tokyo"),
                                                       at_ms=utc("2026-05-15T23:00"))
    assert drift_ms(signed_under_other_rules) == 3_600_000
    assert drift_ms(local("2026-05-16T09:00", "Asia/Tokyo")) == 0
