"""The workbench's parts, each beside a peer: one section a part, in modules ``workbench_*`` with ``run(bench)``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness import Bench

SECTIONS = sorted(path.stem for path in Path(__file__).parent.glob("workbench_*.py"))


def main(args: Sequence[str] | None = None) -> int:
    """Run every section; return the exit code."""
    bench = Bench("workbench", args, title="The workbench")
    values: dict[str, object] = {}
    for module in SECTIONS:
        bench.section(module.removeprefix("workbench_"))
        values.update(importlib.import_module(f"benchmarks.{module}").run(bench))
    return bench.result(values)


if __name__ == "__main__":
    sys.exit(main())
