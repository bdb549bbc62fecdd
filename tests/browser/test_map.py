"""The live map in Chromium without a GPU: tracks, verdicts, keyboard, table, languages, and no other host."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from latticework.picture import service
from latticework.picture.labels import Zone
from latticework.picture.model import Radar
from latticework.picture.service import Picture, PictureSettings
from latticework.picture.sites import Sites
from latticework.picture.surface.room import ROOM
from latticework.picture.synthetic import Synthetic
from latticework.shell.app import create_app
from latticework.shell.settings import ShellSettings
from latticework.testing.kernels import KernelFederation, officer

PASSWORD = "correct horse battery staple 42"
SITES = Sites(
    radars=(Radar(name="Wide site", latitude_deg=31, longitude_deg=131, height_m=9000, range_m=900_000),),
    zones=(
        Zone(name="default", classification=1, release=("JPN", "KOR", "USA")),
        Zone(name="national", classification=2, release=(), latitude_deg=31, longitude_deg=131, radius_m=200_000),
    ),
)

PIXELS = """(name, channel, want) => {
  const c = document.querySelector(name);
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let n = 0;
  for (let i = channel; i < d.length; i += 4) n += want(d[i]);
  return n;
}"""
SHADES = """name => {
  const c = document.querySelector(name);
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  return new Set(d.filter((_, i) => i % 4 === 0)).size;
}"""


class Nodes:
    """Three members in one process; JPN and KOR have pages. The loop runs in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.urls: dict[str, str] = {}
        self._folder = folder
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._servers: dict[str, uvicorn.Server] = {}
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(60), "the nodes did not start"

    async def _run(self) -> None:
        federation = KernelFederation(self._folder, ("JPN", "KOR", "USA"), stream_kinds=service.stream_kinds())
        federation.clock.advance(int(time.time() * 1000) - federation.clock.now_ms())
        federation.link_all()
        federation.arrange("JPN", "USA", name="us-japan")
        pictures = []
        for name, kernel in federation.kernels.items():
            service.register_kinds(kernel.kinds)
            kernel.officers.add(officer(name), PASSWORD, kernel.clock.now_ms())
            pictures.append(Picture(kernel, PictureSettings(source="synthetic"), SITES, Synthetic(600)))
            service.mark_running(kernel, pictures[-1])
        serving = []
        for name in ("JPN", "KOR"):
            app = create_app(federation.benches[name], (ROOM,), ShellSettings())
            server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="websockets-sansio",
                                                   timeout_graceful_shutdown=1))
            self._servers[name] = server
            serving.append(asyncio.create_task(server.serve()))
        while not all(server.started for server in self._servers.values()):
            await asyncio.sleep(0.02)
        for name, server in self._servers.items():
            self.urls[name] = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        self._ready.set()
        while not self._stop.is_set():
            behind = int(time.time() * 1000) - federation.clock.now_ms()
            if behind > 0:
                federation.clock.advance(behind)
            for picture in pictures:
                picture.step()
            federation.settle()
            await asyncio.sleep(0.1)
        for server in self._servers.values():
            server.should_exit = True
        await asyncio.gather(*serving, return_exceptions=True)
        for kernel in federation.kernels.values():
            kernel.close()

    def silence(self, member: str) -> None:
        """Take one member's web pages away."""
        self._servers[member].should_exit = True

    def close(self) -> None:
        self._stop.set()
        self._thread.join(20)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    running = Nodes(tmp_path_factory.mktemp("nodes"))
    yield running
    running.close()


def until(page: Page, expression: str, seconds: float = 20.0) -> None:
    """Wait until `expression` is true in the page; the pages' policy forbids Playwright's own way of polling."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never true: {expression}"
        page.wait_for_timeout(100)


def open_map(browser: Browser, url: str, **more: object) -> Page:
    """Sign in as a new visitor and open the map; every request and every complaint of the browser is kept."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, **more)
    page = context.new_page()
    page.requests, page.complaints = [], []  # type: ignore[attr-defined]
    page.on("request", lambda request: page.requests.append(request.url))  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
    page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))  # type: ignore[attr-defined]
    page.goto(f"{url}/sign-in?next=/map")
    page.fill("input[name=name]", "desk")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/map")
    until(page, "Number(document.querySelector('.track-count').textContent.replace(/\\D/g, '')) > 50")
    return page


def test_tracks_are_on_the_map_and_in_the_list(nodes: Nodes, browser: Browser) -> None:
    page = open_map(browser, nodes.urls["JPN"])
    expect(page.locator(".source-note")).to_have_text("Synthetic traffic")
    expect(page.locator("#banner-top")).to_contain_text("CONFIDENTIAL")
    until(page, f"({PIXELS})('canvas.map-tracks', 3, d => d > 200) > 500")
    until(page, f"({SHADES})('canvas.map-base') > 3")
    count = int(page.locator(".track-count").inner_text().replace("\u2009", ""))
    assert count > 150
    assert page.locator(".track-scroll tbody tr[data-at]").count() < 60, "only what is visible is in the document"
    page.click("button[data-show=partners]")
    expect(page.locator(".track-scroll tbody .tri").first).to_have_text("USA")
    hosts = {urlsplit(url).netloc for url in page.requests}  # type: ignore[attr-defined]
    assert hosts == {urlsplit(nodes.urls["JPN"]).netloc}
    assert page.complaints == []  # type: ignore[attr-defined]


