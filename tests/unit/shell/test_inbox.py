"""The inbox on pages, over the API and on the command line, between JPN's pages and USA's real node."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from tests.unit.shell.nodes import OFFICERS, Site, banner_of, label_of, title_of

from latticework.kernel.ids import MemberId, Post, RecordId
from latticework.shell.cli import run
from latticework.shell.live import _tasks
from latticework.shell.preferences import Preferences
from latticework.shell.viewer import Viewer
from latticework.testing.kernels import officer
from latticework.workbench.tasks.deadlines import absolute
from latticework.workbench.tasks.model import GRACE_MS, Party, Request, Silence

HOUR = 3_600_000
JPN, USA = MemberId("JPN"), MemberId("USA")
USA_DESK = officer("USA")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path, filled=False, members=("JPN", "USA"))
    site.federation.arrange("JPN", "USA", topics=("maritime",))
    return site


def from_usa(site: Site, subject: str = "Confirm the outage", *, level: int = 1, hours: float = 26,
             post: str = "alliance desk", rule: str = "consent", **more: Any) -> RecordId:
    body = Request(to=JPN, subject=subject, asks="consent", assignee=Party(JPN, Post(post)), by=USA_DESK.post,
                   deadline=absolute(site.kernel.clock.now_ms() + int(hours * HOUR)),
                   silence=Silence(rule=rule), **more)  # type: ignore[arg-type]
    made = site.federation.benches["USA"].tasks.request(
        USA_DESK, body, topic="maritime.lights", label=label_of(level, "JPN", own="USA"))
    site.federation.settle()
    return made.id


def new(**fields: str) -> dict[str, str]:
    return {"subject": "Number of spare lamps", "text": "", "asks": "information", "priority": "routine",
            "deadline": "2026-01-02 09:00", "zone": "Asia/Tokyo", "reminders": "1h", "to": "USA", "post": "desk post",
            "silence": "refuse", "escalate_member": "", "escalate_post": "", "topic": "maritime.lights",
            "classification": "1", "about": "", **fields}


def test_a_request_stands_in_the_inbox_with_everything_else_that_needs_an_answer(tmp_path: Path) -> None:
    site = Site(tmp_path)
    task = from_usa(site)
    with site.client() as browser:
        page = browser.page("/inbox")
        assert title_of(page) == "4 things need your answer"
        assert "silence means consent after 2 Jan 11:00 JST" in page
        for words in ("Confirm the outage", "Recall", "Approval", "Arrangement to sign", "in 26 h"):
            assert words in page
        assert f'href="/inbox/{task}"' in browser.page("/")  # Overview reads the same list
        assert '<span class="count">4</span>' in page


def test_it_is_answered_on_its_page_after_the_verdict(site: Site) -> None:
    task = from_usa(site)
    with site.client() as browser:
        page = browser.page(f"/inbox/{task}")
        assert title_of(page) == "USA asks: Confirm the outage"
        assert banner_of(page) == "RESTRICTED REL TO JPN, USA"
        assert "R-21" in page
        wrong = browser.post(f"/inbox/{task}/answer", says="other", text="")
        assert wrong.status_code == 400
        assert "Say it in words" in wrong.text
        assert browser.post(f"/inbox/{task}/answer", says="refuses", text="It lasts longer.").status_code == 303
        page = browser.page(f"/inbox/{task}")
        assert title_of(page) == "Confirm the outage: answered: refuses"
        assert "It lasts longer." in page
        assert title_of(browser.page("/inbox?list=done")) == "1 task is settled"
    site.federation.settle()
    state = site.federation.benches["USA"].tasks.task(USA_DESK, task).row.state
    assert (state.status, state.said) == ("answered", "refuses")


def test_a_task_of_another_post_is_taken_over_first(site: Site) -> None:
    task = from_usa(site, post="night watch")
    with site.client() as browser:
        assert title_of(browser.page("/inbox?list=member")) == "JPN is asked for 1 answer"
        assert "This task is with night watch" in browser.page(f"/inbox/{task}")
        answer = browser.post(f"/inbox/{task}/answer", says="done")
        assert answer.status_code == 403
        browser.post(f"/inbox/{task}/handover", to_post="alliance desk")
        assert "Send the signed answer" in browser.page(f"/inbox/{task}")
        assert browser.post(f"/inbox/{task}/handover", to_post="").status_code == 400
        browser.post("/inbox/stand-in", posts="night watch\nharbour office")
        assert "alliance desk, harbour office, night watch" in browser.page("/inbox")


def test_a_new_request_shows_the_verdict_and_goes_out(site: Site) -> None:
    with site.client() as browser:
        assert "appears here before anything is sent" in browser.page("/inbox/new")
        shown = browser.post("/inbox/new/verdict", **new()).text
        assert "R-21" in shown
        assert "R-12" in browser.post("/inbox/new/verdict", **new(topic="missile.warning")).text
        answer = browser.post("/inbox", **new())
        assert answer.status_code == 303
        page = browser.page(answer.headers["location"])
        assert title_of(page) == "Waiting for USA desk post: Number of spare lamps"
        assert "stated as 2026-01-02 09:00 in Asia/Tokyo" in page
        assert "2 Jan 2026 09:00:00 JST" in page
        site.federation.settle()
        assert site.federation.benches["USA"].tasks.count(USA_DESK) == 1
        task = answer.headers["location"].rpartition("/")[2]
        assert browser.post(f"/inbox/{task}/withdraw", reason="").status_code == 400
        browser.post(f"/inbox/{task}/withdraw", reason="Found it.")
        assert "withdrawn" in title_of(browser.page(f"/inbox/{task}"))


@pytest.mark.parametrize(("fields", "words"), [
    ({"subject": ""}, "Say in one line what you want."),
    ({"post": ""}, "Name the post that is asked."),
    ({"deadline": "tomorrow"}, "looks like 2026-05-16 09:00"),
    ({"deadline": "tomorrow", "zone": "UTC"}, "This is no time"),
    ({"deadline": "2025-01-01 09:00"}, "lies in the future"),
    ({"deadline": "2026-03-29 01:30", "zone": "Europe/London"}, "does not exist on 2026-03-29"),
    ({"silence": "escalate"}, "Name the post that silence puts it before."),
    ({"topic": "all"}, "is not a topic"),
    ({"topic": "missile.warning"}, "Withheld from USA"),
])
def test_a_request_that_cannot_be_made_says_why_and_keeps_what_was_typed(
    site: Site, fields: dict[str, str], words: str
) -> None:
    with site.client() as browser:
        answer = browser.post("/inbox", **new(text="Kept words.", **fields))
        assert answer.status_code == 400
        assert words in answer.text
        assert "Kept words." in answer.text


def test_what_an_officer_may_not_see_is_not_there_and_not_told(site: Site) -> None:
    low = Viewer(site.app.state["frame"], OFFICERS["low"], "", Preferences())
    before = _tasks(low)
    task = from_usa(site, level=2)
    with site.client("low") as browser:
        page = browser.page("/inbox?list=member")
        assert title_of(page) == "No post of JPN is asked for anything"
        assert 'class="count"' not in page.partition("/records")[0]
        assert browser.get(f"/inbox/{task}").status_code == 404
        assert browser.get(f"/inbox/{'ab' * 32}").status_code == 404
    assert _tasks(low) == before
    duty = Viewer(site.app.state["frame"], OFFICERS["duty"], "", Preferences())
    seen = _tasks(duty)
    from_usa(site, "Another")
    assert _tasks(duty) != seen


def test_a_deadline_that_has_just_lapsed_is_said_aloud_once(site: Site) -> None:
    from_usa(site, "Berth plan", hours=1)
    site.federation.clock.advance(HOUR)
    site.federation.advance(1_000)
    with site.client() as browser:
        page = browser.page("/inbox")
        assert 'aria-live="assertive">A deadline has passed: Berth plan' in page
        assert "overdue" in title_of(page)
        site.federation.clock.advance(40_000)
        assert "A deadline has passed" not in browser.page("/inbox")
        site.federation.clock.advance(GRACE_MS)
        site.federation.advance(4_000, 1_000)
        assert "consent by silence" in browser.page("/inbox?list=done")


def test_the_pages_speak_japanese(site: Site) -> None:
    task = from_usa(site)
    with site.client() as browser:
        browser.post("/preferences", language="ja")
        assert title_of(browser.page("/inbox")) == "回答を要する案件が1件あります"
        assert "無回答を同意とみなす" in browser.page(f"/inbox/{task}")
        assert "期限は将来の日時" in browser.post("/inbox", **new(deadline="2025-01-01 09:00")).text


def test_the_api_asks_answers_and_pages(site: Site) -> None:
    task = from_usa(site)
    label = {"policy": "EXERCISE", "classification": 1, "release": {"members": ["JPN", "USA"]}}
    with site.api() as api:
        listed = api.get("/api/v1/tasks").json()
        assert [t["id"] for t in listed["items"]] == [task]
        assert api.get("/api/v1/tasks/count", params={"list": "member"}).json() == {"count": 1}
        verdict = {"to": "USA", "topic": "maritime.lights", "label": label}
        assert api.post("/api/v1/tasks/verdict", json=verdict).json()["rule"] == "R-21"
        body = {"subject": "Spare lamps", "to": "USA", "post": "desk post", "silence": "escalate",
                "topic": "maritime.lights", "label": label, "local": "2026-01-02T09:00", "zone": "Asia/Tokyo",
                "escalate_to": {"member": "JPN", "post": "deputy of the desk"}, "reminders_ms": [HOUR]}
        asked = api.post("/api/v1/tasks", json=body)
        assert asked.status_code == 201
        assert asked.json()["task"]["request"]["deadline"]["zone"] == "Asia/Tokyo"
        for wrong, code in (({"deadline_ms": 5}, "LW-2101"), ({"zone": "Mars/Base"}, "LW-2101"),
                            ({"topic": "missile.warning"}, "LW-1302"), ({"silence": "shout"}, "LW-1009"),
                            ({"escalate_to": None}, "LW-2101"), ({"to": "FRA"}, "LW-1203")):
            assert api.post("/api/v1/tasks", json=body | wrong).json()["code"] == code, wrong
        done = api.post(f"/api/v1/tasks/{task}/answer", json={"says": "consents", "text": "Yes."}).json()
        assert done["task"]["state"]["said"] == "consents"
        assert [s["record"]["kind"] for s in done["trail"]] == ["task.request", "task.answer"]
        again = api.post(f"/api/v1/tasks/{task}/answer", json={"says": "done"})
        assert (again.status_code, again.json()["code"]) == (409, "LW-2102")
        assert api.get("/api/v1/tasks", params={"list": "nothing"}).json()["code"] == "LW-2101"
        assert api.post("/api/v1/tasks/stand-in", json={"posts": ["x"]}).json()["posts"] == ["alliance desk", "x"]
        waiting = api.get("/api/v1/overview").json()["waiting"]
        assert "Consent wanted" not in [w["what"] for w in waiting]


def test_the_command_line_does_the_same(site: Site, capsys: pytest.CaptureFixture[str],
                                        monkeypatch: pytest.MonkeyPatch) -> None:
    task, other = from_usa(site), from_usa(site, "Other", post="night watch")
    listener = socket.create_server(("127.0.0.1", 0))
    serving = uvicorn.Server(uvicorn.Config(site.app, log_level="warning", ws="websockets-sansio"))
    token = site.token()
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    monkeypatch.setenv("LATTICEWORK_TOKEN", token)
    monkeypatch.setenv("LATTICEWORK_NODE", f"http://127.0.0.1:{listener.getsockname()[1]}")

    def say(*words: str) -> tuple[int, str]:
        code = run((), ["tasks", *words])
        said = capsys.readouterr()
        return code, said.out + said.err

    try:
        code, out = say("list")
        assert (code, "Confirm the outage" in out, "consent" in out) == (0, True, True)
        assert json.loads(say("list", "--list", "member", "--json")[1])["items"][1]["id"] in {task, other}
        code, out = say("answer", task[:12], "consents", "--text", "Yes.")
        assert (code, "consents" in out) == (0, True)
        assert say("answer", task[:12], "done")[0] == 2
        assert say("handover", other[:12], "--reason", "I take it.")[0] == 0
        code, out = say("request", "Spare lamps", "--to", "usa", "--post", "desk post", "--by", "2026-01-03T09:00Z",
                        "--topic", "maritime.lights", "--silence", "consent", "--remind", "1h", "--remind", "2d",
                        "--level", "1", "--json")
        made = json.loads(out)["task"]
        assert (code, made["request"]["reminders"], made["state"]["status"]) == (0, [48 * HOUR, HOUR], "open")
        assert "silence" in say("show", made["id"])[1] or "consent" in say("show", made["id"])[1]
        assert say("withdraw", made["id"][:12], "--reason", "Found.")[0] == 0
        assert say("stand-in", "night watch")[1].strip().endswith("alliance desk, night watch.")
        for wrong in (("--by", "soon"), ("--remind", "later"), ("--silence", "shout")):
            words = {"--by": "2026-01-03T09:00Z", "--silence": "consent", **dict([wrong])}
            code, out = say("request", "x", "--to", "USA", "--post", "desk post", "--topic", "maritime.lights",
                            *[w for pair in words.items() for w in pair])
            assert code == 2, out
    finally:
        serving.should_exit = True
        thread.join(20)


