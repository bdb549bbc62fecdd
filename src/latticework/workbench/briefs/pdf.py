"""A layout as PDF: archivable (PDF/A-2a), accessible (PDF/UA-1), set by Typst in the fonts of this package alone.

It runs in the press (:mod:`.press`), whose process is bound in time and memory.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Final, cast

import typst

from latticework.kernel.errors import PressFailed
from latticework.workbench.briefs import fonts
from latticework.workbench.briefs.layout import Json

TEMPLATES: Final = Path(__file__).parent / "templates"
STANDARDS: Final[list[typst.PDFStandard]] = ["a-2a", "ua-1"]
"""ISO 19005-2 level A: archivable, with its structure; ISO 14289-1: accessible. Each file is both."""
GETA: Final = "〓"
"""What printers set for a character that they have no type for."""


def set_pdf(layout: Json) -> bytes:
    """Return `layout` as PDF; its date is the brief's, so the same layout gives the same bytes.

    Raises
    ------
    PressFailed
        When Typst refuses it.
    """
    sheet = json.dumps(printable(layout), ensure_ascii=False)
    compiler = _compiler("brief.typ", {"layout": sheet})
    try:
        made = compiler.compile(format="pdf", timestamp=cast(int, layout["made_ms"]) // 1000, pdf_standards=STANDARDS)
    except typst.TypstError as error:
        raise PressFailed(f"the typesetter refused the brief ({error.message[:200]}); take it as HTML or DOCX and "
                          "report this.") from None
    return cast(bytes, made)


def draw_png(svg: str, *, ppi: float = 220.0) -> bytes:
    """Return a sanitized SVG drawing as PNG, for formats that take no SVG.

    Raises
    ------
    PressFailed
        When Typst refuses it.
    """
    try:
        made = _compiler("drawing.typ", {"svg": svg}).compile(format="png", ppi=ppi)
    except typst.TypstError as error:
        raise PressFailed(f"a figure cannot be drawn ({error.message[:200]}); report this.") from None
    return cast(bytes, made[0] if isinstance(made, list) else made)


@lru_cache(maxsize=1)
def _faces() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True,
                       font_paths=[str(fonts.FOLDER)] if fonts.FOLDER.is_dir() else [])


def _compiler(template: str, inputs: dict[str, str]) -> typst.Compiler:
    return typst.Compiler(str(TEMPLATES / template), root=str(TEMPLATES), font_paths=_faces(), ignore_system_fonts=True,
                          sys_inputs=inputs)


def printable(layout: Json) -> Json:
    """Return `layout` with a geta mark for each character without a glyph, and a note that counts them."""
    covered = fonts.coverage()
    mark = GETA if ord(GETA) in covered else "\N{WHITE SQUARE}"
    lost = 0

    def fit(value: object) -> object:
        nonlocal lost
        if isinstance(value, str):
            if value.isascii() or covered.issuperset(map(ord, value)):
                return value
            lost += sum(ord(c) not in covered for c in value)
            return "".join(c if ord(c) in covered else mark for c in value)
        if isinstance(value, list):
            return [fit(item) for item in value]
        if isinstance(value, dict):
            return {key: fit(item) for key, item in value.items()}
        return value

    words = cast("dict[str, str]", layout["words"])
    fitted = cast(Json, fit({key: value for key, value in layout.items() if key != "words"}))
    notes = [str(fitted["note"])]
    notes += [words["geta"].replace(GETA, mark).format(n=lost)] if lost else []
    notes += [words["fonts"]] if fonts.missing() else []
    return {**fitted, "words": words, "note": " ".join(note for note in notes if note)}
