"""The warden: a small process between node and job that starts the job, watches it, and ends all of it.

It adopts whatever the job's processes leave behind (child subreaper), so nothing outlives it; when the node is gone, it
kills the job and goes too. It gathers what the job says, so that the node hears a few short messages a second however
much a job talks. It loads the standard library alone and runs no code of a room.

Run as ``python -I -c "...warden.main()"`` with the job's description on standard input (see :mod:`.processes`).
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Final

from latticework.workbench.jobs import confine, wire
from latticework.workbench.jobs.proc import Tree

TICK_S: Final = 0.03
"""Memory is looked at so often: what a process can fill in that time is how far a cap is overrun."""
TELL_S: Final = 0.2
SLOW_S: Final = 0.5
TERM_S: Final = 1.0
AT_ONCE: Final = 256 * 1024
HEAD: Final = 256 * 1024
TAIL: Final = 64 * 1024
"""Bytes of a log that are kept: its beginning, and its end."""


class Log:
    """A job's output, bounded: the first part in one file, the last in another that is written anew."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._tail, self.size = folder, bytearray(), 0
        self._dirty = False

    def add(self, data: bytes) -> None:
        """Take more output; a disk that is full loses it, not the job."""
        room = max(0, HEAD - self.size)
        self.size += len(data)
        if room:
            with contextlib.suppress(OSError), (self._folder / wire.LOG).open("ab") as file:
                file.write(data[:room])
        if len(data) > room:
            self._tail += data[room:]
            del self._tail[:-TAIL]
            self._dirty = True

    def flush(self) -> None:
        """Write the last part, with how much was left out before it."""
        if not self._dirty:
            return
        self._dirty = False
        left_out = self.size - HEAD - len(self._tail)
        words = f"\n[{left_out} bytes left out]\n".encode() if left_out else b""
        with contextlib.suppress(OSError):
            (self._folder / wire.LOG_TAIL).write_bytes(words + bytes(self._tail))


class Warden:
    """Watches one job.

    Parameters
    ----------
    spec
        The description, see :class:`~latticework.workbench.jobs.wire.Spec`.
    child, said, output
        Process id of the job; its frames and its output, both non-blocking.
    """

    def __init__(self, spec: wire.Spec, child: int, said: int, output: int) -> None:
        self.limits, self.child, self.said, self.output = spec["limits"], child, said, output
        self.folder = Path(spec["folder"])
        self.tree, self.log = Tree(os.getpid()), Log(self.folder)
        self.frames = wire.Frames(wire.FROM_JOB)
        self.begun = self.life = self.worked = time.monotonic()
        self.status: int | None = None
        self.why = ""
        self.deadline: tuple[float, int] | None = None
        self.waiting: dict[bytes, bytes] = {}
        self.told = self.looked = 0.0
        self.memory, self.peak, self.cpu, self.idle_cpu = 0, 0, 0.0, 0.0

    def run(self, wake: int) -> None:
        """Watch until the job's process is gone; then end what it left behind and say how it went."""
        sources = {0, self.said, self.output, wake}
        while self.status is None:
            ready, _, _ = select.select(list(sources), [], [], TICK_S)
            for source in ready:
                if source == 0:
                    self._hear_node(sources)
                elif source == self.said:
                    self._hear_job(sources)
                elif source == self.output:
                    self._take_output(sources)
                else:
                    os.read(wake, 512)
            self._reap()
            self._look(time.monotonic())
        left = self.tree.kill()
        for source, hear in ((self.said, self._hear_job), (self.output, self._take_output)):
            for _ in range(64):
                if source not in sources or not select.select([source], [], [], 0)[0]:
                    break
                hear(sources)
        self.log.flush()
        self._tell_use(time.monotonic())
        signaled = os.WIFSIGNALED(self.status)
        self._say(wire.ENDED, json.dumps({
            "why": self.why, "signal": os.WTERMSIG(self.status) if signaled else 0,
            "exit": os.WEXITSTATUS(self.status) if not signaled else 0, "left": left, "log": self.log.size,
        }).encode())

    # ---- what comes in ---------------------------------------------------------------------------------------------

    def _hear_node(self, sources: set[int]) -> None:
        data = os.read(0, 64)
        if not data:
            self.tree.kill()
            os._exit(1)
        if wire.STOP in data:
            self.stop("cancel")

    def _hear_job(self, sources: set[int]) -> None:
        data = self._read(self.said, sources)
        try:
            for letter, payload in self.frames.feed(data):
                self.life = time.monotonic()
                if letter in {wire.FAILED, wire.DONE}:
                    self._say(letter, payload)
                elif letter != wire.BEAT:
                    self.waiting[letter] = payload  # only the newest counts; it is told a few times a second
        except wire.Garbled:
            sources.discard(self.said)
            self.end("garbled")

    def _take_output(self, sources: set[int]) -> None:
        data = self._read(self.output, sources)
        if data:
            self.life = time.monotonic()
            self.log.add(data)

    @staticmethod
    def _read(handle: int, sources: set[int]) -> bytes:
        try:
            data = os.read(handle, AT_ONCE)
        except BlockingIOError:
            return b""
        if not data:
            sources.discard(handle)
        return data

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.child:
                self.status = status

    # ---- watching --------------------------------------------------------------------------------------------------

    def _look(self, now: float) -> None:
        if self.status is not None:
            return
        limit = self.limits["memory_mib"] * confine.MIB
        self.memory = self.tree.memory(limit)
        self.peak = max(self.peak, self.memory)
        if self.memory > limit:
            self.end("memory")
        if now - self.begun > self.limits["time_s"]:
            self.stop("time")
        if self.deadline is not None and now >= self.deadline[0]:
            number = self.deadline[1]
            self.tree.signal(number)
            self.deadline = (now + TERM_S, int(signal.SIGKILL))
        if now - self.looked >= SLOW_S:
            self._look_slowly(now)
        if now - self.told >= TELL_S:
            self._tell_use(now)

    def _look_slowly(self, now: float) -> None:
        span, self.looked = now - self.looked, now
        cpu = self.tree.cpu_s()
        if cpu - self.idle_cpu > 0.01 * span or cpu < self.idle_cpu:
            self.worked = now
        self.idle_cpu, self.cpu = cpu, max(self.cpu, cpu)
        if now - max(self.life, self.worked) > self.limits["hang_s"]:
            self.end("hang")
        if _size_of(self.folder / wire.WORK) > self.limits["files_mib"] * confine.MIB:
            self.end("files")
        self.log.flush()

    def stop(self, why: str) -> None:
        """Ask the job to stop; after its grace it is terminated, then killed."""
        if not self.why:
            self.why = why
            self.deadline = (time.monotonic() + self.limits["grace_s"], int(signal.SIGTERM))
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.child, signal.SIGUSR1)

    def end(self, why: str) -> None:
        """Kill the job at once."""
        if self.why in {"", "cancel", "time"}:
            self.why = why
        self.tree.signal(signal.SIGKILL)
        self.deadline = (time.monotonic() + TERM_S, int(signal.SIGKILL))

    # ---- what goes out ---------------------------------------------------------------------------------------------

    def _tell_use(self, now: float) -> None:
        self.told = now
        for letter, payload in self.waiting.items():
            self._say(letter, payload)
        self.waiting.clear()
        self._say(wire.USE, json.dumps({
            "memory_mib": round(self.memory / confine.MIB, 1), "peak_mib": round(self.peak / confine.MIB, 1),
            "cpu_s": round(self.cpu, 2), "ran_s": round(now - self.begun, 2), "quiet_s": round(now - self.life, 1),
            "busy": now - self.worked < 2.0,
        }).encode())

    @staticmethod
    def _say(letter: bytes, payload: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):
            wire.write_all(1, wire.frame(letter, payload))


