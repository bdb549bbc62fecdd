"""What every picture has: a title, a sentence, an honest caption; and what all of them check."""

from __future__ import annotations

import math
from typing import Final, Literal

import msgspec

from latticework.kernel.errors import InvalidChart

MOST_MARKS: Final = 20_000
"""More marks than this is no picture; a room draws a summary instead."""

Tone = Literal["plain", "full", "part", "none", "self", "good", "caution", "bad", "withheld"]
EdgeKind = Literal["command", "support", "coordination", "withheld", "what-if"]


class Caption(msgspec.Struct, frozen=True, kw_only=True):
    """Where a picture comes from, so that it can be judged.

    Parameters
    ----------
    source
        What it was made of, and when it was measured; required.
    unit
        Of its numbers, when they have one.
    status
        ``V``, ``P``, ``invented`` or ``synthetic`` where it is no measurement; empty otherwise.
    interval
        What a band means, in percent (95: 2.5 % lie below it and 2.5 % above); None: there is no band.
    replications, seed
        Of a simulation; None: it is none.
    note
        One more sentence.
    """

    source: str
    unit: str = ""
    status: Literal["", "V", "P", "invented", "synthetic"] = ""
    interval: float | None = None
    replications: int | None = None
    seed: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise InvalidChart("a picture needs its source; say what it was made of, and when.")
        if self.interval is not None and not 0 < self.interval < 100:
            raise InvalidChart("the interval of a band lies between 0 and 100 percent.")
        if self.replications is not None and (self.replications < 1 or self.seed is None):
            raise InvalidChart("a simulation states at least one replication and its seed.")


class Picture(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What all pictures have.

    Parameters
    ----------
    title
        What it shows, in a few words.
    says
        The same as a sentence, for those who do not see it: the finding, not the form.
    caption
        See :class:`Caption`.
    """

    title: str
    says: str
    caption: Caption

    def __post_init__(self) -> None:
        if not self.title.strip() or not self.says.strip():
            raise InvalidChart("a picture needs a title, and a sentence that says what it shows.")


def few(count: int) -> None:
    """Refuse more marks than a picture can show."""
    if count > MOST_MARKS:
        raise InvalidChart(f"a picture holds at most {MOST_MARKS:,} marks; show a part of it or a summary.")


def finite(what: str, *values: float) -> None:
    """Refuse numbers that are none; `what` names whose they are."""
    if not all(math.isfinite(v) for v in values):
        raise InvalidChart(f"{what} has a number that is not finite; leave out what is not known.")


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A key figure: always a number of something, counted from somewhere, with a way to the list.

    Parameters
    ----------
    title, icon, path
        The room's words, its icon, and the list behind the number.
    value, of
        Numerator and denominator; `of` None only where there is no whole (then `what` says so).
    what
        One sentence part: what is counted.
    source
        When and how it was measured.
    tag
        ``verified``, ``press``, ``invented`` or ``synthetic`` where it is no measurement; empty otherwise.
    """

    title: str
    icon: str
    path: str
    value: int
    what: str
    source: str
    of: int | None = None
    tag: str = ""
