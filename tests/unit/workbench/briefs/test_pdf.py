"""The PDF, read back by two libraries that had no part in making it: pypdf for structure, PDFium for what is seen."""

from __future__ import annotations

import io
import re
from functools import cache
from typing import Any

import pypdf
import pypdfium2 as pdfium
import pytest
from tests.unit.workbench.briefs.examples import HIGH, HOSTILE, MADE_MS, brief, hostile, order, portion, whole

from latticework.workbench.briefs import fonts, press
from latticework.workbench.briefs.model import Paragraph, words

needs_fonts = pytest.mark.skipif(bool(fonts.missing()), reason="the fonts were not fetched at set-up")
BANNER = "CONFIDENTIAL LANTERN REL TO JPN, USA"
A4 = (595.28, 841.89)


@cache
def printed(language: str = "en") -> bytes:
    return press.draw(order(whole(language), "Made for the lighthouse desk."), "pdf")


def read(data: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(data))


def seen(data: bytes) -> list[str]:
    """Return the text of each page as PDFium finds it drawn."""
    document = pdfium.PdfDocument(data)
    return [page.get_textpage().get_text_bounded() for page in document]


def banner_places(data: bytes, words_: str) -> list[list[float]]:
    """Return, for each page, how high above its foot (share of its height) the words of the banner are drawn."""
    found = []
    for page in pdfium.PdfDocument(data):
        text, height, places = page.get_textpage(), page.get_height(), []
        search = text.search(words_)
        while (hit := search.get_next()) is not None:
            places.append(text.get_charbox(hit[0])[1] / height)
        found.append(places)
    return found


def test_the_marking_stands_at_the_top_and_the_foot_of_every_sheet() -> None:
    places = banner_places(printed(), BANNER)
    assert len(places) >= 8
    for page in places:
        assert max(page) > 0.96
        assert min(page) < 0.04


@needs_fonts
def test_the_japanese_marking_stands_on_every_sheet_too() -> None:
    for page in banner_places(printed("ja"), "LANTERN"):
        assert max(page) > 0.96
        assert min(page) < 0.04
    assert all(text.count("秘") >= 2 for text in seen(printed("ja")))


def test_a_marking_of_two_lines_fits_at_both_ends_of_every_sheet() -> None:
    members = tuple(m + n for m in ("AU", "JP", "US", "KO", "PH", "GB", "NZ", "IN") for n in "ABCDEFGH")
    wide = portion(2, *members)
    pages = seen(press.draw(order(brief(*(Paragraph(words("A line of text. " * 200)) for _ in range(6)), portion=wide,
                                        distribution="x" * 100)), "pdf"))
    assert len(pages) > 1
    for text in pages:
        for member in members:
            assert text.count(member) >= 2


def test_each_page_says_which_it_is_of_how_many() -> None:
    pages = seen(printed())
    for number, text in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in text
        assert "Distribution: JPN, USA: harbor conference" in text


def test_all_that_the_brief_says_is_there() -> None:
    text = " ".join(" ".join(seen(printed())).replace("\u202f", " ").split())
    for said in ("Two lamps on one power line", "Contents", "38 of 41", "1 204.5", "Finding", "Caution", "Table 1",
                 "Figure 1", "Appendix A", "Sources", "[1 invented]", "[2 V]", "[3 P]",
                 "V: read in the full text", "Lamp 59", "Made for the lighthouse desk"):
        assert said in text, said
    assert "〓" not in text


def test_a_long_table_repeats_its_head_and_turns_only_its_own_sheet() -> None:
    pages = seen(printed())
    with_rows = [text for text in pages if re.search(r"\bLamp \d+\b", text) and "2026-1" in text]
    assert len(with_rows) >= 2
    assert all("Latitude" in text and "Changed" in text for text in with_rows)
    sizes = [(round(float(p.mediabox.width), 2), round(float(p.mediabox.height), 2)) for p in read(printed()).pages]
    assert sizes.count((A4[1], A4[0])) == 1
    assert set(sizes) == {A4, (A4[1], A4[0])}


