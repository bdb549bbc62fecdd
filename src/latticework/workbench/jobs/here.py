"""One job without a node: for commands that run offline. The same process, limits and progress as on a node."""

from __future__ import annotations

import queue
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from latticework.workbench.jobs import wire
from latticework.workbench.jobs.limits import MIB, Failure, FileRef, JobState, Limits, Progress, Use
from latticework.workbench.jobs.model import JobKind
from latticework.workbench.jobs.outcome import read_struct
from latticework.workbench.jobs.processes import Ended, Executor, LocalProcesses, Task, Told

_WAIT_S: Final = 0.2


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a job without a node ended.

    Parameters
    ----------
    state, failure
        Done, failed or canceled, and why.
    value
        The result; of a job that was canceled or failed, the best so far; None: there is none.
    files, folder
        What it wrote, kept by digest in `folder` (None: the folder was temporary and is gone).
    seed, use, log
        The seed that it ran with, what it used, and the end of its log.
    """

    state: JobState
    seed: int
    failure: Failure | None = None
    value: msgspec.Struct | None = None
    files: tuple[FileRef, ...] = ()
    folder: Path | None = None
    use: Use = Use()
    log: str = ""


def run_here(
    kind: JobKind, inputs: msgspec.Struct, *, progress: Callable[[Progress, Use], None] | None = None,
    seed: int | None = None, limits: Limits | None = None, folder: Path | None = None,
    executor: Executor | None = None,
) -> Outcome:
    """Run one job in a process of its own and wait for its end.

    Ctrl-C (``KeyboardInterrupt``) asks the job to stop and returns the best so far; a second one ends it at once.

    Parameters
    ----------
    progress
        Called a few times a second with how far the job is and what it uses.
    seed
        Of all chance in it; None: a fresh one, which the outcome names.
    limits
        None: those of the kind.
    folder
        Where log and files stay; None: a temporary one, and files are lost.
    executor
        None: this machine.
    """
    chosen = secrets.randbits(63) if seed is None else seed
    with tempfile.TemporaryDirectory(prefix="latticework-job-") as temporary:
        place = folder or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        task = Task(folder=place, run=kind.run, inputs_type=kind.inputs, result_type=kind.result,
                    inputs=msgspec.msgpack.encode(inputs), limits=limits or kind.limits, seed=chosen)
        ended, use = _wait(task, executor or LocalProcesses(), progress or (lambda _progress, _use: None))
        value = None
        name, size = (wire.RESULT_FILE, ended.result) if ended.result is not None else (wire.BEST_FILE, ended.best)
        if size is not None:
            value = read_struct(place / wire.WORK / name, kind.result, task.limits.result_mib * MIB)[0]
        return Outcome(state=ended.state, seed=chosen, failure=ended.failure, value=value, files=ended.files,
                       folder=folder, use=ended.use or use, log=read_log(place))


def _wait(task: Task, executor: Executor, progress: Callable[[Progress, Use], None]) -> tuple[Ended, Use]:
    told: queue.SimpleQueue[Told | Ended] = queue.SimpleQueue()
    running = executor.start(task, told.put)
    last, use, asked = Progress(), Use(), False
    try:
        while True:
            try:
                try:
                    what = told.get(timeout=_WAIT_S)
                except queue.Empty:
                    continue
                if isinstance(what, Ended):
                    progress(last, what.use or use)
                    return what, use
                last, use = what.progress or last, what.use or use
                progress(last, use)
            except KeyboardInterrupt:
                if asked:
                    raise
                asked = True
                running.stop()
    except BaseException:
        running.end()
        raise


def read_log(folder: Path, limit: int = 64 * 1024) -> str:
    """Return the last `limit` bytes of a job's log as text."""
    parts: list[bytes] = []
    for name in (wire.LOG, wire.LOG_TAIL):
        try:
            parts.append((folder / name).read_bytes()[-limit:])
        except OSError:
            continue
    return b"".join(parts)[-limit:].decode("utf-8", errors="replace")
