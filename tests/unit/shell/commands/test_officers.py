"""``latticework officers`` and ``keys rotate`` against a real server on loopback, passwords typed at the prompt."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from tests.unit.shell.nodes import OFFICERS, PASSWORD, Site
from typer.testing import CliRunner, Result

from latticework.kernel.errors import InvalidConfig, InvalidPassword, NotPermitted, SignInRefused
from latticework.kernel.identity.approvals import ActState
from latticework.kernel.ids import OfficerId
from latticework.node.commands import keys
from latticework.shell.commands import ledger, officers

NEW_PASSWORD = "seven swans a swimming"
Say = Callable[..., Result]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    site = Site(Path(tmp_path_factory.mktemp("officers")), filled=False, members=("JPN",))
    listener = socket.create_server(("127.0.0.1", 0))
    serving = uvicorn.Server(uvicorn.Config(site.app, log_level="warning", ws="websockets-sansio"))
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield site, f"http://127.0.0.1:{listener.getsockname()[1]}"
    serving.should_exit = True
    thread.join(20)
    site.kernel.close()


@pytest.fixture
def say(server: tuple[Site, str]) -> Say:
    site, url = server

    def typed(*words: str, name: str = "admin", second: str = "", typing: str = "") -> Result:
        environment = {"LATTICEWORK_NODE": url, "LATTICEWORK_TOKEN": site.token(name), "LATTICEWORK_HOME": None,
                       "LATTICEWORK_SECOND_TOKEN": site.token(second) if second else None}
        app = {"keys": keys.app, "ledger": ledger.app, "officers": officers.app}[words[0]]
        return CliRunner().invoke(app, list(words[1:]), input=typing, env=environment)

    return typed


ADD = ("officers", "add", "night", "--post", "night watch", "--role", "author", "--clearance", "confidential")


def test_an_officer_is_added_changed_disabled_and_enabled(server: tuple[Site, str], say: Say) -> None:
    said = say(*ADD, second="audit", typing=f"{NEW_PASSWORD}\n{NEW_PASSWORD}\n")
    assert said.exit_code == 0, said.output
    assert "Approved: Add the officer night: post night watch; roles author;" in said.stdout
    assert NEW_PASSWORD not in said.output
    site = server[0]
    site.kernel.officers.sign_in("night", NEW_PASSWORD, site.kernel.clock.now_ms())

    caveat = site.kernel.policies["EXERCISE"].restrictive[0]
    said = say("officers", "change", "night", "--clearance", "EXERCISE=3", "--compartment", caveat, second="duty")
    assert said.stdout == ("Approved: Change the officer night: clearance EXERCISE SECRET, before EXERCISE "
                           f"CONFIDENTIAL; compartments {caveat}, before –.\n")
    said = say("officers", "change", "night", "--clearance", "none", "--compartment", "none", second="duty")
    assert said.exit_code == 0
    found = {o["name"]: o for o in json.loads(say("officers", "list", "--json").stdout)}["night"]
    assert (found["clearance"], found["compartments"], found["disabled"]) == ({}, [], False)

    said = say("officers", "disable", "night", second="duty")
    assert said.stdout == "Approved: Disable the officer night (night watch).\n"
    line = next(r for r in say("officers", "list").stdout.splitlines() if r.startswith("night "))
    assert line.endswith(" no")
    said = say("officers", "enable", "night")
    assert "A second officer runs: latticework approvals approve " in said.stdout


def test_what_cannot_be_is_said_and_proposes_nothing(server: tuple[Site, str], say: Say) -> None:
    def pending() -> int:
        kernel = server[0].kernel
        return sum(a.state is ActState.PENDING for a in kernel.approvals.list(kernel.clock.now_ms()))

    before = pending()
    short = say("officers", "add", "late", "--post", "x", "--role", "author", typing="short\nshort\n")
    assert isinstance(short.exception, InvalidPassword)
    nobody = say("officers", "add", "late", "--post", "x", typing=f"{NEW_PASSWORD}\n{NEW_PASSWORD}\n")
    assert isinstance(nobody.exception, InvalidConfig)
    nowhere = say("officers", "change", "low", "--clearance", "NOWHERE=1")
    assert isinstance(nowhere.exception, InvalidConfig)
    assert isinstance(say("officers", "disable", "low", name="duty").exception, NotPermitted)
    assert pending() == before


def test_the_own_password_and_sessions(server: tuple[Site, str], say: Say) -> None:
    kernel = server[0].kernel
    wrong = say("officers", "password", name="liaison", typing=f"not the password\n{NEW_PASSWORD}\n{NEW_PASSWORD}\n")
    assert isinstance(wrong.exception, SignInRefused)
    said = say("officers", "password", name="liaison", typing=f"{PASSWORD}\n{NEW_PASSWORD}\n{NEW_PASSWORD}\n")
    assert said.stdout.endswith("latticework token liaison makes a new one.\n")
    session = kernel.officers.sign_in("liaison", NEW_PASSWORD, kernel.clock.now_ms())
    assert say("officers", "sign-out", name="liaison").exit_code == 0
    with pytest.raises(SignInRefused):
        kernel.officers.officer_for_session(session, kernel.clock.now_ms())
    assert kernel.officers.tokens(OfficerId("liaison")) == ()


def test_a_record_key_is_rotated_by_two(server: tuple[Site, str], say: Say) -> None:
    before = len(server[0].kernel.identity.history.keys)
    assert isinstance(say("keys", "rotate", name="low").exception, NotPermitted)
    assert say("keys", "rotate", second="duty").stdout == "Approved: Sign with a new record key.\n"
    assert len(server[0].kernel.identity.history.keys) == before + 1


def test_going_on_with_a_restored_ledger_needs_two(server: tuple[Site, str], say: Say) -> None:
    assert isinstance(say("ledger", "resume", name="audit").exception, NotPermitted)
    act = json.loads(say("ledger", "resume", "--json").stdout)
    assert (act["act"], act["summary"], act["state"]) == ("override.resume", "Resume the own ledger", "pending")
    kernel = server[0].kernel
    kernel.refuse_act(OFFICERS["duty"], act["id"])
