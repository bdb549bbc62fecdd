"""What every page keeps: markings, silence towards others, keys, languages, themes, sizes, print, accessibility."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from babel.messages.pofile import read_po
from lxml import html
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import DAY_MS, Api, label, unique
from tests.browser.visitor import PAGES, Visitor

from latticework.kernel.labels import exercise_policy, join
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Arrangement, Onward
from latticework.reference import federation as reference

Visit = Callable[..., Visitor]
ROOT = Path(__file__).parents[2]
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
RECORD = re.compile(r'/records/([0-9a-f]{64})"')


@pytest.fixture(scope="module")
def some_record(api: Api) -> str:
    """A record of JPN that one partner has and another one may not have."""
    record = api.note("JPN", unique("Visit of two survey ships"), "maritime.awareness", label(1, "KOR", "USA"))
    api.call("JPN", f"/api/v1/records/{record}/releases", {"to": "USA"})
    return record


@pytest.fixture(scope="module")
def long_record(api: Api) -> str:
    """A record with caveats, and with words that fit no column: what a partner writes is not ours to choose."""
    given = msgspec.structs.replace(label(3, "USA"), restrictive=frozenset({"Special Handling/LANTERN"}),
                                    informative=frozenset({"Handling/DRAFT"}))
    return api.note("JPN", unique("Berths " + "Versorgungsgebietsabgrenzung" * 4), "maritime.awareness", given,
                    distribute=True, text="https://example.invalid/" + "x" * 130)


@pytest.fixture(scope="module")
def some_arrangement(api: Api) -> str:
    return str(api.call("JPN", "/api/v1/arrangements")["items"][0]["record"])


@pytest.fixture(scope="module")
def every_page(some_record: str, long_record: str, some_arrangement: str) -> tuple[str, ...]:
    return (*PAGES, f"/records/{long_record}", f"/records/{some_record}", f"/records/{some_record}/share",
            f"/records/{some_record}/share?to=KOR",
            f"/records/{some_record}/recall", f"/arrangements/{some_arrangement}")


@pytest.fixture
def preferring(api: Api, visit: Visit) -> Iterator[Callable[..., Visitor]]:
    """Return a function that gives the second release desk of JPN other preferences; they are put back afterwards."""
    made: list[Visitor] = []

    def one(*, theme: str = "system", density: str = "default", language: str = "en", **more: object) -> Visitor:
        visitor = visit("JPN", "release2", **more)
        choose(visitor, theme, density, language)
        made.append(visitor)
        return visitor

    yield one
    for visitor in made[-1:]:
        visitor.page.emulate_media(media="screen")
        choose(visitor, "system", "default", "en")


def choose(visitor: Visitor, theme: str, density: str, language: str) -> None:
    page = visitor.go("/preferences")
    for name, value in (("theme", theme), ("density", density), ("language", language)):
        page.locator(f"main input[name={name}][value={value}]").check()
    page.locator("main form button.primary").click()
    page.wait_for_load_state()


# ---- markings --------------------------------------------------------------------------------------------------------

def test_the_banner_is_the_join_of_what_the_page_shows(visit: Visit, api: Api, every_page: tuple[str, ...]) -> None:
    jpn = visit()
    policy = exercise_policy()
    labels: dict[str, Label] = {}
    counted = 0
    for path in every_page:
        _, document = jpn.read(path)
        top, bottom = (document.xpath(f"string(//*[@id='banner-{end}']/span[2])").strip() for end in ("top", "bottom"))
        assert top == bottom, path
        shown = set(RECORD.findall(html.tostring(document, encoding="unicode")))
        if path.startswith("/records/") and len(path) > 64:
            shown.add(path.split("/")[2].split("?")[0])
        for record in shown - labels.keys():
            labels[record] = msgspec.convert(api.call("JPN", f"/api/v1/records/{record}")["label"], Label)
        if path in {"/", "/records", "/ledger", "/peers/USA"} or (path.startswith("/records/") and shown):
            counted += 1
            assert top == policy.marking(join([labels[r] for r in shown])), path
        if document.find_class("mark"):
            assert not document.find_class("bare"), f"{path} shows a label and no marking"
    assert counted >= 8


def test_the_banner_follows_a_new_arrival(visit: Visit, api: Api) -> None:
    topic = unique("maritime.berths").replace(" ", "-")
    api.note("JPN", "Berths", topic, label(0, "USA"))
    jpn = visit()
    page = jpn.go(f"/records?topic={topic}")
    assert jpn.banners()[0] == "UNCLASSIFIED REL TO JPN, USA"
    api.note("JPN", "Berths and their defenses", topic, label(3))
    expect(page.locator("#banner-top")).to_contain_text("SECRET", timeout=15_000)
    expect(page.locator("#banner-bottom")).to_contain_text("SECRET")


def test_a_discreet_arrangement_shows_only_when_asked_for(
    visit: Visit, preferring: Callable[..., Visitor], api: Api, some_record: str
) -> None:
    jpn = visit()
    before = jpn.go("/").locator("section.figure", has_text="Arrangements").inner_text()
    now = int(time.time() * 1000)
    title = unique("Quiet talks on harbors")
    name = title.lower().replace(" ", "-")
    record = api.agree(Arrangement(
        name=name, title=title, parties=("JPN", "USA"), topics=("harbor.talks",), ceiling=2,  # type: ignore[arg-type]
        exchange_policy="EXERCISE", valid_from_ms=now - DAY_MS, valid_until_ms=now + DAY_MS * 90,
        renew_every_ms=30 * DAY_MS, onward=Onward.NEVER, discreet=True))
    kept = api.note("JPN", unique("Harbor note"), "harbor.talks", label(1, "USA"), distribute=True)
    pages = (*PAGES, f"/records/{some_record}", f"/records/{kept}", f"/records/{kept}/share?to=USA",
             f"/go?q={name}", f"/records?q={name}", "/records?kind=lattice.arrangement")
    for visitor in (jpn, visit("USA")):
        for path in pages:
            if visitor is not jpn and path == "/peers/USA":
                path = "/peers/JPN"
            words = html.tostring(visitor.read(path)[1], encoding="unicode")
            if path.startswith(("/go", "/records?q=")):
                words = re.sub(r'value="[^"]*"|href="/records\?q=[^"]*"|“[^”]*”|<title>.*?</title>', "", words)
            assert title not in words, f"{path} at {visitor.url}"
            assert name not in words, f"{path} at {visitor.url}"
    assert jpn.go("/").locator("section.figure", has_text="Arrangements").inner_text() == before
    page = jpn.go("/arrangements")
    page.get_by_role("link", name="Show discreet").click()
    expect(page.locator("tr", has_text=title)).to_contain_text("discreet")
    jpn.go("/arrangements")
    assert title not in page.content(), "asking once is not remembered"
    jpn.go(f"/arrangements/{record}")
    expect(page.locator("h1")).to_contain_text(title)
    # A projector stands in a room full of people.
    wall = preferring(density="projector")
    page = wall.go("/arrangements?discreet=1")
    expect(page.locator("main")).to_contain_text("A projector never shows discreet arrangements")
    assert title not in page.content()


# ---- keys ------------------------------------------------------------------------------------------------------------

def test_everything_is_reached_by_keys(visit: Visit) -> None:
    jpn = visit(officer="desk.jpn")
    page = jpn.go("/")
    page.keyboard.press("/")
    assert focused(page) == "go"
    page.keyboard.type("records")
    page.keyboard.press("Escape")
    for letter, path in (("r", "/records"), ("a", "/arrangements"), ("p", "/approvals"), ("l", "/ledger"),
                         ("e", "/peers"), ("m", "/map"), ("o", "/")):
        page.keyboard.press("g")
        page.keyboard.press(letter)
        page.wait_for_url(jpn.url + path)
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()
    page = jpn.go("/records")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    chosen = page.locator("[data-rows] tbody tr").nth(1)
    expect(chosen).to_have_attribute("aria-selected", "true")
    target = chosen.locator("[data-open]").get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{target}")


def test_the_order_of_tab_and_the_ring_of_focus(visit: Visit) -> None:
    jpn = visit(officer="desk.jpn")
    page = jpn.go("/records")
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null"), "the skip link leads into the content"
    page = jpn.go("/records")
    seen: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        place = page.evaluate("""() => { const e = document.activeElement, s = getComputedStyle(e);
            return [e.closest('.top') ? 'top' : e.closest('.rail') ? 'rail' : e.closest('main') ? 'main' : 'skip',
                    s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, e.outerHTML.slice(0, 80)]; }""")
        assert place[1], f"no ring on {place[2]}"
        if not seen or seen[-1] != place[0]:
            seen.append(place[0])
        if place[0] == "main" and len(seen) == 4:
            break
    assert seen == ["skip", "top", "rail", "main"]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


# ---- light and dark, sizes, print ------------------------------------------------------------------------------------

def paper(page: Page) -> float:
    """Return how light the page's ground is, 0 to 1 (WCAG 2.2, relative luminance)."""
    red, green, blue = page.evaluate("""() => { const c = document.createElement('canvas').getContext('2d');
        c.fillStyle = getComputedStyle(document.body).backgroundColor;
        c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data].slice(0, 3); }""")
    return 0.2126 * (red / 255) ** 2.2 + 0.7152 * (green / 255) ** 2.2 + 0.0722 * (blue / 255) ** 2.2


