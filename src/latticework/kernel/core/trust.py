"""Trust at run time: partners are added and removed by two officers, and no other partner is touched."""

from __future__ import annotations

from latticework.kernel import archive, journal
from latticework.kernel.core.authority import need, need_two
from latticework.kernel.core.base import KernelBase
from latticework.kernel.exchange.entries import Decided
from latticework.kernel.identity import NOTHING_HELD, Held, KeyStatement, Partner
from latticework.kernel.ids import MemberId
from latticework.kernel.kinds import KEY, TOPIC_KEYS
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.ledger import LogWatch
from latticework.kernel.policy.model import Officer
from latticework.kernel.store.protocol import Reader


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
        with self.store.transaction() as tx:
            partner = self.trust.add(tx, bundle, fingerprint, now)
            # The column is taken before anything is released, so that its moment betrays nothing.
            self.ledger.assign(tx, partner.member, now)
            self._act(tx, first, second, "trust.add", partner.member)
        self._partners_moved = True
        self.policy_changed()
        self._after("peer")
        return partner

    def remove_partner(self, first: Officer, second: Officer, member: MemberId) -> Partner:
        """End trust with `member`: its link closes, nothing of it verifies any more; what it has it keeps."""
        need_two(first, second, "trust")
        with self.store.transaction() as tx:
            partner = self.trust.remove(tx, member)
            self._act(tx, first, second, "trust.remove", member)
        self._partners_moved = True
        self.policy_changed()
        self._after("peer")
        return partner

    def partners_changed(self) -> bool:
        """Say, once, whether links must be brought in step with the partners."""
        moved, self._partners_moved = self._partners_moved, False
        return moved

    def suspend(self, member: MemberId, reason: str) -> None:
        """Release nothing more to `member` until two officers resume it."""
        with self.store.transaction() as tx:
            tx.put("kernel.suspended", member.encode(), reason.encode())
        self.policy_changed()

    def resume(self, first: Officer, second: Officer, member: MemberId | None) -> None:
        """Override: release to a suspended partner again, or (None) go on with the own restored ledger."""
        need_two(first, second, "override")
        now = self.clock.now_ms()
        with self.store.transaction() as tx:
            if member is None:
                self.ledger.resume(tx, now)
            else:
                tx.delete("kernel.suspended", member.encode())
            self.exchange.decided(tx, Decided(act="override.resume", about=member or self.own, at_ms=now), now)
            self._act(tx, first, second, "override.resume", member)
        self.policy_changed()

    def rotate_record_key(self, first: Officer, second: Officer) -> None:
        """Sign with a new record key from now on; the old one stays valid for what it signed."""
        need_two(first, second, "trust")
        self._tell_key(first, second, self.identity.rotate_record_key(self.clock.now_ms()), "trust.rotate")

    def tell_keys(self, officer: Officer, statements: tuple[KeyStatement, ...]) -> None:
        """Tell partners the further statements of the own key history (a compromise, signed by the root)."""
        need(officer, "trust")
        for statement in statements:
            self._tell_key(officer, None, statement, "trust.compromise")

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _tell_key(self, first: Officer, second: Officer | None, statement: KeyStatement, act: str) -> None:
        with self.store.transaction() as tx:
            self.keys.apply(tx, self.own, (statement,), held=self._held_of(tx, self.own))
        policy = self.policies[self.default_policy]
        label = Label(policy=policy.name, classification=policy.lowest, release=Release(everyone=True),
                      originators=frozenset({self.own}))
        self._author(first, KEY, statement, topic=TOPIC_KEYS, label=label, distribute=True, act=act, second=second)
        self.identity.reload()

    def _held_of(self, reader: Reader, member: MemberId) -> Held:
        """Return the last checkpoint held of a member's log: from there on a compromised key counts as lost."""
        if member == self.own:
            epoch, size = self.ledger.epoch(reader), self.ledger.size(reader)
            return Held(epoch, size) if epoch else NOTHING_HELD
        head = LogWatch(member, self.keys).head(reader)
        return Held(head.epoch, head.size) if head is not None else NOTHING_HELD

    def _act(self, tx: archive.Transaction, first: Officer, second: Officer, act: str, to: MemberId | None) -> None:
        journal.note_act(tx, journal.AuditRow(
            at_ms=self.clock.now_ms(), officer=first.name, post=first.post, act=act, allowed=True, rule="", to=to,
            second=second.name))
