"""The workbench's pages in a browser: each in both themes and languages; a file that is sent, found and saved."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, expect
from tests.browser.conftest import Api, sign_in, unique
from tests.browser.test_quality import AXE
from tests.browser.visitor import Visitor
from tests.unit.shell.nodes import OFFICERS, PASSWORD, Site, label_of

from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp
from latticework.testing.lighthouse.surface.room import ROOM
from latticework.workbench.measures.model import Bound

Visit = Callable[..., Visitor]
PAGES = (
    "/", "/lighthouse", "/records?q=mole", "/records?q=mloe", "/files", "/files/new", "/measures",
    "/measures/lighthouse.lit-share", "/measures/lighthouse.hours-dark", "/measures/watches/1", "/import", "/jobs",
    "/briefs", "/law",
)
"""Pages that the workbench's parts bring, at a node with the lighthouse room."""
AUDIT = ("/audit", "/audit?act=release", "/audit?since=yesterday")


@pytest.fixture(scope="module")
def lights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages of a node with the lighthouse room, a watched measure and a file; its address."""
    site = Site(tmp_path_factory.mktemp("lights"), rooms=(ROOM,))
    for number in range(40):
        site.kernel.publish(OFFICERS["duty"], LAMP, Lamp(
            name=f"North mole {number:02d}", latitude_deg=34.0, longitude_deg=129.0, height_m=30.0, range_m=2e4,
            burning=number % 3 != 0), topic=TOPIC, label=label_of(1, "USA"))
    site.bench.measures.watch(OFFICERS["duty"], "lighthouse.lit-share", bound=Bound(at_least=0.9))
    path = tmp_path_factory.mktemp("files") / "a-file-with-a-long-name-that-must-wrap-somewhere-in-the-table.csv"
    path.write_text("lamp,lit\nNorth mole,yes\n", encoding="utf-8")
    with path.open("rb") as source:
        staged = site.bench.attachments.stage(source, path.name, note="Invented table of lamps")
    site.bench.attachments.publish(OFFICERS["duty"], staged, topic=TOPIC, label=label_of(1, "USA"))
    site.federation.advance(1_000)
    listener = socket.create_server(("127.0.0.1", 0))
    serving = uvicorn.Server(uvicorn.Config(site.app, log_level="warning", ws="websockets-sansio"))
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    serving.should_exit = True
    thread.join(20)


@pytest.mark.parametrize(("theme", "language", "width"), [("light", "en", 1440), ("dark", "ja", 1024)])
def test_every_page_fits_and_is_accessible(
    browser: Browser, lights: str, theme: str, language: str, width: int
) -> None:
    wrong: dict[str, list[str]] = {}
    for officer, pages in (("duty", PAGES), ("audit", AUDIT)):
        context = browser.new_context(viewport={"width": width, "height": 760}, color_scheme=theme,  # type: ignore[arg-type]
                                      locale="en-US")
        visitor = Visitor(context, lights)
        sign_in(visitor, officer, PASSWORD)
        visitor.page.wait_for_url(lights + "/")
        csrf = visitor.page.locator("input[name=csrf]").first.get_attribute("value")
        context.request.post(lights + "/preferences", form={"csrf": csrf or "", "language": language, "theme": theme})
        for path in pages:
            page = visitor.go(path)
            found = [*visitor.overflow(), *_violations(visitor)]
            if language == "ja" and page.locator("html").get_attribute("lang") != "ja":
                found.append("the page is not Japanese")
            if found:
                wrong[path] = found
        context.request.post(lights + "/preferences", form={"csrf": csrf or "", "language": "en", "theme": "system"})
        assert visitor.complaints == []
        context.close()
    assert wrong == {}


def _violations(visitor: Visitor) -> list[str]:
    if not AXE.exists():
        return []
    visitor.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = visitor.page.evaluate("""() => axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})""")
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]]


def test_a_file_is_sent_found_by_its_words_and_saved_at_the_partner(visit: Visit, api: Api, tmp_path: Path) -> None:
    word = unique("gyrocompass").replace(" ", "").replace("-", "x")
    path = tmp_path / f"{word}.csv"
    path.write_text(f"item,place\n{word},pier four\n" + "row,0123456789\n" * 120_000, encoding="utf-8")
    jpn = visit()
    page = jpn.go("/files/new")
    page.set_input_files("#f-file", path)
    page.fill("#f-note", "Invented list")
    page.fill("#f-topic", "maritime.awareness")
    page.get_by_label("USA", exact=True).check()
    page.get_by_label("Release to every partner that the gate allows, now and later", exact=True).check()
    expect(page.locator("#preview tr", has_text="USA").locator(".verdict")).to_have_text("Allowed")
    page.get_by_role("button", name="Attach").click()
    expect(page.locator("#files")).to_contain_text("here, hash proven", timeout=30_000)

    usa = visit("USA")
    usa.until(lambda: any(f["state"] == "whole" and f["name"] == path.name for f in api.call("USA", "/api/v1/files")),
              "the file did not come", 30)
    found = usa.go(f"/records?q={word}")
    expect(found.locator("mark").first).to_contain_text(word)
    found.get_by_role("link", name=path.name).first.click()
    with found.expect_download() as saved:
        found.locator("#files").get_by_role("link", name="Save").first.click()
    assert saved.value.path().read_bytes() == path.read_bytes()
    aus = visit("AUS")
    expect(aus.go(f"/records?q={word}").locator("h1")).to_contain_text("0 records match")