def test_it_is_tagged_and_titled_with_language_date_and_standards() -> None:
    reader = read(printed())
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-US"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == whole().title
    assert int(reader.metadata.creation_date.timestamp() * 1000) == MADE_MS  # type: ignore[union-attr]
    meta = root["/Metadata"].get_data().decode()
    assert re.search(r"pdfaid:part[>=\"]+2.*pdfaid:conformance[>=\"]+A", meta, re.S)
    assert re.search(r"pdfuaid:part[>=\"]+1", meta)


def kinds_of(element: Any, found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (type, alternative text) of every element of the structure tree."""
    element = element.get_object()
    if isinstance(element, list):
        for one in element:
            kinds_of(one, found)
    elif isinstance(element, dict):
        if "/S" in element:
            found.append((str(element["/S"]), str(element.get("/Alt", ""))))
        if "/K" in element:
            kinds_of(element["/K"], found)
    return found


def test_its_structure_names_headings_tables_lists_and_pictures() -> None:
    root: Any = read(printed()).trailer["/Root"]
    found = kinds_of(root["/StructTreeRoot"], [])
    kinds = {kind for kind, _alt in found}
    assert {"/Title", "/H1", "/H2", "/P", "/L", "/LI", "/Table", "/THead", "/TH", "/TD", "/TOC", "/Link",
            "/Figure"} - kinds <= {"/Title"}
    assert ("/Figure", "A line falls from 200 to 40.") in found


@needs_fonts
def test_every_font_is_embedded_and_none_is_the_machines() -> None:
    for language in ("en", "ja"):
        names = set()
        for page in read(printed(language)).pages:
            resources: Any = page["/Resources"]
            for font in resources.get("/Font", {}).values():
                inner = font.get_object()
                inner = inner["/DescendantFonts"][0].get_object() if "/DescendantFonts" in inner else inner
                descriptor = inner["/FontDescriptor"].get_object()
                assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)
                names.add(str(inner["/BaseFont"]).split("+")[-1])
        assert {re.split(r"[-_]|Regular|SemiBold|Semibold", n)[0].lstrip("/") for n in names} <= {
            "SourceSerif4", "SourceSans3", "NotoSerifJP", "NotoSansJP", "DejaVuSansMono"}, names


def test_portions_carry_their_marks_where_they_differ() -> None:
    one = " ".join(seen(press.draw(order(brief(Paragraph(words("same")))), "pdf")))
    assert "(R REL" not in one
    two = " ".join(seen(press.draw(order(brief(Paragraph(words("low")), Paragraph(words("high"), portion=HIGH))),
                                   "pdf")))
    assert "(R REL TO JPN, USA)" in two
    assert "(C LANTERN" in two


@needs_fonts
def test_hostile_words_stand_there_as_they_were_written() -> None:
    data = press.draw(order(hostile()), "pdf")
    text = "".join("".join(seen(data)).split())
    for bad in HOSTILE[:22]:
        # A long line is broken at hyphens by nobody: what is compared is without white space.
        assert "".join(bad.split()) in text, bad
    assert "root:" not in text
    assert "〓" in text
    assert "Charactersthatthefontsofthisbrieflackareprintedas〓" in text
    actions = re.findall(rb"/(?:JavaScript|JS|Launch|URI|SubmitForm|EmbeddedFile|OpenAction)\b", data)
    assert not actions


def test_without_its_fonts_it_still_prints_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    from latticework.workbench.briefs import pdf
    from latticework.workbench.briefs.layout import lay_out

    monkeypatch.setattr(fonts, "FOLDER", tmp_path / "none")
    monkeypatch.setattr(fonts, "missing", lambda: tuple(fonts.FILES))
    monkeypatch.setattr(fonts, "coverage", lambda real=fonts.coverage: real(tmp_path / "none"))
    pdf._faces.cache_clear()
    try:
        made = order(whole(rows=3, sections=1))
        text = " ".join(" ".join(seen(pdf.set_pdf(lay_out(made.brief, made.markings)))).split())
    finally:
        pdf._faces.cache_clear()
    assert "The fonts of printed briefs are not installed here" in text
    assert BANNER in text
    # The two Japanese characters in the picture, and the mark in the note that counts them.
    assert "lack are printed as □: 2." in text
    assert text.count("□") == 3
