"""A node that was put back from an old backup hears what it has signed before it signs anything."""

from __future__ import annotations

import msgspec
import pytest
from tests.unit.kernel.exchange.pair import JPN, linked, publish

from latticework.testing.federation import SETTINGS, Federation


def _restored(wake_ms: int, *, away: bool = False) -> Federation:
    world = linked("AUS", "JPN", "USA")
    node = world.nodes["JPN"]
    node._settings = msgspec.structs.replace(SETTINGS, wake_ms=wake_ms)
    world.run(3_000)
    old = world.snapshot("JPN")
    publish(world, "JPN", "AUS", "USA")
    world.run(8_000)
    for other in ("AUS", "USA"):
        world.unlink("JPN", other)
    world.restore("JPN", old)
    world.run(4_000)  # the node is back before any link is
    if not away:
        for other in ("AUS", "USA"):
            world.link("JPN", other)
    world.run(12_000)
    return world


def _codes(world: Federation, member: str) -> set[str]:
    return {alarm.code for alarm in world.nodes[member].alarms}


def test_nothing_is_signed_twice_when_links_come_up_later() -> None:
    world = _restored(10_000)
    for other in ("AUS", "USA"):
        assert "LW-1503" not in _codes(world, other)
        with world.nodes[other].store.snapshot() as reader:
            assert world.nodes[other].exchange.log_state(reader, JPN) == "consistent"
    assert "LW-1500" in _codes(world, "JPN")
    with world.nodes["JPN"].store.snapshot() as reader:
        assert world.nodes["JPN"].ledger.stalled(reader) is not None


def test_without_waiting_it_would_look_like_a_forger() -> None:
    world = _restored(0)
    assert "LW-1503" in _codes(world, "AUS") | _codes(world, "USA")


@pytest.mark.parametrize("wake_ms", [0, 10_000])
def test_partners_that_stay_away_do_not_stop_the_ledger_for_ever(wake_ms: int) -> None:
    world = _restored(wake_ms, away=True)
    node = world.nodes["JPN"]
    with node.store.snapshot() as reader:
        before = node.ledger.epoch(reader)
    world.run(10_000)
    with node.store.snapshot() as reader:
        assert node.ledger.epoch(reader) > before
