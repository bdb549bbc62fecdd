"""The gallery of pictures in a browser: keys, table, zoom, themes, Japanese, print, forced colors, axe, no overflow.

The dummy room's pages are served by the real web application of one node in this process.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect
from tests.browser.visitor import Visitor
from tests.unit.shell.nodes import PASSWORD, Site

from latticework.testing.lighthouse.surface.room import ROOM

ROOT = Path(__file__).parents[2]
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
USUAL, LARGE = "/lighthouse/pictures", "/lighthouse/pictures/large"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of JPN's node with the lighthouse room."""
    site = Site(tmp_path_factory.mktemp("lighthouse"), rooms=(ROOM,), filled=False, members=("JPN", "USA"))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(site.app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def session(browser: Browser, address: str) -> Any:
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#f-name", "duty")
    page.fill("#f-password", PASSWORD)
    page.locator("form button.primary").click()
    page.wait_for_url(f"{address}/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def look(browser: Browser, address: str, session: Any) -> Iterator[Callable[..., Visitor]]:
    made: list[Visitor] = []

    def one(language: str = "en", **more: Any) -> Visitor:
        options = {"viewport": {"width": 1440, "height": 900}, "locale": "en-US", **more}
        visitor = Visitor(browser.new_context(storage_state=session, **options), address)
        made.append(visitor)
        page = visitor.go("/preferences")
        if page.locator("html").get_attribute("lang") != language:
            page.evaluate("""async language => {
                const body = new URLSearchParams({csrf: document.body.dataset.csrf, language, next: "/preferences"});
                await fetch("/preferences", {method: "POST", body});
            }""", language)
        return visitor

    yield one
    for visitor in made:
        assert visitor.complaints == []
        assert visitor.hosts() <= {visitor.url.removeprefix("http://")}
        visitor.context.close()


def view(page: Page, name: str) -> Any:
    return page.locator(f"#{name} .picture-view")


def said(page: Page, name: str) -> str:
    return page.locator(f"#{name} .picked").inner_text()


def test_arrows_and_letters_step_through_the_parts(look: Callable[..., Visitor]) -> None:
    page = look().go(USUAL)
    view(page, "gantt").focus()
    page.keyboard.press("j")
    assert said(page, "gantt").startswith("North yard, line 1 · 30 lamps a year · work · 1 Apr 2026")
    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    assert "qualify" in said(page, "gantt")
    page.keyboard.press("End")
    assert "vetting" in said(page, "gantt")
    page.keyboard.press("Escape")
    assert said(page, "gantt") == ""
    view(page, "matrix").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert said(page, "matrix").startswith("USA → USA")
    page.keyboard.press("ArrowRight")
    assert said(page, "matrix") == "USA → AUS · direct"


def test_one_key_shows_the_table_and_brings_the_drawing_back(look: Callable[..., Visitor]) -> None:
    page = look().go(USUAL)
    for name in ("gantt", "timeline", "matrix", "distribution", "curves", "diagram", "map"):
        place = page.locator(f"#{name} .picture-map" if name == "map" else f"#{name} .picture-view")
        table = page.locator(f"#{name} table")
        place.focus()
        expect(table).to_be_hidden()
        page.keyboard.press("t")
        expect(table).to_be_visible()
        expect(place).to_be_hidden()
        expect(page.locator(f"#{name} .picture-scroll")).to_be_focused()
        page.keyboard.press("t")
        expect(place).to_be_visible()
        expect(place).to_be_focused()
    page.locator("#gantt button[data-view=table]").click()
    expect(page.locator("#gantt table")).to_contain_text("single source below both gear makers")


def test_a_picture_zooms_and_its_text_stays_text(look: Callable[..., Visitor]) -> None:
    page = look().go(USUAL)
    drawn = page.locator("#diagram svg.drawn")
    before = drawn.bounding_box()
    view(page, "diagram").focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    after = drawn.bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] == pytest.approx(before["width"] * 2, rel=0.01)
    page.keyboard.press("0")
    again = drawn.bounding_box()
    assert again is not None
    assert again["width"] == pytest.approx(before["width"], rel=0.01)


def test_the_map_steps_through_its_parts_and_moves(look: Callable[..., Visitor]) -> None:
    page = look().go(USUAL)
    stage = page.locator("#map .picture-map")
    expect(stage).to_be_visible()
    expect(view(page, "map")).to_be_hidden()
    stage.focus()
    names = []
    for _ in range(7):
        page.keyboard.press("]")
        names.append(said(page, "map").split(" · ", maxsplit=1)[0])
    assert names == ["West", "East", "Not agreed", "Tender’s round", "North cape", "Atoll light", "Tender"]
    before = stage.screenshot()
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(300)
    assert stage.screenshot() != before
    # A click into the eastern area, which crosses the 180th meridian, picks it.
    page.keyboard.press("Escape")
    page.reload()
    page.locator("#map canvas").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    box = page.locator("#map canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.2)
    assert said(page, "map").startswith("East")


def test_without_script_the_drawing_stands_and_the_table_opens(look: Callable[..., Visitor]) -> None:
    visitor = look(java_script_enabled=True)
    status, document = visitor.read(USUAL)
    assert status == 200
    for name in ("gantt", "timeline", "matrix", "distribution", "curves", "diagram", "map"):
        part = document.get_element_by_id(name)
        # One drawing, or one for wide and one for narrow windows, of which the style sheet shows one.
        assert len(part.xpath(".//svg[@aria-label]")) == (1 if name in {"matrix", "diagram"} else 2)
        assert part.xpath(".//details/summary")
        assert part.xpath(".//table/tbody/tr")
        assert "Source: lamp renewal plan 7" in part.text_content()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed; run make setup")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(look: Callable[..., Visitor], theme: str) -> None:
    # axe-core 4 (Deque Systems, MPL-2.0) with the rules of WCAG 2.2 A and AA.
    visitor = look(color_scheme=theme, bypass_csp=True)
    for path in (USUAL, LARGE) if theme == "light" else (USUAL,):
        page = visitor.go(path)
        for table in (False, True):
            if table:
                page.evaluate("document.querySelectorAll('button[data-view=table]').forEach(b => b.click())")
            page.evaluate(AXE.read_text())
            found = page.evaluate("""async () => (await axe.run({runOnly:
                ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})).violations
                .map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(" | "))""")
            assert found == [], path


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_runs_over(look: Callable[..., Visitor], language: str) -> None:
    visitor = look(language)
    try:
        for width in (1440, 1024):
            visitor.page.set_viewport_size({"width": width, "height": 800})
            for path in (USUAL, LARGE):
                visitor.go(path)
                # What is too large for a window scrolls within its panel, and only there.
                assert [w for w in visitor.overflow() if "ends at" not in w] == [], f"{path} at {width}"
                if path == USUAL:
                    inside = visitor.page.evaluate("""() => [...document.querySelectorAll(".picture-view")]
                        .filter(v => v.clientWidth && v.scrollWidth > v.clientWidth + 1)
                        .map(v => v.closest("section").id)""")
                    assert inside == [], f"{inside} at {width}"
                if language == "ja":
                    assert visitor.page.locator("html").get_attribute("lang") == "ja"
                # Words are at least as large as the look asks, however narrow the page is.
                sizes = visitor.page.evaluate("""() => [...document.querySelectorAll(".viz.drawn")]
                    .filter(s => s.clientWidth).map(s => s.getBoundingClientRect().width / s.viewBox.baseVal.width)""")
                assert min(sizes) >= 0.999
    finally:
        look("en")


def test_words_in_bars_and_boxes_stay_within_them(look: Callable[..., Visitor]) -> None:
    visitor = look()
    for path in (USUAL, LARGE):
        page = visitor.go(path)
        wide = page.evaluate("""() => ["gantt", "gantt-200", "long", "diagram", "diagram-300"]
          .flatMap(id => [...document.querySelectorAll(`#${id} .step`)])
          .flatMap(mark => {
            const right = mark.querySelector("rect").getBoundingClientRect().right;
            return [...mark.querySelectorAll("text")].filter(t => t.getBoundingClientRect().right > right + 1)
              .map(t => t.textContent);
          })""")
        assert wide == []


def test_print_shows_the_drawing_on_paper(look: Callable[..., Visitor]) -> None:
    page = look().go(USUAL)
    page.emulate_media(media="print")
    expect(view(page, "map")).to_be_visible()
    expect(page.locator("#map .picture-map")).to_be_hidden()
    expect(page.locator("#gantt .seg")).to_be_hidden()
    page.emulate_media(media="screen")
    page.locator("#gantt button[data-view=table]").click()
    page.emulate_media(media="print")
    expect(page.locator("#gantt table")).to_be_visible()
    assert page.pdf(format="A4", landscape=True).startswith(b"%PDF")


def test_forced_colors_keep_every_shape(look: Callable[..., Visitor]) -> None:
    page = look(forced_colors="active").go(USUAL)
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    colors = page.evaluate("""() => Object.fromEntries(["#gantt .g-lit", "#gantt .g-bad", "#matrix .m-full",
        "#diagram .e-withheld"].map(s => { const c = getComputedStyle(document.querySelector(s));
        return [s, [c.fill, c.stroke]]; }))""")
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert colors["#gantt .g-lit"][0] == ink
    assert colors["#gantt .g-bad"][1] == ink
    assert colors["#diagram .e-withheld"][1] == ink


def test_the_large_page_is_drawn_in_a_moment(look: Callable[..., Visitor]) -> None:
    page = look().go(LARGE)
    assert page.locator("#gantt-200 [data-mark]").count() > 1_000
    assert page.locator("#matrix-40 [data-mark]").count() == 1_600
    assert page.locator("#diagram-300 [data-mark]").count() == 300
    view(page, "diagram-300").focus()
    start = time.monotonic()
    page.keyboard.press("End")
    assert "Unit 299" in said(page, "diagram-300")
    assert time.monotonic() - start < 15, "a step must not hang"
    expect(page.locator("#empty")).to_contain_text("Nothing to show.")
