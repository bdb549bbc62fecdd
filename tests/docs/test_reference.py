"""The reference is in step with the code, and says something of everything."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from scripts import write_reference

from latticework.kernel import errors
from latticework.node.main import COMMANDS as NODE_COMMANDS
from latticework.node.settings import NodeSettings
from latticework.shell.cli import COMMANDS as SHELL_COMMANDS
from latticework.shell.room import resolve

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return write_reference.pages()


def test_the_pages_are_what_the_script_writes() -> None:
    # In a process of its own: what other tests loaded or registered in this one is no part of the program.
    done = subprocess.run([sys.executable, ROOT / "scripts" / "write_reference.py", "--check"], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _commands() -> Iterator[tuple[str, Any]]:
    for command in (*SHELL_COMMANDS, *NODE_COMMANDS):
        app = typer.main.get_command(resolve(command.target))
        for word, below in getattr(app, "commands", {"": app}).items():
            yield f"latticework {command.name} {word}".strip(), below


def test_every_command_and_option_is_explained() -> None:
    page = (FOLDER / "cli.md").read_text(encoding="utf-8")
    for called, command in _commands():
        assert f"# {called}\n" in page
        assert command.help, called
        for p in command.params:
            if p.name != "help":
                assert p.help, f"{called} {p.opts[0]} has no help"
                assert p.help.endswith("."), f"the help of {called} {p.opts[0]} is a sentence and ends so"
                shown = p.name.rstrip("_").upper() if not p.opts[0].startswith("-") else f"`{p.opts[0]}"
                assert shown in page


def test_every_setting_is_explained() -> None:
    page = (FOLDER / "settings.md").read_text(encoding="utf-8")
    for top in msgspec.structs.fields(NodeSettings):
        below = top.type if isinstance(top.type, type) and issubclass(top.type, msgspec.Struct) else None
        names = [f.name for f in msgspec.structs.fields(below)] if below else [top.name]
        for name in names:
            assert re.search(rf"^\| `{name}` \| .*\S \|$|^## \[{name}\.NAME\]$", page, re.MULTILINE), name


def test_every_environment_variable_is_explained() -> None:
    page = (FOLDER / "settings.md").read_text(encoding="utf-8")
    source = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "src").rglob("*.py"))
    for name in set(re.findall(r"\bLATTICEWORK_[A-Z_]+\b", source)):
        assert f"`{name}`" in page, name


def test_every_error_code_is_explained() -> None:
    page = (FOLDER / "errors.md").read_text(encoding="utf-8")
    own = [e for e in errors.all_errors() if e.__module__ == errors.__name__]
    for error in own:
        assert re.search(rf"^\| `{error.code}` \| {error.__name__} \| {error.http_status} \| {error.exit_code} \| \S",
                         page, re.MULTILINE), error


def test_the_tree_at_the_top_of_the_errors_is_the_real_one() -> None:
    drawn = dict(re.findall(r"[├└]── (\w+) +(?:LW-)?(\d{2}xx|\d{4})", errors.__doc__ or ""))
    own = {e.__name__: e for e in errors.all_errors() if e.__module__.startswith(errors.__name__)}
    del own["LatticeworkError"]
    assert drawn.keys() == own.keys()
    for name, number in drawn.items():
        assert own[name].code[3:5] == number[:2]
        assert number.endswith("xx") or own[name].code == f"LW-{number}"


def test_every_field_of_every_kind_is_explained(pages: dict[str, str]) -> None:
    bare = re.findall(r"^\| `\w+` \|.*\|\s*\|$", pages["kinds.md"], re.MULTILINE)
    assert bare == []


def test_every_endpoint_is_there(pages: dict[str, str]) -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "src/latticework/shell/api").glob("*.py"))
    routes = re.findall(r'^@(get|post|delete|put|patch)\(\s*"(/[^"]+)"', source, re.MULTILINE)
    assert len(routes) > 30
    for method, path in routes:
        plain = re.sub(r"\{(\w+):\w+\}", r"{\1}", path)
        assert f"### {method.upper()} /api/v1{plain}\n" in pages["api.md"]
