"""What every part of the facade shares: the composed parts, the present policy state, and the one way to author.

All methods run in one thread, the node's loop; a reader's snapshot may be taken anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import msgspec
from latticework.kernel.describe import describe

from latticework.kernel import archive, journal
from latticework.kernel.archive import Head
from latticework.kernel.clock import Clock, Entropy
from latticework.kernel.codec import decode
from latticework.kernel.core import distribution
from latticework.kernel.errors import InvalidLabel, NotFound
from latticework.kernel.exchange import Command, Exchange
from latticework.kernel.identity import Identity, KeyDirectory, TrustStore
from latticework.kernel.ids import Kind, MemberId, Post, RecordId, Topic
from latticework.kernel.kinds import ARRANGEMENT, GRANT, WITHDRAWAL, Consent, Grant, Withdrawal
from latticework.kernel.labels import Label, Release, SecurityPolicy, map_label
from latticework.kernel.ledger import Ledger
from latticework.kernel.policy import decide
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
from latticework.kernel.records import KindRegistry, make_record
from latticework.kernel.records.record import Envelope, Link, Record, Statement
from latticework.kernel.standings import Signed, derive
from latticework.kernel.store.protocol import Reader, Store, Transaction
from latticework.kernel.views import Change

STATE_KINDS = frozenset({ARRANGEMENT, GRANT, WITHDRAWAL})
"""Kinds whose arrival changes what the gate says."""


class KernelParts(msgspec.Struct, kw_only=True):
    """The parts of one node, made by whoever composes it.

    Parameters
    ----------
    policies
        Security policies by name; `default_policy` is the member's own.
    """

    identity: Identity
    store: Store
    ledger: Ledger
    keys: KeyDirectory
    trust: TrustStore
    kinds: KindRegistry
    clock: Clock
    entropy: Entropy
    policies: Mapping[str, SecurityPolicy]
    default_policy: str


class KernelBase:
    """State and shared acts; see :class:`latticework.kernel.core.Kernel`."""

    exchange: Exchange

    def __init__(self, parts: KernelParts) -> None:
        self.parts = parts
        self.identity, self.store, self.ledger = parts.identity, parts.store, parts.ledger
        self.keys, self.trust, self.kinds = parts.keys, parts.trust, parts.kinds
        self.clock, self.entropy = parts.clock, parts.entropy
        self.policies, self.default_policy = parts.policies, parts.default_policy
        self.own: MemberId = parts.identity.member
        self.perform: Callable[[list[Command]], None] = lambda commands: None
        self._listeners: list[Callable[[Change], None]] = []
        self._counted: Counter[str] = Counter()
        self._standings: tuple[Standing, ...] | None = None
        self._state: PolicyState | None = None

    # ---- the present state -----------------------------------------------------------------------------------------

    def standings(self) -> tuple[Standing, ...]:
        """Return every arrangement known here with its grants, derived from the archive."""
        if self._standings is None:
            with self.store.snapshot() as reader:
                self._standings = derive(self._signed(reader))
        return self._standings

    def state(self) -> PolicyState:
        """Return the snapshot that decisions are made of."""
        if self._state is None:
            with self.store.snapshot() as reader:
                partners = tuple(sorted(p.member for p in self.trust.list(reader)))
                suspended = tuple(sorted(m for m in partners if reader.get("kernel.suspended", m.encode())))
            self._state = PolicyState(own=self.own, partners=partners, suspended=suspended, standings=self.standings())
        return self._state

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

    def forget_state(self) -> None:
        """Derive state anew at its next use: arrangements, trust or keys changed."""
        self._standings = self._state = None

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _decide(self, label: Label, topic: Topic, state: PolicyState, subject: Subject, purpose: Purpose) -> Decision:
        return decide(label, topic, state, subject, purpose, self.clock.now_ms())

    def _state_for(self, reader: Reader, head: Head, to: MemberId) -> PolicyState:
        """Return the state with the consents that the originators gave for passing `head` on to `to`."""
        if head.member == self.own:
            return self.state()
        given: set[MemberId] = set()
        for consent in archive.heads_linking(reader, head.id, "consents-to"):
            body = self._body(reader, consent)
            if isinstance(body, Consent) and body.record == head.id and body.holder == self.own and body.to == to:
                given.add(consent.member)
        return msgspec.structs.replace(self.state(), consents=tuple(sorted(given)))

    def _signed(self, reader: Reader) -> list[Signed]:
        found: list[Signed] = []
        for kind in (ARRANGEMENT, GRANT, WITHDRAWAL):
            for head in archive.heads_of_kind(reader, kind):
                body = self._body(reader, head) if self._trustworthy(head) else None
                if isinstance(body, Arrangement | Grant | Withdrawal):
                    found.append(Signed(head.id, head.member, head.made_ms, body))
        return found

    def _statement(self, reader: Reader, head: Head) -> Statement:
        raw = archive.envelope_of(reader, head.id)
        if raw is None:
            raise NotFound(f"there is no record {head.id[:12]} here, or you may not see it.")
        return decode(decode(raw, Envelope, what="record").payload, Statement, what="record")

    def _body(self, reader: Reader, head: Head) -> msgspec.Struct | None:
        return self.kinds.read(self._statement(reader, head))

    def _trustworthy(self, head: Head) -> bool:
        """Say whether `head` was not voided by a compromise of its author's key."""
        return head.number not in self._voided()

    def _voided(self) -> frozenset[int]:
        return frozenset()

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
        record = make_record(
            self.identity.signer, self.kinds, kind=kind, body=body, post=officer.post if officer else Post("node"),
            topic=topic, label=label, links=tuple(sorted(links)), now_ms=now, entropy=self.entropy,
        )
        with self.store.transaction() as tx:
            head = archive.add(tx, record, describe(kind, body), now_ms=now, sender=None, distribute=distribute)
            self.exchange.publish(tx, record, now)
            if officer is not None:
                journal.note_act(tx, journal.AuditRow(
                    at_ms=now, officer=officer.name, post=officer.post, act=act, allowed=True, rule="",
                    record=record.id, second=second.name if second else None))
            if kind in STATE_KINDS:
                self.forget_state()
        self._count("published")
        if kind in STATE_KINDS:
            self.policy_changed()
        elif head is not None and distribute:
            self._distribute(head)
        self._after("arrangement" if kind in STATE_KINDS else "record")
        return record

    def policy_changed(self) -> None:
        """Let a change of policy reach every outgoing flow, and back-fill what may go now."""
        self.forget_state()
        now = self.clock.now_ms()
        self.perform(self.exchange.policy_changed(now))
        with self.store.snapshot() as reader:
            waiting = [h for h in archive.heads(reader) if h.distribute]
        for head in reversed(waiting):
            self._distribute(head)

    def _distribute(self, head: Head) -> None:
        with self.store.snapshot() as reader:
            already = {r.to for r in self.exchange.released(reader, head.id)}
            wanted = [to for to in distribution.targets(self, reader, head) if to not in already and to != head.sender]
            states = {to: self._state_for(reader, head, to) for to in wanted}
        purpose = Purpose.RELEASE if head.member == self.own else Purpose.RELAY
        allowed: list[tuple[MemberId, Decision]] = []
        for to in wanted:
            decision = self._decide(head.label, head.topic, states[to], Peer(to), purpose)
            if decision.allowed:
                allowed.append((to, decision))
        if allowed:
            with self.store.transaction() as tx:
                for to, decision in allowed:
                    self._release(tx, head, to, decision)
            self._after("release")

    def _release(self, tx: Transaction, head: Head, to: MemberId, decision: Decision) -> None:
        raw = archive.envelope_of(tx, head.id)
        if raw is None:
            raise NotFound(f"there is no record {head.id[:12]} here, or you may not see it.")
        self.exchange.release(tx, record=head.id, to=to, decision=decision, now_ms=self.clock.now_ms(),
                              relayed=head.member != self.own)
        self._count("released")

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
        with self.store.transaction() as tx:
            journal.note_act(tx, journal.AuditRow(
                at_ms=self.clock.now_ms(), officer=officer.name, post=officer.post, act=act, allowed=allowed, rule=rule,
                record=record, to=to, second=second.name if second else None))

    def _count(self, what: str, by: int = 1) -> None:
        self._counted[what] += by

    def _after(self, kind: str) -> None:
        """Send what the last act made ready, and tell open pages."""
        self.perform(self.exchange.poll(self.clock.now_ms()))
        change = msgspec.convert({"kind": kind}, Change)
        for listener in list(self._listeners):
            listener(change)


__all__ = ["STATE_KINDS", "KernelBase", "KernelParts", "Role"]
