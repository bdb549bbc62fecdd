"""Briefs: thirty pages with text, tables and figures, from the values to the finished file, beside ReportLab.

Ours is timed whole: the child process that it starts, the layout, the drawing. ReportLab is timed within this process,
set up and warm; it sets the same words, tables and marking, without tags, hyphenation, sources or a second language.
"""

from __future__ import annotations

import io
from typing import Any

import pypdf

from benchmarks.harness import Bench
from latticework.kernel.ids import MemberId, Post, Topic
from latticework.kernel.labels import Label, Release, exercise_policy, join
from latticework.workbench.briefs.marks import labels_of, mark
from latticework.workbench.briefs.model import (
    Block,
    Brief,
    Bullets,
    Cite,
    Column,
    Contents,
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    Portion,
    Row,
    Run,
    Source,
    Table,
    words,
)
from latticework.workbench.briefs.press import Order, draw

ENGLISH = (
    "The service keeps forty-one lamps on the southern coast. In the reporting period thirty-eight burned without "
    "interruption; three were dark for planned work, and each outage was announced at least seven days ahead. ")
JAPANESE = ("南岸の灯台四十一基のうち、対象期間中に三十八基が継続して点灯した。残る三基は計画作業のため消灯しており、"
            "いずれも七日以上前に関係国へ通知している。")
SECTIONS = 26
ROWS = 40
PAGES = 30
BANNER = "CONFIDENTIAL REL TO JPN, USA"
SVG = ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 200">' + "".join(
    f'<rect x="{20 + 9 * n}" y="{190 - n * 37 % 170}" width="6" height="{n * 37 % 170}"/>'
    for n in range(60)) + "</svg>")


def order(language: str) -> Order:
    """Return a brief of about thirty pages, all of it invented."""
    said = JAPANESE if language == "ja" else ENGLISH
    label = Label(policy="EXERCISE", classification=2, originators=frozenset({MemberId("JPN")}),
                  release=Release(members=frozenset({"JPN", "USA"})))
    lower = Label(policy="EXERCISE", classification=1, originators=label.originators, release=label.release)
    topic = Topic("maritime.lights")
    blocks: list[Block] = [Contents(), PageBreak()]
    for number in range(SECTIONS):
        blocks += [Heading(f"Section {number + 1}"), Paragraph(words(said * 5, Cite("a"))),
                   Paragraph(words(said * 4, Run("12 nights", invented=True)), portion=Portion(lower, topic)),
                   Bullets((words(said), words(said, Cite("b"))))]
        if number % 4 == 0:
            blocks.append(Figure(svg=SVG, title="Hours of light", alternative="Sixty bars."))
        if number % 3 == 0:
            blocks.append(Table(title="Lamps", columns=(
                Column(title="Lamp"), Column(title="Range", kind="number", unit="m"),
                Column(title="Height", kind="number", unit="m", digits=1), Column(title="State")),
                rows=tuple(Row((f"Lamp {n} of the southern coast", 15_000 + n, 20 + n / 10, "lit"))
                           for n in range(ROWS))))
    brief = Brief(title="Thirty-eight of forty-one lamps burn", member=MemberId("JPN"), post=Post("lighthouse desk"),
                  made_ms=1_795_856_400_000, portion=Portion(label, topic), blocks=tuple(blocks),
                  language="ja" if language == "ja" else "en", distribution="JPN, USA",
                  sources=(Source(key="a", text="Regulations", status="V"), Source(key="b", text="Herald", status="P")))
    return Order(brief=brief, markings=mark(labels_of(brief), {"EXERCISE": exercise_policy()}, join, language))


def run(bench: Bench) -> dict[str, object]:
    """Time each format and language; the target is thirty pages of PDF in five seconds."""
    english, japanese = order("en"), order("ja")
    pages = {"en": _pages(draw(english, "pdf")), "ja": _pages(draw(japanese, "pdf"))}
    rate = bench.time(f"brief of {pages['en']} pages, PDF/A-2a and PDF/UA-1", lambda: draw(english, "pdf"),
                      count=pages["en"], unit="pages")
    bench.time(f"brief of {pages['ja']} pages in Japanese, PDF", lambda: draw(japanese, "pdf"), count=pages["ja"],
               unit="pages")
    bench.time("the same as DOCX (English)", lambda: draw(english, "docx"), count=pages["en"], unit="pages")
    bench.time("the same as HTML (English)", lambda: draw(english, "html"), count=pages["en"], unit="pages")
    theirs = _pages(reportlab_pdf())
    bench.peer(f"ReportLab, {theirs} pages, untagged, within this process", "reportlab", reportlab_pdf, count=theirs,
               unit="pages")
    bench.target("brief: pages of the measured PDF", pages["en"], at_least=PAGES)
    bench.target("brief of 30 pages, s", PAGES / rate, at_most=5.0)
    return {"brief_pdf_kib": round(len(draw(english, "pdf")) / 1024)}


def _pages(data: bytes) -> int:
    return len(pypdf.PdfReader(io.BytesIO(data)).pages)


def reportlab_pdf() -> bytes:
    """Set the same words, tables and marking with ReportLab's Platypus."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.lib.units import mm
    from reportlab.platypus import Paragraph as Para
    from reportlab.platypus import SimpleDocTemplate, Spacer
    from reportlab.platypus import Table as Tab

    styles = getSampleStyleSheet()
    story: list[Any] = [Para("Thirty-eight of forty-one lamps burn", styles["Title"])]
    for number in range(SECTIONS):
        story += [Para(f"{number + 1} Section {number + 1}", styles["Heading1"]), Para(ENGLISH * 5, styles["BodyText"]),
                  Para(ENGLISH * 4, styles["BodyText"]), Para(ENGLISH, styles["Bullet"], bulletText="–"),
                  Para(ENGLISH, styles["Bullet"], bulletText="–")]
        if number % 4 == 0:
            story.append(Spacer(1, 55 * mm))
        if number % 3 == 0:
            rows = [["Lamp", "Range m", "Height m", "State"]]
            rows += [[f"Lamp {n} of the southern coast", f"{15_000 + n}", f"{20 + n / 10:.1f}", "lit"]
                     for n in range(ROWS)]
            story.append(Tab(rows, repeatRows=1))

    def banner(canvas: Any, document: Any) -> None:
        canvas.drawCentredString(A4[0] / 2, A4[1] - 6 * mm, BANNER)
        canvas.drawCentredString(A4[0] / 2, 3 * mm, f"{BANNER} · {document.page}")

    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4, leftMargin=50 * mm, rightMargin=22 * mm, topMargin=28 * mm,
                      bottomMargin=34 * mm).build(story, onFirstPage=banner, onLaterPages=banner)
    return out.getvalue()