def test_light_and_dark_follow_the_device_and_the_choice(preferring: Callable[..., Visitor]) -> None:
    visitor = preferring(color_scheme="dark")
    page = visitor.go("/records")
    assert paper(page) < 0.1
    page.emulate_media(color_scheme="light")
    assert paper(page) > 0.8
    choose(visitor, "dark", "default", "en")
    assert visitor.go("/records").locator("html").get_attribute("data-theme") == "dark"
    assert paper(page) < 0.1, "the choice stands above the device"
    choose(visitor, "light", "default", "en")
    page.emulate_media(color_scheme="dark")
    visitor.go("/records")
    assert paper(page) > 0.8


# WCAG 2.2, 2.5.8: targets of 24 by 24 CSS pixels; links within a sentence are excepted.
SMALL = """() => [...document.querySelectorAll("button:not(.link), .btn:not(.link), .rail > a, select, .input")]
  .map(e => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.width && (r.height < 24 || r.width < 24))
  .map(([e, r]) => `${e.outerHTML.slice(0, 60)} ${Math.round(r.width)} by ${Math.round(r.height)}`)"""


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_is_clipped_or_runs_over(
    preferring: Callable[..., Visitor], every_page: tuple[str, ...], some_record: str, language: str
) -> None:
    found: dict[str, list[str]] = {}
    visitor = preferring(language=language)
    for width, height in ((1440, 900), (1024, 700)):
        visitor.page.set_viewport_size({"width": width, "height": height})
        # What fits the narrow page fits the wide one, save on pages that arrange their parts in another way.
        for path in every_page if width == 1024 else ("/", "/map", f"/records/{some_record}"):
            page = visitor.go(path)
            if wide := visitor.overflow() + page.evaluate(SMALL):
                found[f"{path} at {width}"] = wide[:4]
    choose(visitor, "system", "projector", language)
    visitor.page.set_viewport_size({"width": 1440, "height": 900})
    for path in every_page if language == "en" else ("/", "/records", "/map"):
        visitor.go(path)
        if wide := visitor.overflow():
            found[f"{path} on the projector"] = wide[:4]
    assert found == {}


