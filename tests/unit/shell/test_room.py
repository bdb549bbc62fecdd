"""A dummy room proves the seam: pages, navigation, figure, static files, words; and nothing is imported early."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.shell.nodes import Site, banner_of, title_of

from latticework.kernel.errors import InvalidConfig
from latticework.shell.room import Room, resolve

SURFACE = '''
from pathlib import Path

from litestar import Response, get

from latticework.shell.render import show
from latticework.shell.room import Figure, NavItem, Surface
from latticework.shell.viewer import SeenBy
from latticework.shell.language import N_

HERE = Path(__file__).parent


@get("/lighthouse", sync_to_thread=False)
def page(viewer: SeenBy) -> Response[str]:
    labels = [r.label for r in viewer.kernel.records(viewer.officer, topic="air").items]
    return show(viewer, "lighthouse/page.html", title="The light is on", labels=labels)


def figure(kernel, officer):
    return Figure(title=N_("Lighthouse"), icon="picture", path="/lighthouse", value=3, of=7, what="lamps that burn",
                  source="counted now", tag="invented")


SURFACE = Surface(
    routes=(page,), templates=HERE / "templates", static=HERE / "static", translations=HERE / "locale",
    nav=(NavItem(title=N_("Lighthouse"), path="/lighthouse", icon="picture", key="h", count=lambda k, o: 5),),
    overview=figure,
)
'''
PAGE = '''{% extends "base.html" %}
{% block layout %}bleed{% endblock %}
{% block shell %}narrow{% endblock %}
{% block head %}<link rel="stylesheet" href="{{ static("lighthouse.css", "lighthouse") }}">{% endblock %}
{% block content %}<p class="beam">{{ _("Lighthouse") }} {{ own }}</p>{% endblock %}
'''
PO = '''msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\nLanguage: ja\\n"

msgid "Lighthouse"
msgstr "灯台"
'''


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    folder = tmp_path / "code"
    (folder / "templates/lighthouse").mkdir(parents=True)
    (folder / "static").mkdir()
    messages = folder / "locale/ja/LC_MESSAGES"
    messages.mkdir(parents=True)
    (folder / "lighthouse_room.py").write_text(SURFACE, encoding="utf-8")
    (folder / "templates/lighthouse/page.html").write_text(PAGE, encoding="utf-8")
    (folder / "static/lighthouse.css").write_text(".beam { color: var(--ink); }\n", encoding="utf-8")
    with (messages / "messages.mo").open("wb") as target:
        write_mo(target, read_po(PO.encode().splitlines(keepends=True), locale="ja"))
    monkeypatch.syspath_prepend(str(folder))
    yield Room(name="lighthouse", title="Lighthouse", icon="picture", surface="lighthouse_room:SURFACE")
    sys.modules.pop("lighthouse_room", None)


@pytest.fixture
def site(tmp_path: Path, room: Room) -> Site:
    return Site(tmp_path / "homes", rooms=(room,))


def test_a_descriptor_imports_nothing(room: Room) -> None:
    assert room.surface is not None
    assert "lighthouse_room" not in sys.modules
    assert resolve(room.surface).nav[0].path == "/lighthouse"


def test_a_room_stands_in_the_frame(site: Site) -> None:
    with site.client() as browser:
        page = browser.page("/lighthouse")
        assert title_of(page) == "The light is on"
        assert banner_of(page) == "CONFIDENTIAL REL TO JPN, USA"
        assert 'class="main bleed"' in page
        assert 'class="shell narrow"' in page
        assert '<p class="beam">Lighthouse JPN</p>' in page
        rail = page[page.index('class="rail"'):page.index("</nav>")]
        assert 'href="/lighthouse" title="Lighthouse" aria-keyshortcuts="g h" data-key="h" aria-current="page"' in rail
        assert '<span class="count">5</span>' in rail
        css = page[page.index("/static/lighthouse/"):].split('"')[0]
        assert browser.get(css).text == ".beam { color: var(--ink); }\n"


def test_a_rooms_figure_stands_on_overview(site: Site) -> None:
    with site.client() as browser:
        page = browser.page("/")
    assert '<div class="n">3<small>of 7</small></div>' in page
    assert "lamps that burn" in page
    assert '<span class="tag src">invented</span>' in page


def test_a_room_brings_its_own_words(site: Site) -> None:
    with site.client() as browser:
        browser.post("/preferences", language="ja")
        assert '<p class="beam">灯台 JPN</p>' in browser.page("/lighthouse")
        assert ">記録<" in browser.page("/lighthouse"), "the frame keeps its own"


def test_a_rooms_pages_need_a_session(site: Site) -> None:
    with site.client(None) as browser:
        answer = browser.get("/lighthouse", follow_redirects=False)
        assert answer.headers["location"] == "/sign-in?next=/lighthouse"


@pytest.mark.parametrize("target", ["no_such_module:THING", "latticework.shell.room:no_such_thing"])
def test_a_wrong_descriptor_gets_one_sentence(target: str) -> None:
    with pytest.raises(InvalidConfig, match="correct the room's descriptor"):
        resolve(target)


def test_what_a_module_misses_itself_is_not_blamed_on_the_descriptor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needs_more.py").write_text("import surely_not_installed\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="surely_not_installed"):
        resolve("needs_more:X")


def test_the_list_of_commands_costs_no_import_of_a_room_or_a_library() -> None:
    probe = textwrap.dedent("""
        import sys
        from latticework.node.main import COMMANDS
        from latticework.shell.cli import run
        assert run(COMMANDS, ["--help"]) == 0
        heavy = {"litestar", "numpy", "cryptography", "rich", "typer", "httpx", "jinja2", "babel", "msgspec", "zenoh"}
        loaded = {name.split(".")[0] for name in sys.modules}
        assert not heavy & loaded, sorted(heavy & loaded)
        assert not [m for m in sys.modules if m.startswith("latticework.picture")]
    """)
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for word in ("init", "serve", "demo", "records", "share", "explain", "ledger", "picture"):
        assert f"\n  {word} " in done.stdout
