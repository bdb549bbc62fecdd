"""The look, measured: contrast of every text color on every surface, colors only as tokens, six shapes of status.

Source: WCAG 2.2, success criteria 1.4.3 (4.5:1 for text) and 1.4.11 (3:1 for control borders), relative luminance as
defined there.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[3] / "src/latticework/shell/static"
TEMPLATES = STATIC.parent / "templates"
SURFACES = ("surface", "sunken", "raised", "hover", "selected")
TEXT = ("ink", "ink-2", "ink-3", "allowed", "withheld", "good", "caution", "bad", "idle")


def tokens() -> dict[str, tuple[str, str]]:
    css = (STATIC / "tokens.css").read_text(encoding="utf-8")
    found = {name: (light, dark) for name, light, dark in
             re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", css)}
    found.update({name: (both, both) for name, both in re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css)})
    return found


def luminance(color: str) -> float:
    parts = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_formula_gives_the_published_extremes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01), "the well-known gray that just fails"


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("text", TEXT)
def test_text_is_readable_on_every_surface(theme: int, surface: str, text: str) -> None:
    known = tokens()
    assert contrast(known[text][theme], known[surface][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_borders_banners_and_tints_hold(theme: int) -> None:
    known = tokens()
    for surface in ("surface", "sunken", "raised"):
        assert contrast(known["line-strong"][theme], known[surface][theme]) >= 3
        assert contrast(known["focus"][theme], known[surface][theme]) >= 3
    for level in range(5):
        assert contrast(known[f"class-{level}"][theme], known[f"class-{level}-ink"][theme]) >= 4.5
    for tint in ("allowed-tint", "withheld-tint", "caution-tint", "bad-tint"):
        assert contrast(known["ink"][theme], known[tint][theme]) >= 4.5
    assert contrast(known["withheld"][theme], known["withheld-tint"][theme]) >= 4.5
    assert contrast(known["allowed"][theme], known["allowed-tint"][theme]) >= 4.5
    assert contrast(known["ink-2"][theme], known["withheld-tint"][theme]) >= 4.5


def test_colors_stand_in_tokens_alone() -> None:
    for name in ("components.css", "charts.css", "pictures.css", "shell.css"):
        css = re.sub(r"/\*.*?\*/", "", (STATIC / name).read_text(encoding="utf-8"), flags=re.S)
        # The mask of the notches is a shape, not a color.
        css = re.sub(r"mask: [^;]+;", "", css)
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsl\(", css), name


def test_every_token_that_is_used_exists() -> None:
    defined = set(re.findall(r"(--[\w-]+):", "".join(p.read_text(encoding="utf-8") for p in STATIC.glob("*.css"))))
    for path in STATIC.glob("*.css"):
        used = set(re.findall(r"var\((--[\w-]+)", path.read_text(encoding="utf-8")))
        assert used <= defined, f"{path.name}: {sorted(used - defined)}"


def test_every_status_has_its_own_shape() -> None:
    css = (STATIC / "components.css").read_text(encoding="utf-8")
    for word in ("caution", "bad", "claimed", "dropped", "good"):
        assert re.search(rf"\.st\.{word}::before \{{[^}}]+\}}", css), word


def test_every_icon_that_is_used_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="i-([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    code = "".join(p.read_text(encoding="utf-8") for p in STATIC.parent.rglob("*.py"))
    used = set(re.findall(r'icon="([\w-]+)"', code))
    assert used
    assert used <= drawn


def test_templates_hold_no_style_script_or_other_host() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert " style=" not in text, path.name
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path.name
        assert "://" not in text, path.name


def test_words_of_buttons_name_the_act() -> None:
    banned = {"Submit", "OK", "Yes", "No", "Cancel", "Click here"}
    for path in TEMPLATES.rglob("*.html"):
        for words in re.findall(r'<button[^>]*>\{\{ _\("([^"]+)"', path.read_text(encoding="utf-8")):
            assert words not in banned, path.name
            assert not words.endswith("!")


def test_style_sheets_ask_no_other_host() -> None:
    for path in STATIC.glob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert "@import" not in text
        assert not re.search(r"url\((?!\"#|#)", text), path.name
