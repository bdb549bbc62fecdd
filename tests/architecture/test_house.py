"""The rules of the house that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from latticework.kernel.errors import LatticeworkError, all_errors

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "latticework"
MODULES = sorted(SOURCE.rglob("*.py"))


def test_imports_go_down_only() -> None:
    done = subprocess.run([Path(sys.executable).parent / "lint-imports", "--no-logo"], cwd=ROOT, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_modules_stay_readable(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 500, f"{path.name} has {len(lines)} lines; split it by concept"
    if lines:
        assert ast.get_docstring(ast.parse("\n".join(lines))), f"{path.name} does not say what it is for"


def test_no_module_is_named_after_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "data", "info"}
    assert not [p for p in MODULES if p.stem in empty]


def test_every_error_has_its_own_stable_code_in_the_tree() -> None:
    errors = [e for e in all_errors() if e.__module__.startswith("latticework.kernel.errors")]
    codes = [e.code for e in errors]
    assert len(set(codes)) == len(codes)
    tree = (sys.modules["latticework.kernel.errors"].__doc__ or "")
    families = set(LatticeworkError.__subclasses__())
    for error in errors:
        assert re.fullmatch(r"LW-\d{4}", error.code)
        assert error.__name__ in tree, f"{error.__name__} is missing in the tree at the top of errors.py"
        if error is not LatticeworkError and error not in families:
            assert error.code[3:] in tree


def test_a_leaf_error_belongs_to_its_familys_hundred() -> None:
    for family in LatticeworkError.__subclasses__():
        for leaf in family.__subclasses__():
            if leaf.__module__.startswith("latticework.kernel.errors"):
                assert leaf.code[:5] == family.code[:5]


FORBIDDEN = re.compile(r"\b(fire[- ]control|weapon[- ]target|engagement order|kill chain|weaponeering)\b", re.I)
"""What no room may offer; the only places that may name it say that it is refused."""


def test_nothing_serves_weapons() -> None:
    saying_no = {"README.md", "SECURITY.md", "CONTRIBUTING.md", "ARCHITECTURE.md"}
    files = [*MODULES, *(ROOT / "frontend" / "src").rglob("*.ts"), *SOURCE.rglob("*.html")]
    assert not [p for p in files if p.name not in saying_no and FORBIDDEN.search(p.read_text(encoding="utf-8"))]


def test_no_machine_path_and_no_registry_host_is_committed() -> None:
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    # Written in pieces, so that this file does not name them itself.
    parts = ("registry.npm" "js.org", "files.python" "hosted.org", "//py" "pi.org/simple", "deb.deb" "ian.org")
    hosts = re.compile("|".join(re.escape(part) for part in parts))
    for name in files:
        path = ROOT / name
        if not path.is_file() or path.suffix in {".png", ".woff2"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not hosts.search(text), f"{name} names a package registry's host"
        assert f"{ROOT.parent}/" not in text, f"{name} holds a path of this machine"
