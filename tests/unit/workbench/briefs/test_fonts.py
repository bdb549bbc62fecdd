"""The fonts are those that the lock file pins, and what they cover is read as ReportLab reads it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from reportlab.pdfbase.ttfonts import TTFontFile

from latticework.workbench.briefs import fonts

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.skipif(bool(fonts.missing()), reason="the fonts were not fetched at set-up")
def test_the_installed_fonts_are_the_pinned_ones() -> None:
    for name, (_source, digest) in fonts.FILES.items():
        assert hashlib.sha256((fonts.FOLDER / name).read_bytes()).hexdigest() == digest
    for name in fonts.LICENSES:
        assert "SIL OPEN FONT LICENSE" in (fonts.FOLDER / name).read_text(encoding="utf-8")


def test_every_font_comes_from_a_package_of_the_lock_file() -> None:
    lock = json.loads((ROOT / "frontend" / "fonts" / "package-lock.json").read_text())
    packages = {name.removeprefix("node_modules/") for name in lock["packages"] if name}
    assert {"/".join(source.split("/")[:2]) for source, _ in fonts.FILES.values()} == packages
    assert all(p["integrity"].startswith("sha512-") for n, p in lock["packages"].items() if n)


def test_without_them_the_bundled_ones_cover_western_text(tmp_path: Path) -> None:
    assert set(fonts.missing(tmp_path)) == set(fonts.FILES)
    assert not fonts.has_japanese(tmp_path)
    covered = fonts.coverage(tmp_path)
    assert all(ord(c) in covered for c in "Élève, “straße” – Привет, Αθήνα")
    assert ord("灯") not in covered


@pytest.mark.skipif(bool(fonts.missing()), reason="the fonts were not fetched at set-up")
def test_coverage_agrees_with_another_reader_of_fonts() -> None:
    for name in ("NotoSerifJP_400Regular.ttf", "SourceSans3_400Regular.ttf"):
        glyphs = TTFontFile(str(fonts.FOLDER / name), charInfo=1).charToGlyph
        covered = fonts.code_points((fonts.FOLDER / name).read_bytes())
        # ReportLab reads the table of the basic plane or the full one; ours takes the full one.
        assert set(glyphs) - covered <= {0xFFFF}
        assert {c for c in covered if c < 0xFFFF} - set(glyphs) == set()
