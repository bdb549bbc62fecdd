"""Pictures of the lighthouse service, one of each kind, as its pages, its briefs and the documentation show them.

Everything on them is invented, in English or Japanese. ``large`` makes them as large as a room's may become.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from latticework.workbench.pictures.model import (
    AnyPicture,
    Area,
    AreaMap,
    Bar,
    BarKind,
    Caption,
    Cell,
    Curve,
    Curves,
    Diagram,
    Distribution,
    Edge,
    EdgeKind,
    GanttChart,
    GanttRow,
    Happening,
    Limit,
    Mark,
    Matrix,
    Node,
    Place,
    Point,
    Route,
    Spread,
    Step,
    Timeline,
    Tone,
)

DAY_MS: Final = 86_400_000
APRIL_2026: Final = 1_775_001_600_000
"""1 April 2026, 00:00 UTC."""
MEMBERS: Final = ("JPN", "USA", "AUS", "KOR", "PHL")

Words = Callable[[str, str], str]


def _words(language: str) -> Words:
    return lambda english, japanese: japanese if language == "ja" else english


def _month(number: float, day: int = 1) -> int:
    """Return a day of a month, counted from April 2026 (0); 00:00 UTC."""
    year, month = divmod(3 + int(number), 12)
    return round(datetime(2026 + year, month + 1, day, tzinfo=UTC).timestamp() * 1000)


def _caption(w: Words, **more: object) -> Caption:
    source = w("lamp renewal plan 7, 13 May 2026", "灯器更新計画7、2026年5月13日")
    return Caption(source=source, status="invented", **more)  # type: ignore[arg-type]


def samples(language: str = "en") -> dict[str, AnyPicture]:
    """Return one picture of each kind, by name."""
    w = _words(language)
    return {"gantt": gantt(w), "timeline": timeline(w), "matrix": matrix(w), "distribution": distribution(w),
            "curves": curves(w), "diagram": diagram(w), "map": area_map(w)}


def gantt(w: Words) -> GanttChart:
    """Return the plan of the lamps' renewal."""
    def bar(start: float, end: float, words: str, kind: BarKind = "work") -> Bar:
        return Bar(start_ms=_month(start), end_ms=_month(end), words=words, kind=kind)

    rows = (
        GanttRow(group=w("Final assembly", "最終組立"), title=w("North yard, line 1", "北工場・第1ライン"),
                 bars=(bar(0.0, 36.0, w("30 lamps a year", "年30基")),)),
        GanttRow(group=w("Final assembly", "最終組立"), title=w("North yard, line 2", "北工場・第2ライン"), bars=(
            bar(2.0, 15.0, w("build the hall, cost to the service", "建屋建設（当局負担）")),
            bar(15.0, 19.0, w("qualify", "認定")),
            bar(19.0, 36.0, w("idle: no lenses", "遊休：レンズなし"), "idle"))),
        GanttRow(group=w("Lens", "レンズ"), title=w("Glass works, line 1", "ガラス工場・第1ライン"), bars=(
            bar(0.0, 11.0, w("54 a year", "年54枚")),
            bar(11.0, 36.0, w("60 a year: binds", "年60枚：律速"), "binding"))),
        GanttRow(group=w("Lens", "レンズ"), title=w("Glass works, line 2", "ガラス工場・第2ライン"), bars=(
            bar(8.0, 20.0, w("floor, tooling", "床・治工具")),
            bar(20.0, 29.0, w("qualify, 9 months", "認定9か月"), "binding"),
            bar(29.0, 36.0, w("+18 a year", "年18枚増")))),
        GanttRow(group=w("Rotation gear", "回転装置"), title=w("makers A and B", "A社・B社"),
                 bars=(bar(0.0, 36.0, w("two makers", "2社")),)),
        GanttRow(group=w("Mercury bath", "水銀槽"), title=w("one maker", "1社のみ"), bars=(
            bar(0.0, 36.0, w("single source below both gear makers", "両社が依存する単一供給元"), "single-source"),)),
        GanttRow(group=w("License", "許可"), title=w("Retransfer of drawings", "図面の再移転"), bars=(
            bar(3.0, 14.0, w("apply", "申請"), "approval"), bar(14.0, 36.0, w("in force", "発効")))),
        GanttRow(group=w("Clearance", "適格性"), title=w("Vetting of 40 people", "40名の審査"),
                 bars=(bar(4.0, 13.0, w("vetting", "審査"), "law"),)),
    )
    return GanttChart(
        title=w("Lines, approvals, clearances", "生産ライン・承認・適格性"),
        says=w("Lenses bind from March 2027; the second yard line stays idle until the second glass line is qualified.",
               "2027年3月からレンズが律速となり、第2ラインはガラス第2ラインの認定まで遊休となる。"),
        rows=rows, today_ms=_month(1, 13), caption=_caption(w),
        marks=(Mark(at_ms=_month(11), words=w("Mar 2027: lenses bind", "2027年3月：レンズ律速"), kind="limit"),
               Mark(at_ms=_month(29), words=w("Sep 2028: line 2 begins to yield", "2028年9月：第2ライン稼働"))),
        steps=(Step(at_ms=_month(29), from_row=3, to_row=1),), zone="UTC")


