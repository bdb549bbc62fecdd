"""SVG from anywhere made safe to print: shapes and text alone, no script, no reference to anything outside itself."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from latticework.kernel.errors import InvalidPicture
from latticework.workbench.briefs.model import MAX_SVG_BYTES
from latticework.workbench.briefs.text import clean

SVG: Final = "http://www.w3.org/2000/svg"
XLINK: Final = "http://www.w3.org/1999/xlink"
MAX_ELEMENTS: Final = 50_000
MAX_DEPTH: Final = 60
MAX_SIDE: Final = 20_000.0

ELEMENTS: Final = frozenset({
    "svg", "g", "defs", "symbol", "use", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline",
    "polygon", "text", "tspan", "clipPath", "marker", "pattern", "linearGradient", "radialGradient", "stop",
})
"""What a drawing needs. No image, foreignObject, style, script, animation, filter, mask, link or a."""

_PAINT: Final = frozenset({
    "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray",
    "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "opacity", "color", "display",
    "visibility", "clip-path", "clip-rule", "marker-start", "marker-mid", "marker-end", "paint-order",
    "vector-effect", "shape-rendering", "text-anchor", "dominant-baseline", "alignment-baseline", "baseline-shift",
    "font-family", "font-size", "font-weight", "font-style", "font-variant-numeric", "letter-spacing", "word-spacing",
    "writing-mode", "stop-color", "stop-opacity", "text-decoration",
})
_SHAPE: Final = frozenset({
    "id", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "width", "height", "points",
    "transform", "viewBox", "preserveAspectRatio", "dx", "dy", "rotate", "textLength", "lengthAdjust", "offset",
    "gradientUnits", "gradientTransform", "spreadMethod", "patternUnits", "patternContentUnits", "patternTransform",
    "clipPathUnits", "markerWidth", "markerHeight", "markerUnits", "refX", "refY", "orient", "pathLength",
})
_URL: Final = re.compile(r"url\(\s*(['\"]?)([^)'\"]*)\1\s*\)", re.IGNORECASE)
_INSIDE: Final = re.compile(r"#[A-Za-z_][\w.\-]{0,99}")
_NUMBER: Final = re.compile(r"\s*([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*(px|pt|mm|cm|in|)?\s*")
_PX: Final = {"px": 1.0, "": 1.0, "pt": 96 / 72, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}

SANS: Final = "'Source Sans 3', 'Noto Sans JP', sans-serif"
MONO: Final = "'DejaVu Sans Mono', 'Noto Sans JP', monospace"


def sanitize(svg: str, what: str) -> str:
    """Return a drawing that holds only what a drawing needs, with its size in pixels.

    Elements and attributes outside the lists, comments, processing instructions and everything of other namespaces are
    dropped; ``style`` attributes become attributes; fonts become the brief's own.

    Parameters
    ----------
    svg
        One SVG document.
    what
        Title of the figure, for the sentence of a refusal.

    Raises
    ------
    InvalidPicture
        When it is too large, no well-formed XML, no SVG, has entities, a script, a reference to something outside it,
        or no usable size. A picture that tries this is refused whole, so that nobody prints half of it.
    """
    data = svg.encode("utf-8", "surrogatepass")
    if len(data) > MAX_SVG_BYTES:
        raise _refuse(what, f"is larger than {MAX_SVG_BYTES // 1024:,} KiB")
    if re.search(rb"<!\s*(DOCTYPE|ENTITY)", data, re.IGNORECASE):
        raise _refuse(what, "declares a document type, which a drawing does not need")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
                             remove_comments=True, remove_pis=True, remove_blank_text=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise _refuse(what, "is not well-formed XML") from None
    if root.tag != f"{{{SVG}}}svg":
        raise _refuse(what, "is not an SVG drawing")
    count = _Counter(what)
    drawn = _copy(root, count, 0)
    _check_references(drawn, what)
    width, height = _size(root, what)
    drawn.set("width", f"{width:g}")
    drawn.set("height", f"{height:g}")
    if drawn.get("viewBox") is None:
        drawn.set("viewBox", f"0 0 {width:g} {height:g}")
    drawn.set("font-family", drawn.get("font-family", SANS))
    return etree.tostring(drawn, encoding="unicode")


class _Counter:
    def __init__(self, what: str) -> None:
        self.what, self.elements = what, 0

    def step(self, depth: int) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS or depth > MAX_DEPTH:
            raise _refuse(self.what, f"has more than {MAX_ELEMENTS:,} shapes or {MAX_DEPTH} levels")


def _refuse(what: str, why: str) -> InvalidPicture:
    return InvalidPicture(f"the figure {clean(what)[:60]!r} {why}; the brief was not made.")


def _copy(element: etree._Element, count: _Counter, depth: int) -> etree._Element:
    count.step(depth)
    name = etree.QName(element).localname
    made = etree.Element(f"{{{SVG}}}{name}", nsmap={None: SVG} if depth == 0 else None)  # type: ignore[dict-item]
    for key, value in element.attrib.items():
        _attribute(made, str(key), str(value), count.what)
    if name in {"text", "tspan", "title", "desc"}:
        made.text = _line(element.text)
    for child in element:
        inner = etree.QName(child)
        if inner.localname.lower() in {"script", "foreignobject", "iframe", "handler", "listener"}:
            raise _refuse(count.what, "has a script or foreign content in it")
        if inner.localname.lower() in {"image", "feimage"}:
            raise _refuse(count.what, "refers to another picture; draw it with shapes")
        if inner.namespace == SVG and inner.localname in ELEMENTS:
            made.append(copied := _copy(child, count, depth + 1))
            if name in {"text", "tspan"}:
                copied.tail = _line(child.tail)
    return made


def _line(text: str | None) -> str | None:
    if not text:
        return None
    # White space at the ends of a tspan parts words; cleaning keeps one space there.
    return clean(text)


def _attribute(made: etree._Element, key: str, value: str, what: str) -> None:
    name = etree.QName(key)
    space = name.namespace or ""
    if name.localname.lower().startswith("on"):
        raise _refuse(what, "has a script in it")
    if name.localname == "href" and space in {"", XLINK}:
        if not _INSIDE.fullmatch(value.strip()):
            raise _refuse(what, "refers to something outside itself")
        made.set("href", value.strip())
    elif space:
        return
    elif name.localname == "style":
        for declaration in value.split(";"):
            prop, colon, given = declaration.partition(":")
            if colon and prop.strip().lower() in _PAINT:
                _attribute(made, prop.strip().lower(), given.replace("!important", "").strip(), what)
    elif name.localname in _PAINT | _SHAPE:
        if len(value) > 4_000 and name.localname not in {"d", "points"}:
            raise _refuse(what, f"has an attribute {name.localname} that never ends")
        if name.localname == "font-family":
            value = MONO if "mono" in value.lower() else SANS
        for _quote, target in _URL.findall(value):
            if not _INSIDE.fullmatch(target.strip()):
                raise _refuse(what, "refers to something outside itself")
        made.set(name.localname, clean(value) if name.localname not in {"d", "points"} else value)


def _check_references(root: etree._Element, what: str) -> None:
    """Refuse drawings that use themselves, and those whose uses of uses multiply without end."""
    named: dict[str, etree._Element] = {}
    for element in root.iter():
        if key := element.get("id"):
            named.setdefault(key, element)
    known: dict[str, int] = {}

    def cost(element: etree._Element, above: tuple[str, ...]) -> int:
        total = 0
        for inner in element.iter():
            total += 1
            key = inner.get("href", "")[1:]
            if not key or key not in named:
                continue
            if key in above or len(above) > MAX_DEPTH:
                raise _refuse(what, "uses itself")
            if key not in known:
                known[key] = cost(named[key], (*above, key))
            total += known[key]
            if total > MAX_ELEMENTS:
                raise _refuse(what, f"draws more than {MAX_ELEMENTS:,} shapes")
        return total

    cost(root, ())


def _size(root: etree._Element, what: str) -> tuple[float, float]:
    width, height = _length(root.get("width")), _length(root.get("height"))
    box = [float(n) for n in re.findall(r"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?", root.get("viewBox") or "")]
    if len(box) == 4 and box[2] > 0 and box[3] > 0:
        if width and not height:
            height = width * box[3] / box[2]
        elif height and not width:
            width = height * box[2] / box[3]
        elif not width:
            width, height = box[2], box[3]
    if not width or not height or not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise _refuse(what, "has no usable width and height, nor a viewBox to take them from")
    return width, height


def _length(value: str | None) -> float:
    found = _NUMBER.fullmatch(value or "")
    return float(found.group(1)) * _PX[found.group(2) or ""] if found else 0.0


def size_of(sanitized: str) -> tuple[float, float]:
    """Return width and height, px, of a drawing that :func:`sanitize` made."""
    root = etree.fromstring(sanitized.encode())
    return float(root.get("width", "1")), float(root.get("height", "1"))
