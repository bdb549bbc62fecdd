"""Briefs in a browser: found by keyboard, read in each theme and language, printed with the marking on every sheet."""

from __future__ import annotations

import base64
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext
from tests.browser.test_quality import AXE
from tests.browser.visitor import Visitor
from tests.unit.shell.nodes import PASSWORD, Site
from tests.unit.testing.lighthouse.test_briefs import NAME, lit
from tests.unit.workbench.briefs.examples import order, whole

from latticework.testing.lighthouse.surface.room import ROOM
from latticework.workbench.briefs.press import draw

BANNER = "CONFIDENTIAL LANTERN REL TO JPN, USA"


@pytest.fixture(scope="module")
def lights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages of a node with the lighthouse room; its address."""
    site = Site(tmp_path_factory.mktemp("lights"), rooms=(ROOM,))
    lit(site, count=60)
    listener = socket.create_server(("127.0.0.1", 0))
    serving = uvicorn.Server(uvicorn.Config(site.app, log_level="warning", ws="websockets-sansio"))
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    serving.should_exit = True
    thread.join(20)


@pytest.fixture
def visitor(browser: Browser, lights: str) -> Iterator[Visitor]:
    context: BrowserContext = browser.new_context(viewport={"width": 1024, "height": 700}, locale="en-US")
    made = Visitor(context, lights)
    page = made.go("/sign-in")
    page.fill("#f-name", "duty")
    page.fill("#f-password", PASSWORD)
    page.locator("form button.primary").click()
    page.wait_for_url(lights + "/")
    yield made
    assert made.complaints == []
    assert made.hosts() == {lights.removeprefix("http://")}
    context.close()


def test_a_brief_is_found_and_read_by_keyboard(visitor: Visitor) -> None:
    page = visitor.page
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url(re.compile(r"/briefs$"))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/briefs/{re.escape(NAME)}$"))
    assert page.locator("article.brief h1").inner_text().startswith("50 of 60 lamps burn")
    assert page.locator("article.brief tbody tr").count() >= 60
    page.locator("article.brief .b-cite a").first.click()
    assert page.url.endswith("#source-1")
    assert visitor.banners() == ("CONFIDENTIAL REL TO JPN, USA",) * 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_sheet_is_paper_in_every_theme_and_fits(visitor: Visitor, scheme: str, language: str) -> None:
    visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = visitor.go(f"/briefs/{NAME}?language={language}")
    assert visitor.overflow() == []
    colors = page.locator("article.brief").evaluate(
        "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]")
    assert colors == ["rgb(255, 255, 255)", "rgb(18, 24, 26)"]
    picture = page.locator("article.brief figure img")
    assert picture.evaluate("e => e.complete && e.naturalWidth > 100")
    if AXE.exists():
        for path in ("/briefs", f"/briefs/{NAME}?language={language}"):
            visitor.go(path)
            page.evaluate(AXE.read_text(encoding="utf-8"))
            found = page.evaluate("""() => axe.run(document, {
                runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})""")
            assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]] == [], path


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_html_file_prints_its_marking_on_every_sheet(browser: Browser, tmp_path: Path, language: str) -> None:
    file = tmp_path / "brief.html"
    file.write_bytes(draw(order(whole(language)), "html"))
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(file.as_uri())
    session = page.context.new_cdp_session(page)
    printed = session.send("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    made = base64.b64decode(printed["data"])
    page.close()
    sheets = [sheet.get_textpage() for sheet in pdfium.PdfDocument(made)]
    assert len(sheets) >= 6
    for sheet in sheets:
        search, places = sheet.search(BANNER if language == "en" else "LANTERN"), []
        while (hit := search.get_next()) is not None:
            places.append(sheet.get_charbox(hit[0])[1])
        assert max(places) > 0.95 * 841
        assert min(places) < 0.05 * 841
    assert complaints == []