def timeline(w: Words) -> Timeline:
    """Return who asked what about a dark lamp, over two days."""
    at = APRIL_2026 + 41 * DAY_MS
    hour = 3_600_000
    return Timeline(
        title=w("The lamp at the north cape was dark for 19 hours", "北岬灯は19時間消灯した"),
        says=w("JPN reported the lamp dark, USA asked twice, AUS lent a buoy; nobody said anything overnight.",
               "JPNが消灯を通報し、USAが二度照会、AUSが浮標を貸与した。夜間の連絡はなかった。"),
        lanes=("JPN", "USA", "AUS"), today_ms=at + 40 * hour, zone="Asia/Tokyo", caption=_caption(w),
        happenings=(
            Happening(at_ms=at + 7 * hour, until_ms=at + 26 * hour, words=w("lamp dark", "消灯"), kind="own"),
            Happening(at_ms=at + 8 * hour, words=w("notice to mariners", "航行警報"), kind="own"),
            Happening(at_ms=at + 9 * hour, lane=1, words=w("asks for the range left", "残光達距離を照会")),
            Happening(at_ms=at + 10 * hour, lane=1, words=w("acknowledges, receipt signed", "受領（署名済み）"),
                      detail="c41e"),
            Happening(at_ms=at + 11 * hour, lane=2, words=w("offers a lighted buoy", "灯浮標の貸与を申出")),
            Happening(at_ms=at + 12 * hour, until_ms=at + 21 * hour, lane=1, kind="gap",
                      words=w("no answer overnight", "夜間回答なし")),
            Happening(at_ms=at + 22 * hour, lane=1, words=w("asks again", "再照会")),
            Happening(at_ms=at + 26 * hour, words=w("lamp lit, checked from sea", "点灯・海上から確認"), kind="own"),
        ))


def matrix(w: Words) -> Matrix:
    """Return who may have the lamps' state from whom."""
    through = {("JPN", "KOR"): "USA", ("AUS", "KOR"): "USA", ("KOR", "JPN"): "USA", ("KOR", "AUS"): "USA",
               ("KOR", "PHL"): "USA"}

    def cell(one: str, other: str) -> Cell:
        if one == other:
            return Cell(tone="self", words="")
        if (one, other) in through:
            return Cell(tone="part", words=through[one, other],
                        detail=w("consent of the originator", "作成国の同意が必要"))
        if (one, other) == ("PHL", "KOR"):
            return Cell(tone="none", words=w("none", "なし"))
        return Cell(tone="full", words=w("direct", "直接"))

    return Matrix(
        title=w("14 of 20 pairs may share directly", "20組中14組が直接共有できる"),
        says=w("14 pairs share directly, 5 through USA, 1 not at all.",
               "14組は直接、5組はUSA経由、1組は共有できない。"),
        rows=MEMBERS, columns=MEMBERS, cells=tuple(tuple(cell(a, b) for b in MEMBERS) for a in MEMBERS),
        across=w("gives", "提供"), down=w("gets", "受領"), caption=_caption(w),
        legend=(("full", w("direct", "直接")), ("part", w("through a third", "第三国経由")),
                ("none", w("none", "なし"))))


def distribution(w: Words) -> Distribution:
    """Return how long it takes until a dark lamp is noticed, by way of watching."""
    rng = random.Random(7)  # noqa: S311 - an invented sample
    draws = {name: tuple(rng.lognormvariate(mu, 0.11) for _ in range(400)) for name, mu in (
        (w("as in 2024", "2024年の体制"), 2.30), (w("joint watch", "共同監視"), 1.68),
        (w("combined watch", "統合監視"), 1.60))}
    names = list(draws)
    return Distribution(
        title=w("Hours until a dark lamp is noticed", "消灯の発見までの時間"),
        says=w("Both new ways of watching take about half as long as in 2024; between them no difference is shown.",
               "新体制はいずれも2024年のおよそ半分。両者の差は示されていない。"),
        spreads=tuple(Spread.of(name, draws[name], chosen=name == names[1]) for name in names),
        limits=(Limit(value=6.0, words=w("deadline 6 h", "期限6時間")),),
        caption=_caption(w, unit="h", interval=95.0, replications=400, seed=7))


