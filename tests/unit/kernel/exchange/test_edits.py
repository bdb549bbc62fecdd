"""Edit channels: ordered, gap-free, signed, within 100 ms, under a logged grant."""

from __future__ import annotations

import pytest
from tests.unit.kernel.exchange.pair import JPN, USA, agreed, answers, forge, inside, linked, said, tell

from latticework.kernel.errors import ProtocolError, Withheld
from latticework.kernel.exchange import EditArrived, EditChannelChanged, EditGranted, GrantEnded, decode_entry
from latticework.kernel.exchange.messages import EditAck, EditBatch
from latticework.kernel.ids import Topic
from latticework.kernel.policy.model import Decision
from latticework.testing import factories
from latticework.testing.federation import Federation

LABEL = factories.label("USA")
YES = Decision(True, "R-21", "Yes.")
AIR = Topic("air")


def grant(world: Federation, channel: str = "draft") -> int:
    node = world.nodes["JPN"]
    number = inside(node, lambda tx: node.exchange.grant_edits(
        tx, channel, AIR, LABEL, USA, YES, node.clock.now_ms()))
    world.act("JPN", lambda: node.exchange.poll(node.clock.now_ms()))
    return number  # type: ignore[return-value]


def edit(world: Federation, *texts: str, channel: str = "draft") -> None:
    node = world.nodes["JPN"]
    for text in texts:
        inside(node, lambda tx, t=text: node.exchange.edit(tx, channel, t.encode(), node.clock.now_ms()))


def got(world: Federation) -> list[tuple[int, bytes]]:
    return [(e.number, e.data) for e in world.nodes["USA"].edits]


def open_channel() -> Federation:
    world = linked()
    grant(world)
    world.run(250)
    return world


def test_edits_arrive_in_order_within_a_tenth_of_a_second() -> None:
    world = open_channel()
    edit(world, "a", "b")
    start = world.now_ms
    while len(got(world)) < 2 and world.now_ms < start + 100:
        world.run(5, step_ms=5)
    assert got(world) == [(1, b"a"), (2, b"b")]
    assert world.settings.flush_ms < 100
    assert len(said(world, "JPN", "USA", EditBatch)) == 1  # one signature for both


def test_the_grant_is_logged_and_given_to_the_peer() -> None:
    world = open_channel()
    with world.nodes["JPN"].store.snapshot() as reader:
        entries = [decode_entry(e) for _, e in world.nodes["JPN"].ledger.entries(reader, USA)]
        assert [row.state for _, row in world.nodes["JPN"].exchange.grants_to(reader, USA)] == ["open"]
    assert [(type(e), getattr(e, "channel", "")) for e in entries] == [(EditGranted, "draft")]
    with world.nodes["USA"].store.snapshot() as reader:
        assert [(n, g.name, g.open) for n, g in world.nodes["USA"].exchange.grants_from(reader, JPN)] == [
            (1, "draft", True)]


def test_a_grant_of_the_same_name_stands_once_and_needs_a_yes() -> None:
    world = linked()
    assert [grant(world), grant(world), grant(world, "other")] == [1, 1, 2]
    node = world.nodes["JPN"]
    with pytest.raises(Withheld):
        inside(node, lambda tx: node.exchange.grant_edits(tx, "x", AIR, LABEL, USA, Decision(False, "R-05", "No."), 0))


def test_nothing_flows_before_the_peer_acknowledged_the_grant() -> None:
    world = linked(link=False)
    grant(world)
    edit(world, "early")
    world.connect()
    world.run(3, step_ms=1)
    assert not said(world, "JPN", "USA", EditBatch)
    world.run(600)
    assert got(world) == [(1, b"early")]


def test_edits_are_sent_again_after_a_new_link() -> None:
    world = open_channel()
    edit(world, "a")
    world.run(250)
    world.network.cut("JPN", "USA")
    edit(world, "b", "c")
    world.run(600)
    world.unlink("JPN", "USA")
    world.network.heal("JPN", "USA")
    edit(world, "d")
    world.connect()
    world.run(600)
    assert got(world) == [(1, b"a"), (2, b"b"), (3, b"c"), (4, b"d")]
    with world.nodes["JPN"].store.snapshot() as reader:
        ((_, row),) = world.nodes["JPN"].exchange.grants_to(reader, USA)
    assert (row.last, row.acknowledged) == (4, 4)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("who", ["JPN", "USA"])
def test_crashes_leave_no_gap_and_no_double(who: str, moment: str) -> None:
    world = open_channel()
    for n in range(1, 13):
        world.crash_later(who, n % 3 + 1, moment)  # type: ignore[arg-type]
        world.act("JPN", lambda m=n: edit(world, f"{m}") or [])  # type: ignore[misc,func-returns-value]
        world.run(700)
    world.calm()
    world.run(5_000)
    with world.nodes["USA"].store.snapshot() as reader:
        kept = [int.from_bytes(key[-8:], "big") for key, _ in reader.scan("testing.edits")]
    with world.nodes["JPN"].store.snapshot() as reader:
        ((_, row),) = world.nodes["JPN"].exchange.grants_to(reader, USA)
    assert world.crashes > 3
    assert kept == list(range(1, row.last + 1))


