"""One brief with every kind of part, in two languages, invented throughout; and the order that the press takes."""

from __future__ import annotations

from typing import Any

from latticework.kernel.ids import MemberId, Post, RecordId, Topic
from latticework.kernel.labels import Label, Release, exercise_policy, join
from latticework.workbench.briefs.marks import labels_of, mark
from latticework.workbench.briefs.model import (
    Appendix,
    Block,
    Brief,
    Bullets,
    Callout,
    Cite,
    Column,
    Comparison,
    Contents,
    Figure,
    Figures,
    Heading,
    KeyFigure,
    PageBreak,
    Paragraph,
    Portion,
    Row,
    Run,
    Source,
    Table,
    words,
)
from latticework.workbench.briefs.press import Order

POLICY = exercise_policy()
TOPIC = Topic("maritime.lights")
MADE_MS = 1_795_856_400_000
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 240"><rect x="40" y="10" width="540" height="200" '
    'fill="none" stroke="#d9dedd"/><path d="M40 200L240 170L340 90L580 40" fill="none" stroke="#12181a"/>'
    '<text x="40" y="232" font-size="13" style="font-weight: 600">2024 灯台</text></svg>'
)


def portion(level: int, *members: str, **more: Any) -> Portion:
    """Return a portion of JPN's under EXERCISE; no member: originator only."""
    release = Release(members=frozenset(members)) if members else None
    return Portion(Label(policy="EXERCISE", classification=level, release=release,
                         originators=frozenset({MemberId("JPN")}), **more), TOPIC)


LOW = portion(1, "JPN", "USA")
HIGH = portion(2, "AUS", "JPN", "USA", restrictive=frozenset({"Special Handling/LANTERN"}))

SENTENCE = {
    "en": "The service keeps forty-one lamps on the southern coast; thirty-eight of them burned without interruption. ",
    "ja": "南岸の灯台四十一基のうち、三十八基が継続して点灯した。残る三基は計画作業のため消灯している。",
}


def brief(*blocks: Block, language: str = "en", portion: Portion = LOW, **more: Any) -> Brief:
    """Return a brief of `blocks`."""
    return Brief(**{
        "title": "Two lamps on one power line are the weakest point", "member": MemberId("JPN"),
        "post": Post("lighthouse desk"), "made_ms": MADE_MS, "portion": portion, "blocks": blocks,
        "language": language, "cover": False, **more,
    })


SOURCES = (
    Source(key="law", text="Service regulations, 2026 edition, section 4", status="V"),
    Source(key="news", text="Harbor Herald, 3 May 2026, page 2", status="P"),
    Source(key="own", text="Made up for this example", status="invented", record=RecordId("ab" * 32)),
)


