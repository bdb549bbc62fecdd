"""What is said of a job while it runs and at its end, and what it may use: values that its own process knows too.

This module loads little, because every job's process loads it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from latticework.kernel.errors import InvalidJob

MIB: Final = 1024 * 1024


class JobState(StrEnum):
    """Where a job stands; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"
    INTERRUPTED = "interrupted"

    @property
    def over(self) -> bool:
        """Whether nothing more happens."""
        return self not in {JobState.QUEUED, JobState.RUNNING}


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a job may use; the warden ends a job that uses more.

    Parameters
    ----------
    memory_mib
        Resident memory of all its processes together, MiB.
    time_s
        Time from its start, s, by a clock that nobody can set.
    grace_s
        Time to stop by itself after it was asked to, s; then SIGTERM, and SIGKILL a second later.
    hang_s
        Without a sign of life and without processor time for so long, s, it counts as hung and is ended.
    workers
        Processes that it may work with; never more than the machine has cores.
    result_mib, files_mib
        Largest result, and all files that it writes together, MiB.
    keep_days
        Its result, files and log are removed so many days after it ended.
    """

    memory_mib: int = 1024
    time_s: float = 3600.0
    grace_s: float = 5.0
    hang_s: float = 300.0
    workers: int = 1
    result_mib: int = 4
    files_mib: int = 256
    keep_days: int = 30

    def __post_init__(self) -> None:
        bounds = ((32, self.memory_mib, 1_048_576), (0.01, self.time_s, 2_592_000), (0, self.grace_s, 600),
                  (0.01, self.hang_s, 2_592_000), (1, self.workers, 256), (1, self.result_mib, 64),
                  (1, self.files_mib, 1_048_576), (1, self.keep_days, 3650))
        if not all(low <= value <= high for low, value, high in bounds):
            raise InvalidJob("a limit of a job is out of its bounds; see the description of Limits.")


class Progress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a job is, in words with a number.

    Parameters
    ----------
    done, total
        Work done, of how much; `total` 0: not known.
    words
        In English, with a number (``gap 1.2 %``), at most 200 characters.
    measure
        The numbers behind the words by name (``gap_percent``), so that a page can say them in another language.
    """

    done: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    total: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    words: Annotated[str, msgspec.Meta(max_length=200)] = ""
    measure: dict[Annotated[str, msgspec.Meta(max_length=40)], float] = {}

    @property
    def share(self) -> float | None:
        """Return the part that is done, 0 to 1; None when the whole is not known."""
        return min(1.0, self.done / self.total) if self.total > 0 else None


class FileRef(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a job left: its name, its size in bytes, and the SHA-256 under which it is kept."""

    name: str
    size: int
    digest: str


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What a job uses: memory now and at most (MiB, all processes), processor and run time (s), silence (s)."""

    memory_mib: float = 0.0
    peak_mib: float = 0.0
    cpu_s: float = 0.0
    ran_s: float = 0.0
    quiet_s: float = 0.0
    busy: bool = True
    """Whether it used processor time of late."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a job did not come to its end: a stable code of the error tree and one sentence."""

    code: str
    sentence: str
