"""How the classes of a drawing look where no style sheet is: in briefs and files.

On a page ``shell/static/charts.css`` and ``tokens.css`` say the same; a test holds both together.
"""

from __future__ import annotations

from typing import Final, Literal

Theme = Literal["light", "dark", "print"]

TOKENS: Final[dict[str, tuple[str, str]]] = {
    "surface": ("#fcfcfb", "#14181a"), "sunken": ("#f1f3f2", "#0e1113"), "selected": ("#e2e7e6", "#293236"),
    "ink": ("#12181a", "#e8ecec"), "ink-2": ("#435054", "#b1bbbd"), "ink-3": ("#5a6669", "#8f9b9e"),
    "ink-inverse": ("#fcfcfb", "#14181a"), "line": ("#d9dedd", "#2a3235"), "line-strong": ("#7c878a", "#6a767a"),
    "focus": ("#0b57d0", "#9ecbff"), "allowed": ("#00647a", "#53cfe4"), "withheld": ("#973a00", "#ffab74"),
    "withheld-tint": ("#fbeadd", "#3a2315"), "good": ("#00647a", "#53cfe4"), "allowed-tint": ("#e0eff3", "#0e2d34"),
    "caution": ("#7b6000", "#ffd03a"), "caution-tint": ("#faf1d2", "#332b08"), "bad": ("#900f2c", "#ff7a86"),
    "bad-tint": ("#fae4e7", "#3b151b"), "friend": ("#084a8c", "#6aa6ff"), "neutral": ("#1f6f45", "#86f098"),
    "unknown": ("#7b6000", "#ffe03a"), "hostile": ("#900f2c", "#f07f9a"), "map-water": ("#eef1f1", "#0c1012"),
    "map-land": ("#dde2e0", "#1c2326"), "map-coast": ("#9aa6a6", "#46545a"), "map-grid": ("#d3dada", "#1e2629"),
    "map-text": ("#56646a", "#8d9a9e"),
}
"""Light and dark value of each semantic color; print takes the light one."""

HATCH: Final = "url(#hatch)"

