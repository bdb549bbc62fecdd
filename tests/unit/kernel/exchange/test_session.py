from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latticework.kernel.exchange.events import ExchangeSettings
from latticework.kernel.exchange.session import WINDOW, ReplayWindow, Session, Sessions, TokenBucket
from latticework.kernel.ids import MemberId


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = TokenBucket(10, 5, 0)
    assert [bucket.take(1, 0) for _ in range(6)] == [True] * 5 + [False]
    assert not bucket.take(1, 99)
    assert bucket.take(1, 100)
    assert not bucket.take(1, 100)


@given(st.lists(st.integers(0, 500), max_size=60), st.integers(1, 50), st.integers(1, 50))
def test_a_bucket_never_gives_more_than_burst_and_rate_allow(waits: list[int], rate: int, burst: int) -> None:
    bucket, now, given_out = TokenBucket(rate, burst, 0), 0, 0
    for wait in waits:
        now += wait
        given_out += bucket.take(1, now)
        assert given_out <= burst + rate * now / 1000 + 1e-9


def test_a_clock_set_back_fills_nothing() -> None:
    bucket = TokenBucket(1000, 1, 1_000)
    assert bucket.take(1, 1_000)
    assert not bucket.take(1, 0)


@given(st.lists(st.integers(1, 3 * WINDOW), max_size=80))
def test_the_window_accepts_each_number_once_and_nothing_too_old(numbers: list[int]) -> None:
    window, accepted, top = ReplayWindow(), set[int](), 0
    for number in numbers:
        expected = number not in accepted and number > top - WINDOW
        assert window.is_new(number) == expected
        if expected:
            window.accept(number)
            accepted.add(number)
            top = max(top, number)


@pytest.mark.parametrize("lags", [[3], [5, 1], [9, 1, 4], [2, 8, 4, 6]])
def test_lag_is_the_median(lags: list[int]) -> None:
    session = Session(ExchangeSettings(), 0)
    assert session.lag_ms() is None
    session.lags.extend(lags)
    assert session.lag_ms() == statistics.median(lags)


def test_a_new_link_begins_anew() -> None:
    sessions = Sessions(ExchangeSettings())
    session = sessions.of(MemberId("JPN"), 5)
    session.begin(9, 10)
    session.sent, session.pulling_ms, session.flooded = 4, 11, True
    assert sessions.linked() == ["JPN"]
    session.end(12)
    assert sessions.linked() == []
    assert session.since_ms == 12
    session.begin(10, 13)
    assert (session.own, session.sent, session.pulling_ms, session.flooded) == (10, 0, None, False)
    sessions.forget(MemberId("JPN"))
    assert sessions.get(MemberId("JPN")) is None
