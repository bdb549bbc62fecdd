"""A federation of simulated nodes on a bad network, with the faults that a seed chooses, and a record of what is true.

Addresses name processes: ``JPN`` is JPN's node; ``JPN'`` is a second node of the same member, which a forking member
runs beside the first to tell others another history.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable

import msgspec

from latticework.kernel.exchange import Close, Command, ExchangeSettings, Send, Tick
from latticework.kernel.ids import MemberId, RecordId
from latticework.kernel.ledger.accuse import contradicts
from latticework.kernel.ledger.checkpoint import Checkpoint, read_checkpoint
from latticework.kernel.ledger.slots import LedgerPlan
from latticework.kernel.policy.decide import decide
from latticework.kernel.policy.model import Peer, PolicyState, Purpose, Standing
from latticework.kernel.records import Record
from latticework.kernel.store.memory import CommitMoment, DiskState, MemoryDisk, SimulatedCrash
from latticework.kernel.transport.interface import Arrived, LinkLost, LinkUp
from latticework.testing.clock import START_MS, SeededClock
from latticework.testing.keys import KeyRing, signer_of
from latticework.testing.network import CALM, LossyNetwork, Weather
from latticework.testing.node import SimulatedNode

PLAN = LedgerPlan(columns=8, slots=1, epoch_ms=1_500)
SETTINGS = ExchangeSettings(poll_ms=2_000, flush_ms=80, promise_grace_ms=600_000, page_items=5)
MARK = re.compile(rb"<<[0-9a-f]{16}>>")
"""What the body of every simulated record contains exactly once."""
NAME = re.compile(rb"[0-9a-f]{64}")


class Leak(msgspec.Struct, frozen=True):
    """Bytes of a record went to a member that the sender's gate withholds it from."""

    at_ms: int
    sender: str
    to: MemberId
    record: RecordId


