"""Three real nodes exchange records end to end over the HTTP API."""

from __future__ import annotations

import time

import pytest
from tests.integration.node.homes import Federation, Refused, label, until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def federation(tmp_path_factory):
    found = Federation(tmp_path_factory.mktemp("three"), "AUS", "JPN", "USA")
    try:
        found.start()
        found.arrange("trilateral", "JPN", "AUS", "USA")
        yield found
    finally:
        found.stop()


def test_a_record_arrives_with_receipt_and_proof(federation):
    jpn, usa = federation["JPN"], federation["USA"]
    made = jpn.publish("To both", "AUS", "USA")
    for home in (federation["AUS"], usa):
        until("it arrives", lambda h=home: "To both" in h.notes("JPN"))
        assert home.notes("JPN")["To both"]["id"] == made["id"]
        assert home.get(f"/records/{made['id']}/envelope", raw=True) == jpn.get(
            f"/records/{made['id']}/envelope", raw=True), "the exact signed bytes"
        until("its proof is held", lambda h=home: h.get(f"/records/{made['id']}")["proven"])
    releases = until("both receipts are here", lambda: [
        r for r in [jpn.get(f"/records/{made['id']}/releases")] if all(x["state"] == "received" for x in r)])[0]
    assert [r["to"] for r in releases] == ["AUS", "USA"]
    assert not any(r["relayed"] for r in releases)
    assert {r["arrangement"] for r in releases} == {jpn.get("/arrangements")["items"][0]["record"]}


def test_nothing_is_released_without_being_asked_for(federation):
    jpn, aus, usa = (federation[m] for m in ("JPN", "AUS", "USA"))
    made = jpn.publish("Later", "AUS", "USA", distribute=False)
    jpn.post(f"/records/{made['id']}/releases", {"to": "AUS"})
    until("it arrives at AUS", lambda: "Later" in aus.notes())
    assert "Later" not in usa.notes()
    with pytest.raises(Refused) as refused:
        usa.get(f"/records/{made['id']}")
    assert (refused.value.status, refused.value.code) == (404, "LW-1003")
    assert [r["to"] for r in jpn.get(f"/records/{made['id']}/releases")] == ["AUS"]


def test_the_gate_withholds_and_says_why_to_its_own_people(federation):
    jpn = federation["JPN"]
    made = jpn.publish("Above the ceiling", "AUS", "USA", classification=4)
    with pytest.raises(Refused) as refused:
        jpn.post(f"/records/{made['id']}/releases", {"to": "USA"})
    assert (refused.value.status, refused.value.code) == (403, "LW-1302")
    told = jpn.get(f"/records/{made['id']}/explanation?to=USA")
    assert told["decision"]["allowed"] is False
    assert told["decision"]["rule"] in refused.value.message


def test_one_officer_is_not_two(federation):
    jpn = federation["JPN"]
    act = jpn.post("/keys/rotate")
    with pytest.raises(Refused) as refused:
        jpn.post(f"/approvals/{act['id']}/approve")
    assert (refused.value.status, refused.value.code) == (403, "LW-1212")
    assert jpn.post(f"/approvals/{act['id']}/refuse", by="second")["state"] == "refused"
    with pytest.raises(Refused) as refused:
        jpn.post("/keys/rotate", by="auditor")
    assert refused.value.status == 403


def test_the_record_key_rotates_while_records_flow(federation):
    jpn, usa = federation["JPN"], federation["USA"]
    old = _record_keys(jpn)
    for n in range(20):
        jpn.publish(f"Before {n}", "USA")
    jpn.both("POST", "/keys/rotate")
    for n in range(20):
        jpn.publish(f"While {n}", "USA")
    until("the new key alone signs", lambda: len(_record_keys(jpn)) == 1 and _record_keys(jpn) != old)
    for n in range(20):
        jpn.publish(f"After {n}", "USA")
    wanted = {f"{when} {n}" for when in ("Before", "While", "After") for n in range(20)}
    until("all of them arrive", lambda: wanted <= set(usa.notes("JPN")))
    until("all of them are proven", lambda: all(usa.notes("JPN")[title]["proven"] for title in wanted))
    assert [(m, state) for m, state, _ in usa.verify()["partners"]] == [("AUS", "consistent"), ("JPN", "consistent")]
    assert not usa.alarms()


def _record_keys(home):
    return sorted(p.name for p in (home.path / "identity").glob("record-*.key"))


