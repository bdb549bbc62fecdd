"""Measures on pages, over the API and on the command line, with the dummy room's records."""

from __future__ import annotations

import json
import socket
import threading

import pytest
import uvicorn
from tests.unit.shell.nodes import OFFICERS, Site, banner_of, label_of, title_of

from latticework.shell.cli import run
from latticework.testing.kernels import officer
from latticework.testing.lighthouse import service
from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp
from latticework.testing.lighthouse.surface.room import ROOM
from latticework.workbench.measures.model import Reading


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("measures"), rooms=(ROOM,))
    for name in ("USA",):
        service.register_kinds(site.federation[name].kinds)
        service.join(site.federation.benches[name])
    for name, lit, level in (("North", True, 1), ("South", False, 1), ("Hidden", False, 3)):
        lamp = Lamp(name=name, latitude_deg=34.0, longitude_deg=129.0, height_m=30.0, range_m=2e4, burning=lit)
        site.kernel.publish(OFFICERS["duty"], LAMP, lamp, topic=TOPIC, label=label_of(level, "USA"), distribute=True)
    site.federation.advance(2_000)
    return site


def test_a_measure_is_found_computed_and_watched_on_pages(site: Site) -> None:
    with site.client() as browser:
        assert "Lamps that burn" in browser.page("/measures")
        page = browser.page("/measures/lighthouse.lit-share")
        assert title_of(page) == "Lamps that burn: 1 of 3"
        assert banner_of(page) == "SECRET REL TO JPN, USA"
        assert "from 3 records" in page
        answer = browser.post("/measures/lighthouse.lit-share/watch", at_least="0.5", at_most="")
        assert title_of(browser.page(answer.headers["location"])) == "Lamps that burn: 1 of 3"
        page = browser.page("/measures")
        assert title_of(page) == "1 watched value is out of its bound"
        history = browser.page("/measures/watches/1")
        assert title_of(history) == "Lamps that burn: 1 of 3"
        browser.post("/measures/watches/1/bound", at_least="", at_most="0.9")
        site.federation.advance(1_000)
        assert title_of(browser.page("/measures")) == "1 value is watched; none is out of its bound"
        browser.post("/preferences", language="ja")
        assert title_of(browser.page("/measures/lighthouse.lit-share")) == "点灯中の灯火: 1／3"
        browser.post("/preferences", language="en")
    with site.client("low") as browser:
        assert title_of(browser.page("/measures/lighthouse.lit-share")) == "Lamps that burn: nothing to measure yet"
        assert title_of(browser.page("/measures")) == "Nothing is watched yet"


def test_a_measure_with_parameters_asks_for_them(site: Site) -> None:
    with site.client() as browser:
        page = browser.page("/measures/lighthouse.hours-dark")
        assert title_of(page) == "Hours a lamp has been dark: choose what to measure"
        page = browser.page("/measures/lighthouse.hours-dark?lamp=South")
        assert title_of(page).startswith("Hours a lamp has been dark: 0.00")
        assert browser.get("/measures/attic.dust").status_code == 404
        wrong = browser.post("/measures/lighthouse.lit-share/watch", at_least="much", at_most="")
        assert wrong.status_code == 400
        assert "A bound is a number such as 0.75." in wrong.text


def test_a_value_is_published_and_the_partner_recomputes_it(site: Site) -> None:
    with site.client() as browser:
        answer = browser.post("/measures/lighthouse.lit-share/release", classification="0", release="members",
                              members="USA", partner="USA", distribute="1")
        record = answer.headers["location"].rsplit("/", 1)[1]
        assert title_of(browser.page(f"/records/{record}")) == "Lamps that burn"
        page = browser.page(f"/measures/values/{record}")
        assert "give the same value, to the last bit" in page
    site.federation.advance(2_000)
    there = site.federation.benches["USA"].measures.verify(officer("USA"), record)
    assert (there.outcome, there.own) == ("same", Reading(value=1 / 3, numerator=1, denominator=3))


def test_the_same_over_the_api(site: Site) -> None:
    with site.api() as api:
        assert {m["id"] for m in api.get("/api/v1/measures").json()} == {
            "lighthouse.lit-share", "lighthouse.hours-dark", "lighthouse.reach"}
        computed = api.post("/api/v1/measures/lighthouse.lit-share/compute", json={}).json()
        assert (computed["reading"]["denominator"], computed["marking"]) == (3.0, "SECRET REL TO JPN, USA")
        watch = api.post("/api/v1/measures/lighthouse.hours-dark/watches",
                         json={"parameters": {"lamp": "South"}, "bound": {"at_most": 1}}).json()
        site.federation.advance(1_000)
        [row] = [w for w in api.get("/api/v1/watches").json() if w["number"] == watch["number"]]
        assert (row["bound"]["at_most"], row["latest"]["state"]) == (1.0, "good")
        assert len(api.get(f"/api/v1/watches/{watch['number']}/history").json()) >= 1
        assert api.delete(f"/api/v1/watches/{watch['number']}").json() == {"ended": True}
        answer = api.post("/api/v1/measures/lighthouse.hours-dark/compute", json={})
        assert (answer.status_code, answer.json()["code"]) == (400, "LW-2601")
    with site.api("low") as api:
        computed = api.post("/api/v1/measures/lighthouse.lit-share/compute", json={}).json()
        assert computed["reading"]["denominator"] == 0.0
        assert api.get("/api/v1/watches").json() == []


def test_a_misspelled_bound_does_not_take_the_bound_away(site: Site) -> None:
    with site.api() as api:
        watch = api.post("/api/v1/measures/lighthouse.lit-share/watches", json={"bound": {"at_least": 0.25}}).json()
        answer = api.post(f"/api/v1/watches/{watch['number']}/bound", json={"bond": {"at_least": 0.5}})
        assert answer.status_code == 400
        found = [w for w in api.get("/api/v1/watches").json() if w["number"] == watch["number"]]
        assert found[0]["bound"]["at_least"] == 0.25


def test_the_same_typed(site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATTICEWORK_TOKEN", site.token())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("LATTICEWORK_NODE", f"http://127.0.0.1:{listener.getsockname()[1]}")
        serving = uvicorn.Server(uvicorn.Config(site.app, log_level="warning", ws="websockets-sansio"))
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()

        def say(*words: str) -> tuple[int, str]:
            code = run((), ["measures", *words])
            said = capsys.readouterr()
            return code, said.out + said.err

        try:
            assert "lighthouse.lit-share" in say("list")[1]
            code, out = say("compute", "lighthouse.hours-dark", "--with", "lamp=South", "--json")
            assert (code, json.loads(out)["unit"]) == (0, "h")
            assert "LW-2601" in say("compute", "lighthouse.hours-dark", "--with", "South")[1]
            code, out = say("watch", "lighthouse.lit-share", "--partner", "USA", "--at-least", "0.1", "--json")
            number = str(json.loads(out)["number"])
            site.federation.advance(1_000)
            assert "1 of 3" in say("history", number)[1]
            assert say("bound", number, "--at-most", "1")[0] == 0
            code, out = say("release", "lighthouse.lit-share", "--level", "SECRET", "--to", "USA", "--partner", "USA",
                            "--json")
            record = json.loads(out)["id"]
            code, out = say("verify", record[:12])
            assert (code, "same" in out) == (0, True)
            assert say("end", number)[0] == 0
        finally:
            serving.should_exit = True
            thread.join(20)


