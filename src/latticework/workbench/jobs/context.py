"""What a job's function works with: progress, log, best so far, files, its seed, and worker processes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast

import msgspec

from latticework.kernel.errors import InvalidJob, JobFailed, ResultTooLarge
from latticework.workbench.jobs import confine, wire
from latticework.workbench.jobs.limits import MIB, Limits, Progress

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from typing import TypeAlias

    Pipe: TypeAlias = Connection[object, tuple[bool, object]]

R = TypeVar("R", bound=msgspec.Struct)
S = TypeVar("S")
T = TypeVar("T")

SAY_S: Final = 0.1
"""Between two messages of progress, and between two versions of the best, at least so long."""
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}\Z")


class JobContext(Generic[R]):
    """A job's side of the house, as its function sees it. `R` is the type of its result.

    Attributes
    ----------
    seed
        Of all chance in the job: the same seed and inputs give the same result, with any number of workers.
    workers
        Processes that it may use.
    before
        The best so far of the run that a restart of the node ended; None in a first run.
    """

    def __init__(self, say: int, stop: list[int], limits: Limits, seed: int, before: R | None) -> None:
        self.seed, self.before = seed, before
        self.workers = max(1, min(limits.workers, os.cpu_count() or 1))
        self._say, self._stop, self._limits = say, stop, limits
        self._said_s = self._kept_s = self._beat_s = float("-inf")
        self._held: R | None = None

    def progress(self, done: float, total: float = 0.0, words: str = "",
                 measure: Mapping[str, float] | None = None) -> None:
        """Say how far it is: work done, of how much (0: not known), words with a number, and the numbers by name.

        It may be called as often as one likes; what comes too fast is left out.
        """
        self._keep_held()
        now = time.monotonic()
        if now - self._said_s < SAY_S and not (total and done >= total):
            return
        self._said_s = now
        told = Progress(done=max(0.0, float(done)), total=max(0.0, float(total)), words=words[:200],
                        measure={str(k)[:40]: float(v) for k, v in list((measure or {}).items())[:8]})
        self._send(wire.PROGRESS, msgspec.msgpack.encode(told))

    def log(self, line: str) -> None:
        """Write a line to the job's log."""
        sys.stdout.write(line.rstrip("\n") + "\n")
        sys.stdout.flush()

    def best(self, value: R) -> None:
        """Keep `value` as the best so far; it replaces the one before in one step and survives a crash."""
        self._held = value
        self._keep_held()

    def should_stop(self) -> bool:
        """Say whether it was asked to stop; then return soon, with the best there is. Also a sign of life."""
        self._keep_held()
        now = time.monotonic()
        if now - self._beat_s > 1.0:
            self._beat_s = now
            self._send(wire.BEAT)
        return bool(self._stop)

    def file(self, name: str) -> Path:
        """Return where to write a result file called `name` (letters, digits, ``._-``)."""
        if not _FILE.match(name):
            raise InvalidJob(f"{name[:40]!r} is no name of a result file; use letters, digits, dots and dashes.")
        folder = Path(wire.FILES).absolute()
        folder.mkdir(exist_ok=True)
        return folder / name

    def map(self, function: Callable[[S], T], items: Iterable[S]) -> Iterator[T]:
        """Yield ``function(item)`` of each item in order, worked out by the worker processes.

        `function` stands at the top of a module. The order of results does not depend on the number of workers; take
        chance from :func:`child_seed` of the item's number and the result does not either. It ends early when the job
        should stop.
        """
        if self.workers == 1:
            for item in items:
                if self.should_stop():
                    return
                yield function(item)
            return
        yield from self._map(function, items)

    def finish(self, result: R) -> None:
        """Leave `result` where the node looks for it."""
        if self._held is not None:
            self._keep(wire.BEST_FILE, self._held)
        self._keep(wire.RESULT_FILE, result)
        self._send(wire.DONE)

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _map(self, function: Callable[[S], T], items: Iterable[S]) -> Iterator[T]:
        # Pipes and processes alone: a pool of the standard library leaves named semaphores when it is killed.
        import multiprocessing
        from multiprocessing.connection import wait

        context = multiprocessing.get_context("spawn")
        workers: dict[Pipe, SpawnProcess] = {}
        try:
            for _ in range(self.workers):
                here, there = context.Pipe()
                workers[here] = context.Process(target=_serve, args=(there,), daemon=True)
                workers[here].start()
                there.close()
            idle, due = list(workers), 0
            busy: dict[Pipe, int] = {}
            answers: dict[int, T] = {}
            rest = enumerate(items)
            while not self.should_stop():
                while idle and len(busy) + len(answers) < 4 * self.workers and (one := next(rest, None)) is not None:
                    worker = idle.pop()
                    worker.send((function, one[1]))
                    busy[worker] = one[0]
                if not busy:
                    return
                ready = wait(list(busy), timeout=0.2)
                for worker in [one for one in busy if one in ready]:
                    done, answer = worker.recv()
                    if not done:
                        raise cast("Exception", answer)
                    answers[busy.pop(worker)] = cast("T", answer)
                    idle.append(worker)
                while due in answers:
                    yield answers.pop(due)
                    due += 1
        except (EOFError, ConnectionError):
            raise JobFailed("a worker process of the job ended before its work was done; see its log.") from None
        finally:
            for process in workers.values():  # what still runs serves nobody any more
                process.kill()

    def _keep_held(self) -> None:
        now = time.monotonic()
        if self._held is not None and now - self._kept_s >= SAY_S:
            self._kept_s = now
            size = self._keep(wire.BEST_FILE, self._held)
            self._held = None
            self._send(wire.BEST, size.to_bytes(4, "big"))

    def _keep(self, name: str, value: R) -> int:
        data = msgspec.msgpack.encode(value)
        if len(data) > self._limits.result_mib * MIB:
            raise ResultTooLarge(f"the result has {len(data) / MIB:.1f} MiB and the limit is "
                                 f"{self._limits.result_mib} MiB; put what is large into a file.")
        fresh = Path(f"{name}.new")
        fresh.write_bytes(data)
        fresh.replace(name)
        return len(data)

    def _send(self, letter: bytes, payload: bytes = b"") -> None:
        wire.write_all(self._say, wire.frame(letter, payload))


def _serve(pipe: Connection[tuple[bool, object], tuple[Callable[[object], object], object]]) -> None:
    """Answer one call after another: the life of a worker process."""
    confine.prctl(confine.PR_SET_PDEATHSIG, signal.SIGKILL)
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            function, item = pipe.recv()
            try:
                answer = (True, function(item))
            except Exception as error:  # noqa: BLE001 - it is raised again in the job's own process
                traceback.print_exc()
                answer = (False, error)
            pipe.send(answer)


def child_seed(seed: int, *path: int) -> int:
    """Return the seed of one part of a job (a replication, a chunk), 64 bits; it depends on `seed` and `path` alone.

    Source: a keyed hash as counter-based splitting, as in Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
    SC 2011, section 2, with BLAKE2b in place of the block cipher.
    """
    text = ",".join(str(part) for part in (seed, *path)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8, person=b"latticework.job"[:16]).digest(), "big")