def test_trust_ends_and_begins_again_without_touching_the_other_link(federation):
    aus, jpn, usa = (federation[m] for m in ("AUS", "JPN", "USA"))
    before = usa.peer("AUS")["since_ms"]
    usa.both("DELETE", "/trust/JPN")
    assert [p["member"] for p in usa.get("/trust")] == ["AUS"]
    until("JPN sees the link go", lambda: jpn.peer("USA")["link"] == "down")
    jpn.publish("While apart", "AUS", "USA")
    until("AUS still gets it", lambda: "While apart" in aus.notes())
    assert "While apart" not in usa.notes()
    fingerprint = jpn.identity.fingerprint
    bundle = jpn.get("/trust/bundle?for=USA", raw=True).decode()
    with pytest.raises(Refused) as refused:
        usa.post("/trust", {"bundle": bundle, "fingerprint": usa.identity.fingerprint})
    assert (refused.value.status, refused.value.code) == (400, "LW-1202")
    usa.both("POST", "/trust", {"bundle": bundle, "fingerprint": fingerprint})
    until("the link is up again", lambda: usa.peer("JPN")["link"] == "direct")
    until("what was made meanwhile arrives", lambda: "While apart" in usa.notes())
    assert (usa.peer("AUS")["since_ms"], usa.peer("AUS")["link"]) == (before, "direct")


def test_a_bundle_carries_the_address_that_its_partner_dials(federation):
    usa = federation["USA"]
    bundle = usa.get("/trust/bundle?for=AUS", raw=True)
    from latticework.kernel.clock import SystemClock
    from latticework.kernel.identity import read_bundle
    endpoint = read_bundle(bundle, SystemClock().now_ms()).endpoint
    assert endpoint == next(p["endpoint"] for p in federation["AUS"].get("/trust") if p["member"] == "USA")
    assert endpoint.startswith("127.0.0.1:")


SECRET = "Narwhal-7 invented withheld content 5f0c2a"


def test_withheld_bytes_stand_in_no_other_nodes_files(federation):
    jpn = federation["JPN"]
    ids = [
        jpn.publish(f"{SECRET} own eyes", text=SECRET * 3)["id"],
        jpn.publish(f"{SECRET} ceiling", "AUS", "USA", text=SECRET, classification=4)["id"],
        jpn.publish(f"{SECRET} topic", "AUS", "USA", text=SECRET, topic="cyber.incidents")["id"],
        jpn.publish(f"{SECRET} kept back", "AUS", "USA", text=SECRET, distribute=False)["id"],
        jpn.post("/records", {"kind": "note", "body": {"title": f"{SECRET} one", "text": SECRET}, "distribute": True,
                              "topic": "maritime.awareness", "label": label("JPN", "USA")})["id"],
    ]
    jpn.publish("Marker", "AUS", "USA")
    for other in ("AUS", "USA"):
        until("the marker arrives", lambda o=other: "Marker" in federation[o].notes())
        until("it is proven", lambda o=other: federation[o].notes()["Marker"]["proven"])
    sizes = {m: federation[m].verify()["size"] for m in federation.homes}
    took = []
    for home in federation.homes.values():
        started = time.monotonic()
        assert home.end() == 0, "SIGTERM ends a node in good order"
        took.append(time.monotonic() - started)
    assert min(took) < 5, "a node stops within five seconds; the others may have met a busy machine"
    seen = {m: _files(federation[m].path) for m in federation.homes}
    for home in federation.homes.values():
        assert not list(home.path.glob("node.db-*")), "closed cleanly: the log is in the file"
        assert "Traceback" not in home.output()
    for secret in ids:
        present = {m for m, data in seen.items() if bytes.fromhex(secret) in data or secret.encode() in data}
        assert present == ({"JPN", "USA"} if secret == ids[4] else {"JPN"})
    present = {m for m, data in seen.items() if data.count(SECRET.encode())}
    assert present == {"JPN", "USA"}
    assert seen["USA"].count(SECRET.encode()) <= 6, "the one record that was for USA: itself, its listing, its index"
    assert seen["AUS"].count(SECRET.encode()) == 0
    _restart_keeps_everything(federation, sizes)


def _restart_keeps_everything(federation, sizes):
    federation.start()
    for member, size in sizes.items():
        report = federation[member].verify()
        assert report["size"] >= size
        assert {state for _, state, _ in report["partners"]} == {"consistent"}
    assert {"To both", "Later", "While apart", "Marker"} <= set(federation["AUS"].notes("JPN"))
    assert {"To both", "While apart", "Marker", "After 19"} <= set(federation["USA"].notes("JPN"))
    jpn, usa = federation["JPN"], federation["USA"]
    jpn.publish("After the restart", "USA")
    until("it arrives", lambda: "After the restart" in usa.notes("JPN"))
    assert [v["in_force"] for v in usa.get("/arrangements")["items"]] == [True]


def _files(folder):
    return b"".join(p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and "identity" not in p.parts)
