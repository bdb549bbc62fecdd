"""Search on real kernels: found in English and Japanese, ranked, filtered, and blind to what may not be seen."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from latticework.kernel.core import Kernel
from latticework.kernel.errors import InvalidSearch
from latticework.kernel.kinds import NOTE, Note
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Role
from latticework.testing.kernels import KernelFederation, officer
from latticework.workbench.bench import Workbench
from latticework.workbench.search.service import Search

RADAR = "The air-surveillance radars on Tsushima are out of service from 14 May."


@pytest.fixture
def federation(tmp_path: Path) -> Iterator[KernelFederation]:
    made = KernelFederation(tmp_path, ("JPN", "USA"))
    yield made
    for kernel in made.kernels.values():
        kernel.close()


@pytest.fixture
def bench(federation: KernelFederation) -> Workbench:
    return federation.benches["JPN"]


def put(kernel: Kernel, title: str, text: str = "", *, level: int = 0, topic: str = "air.coverage") -> str:
    label = Label(policy="EXERCISE", classification=level, release=Release(everyone=True),
                  originators=frozenset({kernel.own}))
    return kernel.publish(officer(kernel.own), NOTE, Note(title=title, text=text), topic=topic, label=label).id


def titles(search: Search, query: str, **more: object) -> list[str]:
    found = search.search(officer("JPN", clearance=2), query, **more)  # type: ignore[arg-type]
    return [hit.title for hit in found.hits]


def test_words_phrases_exclusions_and_beginnings(bench: Workbench) -> None:
    put(bench.kernel, "Radar outage", RADAR)
    put(bench.kernel, "Weather", "No outage of anything. The radar mast is wet.")
    search = bench.search
    assert titles(search, "radar tsushima") == ["Radar outage"]
    assert set(titles(search, "radar")) == {"Radar outage", "Weather"}
    assert titles(search, '"out of service"') == ["Radar outage"]
    assert titles(search, '"service of out"') == []
    assert titles(search, "radar -mast") == ["Radar outage"]
    assert titles(search, "tsush*") == ["Radar outage"]
    assert titles(search, "tsush") == []
    assert titles(search, "tsush", typing=True) == ["Radar outage"]


@pytest.mark.parametrize("query", [
    "日本", "監視", "海域", "域", "レーダー", "ﾚｰﾀﾞｰ", "日本海 監視", '"警戒監視"', "14日",
])
def test_japanese_is_found_without_spaces(bench: Workbench, query: str) -> None:
    put(bench.kernel, "日本海の警戒監視", "レーダーの停止に伴い、当該海域における監視態勢を14日から変更する。")
    put(bench.kernel, "天候", "晴れ。")
    assert titles(bench.search, query) == ["日本海の警戒監視"]


def test_what_is_in_the_title_stands_first_and_newest_can_be_asked_for(bench: Workbench) -> None:
    put(bench.kernel, "Radar", "Short.")
    put(bench.kernel, "Weekly report", "Much else and, at the end of a long text about many other things, a radar.")
    assert titles(bench.search, "radar") == ["Radar", "Weekly report"]
    assert titles(bench.search, "radar", order="newest") == ["Weekly report", "Radar"]


def test_filters_and_pages(bench: Workbench) -> None:
    for number in range(30):
        put(bench.kernel, f"Note {number}", "radar", topic="air.coverage" if number % 2 else "maritime.awareness")
    first = bench.search.search(officer("JPN"), "radar", topic="air", limit=10)
    assert (first.total, first.next, len(first.hits)) == (15, 10, 10)
    second = bench.search.search(officer("JPN"), "radar", topic="air", limit=10, offset=10)
    assert (second.next, len(second.hits)) == (None, 5)
    assert not {h.record.id for h in first.hits} & {h.record.id for h in second.hits}
    assert bench.search.search(officer("JPN"), "radar", member="USA").total == 0
    assert bench.search.search(officer("JPN"), "radar", kind="note").total == 30
    with pytest.raises(InvalidSearch):
        bench.search.search(officer("JPN"), "radar", limit=0)


def test_each_officer_is_answered_from_what_that_officer_may_see(bench: Workbench) -> None:
    put(bench.kernel, "Radar open", "radar", level=0)
    put(bench.kernel, "Radar secret", "radar zanzibar", level=3)
    search = bench.search
    low = officer("JPN", "low", clearance=0)
    assert search.search(low, "radar").total == 1
    assert search.search(low, "zanzibar") == search.search(low, "nothingatall")
    assert search.search(low, "zanzibra").near == ()
    assert [hit.title for hit in search.suggest(low, "rad")] == ["Radar open"]
    assert search.search(officer("JPN", "admin", Role.ADMINISTRATOR), "radar").total == 0
    assert search.search(officer("JPN"), "radar").total == 2


def test_a_misspelled_word_is_offered_from_visible_titles(bench: Workbench) -> None:
    put(bench.kernel, "Tsushima strait")
    assert bench.search.search(officer("JPN"), "tsushmia").near == ("tsushima",)


def test_discreet_records_are_found_only_when_asked_for(federation: KernelFederation) -> None:
    federation.arrange("JPN", "USA", topics=("plans.quiet",), name="quiet", title="Quiet planning", discreet=True)
    search = federation.benches["JPN"].search
    assert search.search(officer("JPN"), "quiet").total == 0
    assert search.search(officer("JPN"), "quiet", discreet=True).total >= 1


def test_a_text_that_came_later_belongs_to_its_record(bench: Workbench) -> None:
    record = put(bench.kernel, "Report", "See the annex.", level=2)
    bench.search.catch_up()
    with bench.kernel.store.snapshot() as reader:
        from latticework.kernel import archive
        head = archive.head_of(reader, record)  # type: ignore[arg-type]
    assert head is not None
    bench.search.add_text(head, "annex-1", "Annex 1", "Depth of the harbor basin")
    [hit] = bench.search.search(officer("JPN"), "basin").hits
    assert (hit.record.id, hit.part, hit.title) == (record, "annex-1", "Annex 1")
    assert bench.search.search(officer("JPN", "low", clearance=1), "basin").total == 0


def test_a_source_gives_its_texts_with_the_record(bench: Workbench) -> None:
    bench.search.add_source(lambda head: iter([("a1", "Annex", "gyroscope")]))
    put(bench.kernel, "Report")
    assert [h.part for h in bench.search.search(officer("JPN"), "gyroscope").hits] == ["a1"]


def test_it_goes_on_after_a_restart_and_is_made_anew_when_damaged_or_from_another_archive(
    bench: Workbench, federation: KernelFederation, tmp_path: Path
) -> None:
    put(bench.kernel, "Radar", "first")
    assert bench.search.search(officer("JPN"), "radar").total == 1
    bench.search.close()
    again = Workbench(bench.kernel, bench.folder)
    put(bench.kernel, "Radar", "second")
    assert again.search.search(officer("JPN"), "radar").total == 2
    again.search.close()
    (bench.folder / "search.db").write_bytes(b"not a database at all" * 100)
    third = Workbench(bench.kernel, bench.folder)
    assert third.search.search(officer("JPN"), "radar").total == 2
    third.search.close()
    other = Workbench(federation["USA"], bench.folder)  # another archive under the same index
    assert other.search.search(officer("USA"), "radar").total == 0


@pytest.mark.parametrize("query", [
    'title:"', "NEAR(radar outage, 5)", "radar AND OR NOT", "*", "^radar", "radar\x00outage", "{radar}", "-- ; DROP",
    "radar\ud800", "\u202eradar", '"' * 50 + "radar",
])
def test_hostile_syntax_is_text(bench: Workbench, query: str) -> None:
    put(bench.kernel, "Radar outage", RADAR)
    with contextlib.suppress(InvalidSearch):
        assert {hit.title for hit in bench.search.search(officer("JPN"), query).hits} <= {"Radar outage"}