CLASSES: Final[dict[str, dict[str, str]]] = {
    "t-ink": {"fill": "@ink"}, "t-strong": {"fill": "@ink", "font-weight": "600"}, "t-faint": {"fill": "@ink-3"},
    "t-inv": {"fill": "@ink-inverse"}, "t-bad": {"fill": "@bad", "font-weight": "600"}, "t-good": {"fill": "@good"},
    "t-caution": {"fill": "@caution", "font-weight": "600"}, "t-withheld": {"fill": "@withheld", "font-weight": "600"},
    "t-map": {"fill": "@map-text"}, "end": {"text-anchor": "end"}, "mid": {"text-anchor": "middle"},
    "axis": {"stroke": "@line-strong", "fill": "none"}, "gridline": {"stroke": "@line", "fill": "none"},
    "now": {"stroke": "@ink", "stroke-dasharray": "2 2", "fill": "none"},
    "limit": {"stroke": "@caution", "stroke-width": "1.5", "stroke-dasharray": "6 3", "fill": "none"},
    "s1": {"stroke": "@ink", "stroke-width": "2", "fill": "none"},
    "s2": {"stroke": "@ink-3", "stroke-width": "1.5", "stroke-dasharray": "5 3", "fill": "none"},
    "s3": {"stroke": "@ink-3", "stroke-width": "1.5", "stroke-dasharray": "1.5 2.5", "fill": "none"},
    "s4": {"stroke": "@ink-3", "stroke-width": "1", "fill": "none"},
    "band": {"fill": "@ink", "opacity": "0.1"},
    "surface": {"fill": "@surface"},
    "g-work": {"fill": "@selected", "stroke": "@ink-3"}, "g-lit": {"fill": "@ink", "stroke": "@ink"},
    "g-law": {"fill": HATCH, "stroke": "@ink-2"},
    "g-bad": {"fill": "@bad-tint", "stroke": "@bad", "stroke-width": "1.5"},
    "g-risk": {"fill": "none", "stroke": "@ink-3", "stroke-dasharray": "2 2"},
    "dep-lit": {"fill": "none", "stroke": "@ink", "stroke-width": "2"},
    "m-plain": {"fill": "none", "stroke": "@line"}, "m-full": {"fill": "@ink", "stroke": "@line"},
    "m-part": {"fill": HATCH, "stroke": "@line"}, "m-none": {"fill": "none", "stroke": "@line"},
    "m-self": {"fill": "@sunken", "stroke": "@line"}, "m-good": {"fill": "@allowed-tint", "stroke": "@good"},
    "m-caution": {"fill": "@caution-tint", "stroke": "@caution"}, "m-bad": {"fill": "@bad-tint", "stroke": "@bad"},
    "m-withheld": {"fill": "@withheld-tint", "stroke": "@withheld"},
    "e-command": {"stroke": "@ink", "stroke-width": "1.5", "fill": "none"},
    "e-support": {"stroke": "@ink-2", "stroke-width": "1.5", "stroke-dasharray": "6 3", "fill": "none"},
    "e-coordination": {"stroke": "@ink-2", "stroke-width": "1.5", "stroke-dasharray": "1.5 3", "fill": "none"},
    "e-withheld": {"stroke": "@withheld", "stroke-width": "4", "fill": "none"},
    "e-what-if": {"stroke": "@focus", "stroke-width": "2", "stroke-dasharray": "4 3", "fill": "none"},
    "tip-command": {"fill": "@ink"}, "tip-support": {"fill": "@ink-2"}, "tip-coordination": {"fill": "@ink-2"},
    "tip-withheld": {"fill": "@withheld"}, "tip-what-if": {"fill": "@focus"},
    "box": {"fill": "@surface", "stroke": "@line-strong"},
    "box-lit": {"fill": "@caution-tint", "stroke": "@ink", "stroke-width": "2"},
    "node": {"fill": "@surface", "stroke": "@ink-2", "stroke-width": "1.5"},
    "node-on": {"fill": "@ink", "stroke": "@ink"},
    "water": {"fill": "@map-water"}, "land": {"fill": "@map-land", "stroke": "@map-coast", "stroke-width": "0.75"},
    "graticule": {"fill": "none", "stroke": "@map-grid", "stroke-width": "0.75"},
    "hatch": {"stroke": "@ink-3", "stroke-width": "1", "fill": "none"},
    "area-plain": {"fill": "@ink", "fill-opacity": "0.08"}, "area-full": {"fill": "@ink", "fill-opacity": "0.25"},
    "area-part": {"fill": HATCH}, "area-none": {"fill": "none"},
    "area-good": {"fill": "@good", "fill-opacity": "0.15"},
    "area-caution": {"fill": "@caution", "fill-opacity": "0.15"},
    "area-bad": {"fill": "@bad", "fill-opacity": "0.15"},
    "area-withheld": {"fill": "@withheld", "fill-opacity": "0.15"},
    "rim-plain": {"fill": "none", "stroke": "@ink-2", "stroke-width": "1.25"},
    "rim-full": {"fill": "none", "stroke": "@ink", "stroke-width": "1.5"},
    "rim-part": {"fill": "none", "stroke": "@ink-2", "stroke-width": "1.25", "stroke-dasharray": "6 3"},
    "rim-none": {"fill": "none", "stroke": "@ink-3", "stroke-width": "1.25", "stroke-dasharray": "2 3"},
    "rim-good": {"fill": "none", "stroke": "@good", "stroke-width": "1.5"},
    "rim-caution": {"fill": "none", "stroke": "@caution", "stroke-width": "1.5", "stroke-dasharray": "6 3"},
    "rim-bad": {"fill": "none", "stroke": "@bad", "stroke-width": "2"},
    "rim-withheld": {"fill": "none", "stroke": "@withheld", "stroke-width": "2", "stroke-dasharray": "2 2"},
    "halo": {"fill": "@ink", "paint-order": "stroke", "stroke": "@map-water", "stroke-width": "3"},
    "sym": {"fill": "none"}, "sym-ink": {},
    "sym-friend": {"stroke": "@friend"}, "sym-hostile": {"stroke": "@hostile"}, "sym-neutral": {"stroke": "@neutral"},
    "sym-unknown": {"stroke": "@unknown"},
}
"""Attributes of each class; ``@name`` is a token."""


def resolve(classes: str, theme: Theme) -> dict[str, str]:
    """Return the attributes that classes stand for in a theme."""
    found: dict[str, str] = {}
    dark = 1 if theme == "dark" else 0
    for name in classes.split():
        for key, value in CLASSES.get(name, {}).items():
            found[key] = TOKENS[value[1:]][dark] if value.startswith("@") else value
    return found
