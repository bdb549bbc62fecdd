"""``latticework jobs`` as a person types it, against a real server on loopback whose workbench runs."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from tests.unit.shell.nodes import Site
from tests.unit.workbench.jobs import room, work

from latticework.kernel.errors import JobFailed
from latticework.shell.cli import run
from latticework.shell.commands import jobs as commands
from latticework.shell.commands.progress import run_with_bar
from latticework.testing.lighthouse.surface.room import ROOM as LIGHTHOUSE

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    folder = tmp_path_factory.mktemp("online")
    site = Site(folder / "members", rooms=(LIGHTHOUSE, room.ROOM), members=("JPN", "USA"), filled=False)
    listener = socket.create_server(("127.0.0.1", 0))
    serving = uvicorn.Server(uvicorn.Config(site.app, log_level="warning", ws="websockets-sansio"))

    async def both() -> None:
        bench = asyncio.create_task(site.bench.run())
        await serving.serve(sockets=[listener])
        bench.cancel()
        await asyncio.gather(bench, return_exceptions=True)

    site.kept_token = site.token()  # type: ignore[attr-defined]
    thread = threading.Thread(target=lambda: asyncio.run(both()), daemon=True)
    thread.start()
    yield site, f"http://127.0.0.1:{listener.getsockname()[1]}"
    serving.should_exit = True
    thread.join(20)


@pytest.fixture
def say(server: tuple[Site, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    site, url = server
    monkeypatch.setenv("LATTICEWORK_TOKEN", site.kept_token)  # type: ignore[attr-defined]
    monkeypatch.setenv("LATTICEWORK_NODE", url)

    def typed(*words: str) -> tuple[int, str, str]:
        code = run((), ["jobs", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed


def test_a_job_from_its_start_to_its_removal(say: Say, tmp_path: Path) -> None:
    given = tmp_path / "given.json"
    given.write_text('{"n": 41}')
    code, out, err = say("start", "tests.add", "--input", str(given), "--seed", "7")
    assert (code, err) == (0, "")
    job = out.split()[0]
    assert "done after" in out
    assert 'Result: {"value": 42, "text": "7", "many": []}' in out
    assert job in say("list")[1]
    assert "step 3 of 3" in say("show", job[:14])[1]
    assert say("log", job)[1] == "adding to 41\n"
    assert json.loads(say("result", job)[1])["value"] == 42
    assert json.loads(say("wait", job, "--json")[1])["state"] == "done"
    assert say("result", job, "--out", str(tmp_path / "r.json"))[0] == 0
    assert json.loads((tmp_path / "r.json").read_text())["value"] == 42
    assert say("remove", job)[1] == f"Removed {job}.\n"
    assert say("show", job)[0] == 4


def test_kinds_and_files(say: Say) -> None:
    assert "samples, precision, circles" in say("kinds")[1]
    job = say("start", "tests.files")[1].split()[0]
    assert say("result", job, "--file", "table.csv")[0] == 0
    assert say("result", job, "--file", "other.csv")[0] == 4


def test_a_failed_job_is_a_failed_command(say: Say) -> None:
    code, out, err = say("start", "tests.segfaults")
    assert code == 10
    assert "failed after" in out
    assert "SIGSEGV" in err
    assert "(LW-2004)" in err


@pytest.mark.parametrize(("words", "code"), [
    (("start", "tests.none"), 4), (("start", "tests.add", "--input", "/nowhere.json"), 2),
    (("start", "tests.add", "--memory", "99999"), 2), (("show", "ffffff"), 4), (("cancel", "f" * 20), 4),
])
def test_what_is_wrong_is_said(say: Say, words: tuple[str, ...], code: int) -> None:
    assert say(*words)[0] == code


def test_ctrl_c_stops_the_job_and_shows_the_best_so_far(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    real, pressed = time.sleep, []

    def sleep(seconds: float) -> None:
        real(seconds)
        if len(pressed) < 4:
            pressed.append(1)
            if len(pressed) == 4:
                raise KeyboardInterrupt

    monkeypatch.setattr(commands, "POLL_S", 0.5)
    monkeypatch.setattr(commands.time, "sleep", sleep)
    code, out, _err = say("start", "tests.patient")
    assert code == 130
    assert "canceled after" in out
    assert "Best so far: {" in out


def test_detached_it_goes_on_and_is_canceled(say: Say) -> None:
    job = say("start", "tests.patient", "--detach")[1].split()[0]
    assert say("cancel", job)[0] == 0
    assert json.loads(say("wait", job, "--json")[1])["state"] == "canceled"


def test_a_job_without_a_node_has_the_same_bar() -> None:
    done = run_with_bar(work.kind("add"), work.Given(n=1), seed=1)
    assert done.value == work.Answer(value=2, text="1")
    with pytest.raises(JobFailed, match=r"ValueError in work\.py"):
        run_with_bar(work.kind("raises"), work.Given(text="no"))