def test_print_carries_the_banners(visit: Visit, some_record: str) -> None:
    jpn = visit()
    page = jpn.go(f"/records/{some_record}")
    page.emulate_media(media="print")
    for banner, edge in (("#banner-top", "top"), ("#banner-bottom", "bottom")):
        expect(page.locator(banner)).to_be_visible()
        style = page.evaluate(f"""() => {{ const s = getComputedStyle(document.querySelector('{banner}'));
            return [s.position, s.{edge}, s.printColorAdjust]; }}""")
        # A fixed box is repeated on every sheet (CSS 2.2, section 9.6.1).
        assert style == ["fixed", "0px", "exact"]
    for part in (".rail", ".top", ".page-head .btn"):
        expect(page.locator(part).first).to_be_hidden()
    assert page.evaluate("(m => m.scrollHeight <= m.clientHeight + 1)(document.querySelector('.main'))")
    # Every sheet keeps room for them: groups at the head and foot of a table are repeated (CSS 2.2, section 17.2).
    for edge, group in (("before", "table-header-group"), ("after", "table-footer-group")):
        style = page.evaluate(f"""() => {{ const s = getComputedStyle(document.querySelector('.shell'), '::{edge}');
            return [s.display, parseFloat(s.lineHeight) >= document.querySelector('.banner').offsetHeight]; }}""")
        assert style == [group, True]
    assert page.pdf(format="A4", print_background=True).startswith(b"%PDF")


