"""What changed: records and registered sources in one order, for each officer what that officer may see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from latticework.kernel.errors import InvalidConfig
from latticework.kernel.labels.label import Label, Release
from latticework.testing.kernels import KernelFederation, officer
from latticework.testing.lighthouse import service
from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp
from latticework.workbench.bench import Workbench
from latticework.workbench.news import MOST


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    federation = KernelFederation(tmp_path, ("JPN",))
    service.register_kinds(federation["JPN"].kinds)
    service.join(federation.benches["JPN"])
    yield federation.benches["JPN"]
    federation["JPN"].close()


def put(bench: Workbench, name: str, *, lit: bool, level: int = 0) -> int:
    label = Label(policy="EXERCISE", classification=level, release=Release(everyone=True),
                  originators=frozenset({bench.kernel.own}))
    lamp = Lamp(name=name, latitude_deg=0.0, longitude_deg=0.0, height_m=1.0, range_m=1.0, burning=lit)
    bench.kernel.publish(officer("JPN"), LAMP, lamp, topic=TOPIC, label=label)
    bench.kernel.clock.advance(1_000)  # type: ignore[attr-defined]
    return bench.kernel.clock.now_ms()


def test_records_and_sources_stand_in_one_order(bench: Workbench) -> None:
    put(bench, "North", lit=True)
    since = put(bench, "South", lit=False) - 1_000
    put(bench, "East", lit=False, level=3)
    words = [change.words for change in bench.news.since(officer("JPN"), 0)]
    assert words == ["East", "East went dark", "South", "South went dark", "North"]
    assert [c.words for c in bench.news.since(officer("JPN"), since)] == ["East", "East went dark"]
    assert [c.state for c in bench.news.since(officer("JPN"), since)] == ["", "bad"]
    low = [c.words for c in bench.news.since(officer("JPN", "low", clearance=0), 0)]
    assert low == ["South", "South went dark", "North"]


def test_it_is_bounded(bench: Workbench) -> None:
    for number in range(MOST + 5):
        put(bench, f"L{number}", lit=True)
    assert len(bench.news.since(officer("JPN"), 0)) == MOST


def test_a_source_has_a_name(bench: Workbench) -> None:
    with pytest.raises(InvalidConfig):
        bench.news.add_source("", lambda _officer, _since: [])
