"""The tutorial is typed as it stands: two homes, two nodes, two consoles; what is printed is compared with the page."""

from __future__ import annotations

import os
import random
import re
import select
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorials" / "two-members.md"
PASSWORD = "seven lanterns by the quay"
PATIENCE_S = 60
"""How long a person would look again whether something has arrived. Nothing about speed is asserted."""
BLOCK = re.compile(r'```sh title="(?P<who>[A-Z]{3})(?P<node>, node)?"\n(?P<command>.*?)```\n'
                   r"(?:\n```text\n(?P<shown>.*?)```)?", re.DOTALL)
ACTS = ("add", "publish", "propose", "sign", "recall", "answer")
# Makes the pty the terminal of the command, so that hidden prompts are asked there, as at a desk.
AT_DESK = "import fcntl,os,sys,termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"


class Step(NamedTuple):
    who: str
    is_node: bool
    command: str
    shown: str


def steps() -> list[Step]:
    return [Step(m["who"], bool(m["node"]), m["command"].strip(), m["shown"] or "")
            for m in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))]


def missing(shown: str, printed: str) -> str | None:
    """Return the first line of the page's sample that was not printed in its place, or None."""
    lines = iter(printed.splitlines())
    for wanted in shown.splitlines():
        # Columns are as wide as what stands in them, so runs of spaces count as one where the page abbreviates.
        pattern = re.compile(r"\s+".join(re.escape(w).replace("…", ".*?") for w in wanted.split()) or r"\s*")
        if not any(pattern.fullmatch(line.strip()) for line in lines):
            return wanted
    return None


class Node:
    """A node in a terminal of its own."""

    def __init__(self, step: Step, folder: Path, environment: dict[str, str]) -> None:
        self.printed = ""
        self._answers = iter(_answers(step.shown))
        self._master, slave = os.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", AT_DESK, *shlex.split(step.command)], cwd=folder, env=environment,
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)
        self._asked = 0

    def until_serving(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while "serves its own people" not in self.printed:
            assert time.monotonic() < deadline, self.printed
            if select.select([self._master], [], [], 0.2)[0]:
                try:
                    self.printed += os.read(self._master, 4096).decode(errors="replace").replace("\r\n", "\n")
                except OSError:  # the terminal is gone with its command
                    raise AssertionError(self.printed) from None
            rest = self.printed[self._asked:]
            # The space is printed last, after the terminal was set up; what is typed before that would be lost.
            if re.search(r"(sign-in name|will show it|or more|same again): $", rest):
                self._asked = len(self.printed)
                os.write(self._master, (next(self._answers) + "\n").encode())

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._master)


def _answers(shown: str) -> Iterator[str]:
    """Take what a person types from the page; passwords are never shown, so they are ours."""
    for line in shown.splitlines():
        name, _, answer = line.partition(": ")
        if name.strip() in {"sign-in name", "post, as records will show it"}:
            yield answer
        elif line.strip() in {"password, 12 characters or more:", "the same again:"}:
            yield PASSWORD


def free_port() -> int:
    # Below the ports that the system gives to outgoing connections: a node opens its own only seconds later.
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError("no free port was found")


def environment_of(extra: dict[str, str]) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LATTICEWORK_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "PYTHONUNBUFFERED": "1", "COLUMNS": "200", "TERM": "dumb", **extra}


def exported(printed: str) -> dict[str, str]:
    line = next(line for line in printed.splitlines() if line.strip().startswith("export "))
    return dict(word.split("=", 1) for word in line.split()[1:])


def typed(command: str, folder: Path, environment: dict[str, str], answer: str) -> tuple[int, str]:
    done = subprocess.run(shlex.split(command), cwd=folder, env=environment, input=answer + "\n", text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    return done.returncode, done.stdout


def test_the_way_to_the_first_answered_recall_is_ten_commands() -> None:
    way, _, around = PAGE.read_text(encoding="utf-8").partition("## Look around")
    assert around
    commands = [m["command"].strip() for m in BLOCK.finditer(way)]
    assert len(commands) == 10
    assert all(c.startswith("latticework ") and "\n" not in c for c in commands)
    assert re.findall(r"^\*\*(\d+)\.\*\*", way, re.MULTILINE) == [str(n) for n in range(1, 11)]


@pytest.mark.integration
@pytest.mark.timeout(600)
def test_the_tutorial_runs_as_it_stands(tmp_path: Path) -> None:
    nodes: dict[str, Node] = {}
    record = ""
    try:
        for step in steps():
            if step.is_node:
                ports = {"LATTICEWORK_PORT": str(free_port()), "LATTICEWORK_FIRST_PORT": str(free_port())}
                node = nodes[step.who] = Node(step, tmp_path, environment_of(ports))
                node.until_serving()
                assert missing(step.shown, node.printed) is None, node.printed
                continue
            environment = environment_of(exported(nodes[step.who].printed))
            other = next(node for who, node in nodes.items() if who != step.who)
            printed = _type_until_it_is_so(step, record, tmp_path, environment, _fingerprint(other.printed))
            if " publish " in step.command:
                record = printed.split()[0]
                assert re.fullmatch(r"[0-9a-f]{64}", record)
    finally:
        for node in nodes.values():
            node.stop()


def _type_until_it_is_so(
    step: Step, record: str, folder: Path, environment: dict[str, str], fingerprint: str,
) -> str:
    """Type a command; what has not arrived yet is looked for again, and no act is done twice."""
    command, deadline = step.command.replace("RECORD", record[:6]), time.monotonic() + PATIENCE_S
    while True:
        code, printed = typed(command, folder, environment, fingerprint)
        wrong = missing(step.shown, printed)
        if code == 0 and wrong is None:
            return printed
        done = code == 0 and command.split()[2] in ACTS
        assert not done, f"{command}\nprinted\n{printed}\nbut not\n{wrong}"
        assert time.monotonic() < deadline, f"{command}\nended with {code}, printed\n{printed}\nbut not\n{wrong}"
        time.sleep(0.5)


def _fingerprint(printed: str) -> str:
    found = re.search(r"^ +((?:[0-9a-f]{4}-){15}[0-9a-f]{4})$", printed, re.MULTILINE)
    assert found is not None
    return found[1]
