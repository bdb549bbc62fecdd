"""What keeps a node from starting: one sentence on standard error, a stable code, a fixed exit code, no traceback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess

import pytest
from tests.integration.node.homes import PROGRAM, Home

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


def _damage_database(home):
    path = home / "node.db"
    raw = bytearray(path.read_bytes())
    raw[:100] = b"\x5a" * 100
    path.write_bytes(raw)


def _open_key(home):
    next((home / "identity").glob("record-*.key")).chmod(0o644)


def _write(name, text):
    return lambda home: (home / name).write_text(text)


CASES = {
    "no home": (shutil.rmtree, 2, "LW-1005", "make one with 'latticework init'"),
    "no TOML": (_write("node.toml", "[web\nport = 1"), 2, "LW-1004", "node.toml is not valid TOML"),
    "unknown setting": (_write("node.toml", "[web]\nprot = 1"), 2, "LW-1004", "prot"),
    "no database": (_damage_database, 8, "LW-1602", "node.db"),
    "open key": (_open_key, 2, "LW-1005", "chmod 600"),
    "damaged history": (_write("identity/history.bin", "?"), 2, "LW-1005", "history.bin is damaged"),
}
"""A home's fault, the exit code, the stable code, and words of the sentence; every other fault: tests/unit/node."""


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("start"), "JPN")
    composed = home.open()
    home.prepare(composed)
    composed.kernel.close()
    return home


@pytest.fixture(scope="module")
def answers(template, tmp_path_factory):
    """Start a node on each broken home, a few at a time; return (exit code, output, error output) of each."""
    folder = tmp_path_factory.mktemp("broken")
    waiting, found = list(CASES), {}
    while waiting:
        now, waiting = waiting[:3], waiting[3:]
        running = {}
        for name in now:
            home = folder / name.replace(" ", "-")
            shutil.copytree(template.path, home)
            CASES[name][0](home)
            running[name] = _serve(home)
        for name, process in running.items():
            found[name] = _finish(process)
    return found


def _serve(home, *options, wrapper=()):
    return subprocess.Popen([*wrapper, str(PROGRAM), "serve", "--home", str(home), *options], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)


def _finish(process):
    try:
        out, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate(timeout=10)
        raise AssertionError(f"it runs on: {out} {err}") from None
    return process.returncode, out, err


def _check(answer, exit_code, code, words):
    returned, out, err = answer
    assert (returned, out) == (exit_code, ""), err
    assert err.count("\n") == 1, f"one line: {err}"
    assert err.rstrip().endswith(f"({code})"), err
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize("name", CASES)
def test_a_broken_home_is_refused_in_one_sentence(answers, name):
    _, exit_code, code, words = CASES[name]
    _check(answers[name], exit_code, code, words)


def test_a_home_that_may_not_be_read_is_refused(template, tmp_path):
    home = shutil.copytree(template.path, tmp_path / "JPN")
    wrapper = ()
    if os.geteuid() == 0:
        # Root may read everything, unless it gives that right up (capabilities(7)).
        wrapper = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
        if shutil.which("setpriv") is None:
            pytest.skip("setpriv of util-linux is not here")
    home.chmod(0)
    try:
        _check(_finish(_serve(home, wrapper=wrapper)), 2, "LW-1004", "node.toml cannot be read: Permission denied")
    finally:
        home.chmod(0o700)


def test_a_second_node_on_a_home_and_a_taken_port_are_refused(template):
    template.start()
    try:
        identity = {p.name: p.read_bytes() for p in (template.path / "identity").iterdir()}
        second = _serve(template.path)
        third = None
        with socket.create_server(("127.0.0.1", 0)) as taken:
            other = template.path.with_name("other")
            shutil.copytree(template.path, other, ignore=shutil.ignore_patterns("node.db*"))
            third = _serve(other, "--port", str(taken.getsockname()[1]))
            port = _finish(third)
        _check(_finish(second), 8, "LW-1603", "another process already sequences the ledger")
        _check(port, 9, "LW-1803", "address already in use")
        assert {p.name: p.read_bytes() for p in (template.path / "identity").iterdir()} == identity
        assert template.get("/me")["name"] == "first", "the first one goes on"
    finally:
        assert template.end() == 0
