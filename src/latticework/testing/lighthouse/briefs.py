"""The room's brief: how the lights stand, from the lamps and the notes that the officer may have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from latticework.kernel.ids import Post
from latticework.kernel.kinds import NOTE, Note
from latticework.kernel.views import RecordView
from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp
from latticework.workbench.briefs.desk import OfficerView, portion_of, source_of
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
    Table,
    words,
)
from latticework.workbench.briefs.text import paragraphs

if TYPE_CHECKING:
    from latticework.workbench.bench import Workbench

NMI_M = 1_852


class Known(NamedTuple):
    """A lamp and the record that says how it stands."""

    view: RecordView
    lamp: Lamp


class Speech(NamedTuple):
    """The words of the brief in one language."""

    title: str
    subtitle: str
    desk: str
    to: str
    state: str
    state_text: str
    burning: str
    reach: str
    measured: str
    none_dark: str
    dark: str
    caution: str
    figure: str
    figure_says: str
    apart: str
    lit: str
    out: str
    number: str
    names: str
    known: str
    all_lamps: str
    table: str
    columns: tuple[str, ...]
    lit_or_dark: tuple[str, str]
    note: str


ENGLISH = Speech(
    "{lit} of {all} lamps burn", "State of the lights, from the records that this officer may have", "lighthouse desk",
    "the officer who asked for it", "How the lights stand",
    "The lighthouse service knows {all} lamps, each by its latest record. {lit} of them burn. What follows names each "
    "lamp with its position, height and range, and says where each statement comes from.",
    "lamps that burn", "farthest nominal range", "latest record of each lamp, {day}",
    "Every lamp that is known here burns.", "{names}: dark by the latest record.",
    "A nominal range holds in clear air. It says nothing about fog, and nothing about a lamp whose record is old.",
    "Nominal range of each lamp, nmi", "Bars, longest first: {said}.", "Lit and dark", "lit", "dark", "Lamps",
    "Names", "What else is known", "All lamps", "Lamps with position, height, range and state",
    ("Lamp", "Latitude", "Longitude", "Height", "Range", "Recorded", "State"), ("lit", "dark"),
    "Positions are WGS 84; heights are those of the focal plane above mean high water.",
)
JAPANESE = Speech(
    "灯台{all}基中{lit}基が点灯", "閲覧権限のある記録に基づく灯火の現況", "灯台課", "請求者", "灯火の現況",
    "灯台課が把握する灯台は{all}基であり、各基の最新の記録によれば{lit}基が点灯している。以下、各灯台の位置、高さ及び光達距離を示し、"
    "それぞれの出典を明らかにする。",
    "点灯中の灯台", "最大の名目的光達距離", "各灯台の最新の記録、{day}",
    "把握している灯台は、全て点灯している。", "{names}は、最新の記録によれば消灯している。",
    "名目的光達距離は、視程の良い場合の値である。霧の影響や、記録の古い灯台の現状を示すものではない。",
    "各灯台の名目的光達距離（海里）", "横棒、長い順：{said}。", "点灯と消灯", "点灯", "消灯", "基数", "名称",
    "その他の記録", "灯台一覧", "灯台の位置、高さ、光達距離及び状態",
    ("名称", "緯度", "経度", "高さ", "光達距離", "記録日時", "状態"), ("点灯", "消灯"),
    "位置は世界測地系（WGS 84）、高さは平均高潮面から灯火の中心までの値である。",
)


def register(bench: Workbench) -> None:
    """Register the room's brief."""
    bench.briefs.register("lighthouse.lights", "How the lights stand", build)


def build(view: OfficerView, language: str) -> Brief:
    """Make the brief."""
    say = JAPANESE if language == "ja" else ENGLISH
    latest: dict[str, Known] = {}
    for record in view.records(kind=LAMP):
        if isinstance(record.body, Lamp):
            latest.setdefault(record.body.name, Known(record, record.body))
    lamps = sorted(latest.values(), key=lambda known: -known.lamp.range_m)
    notes = [(record, record.body) for record in view.records(kind=NOTE, topic="maritime", limit=50)
             if isinstance(record.body, Note)]
    counts = {"lit": sum(known.lamp.burning for known in lamps), "all": len(lamps)}
    # A number over several records is as sensitive as they are together.
    over = view.over((known.view for known in lamps), TOPIC)
    blocks: list[Block] = [Contents(), PageBreak(), *_state(say, lamps, counts, over, view.now_ms, language)]
    blocks += _background(say, notes, view.over((record for record, _ in notes), TOPIC))
    blocks += [Appendix(say.all_lamps), _table(say, lamps, over)]
    return Brief(
        title=say.title.format(**counts), subtitle=say.subtitle, member=view.own, post=Post(say.desk),
        made_ms=view.now_ms, language="ja" if language == "ja" else "en", portion=over, blocks=tuple(blocks),
        sources=tuple(source_of(record) for record in (*(known.view for known in lamps), *(r for r, _ in notes))),
        distribution=f"{view.own}: {say.to}",
    )


