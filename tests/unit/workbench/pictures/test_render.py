"""Every picture drawn: well-formed, nothing outside, nothing hidden, the same content in its table."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from latticework.kernel.errors import InvalidChart
from latticework.testing.lighthouse import pictures
from latticework.workbench.briefs.svg import sanitize
from latticework.workbench.pictures.canvas import fitted, width_of, wrapped
from latticework.workbench.pictures.coast import LAND
from latticework.workbench.pictures.model import (
    Area,
    Bar,
    Caption,
    Cell,
    Curve,
    Curves,
    Diagram,
    Distribution,
    Edge,
    GanttChart,
    GanttRow,
    Limit,
    Matrix,
    Node,
    Place,
    Point,
    Spread,
)
from latticework.workbench.pictures.render import caption, drawing, svg
from latticework.workbench.pictures.style import CLASSES, TOKENS
from latticework.workbench.pictures.table import table

STATIC = Path(__file__).resolve().parents[4] / "src/latticework/shell/static"
SVG = "{http://www.w3.org/2000/svg}"
ALL = {**pictures.samples("en"), **pictures.large("en")}
SOURCE = Caption(source="invented for the test", status="invented")


@pytest.mark.parametrize("name", ALL)
def test_a_brief_takes_the_drawing_as_it_is(name: str) -> None:
    # The briefs' own gatekeeper refuses or drops whatever is no plain drawing; nothing of ours may be lost there.
    text = svg(ALL[name], "en", "print")
    kept = parsed(sanitize(text, name))
    assert [e.tag for e in kept.iter()] == [e.tag for e in parsed(text).iter()]
    lost = {key for one, other in zip(parsed(text).iter(), kept.iter(), strict=True) for key in one.attrib
            if key not in other.attrib}
    assert lost <= {"role", "aria-label"}


def parsed(text: str) -> etree._Element:
    return etree.fromstring(text.encode())


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("name", ALL)
def test_a_drawing_stands_alone(name: str, theme: str) -> None:
    root = parsed(svg(ALL[name], "en", theme))  # type: ignore[arg-type]
    assert root.tag == f"{SVG}svg"
    assert root.get("aria-label") == ALL[name].says
    for element in root.iter():
        assert etree.QName(element).localname not in {"style", "script", "image", "foreignObject", "a"}
        assert element.get("class") is None
        assert element.get("style") is None
        for value in element.attrib.values():
            assert "@" not in value or element.tag == f"{SVG}text"
            assert not re.search(r"nan|inf\b|://", value), value


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", ALL)
def test_no_word_leaves_the_sheet(name: str, language: str) -> None:
    picture = {**pictures.samples(language), **pictures.large(language)}[name]
    root = parsed(svg(picture, language))
    width, height = (float(root.get(key, "0")) for key in ("width", "height"))
    for text in root.iter(f"{SVG}text"):
        if text.get("transform") or (text.getparent().tag == f"{SVG}g" and text.getparent().get("transform")):
            continue
        x, y, words = float(text.get("x", "0")), float(text.get("y", "0")), text.text or ""
        anchor = {"middle": 0.5, "end": 1.0}.get(text.get("text-anchor", ""), 0.0)
        assert x - anchor * width_of(words) > -6, words
        assert x + (1 - anchor) * width_of(words) < width + 6, words
        assert 0 < y <= height, words


@pytest.mark.parametrize("name", ALL)
def test_every_mark_says_what_it_is_and_the_page_has_classes_of_the_look(name: str) -> None:
    css = "".join((STATIC / f"{sheet}.css").read_text() for sheet in ("charts", "pictures"))
    page = parsed(drawing(ALL[name], "en", 1144, name))
    for mark in page.iter("g", "a"):
        if mark.get("data-mark") is not None:
            assert mark[0].tag == "title"
            assert mark[0].text
    used = {one for element in page.iter() for one in element.get("class", "").split()}
    assert used - {"viz"} <= {*CLASSES, "drawn", "step"}
    assert all(f".{one}" in css for one in used), [one for one in used if f".{one}" not in css]


def test_the_colors_are_those_of_the_tokens() -> None:
    text = (STATIC / "tokens.css").read_text()
    known = {name: (light, dark) for name, light, dark in
             re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", text)}
    assert {name: known[name] for name in TOKENS} == TOKENS


def test_the_table_holds_every_word_of_the_picture() -> None:
    for name, picture in pictures.samples("en").items():
        cells = " ".join(cell for row in table(picture).rows for cell in row)
        for words in re.findall(r'(?:words|title|name)="([^"]+)"', repr(picture)):
            if words not in {picture.title, ""} and not any(words == w for _k, w in getattr(picture, "legend", ())):
                assert words in cells, f"{name}: {words}"


def test_a_table_of_a_large_picture_is_whole() -> None:
    large = pictures.large("en")
    gantt, matrix, diagram = (large[n] for n in ("gantt-200", "matrix-40", "diagram-300"))
    assert isinstance(gantt, GanttChart)
    assert len(table(gantt).rows) == sum(len(row.bars) for row in gantt.rows) + 1
    assert [len(table(matrix).rows), len(table(matrix).head)] == [40, 41]
    assert len(table(diagram).rows) == 300 + 339


def test_bars_lie_where_their_times_are() -> None:
    day = 86_400_000
    # The first line of a month is the left edge.
    first = 0
    chart = GanttChart(title="One", says="One bar.", caption=SOURCE, from_ms=first, until_ms=first + 100 * day, rows=(
        GanttRow(title="Row", bars=(Bar(start_ms=first + 25 * day, end_ms=first + 75 * day, kind="law"),)),))
    root = parsed(svg(chart, width=1000))
    bar = next(r for r in root.iter(f"{SVG}rect") if r.get("fill") == "url(#hatch)")
    lines = [float(re.match(r"M([\d.]+) 20", p.get("d", ""))[1])  # type: ignore[index]
             for p in root.iter(f"{SVG}path") if re.match(r"M[\d.]+ 20V", p.get("d", ""))]
    left, right = lines[0], 992.0
    assert float(bar.get("x", "0")) - 1 == pytest.approx(left + (right - left) * 0.25, abs=0.2)
    assert float(bar.get("width", "0")) + 2 == pytest.approx((right - left) * 0.5, abs=0.2)


def test_quantiles_are_those_of_numpy_and_of_the_normal_distribution() -> None:
    draws = np.random.default_rng(1).normal(10.0, 2.0, 40_000)
    found = Spread.of("a", tuple(draws.tolist()), 95.0)
    # The 2.5 % quantile of a normal distribution lies 1.959964 standard deviations below its mean.
    assert found.low == pytest.approx(10 - 1.959964 * 2, abs=0.06)
    assert found.median == pytest.approx(10, abs=0.04)
    assert Spread.of("b", (1.0, 2.0, 3.0, 4.0), 50.0).low == np.quantile([1, 2, 3, 4], 0.25)


def test_a_caption_is_honest() -> None:
    sentences, status = caption(pictures.samples("en")["distribution"], "en")
    words = " ".join(sentences)
    for part in ("Source: ", "Unit: h", "band 95 %", "400 replications, seed 7", "No difference shown between joint"):
        assert part in words
    assert status == "invented"
    sentences, status = caption(pictures.samples("ja")["distribution"], "ja")
    assert "共同監視、統合監視の差は示されていない（帯が重なるため）。" in sentences
    assert status == "仮"


def test_bands_that_do_not_meet_claim_nothing() -> None:
    apart = Distribution(title="t", says="s", caption=Caption(source="x", interval=95.0), spreads=(
        Spread(name="a", low=1, median=2, high=3), Spread(name="b", low=4, median=5, high=6)))
    assert not any("difference" in s for s in caption(apart, "en")[0])


@pytest.mark.parametrize(("make", "words"), [
    (lambda: Caption(source=" "), "needs its source"),
    (lambda: Caption(source="x", replications=5), "its seed"),
    (lambda: Bar(start_ms=5, end_ms=5), "ends after it starts"),
    (lambda: Distribution(title="t", says="s", caption=SOURCE, spreads=()), "interval of its bands"),
    (lambda: Spread(name="a", low=3, median=2, high=4), "within its band"),
    (lambda: Spread(name="a", low=float("nan"), median=2, high=4), "not finite"),
    (lambda: Spread.of("a", (1.0,)), "two replications"),
    (lambda: Matrix(title="t", says="s", caption=SOURCE, rows=("a",), columns=("b",), cells=()), "one cell"),
    (lambda: Diagram(title="t", says="s", caption=SOURCE, nodes=(Node(id="a", title="A"),),
                     edges=(Edge(source="a", target="b"),)), "'b', which is no node"),
    (lambda: Area(title="A", polygons=((((0.0, 0.0), (1.0, 1.0), (0.0, 0.0)),),)), "three corners"),
    (lambda: Place(title="P", longitude_deg=0.0, latitude_deg=91.0), "not on Earth"),
    (lambda: Curve(name="c", points=(Point(x=1, y=1), Point(x=1, y=2))), "in the order of x"),
    (lambda: Curves(title="t", says="s", caption=SOURCE, curves=(Curve(name="c", points=()),) * 5), "four curves"),
    (lambda: GanttChart(title="", says="s", caption=SOURCE, rows=()), "needs a title"),
])
def test_what_cannot_be_drawn_is_one_clear_sentence(make: object, words: str) -> None:
    with pytest.raises(InvalidChart, match=words):
        make()  # type: ignore[operator]


def test_words_are_cut_not_squeezed() -> None:
    assert fitted("short", 200) == "short"
    assert fitted("航路標識の共同運用", 40).endswith("…")
    assert width_of(fitted("航路標識の共同運用", 40)) <= 40
    assert fitted("anything", 8) == ""
    assert all(width_of(line) <= 80 for line in wrapped("a patrol ship of the third region", 80))


def test_hostile_words_stay_words() -> None:
    evil = '</text><script>alert("x")</script>&'
    picture = Matrix(title=evil, says=evil, caption=SOURCE, rows=(evil,), columns=(evil,), cells=((Cell(words=evil),),))
    for text in (svg(picture), drawing(picture, "en", 900, "m")):
        assert "<script" not in text
        parsed(text)


def test_limits_outside_the_axis_and_single_points_are_drawn() -> None:
    one = Curves(title="t", says="s", caption=SOURCE, limits=(Limit(value=-3, words="floor"),),
                 curves=(Curve(name="c", points=(Point(x=1, y=2),)), Curve(name="none", points=())))
    assert "floor" in svg(one)


@pytest.mark.skipif(not LAND.exists(), reason="the front end is not built; run make setup")
def test_the_documentation_shows_the_pictures_as_they_are_drawn() -> None:
    folder = STATIC.parents[3] / "docs/img/pictures"
    for name, picture in pictures.samples("en").items():
        assert (folder / f"{name}.svg").read_text() == svg(picture, "en", "light", 900) + "\n", (
            "run scripts/write_pictures.py")
