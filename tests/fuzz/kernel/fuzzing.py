"""The three tests of every module of fuzz targets: coverage-guided input, any input, small changes of good input.

A target takes bytes and may raise nothing but the errors of latticework; see ``tests/fuzz/drive.py``.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

DRIVE = Path(__file__).parents[1] / "drive.py"
EXAMPLES = (b"", b"\x91" * 100_000, b"\xdd\xff\xff\xff\xff", b"\xdc\xff\xff", "—".encode())
"""Nothing, nested without end, an array of four billion items, one of 65,535, and text."""


def suite(
    targets: ModuleType, good: Mapping[str, Sequence[bytes]], *, runs: int, examples: Sequence[bytes] = EXAMPLES,
    most: int = 200,
) -> tuple[Callable[..., None], Callable[..., None], Callable[..., None]]:
    """Return the tests of a module of targets; give them names that begin with ``test_``.

    Parameters
    ----------
    targets
        The module.
    good
        For each of its targets well-formed input to begin with.
    runs
        Inputs that atheris tries, unless ``LATTICEWORK_FUZZ_RUNS`` says otherwise.
    examples
        Inputs that are always tried.
    most
        Inputs that hypothesis tries.
    """
    total = int(os.environ.get("LATTICEWORK_FUZZ_RUNS", str(runs)))

    @pytest.mark.parametrize("name", list(good))
    @pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this platform")
    def covered(name: str, tmp_path: Path) -> None:
        seeds = tmp_path / "seeds"
        seeds.mkdir()
        for number, data in enumerate(good[name]):
            (seeds / f"good-{number}").write_bytes(data)
        done = subprocess.run(
            [sys.executable, str(DRIVE), str(targets.__file__), name, str(total), str(seeds)],
            capture_output=True, text=True, timeout=60 + total / 20, check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert "Done " in done.stderr, done.stderr[-1000:]

    @pytest.mark.parametrize("name", list(good))
    def anything(name: str) -> None:
        target = getattr(targets, name)

        def check(data: bytes) -> None:
            target(data)

        for data in examples:
            check = example(data)(check)
        settings(max_examples=most, deadline=None)(given(st.binary(max_size=600))(check))()

    @pytest.mark.parametrize("name", list(good))
    def changed(name: str) -> None:
        target = getattr(targets, name)

        @settings(max_examples=most, deadline=None)
        @given(st.data())
        def check(draw: st.DataObject) -> None:
            data = bytearray(draw.draw(st.sampled_from(good[name])))
            for _ in range(draw.draw(st.integers(0, 3))):
                place = draw.draw(st.integers(0, len(data) - 1))
                data[place] = draw.draw(st.integers(0, 255))
            cut = draw.draw(st.integers(0, len(data)))
            target(bytes(data))
            target(bytes(data[:cut]))

        check()

    return covered, anything, changed
