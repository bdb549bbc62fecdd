"""Sets of time as disjoint half-open intervals, and their algebra.

A time is a whole number of ms since 1970 UTC, so that no zone or daylight change has a say. An interval holds its begin
and not its end; two that meet become one. :data:`EVER` and :data:`NEVER` are the whole line and nothing.

Source: J. F. Allen, "Maintaining Knowledge about Temporal Intervals", CACM 26(11), 1983; half-open periods as in
ISO/IEC 9075-2:2011 (SQL), 4.15.3.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

FIRST: Final = -(1 << 62)
"""Begin of what has no begin."""
LAST: Final = 1 << 62
"""End of what has no end."""


class Spans(msgspec.Struct, frozen=True):
    """A set of time.

    Parameters
    ----------
    rows
        (begin, end) in order, disjoint and apart from each other; make one with :func:`span` or :func:`union`.
    """

    rows: tuple[tuple[int, int], ...] = ()

    def __bool__(self) -> bool:
        """Say whether it holds any time."""
        return bool(self.rows)

    def __contains__(self, at_ms: object) -> bool:
        """Say whether `at_ms` lies within."""
        return isinstance(at_ms, int) and any(begin <= at_ms < end for begin, end in self.rows)

    def __or__(self, other: Spans) -> Spans:
        """Return what lies in one or both."""
        return union((self, other))

    def __and__(self, other: Spans) -> Spans:
        """Return what lies in both."""
        return Spans(tuple(
            (max(a, c), min(b, d)) for a, b in self.rows for c, d in other.rows if max(a, c) < min(b, d)))

    def __invert__(self) -> Spans:
        """Return all other time."""
        edges = [FIRST, *(edge for row in self.rows for edge in row), LAST]
        return Spans(tuple((a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b))

    def __sub__(self, other: Spans) -> Spans:
        """Return what lies here and not in `other`."""
        return self & ~other

    def first_at_or_after(self, at_ms: int) -> int | None:
        """Return the earliest time within that is not before `at_ms`; None when there is none."""
        return next((max(begin, at_ms) for begin, end in self.rows if at_ms < end), None)

    def edges(self) -> tuple[int, ...]:
        """Return the times at which it begins or ends, open ends left out."""
        return tuple(edge for row in self.rows for edge in row if FIRST < edge < LAST)


def span(from_ms: int | None, until_ms: int | None) -> Spans:
    """Return one interval; None is an open end."""
    begin, end = FIRST if from_ms is None else from_ms, LAST if until_ms is None else until_ms
    return Spans(((begin, end),)) if begin < end else NEVER


def union(several: Iterable[Spans]) -> Spans:
    """Return what lies in any of `several`."""
    rows: list[tuple[int, int]] = []
    for begin, end in sorted(row for one in several for row in one.rows):
        if rows and begin <= rows[-1][1]:
            rows[-1] = (rows[-1][0], max(rows[-1][1], end))
        else:
            rows.append((begin, end))
    return Spans(tuple(rows))


NEVER: Final = Spans()
EVER: Final = Spans(((FIRST, LAST),))
