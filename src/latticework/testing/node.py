"""A node without sockets, pages or officers: exchange, ledger, archive and gate over a simulated disk."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from latticework.kernel import archive
from latticework.kernel.codec import decode
from latticework.kernel.errors import Equivocation, LatticeworkError
from latticework.kernel.exchange import (
    Accepted,
    Alarm,
    Command,
    EditArrived,
    Exchange,
    ExchangeSettings,
    Quarantined,
    RecordSink,
    Released,
)
from latticework.kernel.exchange.events import Event
from latticework.kernel.ids import MemberId, RecordId, Topic
from latticework.kernel.kinds import CONSENT, Consent
from latticework.kernel.labels.label import Label
from latticework.kernel.ledger.ledger import Ledger
from latticework.kernel.ledger.slots import LedgerPlan
from latticework.kernel.policy.decide import decide
from latticework.kernel.policy.model import Decision, Peer, PolicyState, Purpose, Standing
from latticework.kernel.records import Record, reopen_envelope
from latticework.kernel.records.kinds import Described
from latticework.kernel.records.signing import Verifier
from latticework.kernel.store.memory import MemoryDisk, MemoryStore
from latticework.kernel.store.protocol import Reader, Transaction
from latticework.testing.clock import SeededClock, SeededEntropy
from latticework.testing.keys import signer_of

CONSENTS_TO = "consents-to"
EDITS = "testing.edits"


class ArchiveSink:
    """Keeps what arrives in the archive, as a node does."""

    def accept(
        self, tx: Transaction, record: Record, sender: MemberId, entry: Released, now_ms: int
    ) -> Accepted | Quarantined:
        """Keep `record`."""
        head = archive.add(tx, record, Described(record.id[:8]), now_ms=now_ms, sender=sender, distribute=False)
        return Accepted(new=head is not None)

    def accept_edit(
        self, tx: Transaction, channel: str, sender: MemberId, number: int, data: bytes, now_ms: int
    ) -> None:
        """Keep one edit."""
        tx.put(EDITS, sender.encode() + channel.encode() + b"\0" + number.to_bytes(8, "big"), data)

    def consents(self, reader: Reader, record: RecordId, holder: MemberId, to: MemberId) -> tuple[MemberId, ...]:
        """Return who consented, by the records of the archive."""
        given: set[MemberId] = set()
        for head in archive.heads_linking(reader, record, CONSENTS_TO):
            raw = archive.envelope_of(reader, head.id)
            if head.kind == CONSENT and raw is not None:
                body = decode(reopen_envelope(raw).statement.body, Consent)
                if (body.record, body.holder, body.to) == (record, holder, to):
                    given.add(head.member)
        return tuple(sorted(given))


class SimulatedNode:
    """One member's node.

    Parameters
    ----------
    member
        Whose node it is.
    keys
        What it knows of members' keys.
    partners
        Members with established trust.
    seed
        Decides its salts.
    clock
        Its own clock.
    plan, settings
        Of its ledger and its exchange.
    disk
        Its disk; a copy of another's disk makes a second node of the same member.
    sink
        What keeps arrived records; the archive when left out.

    Attributes
    ----------
    alarms, edits
        What the node's people were told, and the edits that arrived, in order.
    """

    def __init__(
        self, member: str, keys: Verifier, partners: tuple[str, ...], *, seed: int, clock: SeededClock,
        plan: LedgerPlan, settings: ExchangeSettings, disk: MemoryDisk | None = None, sink: RecordSink | None = None,
    ) -> None:
        self.member = MemberId(member)
        self.clock = clock
        self.disk = disk or MemoryDisk()
        self.partners = tuple(sorted(MemberId(p) for p in partners))
        self.standings: tuple[Standing, ...] = ()
        self.suspended: set[MemberId] = set()
        self.alarms: list[Alarm] = []
        self.edits: list[EditArrived] = []
        self._keys, self._plan, self._settings, self._seed = keys, plan, settings, seed
        self.sink: RecordSink = sink or ArchiveSink()
        self._starts = 0
        self.signer = signer_of(member)
        self.start()

    def start(self) -> None:
        """Start the process anew on the same disk: everything that was not committed is gone."""
        self._starts += 1
        self.entropy = SeededEntropy(f"{self._seed} {self.member} {self._starts}")
        self.store = MemoryStore(self.disk)
        self.ledger = Ledger(self.member, self.signer, self._plan, self.entropy)
        self.exchange = Exchange(
            self.member, self.store, self.ledger, self.signer, self._keys, self.state, self.sink, self.entropy,
            self._settings,
        )
        with self.store.transaction() as tx:
            # From the start, lest the beat of the epochs tell when the first entry was made.
            self.ledger.begin(tx, self.clock.now_ms())

    def state(self) -> PolicyState:
        """Return what decisions are made of."""
        return PolicyState(
            own=self.member, partners=self.partners, standings=self.standings,
            suspended=tuple(sorted(self.suspended)),
        )

    # ---- what its people do ----------------------------------------------------------------------------------------

    def publish(self, record: Record, *, distribute: bool = True) -> list[Command]:
        """Keep an own record and release it to whom the gate allows."""
        now = self.clock.now_ms()
        with self.store.transaction() as tx:
            archive.add(
                tx, record, Described(record.id[:8]), now_ms=now, sender=None, distribute=distribute
            )
            self.exchange.publish(tx, record, now)
            if distribute:
                self._distribute(tx, record.id, record.statement.topic, record.statement.label, now)
        return self.take(lambda: self.exchange.poll(now))

    def relay(self, record: RecordId, to: str) -> tuple[Decision, list[Command]]:
        """Pass a foreign record on, if the gate allows; return its answer and what to send."""
        now = self.clock.now_ms()
        with self.store.transaction() as tx:
            head = archive.head_of(tx, record)
            if head is None:
                return Decision(False, "R-00", "There is no such record here."), []
            decision = self.decide(tx, MemberId(to), head.topic, head.label, record, relayed=True)
            if decision.allowed:
                self.exchange.release(tx, record, MemberId(to), decision, now, relayed=True)
        return decision, self.take(lambda: self.exchange.poll(now))

    def decide(
        self, reader: Reader, to: MemberId, topic: Topic, label: Label, record: RecordId, *, relayed: bool = False
    ) -> Decision:
        """Ask the gate about one release, now."""
        state = self.state()
        if relayed:
            consents = self.sink.consents(reader, record, self.member, to)
            state = msgspec.structs.replace(state, consents=consents)
        purpose = Purpose.RELAY if relayed else Purpose.RELEASE
        return decide(label, topic, state, Peer(to), purpose, self.clock.now_ms())

    def _distribute(self, tx: Transaction, record: RecordId, topic: Topic, label: Label, now_ms: int) -> None:
        already = {row.to for row in self.exchange.released(tx, record)}
        for to in self.partners:
            if to not in already:
                decision = self.decide(tx, to, topic, label, record)
                if decision.allowed:
                    self.exchange.release(tx, record, to, decision, now_ms)

    def policy_changed(self) -> list[Command]:
        """Let a changed policy reach what is on its way, and back-fill what may go now."""
        now = self.clock.now_ms()
        commands = self.take(lambda: self.exchange.policy_changed(now))
        with self.store.transaction() as tx:
            if self.ledger.stalled(tx) is None:
                for head in list(archive.heads(tx)):
                    if head.distribute:
                        self._distribute(tx, head.id, head.topic, head.label, now)
        return [*commands, *self.take(lambda: self.exchange.poll(now))]

    def resume(self) -> None:
        """Let two officers go on with a ledger that an older store was put under."""
        with self.store.transaction() as tx:
            self.ledger.resume(tx, self.clock.now_ms())

    # ---- what the world does ---------------------------------------------------------------------------------------

    def handle(self, event: Event) -> list[Command]:
        """Give the exchange an event."""
        return self.take(lambda: self.exchange.handle(event, self.clock.now_ms()))

    def take(self, act: Callable[[], list[Command]]) -> list[Command]:
        """Note what `act` tells the node's people, follow an accusation, and return what is to be sent."""
        commands = act()
        again = False
        for command in commands:
            if isinstance(command, Alarm):
                self.alarms.append(command)
                if command.code == Equivocation.code and command.peer is not None:
                    self.suspended.add(command.peer)
                    again = True
            elif isinstance(command, EditArrived):
                self.edits.append(command)
        return [*commands, *self.policy_changed()] if again else commands

    # ---- what tests ask --------------------------------------------------------------------------------------------

    def has(self, record: RecordId) -> bool:
        """Say whether the archive holds `record`."""
        with self.store.snapshot() as reader:
            return archive.head_of(reader, record) is not None

    def stalled(self) -> bool:
        """Say whether the own ledger waits for two officers."""
        with self.store.snapshot() as reader:
            return self.ledger.stalled(reader) is not None


__all__ = ["ArchiveSink", "LatticeworkError", "SimulatedNode"]
