"""Stream grants over two machines, with the real sender and receiver of streams at the ends."""

from __future__ import annotations

import pytest
from tests.unit.kernel.exchange.pair import JPN, USA, agreed, inside, linked, said
from tests.unit.kernel.exchange.streaming import KIND, LABELS, rows

from latticework.kernel.errors import Withheld
from latticework.kernel.exchange import GrantEnded, StreamGranted, StreamPeriod, decode_entry
from latticework.kernel.exchange.messages import Page
from latticework.kernel.exchange.stream_receiver import Agreement, StreamReceiver
from latticework.kernel.exchange.stream_sender import StreamSender
from latticework.kernel.ids import Kind, MemberId
from latticework.kernel.labels.label import Label
from latticework.kernel.ledger import leaf_hash
from latticework.kernel.policy.compiled import CompiledPolicy
from latticework.kernel.policy.model import Decision, Purpose
from latticework.kernel.transport.interface import Lane
from latticework.testing.federation import Federation
from latticework.testing.node import SimulatedNode

YES = Decision(True, "R-21", "Yes.")


class Desk:
    """One stream kind of one node, carried by hand."""

    def __init__(self, node: SimulatedNode) -> None:
        self.node = node
        self.sender = StreamSender(node.member, KIND, node.signer, 1)
        self.sender.use_labels(LABELS)
        self.receiver = StreamReceiver(node.member, [KIND], node._keys, lambda *_: True)
        self.open: dict[MemberId, int] = {}
        self.agreements: list[Agreement] = []
        self.left: list[StreamPeriod] = []

    def compile(self) -> None:
        now = self.node.clock.now_ms()
        gate = CompiledPolicy(self.node.state(), KIND.topic, Purpose.STREAM, now, labels=LABELS)
        self.sender.use_gate(gate, now)

    def subscribe(self, stream: Kind, peer: MemberId, grant: int, label: Label, now_ms: int) -> None:
        if self.open.get(peer) != grant:
            self.open[peer] = grant
            self.compile()
            self.sender.subscribe(peer, grant, now_ms)

    def unsubscribe(self, stream: Kind, peer: MemberId, grant: int) -> None:
        if self.open.get(peer) == grant:
            del self.open[peer]
            self.left += self._entries([p for p in [self.sender.unsubscribe(peer, self.node.clock.now_ms())] if p])

    def expect(self, stream: Kind, peer: MemberId, grant: int, label: Label, now_ms: int) -> None:
        self.receiver.open(peer, stream, grant)

    def forget(self, stream: Kind, peer: MemberId, grant: int) -> None:
        self.receiver.close(peer, stream, grant)

    def arrived(self, peer: MemberId, data: bytes, now_ms: int) -> None:
        self.receiver.take(peer, data, now_ms)

    def _entries(self, roots: list[object]) -> list[StreamPeriod]:
        return [StreamPeriod(stream=p.stream, to=p.to, number=p.grant, root=p.root, batches=p.batches, rows=p.rows,  # type: ignore[attr-defined]
                             from_ms=p.from_ms, to_ms=p.to_ms) for p in roots]  # type: ignore[attr-defined]

    def close_periods(self, now_ms: int) -> list[StreamPeriod]:
        left, self.left = self.left, []
        return [*left, *self._entries(list(self.sender.close_period(now_ms)))]

    def compare(self, peer: MemberId, period: StreamPeriod) -> bool:
        self.agreements.append(self.receiver.compare(peer, period))
        return self.agreements[-1] is not Agreement.DIFFERENT


def with_streams() -> tuple[Federation, Desk, Desk]:
    world = linked()
    desks = {m: Desk(world.nodes[m]) for m in ("JPN", "USA")}
    for member, desk in desks.items():
        world.nodes[member].exchange.attach_streams(desk)
    return world, desks["JPN"], desks["USA"]


def grant(world: Federation) -> int:
    node = world.nodes["JPN"]
    number = inside(node, lambda tx: node.exchange.grant_stream(
        tx, KIND.name, KIND.topic, LABELS[1], USA, YES, node.clock.now_ms()))
    world.act("JPN", lambda: node.exchange.poll(node.clock.now_ms()))
    return number  # type: ignore[return-value]


def flow(world: Federation, desk: Desk, value: float) -> int:
    """Offer a row, flush, and carry what comes; return how many batches went out."""
    now = world.nodes["JPN"].clock.now_ms()
    desk.sender.offer(rows((7, 1, value)), now)
    world.run(10)
    batches = desk.sender.flush(world.nodes["JPN"].clock.now_ms())
    for batch in batches:
        world.network.send(world.now_ms, "JPN", "USA", Lane.LIVE, batch.data)
    world.run(10)
    return len(batches)


def shown(world: Federation, desk: Desk) -> list[float]:
    if (JPN, KIND.name) not in desk.receiver.streams:
        return []
    return [float(r["value"]) for r in desk.receiver.latest(JPN, KIND.name, world.nodes["USA"].clock.now_ms()).rows]


