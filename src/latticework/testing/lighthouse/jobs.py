"""The room's job: how much sea the burning lamps light, by Monte Carlo, with its confidence interval.

Source: R. M. Karp, M. Luby, N. Madras, "Monte-Carlo approximation algorithms for enumeration problems", Journal of
Algorithms 10(3), 1989, section 2: to measure a union, choose a part by its size, a point in it, and count the point by
one over the number of parts that hold it.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from latticework.kernel.errors import InvalidJob
from latticework.kernel.kinds import NOTE, Note
from latticework.testing.lighthouse.model import TOPIC
from latticework.workbench.jobs.context import JobContext, child_seed
from latticework.workbench.jobs.limits import JobState, Limits
from latticework.workbench.jobs.model import JobKind, JobRow, Prepared

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy as np
    from numpy.typing import NDArray

    from latticework.kernel.core import Kernel
    from latticework.kernel.ids import RecordId
    from latticework.kernel.policy.model import Officer
    from latticework.workbench.bench import Workbench

    Array: TypeAlias = NDArray[np.float64]

EARTH_KM: Final = 6371.0088
"""Mean radius of the Earth (IUGG)."""
CHUNK: Final = 20_000
Z95: Final = 1.959964
"""The 97.5 % point of the normal distribution."""


class Circle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one lamp lights: a cap around a point, degrees and km along the ground."""

    latitude_deg: float
    longitude_deg: float
    range_km: float


class Estimate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to estimate, and how well.

    Parameters
    ----------
    samples
        Points at most.
    precision
        It ends when the half width of the 95 % interval is below this share of the area; 0: only `samples` count.
    circles
        What is lit; left empty, the node fills in the lamps that burn as the officer may see them.
    """

    samples: Annotated[int, msgspec.Meta(ge=1000, le=100_000_000_000)] = 10_000_000
    precision: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0
    circles: Annotated[tuple[Circle, ...], msgspec.Meta(max_length=500)] = ()


class LitArea(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The estimate: area and half width of its 95 % interval, km², from so many points; and its sums to go on from."""

    area_km2: float
    half_width_km2: float
    samples: int
    lamps: int
    chunks: int = 0
    total: float = 0.0
    squares: float = 0.0


def cap_km2(range_km: float) -> float:
    """Return the area of a cap of the sphere, km²; `range_km` along the ground (Archimedes: 2πR²(1 − cos(r/R)))."""
    return 2 * math.pi * EARTH_KM**2 * (1 - math.cos(range_km / EARTH_KM))