def _size_of(folder: Path, at_most: int = 20_000) -> int:
    """Return the bytes that the files of `folder` take on disk; holes do not count."""
    total, queue = 0, [folder]
    while queue and at_most > 0:
        try:
            with os.scandir(queue.pop()) as entries:
                for entry in entries:
                    at_most -= 1
                    if entry.is_dir(follow_symlinks=False):
                        queue.append(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:
            continue
    return total


def main() -> None:
    """Start and watch the job that standard input describes."""
    confine.prctl(confine.PR_SET_CHILD_SUBREAPER, 1)
    try:
        spec: wire.Spec = json.loads(wire.read_exactly(0, int.from_bytes(wire.read_exactly(0, 4), "big")))
        inputs = wire.read_exactly(0, int.from_bytes(wire.read_exactly(0, 4), "big"))
    except EOFError:
        return
    said, say = os.pipe()
    output, write = os.pipe()
    wake, wakes = os.pipe()
    os.set_blocking(wakes, False)
    stop: list[int] = []
    signal.signal(signal.SIGUSR1, lambda *_: stop.append(1))  # before the job is there, so that no request is lost
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the node, which asks for an orderly stop
    child = os.fork()
    if child == 0:
        _become_job(spec, inputs, say, write, stop)
    os.close(say)
    os.close(write)
    os.set_blocking(said, False)
    os.set_blocking(output, False)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    Warden(spec, child, said, output).run(wake)


def _become_job(spec: wire.Spec, inputs: bytes, say: int, write: int, stop: list[int]) -> None:
    code = 70
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(write, 1)
        os.dup2(write, 2)
        confine.close_all_but([say])
        work = Path(spec["folder"]) / wire.WORK
        os.chdir(work)
        limits = spec["limits"]
        confine.set_limits(limits["memory_mib"], limits["files_mib"])
        confine.confine_files(work)
        from latticework.workbench.jobs import child

        code = child.run(spec, inputs, say, stop)
    except BaseException:  # noqa: BLE001 - whatever it was, this process must not go on as a second warden
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