def test_a_logged_grant_opens_a_stream_and_only_that() -> None:
    world, jpn, usa = with_streams()
    assert flow(world, jpn, 1.0) == 0
    assert grant(world) == 1
    world.run(100)
    assert jpn.sender.subscribers == (USA,)
    assert flow(world, jpn, 2.0) >= 1
    assert shown(world, usa) == [2.0]
    with world.nodes["JPN"].store.snapshot() as reader:
        entries = [decode_entry(e) for _, e in world.nodes["JPN"].ledger.entries(reader, USA)]
    assert [type(e) for e in entries] == [StreamGranted]


def test_the_root_of_each_period_is_logged_proven_and_agrees() -> None:
    world, jpn, usa = with_streams()
    grant(world)
    world.run(100)
    sent: list[bytes] = []
    for n in range(5):
        flow(world, jpn, float(n))
    sent = [d for *_, lane, d in world.network.carried if lane is Lane.LIVE]
    world.run(4_000)
    entries = [decode_entry(i.entry) for p in said(world, "JPN", "USA", Page) for i in p.items]
    (period,) = [e for e in entries if isinstance(e, StreamPeriod)]
    assert (period.batches, period.rows, period.number) == (len(sent), 5, 1)
    import pymerkle  # RFC 6962 hashing, as RFC 9162 has it

    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for data in sent:
        tree.append_entry(data)
    assert period.root == tree.get_root()
    assert leaf_hash(sent[0]) == tree.get_leaf(1)
    assert usa.agreements == [Agreement.SAME]
    with world.nodes["USA"].store.snapshot() as reader:
        assert world.nodes["USA"].exchange.peer_status(reader, JPN).unproven == 0


def test_a_policy_change_ends_the_stream_at_once_and_says_so() -> None:
    world, jpn, usa = with_streams()
    grant(world)
    world.run(100)
    flow(world, jpn, 1.0)
    world.agree((), ["JPN"])
    assert jpn.sender.subscribers == ()
    assert flow(world, jpn, 2.0) == 0
    world.run(500)
    assert (JPN, KIND.name) not in usa.receiver.streams
    with world.nodes["JPN"].store.snapshot() as reader:
        entries = [decode_entry(e) for _, e in world.nodes["JPN"].ledger.entries(reader, USA)]
    assert GrantEnded in {type(e) for e in entries}


def test_time_alone_ends_a_stream_when_the_arrangement_lapses() -> None:
    world, jpn, _ = with_streams()
    grant(world)
    world.run(100)
    world.nodes["JPN"].standings = (agreed("JPN", "USA", valid_until_ms=world.now_ms + 1_000),)
    assert jpn.sender.subscribers == (USA,)
    world.run(4_000)
    assert jpn.sender.subscribers == ()


def test_a_refused_grant_never_opens() -> None:
    world, jpn, usa = with_streams()
    world.agree((), ["USA"])
    grant(world)
    world.run(500)
    assert jpn.sender.subscribers == ()
    assert usa.receiver.streams == ()


def test_a_stream_needs_a_yes() -> None:
    world, _, _ = with_streams()
    node = world.nodes["JPN"]
    with pytest.raises(Withheld):
        inside(node, lambda tx: node.exchange.grant_stream(
            tx, KIND.name, KIND.topic, LABELS[1], USA, Decision(False, "R-05", "No."), 0))


def test_a_restart_opens_again_what_stands() -> None:
    world, jpn, usa = with_streams()
    grant(world)
    world.run(100)
    for member, desk in (("JPN", jpn), ("USA", usa)):
        world._restart(member)
        fresh = Desk(world.nodes[member])
        world.nodes[member].exchange.attach_streams(fresh)
        desk.__dict__.update(fresh.__dict__)
    world.unlink("JPN", "USA")
    world.connect()
    world.run(100)
    assert jpn.sender.subscribers == (USA,)
    assert flow(world, jpn, 3.0) >= 1
    assert shown(world, usa) == [3.0]


def test_live_bytes_without_a_stream_are_refused() -> None:
    world = linked()
    from tests.unit.kernel.exchange.pair import tell

    tell(world, "JPN", "USA", b"anything", Lane.LIVE)
    assert world.nodes["USA"].exchange.rejected(JPN) == {"LW-1703": 1}
    world, _, _ = with_streams()
    tell(world, "JPN", "USA", b"anything", Lane.LIVE)
    assert world.nodes["USA"].exchange.rejected(JPN) == {"LW-1002": 1}


def test_a_kind_that_is_not_known_here_stays_closed() -> None:
    world, _, usa = with_streams()
    usa.receiver._kinds.clear()
    grant(world)
    world.run(500)
    assert usa.receiver.streams == ()
    with world.nodes["USA"].store.snapshot() as reader:
        (kept,) = world.nodes["USA"].exchange.grants_from(reader, JPN)
    assert (kept[1].name, kept[1].open) == (KIND.name, True)
