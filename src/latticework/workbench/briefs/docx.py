"""A layout as DOCX, for those who must go on writing: real headings, styles, header rows, alternative texts, markings.

Word processors use the reader's fonts; the styles name ones that office machines have. It runs in the press
(:mod:`.press`). The archive's times are fixed, so the same layout gives the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from typing import Any, Final

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Mm, Pt, RGBColor

from latticework.workbench.briefs.layout import Json
from latticework.workbench.briefs.pdf import draw_png
from latticework.workbench.briefs.svg import size_of

SERIF: Final = ("Cambria", "Yu Mincho")
SANS: Final = ("Calibri", "Yu Gothic")
MONO: Final = ("Consolas", "Yu Gothic")
INK, INK_2, INK_3, HAIR, SUNKEN, CAUTION, CAUTION_TINT = (
    "12181A", "435054", "5A6669", "C4CBCA", "F1F3F2", "7B6000", "FAF1D2")
PARAGRAPH: Final = (
    "pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr", "suppressLineNumbers",
    "pBdr", "shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE",
    "autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents",
    "suppressOverlap", "jc", "textDirection", "textAlignment", "textboxTightWrap", "outlineLvl", "divId", "cnfStyle",
    "rPr", "sectPr", "pPrChange",
)
"""Children of ``w:pPr`` in their order: ECMA-376 part 1, 17.3.1.26 (CT_PPr)."""
FIELDS: Final = {"{n}": "PAGE", "{m}": "NUMPAGES"}
TEXT_WIDTH_MM: Final = 160


def write_docx(layout: Json) -> bytes:
    """Return `layout` as DOCX."""
    return _Writer(layout).whole()


def element(tag: str, *children: Any, **attributes: object) -> Any:
    """Return an element of WordprocessingML; attributes are of its namespace."""
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name.rstrip('_')}"), str(value))
    for child in children:
        made.append(child)
    return made


class _Writer:
    def __init__(self, layout: Json) -> None:
        self.b: Any = layout
        self.w: dict[str, str] = layout["words"]  # type: ignore[assignment]
        self.japanese = self.b["language"] == "ja"
        self.doc = docx.Document()
        self.bookmarks = 0

    def whole(self) -> bytes:
        self.styles()
        self.properties()
        self.sheet(self.doc.sections[0])
        self.front()
        for part in self.b["parts"]:
            self.part(part)
        self.sources()
        self.order()
        out = io.BytesIO()
        self.doc.save(out)
        return _fixed(out.getvalue())

    def order(self) -> None:
        """Put what paragraphs say of themselves in the order of the standard; strict word processors insist on it."""
        sections = self.doc.sections
        for root in (self.doc.element, *(part._element for s in sections for part in (s.header, s.footer))):
            for properties in root.iter(qn("w:pPr")):
                properties[:] = sorted(properties, key=lambda child: PARAGRAPH.index(child.tag.partition("}")[2]))

    # ---- the sheet -------------------------------------------------------------------------------------------------

    def styles(self) -> None:
        styles = self.doc.styles
        language = element("lang", val="ja-JP" if self.japanese else "en-US", eastAsia="ja-JP")
        defaults = styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
        for old in defaults.findall(qn("w:lang")):
            defaults.remove(old)
        defaults.append(language)
        _font(styles["Normal"], SERIF, 10.5)
        styles["Normal"].paragraph_format.space_after = Pt(6)
        styles["Normal"].paragraph_format.line_spacing = 1.25 if self.japanese else 1.15
        for level, size in ((1, 15), (2, 12), (3, 10.5)):
            _font(styles[f"Heading {level}"], SANS, size, bold=True)
            styles[f"Heading {level}"].paragraph_format.space_before = Pt(18 - 3 * level)
            styles[f"Heading {level}"].paragraph_format.space_after = Pt(4)
        _font(styles["Title"], SANS, 24, bold=True)
        border = styles["Title"].element.pPr.find(qn("w:pBdr"))
        if border is not None:
            styles["Title"].element.pPr.remove(border)
        _font(styles["Subtitle"], SERIF, 13, color=INK_2)
        _font(styles["Caption"], SANS, 9)
        for name in ("Header", "Footer"):
            _font(styles[name], SANS, 8, color=INK_2)
        for name in ("List Bullet", "List Number"):
            _font(styles[name], SERIF, 10.5)

    def properties(self) -> None:
        p = self.doc.core_properties
        most = 255  # characters that a property holds
        p.title, p.author = self.b["title"][:most], f"{self.b['member']} {self.b['post']}"[:most]
        p.language, p.subject = self.b["language"], self.b["subtitle"][:most]
        p.keywords, p.comments = self.b["marking"]["text"][:most], ""
        p.last_modified_by = p.author
        p.created = p.modified = datetime.fromtimestamp(self.b["made_ms"] // 1000, UTC).replace(tzinfo=None)
        p.revision = 1

    def sheet(self, section: Any) -> None:
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(25)
        section.top_margin, section.bottom_margin = Mm(28), Mm(30)
        section.header_distance = section.footer_distance = Mm(8)
        section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
        self.band(section.header.paragraphs[0])
        line = section.footer.paragraphs[0]
        line.add_run(f"{self.b['member']} · {self.b['post']} · {self.b['day']}    ")
        for words in re.split(r"(\{[nm]\})", self.w["page"]):
            if words in FIELDS:
                _field(line, FIELDS[words])
            else:
                line.add_run(words)
        if self.b["distribution"]:
            section.footer.add_paragraph(f"{self.w['distribution']}: {self.b['distribution']}", style="Footer")
        self.band(section.footer.add_paragraph(style="Footer"))

    def band(self, paragraph: Any) -> None:
        """Write the marking over the whole width, white or black on its color, as the policy's color asks."""
        marking = self.b["marking"]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _shade(paragraph, marking["fill"][1:].upper())
        run = paragraph.add_run("▮" * marking["rank"] + " " + marking["text"])
        run.bold, run.font.size, run.font.color.rgb = True, Pt(9.5), RGBColor.from_string(marking["ink"][1:].upper())

    def front(self) -> None:
        who = self.doc.add_paragraph()
        _run(who, f"{self.b['member']}  ", SANS, 11, bold=True)
        _run(who, self.b["post"], SANS, 11)
        _rule(who, "bottom", INK, 16)
        title = self.doc.add_paragraph(style="Title")
        title.add_run(self.b["title"])
        self.mark(title, self.b["mark"], after=True)
        if self.b["subtitle"]:
            self.doc.add_paragraph(self.b["subtitle"], style="Subtitle")
        maker = f"{self.b['member_name']} ({self.b['member']}), {self.b['post']}"
        for name, value in (("from", maker), ("date", self.b["day"]), ("marking", self.b["marking"]["text"]),
                            ("distribution", self.b["distribution"])):
            if value:
                line = self.doc.add_paragraph()
                line.paragraph_format.space_after = Pt(2)
                line.paragraph_format.tab_stops.add_tab_stop(Mm(30))
                _run(line, f"{self.w[name]}\t", SANS, 9.5, color=INK_3)
                _run(line, value, SANS, 9.5)
        notes = (self.w["portions"] if self.b["marks_parts"] else "",
                 self.w["invented_note"] if self.b["invented"] else "", self.b["note"])
        for note in filter(None, notes):
            _run(self.doc.add_paragraph(), note, SANS, 8, color=INK_3)
        if self.b["cover"]:
            self.doc.add_page_break()

    # ---- parts -----------------------------------------------------------------------------------------------------

    def part(self, p: Any) -> None:
        getattr(self, f"part_{p['is']}")(p)

    def part_heading(self, p: Any) -> None:
        line = self.doc.add_paragraph(style=f"Heading {p['level']}")
        line.add_run(f"{p['number']}  {p['text']}")
        self.mark(line, p["mark"], after=True)

    def part_appendix(self, p: Any) -> None:
        line = self.doc.add_paragraph(style="Heading 1")
        line.paragraph_format.page_break_before = True
        line.add_run(f"{self.w['appendix']} {p['number']} — {p['text']}")
        self.mark(line, p["mark"], after=True)

    def part_paragraph(self, p: Any) -> None:
        line = self.doc.add_paragraph()
        if self.japanese:
            line.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        self.mark(line, p["mark"])
        self.inline(line, p["words"])

    def part_bullets(self, p: Any) -> None:
        number = self.new_list() if p["ordered"] else None
        for n, item in enumerate(p["items"]):
            line = self.doc.add_paragraph(style="List Number" if p["ordered"] else "List Bullet")
            if number is not None:
                line._p.get_or_add_pPr().append(element("numPr", element("ilvl", val=0), element("numId", val=number)))
            self.mark(line, p["mark"] if n == 0 else "")
            self.inline(line, item)

    def new_list(self) -> int:
        """Return the number of a numbering of its own, so that each list begins at one."""
        numbering = self.doc.part.numbering_part.element
        style = self.doc.styles["List Number"].element
        shared = style.pPr.numPr.numId.val
        abstract = next(n for n in numbering.num_lst if n.numId == shared).abstractNumId.val
        made = numbering.add_num(abstract)
        made.add_lvlOverride(ilvl=0).add_startOverride(1)
        return int(made.numId)

    def part_callout(self, p: Any) -> None:
        warn = p["kind"] == "caution"
        color = CAUTION if warn else INK
        for n in range(2):
            line = self.doc.add_paragraph()
            line.paragraph_format.left_indent = line.paragraph_format.right_indent = Mm(4)
            line.paragraph_format.space_after = Pt(0 if n == 0 else 10)
            line.paragraph_format.keep_with_next = n == 0
            _rule(line, "left", color, 24)
            _shade(line, CAUTION_TINT if warn else SUNKEN)
            if n == 0:
                _run(line, f"{'▲' if warn else '■'} {self.w[p['kind']]}", SANS, 9, bold=True, color=color)
            else:
                self.mark(line, p["mark"])
                self.inline(line, p["words"])

    def part_figures(self, p: Any) -> None:
        self.lone_mark(p["mark"])
        table = self.grid([[""] * len(p["figures"])], head=False)
        for cell, f in zip(table.rows[0].cells, p["figures"], strict=True):
            line = cell.paragraphs[0]
            _rule(line, "top", INK, 12)
            _run(line, f["value"] + (f" {f['unit']}" if f["unit"] else ""), SANS, 22, bold=True)
            _run(line, f" {f['of']}" if f["of"] else "", SANS, 11, color=INK_2)
            self.invented(line, f["invented"])
            line = cell.add_paragraph()
            _run(line, f["what"], SANS, 9)
            self.cite(line, f["cite"])
            if f["measured"]:
                _run(cell.add_paragraph(), f["measured"], SANS, 7.5, color=INK_3)
        self.doc.add_paragraph().paragraph_format.space_after = Pt(2)

    def part_comparison(self, p: Any) -> None:
        self.lone_mark(p["mark"])
        table = self.grid([["", p["left"], p["right"]], *([aspect, "", ""] for aspect, _l, _r in p["rows"])], head=True)
        for row, (_aspect, left, right) in zip(table.rows[1:], p["rows"], strict=True):
            for cell, words in zip(row.cells[1:], (left, right), strict=True):
                self.inline(cell.paragraphs[0], words, font=SANS, size=9)
        self.doc.add_paragraph().paragraph_format.space_after = Pt(2)

    def part_figure(self, p: Any) -> None:
        width, height = size_of(p["svg"])
        wide = min(TEXT_WIDTH_MM, 200 * width / height)
        drawn = draw_png(p["svg"], ppi=min(600.0, 220 * wide / (width * 25.4 / 96)))
        line = self.doc.add_paragraph()
        line.paragraph_format.keep_with_next = True
        picture = line.add_run().add_picture(io.BytesIO(drawn), width=Mm(wide))
        properties = picture._inline.docPr
        properties.set("descr", p["alternative"])
        properties.set("title", p["title"])
        line = self.doc.add_paragraph(style="Caption")
        _run(line, f"{self.w['figure']} {p['number']}  ", SANS, 9, bold=True)
        _run(line, p["title"], SANS, 9)
        for cite in p["cites"]:
            self.cite(line, cite)
        self.mark(line, p["mark"], after=True)

    def part_table(self, p: Any) -> None:
        if p["landscape"]:
            self.turn(landscape=True)
        line = self.doc.add_paragraph(style="Caption")
        line.paragraph_format.keep_with_next = True
        _run(line, f"{self.w['table']} {p['number']}  ", SANS, 9, bold=True)
        _run(line, p["title"], SANS, 9)
        self.mark(line, "" if p["row_marks"] else p["mark"], after=True)
        heads = [c["title"] + (f" ({c['unit']})" if c["unit"] else "") for c in p["columns"]]
        rights = [c["right"] for c in p["columns"]]
        if p["row_marks"]:
            heads, rights = [*heads, self.w["marking"]], [*rights, False]
        table = self.rows(heads, p, rights)
        self.doc.element.body.insert_element_before(table, "w:sectPr")
        if not p["rows"]:
            _run(self.doc.add_paragraph(), self.w["empty"], SANS, 8.5)
        for note in p["notes"]:
            self.inline(self.doc.add_paragraph(), note, font=SANS, size=8)
        self.doc.add_paragraph().paragraph_format.space_after = Pt(2)
        if p["landscape"]:
            self.turn(landscape=False)

    def rows(self, heads: list[str], p: Any, rights: list[bool]) -> Any:
        """Return a table built of plain elements: a long one would take python-docx's cells too long."""
        grid = element("tblGrid", *(element("gridCol") for _ in heads))
        table = element("tbl", _table_properties(), grid)
        table.append(element("tr", element("trPr", element("cantSplit"), element("tblHeader")), *(
            self.cell([_plain(head, bold=True)], right) for head, right in zip(heads, rights, strict=True))))
        for r in p["rows"]:
            cells = []
            for n, c in enumerate(r["cells"]):
                runs = [_plain(c["text"], bold=c["strong"] or r["total"])]
                runs += [_tag(self.w["invented"])] if c["invented"] else []
                runs += [self.citation(r["cite"])] if n == 0 and r["cite"] else []
                cells.append(self.cell(runs, rights[n]))
            if p["row_marks"]:
                cells.append(self.cell([_plain(r["mark"], size=14, color=INK_3)], right=False))
            table.append(element("tr", element("trPr", element("cantSplit")), *cells))
        return table

    def cell(self, runs: list[Any], right: bool) -> Any:
        properties = element("pPr", element("spacing", before=30, after=30, line=240, lineRule="auto"),
                             *([element("jc", val="right")] if right else []))
        return element("tc", element("tcPr"), element("p", properties, *runs))

    def part_break(self, _p: Any) -> None:
        self.doc.add_page_break()

    def part_contents(self, _p: Any) -> None:
        _run(self.doc.add_paragraph(), self.w["contents"], SANS, 15, bold=True)
        for p in self.b["parts"]:
            if p["is"] == "appendix" or (p["is"] == "heading" and p["level"] < 3):
                lead = f"{self.w['appendix']} {p['number']} — " if p["is"] == "appendix" else f"{p['number']}  "
                line = self.doc.add_paragraph()
                line.paragraph_format.space_after = Pt(2)
                top = p["is"] == "appendix" or p["level"] == 1
                line.paragraph_format.left_indent = Mm(0 if top else 6)
                _run(line, lead + p["text"], SANS, 10, bold=top)
                self.mark(line, p["mark"], after=True)

    def turn(self, *, landscape: bool) -> None:
        section = self.doc.add_section()
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = (Mm(297), Mm(210)) if landscape else (Mm(210), Mm(297))

    def sources(self) -> None:
        if not self.b["sources"]:
            return
        self.doc.add_paragraph(self.w["sources"], style="Heading 1")
        for s in self.b["sources"]:
            line = self.doc.add_paragraph()
            line.paragraph_format.left_indent, line.paragraph_format.first_line_indent = Mm(8), Mm(-8)
            line.paragraph_format.tab_stops.add_tab_stop(Mm(8))
            self.bookmarks += 1
            line._p.append(element("bookmarkStart", id=self.bookmarks, name=f"source_{s['number']}"))
            _run(line, f"{s['number']}\t", SANS, 9, bold=True)
            line._p.append(element("bookmarkEnd", id=self.bookmarks))
            _run(line, s["text"], SANS, 9)
            if s["record"]:
                _run(line, f"  {self.w['record']} {s['record']}", MONO, 7, color=INK_3)
            self.mark(line, s["mark"], after=True)
            if s["invented"]:
                self.invented(line, True)
            else:
                _run(line, f"  {s['status']} ", SANS, 9, bold=True)
                _run(line, s["long"], SANS, 8, color=INK_2)
        _run(self.doc.add_paragraph(), self.w["statuses"], SANS, 8, color=INK_3)

    # ---- words -----------------------------------------------------------------------------------------------------

    def inline(self, line: Any, parts: Any, *, font: tuple[str, str] | None = None, size: float = 10.5) -> None:
        for part in parts:
            if "cite" in part:
                self.cite(line, part["cite"])
                continue
            face = MONO if part["code"] else SANS if part["emphasis"] and self.japanese else font
            run = _run(line, part["text"], face, size, bold=part["strong"] or (part["emphasis"] and self.japanese))
            run.italic = True if part["emphasis"] and not self.japanese else None
            self.invented(line, part["invented"])

    def cite(self, line: Any, cite: Any) -> None:
        if cite is not None:
            line._p.append(self.citation(cite))

    def citation(self, cite: Any) -> Any:
        """Return a link to the source's entry, raised: its number and status."""
        run = _plain(f"[{cite['number']} {cite['status']}]", bold=True, size=19, color=INK_2)
        run.find(qn("w:rPr")).append(element("vertAlign", val="superscript"))
        return element("hyperlink", run, anchor=f"source_{cite['number']}", history=1)

    def invented(self, line: Any, invented: bool) -> None:
        if invented:
            _run(line, " ", SANS, 8)
            line._p.append(_tag(self.w["invented"]))

    def mark(self, line: Any, words: str, *, after: bool = False) -> None:
        if words:
            _run(line, f"  {words}" if after else f"{words} ", SANS, 7.5, bold=False, color=INK_3)

    def lone_mark(self, words: str) -> None:
        if words:
            line = self.doc.add_paragraph()
            line.paragraph_format.keep_with_next, line.paragraph_format.space_after = True, Pt(0)
            self.mark(line, words)

    def grid(self, rows: list[list[str]], *, head: bool) -> Any:
        table = self.doc.add_table(rows=len(rows), cols=len(rows[0]))
        old = table._tbl.tblPr
        table._tbl.replace(old, _table_properties(lines=head))
        for n, row in enumerate(rows):
            for cell, text in zip(table.rows[n].cells, row, strict=True):
                _run(cell.paragraphs[0], text, SANS, 9, bold=head and n == 0)
                cell.paragraphs[0].paragraph_format.space_after = Pt(2)
        if head:
            table.rows[0]._tr.get_or_add_trPr().append(element("tblHeader"))
        return table


