"""One node alone: with nothing at all on it, and with ten thousand records."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect
from tests.browser.conftest import PORT, sign_in
from tests.browser.visitor import PAGES, Visitor

from latticework.kernel.clock import SystemClock, SystemEntropy
from latticework.kernel.identity import init_member
from latticework.kernel.ids import MemberId, OfficerId, Post, Topic
from latticework.kernel.kinds import NOTE, Note
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Officer, Role
from latticework.node.compose import compose
from latticework.node.demo.homes import free_ports
from latticework.node.settings import LinkSettings, NodeSettings, WebSettings, write_settings

OWN = MemberId("NZL")
PASSWORD = "one officer of a small node 7"
OFFICER = Officer(
    name=OfficerId("desk"), post=Post("desk"), roles=frozenset({Role.AUTHOR, Role.RELEASER, Role.ADMINISTRATOR}),
    clearance=(("EXERCISE", 3),), nationality=OWN)
RECORDS = 10_000


class Alone:
    """One member's home and, while it runs, its process."""

    def __init__(self, home: Path) -> None:
        self.home = home
        web, link = free_ports(PORT + 200, 2)
        self.url = f"http://127.0.0.1:{web}"
        init_member(OWN, home, SystemClock(), SystemEntropy(), title="New Zealand")
        write_settings(home, NodeSettings(web=WebSettings(port=web), links=LinkSettings(first_port=link),
                                          room={"picture": {"source": "none"}}))
        composed = compose(home)
        composed.kernel.officers.add(OFFICER, PASSWORD, composed.kernel.clock.now_ms())
        composed.kernel.close()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.home / "node.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "latticework.node.main", "serve", "--home", str(self.home)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        end = time.monotonic() + 40
        while time.monotonic() < end:
            try:
                if httpx.get(self.url + "/sign-in", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        pytest.fail((self.home / "node.log").read_text())

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)
            self._process = None

    def fill(self, count: int) -> None:
        """Publish `count` notes through the kernel of the stopped home."""
        composed = compose(self.home)
        label = Label(policy="EXERCISE", classification=0, originators=frozenset({OWN}))
        for number in range(count):
            composed.kernel.publish(OFFICER, NOTE, Note(title=f"Harbor note {number:05d}", text="Quiet."),
                                    topic=Topic("maritime.awareness"), label=label)
        composed.kernel.close()


@pytest.fixture(scope="module")
def alone() -> Iterator[Alone]:
    base = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="latticework-alone-", dir=base) as folder:
        node = Alone(Path(folder) / "home")
        try:
            yield node
        finally:
            node.stop()


@pytest.fixture
def desk(alone: Alone, browser: Browser) -> Iterator[Visitor]:
    alone.start()
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    visitor = Visitor(context, alone.url)
    sign_in(visitor, "desk", PASSWORD)
    visitor.page.wait_for_url(alone.url + "/")
    yield visitor
    context.close()
    alone.stop()


def test_an_empty_node_says_what_comes_next(desk: Visitor) -> None:
    page = desk.page
    expect(page.locator("h1")).to_have_text("Nothing needs you")
    empty = {
        "/": "No partner yet", "/records": "No record is here yet", "/arrangements": "No arrangement yet",
        "/approvals": "Nothing waits", "/ledger": "No entry here", "/peers": "No partner yet",
    }
    for path, words in empty.items():
        desk.go(path)
        expect(page.locator(".empty h3", has_text=words)).to_be_visible()
        assert len(page.locator(".empty p").first.inner_text()) > 30, f"{path} does not say what to do next"
    for path in PAGES:
        if path != "/peers/USA":
            desk.go(path)
            assert "None" not in page.locator("main").inner_text(), path
            assert desk.overflow() == [], path
    expect(desk.go("/map").locator(".source-note")).to_have_text("No source of traffic")
    desk.go("/ledger").locator("button[data-wait]").click()
    expect(page.locator("#report")).to_contain_text("verif", timeout=10_000)
    assert desk.complaints == []


def test_ten_thousand_records_stay_usable(alone: Alone, request: pytest.FixtureRequest) -> None:
    alone.fill(RECORDS)
    desk: Visitor = request.getfixturevalue("desk")
    page = desk.page
    times: dict[str, float] = {}
    for path in ("/records", "/", "/ledger", "/records?q=Harbor+note+00042"):
        begun = time.perf_counter()
        desk.go(path)
        times[path] = time.perf_counter() - begun
    print("10,000 records, seconds to load:", {path: round(s, 2) for path, s in times.items()})
    expect(page.locator("h1")).to_have_text("1 record matches “Harbor note 00042”")
    desk.go("/records")
    expect(page.locator("h1")).to_have_text("10\u202f000 records are here for you")
    rows = page.locator("[data-rows] tbody tr")
    expect(rows).to_have_count(50)
    newest = rows.first.inner_text()
    assert f"Harbor note {RECORDS - 1:05d}" in newest
    page.get_by_role("link", name="Older").click()
    expect(rows.first).to_contain_text(f"Harbor note {RECORDS - 51:05d}")
    page.get_by_role("link", name="Newest").click()
    expect(rows.first).to_contain_text(f"Harbor note {RECORDS - 1:05d}")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(f"Harbor note {RECORDS - 1:05d}")
    assert desk.complaints == []
