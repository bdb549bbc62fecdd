"""The API: every page's data, one table of errors, cursors, and an OpenAPI document that says so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.unit.shell.nodes import OFFICERS, Site

from latticework.kernel.errors import all_errors
from latticework.shell.problems import Problem, describe
from latticework.testing.kernels import officer


def test_every_answer_is_what_the_officer_may_see(site: Site) -> None:
    with site.api() as client:
        mine = {r["title"] for r in client.get("/api/v1/records?kind=note").json()["items"]}
        assert client.get("/api/v1/me").json()["post"] == "alliance desk"
    with site.api("low") as client:
        theirs = {r["title"] for r in client.get("/api/v1/records?kind=note").json()["items"]}
        assert client.get("/api/v1/records/count?kind=note").json() == {"count": len(theirs)}
    with site.api("audit") as client:
        assert client.get("/api/v1/records?kind=note").json()["items"] == []
        assert {r["topic"].split(".")[0] for r in client.get("/api/v1/records").json()["items"]} == {"lattice"}
    assert theirs < mine
    assert theirs == {"Command frameworks in the Leaders’ Statement"}


def test_a_record_says_its_marking_body_and_status(site: Site) -> None:
    with site.api() as client:
        said = client.get(f"/api/v1/records/{site.records['open']}").json()
    assert said["marking"] == "UNCLASSIFIED REL TO ALL MEMBERS"
    assert said["status"] == "V"
    assert said["body"]["source"] == "Joint Leaders’ Statement, 10 Apr 2024"
    assert said["label"]["release"] == {"everyone": True, "members": [], "groups": []}


def test_cursors_lead_through_every_record_once(site: Site) -> None:
    with site.api() as client:
        whole = [r["id"] for r in client.get("/api/v1/records?limit=500").json()["items"]]
        seen: list[str] = []
        after = None
        while True:
            page = client.get("/api/v1/records", params={"limit": 3, **({"after": after} if after else {})}).json()
            assert len(page["items"]) <= 3
            seen += [r["id"] for r in page["items"]]
            after = page["next"]
            if after is None:
                break
    assert seen == whole
    assert len(whole) > 6


@pytest.mark.parametrize(("path", "status", "code"), [
    ("/api/v1/records/zzz", 400, "LW-1001"),
    (f"/api/v1/records/{'0' * 64}", 404, "LW-1003"),
    ("/api/v1/records?limit=0", 400, "LW-1009"),
    ("/api/v1/records?limit=many", 400, "LW-1009"),
    ("/api/v1/records?after=x", 400, "LW-1402"),
    ("/api/v1/nothing", 404, "LW-1003"),
    ("/api/v1/officers", 403, "LW-1211"),
    ("/api/v1/alarms/99/proof", 404, "LW-1003"),
    (f"/api/v1/arrangements/{'0' * 64}", 404, "LW-1003"),
])
def test_failures_are_a_code_and_a_sentence(site: Site, path: str, status: int, code: str) -> None:
    with site.api() as client:
        answer = client.get(path)
    assert answer.status_code == status
    said = answer.json()
    assert set(said) == {"code", "message"}
    assert said["code"] == code
    assert said["message"].endswith(".")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"body": 1}', b'{"topic": "air", "body": {}, "label": 3}'])
def test_a_malformed_body_gets_one_sentence(site: Site, body: bytes) -> None:
    with site.api() as client:
        answer = client.post("/api/v1/records", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "LW-1009"


def test_every_error_of_the_tree_has_its_own_status() -> None:
    for cls in all_errors():
        status, problem = describe(cls("a sentence."))
        assert (status, problem) == (cls.http_status, Problem(cls.code, "a sentence."))


def test_an_unforeseen_failure_says_nothing_about_its_cause() -> None:
    status, problem = describe(RuntimeError("SECRET inside"))
    assert (status, problem.code) == (500, "LW-1000")
    assert "SECRET" not in problem.message


def test_publishing_and_sharing(fresh: Site) -> None:
    label = {"policy": "EXERCISE", "classification": 1, "release": {"members": ["JPN", "USA", "KOR"]}}
    with fresh.api() as client:
        made = client.post("/api/v1/records", json={
            "topic": "air.notices", "label": label, "body": {"title": "Notice", "text": "Runway closed."}})
        assert made.status_code == 201
        record = made.json()["id"]
        assert made.json()["label"]["originators"] == ["JPN"]
        verdicts = {v["to"]: v["explanation"]["decision"]
                    for v in client.get(f"/api/v1/records/{record}/verdicts").json()}
        assert {k: v["allowed"] for k, v in verdicts.items()} == {
            "AUS": False, "KOR": False, "PHL": False, "USA": True}
        refused = client.post(f"/api/v1/records/{record}/releases", json={"to": "KOR"})
        assert refused.status_code == 403
        assert refused.json()["code"] == "LW-1302"
        assert "R-12" in refused.json()["message"]
        assert client.post(f"/api/v1/records/{record}/releases", json={"to": "USA"}).json()["state"] == "queued"
        fresh.federation.advance(3_000)
        went = client.get(f"/api/v1/records/{record}/releases").json()
        assert [(r["to"], r["state"], r["proven"]) for r in went] == [("USA", "received", True)]
        wrong = client.post("/api/v1/records", json={"topic": "air", "label": label, "body": {"titel": "x"}})
        assert wrong.status_code == 400
        assert wrong.json()["code"] == "LW-1402"
    assert fresh.federation["USA"].record(officer("USA"), record).body.text == "Runway closed."  # type: ignore[union-attr]


def test_two_officers_over_the_api(fresh: Site) -> None:
    record = fresh.arrangements["amendment"]
    with fresh.api() as client:
        pending = client.post(f"/api/v1/arrangements/{record}/sign")
        assert pending.status_code == 202
        act = pending.json()["id"]
        alone = client.post(f"/api/v1/approvals/{act}/approve")
        assert (alone.status_code, alone.json()["code"]) == (403, "LW-1212")
    with fresh.api("second") as client:
        assert client.post(f"/api/v1/approvals/{act}/approve").json()["state"] == "approved"
        assert client.get(f"/api/v1/arrangements/{record}").json()["in_force"] is True


def test_discreet_arrangements_only_when_asked_for(site: Site) -> None:
    with site.api() as client:
        def names(query: str) -> set[str]:
            return {a["arrangement"]["name"] for a in client.get(f"/api/v1/arrangements{query}").json()["items"]}

        assert "quiet" not in names("")
        assert "quiet" in names("?discreet=true")
        for path in ("/api/v1/records?limit=500", "/api/v1/overview", "/api/v1/approvals", "/api/v1/ledger/entries"):
            assert "Quiet planning" not in client.get(path).text, path


def test_the_data_behind_each_page(site: Site) -> None:
    site.federation.advance(2_000)
    with site.api("second") as client:
        overview = client.get("/api/v1/overview").json()
        assert [w["what"] for w in overview["waiting"]] == ["Recall", "Arrangement to sign"]
        assert all(f["of"] is not None and f["what"] and f["source"] for f in overview["figures"])
        peers = client.get("/api/v1/peers").json()
        assert {p["member"] for p in peers} == {"AUS", "KOR", "PHL", "USA"}
        assert all(p["link"] == "direct" and p["ledger_state"] == "consistent" for p in peers)
        entries = client.get("/api/v1/ledger/entries?to=USA&limit=500").json()["items"]
        assert entries
        assert {e["to"] for e in entries} == {"USA"}
        report = client.post("/api/v1/ledger/verify").json()
        assert report["ok"] is True
        assert report["entries_checked"] > 10
        proof = client.get(f"/api/v1/ledger/entries/{entries[-1]['sequence']}/proof").content
        assert proof
        assert {o["name"] for o in client.get("/api/v1/officers").json()} == set(OFFICERS)
        assert "password" not in client.get("/api/v1/officers").text
        policy = client.get("/api/v1/policies").json()[0]
        assert policy["levels"]["TOP SECRET"] == 4
        assert client.get("/api/v1/status").json()["links_up"] == 4
        assert client.get("/api/v1/trust/bundle?for=usa").text.startswith("-----BEGIN LATTICEWORK")
        assert len(client.get("/api/v1/trust").json()) == 4
    with site.api("audit") as client:
        assert "release" in {a["act"] for a in client.get("/api/v1/acts").json()}


def test_openapi_describes_every_route_with_its_own_id_and_the_one_error(site: Site) -> None:
    with site.api() as client:
        document: dict[str, Any] = client.get("/api/schema/openapi.json").json()
    operations = [(path, method, op) for path, methods in document["paths"].items() for method, op in methods.items()]
    assert len(operations) >= 38
    ids = [op["operationId"] for _path, _method, op in operations]
    assert len(set(ids)) == len(ids)
    for path, method, op in operations:
        assert path.startswith("/api/v1/"), path
        assert op.get("description"), f"{method} {path} says nothing"
        assert op["tags"], path
        for status in ("400", "401", "403", "404"):
            schema = op["responses"][status]["content"]["application/json"]["schema"]
            assert schema["$ref"].endswith("/Problem"), (path, status)
    assert document["info"]["version"] == re.sub(r"\+.*", "", document["info"]["version"])
    assert "http" not in str(document.get("servers", ""))


def test_the_document_loads_no_other_host(site: Site) -> None:
    with site.api() as client:
        for path in ("/api/schema", "/api/schema/swagger", "/api/schema/redoc", "/api/schema/scalar"):
            answer = client.get(path)
            assert answer.status_code == 404 or "<script" not in answer.text, path


def test_openapi_is_valid_json_schema_enough_for_a_client(site: Site) -> None:
    with site.api() as client:
        document = client.get("/api/schema/openapi.json").json()
    names = set(document["components"]["schemas"])
    wanted = set(re.findall(r"#/components/schemas/([A-Za-z0-9_]+)", str(document)))
    assert wanted <= names, f"references that lead nowhere: {sorted(wanted - names)}"
