"""What every part of the facade shares: the composed parts, the present policy state, and the one way to author.

All methods run in one thread, the node's loop; a reader's snapshot may be taken anywhere.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import msgspec

from latticework.kernel import archive, journal
from latticework.kernel.archive import Head
from latticework.kernel.codec import decode
from latticework.kernel.core import distribution
from latticework.kernel.core.parts import KernelParts
from latticework.kernel.errors import InvalidFile, InvalidLabel, LatticeworkError, NotFound, StoreError
from latticework.kernel.exchange import Close, Command, Exchange, RecordSink, Send
from latticework.kernel.identity import (
    NOTHING_HELD,
    Held,
)
from latticework.kernel.ids import Kind, MemberId, Post, RecordId, Topic
from latticework.kernel.kinds import ARRANGEMENT, GRANT, WITHDRAWAL, Grant, Withdrawal
from latticework.kernel.labels import Label, Release, SecurityPolicy, map_label
from latticework.kernel.ledger import LogWatch
from latticework.kernel.policy import decide, next_change_ms
from latticework.kernel.policy.constraints import Constraint, order
from latticework.kernel.policy.model import (
    Arrangement,
    Decision,
    Officer,
    Peer,
    PolicyState,
    Purpose,
    Role,
    Standing,
    Subject,
)
from latticework.kernel.records import make_record
from latticework.kernel.records.record import Envelope, Link, Record, Statement
from latticework.kernel.standings import Signed, derive
from latticework.kernel.store.protocol import Reader, Transaction
from latticework.kernel.store.sequence import number_key
from latticework.kernel.views import Change, ChangeKind

log = logging.getLogger("latticework.kernel")

EPOCH: Final = "kernel.published"
"""Table: archive number of an own record to the ledger epoch that its making was entered in, 8 bytes each."""
OWN_TROUBLE: Final = (StoreError, InvalidFile)
"""The node's own disk: what fails for it is made good when there is room again."""
RELEASES_AT_ONCE: Final = 500
"""Releases in one transaction of a back-fill: few enough that nothing else waits long."""
PROVEN_AFTER: Final = 3
"""Own epochs within which the proofs of what just happened have come, the partners' among them."""
STORE_CODES: Final = frozenset({StoreError.code, *(error.code for error in StoreError.__subclasses__())})
STORE_ALARM_EVERY_MS: Final = 60_000
UNKEPT_AT_MOST: Final = 100
"""Alarms that wait in memory while the disk is full."""
STATE_KINDS = frozenset({ARRANGEMENT, GRANT, WITHDRAWAL})
"""Kinds whose arrival changes what the gate says."""


