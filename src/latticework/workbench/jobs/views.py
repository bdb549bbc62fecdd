"""What an officer may see of a node's jobs: kinds, states, results, logs and files, each through the gate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from latticework.kernel.core.authority import ACTS
from latticework.kernel.errors import InvalidJob, JobNotDone, LatticeworkError, UnknownJob
from latticework.kernel.ids import Topic
from latticework.kernel.labels import Label
from latticework.kernel.policy.model import Officer, Purpose
from latticework.workbench.jobs import rows, wire
from latticework.workbench.jobs.here import read_log
from latticework.workbench.jobs.limits import MIB
from latticework.workbench.jobs.model import JobId, JobKind, JobRow
from latticework.workbench.jobs.outcome import read_struct
from latticework.workbench.jobs.processes import Running

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel


class Live:
    """A job that runs: what it is asked through, how it stands, and when that was last kept and said."""

    def __init__(self, row: JobRow, running: Running) -> None:
        self.row, self.running = row, running
        self.kept_ms = self.said_ms = 0


class JobViews:
    """Kinds and views of jobs; see :class:`latticework.workbench.jobs.service.Jobs`."""

    def __init__(self, kernel: Kernel, folder: Path) -> None:
        self.kernel, self.folder = kernel, folder
        self._kinds: dict[str, JobKind] = {}
        self._live: dict[JobId, Live] = {}
        self._changed: dict[JobId, int] = {}
        self._revision = 0

    # ---- kinds -----------------------------------------------------------------------------------------------------

    def register(self, kind: JobKind) -> None:
        """Offer a kind of job; a room does so in its ``join``."""
        if kind.name in self._kinds or kind.act not in ACTS:
            raise InvalidJob(f"the job kind {kind.name} is registered already, or its act {kind.act} does not exist.")
        self._kinds[kind.name] = kind

    def kind(self, name: str) -> JobKind:
        """Return a kind, or raise :class:`UnknownJob`."""
        found = self._kinds.get(name)
        if found is None:
            raise UnknownJob(f"there is no kind of job {name[:60]!r} here; latticework jobs kinds lists them.")
        return found

    def find_kind(self, name: str) -> JobKind | None:
        """Return a kind, or None when its room is not loaded any more."""
        return self._kinds.get(name)

    def kinds(self, officer: Officer) -> tuple[JobKind, ...]:
        """Return the kinds that the officer may start, by name."""
        return tuple(self._kinds[name] for name in sorted(self._kinds) if officer.roles & ACTS[self._kinds[name].act])

    # ---- what an officer may see -----------------------------------------------------------------------------------

    def jobs(self, officer: Officer, *, limit: int = 100, purpose: Purpose = Purpose.VIEW) -> tuple[JobRow, ...]:
        """Return the jobs that the officer may see, newest first."""
        found: list[JobRow] = []
        cache: dict[tuple[Label, Topic], bool] = {}
        with self.kernel.store.snapshot() as reader:
            for row in rows.newest(reader):
                key = (row.label, row.topic)
                if key not in cache:
                    cache[key] = self._sees(officer, row.label, row.topic, purpose)
                if cache[key]:
                    found.append(self._live[row.id].row if row.id in self._live else row)
                    if len(found) == limit:
                        break
        return tuple(found)

    def show(self, officer: Officer, job: JobId, purpose: Purpose = Purpose.VIEW) -> JobRow:
        """Return one job, or raise :class:`UnknownJob` when it is absent or withheld: the two look the same."""
        row = self._row(job)
        if row is None or not self._sees(officer, row.label, row.topic, purpose):
            raise UnknownJob(f"there is no job {job} here, or you may not see it.")
        return row

    def inputs(self, officer: Officer, job: JobId) -> msgspec.Struct | None:
        """Return what a job started from; None when its kind is not there any more, or another one by now."""
        row = self.show(officer, job)
        kind = self._kinds.get(row.kind)
        try:
            return msgspec.msgpack.decode(row.inputs, type=kind.inputs) if kind is not None else None
        except msgspec.MsgspecError:
            return None

    def result(self, officer: Officer, job: JobId, purpose: Purpose = Purpose.VIEW) -> tuple[msgspec.Struct, bool]:
        """Return a job's result and True, or its best so far and False.

        Raises
        ------
        JobNotDone
            When there is neither.
        """
        row = self.show(officer, job, purpose)
        found = self._value(row)
        if found is None:
            raise JobNotDone(f"the job {job} has no result yet, and none that is the best so far.")
        return found, row.result is not None

    def log(self, officer: Officer, job: JobId) -> str:
        """Return the end of a job's log, at most 64 KiB."""
        return read_log(self.folder / self.show(officer, job).id)

    def file(self, officer: Officer, job: JobId, digest: str) -> tuple[str, Path]:
        """Return the name and the place of a file that a job left, for export."""
        row = self.show(officer, job, Purpose.EXPORT)
        for one in row.files:
            if one.digest == digest:
                return one.name, self.folder / row.id / digest
        raise UnknownJob(f"the job {job} left no such file.")

    def mark(self, officer: Officer) -> int:
        """Return a number that rises when a job changes that the officer may see: for notices to open pages."""
        found = 0
        for job, revision in self._changed.items():
            if revision > found:
                row = self._row(job)
                if row is not None and self._sees(officer, row.label, row.topic, Purpose.VIEW):
                    found = revision
        return found

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _sees(self, officer: Officer, label: Label, topic: Topic, purpose: Purpose) -> bool:
        return self.kernel.gate(label, topic, officer, purpose).allowed

    def _row(self, job: JobId) -> JobRow | None:
        if job in self._live:
            return self._live[job].row
        with self.kernel.store.snapshot() as reader:
            return rows.get(reader, job)

    def _all(self) -> Iterator[JobRow]:
        with self.kernel.store.snapshot() as reader:
            yield from rows.newest(reader)

    def _value(self, row: JobRow) -> msgspec.Struct | None:
        kind = self._kinds.get(row.kind)
        name = wire.RESULT_FILE if row.result is not None else wire.BEST_FILE if row.best is not None else None
        if kind is None or name is None:
            return None
        try:
            return read_struct(self.folder / row.id / wire.WORK / name, kind.result, row.limits.result_mib * MIB)[0]
        except (OSError, LatticeworkError):
            return None

    def _announce(self, row: JobRow) -> None:
        self._revision += 1
        self._changed.pop(row.id, None)
        self._changed[row.id] = self._revision
        while len(self._changed) > 500:
            del self._changed[next(iter(self._changed))]
        self.kernel.announce("job")
