"""The bitmap of pieces, against a plain set of numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from latticework.workbench.attachments.rows import Pieces


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)), st.integers(1, 9))))
def test_what_is_missing_is_what_was_not_added(case: tuple[int, set[int], int]) -> None:
    count, here, limit = case
    pieces = Pieces(count)
    for number in here:
        pieces.add(number)
    again = Pieces(count, pieces.bits)
    assert again.missing(limit) == sorted(set(range(count)) - here)[:limit]
    assert {n for n in range(count) if n in again} == here
