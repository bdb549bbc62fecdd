"""A matrix: rows against columns. Each tone has a shape besides its color; small cells keep shapes and drop words."""

from __future__ import annotations

from typing import Final

from latticework.workbench.pictures.canvas import Canvas, fitted, width_of
from latticework.workbench.pictures.model import Cell, Matrix
from latticework.workbench.pictures.style import Theme
from latticework.workbench.pictures.words import word

SMALL_PX: Final = 20
GLYPH: Final = {"good": "●", "caution": "▲", "bad": "◆", "withheld": "⊟", "none": "–"}
"""What stands in a cell of a tone, so that it reads without color; full and hatched cells read by themselves."""
TEXT: Final = {"full": "t-inv", "none": "t-faint", "good": "t-good", "caution": "t-caution", "bad": "t-bad",
               "withheld": "t-withheld", "self": "t-faint"}


def draw(picture: Matrix, width: float, theme: Theme | None, language: str) -> Canvas:
    """Return the matrix; it takes the width that its cells need, up to `width` where words have room."""
    names = min(180.0, max((width_of(name) * 1.1 + 12 for name in picture.rows), default=20.0))
    columns = max(1, len(picture.columns))
    cell = (width - names - 2) / columns
    large = cell >= 44
    cell_w = min(cell, 96.0) if large else float(SMALL_PX)
    cell_h = 36.0 if large else float(SMALL_PX)
    heads = max((width_of(name) * 1.1 for name in picture.columns), default=10.0)
    turned = heads > cell_w - 4
    top = min(150.0, heads + 10) if turned else 26.0
    legend = 24.0 if picture.legend else 4.0
    canvas = Canvas(max(names + cell_w * columns + 2, 240.0), top + cell_h * max(1, len(picture.rows)) + legend, theme,
                    language)
    for at, name in enumerate(picture.columns):
        x = names + at * cell_w + cell_w / 2
        if turned:
            canvas.text(x + 4, top - 6, fitted(name, top - 8), "t-strong", turn=-90)
        else:
            canvas.text(x, top - 9, name, "t-strong mid")
    for at, name in enumerate(picture.rows):
        y = top + at * cell_h
        canvas.text(names - 8, y + cell_h / 2 + 4, fitted(name, names - 10), "t-strong end")
        for column, one in enumerate(picture.cells[at]):
            with canvas.mark(says(picture, at, column), one.href):
                _cell(canvas, one, names + column * cell_w, y, cell_w, cell_h)
    if not picture.rows or not picture.columns:
        canvas.text(names, top + 16, word("Nothing to show.", language), "t-faint")
    _legend(canvas, picture, canvas.height - 14)
    return canvas


def says(picture: Matrix, row: int, column: int) -> str:
    """Return one cell as a sentence part."""
    one = picture.cells[row][column]
    tone = dict(picture.legend).get(one.tone, "")
    words = one.words or tone
    return " · ".join(p for p in (f"{picture.rows[row]} → {picture.columns[column]}", words, one.detail) if p)


def _cell(canvas: Canvas, one: Cell, x: float, y: float, width: float, height: float) -> None:
    canvas.rect(x, y, width, height, f"m-{one.tone}")
    glyph = GLYPH.get(one.tone, "")
    if height <= SMALL_PX:
        canvas.text(x + width / 2, y + height / 2 + 4, glyph, f"{TEXT.get(one.tone, 't-ink')} mid")
        return
    words = fitted(one.words, width - 8 - (16 if glyph and one.words else 0))
    if one.tone == "part" and words:
        half = width_of(words) / 2 + 3
        canvas.rect(x + width / 2 - half, y + height / 2 - 8, 2 * half, 16, "surface")
    shown = f"{glyph} {words}" if glyph and words and one.tone != "none" else words or glyph
    canvas.text(x + width / 2, y + height / 2 + 4, shown, f"{TEXT.get(one.tone, 't-ink')} mid")


def _legend(canvas: Canvas, picture: Matrix, y: float) -> None:
    x = 0.0
    for tone, words in picture.legend:
        if x + width_of(words) + 24 > canvas.width and x:
            canvas.height += 18
            x, y = 0.0, y + 18
        canvas.rect(x + 0.5, y - 1, 12, 12, f"m-{tone}")
        if glyph := GLYPH.get(tone, ""):
            canvas.text(x + 6.5, y + 9, glyph, f"{TEXT.get(tone, 't-ink')} mid")
        canvas.text(x + 18, y + 9, fitted(words, canvas.width - 20))
        x += width_of(words) + 36