# ---- elements -------------------------------------------------------------------------------------------------------

def _font(style: Any, face: tuple[str, str], size: float, *, bold: bool = False, color: str = INK) -> None:
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = RGBColor.from_string(color)
    _faces(style.element.get_or_add_rPr(), face)


def _faces(properties: Any, face: tuple[str, str]) -> None:
    for old in properties.findall(qn("w:rFonts")):
        properties.remove(old)
    properties.insert(0, element("rFonts", ascii=face[0], hAnsi=face[0], cs=face[0], eastAsia=face[1]))


def _run(line: Any, text: str, face: tuple[str, str] | None, size: float, *, bold: bool | None = None,
         color: str | None = None) -> Any:
    run = line.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
    if face is not None:
        _faces(run._r.get_or_add_rPr(), face)
    if color is not None:
        run.font.color.rgb = RGBColor.from_string(color)
    return run


def _plain(text: str, *, bold: bool = False, size: int = 17, color: str = INK) -> Any:
    """Return a run in the sans face; `size` in half points."""
    properties = element("rPr", element("rFonts", ascii=SANS[0], hAnsi=SANS[0], cs=SANS[0], eastAsia=SANS[1]),
                         *([element("b")] if bold else []), element("color", val=color), element("sz", val=size))
    words = element("t")
    words.text = text
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return element("r", properties, words)


