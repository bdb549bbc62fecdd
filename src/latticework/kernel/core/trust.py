"""Trust at run time: partners are added and removed by two officers, and no other partner is touched."""

from __future__ import annotations

from latticework.kernel import journal
from latticework.kernel.core.authority import need_two
from latticework.kernel.core.base import KernelBase
from latticework.kernel.exchange.entries import Decided, encode_entry
from latticework.kernel.identity import KeyStatement, Partner
from latticework.kernel.ids import MemberId
from latticework.kernel.kinds import KEY, TOPIC_KEYS
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Officer
from latticework.kernel.store.protocol import Transaction


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

    def rotate_record_key(self, first: Officer, second: Officer) -> None:
        """Sign with a new record key from now on; the old one stays valid for what it signed.

        Make before break: the statement that introduces the new key is published under the old one, which partners
        know, and only then does the new key sign.
        """
        need_two(first, second, "trust")
        statement = self.identity.rotate_record_key(self.clock.now_ms())
        self._tell_key(first, second, statement, "trust.rotate")
        self._when_committed(self._activate_key)

    def tell_compromise(self, first: Officer, second: Officer, statement: KeyStatement) -> None:
        """Tell partners that a record key is lost; the statement is signed by the root."""
        need_two(first, second, "trust")
        self._tell_key(first, second, statement, "trust.compromise")

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _activate_key(self) -> None:
        self.identity.activate_record_key()

    def _tell_key(self, first: Officer, second: Officer, statement: KeyStatement, act: str) -> None:
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
