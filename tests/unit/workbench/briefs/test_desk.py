"""The desk: made for one officer through the gate, drawn beside the node's thread, noted in the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.unit.shell.nodes import OFFICERS, label_of

from latticework.kernel import journal
from latticework.kernel.errors import Flooded, InvalidBrief, InvalidPicture, NotFound
from latticework.kernel.ids import MemberId, RecordId, Topic
from latticework.kernel.kinds import NOTE, Note
from latticework.kernel.labels import join
from latticework.kernel.policy.model import Purpose
from latticework.testing.kernels import KernelFederation
from latticework.workbench.bench import Workbench
from latticework.workbench.briefs.desk import OfficerView, portion_of, source_of
from latticework.workbench.briefs.model import Brief, Cite, Figure, Paragraph, Portion, words

DUTY, LOW, ADMIN = OFFICERS["duty"], OFFICERS["low"], OFFICERS["admin"]
TOPIC = Topic("maritime.lights")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    federation = KernelFederation(tmp_path, ("JPN", "USA"))
    federation.arrange("JPN", "USA", topics=("maritime",), name="sea")
    yield federation.benches["JPN"]
    for name in ("JPN", "USA"):
        federation[name].close()


def note(bench: Workbench, title: str, level: int = 0) -> RecordId:
    return bench.kernel.publish(DUTY, NOTE, Note(title=title, text=f"Text of {title}.", status="P", source="Herald"),
                                topic=TOPIC, label=label_of(level, "USA")).id


def careful(view: OfficerView, language: str) -> Brief:
    """A builder that reads through the view."""
    records = list(view.records(kind=NOTE, topic="maritime"))
    return Brief(
        title="What is known", member=view.own, post=DUTY.post, made_ms=view.now_ms, portion=view.house(TOPIC),
        language="ja" if language == "ja" else "en", cover=False,
        blocks=tuple(Paragraph(words(r.title, Cite(r.id)), portion=portion_of(r)) for r in records),
        sources=tuple(source_of(r) for r in records))


def give(bench: Workbench, officer: object = DUTY, *, name: str = "sea.notes", language: str = "en",
         form: str = "part") -> str:
    file = asyncio.run(bench.briefs.give(officer, name, language, form))  # type: ignore[arg-type]
    return file.data.decode(errors="replace")


def acts(bench: Workbench) -> list[journal.AuditRow]:
    with bench.kernel.store.snapshot() as reader:
        return [row for _n, row in journal.acts(reader, limit=100) if row.act.startswith("brief.")]


def test_each_officer_gets_what_the_gate_allows(bench: Workbench) -> None:
    bench.briefs.register("sea.notes", "Notes of the sea", careful)
    note(bench, "open word")
    note(bench, "secret word", 3)
    assert "secret word" in give(bench)
    low = give(bench, LOW)
    assert "open word" in low
    assert "secret" not in low
    assert "Made for watch on " in low


def test_a_careless_builder_is_stopped_by_the_gate(bench: Workbench) -> None:
    """It puts in what it was never given: the gate decides about each part again."""
    secret = Portion(label_of(3, "USA"), TOPIC)

    def careless(view: OfficerView, language: str) -> Brief:
        made = careful(view, language)
        return msgspec.structs.replace(made, blocks=(Paragraph(words("leaked"), portion=secret),
                                                     Paragraph(words("fine"))))

    bench.briefs.register("sea.notes", "Notes", careless)
    assert "leaked" in give(bench)
    assert "leaked" not in give(bench, LOW)
    assert "fine" in give(bench, LOW)


def test_what_several_records_made_needs_each_of_them(bench: Workbench) -> None:
    views = []

    def summed(view: OfficerView, language: str) -> Brief:
        records = list(view.records(kind=NOTE))
        views.append(view.over(records, TOPIC))
        return msgspec.structs.replace(careful(view, language), blocks=(
            Paragraph(words("sum of both"), portion=both),))

    ours = Portion(label_of(1), TOPIC)
    theirs = Portion(label_of(1, "JPN", own="USA"), TOPIC)
    # Neither side may give the whole away, so their join is for nobody; JPN's officer may have each part all the same.
    both = Portion(join([ours.label, theirs.label]), TOPIC, (ours, theirs))
    bench.briefs.register("sea.notes", "Notes", summed)
    assert not bench.kernel.gate(both.label, TOPIC, DUTY, Purpose.VIEW).allowed
    assert "sum of both" in give(bench)
    assert "sum of both" not in give(bench, LOW)
    note(bench, "a", 1)
    note(bench, "b", 2)
    give(bench)
    assert views[-1].label.classification == 2
    assert len(views[-1].of) == 2
    assert views[0] == Portion(views[0].label, TOPIC)


def test_the_journal_knows_who_printed_what(bench: Workbench) -> None:
    bench.briefs.register("sea.notes", "Notes", careful)
    first, second = note(bench, "a"), note(bench, "b")
    note(bench, "above", 3)
    give(bench, LOW, form="pdf")
    rows = acts(bench)
    assert {(r.officer, r.post, r.act, r.what, r.record) for r in rows} == {
        ("low", "watch", "brief.print", "sea.notes", first), ("low", "watch", "brief.print", "sea.notes", second)}
    assert {(r.allowed, r.rule) for r in rows} == {(True, "R-36")}
    give(bench, form="docx")
    assert [r.act for r in acts(bench)][:3] == ["brief.export"] * 3
    give(bench)
    assert (acts(bench)[0].act, acts(bench)[0].record) == ("brief.view", None)


def test_what_was_not_drawn_is_not_noted(bench: Workbench) -> None:
    def wrong(view: OfficerView, language: str) -> Brief:
        return msgspec.structs.replace(careful(view, language), blocks=(
            Figure(svg="<p/>", title="F", alternative="f"),))

    bench.briefs.register("sea.wrong", "Wrong", wrong)
    with pytest.raises(InvalidPicture, match="is not an SVG drawing"):
        give(bench, name="sea.wrong", form="pdf")
    assert acts(bench) == []


def test_there_is_no_brief_for_whom_there_is_none(bench: Workbench) -> None:
    bench.briefs.register("sea.notes", "Notes", careful)
    with pytest.raises(NotFound, match="no brief 'other' here, or you may not see it"):
        give(bench, name="other")
    with pytest.raises(NotFound):
        give(bench, ADMIN)
    assert bench.briefs.list(ADMIN) == ()
    with pytest.raises(InvalidBrief, match="made in en or ja, not in 'fr'"):
        give(bench, language="fr")

    def top(view: OfficerView, language: str) -> Brief:
        return msgspec.structs.replace(careful(view, language), portion=Portion(label_of(3, "USA"), TOPIC))

    bench.briefs.register("sea.top", "Top", top)
    assert "What is known" in give(bench, name="sea.top")
    with pytest.raises(NotFound, match=r"no brief .sea\.top. here, or you may not see it"):
        give(bench, LOW, name="sea.top")


@pytest.mark.parametrize("name", ["", "Sea", "sea notes", "../etc", "a" * 61, "sea.", "sé"])
def test_a_name_that_is_no_name_is_refused(bench: Workbench, name: str) -> None:
    with pytest.raises(InvalidBrief, match="names no brief"):
        bench.briefs.register(name, "T", careful)


def test_a_name_is_taken_once_and_the_list_is_sorted(bench: Workbench) -> None:
    bench.briefs.register("b", "B", careful)
    bench.briefs.register("a-x", "A", careful)
    assert [e.name for e in bench.briefs.list(DUTY)] == ["a-x", "b"]
    with pytest.raises(InvalidBrief, match="a brief 'b' already"):
        bench.briefs.register("b", "B", careful)


def test_the_nodes_thread_goes_on_while_a_brief_is_drawn(bench: Workbench) -> None:
    bench.briefs.register("sea.notes", "Notes", careful)

    async def both() -> int:
        beats = 0
        drawing = asyncio.ensure_future(bench.briefs.give(DUTY, "sea.notes", "en", "pdf"))
        while not drawing.done():
            await asyncio.sleep(0.005)
            beats += 1
        assert drawing.result().data.startswith(b"%PDF-1.7")
        return beats

    assert asyncio.run(both()) >= 5


def test_too_many_at_once_are_told_to_wait(bench: Workbench) -> None:
    bench.briefs.register("sea.notes", "Notes", careful)

    async def crowd() -> list[object]:
        return await asyncio.gather(*(bench.briefs.give(DUTY, "sea.notes", "en", "part") for _ in range(23)),
                                    return_exceptions=True)

    found = asyncio.run(crowd())
    refused = [str(f) for f in found if isinstance(f, Flooded)]
    assert refused == ["20 briefs are being made already; try again in a minute. (LW-1702)"] * 3
    assert "What is known" in give(bench)


def test_a_view_finds_one_record_or_none(bench: Workbench) -> None:
    mine, above = note(bench, "a"), note(bench, "b", 3)
    view = OfficerView(bench, LOW, Purpose.PRINT)
    assert view.record(mine) is not None
    assert view.record(above) is None
    assert view.record(RecordId("0" * 64)) is None
    assert list(view.taken) == [mine]


def test_a_source_keeps_its_status(bench: Workbench) -> None:
    record = bench.kernel.record(DUTY, note(bench, "a"))
    assert (source_of(record).text, source_of(record).status) == ("Herald", "P")
    bare = msgspec.structs.replace(record, source=None, status=None)
    assert (source_of(bare).text, source_of(bare).status) == ("JPN alliance desk: a", "invented")


def test_reading_is_bounded(bench: Workbench) -> None:
    for n in range(7):
        note(bench, str(n))
    view = OfficerView(bench, DUTY, Purpose.VIEW)
    assert [r.title for r in view.records(kind=NOTE, limit=3)] == ["6", "5", "4"]
    assert view.own == MemberId("JPN")