def _state(say: Speech, lamps: Sequence[Known], counts: dict[str, int], over: Portion, now_ms: int,
           language: str) -> list[Block]:
    from latticework.workbench.briefs.wording import day

    measured = say.measured.format(day=day(now_ms, language))
    invented = any(known.view.status == "invented" for known in lamps)
    dark = sorted(known.lamp.name for known in lamps if not known.lamp.burning)
    lit = sorted(known.lamp.name for known in lamps if known.lamp.burning)
    join = "、" if language == "ja" else ", "
    figures = [KeyFigure(value=counts["lit"], of=counts["all"], what=say.burning, measured=measured, invented=invented)]
    blocks: list[Block] = [Heading(say.state), Paragraph(words(say.state_text.format(**counts)), portion=over)]
    if lamps:
        far = lamps[0]
        figures.append(KeyFigure(value=round(far.lamp.range_m / NMI_M, 1), unit="nmi", cite=far.view.id,
                                 what=f"{say.reach}: {far.lamp.name}", measured=measured,
                                 invented=far.view.status == "invented"))
    blocks.append(Figures(tuple(figures), portion=over))
    finding = say.dark.format(names=join.join(dark)) if dark else say.none_dark
    cites = tuple(Cite(known.view.id) for known in lamps if not known.lamp.burning)
    blocks += [Callout(kind="finding", words=(Run(finding), *cites), portion=over),
               Callout(kind="caution", words=words(say.caution))]
    if lamps:
        said = join.join(f"{known.lamp.name} {known.lamp.range_m / NMI_M:.1f}" for known in lamps)
        blocks += [
            Heading(say.figure, 2),
            Figure(svg=bars([(known.lamp.name, known.lamp.range_m / NMI_M, known.lamp.burning) for known in lamps]),
                   title=say.figure, alternative=say.figure_says.format(said=said), portion=over,
                   cites=tuple(known.view.id for known in lamps[:6])),
            Heading(say.apart, 2),
            Comparison(left=say.lit, right=say.out, portion=over, rows=(
                (say.number, words(str(len(lit))), words(str(len(dark)))),
                (say.names, words(join.join(lit) or "–"), words(join.join(dark) or "–")))),
        ]
    return blocks


def _background(say: Speech, notes: Sequence[tuple[RecordView, Note]], over: Portion) -> list[Block]:
    if not notes:
        return []
    blocks: list[Block] = [Heading(say.known)]
    for record, note in notes:
        portion = portion_of(record)
        blocks.append(Heading(note.title, 2, portion=portion))
        blocks += [Paragraph((Run(text), *((Cite(record.id),) if n == 0 else ())), portion=portion)
                   for n, text in enumerate(paragraphs(note.text))]
    blocks.append(Bullets(tuple(words(note.title, Cite(record.id)) for record, note in notes), portion=over))
    return blocks


def _table(say: Speech, lamps: Sequence[Known], over: Portion) -> Table:
    name, latitude, longitude, height, reach, recorded, state = say.columns
    return Table(
        title=say.table, portion=over, notes=(words(say.note),),
        columns=(Column(title=name), Column(title=latitude, kind="number", digits=3, unit="°"),
                 Column(title=longitude, kind="number", digits=3, unit="°"),
                 Column(title=height, kind="number", unit="m"),
                 Column(title=reach, kind="number", unit="nmi", digits=1),
                 Column(title=recorded, kind="time"), Column(title=state)),
        rows=tuple(
            Row((Run(known.lamp.name, invented=known.view.status == "invented"), known.lamp.latitude_deg,
                 known.lamp.longitude_deg, known.lamp.height_m, known.lamp.range_m / NMI_M, known.view.made_ms,
                 say.lit_or_dark[not known.lamp.burning]), portion=portion_of(known.view), cite=known.view.id)
            for known in sorted(lamps, key=lambda known: known.lamp.name)),
    )


def bars(rows: Sequence[tuple[str, float, bool]], *, at_most: int = 24) -> str:
    """Return a bar for each (name, length, whole): filled, or an outline for what is dark; zero is included."""
    shown = rows[:at_most]
    longest = max((length for _n, length, _w in shown), default=1.0) or 1.0
    parts = []
    for n, (name, length, whole) in enumerate(shown):
        y, width = 6 + 22 * n, 360 * length / longest
        paint = 'fill="#12181a"' if whole else 'fill="none" stroke="#12181a" stroke-dasharray="3 2"'
        parts.append(f'<text x="150" y="{y + 11}" text-anchor="end" font-size="11">{escape(name[:24])}</text>'
                     f'<rect x="160" y="{y}" width="{width:.1f}" height="14" {paint}/>'
                     f'<text x="{166 + width:.1f}" y="{y + 11}" font-size="11" fill="#435054">{length:.1f}</text>')
    tall = 12 + 22 * len(shown)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 580 {tall}" fill="#12181a">'
            f'<path d="M160 0V{tall}" stroke="#7c878a" fill="none"/>{"".join(parts)}</svg>')
