"""Running jobs: the protocol that an executor keeps, and the one of this machine, a warden and a process for each.

Another executor (a cluster) keeps the same small protocol: it takes a task and a function to tell what happens to, and
gives back something that can be asked to stop. What it tells, it may tell from any thread.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, TypeAlias, cast

import msgspec

from latticework.kernel.errors import JobError, JobFailed, JobFilesFull
from latticework.workbench.jobs import wire
from latticework.workbench.jobs.limits import MIB, Failure, FileRef, JobState, Limits, Progress, Use
from latticework.workbench.jobs.outcome import Ending, judge, keep_files, read_struct

_BOOT: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from latticework.workbench.jobs import warden; warden.main()"
)
_END_S: Final = 15.0


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One job as an executor gets it.

    Parameters
    ----------
    folder
        The job's own; it is there, and the executor leaves log, best, result and files in it.
    run, inputs_type, result_type
        ``module:name`` of the function and of the two struct types.
    inputs
        msgpack.
    resume
        Whether a best so far lies in the folder to go on from.
    """

    folder: Path
    run: str
    inputs_type: type[msgspec.Struct]
    result_type: type[msgspec.Struct]
    inputs: bytes
    limits: Limits
    seed: int
    resume: bool = False


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """How a running job stands; what is None has not changed."""

    progress: Progress | None = None
    use: Use | None = None
    best: int | None = None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a job ended: done, failed or canceled, with the sizes of what it left."""

    state: JobState
    failure: Failure | None = None
    result: int | None = None
    best: int | None = None
    files: tuple[FileRef, ...] = ()
    use: Use | None = None


Tell: TypeAlias = Callable[[Told | Ended], None]


class Running(Protocol):
    """A job that runs."""

    def stop(self) -> None:
        """Ask it to stop within its grace, with the best there is."""
        ...

    def end(self) -> None:
        """End it and all its processes at once; nothing is told any more."""
        ...


class Executor(Protocol):
    """Where jobs run."""

    def start(self, task: Task, tell: Tell) -> Running:
        """Start `task`; `tell` hears :class:`Told` now and then and :class:`Ended` once, last, from any thread.

        It returns at once; what goes wrong at the start is told too.
        """
        ...


class LocalProcesses:
    """Jobs as processes of this machine."""

    def start(self, task: Task, tell: Tell) -> Running:
        """Start a warden and, below it, the job. See :class:`Executor`."""
        return _Local(task, tell)


class _Local:
    def __init__(self, task: Task, tell: Tell) -> None:
        self._task, self._tell, self._silent = task, tell, False
        self._resume = False
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = b""
        # The thread starts the process and outlives it, because the system binds one's death to the other.
        self._thread = threading.Thread(target=self._run, name="latticework job", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with self._lock:
            if self._process is None:
                self._asked = wire.STOP
            else:
                self._write(wire.STOP)

    def end(self) -> None:
        self._silent = True
        with self._lock:
            if self._process is not None and self._process.stdin is not None:
                with contextlib.suppress(OSError):
                    self._process.stdin.close()  # the warden takes this for the end of the node
        self._thread.join(_END_S)

    # ---- in the thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._begin()
        except OSError as error:
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            failed: JobError = JobFilesFull("the disk is full, so the job was not begun; make room.") if full else (
                JobFailed(f"no process could be started for the job: {error.strerror}."))
            self._say(Ended(state=JobState.FAILED, failure=Failure(code=failed.code, sentence=failed.message)))
            return
        if self._process is None:
            return
        ending = self._listen()
        self._process.wait()
        with self._lock:
            if self._process.stdin is not None:
                with contextlib.suppress(OSError):
                    self._process.stdin.close()
        if not self._silent:
            self._finish(ending)

    def _begin(self) -> None:
        task, work = self._task, self._task.folder / wire.WORK
        self._resume = task.resume and (work / wire.BEST_FILE).is_file()
        for name in (wire.LOG, wire.LOG_TAIL):
            (task.folder / name).unlink(missing_ok=True)
        if not self._resume:
            shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700, parents=True, exist_ok=True)
        spec: wire.Spec = {
            "folder": str(task.folder.absolute()), "run": task.run, "inputs": _name_of(task.inputs_type),
            "result": _name_of(task.result_type),
            "limits": cast("wire.Bounds", msgspec.to_builtins(task.limits)), "seed": str(task.seed),
            "resume": self._resume,
        }
        data = json.dumps(spec).encode()
        with self._lock:
            if self._silent:
                return
            self._process = subprocess.Popen(  # noqa: S603 - this very interpreter, with code of our own
                [sys.executable, "-I", "-c", _BOOT, json.dumps([str(Path(p).absolute()) for p in sys.path])],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, close_fds=True,
                start_new_session=True, cwd=task.folder, env=_environment(work))
            self._write(len(data).to_bytes(4, "big") + data + len(task.inputs).to_bytes(4, "big") + task.inputs
                        + self._asked)

    def _listen(self) -> Ending:
        """Take what the warden says until it is gone."""
        assert self._process is not None
        assert self._process.stdout is not None
        ending, frames = Ending(), wire.Frames(wire.FROM_WARDEN)
        with self._process.stdout as pipe:
            while data := os.read(pipe.fileno(), 65_536):
                try:
                    for letter, payload in frames.feed(data):
                        ending = self._take(letter, payload, ending)
                except (wire.Garbled, msgspec.MsgspecError, ValueError):
                    ending = msgspec.structs.replace(ending, why="garbled")
                    self._process.kill()  # with it goes the job, which is bound to its life
                    break
        return ending

    def _take(self, letter: bytes, payload: bytes, ending: Ending) -> Ending:
        if letter == wire.PROGRESS:
            self._say(Told(progress=msgspec.msgpack.decode(payload, type=Progress)))
        elif letter == wire.BEST:
            self._say(Told(best=int.from_bytes(payload, "big")))
        elif letter == wire.USE:
            use = msgspec.json.decode(payload, type=Use)
            self._say(Told(use=use))
            return msgspec.structs.replace(ending, use=use)
        elif letter == wire.FAILED:
            code, sentence = msgspec.msgpack.decode(payload, type=tuple[str, str])
            return msgspec.structs.replace(ending, said=Failure(code=code[:8], sentence=sentence[:1000]))
        elif letter == wire.DONE:
            return msgspec.structs.replace(ending, done=True)
        elif letter == wire.ENDED:
            last = msgspec.json.decode(payload, type=Ending)
            return msgspec.structs.replace(
                ending, why=ending.why or last.why, signal=last.signal, exit=last.exit, left=last.left, ended=True)
        return ending

    def _finish(self, ending: Ending) -> None:
        """Look at what the job left, and tell how it ended. Large results are read here, not in the node's loop."""
        task, limit = self._task, self._task.limits.result_mib * MIB
        work = task.folder / wire.WORK
        sizes: dict[str, int | None] = {}
        for name in (wire.RESULT_FILE, wire.BEST_FILE):
            try:
                sizes[name] = read_struct(work / name, task.result_type, limit)[1]
            except FileNotFoundError:
                sizes[name] = None
            except JobError as error:
                sizes[name] = None
                if name == wire.RESULT_FILE and ending.done:
                    ending = msgspec.structs.replace(ending, bad=Failure(code=error.code, sentence=error.message))
        state, failure = judge(ending, task.limits, sizes[wire.RESULT_FILE], sizes[wire.BEST_FILE])
        files = keep_files(work / wire.FILES, task.folder)
        self._say(Ended(
            state=state, failure=failure, files=files, use=ending.use, best=sizes[wire.BEST_FILE],
            result=sizes[wire.RESULT_FILE] if state in {JobState.DONE, JobState.CANCELED} else None))

    def _say(self, what: Told | Ended) -> None:
        if not self._silent:
            self._tell(what)

    def _write(self, data: bytes) -> None:
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.closed:
            with contextlib.suppress(OSError):
                self._process.stdin.write(data)
                self._process.stdin.flush()


def _environment(work: Path) -> dict[str, str]:
    """Return the whole environment of a job: nothing of the node's but where programs and languages are."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    return {**kept, "HOME": str(work), "TMPDIR": str(work), "PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1"}


def _name_of(type_: type) -> str:
    return f"{type_.__module__}:{type_.__qualname__}"
