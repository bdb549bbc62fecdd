"""Jobs of a real node: it is killed while they run, restarted, and stays responsive while one eats memory."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pytest
from tests.integration.node.homes import Federation, Refused, until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

ROOT = Path(__file__).parents[3]
LIGHTHOUSE = "latticework.testing.lighthouse.surface.room:ROOM"
TESTS = "tests.unit.workbench.jobs.room:ROOM"
CIRCLES = [{"latitude_deg": 34.0, "longitude_deg": 129.0 + n / 10, "range_km": 20.0} for n in range(4)]


@pytest.fixture
def jpn(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]))
    found = Federation(tmp_path, "JPN", rooms=(LIGHTHOUSE, TESTS))
    try:
        yield found["JPN"].start()
    finally:
        found.stop()


def start(home, kind, **inputs):
    return home.post("/jobs", {"kind": kind, "inputs": inputs})["id"]


def job(home, name):
    return home.get(f"/jobs/{name}")


def best(home, name):
    return until("there is a best so far", lambda: (found := job(home, name))["best"] and found)


def below(home):
    return psutil.Process(home.process.pid).children(recursive=True)


def gone(processes):
    until("no process of a job is left", lambda: not any(
        p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes if psutil.pid_exists(p.pid)), 20)


def test_a_killed_node_leaves_nothing_running_and_finds_its_jobs_again(jpn):
    plain, resumed = start(jpn, "tests.patient"), start(jpn, "lighthouse.area", samples=10**11, circles=CIRCLES)
    best(jpn, plain)
    before = jpn.get(f"/jobs/{best(jpn, resumed)['id']}/result")["value"]
    processes = below(jpn)
    assert len(processes) >= 4
    jpn.kill()
    gone(processes)
    jpn.start()
    after = job(jpn, plain)
    assert (after["state"], after["failure"]["code"]) == ("interrupted", "LW-2012")
    assert jpn.get(f"/jobs/{plain}/result")["whole"] is False
    until("the other goes on", lambda: job(jpn, resumed)["tries"] == 2)
    until("it goes on from where it was", lambda: jpn.get(
        f"/jobs/{resumed}/result")["value"]["chunks"] > before["chunks"])
    jpn.post(f"/jobs/{resumed}/cancel")
    until("it stopped", lambda: job(jpn, resumed)["state"] == "canceled")


def test_an_orderly_stop_ends_every_job(jpn):
    start(jpn, "tests.hangs")
    start(jpn, "tests.leaves-children", n=1)
    until("both run", lambda: all(j["state"] == "running" and j["use"]["peak_mib"] for j in jpn.get("/jobs")))
    processes = below(jpn)
    assert jpn.end() == 0
    gone(processes)


def test_bad_jobs_leave_the_node_answering(jpn):
    names = {start(jpn, f"tests.{kind}", **given): code for kind, given, code in (
        ("eats", {}, "LW-2005"), ("segfaults", {}, "LW-2004"), ("raises", {"text": "no"}, "LW-2003"),
        ("floods", {"n": 16_384}, None))}  # 1 GiB of output
    slowest, end = 0.0, time.monotonic() + 150
    while any(job(jpn, name)["state"] in {"queued", "running"} for name in names):
        begun = time.monotonic()
        assert jpn.get("/status")["member"] == "JPN"
        slowest = max(slowest, time.monotonic() - begun)
        assert time.monotonic() < end
        time.sleep(0.05)
    for name, code in names.items():
        failure = job(jpn, name)["failure"]
        assert (failure and failure["code"]) == code
    print(f"slowest answer {1000 * slowest:.0f} ms")
    kept = sum(p.stat().st_size for p in (jpn.path / "workbench" / "jobs").rglob("log*"))
    assert kept < 2 * 1024 * 1024
    with pytest.raises(Refused) as refused:
        jpn.post("/jobs", {"kind": "tests.add", "inputs": {"m": 1}})
    assert (refused.value.status, refused.value.code) == (400, "LW-2001")
