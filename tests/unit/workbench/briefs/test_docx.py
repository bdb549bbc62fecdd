"""The DOCX, read back by python-docx's own reader and as the plain XML of its parts."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import docx
import pypdfium2 as pdfium
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from lxml import etree
from tests.unit.workbench.briefs.examples import HOSTILE, MADE_MS, hostile, order, whole

from latticework.workbench.briefs import press
from latticework.workbench.briefs.text import clean

BANNER = "CONFIDENTIAL LANTERN REL TO JPN, USA"
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@cache
def written(language: str = "en") -> bytes:
    return press.draw(order(whole(language)), "docx")


def opened(data: bytes) -> Any:
    return docx.Document(io.BytesIO(data))


def test_the_marking_stands_in_the_header_and_footer_of_every_section() -> None:
    sections = opened(written()).sections
    assert [s.orientation for s in sections] == [WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE, WD_ORIENT.PORTRAIT]
    for section in sections:
        assert BANNER in section.header.paragraphs[0].text
        assert BANNER in section.footer.paragraphs[-1].text
        fields = [t.text.strip() for t in section.footer._element.iter(qn("w:instrText"))]
        assert fields == ["PAGE", "NUMPAGES"]


def test_headings_tables_pictures_and_lists_are_real_ones() -> None:
    document = opened(written())
    styles = [p.style.name for p in document.paragraphs]
    assert styles.count("Title") == 1
    assert styles.count("Heading 1") == 3  # the section, the appendix, the sources
    assert styles.count("Heading 2") == 3
    assert "List Bullet" in styles
    assert "List Number" in styles
    heads = [t for t in document.element.body.iter(qn("w:tbl")) if next(t.iter(qn("w:tblHeader")), None) is not None]
    assert [len(t.findall(qn("w:tr"))) for t in heads] == [2, 62, 13]
    pictures = list(document.element.body.iter("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"))
    assert [p.get("descr") for p in pictures] == ["A line falls from 200 to 40."]


def test_citations_lead_to_their_sources() -> None:
    body = opened(written()).element.body
    names = {b.get(qn("w:name")) for b in body.iter(qn("w:bookmarkStart"))}
    anchors = {h.get(qn("w:anchor")) for h in body.iter(qn("w:hyperlink"))}
    assert anchors == names == {"source_1", "source_2", "source_3"}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_says_its_language_title_maker_and_date(language: str) -> None:
    document = opened(written(language))
    properties = document.core_properties
    assert (properties.title, properties.author, properties.language) == (
        whole(language).title, "JPN lighthouse desk", language)
    assert properties.created.replace(tzinfo=UTC) == datetime.fromtimestamp(MADE_MS / 1000, UTC)
    lang = next(document.styles.element.iter(qn("w:lang")))
    assert lang.get(qn("w:val")) == {"en": "en-US", "ja": "ja-JP"}[language]


def test_every_part_is_well_formed_and_reaches_nothing_outside() -> None:
    for data in (written(), press.draw(order(hostile()), "docx")):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            for name in archive.namelist():
                if name.endswith((".xml", ".rels")):
                    etree.fromstring(archive.read(name))
                if name.endswith(".rels"):
                    assert b'TargetMode="External"' not in archive.read(name)
            fields = re.findall(rb"<w:instrText[^>]*>([^<]*)", b"".join(archive.read(n) for n in archive.namelist()))
            assert {f.strip() for f in fields} <= {b"PAGE", b"NUMPAGES"}


ORDERS = {  # ECMA-376 part 1, annex A: the sequences of CT_PPr, CT_RPr, CT_TblPr and CT_TrPr, as far as they are used
    "pPr": ("pStyle", "keepNext", "keepLines", "pageBreakBefore", "numPr", "pBdr", "shd", "tabs", "spacing", "ind",
            "jc", "rPr", "sectPr"),
    "rPr": ("rStyle", "rFonts", "b", "bCs", "i", "iCs", "color", "sz", "szCs", "bdr", "vertAlign", "lang"),
    "tblPr": ("tblStyle", "tblW", "jc", "tblBorders", "tblLayout", "tblLook"),
    "trPr": ("cantSplit", "tblHeader"),
}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_properties_stand_in_the_order_of_the_standard(language: str) -> None:
    with zipfile.ZipFile(io.BytesIO(written(language))) as archive:
        names = [n for n in archive.namelist() if re.fullmatch(r"word/(document|header\d+|footer\d+)\.xml", n)]
        assert len(names) >= 3
        for name in names:
            for e in etree.fromstring(archive.read(name)).iter():
                order = ORDERS.get(etree.QName(e).localname)
                if order is not None:
                    tags = [etree.QName(child).localname for child in e]
                    assert tags == sorted(tags, key=order.index), (name, tags)


def test_hostile_words_stand_there_as_they_were_written() -> None:
    body = opened(press.draw(order(hostile()), "docx")).element.body
    text = "".join(t.text or "" for t in body.iter(qn("w:t")))
    for bad in HOSTILE[:22]:
        assert clean(bad) in text


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed here")
def test_another_word_processor_opens_it(tmp_path: Path) -> None:
    (tmp_path / "brief.docx").write_bytes(written())
    command = [str(OFFICE), "--headless", "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "brief.docx"]
    subprocess.run(command, check=True, timeout=120, capture_output=True, env={"HOME": str(tmp_path)})
    for page in pdfium.PdfDocument((tmp_path / "brief.pdf").read_bytes()):
        assert page.get_textpage().get_text_bounded().count(BANNER) >= 2
