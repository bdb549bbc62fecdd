"""One harness for all benchmarks: medians of several runs, peers in the same run, and the machine they ran on.

A benchmark is a module with ``main(args) -> int``::

    bench = Bench("policy", args, title="The gate")
    ours = bench.time("ours, interned", decide_all, count=1_000_000, unit="decisions")
    bench.peer("cedarpy", "cedarpy", ask_cedar, count=500, unit="decisions")
    bench.target("interned, decisions/s", ours, at_least=20e6)
    return bench.result({"members": 5})

Rates are units of `count` per second; every peer is compared with our first rate of the same unit. Options:
``--quick`` (fewer runs; the benchmark shrinks its inputs by `Bench.quick`), ``--json`` (the result alone),
``--write-docs`` (also writes ``docs/benchmarks/NAME.md``). The last line printed is always the result as one JSON
object.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks"


def machine() -> dict[str, Any]:
    """Return processor, cores, memory (GiB), system and Python of this machine; never its name."""
    model = platform.processor() or platform.machine()
    if (cpuinfo := Path("/proc/cpuinfo")).exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"processor": model, "cores": os.cpu_count(), "memory_gib": round(memory, 1),
            "system": f"{platform.system()} {platform.machine()}", "python": platform.python_version()}


class Bench:
    """One benchmark run: times things, compares peers, prints and writes the result."""

    def __init__(self, name: str, args: Sequence[str] | None = None, *, title: str = "") -> None:
        parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=title or name)
        parser.add_argument("--quick", action="store_true", help="fewer runs on smaller inputs")
        parser.add_argument("--json", action="store_true", help="print the result alone")
        parser.add_argument("--write-docs", action="store_true", help=f"write docs/benchmarks/{name}.md")
        given = parser.parse_args(args)
        self.name, self.title = name, title or name
        self.quick, self.json, self.write_docs = bool(given.quick), bool(given.json), bool(given.write_docs)
        self.rows: list[dict[str, Any]] = []
        self.targets: list[dict[str, Any]] = []
        self._begun = 0
        self.versions: dict[str, str] = {"latticework": version("latticework")}

    def section(self, name: str) -> None:
        """Begin a part of its own: from here on, peers are compared with the first own rate that follows."""
        self._begun = len(self.rows)
        if not self.json:
            print(f"-- {name}", flush=True)

    def time(self, label: str, fn: Callable[[], object], *, count: int = 1, unit: str = "calls", runs: int = 5,
             package: str = "") -> float:
        """Run `fn` once to warm up and then `runs` times (at most 3 with ``--quick``); return the median `count`/s."""
        fn()
        taken: list[float] = []
        for _ in range(min(runs, 3) if self.quick else runs):
            start = time.perf_counter()
            fn()
            taken.append(time.perf_counter() - start)
        return self.rate(label, count / statistics.median(taken), unit=unit, runs=len(taken), package=package)

    def rate(self, label: str, per_s: float, *, unit: str = "calls", runs: int = 1, package: str = "") -> float:
        """Note a rate that was measured elsewhere (another process, another clock); return it."""
        own = [r for r in self.rows[self._begun:] if not r["package"]]
        ours = next((r["per_s"] for r in own if r["unit"] == unit), own[0]["per_s"] if own else None)
        ratio = round(ours / per_s, 2) if ours and package and per_s else None
        self.rows.append({"label": label, "per_s": per_s, "unit": unit, "runs": runs, "package": package,
                          "ours_is_times": ratio})
        if not self.json:
            beside = f"   (ours is {ratio:,.1f} x)" if ratio else ""
            print(f"{label:<48} {per_s:>16,.0f} {unit}/s{beside}", flush=True)
        return per_s

    def peer(self, label: str, package: str, fn: Callable[[], object] | None = None, *, per_s: float = 0.0,
             count: int = 1, unit: str = "calls", runs: int = 3) -> float:
        """Time `fn` of another `package` (or, without `fn`, note its rate `per_s`); return its rate."""
        try:
            self.versions[package] = version(package)
        except PackageNotFoundError:
            self.versions[package] = "standard library, or in its own environment"
        if fn is None:
            return self.rate(label, per_s, unit=unit, runs=runs, package=package)
        return self.time(label, fn, count=count, unit=unit, runs=runs, package=package)

    def target(self, label: str, value: float, *, at_least: float | None = None, at_most: float | None = None) -> bool:
        """Check `value` against a bound; a missed one makes the benchmark exit 1, but not with ``--quick``."""
        met = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
        self.targets.append({"label": label, "value": value, "at_least": at_least, "at_most": at_most, "met": met})
        return met

    def result(self, values: Mapping[str, Any] | None = None) -> int:
        """Print everything (``--write-docs``: write it too); the last line is JSON. Return the exit code."""
        told = {**(values or {}), "machine": machine(), "versions": self.versions}
        if self.write_docs:
            (DOCS / f"{self.name}.md").write_text(self._page(told), encoding="utf-8")
        whole = {"benchmark": self.name, "quick": self.quick, "rows": self.rows, "targets": self.targets, **told}
        print(json.dumps(whole), flush=True)
        return 0 if self.quick or all(t["met"] for t in self.targets) else 1

    def _page(self, told: Mapping[str, Any]) -> str:
        lines = [f"# {self.title}", "", f"Written by `python -m benchmarks.{self.name} --write-docs`; medians.", "",
                 "| measured | rate | unit | runs | ours is |", "|---|---:|---|---:|---:|"]
        for r in self.rows:
            times = f"{r['ours_is_times']:,g} ×" if r["ours_is_times"] else ""
            lines.append(f"| {r['label']} | {r['per_s']:,.0f} | {r['unit']}/s | {r['runs']} | {times} |")
        lines += ["", "| target | value | bound | met |", "|---|---:|---:|---|"] if self.targets else []
        for t in self.targets:
            least, most = t["at_least"], t["at_most"]
            bound = f"≥ {least:,.10g}" if least is not None else f"≤ {most:,.10g}"
            value = f"{t['value']:,.0f}" if abs(t["value"]) >= 1000 else f"{t['value']:.4g}"
            lines.append(f"| {t['label']} | {value} | {bound} | {'yes' if t['met'] else '**no**'} |")
        flat: list[tuple[str, Any]] = []
        for key, value in told.items():
            flat += value.items() if isinstance(value, dict) else [(key, value)]
        return "\n".join([*lines, "", *(f"- {k.replace('_', ' ')}: {v}" for k, v in flat)]) + "\n"