@pytest.mark.parametrize("path", ["/", "/map", "/ledger"])
def test_paper_is_light_and_nothing_covers_the_banner(preferring: Callable[..., Visitor], path: str) -> None:
    page = preferring(theme="dark").go(path)
    if path == "/map":
        expect(page.locator("tr[data-at]").first).to_be_visible()
    assert paper(page) < 0.1
    page.emulate_media(media="print")
    assert paper(page) > 0.8
    for end in ("top", "bottom"):
        assert page.evaluate("""end => { const b = document.querySelector(`#banner-${end}`);
            const r = b.getBoundingClientRect();
            return b.contains(document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2)); }""", end), end


def test_the_list_of_tracks_is_printed_whole(visit: Visit) -> None:
    page = visit().go("/map")
    rows = page.locator("tr[data-at]")
    expect(rows.first).to_be_visible()
    shown = rows.count()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert rows.count() >= int(re.sub(r"\D", "", page.locator(".track-count").inner_text())) - 5 > shown
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert rows.count() <= shown + 1


def test_forced_colors_keep_verdicts_and_banner(preferring: Callable[..., Visitor], some_record: str) -> None:
    # Whoever chose the light theme and has a dark palette of the device's own sees marks that suit the palette.
    jpn = preferring(theme="light", forced_colors="active", color_scheme="dark")
    page = jpn.go(f"/records/{some_record}")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light dark"
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    for part in (".verdict.withheld", ".verdict.allowed", ".st.good"):
        box = page.locator(part).first
        expect(box).to_be_visible()
        shape = page.evaluate("""part => { const s = getComputedStyle(document.querySelector(part), '::before');
            return [parseFloat(s.width) > 0, s.backgroundColor !== 'rgba(0, 0, 0, 0)' || s.backgroundImage !== 'none'
                    || parseFloat(s.borderTopWidth) > 0]; }""", part)
        assert shape == [True, True], part
    banner = page.evaluate("getComputedStyle(document.querySelector('#banner-top')).backgroundColor")
    assert banner not in {"rgb(255, 255, 255)", "rgb(0, 0, 0)"}, "the banner keeps its color"


# ---- Japanese --------------------------------------------------------------------------------------------------------

def english_messages() -> list[tuple[str, re.Pattern[str]]]:
    """Return each English message of the catalogs that has other words in Japanese, as what it looks like on a page."""
    found = []
    for po in sorted((ROOT / "src/latticework").rglob("ja/LC_MESSAGES/messages.po")):
        with po.open("rb") as file:
            catalog = read_po(file, locale="ja")
        for message in catalog:
            words = message.id if isinstance(message.id, tuple) else (message.id,)
            translated = message.string if isinstance(message.string, tuple) else (message.string,)
            for one in words:
                if one and one not in translated and re.search(r"[a-z]{3}", re.sub(r"%\(\w+\)s|\{\w+\}", "", one)):
                    parts = [re.escape(p) for p in re.split(r"%\(\w+\)s|\{\w+\}", one)]
                    found.append((one, re.compile(".+".join(parts))))
    return found


WORDS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (node.data.trim() && !holder.closest("script, style, code, textarea, [lang=en]"))
      found.push(node.data.trim().replace(/\\s+/g, " "));
  }
  for (const e of document.querySelectorAll("[title], [aria-label], [placeholder]"))
    for (const name of ["title", "aria-label", "placeholder"])
      if (e.getAttribute(name)) found.push(e.getAttribute(name));
  return [found, document.documentElement.lang, document.title];
}"""


NAMES = {"latticework", "API", "English", "Natural", "Earth", "keys", "compromise", "host", "port", "sha", "Enter",
         "Esc", "ms", "kn", "km", "nmi", "jobs", "start"}
"""Words that Japanese pages write in Latin letters too: names, commands, keys, units."""
LISTS = ("records?limit=500", "arrangements", "approvals", "peers", "trust", "policies",
         "me", "me/tokens")


def text_of_data(api: Api) -> str:
    """Return JPN's data as one text: titles and texts, names of topics, posts and officers stay as they are."""
    found = [json.dumps(api.call("JPN", f"/api/v1/{path}"), ensure_ascii=False) for path in LISTS]
    return re.sub(r"\s+", " ", " ".join(found).replace("\\n", " "))


