"""The processes below one process: their memory, their processor time, and signals to all of them.

Source: proc(5). Memory is the resident set; where the sum is over a bound, pages that several processes share are
counted once (proportional set size, ``smaps_rollup``), because workers that were forked share most of theirs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Final

PAGE: Final = os.sysconf("SC_PAGE_SIZE")
TICKS: Final = os.sysconf("SC_CLK_TCK")
KILL_S: Final = 5.0


class Tree:
    """Everything below one process.

    Parameters
    ----------
    root
        Process id; the root itself is not counted and not signaled.
    """

    def __init__(self, root: int) -> None:
        self._root = root

    def processes(self) -> list[int]:
        """Return the ids of all processes below the root, parents first."""
        found: list[int] = []
        queue = [self._root]
        while queue:
            for child in _children(queue.pop()):
                found.append(child)
                queue.append(child)
        return found

    def memory(self, bound: int) -> int:
        """Return the resident memory of all of them, bytes; exact where the plain sum is over `bound`."""
        processes = self.processes()
        plain = sum(_resident(pid) for pid in processes)
        return plain if plain <= bound or len(processes) < 2 else sum(_proportional(pid) for pid in processes)

    def cpu_s(self) -> float:
        """Return the processor time of those that live, s, with that of children that were waited for."""
        return sum(_cpu_ticks(pid) for pid in self.processes()) / TICKS

    def signal(self, number: int) -> int:
        """Send a signal to each; return to how many."""
        sent = 0
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
                sent += 1
        return sent

    def kill(self) -> int:
        """Kill all of them, and those that they start meanwhile; return how many there were at first.

        They are stopped first, so that none can start another one while the others die. The root must be the reaper of
        what they leave behind; it is waited for here.
        """
        first = len([pid for pid in self.processes() if not _dead(pid)])
        end = time.monotonic() + KILL_S
        while self.processes() and time.monotonic() < end:
            self.signal(signal.SIGSTOP)
            self.signal(signal.SIGKILL)
            _reap()
            time.sleep(0.002)
        return first


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{pid}/task/{task}/children").read_text(encoding="ascii")
                found += [int(word) for word in text.split()]
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def _proportional(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, IndexError):
        pass
    return _resident(pid)


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _cpu_ticks(pid: int) -> int:
    fields = _stat(pid)
    return sum(int(field) for field in fields[11:15]) if len(fields) > 15 else 0


def _dead(pid: int) -> bool:
    fields = _stat(pid)
    return not fields or fields[0] in {"Z", "X"}


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