class KernelBase:
    """State and shared acts; see :class:`latticework.kernel.core.Kernel`."""

    exchange: Exchange
    sink: RecordSink

    def __init__(self, parts: KernelParts) -> None:
        self.parts = parts
        self.identity, self.store, self.ledger = parts.identity, parts.store, parts.ledger
        self.keys, self.trust, self.kinds = parts.keys, parts.trust, parts.kinds
        self.officers, self.approvals = parts.officers, parts.approvals
        self.clock, self.entropy = parts.clock, parts.entropy
        self.policies, self.default_policy = parts.policies, parts.default_policy
        self.own: MemberId = parts.identity.member
        self.perform: Callable[[Send | Close], bool] = lambda command: False
        self.wake: Callable[[], None] = lambda: None
        self._listeners: list[Callable[[Change], None]] = []
        self._counted: Counter[str] = Counter()
        self._uncounted: Counter[str] = Counter()
        self._to_prove, self._told_epoch = 0, -1
        self._standings: tuple[Standing, ...] | None = None
        self._discreet: frozenset[RecordId] | None = None
        self._state: PolicyState | None = None
        self._constraint_sources: list[Callable[[], Iterable[Constraint]]] = []
        self._binding_kinds: frozenset[Kind] = frozenset()
        self._turns_ms: int | None = None
        self._void: frozenset[int] | None = None
        self._open: Transaction | None = None
        self._deferred: list[Callable[[], None]] = []
        self._awaited: set[Callable[[], None]] = set()
        self._fresh: list[Head] = []
        self._untold: set[ChangeKind] = set()
        self._partners_moved = False
        self._behind = False
        self._store_alarm_ms: dict[str, int] = {}
        self._unkept: dict[tuple[str, MemberId | None, str], journal.AlarmRow] = {}

    # ---- the present state -----------------------------------------------------------------------------------------

    def standings(self) -> tuple[Standing, ...]:
        """Return every arrangement known here with its grants, derived from the archive."""
        if self._standings is None:
            with self.store.snapshot() as reader:
                self._standings = derive(self._signed(reader))
        return self._standings

    def discreet_records(self) -> frozenset[RecordId]:
        """Return the records that discreet arrangements are made of: proposals, grants, withdrawals.

        Listings, counts and searches leave them out unless they are asked for, each time.
        """
        if self._discreet is None:
            found: set[RecordId] = set()
            proposals = [s.record for s in self.standings() if s.arrangement.discreet]
            with self.store.snapshot() as reader:
                for record in proposals:
                    found.add(record)
                    for relation in ("grants", "withdraws"):
                        found.update(head.id for head in archive.heads_linking(reader, record, relation))
            self._discreet = frozenset(found)
        return self._discreet

    def state(self) -> PolicyState:
        """Return the snapshot that decisions are made of."""
        if self._state is None:
            with self.store.snapshot() as reader:
                partners = tuple(sorted(p.member for p in self.trust.list(reader)))
                suspended = tuple(sorted(m for m in partners if reader.get("kernel.suspended", m.encode())))
            found = (c for source in self._constraint_sources for c in source())
            self._state = PolicyState(own=self.own, partners=partners, suspended=suspended, standings=self.standings(),
                                      constraints=tuple(sorted(found, key=order)))
            self._turns_ms = next_change_ms(self._state, self.clock.now_ms())
        return self._state

    def add_constraints(self, source: Callable[[], Iterable[Constraint]], kinds: frozenset[Kind]) -> None:
        """Let own records bind the gate.

        Parameters
        ----------
        source
            Derives the constraints that follow from this member's own records; asked anew when the state is.
        kinds
            Of those records: whenever this member makes one, the change reaches every outgoing flow.
        """
        self._constraint_sources.append(source)
        self._binding_kinds |= kinds
        self.forget_state()

    def gate(self, label: Label, topic: str, subject: Subject, purpose: Purpose) -> Decision:
        """Decide at the present state and time: the one gate."""
        return self._decide(label, Topic(topic), self.state(), subject, purpose)

    def policy_of(self, label: Label) -> SecurityPolicy:
        """Return the loaded policy of `label`."""
        found = self.policies.get(label.policy)
        if found is None:
            raise InvalidLabel(f"the security policy {label.policy[:40]!r} is not loaded here.")
        return found

    def marking(self, label: Label, language: str = "en") -> str:
        """Return the marking of `label`, or its bare facts when its policy is not loaded here."""
        policy = self.policies.get(label.policy)
        return policy.marking(label, language) if policy else f"{label.policy} {label.classification}"

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call `callback` after every change; return what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    def carry(self, commands: list[Command]) -> None:
        """Carry out what the exchange returned."""
        raise NotFound("a kernel is made by latticework.kernel.core.Kernel.")  # pragma: no cover

    def in_transaction(self, act: Callable[[Transaction], object]) -> None:
        """Run `act` in the open transaction, or in one of its own."""
        with self._transaction() as tx:
            act(tx)

    def decide_for(self, reader: Reader, head: Head, to: MemberId) -> Decision:
        """Return the gate's answer for giving `head` to `to` now; relaying looks at consents."""
        purpose = Purpose.RELEASE if head.member == self.own else Purpose.RELAY
        return self._decide(head.label, head.topic, self._state_for(reader, head, to), Peer(to), purpose)

    def forget_state(self) -> None:
        """Derive state anew at its next use: arrangements, trust or keys changed."""
        self._standings = self._state = self._void = self._discreet = None

    def held_of(self, reader: Reader, member: MemberId) -> Held:
        """Return the last checkpoint held of a member's log: from there on a compromised key counts as lost."""
        if member == self.own:
            epoch, size = self.ledger.epoch(reader), self.ledger.size(reader)
            return Held(epoch, size) if epoch else NOTHING_HELD
        head = LogWatch(member, self.keys).head(reader)
        return Held(head.epoch, head.size) if head is not None else NOTHING_HELD

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _decide(self, label: Label, topic: Topic, state: PolicyState, subject: Subject, purpose: Purpose) -> Decision:
        return decide(label, topic, state, subject, purpose, self.clock.now_ms())

    def _state_for(self, reader: Reader, head: Head, to: MemberId) -> PolicyState:
        """Return the state with the consents that the originators gave for passing `head` on to `to`."""
        if head.label.originators <= {self.own}:
            return self.state()
        return msgspec.structs.replace(self.state(), consents=self.sink.consents(reader, head.id, self.own, to))

    def _signed(self, reader: Reader) -> list[Signed]:
        found: list[Signed] = []
        for kind in (ARRANGEMENT, GRANT, WITHDRAWAL):
            for head in archive.heads_of_kind(reader, kind):
                body = self._body(reader, head) if self._trustworthy(head) else None
                if isinstance(body, Arrangement | Grant | Withdrawal):
                    found.append(Signed(head.id, head.member, head.made_ms, body))
        return found

    def _envelope(self, reader: Reader, head: Head) -> Envelope:
        raw = archive.envelope_at(reader, head.number)
        if raw is None:
            raise NotFound(f"there is no record {head.id[:12]} here, or you may not see it.")
        return decode(raw, Envelope, what="record")

    def _statement(self, reader: Reader, head: Head) -> Statement:
        return decode(self._envelope(reader, head).payload, Statement, what="record")

    def _body(self, reader: Reader, head: Head) -> msgspec.Struct | None:
        return self.kinds.read(self._statement(reader, head))

    def _trustworthy(self, head: Head) -> bool:
        """Say whether `head` was not voided by a compromise of its author's key."""
        return head.number not in self._voided()

    def _voided(self) -> frozenset[int]:
        """Return the archive numbers of records that a lost key signed and that were not proven before it was lost."""
        if self._void is None:
            lost = {m: self.keys.compromised(m) for m in self.keys.members() if self.keys.compromised(m)}
            found: set[int] = set()
            with self.store.snapshot() as reader:
                for head in archive.heads(reader) if lost else ():
                    line = lost.get(head.member, {}).get(self._envelope(reader, head).key)
                    epoch = self._proven_epoch(reader, head) if line is not None else None
                    if line is not None and (epoch is None or not line.size or epoch > line.epoch):
                        found.add(head.number)
            self._void = frozenset(found)
        return self._void

    def _proven_epoch(self, reader: Reader, head: Head) -> int | None:
        """Return the epoch of the author's ledger under which a record is proven here, or None."""
        if head.sender is not None:
            return self.exchange.proven_record(reader, head.id, head.sender) if head.sender == head.member else None
        raw = reader.get(EPOCH, number_key(head.number))
        epoch = int.from_bytes(raw, "big") if raw is not None else None
        return epoch if epoch is not None and epoch < self.ledger.epoch(reader) else None

    def _visible(self, reader: Reader, officer: Officer, record: RecordId, purpose: Purpose) -> Head:
        head = archive.head_of(reader, record)
        if head is not None and self._trustworthy(head) and self._decide(
            head.label, head.topic, self.state(), officer, purpose
        ).allowed:
            return head
        raise NotFound(f"there is no record {record[:12]} here, or you may not see it.")

    def _author(
        self, officer: Officer | None, kind: Kind, body: msgspec.Struct, *, topic: Topic, label: Label, act: str,
        links: tuple[Link, ...] = (), distribute: bool = False, second: Officer | None = None,
    ) -> Record:
        now = self.clock.now_ms()
        version, data = self.kinds.write(kind, body)
        record = make_record(
            self.identity.signer, self.entropy, kind=kind, version=version, body=data,
            post=officer.post if officer else Post("node"), topic=topic, label=label, made_ms=now, links=links,
        )
        with self._transaction() as tx:
            described = self.kinds.describe(record.statement, body)
            head = archive.add_new(tx, record, described, now_ms=now, sender=None, distribute=distribute)
            pending = self.exchange.publish(tx, record, now)
            tx.put(EPOCH, number_key(head.number), pending.epoch.to_bytes(8, "big"))
            if officer is not None:
                journal.note_act(tx, journal.AuditRow(
                    at_ms=now, officer=officer.name, post=officer.post, act=act, allowed=True, rule="",
                    record=record.id, second=second.name if second else None))
            self._count_when_committed("published")
            if kind in STATE_KINDS | self._binding_kinds:
                self._when_committed(self.policy_changed)
            elif distribute:
                self._fresh.append(head)
                self._when_committed(self._distribute_fresh)
            self._after("arrangement" if kind in STATE_KINDS else "record")
        return record

    def policy_changed(self) -> None:
        """Let a change of policy reach every outgoing flow, and back-fill what may go now."""
        self.forget_state()
        self.carry(self.exchange.policy_changed(self.clock.now_ms()))
        self.backfill()

    def backfill(self) -> None:
        """Release what is to be distributed and may go now."""
        if self._stalled():
            return
        with self.store.snapshot() as reader:
            due = list(distribution.due(self, reader, (h for h in archive.heads(reader) if h.distribute)))
        due.reverse()  # heads come newest first; the oldest goes out first
        self._release_all(due)

    def _distribute(self, *heads: Head) -> None:
        if self._stalled():
            return
        with self.store.snapshot() as reader:
            due = list(distribution.due(self, reader, heads))
        self._release_all(due)

    def _distribute_fresh(self) -> None:
        """Release what one transaction published, together."""
        fresh, self._fresh = self._fresh, []
        self._distribute(*fresh)

    def _stalled(self) -> bool:
        """Say whether the own ledger waits for two officers: nothing is released then, and all of it afterwards."""
        with self.store.snapshot() as reader:
            return self.ledger.stalled(reader) is not None

    def _release_all(self, due: list[distribution.Due]) -> None:
        for start in range(0, len(due), RELEASES_AT_ONCE):
            with self._transaction() as tx:
                for one in due[start : start + RELEASES_AT_ONCE]:
                    self._release(tx, one.head, one.to, one.decision)
                self._after("release")

    def _release(self, tx: Transaction, head: Head, to: MemberId, decision: Decision) -> None:
        self.exchange.release(tx, head.id, to, decision, self.clock.now_ms(), relayed=head.member != self.own)
        self._count_when_committed("released")

    def _house_label(self, *members: MemberId) -> Label:
        policy = self.policies[self.default_policy]
        return Label(policy=policy.name, classification=policy.lowest, originators=frozenset({self.own}),
                     release=Release(members=frozenset({self.own, *members})))

    def _to_own_policy(self, label: Label) -> Label:
        for standing in self.standings():
            a = standing.arrangement
            mapped = map_label(label, self.default_policy, a.levels, a.caveats)
            if mapped is not None:
                return mapped
        policy = self.policies[self.default_policy]
        return Label(policy=policy.name, classification=policy.highest, originators=label.originators)

    def _note(self, officer: Officer, act: str, allowed: bool, rule: str, record: RecordId | None = None,
              to: MemberId | None = None, second: Officer | None = None) -> None:
        with self._transaction() as tx:
            journal.note_act(tx, journal.AuditRow(
                at_ms=self.clock.now_ms(), officer=officer.name, post=officer.post, act=act, allowed=allowed, rule=rule,
                record=record, to=to, second=second.name if second else None))

    def _count(self, what: str, by: int = 1) -> None:
        self._counted[what] += by

    def _count_when_committed(self, what: str) -> None:
        self._uncounted[what] += 1
        self._when_committed(self._count_all)

    def _count_all(self) -> None:
        self._counted.update(self._uncounted)
        self._uncounted.clear()

    def _after(self, kind: ChangeKind) -> None:
        """Send what the last act made ready, and tell open pages, once it is committed."""
        if kind in {"record", "release", "arrangement"}:
            self._to_prove = PROVEN_AFTER
        if kind not in self._untold:
            self._untold.add(kind)
            self._when_committed(partial(self._tell, kind))

    def _tell(self, kind: ChangeKind) -> None:
        self._untold.discard(kind)
        self.wake()
        for listener in list(self._listeners):
            listener(Change(kind))

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        """Open a transaction, or join the one that is open: an approved act and its approval commit together.

        What must follow a commit (sending, looking at the new state) is put off until the outermost one is done.
        """
        if self._open is not None:
            yield self._open
            return
        try:
            with self.store.transaction() as tx:
                self._open = tx
                try:
                    yield tx
                finally:
                    self._open = None
        except BaseException:
            self._deferred.clear()
            self._awaited.clear()
            self._fresh.clear()
            self._untold.clear()
            self._uncounted.clear()
            self.forget_state()
            raise
        while self._deferred:
            act = self._deferred.pop(0)
            self._awaited.discard(act)
            try:
                act()
            except OWN_TROUBLE as error:
                # What was asked for is kept; what follows from it is made good later, so nobody repeats the act.
                self.trouble(error)

    def trouble(self, error: LatticeworkError) -> None:
        """Say that the node's own disk refused something, and make good later what was left undone."""
        self._behind = True
        self.alarm(error.code, None, error.message)

    def alarm(self, code: str, peer: MemberId | None, sentence: str, proof: bytes = b"") -> None:
        """Put something before people. What the disk does not take is shown from memory and kept as soon as it does."""
        row = journal.AlarmRow(at_ms=self.clock.now_ms(), code=code, peer=peer, sentence=sentence, proof=proof)
        if code in STORE_CODES:
            # The disk's own trouble comes with every tick; people hear of it once a minute at most.
            self._behind = True
            last_ms, self._store_alarm_ms[code] = self._store_alarm_ms.get(code), row.at_ms
            if last_ms is not None and 0 <= row.at_ms - last_ms < STORE_ALARM_EVERY_MS:
                self._store_alarm_ms[code] = last_ms
                return
        try:
            with self._transaction() as tx:
                journal.raise_alarm(tx, row)
                self._after("alarm")
            return
        except StoreError:
            self._behind = True
        key = (code, peer, sentence)
        if key not in self._unkept and len(self._unkept) < UNKEPT_AT_MOST:
            self._unkept[key] = row
            log.error("%s %s", code, sentence)
            self._tell("alarm")

    def catch_up(self) -> None:
        """Make good what a full disk left undone, once it takes something again; called now and then by a tick."""
        if not self._behind:
            return
        rows = list(self._unkept.values())
        with self._transaction() as tx:
            for row in rows:
                journal.raise_alarm(tx, row)
        self._unkept.clear()
        self._behind = False
        self.policy_changed()
        self._tell("alarm")

    def _when_committed(self, act: Callable[[], None]) -> None:
        """Do `act` after the commit; the same method once, however often one transaction asks for it."""
        if self._open is None:
            act()
        elif act not in self._awaited:
            self._awaited.add(act)
            self._deferred.append(act)


__all__ = ["STATE_KINDS", "KernelBase", "Role"]
