"""What a job, its warden and the node say to each other: frames of one letter, a length, and bytes.

Nothing here imports more than the standard library, because the warden must stay small. A frame that is longer than
its letter allows is refused by its header, before a byte of it is kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final, TypedDict

PROGRESS: Final = b"P"
"""msgpack of a Progress."""
BEAT: Final = b"H"
"""A sign of life."""
BEST: Final = b"B"
"""The best so far was replaced; its size, 4 bytes."""
FAILED: Final = b"E"
"""msgpack of [code, sentence]: why the work gave up."""
DONE: Final = b"D"
"""The result lies in its file."""
USE: Final = b"U"
"""JSON of what the job uses; from the warden alone."""
ENDED: Final = b"X"
"""JSON of how it ended; from the warden alone, its last word."""

FROM_JOB: Final = {PROGRESS: 2048, BEAT: 0, BEST: 4, FAILED: 4096, DONE: 0}
FROM_WARDEN: Final = {**FROM_JOB, USE: 1024, ENDED: 1024}

STOP: Final = b"c"
"""The node asks the warden for an orderly stop; the end of the pipe means that the node is gone."""

RESULT_FILE: Final = "result"
BEST_FILE: Final = "best"
FILES: Final = "files"
WORK: Final = "work"
LOG: Final = "log"
LOG_TAIL: Final = "log.tail"


class Bounds(TypedDict):
    """The limits of a job as JSON; see :class:`~latticework.workbench.jobs.limits.Limits`."""

    memory_mib: int
    time_s: float
    grace_s: float
    hang_s: float
    workers: int
    result_mib: int
    files_mib: int
    keep_days: int


class Spec(TypedDict):
    """What a warden reads first: where, what to call with which types, and within which limits."""

    folder: str
    run: str
    inputs: str
    result: str
    limits: Bounds
    seed: str
    resume: bool


class Garbled(Exception):
    """Bytes that are no frame."""


def frame(letter: bytes, payload: bytes = b"") -> bytes:
    """Return one frame."""
    return letter + len(payload).to_bytes(4, "big") + payload


class Frames:
    """Takes bytes as they come and gives whole frames.

    Parameters
    ----------
    allowed
        Letters with the longest payload of each, bytes.
    """

    def __init__(self, allowed: dict[bytes, int]) -> None:
        self._allowed, self._buffer = allowed, bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield (letter, payload) of each frame that is whole; raise :class:`Garbled` at what is none."""
        self._buffer += data
        while len(self._buffer) >= 5:
            letter, size = bytes(self._buffer[:1]), int.from_bytes(self._buffer[1:5], "big")
            if size > self._allowed.get(letter, -1):
                raise Garbled
            if len(self._buffer) < 5 + size:
                return
            payload = bytes(self._buffer[5 : 5 + size])
            del self._buffer[: 5 + size]
            yield letter, payload


def write_all(handle: int, data: bytes) -> None:
    """Write all of `data` to a blocking file descriptor."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def read_exactly(handle: int, size: int) -> bytes:
    """Read `size` bytes; raise :class:`EOFError` when the other side is gone before."""
    found = bytearray()
    while len(found) < size:
        data = os.read(handle, size - len(found))
        if not data:
            raise EOFError
        found += data
    return bytes(found)