def estimate(given: Estimate, job: JobContext[LitArea]) -> LitArea:
    """Estimate the area that the circles cover together; runs in a process of its own."""
    whole = sum(cap_km2(circle.range_km) for circle in given.circles)
    chunks = -(-given.samples // CHUNK)
    found = job.before or _of(given, whole, 0, 0.0, 0.0)
    job.log(f"{len(given.circles)} circles of {whole:.1f} km² together, {chunks} chunks of {CHUNK} points")
    work = partial(chunk, given.circles, job.seed)
    for total, squares in job.map(work, range(found.chunks, chunks)):
        found = _of(given, whole, found.chunks + 1, found.total + total, found.squares + squares)
        job.best(found)
        job.progress(found.chunks, chunks, f"{found.area_km2:,.1f} km², ± {found.half_width_km2:,.2f} km²",
                     {"area_km2": found.area_km2, "half_width_km2": found.half_width_km2})
        if given.precision and found.chunks > 1 and found.half_width_km2 < given.precision * found.area_km2:
            break
    return found


def _of(given: Estimate, whole: float, chunks: int, total: float, squares: float) -> LitArea:
    n = chunks * CHUNK
    mean = total / n if n else 0.0
    spread = math.sqrt(max(0.0, squares / n - mean * mean) / n) if n else 0.0
    return LitArea(area_km2=whole * mean, half_width_km2=Z95 * whole * spread, samples=n, lamps=len(given.circles),
                   chunks=chunks, total=total, squares=squares)


def chunk(circles: tuple[Circle, ...], seed: int, number: int) -> tuple[float, float]:
    """Return the sum of the weights of one chunk of points, and of their squares; it depends on its arguments alone."""
    import numpy as np

    rng = np.random.default_rng(child_seed(seed, number))
    ranges = np.array([circle.range_km for circle in circles]) / EARTH_KM
    centers = _vectors(np.radians([c.latitude_deg for c in circles]), np.radians([c.longitude_deg for c in circles]))
    weights = 1 - np.cos(ranges)
    chosen = rng.choice(len(circles), size=CHUNK, p=weights / weights.sum())
    # Uniform in a cap: the cosine of the distance is uniform, and so is the direction.
    cos_d = 1 - rng.random(CHUNK) * weights[chosen]
    sin_d, turn = np.sqrt(1 - cos_d**2), rng.random(CHUNK) * 2 * np.pi
    center = centers[chosen]
    # Two directions at right angles to the center; the helper axis is the one least along it.
    helper = np.eye(3)[np.argmin(np.abs(center), axis=1)]
    east = np.cross(helper, center)
    east /= np.linalg.norm(east, axis=1, keepdims=True)
    north = np.cross(center, east)
    points = center * cos_d[:, None] + (east * np.cos(turn)[:, None] + north * np.sin(turn)[:, None]) * sin_d[:, None]
    inside = points @ centers.T >= np.cos(ranges) - 1e-12
    inside[np.arange(CHUNK), chosen] = True  # rounding must not lose the circle that a point was drawn in
    share = 1.0 / inside.sum(axis=1)
    return float(share.sum()), float((share**2).sum())


def _vectors(latitude: Array, longitude: Array) -> Array:
    """Return unit vectors, shape (n, 3), of points in radians."""
    import numpy as np

    return np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], 1)


def prepare(kernel: Kernel, officer: Officer, given: msgspec.Struct) -> Prepared:
    """Fill in the lamps that burn, as far as the officer may see them, with their labels."""
    from latticework.testing.lighthouse.service import lamps

    assert isinstance(given, Estimate)
    if given.circles:
        return Prepared(inputs=given)
    seen = [(view, lamp) for view, lamp in lamps(kernel, officer) if lamp.burning]
    if not seen:
        raise InvalidJob("no lamp burns that you may see, so there is nothing to estimate.")
    circles = tuple(Circle(latitude_deg=lamp.latitude_deg, longitude_deg=lamp.longitude_deg,
                           range_km=lamp.range_m / 1000) for _view, lamp in seen)
    return Prepared(inputs=msgspec.structs.replace(given, circles=circles),
                    labels=tuple(view.label for view, _lamp in seen))


def deliver(kernel: Kernel, officer: Officer, row: JobRow, result: msgspec.Struct) -> RecordId | None:
    """Publish a finished estimate as a note under the label of the lamps that it was made of."""
    assert isinstance(result, LitArea)
    if row.state is not JobState.DONE:
        return None
    note = Note(
        title=f"Area lit by {result.lamps} lamps: {result.area_km2:,.0f} km² ± {result.half_width_km2:,.1f} km²",
        text=f"Monte Carlo with {result.samples:,} points, seed {row.seed}; 95 % interval.", status="invented")
    return kernel.publish(officer, NOTE, note, topic=row.topic, label=row.label).id


KIND: Final = JobKind(
    name="lighthouse.area", title="Area that the lamps light", run="latticework.testing.lighthouse.jobs:estimate",
    inputs=Estimate, result=LitArea, topic=TOPIC, prepare=prepare, deliver=deliver, resumes=True,
    tell=lambda found: f"{found.area_km2:,.1f} km² ± {found.half_width_km2:,.2f} km²",  # type: ignore[attr-defined]
    limits=Limits(memory_mib=512, time_s=3600, workers=2),
)


def register(bench: Workbench) -> None:
    """Register the room's job."""
    bench.jobs.register(KIND)
