"""The documentation site builds without a warning, is whole, and asks no other host for anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}
OWN_WORDS = ("README.md", "ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "site"
    done = subprocess.run(
        [Path(sys.executable).parent / "mkdocs", "build", "--strict", "-q", "-d", folder], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
    assert done.returncode == 0, done.stdout
    assert done.stdout.strip() == ""
    return folder


class Loads(HTMLParser):
    """Collects what a page loads by itself; links that a reader may follow are not among it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.classes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {k: v or "" for k, v in attrs}
        self.classes.update(values.get("class", "").split())
        if tag in LOADING and values.get("rel") not in {"canonical", "prev", "next"}:
            self.found.append(values.get(LOADING[tag], ""))


def test_pages_load_nothing_from_other_hosts(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        loads = Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        assert not [u for u in loads.found if re.match(r"(?:\w+:)?//", u)], page
        # The theme would fetch a drawing program from a CDN for these.
        assert "mermaid" not in loads.classes, page
    for sheet in [*site.rglob("*.css"), *site.rglob("*.svg")]:
        text = sheet.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"""(?:url\(|@import\s+|href=)["']?(?:\w+:)?//""", text), sheet


def test_every_page_is_in_the_nav(site: Path) -> None:
    start = (site / "index.html").read_text(encoding="utf-8")
    for page in DOCS.rglob("*.md"):
        path = page.relative_to(DOCS).with_suffix("").as_posix().removesuffix("index")
        assert path == "" or f'href="{path.rstrip("/")}/"' in start, f"{path} is not in the nav of mkdocs.yml"


def test_decisions_have_numbers_of_their_own_and_are_listed() -> None:
    pages = sorted(p for p in (DOCS / "decisions").glob("*.md") if p.name != "index.md")
    numbers = [p.name[:4] for p in pages]
    assert numbers == sorted(set(numbers)), "two decision records have one number; give the later one the next"
    listed = (DOCS / "decisions/index.md").read_text(encoding="utf-8")
    for page in pages:
        title = page.read_text(encoding="utf-8").splitlines()[0]
        number, _, words = title.removeprefix("# ").partition(" · ")
        assert number == page.name[:4], f"{page.name} begins with {title!r}"
        assert f"| [{number}]({page.name}) | {words} |" in listed, f"list {page.name} in docs/decisions/index.md"


@pytest.mark.parametrize("name", OWN_WORDS)
def test_links_of_the_root_pages_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if not re.match(r"\w+:", target):
            assert (ROOT / target).exists(), target


def test_the_architecture_names_places_that_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    source = ROOT / "src" / "latticework"
    named = {p for p in re.findall(r"`([a-z_]+/[a-z_/.]*)`", text) if not p.startswith("docs")}
    assert len(named) > 20
    for path in named:
        assert (source / path).exists() or (ROOT / path).exists(), path
    rows = set(re.findall(r"^\| `(?:kernel/)?([a-z_]+)[/.`]", text, re.MULTILINE))
    folders = {p.name for p in [*source.iterdir(), *(source / "kernel").iterdir()]
               if p.is_dir() and (p / "__init__.py").exists()}
    assert folders - {"kernel"} <= rows


def test_the_threat_model_names_tests_that_exist() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:unit|property|integration|simulation|fuzz|browser)/[\w/.]*)`", text))
    assert len(named) > 20
    assert not [path for path in named if not (ROOT / "tests" / path).exists()]
    rows = re.search(r"\| a peer tries to .*?\n\n", text, re.DOTALL)
    assert rows is not None
    assert not [row for row in rows[0].strip().splitlines()[2:] if "test_" not in row.rsplit(" | ", 1)[1]]


def test_the_glossary_has_one_row_a_word() -> None:
    text = (DOCS / "glossary.md").read_text(encoding="utf-8")
    words = [w for row in re.findall(r"^\| ([^|`]+) \| [^|]+ \|$", text, re.MULTILINE) for w in row.split(", ")]
    words = [w for w in words if w != "word"]
    assert sorted(words) == sorted(set(words))
    # The words that the whole house is built on.
    assert {"member", "node", "officer", "peer", "record", "kind", "label", "arrangement", "policy", "ledger", "epoch",
            "checkpoint", "equivocation", "recall"} <= set(words)
