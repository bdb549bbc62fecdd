"""Whose turn it is: which waiting job begins next, fairly between officers and within the machine."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from latticework.kernel.ids import OfficerId
from latticework.workbench.jobs.limits import MIB
from latticework.workbench.jobs.model import JobRow

MEMORY_SHARE: Final = 0.75
"""The caps of all running jobs together stay below this share of the machine's memory."""


def next_turn(
    waiting: Iterable[JobRow], running: Iterable[JobRow], begun: Mapping[OfficerId, int], *, at_once: int,
    cores: int | None = None, memory_mib: float | None = None,
) -> JobRow | None:
    """Return the job that begins now, or None.

    Higher priority goes first; then the officer of whom fewest jobs run, then the one who waited longest for a turn,
    then the oldest job. The first in this order is waited for until there is room for it, so that small jobs do not
    starve a large one; a job that is larger than the machine runs alone. Each running job may share one core.

    Parameters
    ----------
    begun
        When a job of each officer began last, in any rising count.
    at_once
        Jobs that may run at the same time.
    cores, memory_mib
        Of the machine; None: asked for.
    """
    runs = list(running)
    if len(runs) >= at_once:
        return None
    busy = Counter(row.officer for row in runs)
    first = min(waiting, default=None, key=lambda row: (
        -row.priority, busy[row.officer], begun.get(row.officer, -1), row.id))
    if first is None or not runs:
        return first
    cores = cores or os.cpu_count() or 1
    memory_mib = memory_mib or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / MIB
    workers = sum(min(row.limits.workers, cores) for row in (first, *runs))
    memory = first.limits.memory_mib + sum(row.limits.memory_mib for row in runs)
    fits = workers <= cores + len(runs) and memory <= MEMORY_SHARE * memory_mib
    return first if fits else None
