"""Jobs: how soon one begins, how late the node's loop is while one misbehaves, how far a memory cap is overrun."""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from benchmarks.harness import Bench
from benchmarks.jobs_work import Answer, Given
from latticework.testing.kernels import KernelFederation, officer
from latticework.workbench.jobs import rows
from latticework.workbench.jobs.here import run_here
from latticework.workbench.jobs.limits import JobState, Limits
from latticework.workbench.jobs.model import JobId, JobKind
from latticework.workbench.jobs.service import Jobs

CAP_MIB = 512
DESK = officer("JPN")


def kind(name: str) -> JobKind:
    return JobKind(name=f"benchmark.{name}", title=name, run=f"benchmarks.jobs_work:{name}", inputs=Given,
                   result=Answer, topic="benchmark", limits=Limits(memory_mib=CAP_MIB, time_s=120.0))


def begin_s() -> float:
    asked = time.time()
    value = run_here(kind("nothing"), Given()).value
    assert isinstance(value, Answer)
    return value.value - asked


def peer_s() -> float:
    asked = time.time()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(time.time).result() - asked


async def late_ms(jobs: Jobs, name: str | None, n: int = 0) -> tuple[float, float, float]:
    """Return how late the loop woke, median and worst, ms, while a job ran (None: for three seconds); and its peak."""
    found: list[float] = []
    row = jobs.start(DESK, f"benchmark.{name}", {"n": n}) if name else None
    end = time.perf_counter() + (60 if row else 3)
    while time.perf_counter() < end and (row is None or not jobs.show(DESK, row.id).state.over):
        before = time.perf_counter()
        await asyncio.sleep(0.005)
        found.append(1000 * (time.perf_counter() - before) - 5)
    return statistics.median(found), max(found), jobs.show(DESK, row.id).use.peak_mib if row else 0.0


async def loop_delays(federation: KernelFederation) -> dict[str, tuple[float, float, float]]:
    bench = federation.benches["JPN"]
    running = asyncio.create_task(bench.run())
    for name in ("nothing", "eats", "floods"):
        bench.jobs.register(kind(name))
    await asyncio.sleep(0.5)
    told = {"idle": await late_ms(bench.jobs, None), "eats": await late_ms(bench.jobs, "eats"),
            "floods": await late_ms(bench.jobs, "floods", 4096)}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return told


def listing(federation: KernelFederation, count: int) -> float:
    """Return how long it takes to list the newest 100 of `count` jobs that the officer may see, ms."""
    jobs = federation.benches["JPN"].jobs
    row = jobs.jobs(DESK, limit=1)[0]
    with federation["JPN"].store.transaction() as tx:
        for n in range(count):
            rows.put(tx, msgspec.structs.replace(row, id=JobId(f"{n:020x}"), state=JobState.DONE))
    taken: list[float] = []
    for _ in range(5):
        before = time.perf_counter()
        assert len(jobs.jobs(DESK, limit=100)) == 100
        taken.append(1000 * (time.perf_counter() - before))
    return statistics.median(taken)


def main(args: Sequence[str] | None = None) -> int:
    bench = Bench("jobs", args, title="Jobs")
    runs = 3 if bench.quick else 9
    ours = statistics.median(begin_s() for _ in range(runs))
    bench.rate("begin a job (warden, confined process, first line)", 1 / ours, unit="jobs", runs=runs)
    bench.peer("begin a task in a fresh process pool (spawn)", "concurrent.futures",
               per_s=1 / statistics.median(peer_s() for _ in range(runs)), unit="jobs", runs=runs)
    with tempfile.TemporaryDirectory() as folder:
        federation = KernelFederation(Path(folder), ("JPN",))
        told = asyncio.run(loop_delays(federation))
        listed = listing(federation, 1_000 if bench.quick else 10_000)
        federation["JPN"].close()
    bench.target("loop late at worst while a job eats memory, ms", told["eats"][1], at_most=50.0)
    bench.target("loop late at worst while a job writes 256 MiB of log, ms", told["floods"][1], at_most=50.0)
    bench.target(f"peak of a job with a cap of {CAP_MIB} MiB, MiB", told["eats"][2], at_most=1.5 * CAP_MIB)
    bench.target("list 100 of 10,000 jobs, ms", listed, at_most=50.0)
    return bench.result({
        "begin_ms": round(1000 * ours), "idle_late_ms": [round(x, 2) for x in told["idle"][:2]],
        "eats_late_ms": [round(x, 2) for x in told["eats"][:2]],
        "floods_late_ms": [round(x, 2) for x in told["floods"][:2]], "peak_mib": told["eats"][2], "cap_mib": CAP_MIB})


if __name__ == "__main__":
    sys.exit(main())
