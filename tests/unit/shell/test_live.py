"""Live notices: what kind of thing changed, to whom it may concern, and nothing about what is withheld."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import TestClient
from tests.unit.shell.nodes import OFFICERS, PASSWORD, Site, label_of

from latticework.kernel.kinds import NOTE, Note


def publish(site: Site, level: int) -> None:
    site.kernel.publish(OFFICERS["duty"], NOTE, Note(title="New", text=""), topic="routine",
                        label=label_of(level, "*" if not level else "USA"))


def in_loop(client: TestClient[Any], act: Any) -> None:
    """Do something in the thread of the application, as the node does."""
    client.blocking_portal.call(act)


def test_a_page_hears_of_what_it_may_see(fresh: Site) -> None:
    with fresh.client() as browser, browser.client.websocket_connect("/api/live") as socket:
        in_loop(browser.client, lambda: publish(fresh, 2))
        assert "record" in socket.receive_json(timeout=10)["changed"]


def test_a_withheld_arrival_is_not_betrayed(fresh: Site) -> None:
    with fresh.client("low") as browser, browser.client.websocket_connect("/api/live") as socket:
        in_loop(browser.client, lambda: publish(fresh, 2))
        in_loop(browser.client, lambda: fresh.kernel.alarm("LW-1500", None, "For everybody."))
        first = socket.receive_json(timeout=10)["changed"]
        assert "alarm" in first
        assert "record" not in first
        in_loop(browser.client, lambda: publish(fresh, 0))
        assert "record" in socket.receive_json(timeout=10)["changed"]


def test_a_notice_has_no_content(fresh: Site) -> None:
    with fresh.client() as browser, browser.client.websocket_connect("/api/live") as socket:
        in_loop(browser.client, lambda: publish(fresh, 1))
        said = socket.receive_json(timeout=10)
    assert set(said) == {"changed"}
    assert set(said["changed"]) <= {"record", "release", "peer", "arrangement", "alarm", "ledger", "approval"}


def test_a_stranger_hears_nothing(site: Site) -> None:
    with site.client(None) as browser, browser.client.websocket_connect("/api/live") as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json(timeout=10)
        assert closed.value.code == 4401


def test_another_site_hears_nothing(site: Site) -> None:
    with site.client() as browser, browser.client.websocket_connect(
        "/api/live", headers={"origin": "https://elsewhere.example"}
    ) as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json(timeout=10)
        assert closed.value.code == 4401


def test_signing_out_ends_the_connection(fresh: Site) -> None:
    with fresh.client() as browser:
        with browser.client.websocket_connect("/api/live") as socket:
            fresh.kernel.officers.end_sessions(OFFICERS["duty"].name)
            in_loop(browser.client, lambda: publish(fresh, 0))
            with pytest.raises(WebSocketDisconnect):
                socket.receive_json(timeout=10)
        answer = browser.client.post("/sign-in", data={"name": "duty", "password": PASSWORD}, follow_redirects=False)
        assert answer.status_code == 303


def test_closing_a_page_ends_its_subscription(fresh: Site) -> None:
    before = len(fresh.kernel._listeners)
    with fresh.client() as browser:
        with browser.client.websocket_connect("/api/live"):
            assert len(fresh.kernel._listeners) == before + 1
        for _ in range(200):
            if len(fresh.kernel._listeners) == before:
                break
            in_loop(browser.client, lambda: time.sleep(0.02))
        assert len(fresh.kernel._listeners) == before


def test_a_page_that_is_open_loses_what_its_officer_loses(fresh: Site) -> None:
    with fresh.client() as browser, browser.client.websocket_connect("/api/live") as socket:
        lower = msgspec.structs.replace(OFFICERS["duty"], clearance=(("EXERCISE", 0),))
        in_loop(browser.client, lambda: fresh.kernel.officers.change(lower))
        in_loop(browser.client, lambda: fresh.kernel.alarm("LW-1500", None, "For everybody."))
        assert "alarm" in socket.receive_json(timeout=10)["changed"]
        in_loop(browser.client, lambda: publish(fresh, 2))
        in_loop(browser.client, lambda: fresh.kernel.alarm("LW-1500", None, "For everybody again."))
        assert "record" not in socket.receive_json(timeout=10)["changed"]
