"""Trust at run time: partners are added and removed by two officers, and no other partner is touched."""

from __future__ import annotations

from typing import Final

from latticework.kernel import archive, journal
from latticework.kernel.codec import decode, encode
from latticework.kernel.core.authority import need_two
from latticework.kernel.core.base import KernelBase
from latticework.kernel.errors import InvalidKeyHistory
from latticework.kernel.exchange.entries import Decided, encode_entry
from latticework.kernel.identity import KeyStatement, Partner
from latticework.kernel.ids import MemberId
from latticework.kernel.kinds import KEY, TOPIC_KEYS
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Officer
from latticework.kernel.store.protocol import Transaction

PATIENCE_MS: Final = 60_000
"""A new record key signs after this time even when a linked partner has not acknowledged it."""
INTRODUCED: Final = 64
"""Statements of the key history in an introduction; a partner that missed more needs a new bundle."""


class TrustActs(KernelBase):
    """What officers do about partners and keys."""

    def partners(self) -> tuple[Partner, ...]:
        """Return the members with which trust was established."""
        return self.trust.list()

    def trust_bundle(self, for_member: MemberId | None, endpoint: str | None) -> bytes:
        """Return this member's signed trust bundle; `endpoint` is where that partner reaches this node."""
        return self.identity.export_bundle(self.clock.now_ms(), for_member=for_member, endpoint=endpoint)

    def add_partner(self, first: Officer, second: Officer, bundle: bytes, fingerprint: str) -> Partner:
        """Establish trust with the member of `bundle`; needs two officers and the fingerprint that was read out."""
        need_two(first, second, "trust")
        now = self.clock.now_ms()
        with self._transaction() as tx:
            partner = self.trust.add(tx, bundle, fingerprint, now)
            # The column is taken before anything is released, so that its moment betrays nothing.
            self.ledger.assign(tx, partner.member, now)
            self._act(tx, first, second, "trust.add", partner.member)
            self._partners_moved = True
            self._when_committed(self.policy_changed)
            self._after("peer")
        return partner

    def remove_partner(self, first: Officer, second: Officer, member: MemberId) -> Partner:
        """End trust with `member`: its link closes, nothing of it verifies any more; what it has it keeps."""
        need_two(first, second, "trust")
        with self._transaction() as tx:
            partner = self.trust.remove(tx, member)
            self._act(tx, first, second, "trust.remove", member)
            self._partners_moved = True
            self._when_committed(self.policy_changed)
            self._after("peer")
        return partner

    def partners_changed(self) -> bool:
        """Say, once, whether links must be brought in step with the partners."""
        moved, self._partners_moved = self._partners_moved, False
        return moved

    def suspend(self, member: MemberId, reason: str) -> None:
        """Release nothing more to `member` until two officers resume it."""
        with self._transaction() as tx:
            tx.put("kernel.suspended", member.encode(), reason.encode())
            self._when_committed(self.policy_changed)

    def resume(self, first: Officer, second: Officer, member: MemberId | None) -> None:
        """Override: release to a suspended partner again, or (None) go on with the own restored ledger."""
        need_two(first, second, "override")
        now = self.clock.now_ms()
        with self._transaction() as tx:
            if member is None:
                self.ledger.resume(tx, now)
            else:
                tx.delete("kernel.suspended", member.encode())
            decided = Decided(act="override.resume", about=member or self.own, at_ms=now)
            self.ledger.append(tx, None, encode_entry(decided), now)
            self._act(tx, first, second, "override.resume", member)
            self._when_committed(self.policy_changed)
            if member is None:
                self._when_committed(self._told_again)

    def _told_again(self) -> None:
        self.tell_keys()

    def rotate_record_key(self, first: Officer, second: Officer) -> None:
        """Make a new record key and tell partners; it signs once they know it, and the old one stays valid.

        Make before break: the statement that introduces the new key is published under the old one, which partners
        know. The new key signs when every linked partner has acknowledged it, or after :data:`PATIENCE_MS`; who was
        away is introduced to it when its link comes back.
        """
        need_two(first, second, "trust")
        self._tell_key(first, second, self.identity.rotate_record_key(self.clock.now_ms()), "trust.rotate")

    def tell_keys(self) -> int:
        """Publish the statements of the own key history that no record tells yet; return how many.

        A compromise is declared with the root key while the node is stopped, and a crash may come between making a
        key and telling it; the node calls this when it starts.
        """
        if self._stalled():
            return 0
        with self.store.snapshot() as reader:
            told = [self._body(reader, head) for head in archive.heads_of_kind(reader, KEY) if head.member == self.own]
        untold = [s for s in self.identity.history.statements[1:] if s not in told]
        for statement in untold:
            self._tell_key(None, None, statement, f"trust.{statement.content.act}")
        return len(untold)

    def activate_when_known(self) -> bool:
        """Let a new key sign when every linked partner has acknowledged it, or patience is over; say whether it did."""
        statement = self.identity.pending
        if statement is None:
            return False
        with self.store.snapshot() as reader:
            heads = list(archive.heads_of_kind(reader, KEY))
            mine = next((h for h in heads if h.member == self.own and self._body(reader, h) == statement), None)
            if mine is None:
                return False
            knowing = {row.to for row in self.exchange.released(reader, mine.id) if row.state == "received"}
            linked = {p for p in self.state().partners if self.exchange.peer_status(reader, p).linked}
        if linked - knowing and self.clock.now_ms() - mine.arrived_ms < PATIENCE_MS:
            return False
        self.identity.activate_record_key()
        return True

    # ---- introductions on a new link -------------------------------------------------------------------------------

    def introduce(self) -> bytes:
        """Return the newest part of the own key history; it proves itself."""
        return encode(self.identity.history.statements[-INTRODUCED:])

    def introduced(self, tx: Transaction, peer: MemberId, history: bytes) -> None:
        """Take a peer's newer key statements; what it signed with a key that is now lost is judged anew.

        Raises
        ------
        InvalidKeyHistory, DecodeError
            When it is not a continuation of the history held here.
        """
        statements = decode(history, tuple[KeyStatement, ...], what="key history")
        if any(s.content.member != peer for s in statements):
            raise InvalidKeyHistory(f"{peer} introduced itself with another member's keys; it was refused.")
        if self.keys.apply(tx, statements, held=self.held_of(tx, peer)):
            self.forget_state()

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _tell_key(self, first: Officer | None, second: Officer | None, statement: KeyStatement, act: str) -> None:
        with self._transaction() as tx:
            self.keys.apply(tx, (statement,), held=self.held_of(tx, self.own))
        policy = self.policies[self.default_policy]
        label = Label(policy=policy.name, classification=policy.lowest, release=Release(everyone=True),
                      originators=frozenset({self.own}))
        self._author(first, KEY, statement, topic=TOPIC_KEYS, label=label, distribute=True, act=act, second=second)

    def _act(self, tx: Transaction, first: Officer, second: Officer, act: str, to: MemberId | None) -> None:
        journal.note_act(tx, journal.AuditRow(
            at_ms=self.clock.now_ms(), officer=first.name, post=first.post, act=act, allowed=True, rule="", to=to,
            second=second.name))
