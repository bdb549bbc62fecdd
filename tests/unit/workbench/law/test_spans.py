"""The algebra of intervals, against sets of whole numbers counted one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from latticework.workbench.law.spans import EVER, NEVER, Spans, span, union

LINE = range(-1, 25)
ends = st.integers(0, 20)
spans = st.lists(st.tuples(ends, ends), max_size=6).map(lambda rows: union(span(min(r), max(r)) for r in rows))


def days(spans: Spans) -> set[int]:
    return {n for n in LINE if n in spans}


@given(a=spans, b=spans)
def test_it_agrees_with_counting_each_day(a, b):
    assert days(a | b) == days(a) | days(b)
    assert days(a & b) == days(a) & days(b)
    assert days(a - b) == days(a) - days(b)
    assert days(~a) == set(LINE) - days(a)
    assert ~~a == a
    assert (a | b, a & b) == (b | a, b & a)


@given(a=spans, at=ends)
def test_the_first_time_at_or_after(a, at):
    assert a.first_at_or_after(at) == min((n for n in days(a) if n >= at), default=None)


@given(a=spans)
def test_rows_are_apart_and_in_order(a):
    flat = [edge for row in a.rows for edge in row]
    assert flat == sorted(set(flat))
    assert a.edges() == tuple(flat)


def test_two_that_meet_are_one_and_the_end_is_outside():
    assert union((span(1, 3), span(3, 5))) == span(1, 5)
    assert 3 in span(3, 5)
    assert 5 not in span(3, 5)
    assert span(4, 4) == NEVER
    assert ~EVER == NEVER
    assert span(None, 3).first_at_or_after(5) is None
    assert span(None, None) == EVER
