"""Jobs on a node: kinds, queue, what happens to each, and what an officer may see of them.

All methods run in the node's one thread. An executor tells from its own threads what happens to a job; it waits here
until the next step, so that a full disk loses nothing of it.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import deque
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from latticework.kernel.core.authority import need
from latticework.kernel.errors import (
    InvalidJob,
    JobFailed,
    JobFilesFull,
    JobInterrupted,
    JobNotDone,
    LatticeworkError,
    StoreError,
    TooManyJobs,
    UnknownJob,
    Withheld,
)
from latticework.kernel.ids import OfficerId
from latticework.kernel.labels import Label
from latticework.kernel.policy.model import Officer, Purpose
from latticework.kernel.store.protocol import Transaction
from latticework.workbench.jobs import rows, wire
from latticework.workbench.jobs.limits import MIB, Failure, JobState, Use
from latticework.workbench.jobs.model import (
    JobId,
    JobKind,
    JobRow,
    JobSettings,
    Prepared,
    convert_inputs,
    narrowed,
)
from latticework.workbench.jobs.outcome import read_struct
from latticework.workbench.jobs.processes import Ended, Executor, LocalProcesses, Task, Told
from latticework.workbench.jobs.turns import next_turn
from latticework.workbench.jobs.views import JobViews, Live

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel

KEEP_MS: Final = 2_000
"""How a running job stands is kept this often; its state, its result and its end at once."""
SAY_MS: Final = 500
TIDY_MS: Final = 600_000
DAY_MS: Final = 86_400_000
INPUTS_BYTES: Final = MIB


class Jobs(JobViews):
    """The jobs of one node.

    Parameters
    ----------
    kernel
        The node.
    folder
        Where each job has a folder of its own.
    executor
        Where they run; None: processes of this machine.
    settings
        How much of the machine they may use.
    """

    def __init__(
        self, kernel: Kernel, folder: Path, executor: Executor | None = None, settings: JobSettings | None = None,
    ) -> None:
        super().__init__(kernel, folder)
        self.executor: Executor = executor or LocalProcesses()
        self.settings = settings or JobSettings()
        self._told: deque[tuple[JobId, Told | Ended]] = deque()
        self._begun: dict[OfficerId, int] = {}
        self._turn = self._tidied_ms = 0
        self._recovered = self._closed = self._woken = False
        self._waits: list[JobRow] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # ---- acts ------------------------------------------------------------------------------------------------------

    def start(
        self, officer: Officer, kind: str, given: object, *, labels: Iterable[Label] = (), seed: int | None = None,
        priority: int = 0, limits: Mapping[str, float] | None = None,
    ) -> JobRow:
        """Ask for a job; it begins when it is its turn.

        Parameters
        ----------
        given
            The inputs: an instance of the kind's struct, or builtins as from JSON.
        labels
            Of what went into the inputs besides what the kind itself reads; the job's label is the join of all.
        seed
            Of all chance in it; None: from the node's entropy.
        priority
            -1, 0 or 1.
        limits
            Less than the kind allows, by name.

        Raises
        ------
        UnknownJob, InvalidJob, NotPermitted, Withheld
            When there is no such kind, its inputs are wrong, or the officer may not start it or see its outcome.
        TooManyJobs, JobFilesFull
            When too many wait, or what jobs left fills their part of the disk.
        """
        kind_ = self.kind(kind)
        need(officer, kind_.act)
        if priority not in {-1, 0, 1} or not 0 <= (seed or 0) < 1 << 63:
            raise InvalidJob("a priority is -1, 0 or 1, and a seed a whole number from 0 to 2**63 - 1.")
        inputs = given if isinstance(given, kind_.inputs) else convert_inputs(kind_, given)
        prepared = Prepared(inputs=inputs)
        if kind_.prepare is not None:
            prepared = kind_.prepare(self.kernel, officer, inputs)
        topic = prepared.topic or kind_.topic
        label = self._label([*prepared.labels, *labels])
        if not self._sees(officer, label, topic, Purpose.VIEW):
            raise Withheld("the job would bear a marking above what you may see; ask somebody who may see it.")
        data = msgspec.msgpack.encode(prepared.inputs)
        if len(data) > INPUTS_BYTES:
            raise InvalidJob(f"the inputs have {len(data)} bytes, more than {INPUTS_BYTES}; name records instead.")
        self._make_room()
        now = self.kernel.clock.now_ms()
        chance = self.kernel.entropy.token(12)
        row = JobRow(
            id=JobId(now.to_bytes(6, "big").hex() + chance[:4].hex()), kind=kind_.name, officer=officer.name,
            post=officer.post, inputs=data, label=label, topic=topic, priority=priority, asked_ms=now,
            seed=int.from_bytes(chance[4:], "big") >> 1 if seed is None else seed,
            limits=narrowed(kind_.limits, dict(limits or {})), state=JobState.QUEUED)
        self._waiting().append(row)
        try:
            self._keep(row, officer=officer, act="job.start")
        except LatticeworkError:
            self._waits = None
            raise
        self._wake()
        return row

    def cancel(self, officer: Officer, job: JobId) -> JobRow:
        """Ask a job to stop with the best there is; one that waits is not begun.

        Raises
        ------
        UnknownJob, NotPermitted, JobNotDone
            When it is not here for the officer, who may not stop it, or it is over.
        """
        row = self.show(officer, job)
        need(officer, self._kinds[row.kind].act if row.kind in self._kinds else "publish")
        live = self._live.get(job)
        if live is not None:
            live.row = msgspec.structs.replace(live.row, stopping=True)
            self._keep(live.row, officer=officer, act="job.cancel")
            live.running.stop()
            return live.row
        if row.state is not JobState.QUEUED:
            raise JobNotDone(f"the job {job} is over; there is nothing to stop.")
        row = msgspec.structs.replace(row, state=JobState.CANCELED, ended_ms=self.kernel.clock.now_ms())
        self._waits = None
        self._keep(row, officer=officer, act="job.cancel")
        return row

    def remove(self, officer: Officer, job: JobId) -> None:
        """Forget a job that is over, with its files; a record that came of it stays."""
        row = self.show(officer, job)
        need(officer, self._kinds[row.kind].act if row.kind in self._kinds else "publish")
        if not row.state.over:
            raise JobNotDone(f"the job {job} is not over; stop it first.")
        self._forget(row, officer)

    # ---- life ------------------------------------------------------------------------------------------------------

    def step(self, now_ms: int) -> None:
        """Take what jobs told, begin those whose turn it is, and now and then remove what is old."""
        if self._closed:
            return
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None
        self._woken = False
        if not self._recovered:
            self._recover(now_ms)
            self._recovered = True
        while self._told:
            job, what = self._told[0]
            self._take(job, what, now_ms)
            self._told.popleft()
        while (row := self._next()) is not None:
            self._begin(row, now_ms)
        if not 0 <= now_ms - self._tidied_ms < TIDY_MS:
            self._tidied_ms = now_ms
            self._tidy(now_ms)

    def close(self) -> None:
        """End every job at once, as the node stops; the next start finds them interrupted, or goes on with them."""
        self._closed = True
        for live in self._live.values():
            live.running.end()
        self._live.clear()

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _label(self, labels: list[Label]) -> Label:
        kernel = self.kernel
        joined = kernel.banner(labels)
        if joined is None:
            policy = kernel.policies[kernel.default_policy]
            joined = Label(policy=policy.name, classification=policy.lowest, originators=frozenset({kernel.own}))
        # What comes of it is this member's too, so that it may be published here; that never widens an audience.
        return msgspec.structs.replace(joined, originators=joined.originators | {kernel.own})

    def _waiting(self) -> list[JobRow]:
        if self._waits is None:
            self._waits = [row for row in self._all() if row.state is JobState.QUEUED]
        return self._waits

    def _make_room(self) -> None:
        if len(self._waiting()) >= self.settings.waiting:
            raise TooManyJobs(f"{self.settings.waiting} jobs wait already; try again when some are done.")
        kept = sum((row.result or 0) + (row.best or 0) + sum(f.size for f in row.files) for row in self._all())
        if kept > self.settings.quota_mib * MIB:
            raise JobFilesFull(f"what jobs left takes {kept // MIB} MiB of {self.settings.quota_mib} MiB; remove jobs "
                               "that nobody needs.")

    def _keep(self, row: JobRow, *, officer: Officer | None = None, act: str = "") -> None:
        def write(tx: Transaction) -> None:
            rows.put(tx, row)
            if officer is not None:
                self.kernel.note(officer, act)

        self.kernel.in_transaction(write)
        self._announce(row)

    def _wake(self) -> None:
        """Step soon; called from any thread."""
        loop = self._loop
        if loop is not None and not self._woken and not loop.is_closed():
            self._woken = True
            loop.call_soon_threadsafe(self._step_safely)

    def _step_safely(self) -> None:
        try:
            self.step(self.kernel.clock.now_ms())
        except StoreError as error:
            self.kernel.trouble(error)

    def _hear(self, job: JobId, what: Told | Ended) -> None:
        self._told.append((job, what))
        self._wake()

    # ---- one job's way ---------------------------------------------------------------------------------------------

    def _recover(self, now_ms: int) -> None:
        """Find what ran when the node stopped: each goes on if its kind can, and is interrupted otherwise."""
        for row in list(self._all()):
            if row.state is not JobState.RUNNING:
                continue
            kind = self._kinds.get(row.kind)
            size = self._best_size(row, kind)
            if kind is not None and kind.resumes and not row.stopping:
                self._keep(msgspec.structs.replace(row, state=JobState.QUEUED, best=size))
                continue
            kept = "; the best so far is kept" if size is not None else ""
            error = JobInterrupted(f"the node stopped while the job ran{kept}. Start it again if it is still needed.")
            self._keep(msgspec.structs.replace(
                row, state=JobState.INTERRUPTED, ended_ms=now_ms, best=size, use=msgspec.structs.replace(
                    row.use, memory_mib=0.0), failure=Failure(code=error.code, sentence=error.message)))
        self._waits = None

    def _best_size(self, row: JobRow, kind: JobKind | None) -> int | None:
        if kind is None:
            return None
        try:
            path = self.folder / row.id / wire.WORK / wire.BEST_FILE
            return read_struct(path, kind.result, row.limits.result_mib * MIB)[1]
        except (OSError, LatticeworkError):
            return None

    def _next(self) -> JobRow | None:
        return next_turn(self._waiting(), [live.row for live in self._live.values()], self._begun,
                         at_once=self.settings.at_once)

    def _begin(self, row: JobRow, now_ms: int) -> None:
        kind = self._kinds.get(row.kind)
        if kind is None:
            gone = UnknownJob(f"there is no kind of job {row.kind!r} here any more; its room is not loaded.")
            self._keep(msgspec.structs.replace(row, state=JobState.FAILED, ended_ms=now_ms, failure=Failure(
                code=gone.code, sentence=gone.message)))
            self._waits = None
            return
        resume = row.tries > 0
        row = msgspec.structs.replace(row, state=JobState.RUNNING, begun_ms=row.begun_ms or now_ms, tries=row.tries + 1)
        # The state is kept before there is a process: after a crash it is rather called interrupted than begun twice.
        self._keep(row)
        self._waits = None
        self._turn += 1
        self._begun[row.officer] = self._turn
        running = self.executor.start(Task(
            folder=self.folder / row.id, run=kind.run, inputs_type=kind.inputs, result_type=kind.result,
            inputs=row.inputs, limits=row.limits, seed=row.seed, resume=resume), partial(self._hear, row.id))
        self._live[row.id] = Live(row, running)

    def _take(self, job: JobId, what: Told | Ended, now_ms: int) -> None:
        live = self._live.get(job)
        if live is None:
            return
        if isinstance(what, Ended):
            self._end(live.row, what, now_ms)
            del self._live[job]
            return
        row = live.row
        live.row = msgspec.structs.replace(
            row, progress=what.progress or row.progress, use=what.use or row.use,
            best=row.best if what.best is None else what.best)
        if not 0 <= now_ms - live.kept_ms < KEEP_MS:
            live.kept_ms = live.said_ms = now_ms
            self._keep(live.row)
        elif not 0 <= now_ms - live.said_ms < SAY_MS:
            live.said_ms = now_ms
            self._announce(live.row)

    def _end(self, row: JobRow, ended: Ended, now_ms: int) -> None:
        use = msgspec.structs.replace(ended.use or row.use or Use(), memory_mib=0.0)
        row = msgspec.structs.replace(
            row, state=ended.state, ended_ms=now_ms, failure=ended.failure, result=ended.result, best=ended.best,
            files=ended.files, use=use, stopping=False)
        kind = self._kinds.get(row.kind)
        if kind is None or kind.deliver is None or row.state not in {JobState.DONE, JobState.CANCELED}:
            self._keep(row)
            return
        try:
            self.kernel.in_transaction(lambda tx: self._keep(self._deliver(kind, row)))
        except StoreError:
            raise
        except LatticeworkError as error:
            self._keep(msgspec.structs.replace(row, failure=Failure(code=error.code, sentence=error.message)))

    def _deliver(self, kind: JobKind, row: JobRow) -> JobRow:
        """Make the record that a result becomes, by the authority of the officer who started the job."""
        value = self._value(row)
        if value is None or kind.deliver is None:
            return row
        officer = self.kernel.officers.find(row.officer)
        if officer is None:
            raise JobFailed("no record was made of the result: who started the job may not act any more.")
        return msgspec.structs.replace(row, record=kind.deliver(self.kernel, officer, row, value))

    # ---- tidying ---------------------------------------------------------------------------------------------------

    def _tidy(self, now_ms: int) -> None:
        """Forget what is older than its days, and folders of which no row is left."""
        for row in list(self._all()):
            if row.ended_ms is not None and now_ms - row.ended_ms > row.limits.keep_days * DAY_MS:
                self._forget(row, None)
        known = {row.id for row in self._all()}
        if self.folder.is_dir():
            for folder in self.folder.iterdir():
                if folder.name not in known:
                    shutil.rmtree(folder, ignore_errors=True)

    def _forget(self, row: JobRow, officer: Officer | None) -> None:
        def write(tx: Transaction) -> None:
            rows.delete(tx, row.id)
            if officer is not None:
                self.kernel.note(officer, "job.remove")

        self.kernel.in_transaction(write)
        shutil.rmtree(self.folder / row.id, ignore_errors=True)
        self._announce(row)
