"""Runs one fuzz target under atheris in a process of its own: ``python drive.py FILE FUNCTION RUNS [SEED_DIR]``.

A target takes bytes and may raise nothing but the errors of latticework; anything else, and anything it asserts, ends
the process with a non-zero code and the input that did it. The runs are seeded, so that a test run repeats.
"""

from __future__ import annotations

import importlib.util
import sys

import atheris


def main() -> None:
    """Load the target with coverage instrumentation and fuzz it."""
    file, function, runs, *seeds = sys.argv[1:]
    with atheris.instrument_imports(include=["latticework"]):
        spec = importlib.util.spec_from_file_location("fuzz_target", file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    options = [sys.argv[0], f"-runs={runs}", "-seed=1", "-max_len=4096", "-timeout=10", "-rss_limit_mb=1024",
               "-artifact_prefix=/tmp/latticework-fuzz-", *seeds]
    atheris.Setup(options, getattr(module, function), enable_python_coverage=True)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
