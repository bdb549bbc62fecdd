"""What the jobs of :mod:`benchmarks.jobs` do, in their own processes."""

from __future__ import annotations

import time

import msgspec

from latticework.workbench.jobs.context import JobContext


class Given(msgspec.Struct, frozen=True):
    """How much of it."""

    n: int = 0


class Answer(msgspec.Struct, frozen=True):
    """Nothing but a number."""

    value: float = 0.0


def nothing(given: Given, job: JobContext[Answer]) -> Answer:
    return Answer(value=time.time())


def eats(given: Given, job: JobContext[Answer]) -> Answer:
    held = []
    while True:
        held.append(bytearray(b"1") * (4 << 20))


def floods(given: Given, job: JobContext[Answer]) -> Answer:
    line = "x" * 65_535
    for step in range(given.n):
        job.log(line)
        job.progress(step, given.n, f"{step} lines")
    return Answer()
