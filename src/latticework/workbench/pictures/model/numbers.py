"""Pictures of numbers with their uncertainty: distributions compared, curves."""

from __future__ import annotations

import msgspec

from latticework.kernel.errors import InvalidChart
from latticework.workbench.pictures.model.base import Picture, few, finite


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """One option's distribution: `low` and `high` of the caption's interval, and the median.

    ``Spread.of(name, samples, interval)`` makes one from samples.
    """

    name: str
    low: float
    median: float
    high: float
    chosen: bool = False
    href: str = ""

    def __post_init__(self) -> None:
        finite(f"the distribution {self.name[:60]!r}", self.low, self.median, self.high)
        if not self.low <= self.median <= self.high:
            raise InvalidChart("a median lies within its band.")

    @classmethod
    def of(cls, name: str, samples: tuple[float, ...], interval: float = 95.0, *, chosen: bool = False) -> Spread:
        """Return the distribution of samples.

        Parameters
        ----------
        name
            The option.
        samples
            At least two replications.
        interval
            Of the band, in percent.
        chosen
            Whether it is the option in question (drawn in ink).

        Notes
        -----
        Quantiles are type 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American Statistician
        50 (1996), 361-365: linear between the order statistics.
        """
        import numpy as np

        if len(samples) < 2:
            raise InvalidChart("a distribution needs at least two replications.")
        finite(f"the distribution {name[:60]!r}", *samples)
        tail = (100.0 - interval) / 2
        low, median, high = (float(q) for q in np.percentile(samples, [tail, 50.0, 100.0 - tail]))
        return cls(name=name, low=low, median=median, high=high, chosen=chosen)


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """A value that must not be passed, or must be reached."""

    value: float
    words: str


class Distribution(Picture, frozen=True, kw_only=True):
    """Options compared with their uncertainty. The axis holds zero unless `from_zero` is False."""

    spreads: tuple[Spread, ...]
    limits: tuple[Limit, ...] = ()
    from_zero: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        few(len(self.spreads))
        finite("a limit", *(limit.value for limit in self.limits))
        if self.caption.interval is None:
            raise InvalidChart("a distribution states the interval of its bands, such as 95 percent.")


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One point of a curve with its band; `low` and `high` None where there is none."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        finite("a curve", self.x, self.y, *(v for v in (self.low, self.high) if v is not None))
        if (self.low is None) != (self.high is None) or (
            self.low is not None and self.high is not None and not self.low <= self.y <= self.high
        ):
            raise InvalidChart("a band has both ends, and the curve lies within it.")


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """A named line through points in the order of x."""

    name: str
    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        if any(a.x >= b.x for a, b in zip(self.points, self.points[1:], strict=False)):
            raise InvalidChart("the points of a curve stand in the order of x, each x once.")


class Curves(Picture, frozen=True, kw_only=True):
    """At most four lines, the first in ink. With `time`, x is UTC ms; otherwise `x_title` names it with its unit."""

    curves: tuple[Curve, ...]
    x_title: str = ""
    time: bool = False
    limits: tuple[Limit, ...] = ()
    from_zero: bool = True
    zone: str = "UTC"

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.curves) > 4:
            raise InvalidChart("a picture holds at most four curves; make several small ones of more.")
        few(sum(len(c.points) for c in self.curves))
        banded = any(p.low is not None for c in self.curves for p in c.points)
        if banded and self.caption.interval is None:
            raise InvalidChart("curves with a band state its interval, such as 95 percent.")
