"""The workbench's parts, each beside a peer: one section a part, in modules ``workbench_*`` with ``run(bench)``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from benchmarks.harness import Bench

SECTIONS = ("search", "tables")
SECTIONS = ("search", "briefs")


def main(args: Sequence[str] | None = None) -> int:
    """Run every section; return the exit code."""
    bench = Bench("workbench", args, title="The workbench")
    values: dict[str, object] = {}
    for section in SECTIONS:
        bench.section(section)
        values.update(importlib.import_module(f"benchmarks.workbench_{section}").run(bench))
    return bench.result(values)


if __name__ == "__main__":
    sys.exit(main())