def curves(w: Words) -> Curves:
    """Return how many lamps will burn, with and without the second line."""
    def curve(name: str, gain: float, spread: float) -> Curve:
        return Curve(name=name, points=tuple(
            Point(x=_month(m), y=600 + gain * m, low=600 + gain * m - spread * m, high=600 + gain * m + spread * m)
            for m in range(0, 37, 3)))

    return Curves(
        title=w("Lamps that burn, to March 2029", "2029年3月までの点灯数"),
        says=w("With both lines 780 lamps burn in 2029, without them 630; the goal of 750 is met only with both.",
               "2029年の点灯数は両ラインありで780、なしで630。目標750は両ラインがなければ達しない。"),
        curves=(curve(w("both lines", "両ライン"), 5.0, 0.9), curve(w("line 2 only", "第2のみ"), 2.2, 0.7),
                curve(w("as today", "現状"), 0.8, 0.5)),
        limits=(Limit(value=750.0, words=w("goal 750", "目標750")),), time=True, from_zero=False,
        caption=_caption(w, unit=w("lamps", "基"), interval=95.0, replications=200, seed=11))


def diagram(w: Words) -> Diagram:
    """Return the chains of command of an exercise for relief at sea."""
    def node(name: str, title: str, note: str, sidc: str, *, lit: bool = False) -> Node:
        return Node(id=name, title=title, note=note, sidc=sidc, lit=lit)

    def edge(source: str, target: str, kind: EdgeKind = "command", words: str = "") -> Edge:
        return Edge(source=source, target=target, kind=kind, words=words)

    return Diagram(
        title=w("Two chains, one desk of coordination", "二つの指揮系統と一つの調整所"),
        says=w("Each force stays in its own chain; the coordination desk asks, it does not command.",
               "各部隊は自国の指揮系統にとどまり、調整所は依頼するのみで指揮しない。"),
        nodes=(
            node("jhq", w("Joint command", "統合司令部"), "JPN", "10031002241100000000"),
            node("uhq", w("Theater command", "戦域軍司令部"), "USA", "10031002251100000000"),
            node("desk", w("Coordination desk", "調整所"), w("both, since May", "双方・5月から"),
                 "10031002001105000000", lit=True),
            node("jeng", w("Engineer group", "施設群"), "JPN", "10031000171407000000"),
            node("jmed", w("Medical unit", "衛生隊"), "JPN", "10031000161613000000"),
            node("uavn", w("Transport wing", "輸送航空隊"), "USA", "10031000181206000000"),
            node("ulog", w("Supply battalion", "補給大隊"), "USA", "10031000161634000000"),
            node("ship", w("Patrol ship", "巡視船"), w("neutral", "中立"), "10043000001204000000"),
            node("unk", w("Unknown vessel", "不明船舶"), w("seen at 07:40", "07時40分視認"), "10013000000000000000"),
        ),
        edges=(
            edge("jhq", "jeng"), edge("jhq", "jmed"), edge("uhq", "uavn"), edge("uhq", "ulog"),
            edge("jhq", "desk", "coordination"), edge("uhq", "desk", "coordination"),
            edge("ulog", "jmed", "support", w("fuel", "燃料")), edge("desk", "ship", "coordination"),
            edge("ship", "unk", "what-if", w("asks its name", "船名照会")),
            edge("uavn", "jeng", "withheld", w("no edge", "指揮関係なし")),
        ),
        legend=(("command", w("commands", "指揮")), ("support", w("supports", "支援")),
                ("coordination", w("coordinates", "調整")), ("withheld", w("not permitted", "認められない")),
                ("what-if", w("what if", "仮定"))),
        caption=_caption(w, note=w("Symbols: APP-6(D), drawn with milsymbol.", "記号はAPP-6(D)（milsymbolによる）。")))


