"""How long a person waits: for ``latticework --help``, and for the demonstration on its second and later runs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness import Bench
from latticework.node.demo.homes import free_ports

PROGRAM = Path(sys.executable).parent / "latticework"


def help_s() -> float:
    """Return the wall time of ``latticework --help``, s."""
    start = time.perf_counter()
    subprocess.run([PROGRAM, "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def demo_s() -> float:
    """Return the time until five nodes have their links, arrangements and records, s: until tracks flow."""
    port = free_ports(20_000, 1)[0]
    command = [PROGRAM, "demo", "--once", "--seconds", "1", "--source", "auto", "--first-port", str(port)]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as demo:
        ready = 0.0
        for line in demo.stdout or ():
            if line.startswith("Tracks flow"):
                ready = time.perf_counter() - start
    return ready


def main(args: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    bench = Bench("start", args, title="Waiting times")
    runs = 3 if bench.quick else 9
    help_s()
    bench.target("latticework --help, s", statistics.median(help_s() for _ in range(runs)), at_most=0.3)
    if not bench.quick:
        demo_s()  # fetches the recording when it is not in the cache
    bench.target("demo until tracks flow, s", statistics.median(demo_s() for _ in range(1 if bench.quick else 3)),
                 at_most=15)
    return bench.result({"runs": runs})


if __name__ == "__main__":
    raise SystemExit(main())
