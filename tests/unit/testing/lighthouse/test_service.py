"""The dummy room as a room: its kind travels, its page and figure show what the officer may see."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.shell.nodes import OFFICERS, Site, banner_of, label_of, title_of

from latticework.kernel.errors import InvalidConfig, InvalidRecord
from latticework.node.compose import load_rooms
from latticework.node.settings import NodeSettings
from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp
from latticework.testing.lighthouse.surface.room import ROOM

WHERE = "latticework.testing.lighthouse.surface.room:ROOM"


def lamp(name: str, *, burning: bool = True) -> Lamp:
    return Lamp(name=name, latitude_deg=34.5, longitude_deg=129.3, height_m=40.0, range_m=30_000.0, burning=burning)


def test_the_latest_state_of_each_lamp_counts(tmp_path: Path) -> None:
    site = Site(tmp_path, rooms=(ROOM,))
    for made in (lamp("North"), lamp("South"), lamp("North", burning=False)):
        site.kernel.publish(OFFICERS["duty"], LAMP, made, topic=TOPIC, label=label_of(1, "USA"))
    with site.client() as browser:
        page = browser.page("/lighthouse")
        assert title_of(page) == "1 of 2 lamps burn"
        assert banner_of(page) == "RESTRICTED REL TO JPN, USA"
        assert '<div class="n">1<small>of 2</small></div>' in browser.page("/")
        browser.post("/preferences", language="ja")
        assert title_of(browser.page("/lighthouse")) == "2基中1基が点灯中"
    with site.client("low") as browser:
        assert title_of(browser.page("/lighthouse")) == "0 of 0 lamps burn"


@pytest.mark.parametrize("wrong", [{"latitude_deg": 91.0}, {"name": " "}, {"range_m": 0.0}])
def test_a_lamp_checks_its_bounds(wrong: dict[str, object]) -> None:
    values = {"name": "N", "latitude_deg": 0.0, "longitude_deg": 0.0, "height_m": 1.0, "range_m": 1.0, "burning": True}
    with pytest.raises(InvalidRecord, match="a lamp"):
        Lamp(**{**values, **wrong})


def test_a_node_loads_a_room_from_elsewhere() -> None:
    assert [room.name for room in load_rooms(NodeSettings(rooms=("picture", WHERE)))] == ["picture", "lighthouse"]
    with pytest.raises(InvalidConfig, match="names a Room"):
        load_rooms(NodeSettings(rooms=("latticework.testing.lighthouse.model:LAMP",)))


def test_a_chart_that_is_attached_to_a_lamp_stands_on_the_page(tmp_path: Path) -> None:
    site = Site(tmp_path / "homes", rooms=(ROOM,))
    record = site.kernel.publish(OFFICERS["duty"], LAMP, lamp("North"), topic=TOPIC, label=label_of(1, "USA"))
    path = tmp_path / "north.txt"
    path.write_text("Depth 12 m", encoding="utf-8")
    part = site.bench.attachments
    with path.open("rb") as source:
        staged = part.stage(source, path.name)
    part.publish(OFFICERS["duty"], staged, topic=TOPIC, label=label_of(1, "USA"), about=record.id)
    with site.client() as browser:
        assert ">north.txt</a>" in browser.page("/lighthouse")
