"""Take the pictures of the documentation: the demonstration runs, JPN's pages are photographed, and it ends again.

So that the overview shows what a day looks like, partners ask something of JPN first: an arrangement to sign, a recall
to answer. Both are invented.

``.venv/bin/python scripts/screenshots.py [FOLDER]`` writes overview.png and map.png, by default into docs/img.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import msgspec
from playwright.sync_api import Page, sync_playwright

from latticework.kernel.clock import SystemClock
from latticework.kernel.ids import MemberId, Topic
from latticework.kernel.policy.model import Arrangement, Onward
from latticework.node.demo.drive import NodeClient
from latticework.node.demo.run import Federation
from latticework.picture.recording import default_cache
from latticework.reference import federation as reference

ROOT = Path(__file__).resolve().parent.parent
PORT = 9_900
DAY_MS = 86_400_000
LARGEST = 250_000
"""Bytes that a picture may have, so that the repository stays small."""


def main() -> int:
    """Run the demonstration and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs" / "img")
    parser.add_argument("--source", default="auto", help="tracks: auto, recorded or synthetic")
    chosen = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        print("Install Debian's chromium first.")
        return 1
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="latticework-pictures-") as temporary:
        nodes = Federation(Path(temporary) / "homes", first_port=PORT, source=chosen.source, cache=default_cache(),
                           say=print)
        try:
            nodes.start()
            with ThreadPoolExecutor(1) as pool:
                pool.submit(lambda: asyncio.run(_bring_up(nodes))).result()
            return _photograph(next(one.url for one in nodes.made if one.member == "JPN"), chromium, chosen.folder)
        finally:
            nodes.stop()


async def _bring_up(nodes: Federation) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        clients = await nodes.bring_up(http)
        await _ask_something(clients[MemberId("KOR")], clients[MemberId("USA")])
        await nodes.assess(clients)


async def _ask_something(kor: NodeClient, usa: NodeClient) -> None:
    now = SystemClock().now_ms()
    await kor.two("/api/v1/arrangements", Arrangement(
        name="evacuation-exercise", title="Evacuation exercise, staff talks (invented)",
        parties=(MemberId("JPN"), MemberId("KOR")), topics=(Topic("exercise.planning"),), ceiling=1,
        exchange_policy=reference.POLICY, valid_from_ms=now, valid_until_ms=now + 90 * DAY_MS,
        renew_every_ms=30 * DAY_MS, onward=Onward.NEVER, source="Invented for the picture.", status="invented"))
    made = msgspec.json.decode(await usa.post("/api/v1/records", {
        "kind": "note", "topic": "maritime.awareness", "distribute": True,
        "body": {"title": "Sea-state notice, Luzon Strait (invented)", "text": "Invented.", "source": "Invented.",
                 "status": "invented"},
        "label": {"policy": reference.POLICY, "classification": 1, "originators": ["USA"],
                  "release": {"members": ["JPN", "PHL", "USA"]}}}))
    await asyncio.sleep(3)  # until it has arrived: a recall follows what was released
    await usa.post(f"/api/v1/records/{made['id']}/recall", {
        "reason": "A newer notice replaces it.", "deadline_ms": now + 2 * DAY_MS})


def _photograph(url: str, chromium: str, folder: Path) -> int:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-US", color_scheme="light")
        page.goto(f"{url}/sign-in")
        page.fill("#f-name", "releaser.jpn")
        page.fill("#f-password", reference.officers(reference.members()[0].member)[0].password)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{url}/")
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{url}/map")
        page.wait_for_timeout(75_000)  # long enough for trails and for the figures under the map to have a history
        page.keyboard.press("]")
        while "stale" in page.locator(".track-detail").inner_text():
            page.keyboard.press("]")
            page.wait_for_timeout(200)
        page.wait_for_timeout(1_000)
        taken = [_take(page, folder / "map.png")]
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"{url}/")
        page.wait_for_timeout(1_000)
        taken.append(_take(page, folder / "overview.png"))
        browser.close()
    return 0 if all(size <= LARGEST for size in taken) else 1


def _take(page: Page, path: Path) -> int:
    page.screenshot(path=path)
    size = path.stat().st_size
    print(f"{path.name}: {size} bytes")
    return size


if __name__ == "__main__":
    raise SystemExit(main())