def _tag(words: str) -> Any:
    run = _plain(words, size=14, color=INK_2)
    run.find(qn("w:rPr")).append(element("bdr", val="dotted", sz=4, space=1, color=INK_3))
    return run


def _table_properties(*, lines: bool = True) -> Any:
    borders = element("tblBorders", *([
        element("top", val="single", sz=12, space=0, color=INK),
        element("bottom", val="single", sz=6, space=0, color=INK),
        element("insideH", val="single", sz=4, space=0, color=HAIR)] if lines else []))
    return element("tblPr", element("tblW", w=5000, type="pct"), borders, element("tblLayout", type="autofit"),
                   element("tblLook", firstRow=1, noHBand=1, noVBand=1))


def _shade(line: Any, fill: str) -> None:
    line._p.get_or_add_pPr().append(element("shd", val="clear", color="auto", fill=fill))


def _rule(line: Any, side: str, color: str, eighths: int) -> None:
    properties = line._p.get_or_add_pPr()
    properties.append(element("pBdr", element(side, val="single", sz=eighths, space=4, color=color)))


def _field(line: Any, code: str) -> None:
    for kind in ("begin", None, "separate", "", "end"):
        run = line.add_run("1" if kind == "" else "")
        if kind is None:
            words = element("instrText")
            words.text = f" {code} "
            run._r.append(words)
        elif kind:
            run._r.append(element("fldChar", fldCharType=kind))


def _fixed(data: bytes) -> bytes:
    """Return a zip archive anew with the same files in the same order and one time in all of them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return out.getvalue()
