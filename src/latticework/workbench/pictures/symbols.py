"""APP-6(D) symbols without a browser: parts that ``frontend/symbols.mjs`` took from milsymbol, put together by code.

Where the parts are not installed or the code names none of them, the frame alone is drawn: its shape says whose it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, NamedTuple
from xml.sax.saxutils import escape, quoteattr

import msgspec

from latticework.workbench.pictures.canvas import TEXT_PX

PARTS: Final = Path(__file__).parent / "dist" / "symbols.json"
Identity = Literal["unknown", "friend", "neutral", "hostile"]

_IDENTITIES: Final[dict[str, tuple[str, Identity]]] = {
    "0": ("1", "unknown"), "1": ("1", "unknown"), "2": ("3", "friend"), "3": ("3", "friend"),
    "4": ("4", "neutral"), "5": ("6", "hostile"), "6": ("6", "hostile"),
}
_MARKS: Final = {"1": "1", "2": "2", "3": "21", "4": "4", "5": "41", "6": "42", "7": "421"}
"""What digit 8 stands for, in marks: 1 dummy, 2 headquarters, 4 task force."""
_FRAMES: Final[dict[str, str]] = {
    "1": "M63,63 C63,20 137,20 137,63 C180,63 180,137 137,137 C137,180 63,180 63,137 C20,137 20,63 63,63 Z",
    "3": "M25,50 l150,0 0,100 -150,0 z", "4": "M45,45 l110,0 0,110 -110,0 z",
    "6": "M 100,28 L172,100 100,172 28,100 100,28 Z",
}
"""Frames of land units, for where no parts are installed."""

Shape = tuple[str, dict[str, str | float], float, bool, str]
_ByIdentity = dict[str, list[Shape]]


class _Parts(msgspec.Struct, frozen=True):
    source: str
    frames: dict[str, list[Shape]]
    icons: dict[str, _ByIdentity]
    mod1: dict[str, _ByIdentity]
    mod2: dict[str, _ByIdentity]
    echelons: dict[str, _ByIdentity]
    marks: dict[str, _ByIdentity]


class Symbol(NamedTuple):
    """Shapes of a symbol in a box of 200 by 200 around 100, 100; its identity; and whether its icon is known."""

    shapes: tuple[Shape, ...]
    identity: Identity
    known: bool


@lru_cache(maxsize=1)
def _parts() -> _Parts | None:
    return msgspec.json.decode(PARTS.read_bytes(), type=_Parts) if PARTS.is_file() else None


@lru_cache(maxsize=2048)
def symbol(sidc: str) -> Symbol | None:
    """Return the symbol of a code, or None when it is no number code of APP-6(D) (20 or 30 digits)."""
    if not re.fullmatch(r"\d{20}(\d{10})?", sidc) or sidc[3] not in _IDENTITIES:
        return None
    digit, identity = _IDENTITIES[sidc[3]]
    parts, set_, entity = _parts(), sidc[4:6], sidc[10:16]
    if parts is None:
        return Symbol((("path", {"d": _FRAMES[digit]}, 4.0, False, ""),), identity, known=False)

    def part(table: dict[str, _ByIdentity], key: str) -> list[Shape]:
        found = table.get(key, {})
        return found.get("*", found.get(digit, []))

    planned = ":planned" if sidc[6] == "1" else ""
    frame = parts.frames.get(f"{set_}:{digit}{planned}") or parts.frames[f"10:{digit}{planned}"]
    icon = part(parts.icons, f"{set_}:{entity}") or part(parts.icons, f"{set_}:{entity[:4]}00")
    shapes = [*frame, *icon, *part(parts.mod1, f"{set_}:{sidc[16:18]}"), *part(parts.mod2, f"{set_}:{sidc[18:20]}")]
    if set_ == "10":
        shapes += part(parts.echelons, sidc[8:10])
        for mark in _MARKS.get(sidc[7], ""):
            shapes += part(parts.marks, f"{mark}:{sidc[8:10]}") or part(parts.marks, f"{mark}:00")
    return Symbol(tuple(shapes), identity, known=entity == "000000" or f"{set_}:{entity}" in parts.icons)


BOLD: Final = 1.8
"""Lines of milsymbol are meant for symbols of 100 px and more; in a diagram they are drawn this much wider."""


def shape_svg(shape: Shape, paint: tuple[str, str]) -> str:
    """Return a shape as SVG; `paint` are the attributes for a stroke and for a filled area."""
    tag, geometry, width, filled, dashes = shape
    stroke, fill = paint
    if tag == "text":
        # Words of every drawing are 11 px, also by style sheet, so those of a symbol are scaled to their size.
        factor = float(geometry["size"]) / TEXT_PX
        at = (f'transform="translate({geometry["x"]} {geometry["y"]}) scale({factor:.4g})" '
              f'text-anchor="{geometry["anchor"]}"')
        return f"<text {at} {fill}>{escape(str(geometry['text']))}</text>"
    written = " ".join(f"{key}={quoteattr(str(value))}" for key, value in geometry.items())
    if width:
        dashed = f' stroke-dasharray="{dashes.replace(",", " ")}"' if dashes else ""
        return f'<{tag} {written} {stroke} stroke-width="{width * BOLD:g}"{dashed}/>'
    return f"<{tag} {written} {fill if filled else stroke}/>"
