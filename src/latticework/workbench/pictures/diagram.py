"""A diagram: nodes with APP-6 symbols in layers, and typed lines whose style says what they are."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from latticework.workbench.pictures.canvas import Canvas, fitted, px, width_of, wrapped
from latticework.workbench.pictures.layers import Layout, layered
from latticework.workbench.pictures.model import Diagram, Edge, Node
from latticework.workbench.pictures.style import Theme
from latticework.workbench.pictures.symbols import shape_svg, symbol
from latticework.workbench.pictures.words import word

BOX_PX: Final = 168.0
HEIGHT_PX: Final = 46.0
SYMBOL_PX: Final = 44.0
GAP_PX: Final = 12.0
LAYER_PX: Final = 44.0
PAD_PX: Final = 4.0
TIPS: Final = frozenset({"support", "coordination", "withheld", "what-if"})
SHIFT: Final = {"command": 0.5, "support": 0.3, "coordination": 0.7, "withheld": 0.62, "what-if": 0.4}
"""Where between two layers a kind of line turns, so that kinds do not lie upon each other."""


def draw(picture: Diagram, width: float, theme: Theme | None, language: str) -> Canvas:
    """Return the diagram; it takes the room that it needs, whatever `width` is."""
    down = picture.direction == "down"
    index = {node.id: at for at, node in enumerate(picture.nodes)}
    along, across = (BOX_PX, HEIGHT_PX) if down else (HEIGHT_PX, BOX_PX)
    loose = frozenset(at for at, edge in enumerate(picture.edges) if edge.kind != "command")
    layout = layered([along] * len(index), [(index[e.source], index[e.target]) for e in picture.edges], GAP_PX, loose)
    layers = max(layout.layer, default=0) + 1
    breadth = max((p + along / 2 for p in layout.place), default=width - 2 * PAD_PX) + 2 * PAD_PX
    depth = layers * across + (layers - 1) * LAYER_PX + 2 * PAD_PX
    legend = 24.0 if picture.legend else 0.0
    inner = (breadth, depth) if down else (depth, breadth)
    legend_px = sum(width_of(words) + 56 for _kind, words in picture.legend)
    canvas = Canvas(max(inner[0], legend_px), inner[1] + legend, theme, language)
    turns = [_edge(canvas, edge, bends, across, down=down)
             for edge, bends in zip(picture.edges, layout.bends, strict=True)]
    for edge, turn in zip(picture.edges, turns, strict=True):
        if edge.words and turn is not None:
            _edge_words(canvas, edge, *turn)
    for at, node in enumerate(picture.nodes):
        x, y = _corner(layout, at, along, across, down=down)
        with canvas.mark(says(picture, node, language), node.href):
            _node(canvas, node, x, y)
    if not picture.nodes:
        canvas.text(0, 16, word("Nothing to show.", language), "t-faint")
    x = 0.0
    for kind, words in picture.legend:
        y = canvas.height - 10
        canvas.path(f"M{px(x)} {px(y)}h26", f"e-{kind}")
        canvas.text(x + 32, y + 4, words)
        x += width_of(words) + 56
    return canvas


def says(picture: Diagram, node: Node, language: str) -> str:
    """Return a node with its lines as a sentence part."""
    titles = {n.id: n.title for n in picture.nodes}
    lines = [f"{e.words or word(e.kind, language)} → {titles[e.target]}" for e in picture.edges if e.source == node.id]
    lines += [f"{e.words or word(e.kind, language)} ← {titles[e.source]}" for e in picture.edges if e.target == node.id]
    found = symbol(node.sidc) if node.sidc else None
    identity = word(found.identity, language) if found else ""
    return " · ".join(p for p in (node.title, node.note, identity, *lines[:6], "…" if len(lines) > 6 else "") if p)


def _corner(layout: Layout, at: int, along: float, across: float, *, down: bool) -> tuple[float, float]:
    place, depth = layout.place[at] - along / 2 + PAD_PX, layout.layer[at] * (across + LAYER_PX) + PAD_PX
    return (place, depth) if down else (depth, place)


def _node(canvas: Canvas, node: Node, x: float, y: float) -> None:
    canvas.rect(x, y, BOX_PX, HEIGHT_PX, "box-lit" if node.lit else "box")
    left = x + 8
    if node.sidc and draw_symbol(canvas, node.sidc, x + 6, y + (HEIGHT_PX - SYMBOL_PX) / 2, SYMBOL_PX):
        left = x + SYMBOL_PX + 12
    room = x + BOX_PX - left - 5
    lines = wrapped(node.title, room / 1.08, 1 if node.note else 2)
    if node.note:
        canvas.text(left, y + 19, lines[0] if lines else "", "t-strong")
        canvas.text(left, y + 34, fitted(node.note, room), "t-faint")
        return
    for at, line in enumerate(lines):
        canvas.text(left, y + 26 - 7 * (len(lines) - 1) + 14 * at, line, "t-strong")


def draw_symbol(canvas: Canvas, sidc: str, x: float, y: float, size: float) -> bool:
    """Draw a symbol into a square; say whether the code has one."""
    found = symbol(sidc)
    if found is None:
        return False
    # The frames reach from about 20 to 180, echelons and staffs above and below.
    factor = size / 220
    stroke = canvas.paint(f"sym sym-{found.identity}", "stroke")
    fill = canvas.paint(f"sym-ink sym-{found.identity}", "fill")
    with canvas.group(f"translate({px(x)} {px(y)}) scale({factor:.4g}) translate(10 14)"):
        for shape in found.shapes:
            canvas.raw(shape_svg(shape, (stroke, fill)))
    return True


def _edge(
    canvas: Canvas, edge: Edge, bends: list[tuple[int, float]], across: float, *, down: bool
) -> tuple[float, float] | None:
    """Draw a line through its bends, turning at right angles between layers; return where its words stand."""
    if len(bends) < 2:
        return None
    level = bends[0][0] == bends[-1][0]
    forward = bends[-1][0] >= bends[0][0]

    def side(layer: int, *, lower: bool) -> float:
        return layer * (across + LAYER_PX) + PAD_PX + (across if lower else 0.0)

    def at(place: float, depth: float) -> tuple[float, float]:
        return (place + PAD_PX, depth) if down else (depth, place + PAD_PX)

    points = [(bends[0][1], side(bends[0][0], lower=forward))]
    turn = points[0]
    for (layer, place), (following, other) in pairwise(bends):
        start, end = side(layer, lower=forward), side(following, lower=not forward or level)
        bend = start + (LAYER_PX * 0.8 if level else end - start) * SHIFT[edge.kind]
        if abs(place - other) > 0.5:
            points += [(place, bend), (other, bend)]
            turn = ((place + other) / 2, bend)
        elif turn == points[0]:
            turn = (place, (start + end) / 2)
        points.append((other, end))
        if following != bends[-1][0]:
            points.append((other, side(following, lower=forward)))
    canvas.path("M" + "L".join(f"{px(x)} {px(y)}" for x, y in (at(*p) for p in points)), f"e-{edge.kind}")
    if edge.kind in TIPS:
        (place, depth), sign = points[-1], -1 if level or not forward else 1
        tip = [at(place, depth), at(place - 4, depth - 8 * sign), at(place + 4, depth - 8 * sign)]
        canvas.path("M" + "L".join(f"{px(x)} {px(y)}" for x, y in tip) + "Z", f"tip-{edge.kind}")
    return at(*turn)


def _edge_words(canvas: Canvas, edge: Edge, x: float, y: float) -> None:
    words = fitted(edge.words, BOX_PX)
    half = width_of(words) / 2 + 3
    canvas.rect(x - half, y - 8, 2 * half, 15, "surface")
    canvas.text(x, y + 4, words, "t-withheld mid" if edge.kind == "withheld" else "t-ink mid")