def test_japanese_pages_hold_no_english_words_of_ours(
    preferring: Callable[..., Visitor], every_page: tuple[str, ...], some_record: str, api: Api
) -> None:
    text = text_of_data(api)
    data = set(re.findall(r"[A-Za-z]{2,}", text)) | NAMES
    messages = english_messages()
    assert len(messages) > 300
    exact = {words for words, _ in messages if "%(" not in words and "{" not in words}
    open_ones = [(words, pattern) for words, pattern in messages if words not in exact]
    ours = {fact.body.title for fact in reference.facts()}
    visitor = preferring(language="ja", locale="ja-JP")
    left: dict[str, list[str]] = {}
    for path in every_page:
        page = visitor.go(path)
        if path == "/map":
            page.wait_for_timeout(1500)
            page.keyboard.press("]")
            page.wait_for_timeout(500)
        if path == f"/records/{some_record}":
            page.locator("button[hx-get*=why]").first.click()
            expect(page.locator("#why section")).to_be_visible()
        if path == "/ledger":
            page.locator("button[data-wait]").click()
            expect(page.locator("#report section")).to_be_visible(timeout=20_000)
        texts, language, title = page.evaluate(WORDS)
        assert language == "ja"
        assert re.search(r"[぀-ヿ一-鿿]", title) or "“" in title or path.startswith("/records/"), title
        english = [t for t in texts if t in exact and t not in ours and t not in NAMES]
        # A record's own sentence may have the shape of one of ours ("… from … to …").
        own = [t for t in texts if t.rstrip("…") not in text]
        english += [t for t in own for _, pattern in open_ones if pattern.fullmatch(t) and len(t) < 200]
        # Words that stand in no catalog at all: whatever neither a catalog nor the data brought to the page.
        english += [t for t in texts if set(re.findall(r"(?<![\w.-])[A-Z]?[a-z]{2,}(?![\w.-])", t)) - data]
        if english:
            left[path] = sorted(set(english))
    assert left == {}


def test_the_sign_in_page_speaks_the_browsers_language(browser: Browser, stranger: Visitor) -> None:
    context = browser.new_context(locale="ja-JP")
    page = Visitor(context, stranger.url).go("/sign-in")
    assert page.locator("html").get_attribute("lang") == "ja"
    expect(page.locator("h1")).to_have_text(re.compile("日本"))
    texts, _, _ = page.evaluate(WORDS)
    assert not {words for words, _ in english_messages()} & set(texts)
    context.close()


# ---- roles -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("officer", ["admin", "auditor", "desk.jpn", "exchange"])
def test_every_role_gets_a_page_or_a_sentence(visit: Visit, every_page: tuple[str, ...], officer: str) -> None:
    visitor = visit("JPN", officer)
    for path in every_page:
        status, document = visitor.read(path)
        assert status in {200, 400, 403, 404}, f"{path} for {officer}: {status}"
        assert len(document.xpath("//h1")) == 1, path
        if status != 200:
            assert document.xpath("string(//*[@role='alert'])").strip().endswith("."), path


# ---- accessibility ---------------------------------------------------------------------------------------------------

@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed; run make setup")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(visit: Visit, every_page: tuple[str, ...], theme: str) -> None:
    # axe-core 4.14 (Deque Systems, MPL-2.0) with the rules of WCAG 2.2 A and AA; we wrote none of them.
    source = AXE.read_text()
    visitor = visit(color_scheme=theme)
    found: dict[str, list[str]] = {}
    for path in every_page:
        page = visitor.go(path)
        if path == "/map":
            page.wait_for_timeout(1000)
            page.keyboard.press("]")
        page.evaluate(source)
        result = page.evaluate("""() => axe.run(document, {
            resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})""")
        assert len(result["passes"]) > 5, "axe looked at nothing"
        for violation in result["violations"]:
            places = [(n["target"], n["html"][:90], [a["message"] for a in n["any"]]) for n in violation["nodes"][:3]]
            found.setdefault(path, []).append(f"{violation['id']}: {json.dumps(places)}")
    assert found == {}
