"""Pictures from anywhere: a drawing passes, what acts or reaches out is refused whole.

The attacks are those of the OWASP XML External Entity cheat sheet and of M. Heiderich et al., "Crouching Tiger, Hidden
Payload: Security Risks of Scalable Vector Graphics", CCS 2011, section 4.
"""

from __future__ import annotations

import re

import pytest
from lxml import etree
from tests.unit.workbench.briefs.examples import SVG

from latticework.kernel.errors import InvalidPicture
from latticework.testing.lighthouse import pictures
from latticework.workbench.briefs.svg import ELEMENTS, sanitize, size_of
from latticework.workbench.pictures.render import svg

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="10" height="10">'
ROW = "".join('<use href="#a{}"/>' for _ in range(10))
BOMB = HEAD + '<path id="a0" d="M0 0"/>' + "".join(
    f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 9)) + '<use href="#a8"/></svg>'


@pytest.mark.parametrize(("svg", "why"), [
    (HEAD + "<script>alert(1)</script></svg>", "script"),
    (HEAD + '<rect onload="x()" width="1"/></svg>', "script"),
    (HEAD + "<foreignObject><p>hi</p></foreignObject></svg>", "foreign content"),
    (HEAD + '<g><svg:script xmlns:svg="http://www.w3.org/2000/svg">1</svg:script></g></svg>', "script"),
    (HEAD + '<image href="/etc/passwd"/></svg>', "another picture"),
    (HEAD + '<image xlink:href="data:image/png;base64,AAAA"/></svg>', "another picture"),
    (HEAD + '<use xlink:href="https://example.org/x.svg#a"/></svg>', "outside itself"),
    (HEAD + '<use href="file:///etc/passwd#a"/></svg>', "outside itself"),
    (HEAD + '<rect fill="url(https://example.org/a)"/></svg>', "outside itself"),
    (HEAD + '<rect style="fill: url( \'//example.org/a\' )"/></svg>', "outside itself"),
    ('<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + HEAD + "<text>&a;</text></svg>", "document type"),
    ('<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + HEAD + "<text>&b;</text></svg>", "document type"),
    (HEAD + '<g id="a"><use href="#a"/></g></svg>', "uses itself"),
    (HEAD + '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g><use href="#a"/></svg>', "uses itself"),
    (BOMB, "more than 50,000 shapes"),
    (HEAD + "<g>" * 80 + "</g>" * 80 + "</svg>", "60 levels"),
    (HEAD + "<rect/>" * 50_001 + "</svg>", "50,000 shapes"),
    (HEAD + f'<rect transform="{"rotate(1)" * 600}"/></svg>', "never ends"),
    ("<svg xmlns='http://www.w3.org/2000/svg' width='10'/>", "no usable width"),
    ("<svg xmlns='http://www.w3.org/2000/svg' width='1e9' height='10'/>", "no usable width"),
    ("<svg width='10' height='10'/>", "not an SVG drawing"),
    ("<html xmlns='http://www.w3.org/1999/xhtml'/>", "not an SVG drawing"),
    (HEAD + "<g></svg>", "not well-formed"),
    ("", "not well-formed"),
    (HEAD + "<text>\ud800</text></svg>", "not well-formed"),
    (" " * (2 * 1024 * 1024 + 1), "larger than 2,048 KiB"),
])
def test_what_is_no_drawing_is_refused(svg: str, why: str) -> None:
    with pytest.raises(InvalidPicture, match=re.escape(why)) as caught:
        sanitize(svg, "Lamps\u202e")
    assert str(caught.value).startswith("the figure 'Lamps' ")
    assert caught.value.code == "LW-2502"


def test_a_drawing_keeps_its_shapes_and_words() -> None:
    made = sanitize(SVG, "Lamps")
    assert size_of(made) == (600, 240)
    root = etree.fromstring(made.encode())
    assert [etree.QName(e).localname for e in root] == ["rect", "path", "text"]
    assert root[2].text == "2024 灯台"
    assert root[2].get("font-weight") == "600"  # a style became an attribute


def test_what_is_not_needed_is_dropped() -> None:
    made = sanitize(
        HEAD + "<!-- secret --><?php 1 ?><style>@import url(https://example.org)</style><metadata>m</metadata>"
        '<animate attributeName="x"/><rect class="a" data-x="1" xml:base="https://example.org/" width="3" '
        'style="fill:red;behavior:url(x.htc);-moz-binding:url(x)"/><text font-family="Evil, monospace">a</text></svg>',
        "Lamps")
    root = etree.fromstring(made.encode())
    assert {etree.QName(e).localname for e in root.iter()} <= ELEMENTS
    assert dict(root[0].attrib) == {"width": "3", "fill": "red"}
    assert "Evil" not in made
    assert "example.org" not in made
    assert "secret" not in made


@pytest.mark.parametrize(("size", "pixels"), [
    ('width="96" height="48"', (96, 48)), ('width="1in" height="25.4mm"', (96, 96)), ('viewBox="0 0 30 20"', (30, 20)),
    ('width="60" viewBox="0 0 30 20"', (60, 40)), ('width="100%" viewBox="0 0 30 20"', (30, 20)),
])
def test_the_size_comes_from_width_height_or_view_box(size: str, pixels: tuple[float, float]) -> None:
    assert size_of(sanitize(f'<svg xmlns="http://www.w3.org/2000/svg" {size}/>', "x")) == pytest.approx(pixels)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_houses_own_pictures_lose_nothing(language: str) -> None:
    for name, picture in pictures.samples(language).items():
        given = etree.fromstring(svg(picture, language, "print").encode())
        made = etree.fromstring(sanitize(svg(picture, language, "print"), name).encode())
        assert [e.tag for e in made.iter()] == [e.tag for e in given.iter()], name
        lost = {key for a, b in zip(given.iter(), made.iter(), strict=True) for key in set(a.keys()) - set(b.keys())}
        assert lost <= {"role", "aria-label", "aria-hidden", "data-name"}, (name, lost)
