"""Noninterference of search: two archives that differ only in what an officer may not see answer that officer alike."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latticework.kernel.kinds import NOTE, Note
from latticework.kernel.labels.label import Label, Release
from latticework.testing.kernels import KernelFederation, officer
from latticework.workbench.bench import Workbench

WORDS = ("radar", "radars", "outage", "harbor", "レーダー", "停止", "日本海", "F-35", "may")
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
NOTES = st.lists(st.tuples(TEXTS, TEXTS, st.booleans()), min_size=1, max_size=10)
QUERIES = ("radar", "radar outage", "レーダー", "radar -may", "har*", '"radar outage"', "日本", "raddar")


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workbench, Workbench]]:
    made = [KernelFederation(tmp_path_factory.mktemp(name), ("JPN",)) for name in ("all", "visible")]
    yield made[0].benches["JPN"], made[1].benches["JPN"]
    for federation in made:
        federation["JPN"].close()


def publish(bench: Workbench, title: str, text: str, *, secret: bool) -> None:
    label = Label(policy="EXERCISE", classification=3 if secret else 0, release=Release(everyone=True),
                  originators=frozenset({bench.kernel.own}))
    bench.kernel.publish(officer("JPN"), NOTE, Note(title=title, text=text), topic="air.coverage", label=label)


def told(bench: Workbench, query: str) -> object:
    """Return all that an officer of the lowest level is told."""
    low = officer("JPN", "low", clearance=0)
    best, newest = (bench.search.search(low, query, order=order, limit=100) for order in ("best", "newest"))
    return (
        [(hit.title, hit.snippet) for hit in best.hits], [(hit.title, hit.snippet) for hit in newest.hits], best.total,
        best.next, best.near, [hit.title for hit in bench.search.suggest(low, query)],
    )


@settings(max_examples=40, deadline=None,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(NOTES)
def test_what_is_withheld_changes_no_answer(
    benches: tuple[Workbench, Workbench], notes: list[tuple[str, str, bool]]
) -> None:
    everything, visible = benches
    for title, text, secret in notes:
        publish(everything, title, text, secret=secret)
        if not secret:
            publish(visible, title, text, secret=False)
    for query in QUERIES:
        assert told(everything, query) == told(visible, query)
