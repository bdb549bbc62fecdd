"""The real federation for the browser tests: five processes of the demonstration, started once and ended by their ids.

Tests share it, so each makes records and arrangements of its own (`unique`) and changes no officer's preferences
without putting them back.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright
from tests.browser.visitor import Visitor

from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Arrangement
from latticework.node.demo.run import Federation
from latticework.picture.surface.pages import HERE
from latticework.reference import federation as reference

CHROMIUM = shutil.which("chromium")
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DAY_MS = 86_400_000
PORT = 9_200 + 300 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="Debian's chromium is not installed"))
            elif not (HERE / "static/dist/map.js").exists():
                item.add_marker(pytest.mark.skip(reason="the front end is not built; run make setup"))


def unique(words: str) -> str:
    """Return words that no other test uses."""
    return f"{words} {os.getpid()}-{next(_numbers)}"


def label(level: int, *members: str, own: str = "JPN") -> Label:
    """Return a label of the EXERCISE policy for `own` and `members`."""
    release = Release(members=frozenset({own, *members})) if members else None  # type: ignore[arg-type]
    return Label(policy="EXERCISE", classification=level, release=release, originators=frozenset({own}))  # type: ignore[arg-type]


class Api:
    """The federation's APIs, as its officers."""

    def __init__(self, nodes: Federation) -> None:
        self.nodes = {one.member: one for one in nodes.made}

    def call(self, member: str, path: str, body: object = None, *, by: str | None = None, method: str = "") -> Any:
        """Ask one node; an answer that is no success fails the test."""
        one = self.nodes[member]  # type: ignore[index]
        token = one.tokens[by or f"releaser.{member.lower()}"]  # type: ignore[index]
        answer = httpx.request(
            method or ("GET" if body is None else "POST"), one.url + path, timeout=30,
            headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
            content=None if body is None else msgspec.json.encode(body))
        assert answer.status_code < 400, answer.text
        return answer.json()

    def two(self, member: str, path: str, body: object) -> None:
        """Do an act of two officers."""
        act = self.call(member, path, body)
        self.call(member, f"/api/v1/approvals/{act['id']}/approve", {}, by="release2")

    def note(self, member: str, title: str, topic: str, given: Label, *, distribute: bool = False, text: str = "Text.",
             ) -> str:
        """Publish a note; return its id."""
        made = self.call(member, "/api/v1/records", {
            "kind": "note", "body": {"title": title, "text": text}, "topic": topic,
            "label": msgspec.to_builtins(given), "distribute": distribute})
        return str(made["id"])

    def agree(self, arrangement: Arrangement) -> str:
        """Propose at the first party, sign at the others, and return the record's id once it is in force there."""
        first, *others = arrangement.parties
        self.two(first, "/api/v1/arrangements", msgspec.to_builtins(arrangement))
        found = ""
        for member in others:
            found = self._arrived(member, arrangement.name)
            self.two(member, f"/api/v1/arrangements/{found}/sign", {})
        for member in arrangement.parties:
            self._wait(lambda m=member: self._view(m, arrangement.name)["in_force"])  # type: ignore[misc]
        return found

    def _arrived(self, member: str, name: str) -> str:
        self._wait(lambda: self._view(member, name))
        return str(self._view(member, name)["record"])

    def _view(self, member: str, name: str) -> Any:
        items = self.call(member, "/api/v1/arrangements?discreet=true")["items"]
        return next((v for v in items if v["arrangement"]["name"] == name), None)

    @staticmethod
    def _wait(met: Callable[[], Any]) -> None:
        import time

        end = time.monotonic() + 20
        while not met():
            assert time.monotonic() < end, "it did not come about in 20 s"
            time.sleep(0.1)


@pytest.fixture(scope="session")
def federation() -> Iterator[Federation]:
    base = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="latticework-browser-", dir=base) as folder:
        nodes = Federation(Path(folder) / "homes", first_port=PORT, source="synthetic", cache=Path(folder) / "cache",
                           say=lambda _words: None)
        try:
            nodes.start()
            # The browser's driver has a loop in this thread, so the federation's runs in another one.
            with ThreadPoolExecutor(1) as pool:
                pool.submit(lambda: asyncio.run(_bring_up(nodes))).result(150)
            yield nodes
            assert nodes.dead() == [], "a node ended by itself"
        finally:
            nodes.stop()


async def _bring_up(nodes: Federation) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        await nodes.bring_up(http)


@pytest.fixture(scope="session")
def api(federation: Federation) -> Api:
    return Api(federation)


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    found = playwright_driver.chromium.launch(executable_path=CHROMIUM, args=ARGS)
    yield found
    found.close()


def sign_in(visitor: Visitor, officer: str, password: str | None = None) -> None:
    """Sign in on the page."""
    page = visitor.go("/sign-in")
    page.fill("#f-name", officer)
    page.fill("#f-password", password or reference.officers("JPN")[0].password)  # type: ignore[arg-type]
    page.locator("form button.primary").click()


@pytest.fixture(scope="session")
def sessions() -> dict[tuple[str, str], Any]:
    return {}


@pytest.fixture
def visit(browser: Browser, federation: Federation, sessions: dict[tuple[str, str], Any]
          ) -> Iterator[Callable[..., Visitor]]:
    """Return a function that puts an officer before a node's pages; afterwards nothing may have gone wrong in any."""
    made: list[Visitor] = []
    urls = {one.member: one.url for one in federation.made}

    def one(member: str = "JPN", officer: str = "", **more: Any) -> Visitor:
        key = (member, officer or f"releaser.{member.lower()}")
        more = {"viewport": {"width": 1440, "height": 900}, "locale": "en-US", **more}
        context = browser.new_context(storage_state=sessions.get(key), **more)
        visitor = Visitor(context, urls[member])  # type: ignore[index]
        if key not in sessions:
            sign_in(visitor, key[1])
            visitor.page.wait_for_url(visitor.url + "/")
            sessions[key] = context.storage_state()
        made.append(visitor)
        return visitor

    yield one
    for visitor in made:
        # A page on which something went wrong says so here: errors in the console, refusals of the content policy.
        assert visitor.complaints == []
        assert visitor.hosts() <= {visitor.url.removeprefix("http://")}, "a request went to another host"
        visitor.context.close()


@pytest.fixture
def stranger(browser: Browser, federation: Federation) -> Iterator[Visitor]:
    """Somebody at JPN's node who is not signed in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    visitor = Visitor(context, next(one.url for one in federation.made if one.member == "JPN"))
    yield visitor
    assert visitor.hosts() <= {visitor.url.removeprefix("http://")}
    context.close()
