from __future__ import annotations

import pytest

from latticework.testing.clock import START_MS, SeededClock, SeededEntropy


def test_a_clock_moves_only_when_told_and_may_be_wrong() -> None:
    clock = SeededClock(skew_ms=-700)
    assert clock.now_ms() == START_MS - 700
    clock.advance(1_000)
    assert (clock.true_ms(), clock.now_ms()) == (START_MS + 1_000, START_MS + 300)
    with pytest.raises(ValueError, match="backward"):
        clock.advance(-1)


@pytest.mark.parametrize("sizes", [[1, 16, 32, 33, 100], [64]])
def test_entropy_is_its_seed(sizes: list[int]) -> None:
    one, same, other = SeededEntropy(1), SeededEntropy(1), SeededEntropy(2)
    drawn = [one.token(n) for n in sizes]
    assert [len(d) for d in drawn] == sizes
    assert drawn == [same.token(n) for n in sizes]
    assert drawn != [other.token(n) for n in sizes]
    assert len(set(drawn)) == len(drawn)
