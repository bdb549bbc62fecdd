"""Looking through a file in a process of its own, within a bound of time and memory: what parses strangers' files.

Run as a module it takes a file on standard input (seekable: an unnamed file of the parent), its name as argument, and
writes one JSON line to standard output. It writes no file, and its environment names no home, proxy or cache.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Final

import msgspec

from latticework.kernel.errors import ActiveContent
from latticework.workbench.attachments.content import Look, look

TIME_LIMIT_S: Final = 60
MEMORY_LIMIT: Final = 1 << 30


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    media_type: str = ""
    text: str = ""
    refused: str = ""


def inspect(file: IO[bytes], name: str, *, time_limit_s: int = TIME_LIMIT_S, memory_limit: int = MEMORY_LIMIT) -> Look:
    """Return what `file` is. It blocks until the child is done: call it in a thread.

    Parameters
    ----------
    file
        A real file, open for reading; its position does not matter and is moved.
    name
        As it was sent.

    Raises
    ------
    ActiveContent
        When it may not come in, or cannot be looked through within the bound.
    """
    file.flush()
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "LANG": "C.UTF-8",
                   "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter; the name is an argument, not a command
            [sys.executable, "-P", "-m", "latticework.workbench.attachments.inspector", str(time_limit_s),
             str(memory_limit), name.encode("utf-8", "replace").decode()],
            stdin=file.fileno(), capture_output=True, timeout=time_limit_s + 5, check=False, env=environment,
            cwd=Path(__file__).parent,
        )
    except subprocess.TimeoutExpired:
        raise _too_much() from None
    if done.returncode:
        raise _too_much()
    said = msgspec.json.decode(done.stdout, type=_Said)
    if said.refused:
        raise ActiveContent(said.refused)
    return Look(said.media_type, said.text)


def _too_much() -> ActiveContent:
    return ActiveContent("the file takes too much time or memory to be looked through; split or simplify it.")


def _child(time_limit_s: int, memory_limit: int, name: str) -> int:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (time_limit_s, time_limit_s))
    resource.setrlimit(resource.RLIMIT_AS, (memory_limit, memory_limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # standard output is a pipe; no file is written
    try:
        found = look(sys.stdin.buffer, name)
        said = _Said(media_type=found.media_type, text=found.text.encode("utf-8", "replace").decode())
    except ActiveContent as error:
        said = _Said(refused=error.message)
    except (MemoryError, RecursionError):
        os.abort()
    sys.stdout.buffer.write(msgspec.json.encode(said))
    return 0


if __name__ == "__main__":
    raise SystemExit(_child(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