def test_the_judgment_names_rule_and_reason(nodes: Nodes, browser: Browser) -> None:
    page = open_map(browser, nodes.urls["JPN"])
    page.keyboard.press("]")
    detail = page.locator(".track-detail")
    expect(detail.locator("h2").first).to_contain_text("JPN-")
    expect(detail).to_contain_text("Wide site")
    rows = detail.locator("section", has_text="What others may see").locator("tr")
    expect(rows.filter(has_text="KOR").locator(".verdict.withheld")).to_have_count(1)
    expect(rows.filter(has_text="KOR")).to_contain_text("R-")
    first = detail.locator("h2").first.inner_text()
    page.keyboard.press("]")
    expect(detail.locator("h2").first).not_to_have_text(first)
    page.keyboard.press("[")
    expect(detail.locator("h2").first).to_have_text(first)
    expect(page.locator("tr[aria-selected=true]")).to_contain_text(first)
    page.keyboard.press("Escape")
    expect(detail).to_contain_text("No track is selected.")


def test_a_click_on_the_map_selects(nodes: Nodes, browser: Browser) -> None:
    page = open_map(browser, nodes.urls["JPN"])
    page.keyboard.press("]")
    name = page.locator(".track-detail h2").first.inner_text()
    page.focus(".map")
    page.keyboard.press("Enter")  # the map centers on the chosen track
    page.keyboard.press("Escape")
    expect(page.locator(".track-detail")).to_contain_text("No track is selected.")
    box = page.locator("canvas.map-tracks").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".track-detail h2").first).to_have_text(name)


def test_arrows_pan_and_plus_zooms(nodes: Nodes, browser: Browser) -> None:
    page = open_map(browser, nodes.urls["JPN"])
    page.focus(".map")
    scale = page.locator(".scale-bar text")
    before = scale.text_content() or ""
    for _ in range(4):
        page.keyboard.press("+")
    expect(scale).not_to_have_text(before)
    picture = "document.querySelector('canvas.map-base').toDataURL()"
    page.wait_for_timeout(300)
    still = page.evaluate(picture)
    page.keyboard.press("ArrowRight")
    until(page, f"{picture} !== {still!r}")


def test_as_a_partner_sees_it_and_own_alone(nodes: Nodes, browser: Browser) -> None:
    page = open_map(browser, nodes.urls["JPN"])

    def count() -> int:
        page.wait_for_timeout(1200)
        return int(page.locator(".track-count").inner_text().replace("\u2009", ""))

    everything = count()
    page.click("button[data-show=own]")
    own = count()
    assert 0 < own < everything
    page.select_option("select.as-member", "USA")
    for_usa = count()
    assert 0 < for_usa < own, "the national zone is withheld"
    page.select_option("select.as-member", "KOR")
    assert count() == 0, "no arrangement with KOR covers tracks"
    expect(page.locator(".track-foot")).to_have_text("No track here now.")


def test_the_table_holds_the_same(nodes: Nodes, browser: Browser) -> None:
    page = open_map(browser, nodes.urls["JPN"])
    expect(page.locator("th.wide").first).to_be_hidden()
    page.click("button.as-table")
    expect(page.locator("canvas.map-base")).to_be_hidden()
    row = page.locator(".track-scroll tbody tr[data-at]").first
    expect(row).to_contain_text("′ N")
    # Some tracks lie in the zone that is kept to the member, so not every row is releasable; the marking is there.
    expect(row).to_contain_text(re.compile("RESTRICTED|CONFIDENTIAL"))
    expect(page.locator(".track-scroll tbody tr[data-at]", has_text="REL TO").first).to_be_visible()
    page.click("button.as-table")
    expect(page.locator("canvas.map-base")).to_be_visible()


def test_a_filter_and_a_sort(nodes: Nodes, browser: Browser) -> None:
    page = open_map(browser, nodes.urls["JPN"])
    name = page.locator(".track-scroll tbody tr[data-at] td:nth-child(2)").nth(3).inner_text()
    page.fill(".track-filter", name.lower())
    expect(page.locator(".track-scroll tbody tr[data-at]")).to_have_count(1)
    page.fill(".track-filter", "")
    page.click("button[data-sort=level]")
    page.wait_for_timeout(300)
    levels = [int(x) for x in page.locator(".track-scroll tbody tr[data-at] td:nth-child(3)").all_inner_texts()[:10]]
    assert levels == sorted(levels, reverse=True)
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("FL")


def test_japanese_and_dark(nodes: Nodes, browser: Browser) -> None:
    page = open_map(browser, nodes.urls["JPN"], locale="ja-JP", color_scheme="dark", reduced_motion="reduce")
    expect(page.locator(".tracks h2")).to_have_text("航跡")
    expect(page.locator(".source-note")).to_have_text("合成した交通")
    page.keyboard.press("]")
    expect(page.locator(".track-detail")).to_contain_text("他国に見えるもの")
    corner = page.evaluate("[...document.querySelector('canvas.map-base').getContext('2d').getImageData(2,2,1,1).data]")
    assert max(corner[:3]) < 60, "the map is dark"
    assert page.complaints == []  # type: ignore[attr-defined]


def test_who_has_no_arrangement_sees_its_own_alone(nodes: Nodes, browser: Browser) -> None:
    page = open_map(browser, nodes.urls["KOR"])
    expect(page.locator("[data-figure=partners]")).to_have_text("0")
    assert set(page.locator(".track-scroll tbody .tri").all_inner_texts()) == {"KOR"}


def test_the_screen_says_when_the_node_is_silent(nodes: Nodes, browser: Browser) -> None:
    # The last test of this module: KOR's pages go away.
    page = open_map(browser, nodes.urls["KOR"])
    expect(page.locator(".map-notice")).to_be_hidden()
    nodes.silence("KOR")
    expect(page.locator(".map-notice")).to_contain_text("does not answer", timeout=15_000)
    until(page, "document.querySelector('tr.stale') !== null")
