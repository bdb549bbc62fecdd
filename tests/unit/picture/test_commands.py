"""The room's commands against a real application, and the fetch that needs no node."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient
from typer.testing import CliRunner

from latticework.kernel.errors import LinkDown, NotFound
from latticework.kernel.policy.model import Role
from latticework.picture import recording, service
from latticework.picture.service import Picture, PictureSettings, register_kinds, stream_kinds
from latticework.picture.sites import load_sites
from latticework.picture.surface.commands import app as commands
from latticework.picture.surface.room import ROOM
from latticework.picture.synthetic import Synthetic
from latticework.shell.app import create_app
from latticework.testing.kernels import KernelFederation, officer

PASSWORD = "correct horse battery staple 42"


class Desk:
    """JPN with tracks, and API tokens of an officer who reads and one who does not."""

    def __init__(self, folder: Path) -> None:
        self.federation = KernelFederation(folder, ("JPN", "KOR", "USA"), stream_kinds=stream_kinds())
        self.federation.arrange("JPN", "USA")
        kernel = self.kernel = self.federation["JPN"]
        register_kinds(kernel.kinds)
        picture = Picture(kernel, PictureSettings(source="synthetic"), load_sites(kernel.own), Synthetic(300))
        service.mark_running(kernel, picture)
        for _ in range(service.PARTS):
            picture.step()
        self.federation.advance(100, 10)
        now = kernel.clock.now_ms()
        kernel.officers.add(officer("JPN"), PASSWORD, now)
        kernel.officers.add(officer("JPN", "admin", Role.ADMINISTRATOR), PASSWORD, now)
        self.token = kernel.officers.issue_token(officer("JPN").name, "test", now)[0]
        self.blind = kernel.officers.issue_token(officer("JPN", "admin").name, "test", now)[0]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    for kernel in made.federation.kernels.values():
        kernel.close()


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    with TestClient(create_app(desk.federation.benches["JPN"], (ROOM,)), base_url="http://127.0.0.1") as made:
        yield made


def ask(client: TestClient, token: str, path: str) -> dict[str, object]:
    answer = client.get(path, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_tracks_and_one_of_them(desk: Desk, client: TestClient) -> None:
    found = ask(client, desk.token, "/api/v1/tracks?limit=5")
    assert found["total"] > 5
    assert len(found["tracks"]) == 5
    assert found["source_kind"] == "synthetic"
    one = found["tracks"][0]
    assert one["giver"] == one["origin"] == "JPN"
    assert one["flags"] == ["synthetic"]
    detail = ask(client, desk.token, f"/api/v1/tracks/{one['name'].lower()}")
    assert detail["contributed"]
    verdicts = {v["member"]: v for v in detail["verdicts"]}
    assert verdicts["USA"]["allowed"]
    assert not verdicts["KOR"]["allowed"]
    assert verdicts["KOR"]["rule"].startswith("R-")
    assert verdicts["KOR"]["reason"]


def test_who_reads_no_content_gets_none_and_a_track_is_as_if_absent(desk: Desk, client: TestClient) -> None:
    name = ask(client, desk.token, "/api/v1/tracks?limit=1")["tracks"][0]["name"]
    assert ask(client, desk.blind, "/api/v1/tracks")["total"] == 0
    hidden = client.get(f"/api/v1/tracks/{name}", headers={"authorization": f"Bearer {desk.blind}"})
    absent = client.get("/api/v1/tracks/JPN-00000", headers={"authorization": f"Bearer {desk.token}"})
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["code"] == absent.json()["code"] == NotFound.code


def test_nobody_without_signing_in(client: TestClient) -> None:
    assert client.get("/api/v1/tracks").status_code == 401
    assert client.get("/api/v1/tracks/counters").status_code == 401


def test_counters(desk: Desk, client: TestClient) -> None:
    found = ask(client, desk.blind, "/api/v1/tracks/counters")
    assert found["offered"] >= found["released"] > 0


def test_the_live_feed_begins_with_the_legend(desk: Desk, client: TestClient) -> None:
    with client.websocket_connect("/api/v1/tracks/live", headers={"authorization": f"Bearer {desk.token}"}) as socket:
        legend = json.loads(socket.receive_text())
        assert legend["type"] == "legend"
        assert legend["own"] == "JPN"
        assert legend["source"]["words"] == "Synthetic traffic"
        assert legend["banner"]["marking"].startswith(("RESTRICTED", "CONFIDENTIAL"))
        frame = socket.receive_bytes()
        assert frame[:4] == b"LWT1"
        assert int.from_bytes(frame[8:12], "little") > 5


def test_commands_print_tables_and_json(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    import uvicorn

    app = create_app(desk.federation.benches["JPN"], (ROOM,))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    for _ in range(500):
        if server.started:
            break
        thread.join(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    monkeypatch.setenv("LATTICEWORK_NODE", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("LATTICEWORK_TOKEN", desk.token)
    run = CliRunner()
    try:
        listed = run.invoke(commands, ["tracks", "--limit", "3", "--json"])
        assert listed.exit_code == 0, listed.output
        name = json.loads(listed.stdout)["tracks"][0]["name"]
        assert "Synthetic traffic." in run.invoke(commands, ["tracks", "--giver", "jpn"]).stdout
        shown = run.invoke(commands, ["track", name]).stdout
        assert name in shown
        assert "withheld" in shown
        assert json.loads(run.invoke(commands, ["counters", "--json"]).stdout)["offered"] > 0
    finally:
        server.should_exit = True
        thread.join(10)


def test_fetch_says_whether_it_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: Path) -> Path:
        raise LinkDown("no network.")

    rows = recording.read_rows(json.dumps([
        {"timestamp": t, "latitude": 46.5, "longitude": 8.5, "altitude": 35_000.0, "groundspeed": 450.0, "track": 90.0,
         "vertical_rate": 0.0, "icao24": "abc", "callsign": "T"} for t in (10_000, 20_000)]).encode())
    import numpy as np

    np.save(tmp_path / recording.ARRAY, rows)
    found = CliRunner().invoke(commands, ["fetch", "--cache", str(tmp_path), "--json"])
    assert json.loads(found.stdout) == {"rows": 2, "fetched": False, "cache": str(tmp_path)}
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    failed = CliRunner().invoke(commands, ["fetch", "--cache", str(tmp_path / "empty")])
    assert isinstance(failed.exception, LinkDown)