class Federation:
    """Nodes, their links, and an observer that sees everything.

    Parameters
    ----------
    seed
        Decides every random choice of the world.
    members
        Two or more.
    weather
        Of the network, until :meth:`calm`.

    Attributes
    ----------
    leaks
        What must stay empty.
    faulty
        Members that put an older store back or run two nodes; others must never be accused.
    sent
        How many messages the nodes sent.
    """

    def __init__(
        self, seed: int, members: Iterable[str], *, weather: Weather = CALM, plan: LedgerPlan = PLAN,
        settings: ExchangeSettings = SETTINGS,
    ) -> None:
        self.random = random.Random(f"federation {seed}")  # noqa: S311 - a simulation, not a secret
        self.seed, self.plan, self.settings = seed, plan, settings
        self.members = tuple(MemberId(m) for m in sorted(members))
        self.network = LossyNetwork(seed, weather)
        self.keys = KeyRing(*(signer_of(m) for m in self.members))
        self.now_ms = START_MS
        self.nodes: dict[str, SimulatedNode] = {}
        self.leaks: list[Leak] = []
        self.faulty: set[MemberId] = set()
        self.sent = 0
        self.crashes = 0
        self._up: set[frozenset[str]] = set()
        self._route: dict[tuple[str, MemberId], str] = {}
        self._marks: dict[bytes, Record] = {}
        self._names: dict[bytes, Record] = {}
        self._told: set[tuple[bytes, MemberId]] = set()
        self._signed: dict[MemberId, dict[bytes, Checkpoint]] = defaultdict(dict)
        for member in self.members:
            self._add(member, member, MemoryDisk())
        for address in self.members:
            for member in self.members:
                self._route[address, member] = member

    def _add(self, address: str, member: MemberId, disk: MemoryDisk, *, wary: bool = True) -> None:
        skew = self.random.choice((0, 0, -400, 250, 30_000, -45_000))
        clock = SeededClock(self.now_ms, skew_ms=skew)
        settings = self.settings if wary else msgspec.structs.replace(self.settings, wake_ms=0)
        self.nodes[address] = SimulatedNode(
            member, self.keys, tuple(m for m in self.members if m != member), seed=self.seed, clock=clock,
            plan=self.plan, settings=settings, disk=disk,
        )

    # ---- the world ---------------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """Bring every link up that is not cut."""
        for address in sorted(self.nodes):
            for member in self.members:
                if (address, member) in self._route:
                    self.link(address, self._route[address, member])

    def link(self, one: str, other: str) -> None:
        """Bring one link up."""
        pair = frozenset((one, other))
        if len(pair) == 2 and pair not in self._up and not self.network.is_cut(one, other):
            self._up.add(pair)
            for here, there in ((one, other), (other, one)):
                self.act(here, lambda h=here, t=there: self.nodes[h].handle(LinkUp(self.nodes[t].member)))  # type: ignore[misc]

    def unlink(self, one: str, other: str) -> None:
        """Take one link down; both ends see it."""
        pair = frozenset((one, other))
        if pair in self._up:
            self._up.discard(pair)
            for here, there in ((one, other), (other, one)):
                self.act(here, lambda h=here, t=there: self.nodes[h].handle(  # type: ignore[misc]
                    LinkLost(self.nodes[t].member, "the link is gone")))

    def run(self, for_ms: int, *, step_ms: int = 250) -> None:
        """Let time pass: messages arrive, clocks tick."""
        until = self.now_ms + for_ms
        while self.now_ms < until:
            due = self.network.next_due_ms()
            # Clocks tick on a fixed grid: when a tick comes must not depend on what is carried.
            tick = self.now_ms + step_ms - (self.now_ms - START_MS) % step_ms
            stop = min(until, tick)
            moment = stop if due is None else max(self.now_ms, min(stop, due))
            self._move(moment)
            self._deliver()
            if moment == tick:
                for address in sorted(self.nodes):
                    self.act(address, lambda a=address: self.nodes[a].handle(Tick()))  # type: ignore[misc]

    def _move(self, moment: int) -> None:
        for node in self.nodes.values():
            node.clock.advance(moment - self.now_ms)
        self.now_ms = moment

    def _deliver(self) -> None:
        for parcel in self.network.arrive(self.now_ms):
            if frozenset((parcel.sender, parcel.receiver)) in self._up:
                sender = self.nodes[parcel.sender].member
                event = Arrived(sender, parcel.lane, parcel.data)
                self.act(parcel.receiver, lambda a=parcel.receiver, e=event: self.nodes[a].handle(e))  # type: ignore[misc]

    def act(self, address: str, act: Callable[[], list[Command]]) -> bool:
        """Let a node do something and carry out what it says; False when it crashed at it."""
        node = self.nodes[address]
        trusted = node.state()
        try:
            commands = act()
        except SimulatedCrash:
            self._restart(address)
            return False
        for command in commands:
            if isinstance(command, Send):
                self._send(address, trusted, command)
            elif isinstance(command, Close):
                self.unlink(address, self._route[address, command.peer])
        return True

    def _send(self, address: str, trusted: PolicyState, command: Send) -> None:
        self.sent += 1
        self._look(address, trusted, command)
        receiver = self._route.get((address, command.peer))
        if receiver is not None and frozenset((address, receiver)) in self._up:
            self.network.send(self.now_ms, address, receiver, command.lane, command.data)

    def route(self, address: str, member: MemberId) -> str | None:
        """Return the address of the node that stands for `member` towards `address`."""
        return self._route.get((address, member))

    # ---- faults ------------------------------------------------------------------------------------------------------

    def crash_later(self, address: str, commits: int, moment: CommitMoment) -> None:
        """Let the node crash at its `commits`-th commit from now, just before or just after it takes effect."""
        left = commits

        def hook(at: CommitMoment) -> None:
            nonlocal left
            if at == moment:
                left -= 1
                if left <= 0:
                    raise SimulatedCrash

        self.nodes[address].store.commit_hook = hook

    def _restart(self, address: str) -> None:
        self.crashes += 1
        self.network.drop(address)
        self.nodes[address].start()
        others = [other for other in sorted(self.nodes) if frozenset((address, other)) in self._up]
        for other in others:
            self._up.discard(frozenset((address, other)))
            lost = LinkLost(self.nodes[address].member, "the other end is gone")
            self.act(other, lambda o=other, e=lost: self.nodes[o].handle(e))  # type: ignore[misc]
        for other in others:
            self.link(address, other)

    def snapshot(self, address: str) -> DiskState:
        """Return a copy of a node's disk."""
        return self.nodes[address].store.snapshot_state()

    def restore(self, address: str, state: DiskState) -> None:
        """Put an older disk back under a node, as somebody does with a backup, and start it anew."""
        self.note_signed()
        self.faulty.add(self.nodes[address].member)
        self.nodes[address].store.restore_state(state)
        self._restart(address)

    def fork(self, member: str, deceived: Iterable[str]) -> str:
        """Let `member` run a second node from a copy of its disk and show that one to the `deceived`."""
        original, address = self.nodes[member], f"{member}'"
        self.faulty.add(original.member)
        disk = MemoryDisk()
        self._add(address, original.member, disk, wary=False)  # a forger does not wait to hear what it has signed
        node = self.nodes[address]
        node.store.restore_state(original.store.snapshot_state())
        node.standings, node.suspended = original.standings, set(original.suspended)
        for other in deceived:
            self.unlink(other, member)
            self._route[other, original.member] = address
            self._route[address, MemberId(other)] = other
            self.link(other, address)
        return address

    def inject(self, sender: str, receiver: str, data: bytes) -> None:
        """Give `receiver` bytes on its link to `sender`, as a node does that does not keep to the protocol."""
        lane = self.network.carried[-1][3] if self.network.carried else None
        if lane is not None and frozenset((sender, receiver)) in self._up:
            event = Arrived(self.nodes[sender].member, lane, data)
            self.act(receiver, lambda: self.nodes[receiver].handle(event))

    def calm(self) -> None:
        """End all faults: heal every cut, make the network calm, let no crash wait, bring every link up."""
        self.network.weather = CALM
        for node in self.nodes.values():
            node.store.commit_hook = None
        for one in self.nodes:
            for other in self.nodes:
                self.network.heal(one, other)
        self.connect()

    def agree(self, standings: Iterable[Standing], only: Iterable[str] | None = None) -> None:
        """Let nodes (all when left out) know these arrangements and no others."""
        wanted = tuple(standings)
        for address in sorted(self.nodes if only is None else only):
            self.nodes[address].standings = wanted
            self.act(address, self.nodes[address].policy_changed)

    # ---- the observer ------------------------------------------------------------------------------------------------

    def watch(self, record: Record, mark: bytes, *, told: Iterable[tuple[RecordId, str]] = ()) -> None:
        """Look out for `record` on every link; `told` names ids of other records that its body may tell to whom."""
        self._marks[mark] = record
        self._names[record.id.encode()] = record
        self._told.update((name.encode(), MemberId(to)) for name, to in told)

    def _look(self, address: str, trusted: PolicyState, command: Send) -> None:
        found = {self._marks[m].id: self._marks[m] for m in set(MARK.findall(command.data)) if m in self._marks}
        for name in set(NAME.findall(command.data)):
            if name in self._names and (name, command.peer) not in self._told:
                found[self._names[name].id] = self._names[name]
        for record in found.values():
            if not self._may(address, trusted, command.peer, record):
                self.leaks.append(Leak(self.now_ms, address, command.peer, record.id))

    def _may(self, address: str, trusted: PolicyState, to: MemberId, record: Record) -> bool:
        node, s = self.nodes[address], record.statement
        state, purpose = trusted, Purpose.RELEASE
        if s.member != node.member:
            with node.store.snapshot() as reader:
                consents = node.sink.consents(reader, record.id, node.member, to)
            state, purpose = msgspec.structs.replace(trusted, consents=consents), Purpose.RELAY
        return decide(s.label, s.topic, state, Peer(to), purpose, node.clock.now_ms()).allowed

    def note_signed(self) -> None:
        """Remember every checkpoint that stands on any disk now; done by itself before a disk is put back."""
        for node in self.nodes.values():
            with node.store.snapshot() as reader:
                for note in node.ledger.checkpoints(reader):
                    self._signed[node.member].setdefault(note, read_checkpoint(note))

    def forgers(self) -> set[MemberId]:
        """Return the members that truly signed two histories."""
        self.note_signed()
        found: set[MemberId] = set()
        for member, notes in self._signed.items():
            by_epoch: dict[int, Checkpoint] = {}
            for checkpoint in notes.values():
                other = by_epoch.setdefault(checkpoint.epoch, checkpoint)
                if contradicts(other, checkpoint):
                    found.add(member)
        return found

    def honest(self) -> list[str]:
        """Return the addresses of the nodes whose member has no fault."""
        return [address for address, node in sorted(self.nodes.items()) if node.member not in self.faulty]