def test_a_policy_change_ends_the_grant_and_nothing_more_is_said() -> None:
    world = open_channel()
    edit(world, "a")
    world.run(250)
    world.agree((), ["JPN"])
    edit(world, "b")
    world.run(2_000)
    assert got(world) == [(1, b"a")]
    with world.nodes["JPN"].store.snapshot() as reader:
        assert [row.state for _, row in world.nodes["JPN"].exchange.grants_to(reader, USA)] == ["ended"]
        last = [decode_entry(e) for _, e in world.nodes["JPN"].ledger.entries(reader, USA)][-1]
    assert last == GrantEnded(number=1, to=USA, at_ms=last.at_ms)  # type: ignore[union-attr]
    with world.nodes["USA"].store.snapshot() as reader:
        assert [g.open for _, g in world.nodes["USA"].exchange.grants_from(reader, JPN)] == [False]


def test_a_grant_that_the_peer_refuses_never_opens() -> None:
    world = linked()
    world.agree((), ["USA"])
    grant(world)
    edit(world, "a")
    world.run(600)
    assert not said(world, "JPN", "USA", EditBatch)
    with world.nodes["JPN"].store.snapshot() as reader:
        assert [row.state for _, row in world.nodes["JPN"].exchange.grants_to(reader, USA)] == ["ended"]


def test_edits_without_a_grant_or_policy_are_refused() -> None:
    world = linked()
    tell(world, "JPN", "USA", forge("JPN", "USA", EditBatch(1, 1, (b"x",))))
    assert world.nodes["USA"].exchange.rejected(JPN) == {"LW-1703": 1}
    world = open_channel()
    world.agree((), ["USA"])
    commands = tell(world, "JPN", "USA", forge("JPN", "USA", EditBatch(1, 1, (b"x",))))
    assert not [c for c in commands if isinstance(c, EditArrived)]
    assert world.nodes["USA"].exchange.rejected(JPN) == {"LW-1302": 1}


def test_doubles_are_skipped_and_gaps_are_not_filled() -> None:
    world = open_channel()

    def take(first: int, *texts: str) -> tuple[list[int], int]:
        take.count += 1  # type: ignore[attr-defined]
        batch = EditBatch(1, first, tuple(t.encode() for t in texts))
        commands = tell(world, "JPN", "USA", forge("JPN", "USA", batch, number=take.count))  # type: ignore[attr-defined]
        (ack,) = [m for m in answers(world, commands, "USA") if isinstance(m, EditAck)]
        return [c.number for c in commands if isinstance(c, EditArrived)], ack.up_to

    take.count = 0  # type: ignore[attr-defined]
    assert take(1, "a", "b") == ([1, 2], 2)
    assert take(1, "a", "b") == ([], 2)
    assert take(2, "b", "c") == ([3], 3)
    assert take(5, "e") == ([], 3)
    assert take(4, "d", "e") == ([4, 5], 5)


def test_a_taker_with_an_older_store_gets_the_edits_once_more() -> None:
    world = open_channel()
    backup = world.snapshot("USA")
    edit(world, "a", "b")
    world.run(500)
    world.restore("USA", backup)
    world.nodes["USA"].edits.clear()
    edit(world, "c")
    world.run(5_000)
    assert got(world) == [(1, b"a"), (2, b"b"), (3, b"c")]


def test_a_giver_with_an_older_store_ends_the_grant() -> None:
    world = open_channel()
    commands = tell(world, "USA", "JPN", forge("USA", "JPN", EditAck(1, 9)))
    assert not answers(world, commands, "JPN")
    with world.nodes["JPN"].store.snapshot() as reader:
        assert [row.state for _, row in world.nodes["JPN"].exchange.grants_to(reader, USA)] == ["ended"]


def test_an_edit_is_bounded() -> None:
    world = open_channel()
    with pytest.raises(ProtocolError):
        edit(world, "x" * (256 * 1024 + 1))
    edit(world, *("y" * 200_000 for _ in range(12)))
    world.run(1_000)
    assert [n for n, _ in got(world)] == list(range(1, 13))


def test_a_peers_edits_are_bounded_too() -> None:
    world = open_channel()
    tell(world, "JPN", "USA", forge("JPN", "USA", EditBatch(1, 1, (b"x", b"y" * (256 * 1024 + 1)))))
    assert world.nodes["USA"].exchange.rejected(JPN) == {ProtocolError.code: 1}
    assert got(world) == []


@pytest.mark.parametrize("channel", ["", "draft\0AUS", "a\nb", "x" * 201])
def test_a_channel_has_a_plain_name(channel: str) -> None:
    """A name with a zero byte could make one member's edits look like another's."""
    world = linked()
    with pytest.raises(ProtocolError, match="name"):
        grant(world, channel)
    entry = EditGranted(channel=channel, topic=AIR, label=LABEL, to=USA, number=1, arrangement=None, rule="R-21",
                        at_ms=0)
    node = world.nodes["USA"]
    with pytest.raises(ProtocolError, match="name"):
        inside(node, lambda tx: node.exchange._grants_in.opened(tx, JPN, entry))
    with node.store.snapshot() as reader:
        assert node.exchange.grants_from(reader, JPN) == []


def test_opening_and_ending_are_told() -> None:
    world = linked()
    heard: list[object] = []
    node = world.nodes["USA"]
    take = node.take
    node.take = lambda act: [heard.append(c) or c for c in take(act)]  # type: ignore[func-returns-value,method-assign]
    grant(world)
    world.run(100)
    inside(world.nodes["JPN"], lambda tx: world.nodes["JPN"].exchange.end_grant(tx, USA, 1, 0))
    world.run(3_000)
    assert [c for c in heard if isinstance(c, EditChannelChanged)] == [
        EditChannelChanged(JPN, "draft", True), EditChannelChanged(JPN, "draft", False)]
    assert agreed("JPN", "USA").in_force(world.now_ms)
