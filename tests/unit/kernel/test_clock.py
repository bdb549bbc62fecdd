from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from latticework.kernel.clock import calendar_time, iso_utc


def test_times_are_written_as_rfc_3339_has_them():
    """RFC 3339, section 5.8, in seconds: 1985-04-12T23:20:50Z and the leap year's last day."""
    assert iso_utc(482_196_050_520) == "1985-04-12T23:20:50Z"
    assert iso_utc(951_782_399_000) == "2000-02-28T23:59:59Z"
    assert calendar_time(951_782_400_000) == datetime(2000, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize("ms", [-(2**63), -(10**15), 253_402_300_800_000, 10**18, 2**64])
def test_times_that_no_calendar_has_are_written_as_the_nearest_one(ms):
    """Partners' records hold times that nobody checked."""
    found = calendar_time(ms)
    assert iso_utc(ms).endswith("Z")
    for hours in (-12, 14):  # in every zone of the world
        assert found.astimezone(timezone(timedelta(hours=hours))).year in {1, 9999}