def whole(language: str = "en", *, sections: int = 3, rows: int = 60) -> Brief:
    """Return a brief with every kind of part."""
    ja, said = language == "ja", SENTENCE[language]
    blocks: list[Block] = [
        Contents(), PageBreak(),
        Heading("灯台四十一基中三十八基が点灯" if ja else "Thirty-eight of forty-one lamps burn"),
        Paragraph(words(said, Run("Three", emphasis=True), " matter: ", Run("Cape One", strong=True), ", ",
                        Run("lamp.7", code=True), " and ", Run("12 nights", invented=True), Cite("own"))),
        Figures((KeyFigure(value=38, of=41, what="lamps that burn", measured="28 Nov 2026", cite="law"),
                 KeyFigure(value=1204.5, unit="h", what="of light", invented=True))),
        Callout(kind="finding", words=words("Two lamps of one line fail together.", Cite("news"))),
        Callout(kind="caution", words=words("Ranges say nothing about fog.")),
    ]
    for number in range(sections):
        blocks += [
            Heading(f"{'第' if ja else 'Section '}{number + 1}", 2),
            Paragraph(words(said * 4, Cite("law")), portion=HIGH if number % 2 else None),
            Bullets((words("first item", Cite("news")), words(said)), ordered=number % 2 == 1),
        ]
    blocks += [
        Figure(svg=SVG, title="Lamps lit by month", alternative="A line falls from 200 to 40.", cites=("own",)),
        Comparison(left="One line", right="Two lines", rows=(("Failure", words("both dark"), words("one dark")),)),
        Table(title="灯台一覧" if ja else "All lamps", columns=(
            Column(title="Name"), Column(title="Latitude", kind="number", digits=3, unit="°"),
            Column(title="Range", kind="number", unit="m"), Column(title="Changed", kind="time"),
            Column(title="State")),
            rows=(*(Row((f"Lamp {n}", 30 + n / 10, 20_000 + n, MADE_MS + n * 10**7, Run("dark", invented=True)),
                        portion=HIGH if n % 5 == 0 else None, cite="news" if n == 3 else None) for n in range(rows)),
                  Row(("Total", None, -1_234_567, None, None), total=True)),
            notes=(words("Ranges are nominal.", Cite("own")),)),
        Appendix("付表" if ja else "The wide table"),
        Table(title="A wide table, turned", landscape=True,
              columns=tuple(Column(title=f"Column {n}", kind="number" if n % 3 else "text") for n in range(14)),
              rows=tuple(Row(tuple(n * m if m % 3 else f"row {n}" for m in range(14))) for n in range(12))),
    ]
    return brief(*blocks, language=language, sources=SOURCES, cover=True, subtitle="For the harbor conference",
                 distribution="JPN, USA: harbor conference")


def order(made: Brief, note: str = "") -> Order:
    """Return what the press takes."""
    return Order(brief=made, note=note, markings=mark(labels_of(made), {"EXERCISE": POLICY}, join, made.language))


HOSTILE = (
    '#eval("1+1")', '#read("/etc/passwd")', '#import "@preview/cetz:0.3.0"', "#set page(fill: red)", "#pagebreak()",
    "]#panic()[", "[[[", "$ x^2", "*bold* _it_ `raw`", "<label> @ref", "\\u{41}", "// comment", "/* open", "= Heading",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{ 7*7 }}", "{% raw %}", "&amp; &#x3c;",
    "=cmd|'/c calc'!A1", "<w:p/>", "]]>", "\x00\x08\x0b\x1b", "\u202egnitrats\u2066", "\u200b\ufeff",
    "\U0001f4a3", "한국어", "z" + "\u0336" * 500, "x" * 5_000, "\ufffe\uffff", "\u202e\u202e\u202e",
)
"""Words as a hostile record may have them: for the typesetter, the browser, the template, the word processor."""


def hostile() -> Brief:
    """Return a brief in which every string is hostile."""
    text = " | ".join(HOSTILE)
    blocks: list[Block] = [Contents()]
    for bad in HOSTILE:
        blocks += [Heading((bad[:200] + " h").strip(), 2), Paragraph(words(bad, Run(bad, code=True, emphasis=True)))]
    blocks += [
        Bullets(tuple(words(bad) for bad in HOSTILE)), Callout(kind="caution", words=words(text)),
        Figures((KeyFigure(value=1e300, of=1, unit=text, what=text, measured=text),)),
        Comparison(left=text, right=text, rows=((text, words(text), words(text)),)),
        Table(title="T " + text[:250], columns=(Column(title=text, unit=text), Column(title="B")),
              rows=tuple(Row((bad, bad), cite="s") for bad in HOSTILE), notes=(words(text),)),
        Figure(svg=SVG.replace("2024", "#eval() {{ 1 }}"), title="F " + text[:250], alternative=text),
        Appendix("A " + text[:250]),
    ]
    return brief(*blocks, title="T " + text[:250], subtitle=text, distribution=text, post=Post(text[:300]),
                 sources=(Source(key="s", text=text, status="P"),), cover=True)
