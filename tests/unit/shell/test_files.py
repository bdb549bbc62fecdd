"""Attachments on pages, over the API and on the command line: sent in slices, saved, shown with their state."""

from __future__ import annotations

import hashlib
import random
import socket
import threading
from pathlib import Path

import pytest
import uvicorn
from tests.unit.shell.nodes import Site, title_of
from tests.unit.workbench.attachments import files

from latticework.shell.cli import run
from latticework.testing.kernels import officer

DATA = random.Random(5).randbytes(700_000).hex().encode()
LABEL = {"policy": "EXERCISE", "classification": 1, "originators": [], "release": {"members": ["JPN", "USA"]}}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("files"))


def settle(site: Site) -> None:
    site.federation.settle()
    for bench in site.federation.benches.values():
        bench.attachments.wait()
    site.federation.settle()


def test_a_file_is_sent_in_slices_and_goes_on_after_a_break(site: Site) -> None:
    with site.api() as api:
        upload = api.post("/api/v1/uploads", json={"name": "depths.csv", "size": len(DATA)}).json()["id"]
        at = api.put(f"/api/v1/uploads/{upload}?offset=0", content=DATA[:600_000]).json()["offset"]
        assert at == 600_000
        again = api.put(f"/api/v1/uploads/{upload}?offset=0", content=DATA[:600_000])
        assert (again.status_code, again.json()["code"]) == (400, "LW-2301")
        early = api.post(f"/api/v1/uploads/{upload}/publish", json={"topic": "maritime.harbors", "label": LABEL})
        assert early.json()["message"].startswith("only 600000 of 1400000 bytes have come")
        here = api.get(f"/api/v1/uploads/{upload}").json()["offset"]
        api.put(f"/api/v1/uploads/{upload}?offset={here}", content=DATA[here:])
        made = api.post(f"/api/v1/uploads/{upload}/publish", json={
            "topic": "maritime.harbors", "label": LABEL, "note": "Depths", "distribute": True}).json()
        assert made["title"] == "depths.csv"
        assert api.get(f"/api/v1/uploads/{upload}").status_code == 404
        settle(site)
        [row] = api.get("/api/v1/files").json()
        assert (row["state"], row["sha256"]) == ("whole", hashlib.sha256(DATA).hexdigest())
        answer = api.get(f"/api/v1/files/{made['id']}/content?start=1399990")
        assert answer.content == DATA[1399990:]
        assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''depths.csv"
        assert "sandbox" in answer.headers["content-security-policy"]
    usa = site.federation.benches["USA"].attachments
    assert b"".join(usa.open(officer("USA"), made["id"])) == DATA
    with site.api("low") as api:
        assert api.get("/api/v1/files").json() == []
        assert api.get(f"/api/v1/files/{made['id']}/content").status_code == 404


def test_what_acts_is_refused_before_anything_is_published(site: Site) -> None:
    with site.api() as api:
        data = files.with_part(files.docx(), "word/vbaProject.bin")
        upload = api.post("/api/v1/uploads", json={"name": "plan.docx", "size": len(data)}).json()["id"]
        api.put(f"/api/v1/uploads/{upload}?offset=0", content=data)
        answer = api.post(f"/api/v1/uploads/{upload}/publish", json={"topic": "maritime.harbors", "label": LABEL})
        assert (answer.status_code, answer.json()["code"]) == (422, "LW-2302")
        assert api.delete(f"/api/v1/uploads/{upload}").json() == {"dropped": True}
    with site.api("second") as api:
        assert api.get(f"/api/v1/uploads/{upload}").status_code == 404


def test_another_officer_does_not_see_an_upload(site: Site) -> None:
    with site.api() as api:
        upload = api.post("/api/v1/uploads", json={"name": "a.txt", "size": 3}).json()["id"]
    with site.api("liaison") as api:
        assert api.get(f"/api/v1/uploads/{upload}").status_code == 404
        assert api.put(f"/api/v1/uploads/{upload}?offset=0", content=b"abc").status_code == 404


def test_pages_show_a_records_files_and_attach_another(site: Site) -> None:
    with site.client() as browser:
        radar = site.records["radar"]
        form = browser.page(f"/files/new?about={radar}")
        assert title_of(form) == "Attach a file"
        assert 'value="air.coverage"' in form
        upload = browser.client.post("/api/v1/uploads", json={"name": "outage.txt", "size": 4},
                                     headers={"x-csrf-token": browser.csrf}).json()["id"]
        browser.client.put(f"/api/v1/uploads/{upload}?offset=0", content=b"text", headers={
            "x-csrf-token": browser.csrf})
        empty = browser.post("/files", upload="", topic="air.coverage", classification="2", release="own")
        assert empty.status_code == 400
        made = browser.post("/files", upload=upload, about=radar, topic="air.coverage", classification="2",
                            release="members", members="USA", note="Schedule")
        assert made.status_code == 303
        page = browser.page(made.headers["location"])
        assert "here, hash proven" in page
        assert "outage.txt" in browser.page(f"/records/{radar}")
        assert "outage.txt" in browser.page("/files")
        browser.post("/preferences", language="ja")
        assert "保有・ハッシュ確認済み" in browser.page("/files")
        browser.post("/preferences", language="en")


def test_the_same_typed(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATTICEWORK_TOKEN", site.token())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "large.csv").write_bytes(DATA)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("LATTICEWORK_NODE", f"http://127.0.0.1:{listener.getsockname()[1]}")
        serving = uvicorn.Server(uvicorn.Config(site.app, log_level="warning", ws="websockets-sansio"))
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()

        def say(*words: str) -> tuple[int, str]:
            code = run((), ["files", *words])
            said = capsys.readouterr()
            return code, said.out + said.err

        try:
            code, out = say("put", "large.csv", "--topic", "maritime.harbors", "--level", "RESTRICTED", "--to", "USA")
            assert code == 0, out
            record = out.split()[0]
            assert "large.csv" in say("list")[1]
            (tmp_path / "saved.csv").write_bytes(DATA[:1000])  # a broken-off one goes on
            code, out = say("get", record[:12], "--out", "saved.csv")
            assert (code, (tmp_path / "saved.csv").read_bytes() == DATA) == (0, True), out
            (tmp_path / "other.csv").write_bytes(b"x" * 1000)
            assert "LW-1005" in say("get", record, "--out", "other.csv")[1]
            assert "LW-1005" in say("put", "nowhere.csv", "--topic", "a.b", "--level", "0")[1]
        finally:
            serving.should_exit = True
            thread.join(20)
