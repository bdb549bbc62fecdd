"""The facade: all acts and views in one object, and the handling of what the transport brings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from latticework.kernel import archive
from latticework.kernel.core.approvals import TwoOfficerActs
from latticework.kernel.core.audit import AuditViews
from latticework.kernel.core.base import OWN_TROUBLE, STATE_KINDS
from latticework.kernel.core.edits import EditActs
from latticework.kernel.core.ledger import LedgerViews
from latticework.kernel.core.parts import KernelParts
from latticework.kernel.core.peers import PeerViews
from latticework.kernel.core.records import RecordActs
from latticework.kernel.core.sink import KernelSink
from latticework.kernel.core.streams import StreamDesk, StreamHub
from latticework.kernel.errors import Equivocation
from latticework.kernel.exchange import (
    Alarm,
    Close,
    Command,
    Delivered,
    Event,
    Exchange,
    Receipted,
    Send,
    Tick,
)
from latticework.kernel.exchange.streams import Batch
from latticework.kernel.ids import Kind, MemberId
from latticework.kernel.kinds import CONSENT, KEY, RECALL, RECALL_ANSWER
from latticework.kernel.ledger import key_chain
from latticework.kernel.policy import next_change_ms
from latticework.kernel.transport.interface import Lane

TRY_AGAIN_MS: Final = 1_000
"""A disk that was full is tried again this often."""


class Kernel(RecordActs, TwoOfficerActs, EditActs, LedgerViews, AuditViews, PeerViews):
    """One member's node without sockets.

    Parameters
    ----------
    parts
        What it is made of. The store must have been claimed by this process.
    """

    def __init__(self, parts: KernelParts) -> None:
        super().__init__(parts)
        now = self.clock.now_ms()
        with self.store.transaction() as tx:
            self.keys.add_member(tx, self.own, self.identity.root, self.identity.history.statements)
            self.ledger.begin(tx, now)
        self.sink = KernelSink(self)
        self.exchange = Exchange(
            self.own, self.store, self.ledger, self.identity.signer, self.keys, self.state, self.sink,
            self.entropy, chains=self._chain_of, introductions=self,
        )
        self.streams = StreamDesk(self, parts.stream_kinds, self._send_batch)
        self.exchange.attach_streams(self.streams)
        self._tried_ms = 0

    def attach(self, perform: Callable[[Send | Close], bool], wake: Callable[[], None]) -> None:
        """Let the rim carry out what must leave the node.

        Parameters
        ----------
        perform
            Carries out one command; False when a live message was not taken.
        wake
            Called when a :class:`Tick` should be given soon.
        """
        self.perform, self.wake = perform, wake

    def stream(self, kind: str) -> StreamHub:
        """Return the hub of a stream kind (``picture.track/1``)."""
        return self.streams.hub(kind)

    def handle(self, event: Event) -> None:
        """Take one event of the transport, or a tick. It never raises for a full disk: reading and links go on."""
        now = self.clock.now_ms()
        try:
            if isinstance(event, Tick) and not 0 <= now - self._tried_ms < TRY_AGAIN_MS:
                self._tried_ms = now
                self.catch_up()
            if isinstance(event, Tick) and self._turns_ms is not None and now >= self._turns_ms:
                self._time_turned()
            self.carry(self.exchange.handle(event, now))
            self.streams.flush(now)
            if self._to_prove and isinstance(event, Tick):
                self._tell_proven()
            if self.identity.pending is not None and isinstance(event, Tick):
                self.activate_when_known()
        except OWN_TROUBLE as error:
            self.trouble(error)

    def next_due_ms(self) -> int:
        """Return when the next tick is due at the latest, ms."""
        due = self.exchange.next_due_ms(self.clock.now_ms())
        batch = self.streams.due_ms()
        return due if batch is None else min(due, batch)

    def policy_changed(self) -> None:
        """Let a change of policy reach every outgoing flow, streams among them, and back-fill what may go now."""
        super().policy_changed()
        self.streams.policy_changed()

    def close(self) -> None:
        """Close the store; closing twice does nothing."""
        self.store.close()

    # ---- inside ----------------------------------------------------------------------------------------------------

    def carry(self, commands: list[Command]) -> None:
        """Carry out what the exchange returned: send, alarm, and follow up what arrived.

        However many records of one page change the policy, everything is looked at once.
        """
        moved: set[Kind] = set()
        for command in commands:
            if isinstance(command, Send | Close):
                self.perform(command)
            elif isinstance(command, Alarm):
                self.alarm(command.code, command.peer, command.sentence, command.proof)
                if command.code == Equivocation.code and command.peer is not None:
                    self.suspend(command.peer, command.sentence)
            elif isinstance(command, Delivered):
                moved.add(command.record.statement.kind)
                self._delivered(command)
            elif isinstance(command, Receipted):
                self._count("receipted")
                self._after("release")
            else:
                self._after("peer")
        if moved & {*STATE_KINDS, KEY}:
            self.policy_changed()
        elif CONSENT in moved:
            # What was quarantined only for want of this consent is judged again.
            self.carry(self.exchange.policy_changed(self.clock.now_ms()))

    def _time_turned(self) -> None:
        """Release what the passing of time alone has opened.

        What it has closed is asked about where it goes out, so nothing is said that a change would betray.
        """
        self._turns_ms = next_change_ms(self.state(), self.clock.now_ms())
        self.backfill()

    def _tell_proven(self) -> None:
        """Tell open pages that an epoch is sealed, as long as something of late waits for its proof."""
        with self.store.snapshot() as reader:
            epoch = self.ledger.epoch(reader)
        if epoch != self._told_epoch:
            self._told_epoch = epoch
            self._to_prove -= 1
            self._after("ledger")

    def _delivered(self, command: Delivered) -> None:
        self._count("delivered")
        statement = command.record.statement
        if statement.member != command.sender:
            self._count("relayed")
        if statement.kind in {*STATE_KINDS, KEY}:
            self.forget_state()  # at once: what else this page brought is decided by what stands now
        if statement.kind in STATE_KINDS:
            self._after("arrangement")
            return
        if statement.kind in {CONSENT, RECALL, RECALL_ANSWER}:
            # A recall follows onward releases, an answer goes back towards the recall's author, consent to the taker.
            with self.store.snapshot() as reader:
                head = archive.head_of(reader, command.record.id)
            if head is not None:
                self._distribute(head)
        self._after("record")

    def _send_batch(self, batch: Batch) -> bool:
        return self.perform(Send(batch.peer, Lane.LIVE, batch.data))

    def _chain_of(self, member: MemberId) -> bytes:
        return key_chain(self.keys.root_der(member), self.keys.history(member))
