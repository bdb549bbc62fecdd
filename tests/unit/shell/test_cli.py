"""The root of the command line: what it lists, how it fails, and with which exit code."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator

import pytest
import typer

from latticework.kernel.errors import LatticeworkError, all_errors
from latticework.shell import cli
from latticework.shell.cli import COMMANDS, Command, run
from latticework.shell.room import resolve

MODULE = "latticework_test_commands"


@pytest.fixture
def act() -> Iterator[types.ModuleType]:
    module = types.ModuleType(MODULE)
    sys.modules[MODULE] = module
    yield module
    del sys.modules[MODULE]


def command(module: types.ModuleType, body: object) -> list[Command]:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(body)  # type: ignore[arg-type]
    module.app = app  # type: ignore[attr-defined]
    return [Command("act", f"{MODULE}:app", "do it", "Test")]


def test_help_lists_every_command_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([("extra", "no.such:thing", "is never imported")], ["--help"]) == 0
    said = capsys.readouterr().out
    for row in COMMANDS:
        assert f"  {row.name} " in said
        assert row.help in said
    assert "is never imported" in said


@pytest.mark.parametrize("row", COMMANDS, ids=lambda c: c.name)
def test_every_command_exists_and_explains_itself(row: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(resolve(row.target), typer.Typer)
    assert run((), [row.name, "--help"]) == 0
    assert "Usage: latticework " + row.name in capsys.readouterr().out


def test_a_typing_error_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert run((), ["recrods"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.strip() == "'recrods' is not a command. Did you mean records? latticework --help lists them."


@pytest.mark.parametrize("error", all_errors(), ids=lambda e: e.code)
def test_each_error_ends_with_its_own_exit_code_and_one_sentence(
    error: type[LatticeworkError], act: types.ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    def body() -> None:
        raise error("it went wrong; do this.")

    assert run(command(act, body), ["act"]) == error.exit_code
    said = capsys.readouterr()
    assert said.err == f"it went wrong; do this. ({error.code})\n"
    assert said.out == ""


def test_what_nobody_foresaw_has_no_traceback_unless_asked(
    act: types.ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    def body() -> None:
        raise RuntimeError("withheld words")

    commands = command(act, body)
    assert run(commands, ["act"]) == 1
    said = capsys.readouterr().err
    assert "LW-1000" in said
    assert "withheld words" not in said
    assert "Traceback" not in said
    with pytest.raises(RuntimeError):
        run(commands, ["act", "--debug"])


def test_usage_errors_and_chosen_codes_pass_through(act: types.ModuleType) -> None:
    def body(number: int) -> None:
        raise typer.Exit(number)

    commands = command(act, body)
    assert run(commands, ["act", "7"]) == 7
    assert run(commands, ["act", "seven"]) == 2


def test_stopping_is_no_failure_with_a_traceback(act: types.ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    def body() -> None:
        raise KeyboardInterrupt

    assert run(command(act, body), ["act"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    from latticework import __version__

    assert run((), ["--version"]) == 0
    assert capsys.readouterr().out == f"latticework {__version__}\n"


def test_main_runs_the_frames_own_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["latticework", "--version"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
