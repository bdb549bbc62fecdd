"""The machine as a whole: hostile messages, floods, replays, a full disk, time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.kernel.exchange.pair import (
    AUS,
    JPN,
    USA,
    answers,
    forge,
    linked,
    note,
    publish,
    said,
    states,
    tell,
)

from latticework.kernel.codec import MAX_MESSAGE_BYTES
from latticework.kernel.errors import StoreFull
from latticework.kernel.exchange import Alarm, Close, ExchangeSettings, Send, Tick
from latticework.kernel.exchange.messages import Ask, Hint, Page, Pull, Stale
from latticework.kernel.store.memory import MemoryStore
from latticework.kernel.transport.interface import Lane, LinkLost, LinkUp
from latticework.testing.federation import Federation
from latticework.testing.node import SimulatedNode


def rejected(world: Federation, member: str = "USA") -> dict[str, int]:
    return world.nodes[member].exchange.rejected(JPN)


# ---- hostile messages ----------------------------------------------------------------------------------------------


def test_a_replayed_message_is_counted_and_does_nothing() -> None:
    world = linked()
    record = publish(world, "JPN", "USA")
    world.run(200)
    sent = [d for _, s, r, _, d in world.network.carried if (s, r) == ("JPN", "USA")]
    for data in sent:
        assert tell(world, "JPN", "USA", data) == []
    assert rejected(world) == {"LW-1701": len(sent)}
    assert not world.nodes["USA"].alarms  # a link that is replaced may carry things twice
    assert states(world, "JPN", record.id) == {"USA": "received"}


def test_an_old_sessions_words_are_refused_after_a_new_link() -> None:
    world = linked()
    publish(world, "JPN", "USA")
    world.run(200)
    old = [d for _, s, r, _, d in world.network.carried if (s, r) == ("JPN", "USA")]
    world.unlink("JPN", "USA")
    world.run(10)
    world.connect()
    world.run(100)
    before = rejected(world).get("LW-1701", 0)
    for data in old:
        commands = tell(world, "JPN", "USA", data)
        assert all(isinstance(m, Stale) for m in answers(world, commands, "USA"))
    assert rejected(world) == {"LW-1701": before + len(old)}


def test_reordered_messages_are_taken_once_each() -> None:
    world = linked()
    frames = [forge("JPN", "USA", Hint(0, 0), number=n) for n in (3, 1, 2, 5, 4)]
    for data in frames:
        tell(world, "JPN", "USA", data)
    assert rejected(world) == {}
    for data in frames:
        tell(world, "JPN", "USA", data)
    assert rejected(world) == {"LW-1701": 5}


@pytest.mark.parametrize(("bad", "code"), [
    (b"", "LW-1002"), (b"\xff" * 90, "LW-1002"), (bytes(MAX_MESSAGE_BYTES + 1), "LW-1404"),
])
def test_garbage_is_refused_with_a_code_and_one_sentence(bad: bytes, code: str) -> None:
    world = linked()
    commands = tell(world, "JPN", "USA", bad)
    (alarm,) = commands
    assert isinstance(alarm, Alarm)
    assert (alarm.code, alarm.peer) == (code, JPN)
    assert rejected(world) == {code: 1}


def test_people_hear_of_the_first_the_tenth_the_hundredth() -> None:
    world = linked()
    heard = sum(len(tell(world, "JPN", "USA", b"garbage")) for _ in range(120))
    assert (heard, rejected(world)) == (3, {"LW-1002": 120})


def test_a_wrong_sender_is_refused() -> None:
    world = linked("AUS", "JPN", "USA")
    tell(world, "JPN", "USA", forge("AUS", "USA", Hint(1, 0)))
    tell(world, "JPN", "USA", forge("JPN", "AUS", Hint(1, 0), number=2))
    assert rejected(world) == {"LW-1701": 2}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_broken_message_is_refused_and_the_exchange_goes_on(data: st.DataObject) -> None:
    world = linked()
    publish(world, "JPN", "USA")
    world.run(2_000)
    frames = [d for _, s, r, _, d in world.network.carried if (s, r) == ("JPN", "USA")]
    for _ in range(10):
        frame = bytearray(data.draw(st.sampled_from(frames)))
        place = data.draw(st.integers(0, len(frame) - 1))
        frame[place] ^= data.draw(st.integers(1, 255))
        broken = bytes(frame[: data.draw(st.integers(0, len(frame)))]) if data.draw(st.booleans()) else bytes(frame)
        tell(world, "JPN", "USA", broken)
    later = publish(world, "JPN", "USA")
    world.run(2_500)
    assert world.nodes["USA"].has(later.id)
    assert sum(rejected(world).values()) == 10


def test_a_member_without_trust_is_told_nothing() -> None:
    world = linked("AUS", "JPN", "USA")
    world.nodes["USA"].partners = (AUS,)
    commands = tell(world, "JPN", "USA", forge("JPN", "USA", Pull(0, 5)))
    assert not [c for c in commands if isinstance(c, Send)]
    assert rejected(world) == {"LW-1701": 1}
    assert not [c for c in world.nodes["USA"].handle(LinkUp(JPN)) if isinstance(c, Send)]


def test_a_session_number_lost_with_the_store_is_found_again() -> None:
    world = linked()
    backup = world.snapshot("JPN")
    for _ in range(3):
        world.unlink("JPN", "USA")
        world.run(20)
        world.connect()
        world.run(20)
    world.nodes["JPN"].clock.skew_ms = -3_600_000  # and the clock is an hour behind
    world.restore("JPN", backup)
    world.run(3_000)
    assert said(world, "USA", "JPN", Stale)
    if world.nodes["JPN"].stalled():
        world.nodes["JPN"].resume()
    record = publish(world, "JPN", "USA")
    world.run(3_000)
    assert world.nodes["USA"].has(record.id)


# ---- floods --------------------------------------------------------------------------------------------------------


def slow(world: Federation) -> None:
    limits = ExchangeSettings(messages_per_s=10, burst_messages=20, bytes_per_s=1e9, burst_bytes=1e9)
    world.nodes["USA"]._settings = limits
    world.nodes["USA"].start()
    for peer in ("AUS", "JPN"):
        world.nodes["USA"].handle(LinkUp(world.nodes[peer].member))


def test_a_flood_closes_the_link_of_the_one_that_floods() -> None:
    world = linked("AUS", "JPN", "USA")
    slow(world)
    closes = [c for n in range(40) for c in tell(world, "JPN", "USA", forge("JPN", "USA", Hint(0, 0), number=n + 1))
              if isinstance(c, Close)]
    assert [c.peer for c in closes] == [JPN]
    assert rejected(world)["LW-1702"] == 20
    assert [a.code for a in world.nodes["USA"].alarms] == ["LW-1702"]
    assert answers(world, tell(world, "AUS", "USA", forge("AUS", "USA", Pull(0, 1))), "USA")
    # A new link does not fill the bucket.
    world.nodes["USA"].handle(LinkUp(JPN))
    assert [c for c in tell(world, "JPN", "USA", forge("JPN", "USA", Hint(0, 0), number=99)) if isinstance(c, Close)]


def test_a_flood_of_bytes_is_a_flood_too() -> None:
    world = linked()
    world.nodes["USA"]._settings = ExchangeSettings(bytes_per_s=1_000, burst_bytes=5_000)
    world.nodes["USA"].start()
    world.nodes["USA"].handle(LinkUp(JPN))
    assert [type(c) for c in tell(world, "JPN", "USA", b"x" * 6_000)] == [Close, Alarm]


# ---- the store -----------------------------------------------------------------------------------------------------


class FullStore(MemoryStore):
    """A store whose disk is full while `full` is set."""

    full = False

    @contextmanager
    def transaction(self) -> Iterator[object]:  # type: ignore[override]
        with super().transaction() as tx:
            yield tx
            if self.full:
                raise StoreFull("the disk is full; free some space, then go on.")


def on_full_disk(node: SimulatedNode, full: bool) -> None:
    node.store.__class__ = FullStore
    node.store.full = full  # type: ignore[attr-defined]


def test_a_full_disk_loses_nothing_and_says_nothing() -> None:
    world = linked()
    on_full_disk(world.nodes["USA"], True)
    record = publish(world, "JPN", "USA")
    world.run(1_000)
    assert not world.nodes["USA"].has(record.id)
    assert [a.code for a in world.nodes["USA"].alarms] == ["LW-1601"]  # once
    assert states(world, "JPN", record.id) == {"USA": "queued"}
    on_full_disk(world.nodes["USA"], False)
    world.run(4_000)
    assert world.nodes["USA"].has(record.id)
    with world.nodes["USA"].store.snapshot() as reader:
        assert world.nodes["USA"].exchange.quarantined(reader, JPN) == ()


def test_a_full_disk_releases_nothing() -> None:
    world = linked()
    node = world.nodes["JPN"]
    on_full_disk(node, True)
    record = note(node, "USA")
    with pytest.raises(StoreFull):
        node.publish(record)
    on_full_disk(node, False)
    world.run(3_000)
    assert not any(p.items for p in said(world, "JPN", "USA", Page))
    assert all(record.id.encode() not in d for *_, d in world.network.carried)


# ---- time ----------------------------------------------------------------------------------------------------------


def test_each_peer_is_polled_at_its_time() -> None:
    world = linked()
    before = len(said(world, "JPN", "USA", Pull))
    world.run(20_000)
    assert len(said(world, "JPN", "USA", Pull)) - before == 20_000 // world.settings.poll_ms


def test_the_next_tick_is_known() -> None:
    world = linked()
    node = world.nodes["JPN"]
    now = node.clock.now_ms()
    assert now <= node.exchange.next_due_ms(now) <= now + 1_000


def test_a_clock_that_jumps_back_stops_nothing() -> None:
    world = linked()
    world.run(3_000)
    world.nodes["JPN"].clock.skew_ms = -86_400_000
    record = publish(world, "JPN", "USA")
    back = publish(world, "USA", "JPN")
    world.run(5_000)
    assert world.nodes["USA"].has(record.id)
    assert world.nodes["JPN"].has(back.id)
    with world.nodes["USA"].store.snapshot() as reader:
        assert world.nodes["USA"].exchange.peer_status(reader, JPN).unproven == 0


def test_a_lost_link_is_told_in_the_status() -> None:
    world = linked()
    node = world.nodes["USA"]
    with node.store.snapshot() as reader:
        assert node.exchange.peer_status(reader, JPN).linked
    node.handle(LinkLost(JPN, "cut"))
    with node.store.snapshot() as reader:
        assert not node.exchange.peer_status(reader, JPN).linked
    assert not [c for c in node.handle(Tick()) if isinstance(c, Send)]


def test_the_machine_is_a_function_of_store_events_and_time() -> None:
    def run() -> list[tuple[int, str, str, Lane, bytes]]:
        world = linked("AUS", "JPN", "USA", seed=4)
        publish(world, "JPN", "USA", "AUS")
        world.run(3_000)
        return world.network.carried

    assert run() == run()


def test_status_counts_what_stands_in_the_store() -> None:
    world = linked()
    for n in range(3):
        publish(world, "JPN", "USA", text=str(n))
    world.run(300)
    world.unlink("JPN", "USA")
    publish(world, "JPN", "USA", text="waits")
    with world.nodes["JPN"].store.snapshot() as reader:
        status = world.nodes["JPN"].exchange.peer_status(reader, USA)
        rows = [row.state for _, row in world.nodes["JPN"].exchange.outbox(reader, USA)]
    assert (status.queued, status.released, status.receipts) == (1, 4, 3)
    assert rows == ["received"] * 3 + ["queued"]
    assert status.lag_ms is not None
    assert msgspec.structs.asdict(status)["rejected"] == {}
    assert Ask in {type(m) for m in said(world, "JPN", "USA")}
