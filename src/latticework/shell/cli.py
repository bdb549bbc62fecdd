"""The root of the command line: a table of names that lead to typer applications, each imported only when it is run.

``latticework --help`` therefore costs one small module. Typer and rich are loaded with the command that was asked for.
Errors end here: one sentence on standard error and the exit code of the error tree, never a traceback unless
``--debug`` asks for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final, NamedTuple


class Command(NamedTuple):
    """One first word of the command line.

    Parameters
    ----------
    name
        The word.
    target
        ``module:app`` of a typer application.
    help
        One line for ``--help``.
    section
        Heading under which it is listed.
    """

    name: str
    target: str
    help: str
    section: str = "Node"


_HERE = "latticework.shell.commands"
COMMANDS: Final[tuple[Command, ...]] = (
    Command("status", f"{_HERE}.status:app", "links, ledger and counters of a running node", "Look"),
    Command("records", f"{_HERE}.records:app", "list, show, search, publish and recall records", "Look"),
    Command("tasks", f"{_HERE}.tasks:app", "what needs whose answer by when: ask, answer, hand over", "Look"),
    Command("peers", f"{_HERE}.peers:app", "partners: links, lag, ledgers", "Look"),
    Command("files", f"{_HERE}.files:app", "attachments: list, put, fetch, get", "Share"),
    Command("measures", f"{_HERE}.measures:app", "numbers from records: compute, watch, release, recompute", "Look"),
    Command("brief", f"{_HERE}.brief:app", "list and make briefs: PDF, HTML, DOCX", "Look"),
    Command("alarms", f"{_HERE}.alarms:app", "what a person should look at", "Look"),
    Command("tables", f"{_HERE}.tables:app", "bring files of rows: schemas, templates, check, take", "Look"),
    Command("jobs", f"{_HERE}.jobs:app", "long work: start, watch, stop with the best so far", "Look"),
    Command("share", f"{_HERE}.share:app", "release a record to one peer, verdict first", "Share"),
    Command("explain", f"{_HERE}.explain:app", "say which rule allows or withholds a record", "Share"),
    Command("law", f"{_HERE}.law:app", "rules, approvals, standings: ask, record, suspend", "Share"),
    Command("arrangements", f"{_HERE}.arrangements:app", "list, show, propose and sign arrangements", "Share"),
    Command("approvals", f"{_HERE}.approvals:app", "acts that wait for a second officer", "Share"),
    Command("ledger", f"{_HERE}.ledger:app", "entries, verify, prove, accuse", "Prove"),
    Command("label", f"{_HERE}.label:app", "markings and joins of labels, offline", "Prove"),
    Command("audit", f"{_HERE}.audit:app", "who decided, released, saw and printed what", "Prove"),
    Command("trust", f"{_HERE}.trust:app", "export, add, list and remove partners", "Administer"),
    Command("officers", f"{_HERE}.officers:app", "who may do what here: list, add, change, disable", "Administer"),
)
"""The frame's own commands. A composition root adds its own and those of its rooms."""

_SECTIONS: Final = ("Node", "Look", "Share", "Prove", "Administer", "Rooms")


def run(commands: Iterable[Command | tuple[str, str, str]] = (), argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Parameters
    ----------
    commands
        More commands; one with the name of an own command replaces it.
    argv
        Arguments without the program's name; None: from the process.
    """
    table = {c.name: c for c in COMMANDS}
    for row in commands:
        table[row[0]] = row if isinstance(row, Command) else Command(*row)
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words
    words = [w for w in words if w != "--debug"]
    if not words or words[0] in {"--help", "-h", "help"}:
        _print_help(table.values())
        return 0
    if words[0] == "--version":
        from latticework import __version__

        print(f"latticework {__version__}")
        return 0
    command = table.get(words[0])
    if command is None:
        near = get_close_matches(words[0], table, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        print(f"{words[0]!r} is not a command.{hint} latticework --help lists them.", file=sys.stderr)
        return 2
    return _dispatch(command, words[1:], debug=debug)


def _dispatch(command: Command, words: list[str], *, debug: bool) -> int:
    from latticework.kernel.errors import LatticeworkError

    try:
        return _invoke(command, words)
    except LatticeworkError as error:
        if debug:
            raise
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of a pipe went away (``| head``): what it wanted it has. Python's own flush at exit must not
        # complain again, so standard output leads nowhere from here on.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debug:
            raise
        kind = type(error).__name__
        print(f"latticework {command.name} stopped: {kind}. Run it again with --debug for the place. (LW-1000)",
              file=sys.stderr)
        return 1


def _invoke(command: Command, words: list[str]) -> int:
    import typer

    from latticework.shell.room import resolve

    app = resolve(command.target)
    try:
        # Standalone mode lets typer print its own usage errors; it ends with SystemExit, which carries the code.
        app(args=words, prog_name=f"latticework {command.name}", standalone_mode=True)
    except typer.Exit as ended:  # pragma: no cover - standalone mode turns it into SystemExit
        return ended.exit_code
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


def _print_help(commands: Iterable[Command]) -> None:
    rows = list(commands)
    width = max(len(c.name) for c in rows) + 2
    print("Usage: latticework COMMAND [ARGUMENTS]\n")
    print("Sovereign nodes of allied members that share directly, with no hub in the middle.")
    sections = [*_SECTIONS, *sorted({c.section for c in rows} - set(_SECTIONS))]
    for section in sections:
        of_section = [c for c in rows if c.section == section]
        if of_section:
            print(f"\n{section}")
            for c in of_section:
                print(f"  {c.name.ljust(width)}{c.help}")
    print("\nlatticework COMMAND --help says more. --json on every read, --debug for the place of an error, --version.")
    print("Commands to a running node take --node URL or --home DIR, and --token or LATTICEWORK_TOKEN.")


def main() -> None:
    """Run the frame's own commands alone; the installed program adds those of the node and its rooms."""
    raise SystemExit(run())