def area_map(w: Words) -> AreaMap:
    """Return areas of responsibility for lights, one of them across the 180th meridian."""
    return AreaMap(
        title=w("Three areas of lights, one across the date line", "灯火の3区域（1区域は日付変更線をまたぐ）"),
        says=w("The western area lies from 128° E to 150° E, the eastern one crosses the 180th meridian.",
               "西区域は東経128度から150度、東区域は180度経線をまたぐ。"),
        areas=(
            Area(title=w("West", "西区域"), note="JPN", tone="plain", polygons=((
                ((128.0, 24.0), (150.0, 24.0), (150.0, 44.0), (128.0, 34.0)),),)),
            Area(title=w("East", "東区域"), note="USA", tone="full", polygons=((
                ((160.0, 20.0), (-160.0, 20.0), (-155.0, 45.0), (165.0, 45.0)),
                ((175.0, 30.0), (175.0, 36.0), (-175.0, 36.0), (-175.0, 30.0))),)),
            Area(title=w("Not agreed", "未合意"), note=w("under talks", "協議中"), tone="part", polygons=((
                ((150.0, 8.0), (170.0, 8.0), (170.0, 18.0), (150.0, 18.0)),),)),
        ),
        places=(
            Place(title=w("North cape", "北岬"), longitude_deg=141.9, latitude_deg=40.5, sidc="10032000001118000000"),
            Place(title=w("Atoll light", "環礁灯"), longitude_deg=-177.4, latitude_deg=28.2),
            Place(title=w("Tender", "設標船"), longitude_deg=156.0, latitude_deg=30.0, sidc="10033000001300000000"),
        ),
        routes=(Route(title=w("Tender’s round", "設標船の航路"), kind="support", points=(
            (141.9, 40.5), (156.0, 30.0), (175.0, 27.0), (-177.4, 28.2), (-170.0, 25.0))),),
        caption=_caption(w))


# ---- large, long and empty -------------------------------------------------------------------------------------------

def large(language: str = "en") -> dict[str, AnyPicture]:
    """Return pictures as large as they become: 200 rows, 40 by 40 cells, 300 nodes, long words, and none at all."""
    w, rng = _words(language), random.Random(3)  # noqa: S311 - invented
    kinds: tuple[BarKind, ...] = ("work", "binding", "law", "approval", "idle", "single-source")
    rows = tuple(GanttRow(
        group=w(f"Group {at // 8 + 1}", f"区分{at // 8 + 1}"), title=w(f"Line {at + 1}", f"ライン{at + 1}"),
        bars=tuple(Bar(start_ms=_month(start), end_ms=_month(start + 4), kind=rng.choice(kinds),
                       words=w("step", "工程")) for start in range(at % 5, 34, 6))) for at in range(200))
    tones: tuple[Tone, ...] = ("full", "part", "none", "good", "caution", "bad")
    names = tuple(f"{chr(65 + at // 26)}{chr(65 + at % 26)}X" for at in range(40))
    cells = tuple(tuple(Cell(tone="self" if a == b else rng.choice(tones)) for b in range(40)) for a in range(40))
    nodes = tuple(Node(id=f"n{at}", title=w(f"Unit {at}", f"部隊{at}"), sidc="10031000151211000000" if at % 3 else "")
                  for at in range(300))
    edges = [Edge(source=f"n{(at - 1) // 5}", target=f"n{at}") for at in range(1, 300)]
    for _ in range(40):
        a, b = sorted(rng.sample(range(300), 2))
        edges.append(Edge(source=f"n{a}", target=f"n{b}", kind=rng.choice(("support", "coordination"))))
    long = "航路標識の共同運用に係る情報共有の枠組みに関する覚書に基づく定期点検および臨時点検の実施要領"
    return {
        "gantt-200": GanttChart(title=w("A plan of 200 lines", "200ラインの計画"), says=w("200 lines.", "200ライン。"),
                                rows=rows, today_ms=_month(1, 13), caption=_caption(w)),
        "matrix-40": Matrix(title=w("40 by 40", "40×40"), says=w("1,600 pairs.", "1,600組。"), rows=names,
                            columns=names, cells=cells, caption=_caption(w),
                            legend=tuple((tone, tone) for tone in tones)),
        "diagram-300": Diagram(title=w("300 units", "300部隊"), says=w("A tree of 300 units.", "300部隊の系統。"),
                               nodes=nodes, edges=tuple(edges), direction="right", caption=_caption(w)),
        "long": GanttChart(title="長い名称", says="長い名称は切り詰め、全文は表にある。", caption=_caption(w), rows=(
            GanttRow(group="航路標識共同運用", title=long, bars=(
                Bar(start_ms=_month(0), end_ms=_month(7), words=long, kind="law"),
                Bar(start_ms=_month(8), end_ms=_month(20), words=long, kind="binding"))),)),
        "empty": Matrix(title=w("Nobody yet", "該当なし"), rows=(), columns=(), cells=(), caption=_caption(w),
                        says=w("There is nothing to show.", "表示するものはない。")),
        "empty-gantt": GanttChart(title=w("No plan yet", "計画なし"), rows=(),
                                  says=w("There is no plan.", "計画はない。"), caption=_caption(w)),
    }
