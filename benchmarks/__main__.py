"""Runs every benchmark, one after another, each in a process of its own: ``python -m benchmarks [--quick]``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NOT_ALONE = {"__init__", "__main__", "harness"}


def main() -> int:
    """Run all modules of this folder that have a ``main``; return 1 when one missed a target."""
    names = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem not in NOT_ALONE)
    names = [n for n in names if "def main(" in (Path(__file__).parent / f"{n}.py").read_text(encoding="utf-8")]
    missed = []
    for name in names:
        print(f"\n== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *sys.argv[1:]], check=False).returncode:
            missed.append(name)
    print(f"\n{len(names) - len(missed)} of {len(names)} benchmarks met every target" +
          (f"; not: {', '.join(missed)}" if missed else ""))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
