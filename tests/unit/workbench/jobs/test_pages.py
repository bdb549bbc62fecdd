"""The jobs' pages, API and notices: the same job to everybody who may see it, and nothing of it to others."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from tests.unit.shell.nodes import OFFICERS, Site, banner_of, label_of, title_of
from tests.unit.workbench.jobs import room

from latticework.testing.lighthouse.jobs import cap_km2
from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp
from latticework.testing.lighthouse.surface.room import ROOM as LIGHTHOUSE

STOP = "Stop and keep the best so far"


@pytest.fixture
def lit(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, rooms=(LIGHTHOUSE, room.ROOM), members=("JPN", "USA"), filled=False)
    for n in range(2):
        site.kernel.publish(OFFICERS["duty"], LAMP, Lamp(
            name=f"Lamp {n}", latitude_deg=34.5, longitude_deg=129.0 + n, height_m=40.0, range_m=30_000.0,
            burning=True),
            topic=TOPIC, label=label_of(1, "USA"))
    yield site
    site.bench.jobs.close()
    for kernel in site.federation.kernels.values():
        kernel.close()


def step(site: Site, client: TestClient[Any]) -> None:
    client.blocking_portal.call(lambda: site.bench.jobs.step(site.kernel.clock.now_ms()))


def until(site: Site, client: TestClient[Any], job: str, *states: str) -> dict[str, Any]:
    end = time.monotonic() + 60
    while True:
        step(site, client)
        found: dict[str, Any] = client.get(f"/api/v1/jobs/{job}").json()
        if found["state"] in states:
            return found
        assert time.monotonic() < end, found
        time.sleep(0.03)


def test_a_job_over_the_api_ends_as_a_record(lit: Site) -> None:
    with lit.api() as api:
        kinds = {kind["name"]: kind for kind in api.get("/api/v1/job-kinds").json()}
        assert kinds["lighthouse.area"]["title"] == "Area that the lamps light"
        assert "samples" in json.dumps(kinds["lighthouse.area"]["inputs"])
        made = api.post("/api/v1/jobs", json={
            "kind": "lighthouse.area", "inputs": {"samples": 40_000}, "seed": 3}).json()
        assert (made["state"], made["marking"], made["seed"]) == ("queued", "RESTRICTED REL TO JPN, USA", 3)
        done = until(lit, api, made["id"], "done", "failed")
        assert (done["state"], done["share"], done["failure"]) == ("done", 1.0, None)
        result = api.get(f"/api/v1/jobs/{made['id']}/result").json()
        assert result["whole"]
        assert result["value"]["area_km2"] == pytest.approx(2 * cap_km2(30), rel=1e-9)
        record = api.get(f"/api/v1/records/{done['record']}").json()
        assert record["title"] == "Area lit by 2 lamps: 5,655 km² ± 0.0 km²"
        assert record["label"] == done["label"]
        assert "2 circles" in api.get(f"/api/v1/jobs/{made['id']}/log").json()["text"]
        assert api.delete(f"/api/v1/jobs/{made['id']}").status_code == 200
        assert api.get(f"/api/v1/jobs/{made['id']}").json()["code"] == "LW-2002"


@pytest.mark.parametrize(("body", "status", "code"), [
    ({"kind": "none"}, 404, "LW-2002"), ({"kind": "tests.add", "inputs": {"n": "x"}}, 400, "LW-2001"),
    ({"kind": "tests.add", "limits": {"memory_mib": 10**6}}, 400, "LW-2001"),
    ({"kind": "tests.add", "priority": 5}, 400, "LW-2001"),
])
def test_a_wrong_start_is_one_sentence(lit: Site, body: dict[str, Any], status: int, code: str) -> None:
    with lit.api() as api:
        answer = api.post("/api/v1/jobs", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_job_is_watched_and_stopped_on_its_page(lit: Site) -> None:
    with lit.client() as browser:
        assert title_of(browser.page("/jobs")) == "No job runs"
        answer = browser.post("/lighthouse/area")
        path = answer.headers["location"]
        assert title_of(browser.page("/jobs")) == "1 job waits for its turn"
        step(lit, browser.client)
        end = time.monotonic() + 60
        while "% done" not in title_of(page := browser.page(path)):
            step(lit, browser.client)
            assert time.monotonic() < end
            time.sleep(0.05)
        assert STOP in page
        assert banner_of(page) == "RESTRICTED REL TO JPN, USA"
        assert 'data-refresh="job"' in page
        browser.post(f"{path}/stop")
        while "best so far" not in title_of(page := browser.page(path)):
            step(lit, browser.client)
            assert time.monotonic() < end
            time.sleep(0.05)
        assert STOP not in page
        saved = browser.get(f"{path}/result.json")
        assert saved.json()["lamps"] == 2
        assert "attachment" in saved.headers["content-disposition"]
        browser.post(f"{path}/remove")
        assert browser.get(path).status_code == 404


def test_failures_stand_on_the_page_with_their_code(lit: Site) -> None:
    with lit.client() as browser, lit.api() as api:
        made = api.post("/api/v1/jobs", json={"kind": "tests.segfaults"}).json()
        until(lit, api, made["id"], "failed")
        page = browser.page(f"/jobs/{made['id']}")
        assert "LW-2004" in page
        assert "about to read where nothing is" in page
        browser.post("/preferences", language="ja")
        assert "SIGSEGV" in (page := browser.page(f"/jobs/{made['id']}"))
        assert "プロセス" in page


def test_a_file_is_saved_and_never_shown(lit: Site) -> None:
    with lit.client() as browser, lit.api() as api:
        made = api.post("/api/v1/jobs", json={"kind": "tests.files"}).json()
        done = until(lit, api, made["id"], "done", "failed")
        (file,) = done["files"]
        answer = browser.get(f"/jobs/{made['id']}/files/{file['digest']}")
        assert answer.content == b"a,b\n1,2\n"
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith('attachment; filename="table.csv"')


def test_others_see_and_hear_nothing(lit: Site) -> None:
    with lit.client("low") as browser, lit.api() as api:
        with browser.client.websocket_connect("/api/live") as socket:
            made = api.post("/api/v1/jobs", json={"kind": "lighthouse.area", "inputs": {"samples": 1000}}).json()
            browser.client.blocking_portal.call(lambda: lit.kernel.alarm("LW-1500", None, "For everybody."))
            heard = socket.receive_json(timeout=10)["changed"]
            assert "alarm" in heard
            assert "job" not in heard
        assert title_of(browser.page("/jobs")) == "No job runs"
        assert browser.get(f"/jobs/{made['id']}").status_code == 404
    with lit.client() as browser, browser.client.websocket_connect("/api/live") as socket:
        browser.client.blocking_portal.call(lambda: lit.bench.jobs.start(OFFICERS["duty"], "tests.add", {}))
        assert "job" in socket.receive_json(timeout=10)["changed"]
