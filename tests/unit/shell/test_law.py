"""Law on pages, over the API and on the command line: asked, recorded by two officers, suspended by one."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest
import uvicorn
from tests.unit.shell.nodes import DAY_MS, OFFICERS, Site, banner_of, label_of, title_of

from latticework.kernel.ids import MemberId
from latticework.kernel.kinds import NOTE, Note
from latticework.shell.cli import run

LABEL = {"policy": "EXERCISE", "classification": 1, "originators": []}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def held(site: Site, title: str) -> str:
    made = site.kernel.publish(OFFICERS["duty"], NOTE, Note(title=title, text=""), topic="air.coverage",
                               label=label_of(2, "USA"), distribute=True)
    site.federation.settle()
    return made.id


def rows(site: Site) -> list[dict]:
    with site.api() as api:
        return list(api.get("/api/v1/law").json())


def test_a_standing_is_recorded_by_two_officers_on_pages_suspended_by_one_and_explained(site: Site) -> None:
    with site.client() as browser:
        page = browser.page("/law")
        assert title_of(page) == "No record of law is here yet"
        assert "arrangements alone decide" in page
        fields = {"party": "USA", "topic": "air", "state": "assured", "high": "2", "from": "2020-01-01 00:00",
                  "regime": "Agreement (invented)", "classification": "1", "release": "own", "status": "invented"}
        wrong = browser.post("/law/new/standing", **{**fields, "party": "usa kor", "topic": "All"})
        assert wrong.status_code == 400
        assert "A standing is about one member." in wrong.text
        answer = browser.post("/law/new/standing", **fields)
        assert answer.headers["location"] == "/approvals"
        assert "Publish law.standing: Security standing of USA on air: assured" in browser.page("/approvals")
    with site.client("low") as browser:
        [waiting] = [a for a in site.kernel.pending_acts(OFFICERS["low"]) if a.act == "record.publish"]
        assert browser.get(f"/law/pending/{waiting.id}").status_code == 404
        assert "Security standing of USA" not in browser.page("/approvals")
    with site.client("second") as browser:
        act = next(a for a in site.kernel.pending_acts(OFFICERS["second"]) if a.act == "record.publish")
        assert banner_of(browser.page("/approvals")) == "RESTRICTED", "a summary is as sensitive as its record"
        read = browser.page(f"/law/pending/{act.id}")
        for words in ("2020-01-01T00:00:00", "Agreement (invented)", "levels 1.highest"):
            assert words in read
        assert browser.post(f"/approvals/{act.id}/approve").status_code == 303
        assert title_of(browser.page("/law")) == "1 of 1 record of law is in force"
        [law] = rows(site)
        page = browser.page(f"/law/{law['id']}")
        assert title_of(page) == "Security standing of USA on air: assured"
        assert banner_of(page) == "RESTRICTED"
        suspended = browser.post(f"/law/{law['id']}/suspend", note="An incident (invented).")
        here = suspended.headers["location"]
        record = held(site, "Waits")
        page = browser.page(here)
        assert title_of(page) == "Security standing of USA on air: suspended"
        assert page.count("United States") >= 1
    with site.client() as browser:
        why = browser.page(f"/records/{record}/share?to=USA")
        assert "R-07" in why
        assert "is not current" in why
        browser.post("/preferences", language="ja")
        assert "現在有効ではありません" in browser.page(f"/records/{record}/share?to=USA")
        assert "保全措置" in browser.page("/law")
        browser.post("/preferences", language="en")


def test_the_page_ask_gives_the_answer_its_chain_and_what_is_missing(site: Site) -> None:
    with site.api() as api:
        body = {"title": "Consent before release (invented)", "effect": "needs approval", "from_ms": 0,
                "scope": {"acts": ["share"], "takers": ["USA"], "topics": ["air"]},
                "needs": [{"kind": "release-consent", "body": "Ministry (invented)", "lead_days": [30, 60, 90]}]}
        body["needs"][0]["lead_days"] = {"least": 30, "likely": 60, "most": 90}  # type: ignore[index]
        act = api.post("/api/v1/law/rules", json={"body": body, "label": LABEL})
        assert act.status_code == 202, act.text
    with site.api("second") as api:
        assert api.post(f"/api/v1/approvals/{act.json()['id']}/approve").status_code == 200
    with site.client() as browser:
        assert title_of(browser.page("/law/ask")) == "Ask what the law on record lets whom do"
        page = browser.page("/law/ask?giver=JPN&taker=USA&topic=air.coverage&classification=2")
        assert title_of(page) == "Needs approval: air.coverage from JPN to USA"
        for words in ("release-consent", "Ministry (invented)", "not asked yet", "R-09", "Consent before release"):
            assert words in page
        assert title_of(browser.page("/law/ask?taker=USA&topic=maritime")) == "Lawful: maritime from JPN to USA"
        bad = browser.get("/law/ask?giver=JPN&taker=JPN&topic=air")
        assert bad.status_code == 400
        assert "two different members" in bad.text
    with site.client("low") as browser:
        page = browser.page("/law/ask?giver=JPN&taker=USA&topic=air.coverage")
        assert "Consent before release" not in page
        assert "Ministry" not in page


def test_over_the_api_an_approval_is_asked_granted_by_two_and_revoked_by_one(site: Site) -> None:
    now = site.kernel.clock.now_ms()
    scope = {"acts": ["share"], "takers": ["USA"], "topics": ["air"]}
    lead = {"least": 1, "likely": 2, "most": 3}
    rule = {"title": "Rule (invented)", "effect": "needs approval", "from_ms": 0, "scope": scope,
            "needs": [{"kind": "release-consent", "body": "Ministry", "lead_days": lead}]}
    question = {"giver": "JPN", "taker": "USA", "topic": "air.coverage", "classification": 2}
    with site.api() as api, site.api("second") as second:
        act = api.post("/api/v1/law/rules", json={"body": rule, "label": LABEL}).json()
        second.post(f"/api/v1/approvals/{act['id']}/approve")
        record = held(site, "Waits for consent")
        assert api.post("/api/v1/law/ask", json=question).json()["answer"]["verdict"] == "needs approval"
        approval = api.post("/api/v1/law/approvals", json={"label": LABEL, "body": {
            "title": "Consent (invented)", "kind": "release-consent", "holder": "JPN", "body": "Ministry",
            "scope": scope, "lead_days": lead}}).json()
        asked = api.post(f"/api/v1/law/{approval['id']}/states", json={"state": "asked", "by": "desk"})
        assert asked.status_code == 201, asked.text
        granted = api.post(f"/api/v1/law/{approval['id']}/states", json={
            "state": "granted", "by": "Ministry", "until_ms": now + 30 * DAY_MS})
        assert granted.status_code == 202
        assert second.post(f"/api/v1/approvals/{granted.json()['id']}/approve").json()["state"] == "approved"
        assert api.post("/api/v1/law/ask", json=question).json()["gate"]["allowed"]
        site.federation.settle()
        assert {r.to for r in site.kernel.releases(OFFICERS["duty"], record)} == {MemberId("USA")}
        detail = api.get(f"/api/v1/law/{approval['id']}").json()
        assert [s["body"]["state"] for s in detail["states"]] == ["asked", "granted"]
        over = api.post(f"/api/v1/law/timeline?from_ms={now}&until_ms={now + 60 * DAY_MS}", json=question).json()
        assert [p["verdict"] for p in over] == ["lawful", "needs approval"]
        site.federation.clock.advance(1_000)
        assert api.post(f"/api/v1/law/{approval['id']}/states",
                        json={"state": "revoked", "by": "Ministry"}).status_code == 201
        assert api.post("/api/v1/law/ask", json=question).json()["gate"]["rule"] == "R-09"
        wrong = api.post("/api/v1/law/rules", json={"body": {**rule, "needs": []}, "label": LABEL})
        assert (wrong.status_code, wrong.json()["code"]) == (400, "LW-2701")
    with site.api("admin") as api:
        assert api.get("/api/v1/law").json() == []
        assert api.post("/api/v1/law/rules", json={"body": rule, "label": LABEL}).status_code == 403


def test_nobody_publishes_law_alone_through_the_general_door(site: Site) -> None:
    with site.api() as api:
        answer = api.post("/api/v1/records", json={
            "kind": "law.standing", "topic": "law", "label": LABEL, "body": {
                "party": "USA", "topic": "air", "state": "ended", "regime": "x", "from_ms": 0}})
        assert (answer.status_code, answer.json()["code"]) == (403, "LW-1212")


def test_every_form_opens_and_a_version_fills_it(site: Site) -> None:
    with site.client() as browser:
        for kind in ("rule", "standing", "approval"):
            assert browser.get(f"/law/new/{kind}").status_code == 200
        assert browser.get("/law/new/verdict").status_code == 404
        assert browser.get(f"/law/{'f' * 64}").status_code == 404
        sent = {"title": "Rule (invented)", "effect": "forbids", "acts": "share", "takers": "KOR", "topics": "sea",
                "from": "2020-01-01 00:00", "until": "", "classification": "0", "release": "members", "members": "USA",
                "low": "0", "high": "4", "status": "invented", "regions": "strait", "conditions": "peacetime"}
        bad = browser.post("/law/new/rule", **{**sent, "effect": "needs approval", "needs": "license | x"})
        assert "one approval a line" in bad.text
        browser.post("/law/new/rule", **sent)
    act = next(a for a in site.kernel.pending_acts(OFFICERS["second"]) if a.act == "record.publish")
    site.kernel.approve_act(OFFICERS["second"], act.id)
    [law] = rows(site)
    with site.client() as browser:
        form = browser.page(f"/law/new/rule?amends={law['id']}")
        for words in ("Rule (invented)", "strait", "peacetime", "from its begin on"):
            assert words in form
        approval = browser.post("/law/new/approval", title="Consent (invented)", kind="consent", body="Ministry",
                                holder="JPN", least="1", likely="2", most="3", acts="share", low="0", high="4",
                                classification="0", release="own", status="invented")
        here = approval.headers["location"]
        assert title_of(browser.page(here)) == "Consent (invented): not asked yet"
        browser.post(f"{here}/state", state="asked", by="desk")
        assert title_of(browser.page(here)) == "Consent (invented): asked"
        assert "Nothing fits" in browser.page("/law?party=PHL&topic=nothing")


def test_the_same_typed(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:
    monkeypatch.setenv("LATTICEWORK_TOKEN", site.token())
    monkeypatch.setenv("LATTICEWORK_SECOND_TOKEN", site.token("second"))
    file = tmp_path / "standing.json"
    file.write_text(json.dumps({
        "party": "USA", "topic": "air", "state": "assured", "regime": "Agreement (invented)", "from": "2020-01-01",
        "levels": [{"policy": "EXERCISE", "lowest": 0, "highest": 1}]}), encoding="utf-8")
    approval = tmp_path / "approval.json"
    approval.write_text(json.dumps({
        "title": "Consent (invented)", "kind": "consent", "holder": "JPN", "body": "Ministry", "scope": {},
        "lead_days": {"least": 1, "likely": 2, "most": 3}, "needed_by": "2030-01-01"}), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("LATTICEWORK_NODE", f"http://127.0.0.1:{listener.getsockname()[1]}")
        serving = uvicorn.Server(uvicorn.Config(site.app, log_level="warning", ws="websockets-sansio"))
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()

        def say(*words: str) -> tuple[int, str]:
            code = run((), ["law", *words])
            said = capsys.readouterr()
            return code, said.out + said.err

        try:
            assert "arrangements alone decide" in say("list")[1]
            code, out = say("record", "standing", str(file), "--level", "RESTRICTED")
            assert (code, "Approved" in out) == (0, True), out
            code, out = say("ask", "JPN", "USA", "air.coverage", "--level", "SECRET")
            assert (code, "not assured" in out, "R-07" in out) == (0, True, True), out
            code, out = say("ask", "JPN", "USA", "air.coverage", "--level", "1", "--json")
            assert json.loads(out)["gate"]["allowed"]
            [law] = json.loads(say("list", "--party", "usa", "--json")[1])
            assert "holds back" in say("show", law["id"][:12])[1].lower()
            assert say("suspend", law["id"][:12], "--why", "An incident (invented).")[0] == 0
            assert "suspended" in say("list")[1]
            assert say("record", "approval", str(approval))[0] == 0
            made = next(r for r in json.loads(say("list", "--json")[1]) if r["kind"] == "law.approval")
            code, out = say("approve", made["id"][:12], "--by", "Ministry", "--until", "2031-01-01")
            assert (code, "Approved" in out) == (0, True), out
            code, out = say("approve", made["id"][:12], "--by", "Ministry", "--state", "revoked")
            assert (code, "Recorded" in out) == (0, True), out
            assert "LW-2701" in say("ask", "JPN", "USA", "air", "--at", "soon")[1]
            assert say("record", "verdict", str(file))[0] == 2
        finally:
            serving.should_exit = True
            thread.join(20)


def test_fields_that_no_kind_of_law_has_get_one_sentence_with_their_place(site: Site) -> None:
    with site.api() as api:
        for path in ("rules", "standings", "approvals"):
            answer = api.post(f"/api/v1/law/{path}", json={"body": {"title": 7}, "label": LABEL})
            assert answer.status_code == 400, answer.text
            assert "does not fit the kind of law" in answer.json()["message"]
