"""The exchange: what is said between this node and its peers, as a pure state machine.

Events go in, commands come out; state is in the store; time is an argument. What a command sends was committed before
the command was returned, so a crash at any point loses messages and never a word that was given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import msgspec

from latticework.kernel.clock import Entropy
from latticework.kernel.errors import LatticeworkError, ProtocolError, StoreError, StreamClosed
from latticework.kernel.exchange.admission import Admission
from latticework.kernel.exchange.edits import Edits
from latticework.kernel.exchange.entries import Decided
from latticework.kernel.exchange.events import Alarm, BlobDesk, Command, Event, ExchangeSettings, RecordSink, Send, Tick
from latticework.kernel.exchange.gossip import Gossip
from latticework.kernel.exchange.grants import GrantsIn, GrantsOut, StreamDesk
from latticework.kernel.exchange.incoming import Incoming
from latticework.kernel.exchange.introductions import Introducing, Introductions
from latticework.kernel.exchange.messages import (
    Accusation,
    Ask,
    BlobNone,
    BlobPiece,
    BlobWant,
    Checkpoints,
    EditBatch,
    Hint,
    Page,
    Proofs,
    Pull,
    Receipt,
    Said,
    Stale,
    seal_frame,
)
from latticework.kernel.exchange.outgoing import Outgoing
from latticework.kernel.exchange.parts import Outcome, Parts, Say
from latticework.kernel.exchange.proving import Proving
from latticework.kernel.exchange.tables import GrantIn, GrantOut, SessionRow, at, sessions
from latticework.kernel.exchange.views import ExchangeViews
from latticework.kernel.exchange.waking import Waking
from latticework.kernel.ids import MemberId, RecordId, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.ledger.checkpoint import read_checkpoint
from latticework.kernel.ledger.ledger import Ledger, Pending
from latticework.kernel.ledger.watch import Finding
from latticework.kernel.policy.model import Decision, PolicyState
from latticework.kernel.records.record import Record
from latticework.kernel.records.signing import Signer, Verifier
from latticework.kernel.store.protocol import Reader, Store, Transaction
from latticework.kernel.transport.interface import Arrived, Lane, LinkLost, LinkUp

REPEAT_EVERY = 12
"""Polls between two repetitions of accusations and of the introduction to one peer."""


def no_chain(member: MemberId) -> bytes:
    """Say that no proof of a member's keys is at hand."""
    return b""


class Exchange(ExchangeViews):
    """One node's exchange with all of its peers.

    Parameters
    ----------
    own
        This member.
    store
        Where all durable state is.
    ledger
        The own ledger. The exchange seals its epochs when they are due.
    signer, verifier
        The own record-signing key, and what this node knows of members' keys.
    state
        Returns the present policy state.
    sink
        Keeps accepted records and edits, and knows consents.
    entropy
        CSPRNG.
    settings
        Pace and bounds.
    chains
        Returns the bytes that prove a member's keys to others, for accusations.
    introductions
        Brings newer keys to peers and takes theirs; None: keys never change.
    """

    def __init__(
        self, own: MemberId, store: Store, ledger: Ledger, signer: Signer, verifier: Verifier,
        state: Callable[[], PolicyState], sink: RecordSink, entropy: Entropy,
        settings: ExchangeSettings | None = None, *, chains: Callable[[MemberId], bytes] = no_chain,
        introductions: Introductions | None = None,
    ) -> None:
        parts = Parts(own, ledger, signer, verifier, state, sink, entropy, settings or ExchangeSettings())
        outgoing = Outgoing(parts)
        grants_in = GrantsIn()
        incoming = Incoming(parts, grants_in)
        grants = GrantsOut(parts, outgoing)
        proving = Proving(parts, incoming, chains)
        super().__init__(parts, outgoing, incoming, proving)
        self.own = own
        self._store = store
        self._grants, self._grants_in, self._edits = grants, grants_in, Edits(parts, grants)
        self._waking = Waking(parts)
        self._gossip = Gossip(parts, proving)
        self._introducing = Introducing(parts, introductions)
        self._admission = Admission(parts)
        self._blobs: BlobDesk | None = None
        self._trouble = ""
        self._polls: Counter[MemberId] = Counter()

    def attach_streams(self, desk: StreamDesk) -> None:
        """Let `desk` carry the streams that grants open; it is told of every grant that stands."""
        self._grants.desk = self._grants_in.desk = desk

    def attach_blobs(self, desk: BlobDesk) -> None:
        """Let `desk` serve and take blobs."""
        self._blobs = desk

    def want_blob(self, peer: MemberId, wants: list[BlobWant], now_ms: int) -> list[Command]:
        """Ask `peer` for pieces of blobs; nothing is said while its link is down."""
        return self._seal([Say(peer, want) for want in wants], now_ms)

    def use_signer(self, signer: Signer) -> None:
        """Sign with another key from now on (make before break: peers know it already)."""
        self._parts.signer = signer

    # ---- acts of this member, inside its transaction ---------------------------------------------------------------

    def publish(self, tx: Transaction, record: Record, now_ms: int) -> Pending:
        """Enter the making of an own record into the ledger.

        Raises
        ------
        LedgerError
            When the ledger waits for two officers to resume it.
        """
        return self._outgoing.publish(tx, record, now_ms)

    def decided(self, tx: Transaction, decided: Decided, now_ms: int) -> Pending:
        """Enter a decision of two officers into the member's own column of the ledger."""
        return self._parts.log(tx, None, decided, now_ms)[1]

    def release(
        self, tx: Transaction, record: RecordId, to: MemberId, decision: Decision, now_ms: int, relayed: bool = False
    ) -> int:
        """Log the release of a record of the archive to `to` and put it into the outbox; the second time does nothing.

        Call :meth:`poll` after the commit. The gate is asked again at every change of policy and when it is sent.

        Returns
        -------
        int
            The promised ledger epoch.

        Raises
        ------
        Withheld
            When `decision` does not allow it.
        NotFound
            When the record is not in the archive.
        LedgerError
            When the ledger waits for two officers to resume it.
        """
        return self._outgoing.release(tx, record, to, decision, now_ms, relayed)[1].epoch

    def grant_stream(
        self, tx: Transaction, stream: str, topic: Topic, label: Label, to: MemberId, decision: Decision, now_ms: int
    ) -> int:
        """Log a stream grant and offer it to `to`; return its number. Rows flow once the peer's receipt is here."""
        return self._grants.offer(tx, "stream", stream, topic, label, to, decision, now_ms)

    def grant_edits(
        self, tx: Transaction, channel: str, topic: Topic, label: Label, to: MemberId, decision: Decision, now_ms: int
    ) -> int:
        """Log an edit grant and offer it to `to`; return its number."""
        return self._grants.offer(tx, "edit", channel, topic, label, to, decision, now_ms)

    def end_grant(self, tx: Transaction, to: MemberId, number: int, now_ms: int) -> bool:
        """End a grant; False when it had ended before."""
        return self._grants.end(tx, to, number, now_ms)

    def edit(self, tx: Transaction, channel: str, data: bytes, now_ms: int) -> int:
        """Queue an edit for every peer with a grant of `channel`; return for how many.

        Raises
        ------
        ProtocolError
            When the edit is over 256 KiB.
        """
        return self._edits.edit(tx, channel, data, now_ms)

    def grants_to(self, reader: Reader, peer: MemberId) -> list[tuple[int, GrantOut]]:
        """Return (number, grant) of every stream and edit grant given to `peer`, oldest first."""
        return self._grants.of(reader, peer)

    def grants_from(self, reader: Reader, peer: MemberId) -> list[tuple[int, GrantIn]]:
        """Return (number, grant) of every stream and edit grant of `peer`, oldest first."""
        return self._grants_in.of(reader, peer)

    # ---- events ----------------------------------------------------------------------------------------------------

    def handle(self, event: Event, now_ms: int) -> list[Command]:
        """Take one event; return what to do. It never raises for what a peer sent or for a full disk."""
        try:
            if isinstance(event, Tick):
                return self._tick(now_ms)
            if isinstance(event, LinkUp):
                return self._link_up(event.peer, now_ms)
            if isinstance(event, LinkLost):
                self._parts.sessions.of(event.peer, now_ms).end(now_ms)
                return []
            return self._arrived(event, now_ms)
        except StoreError as error:
            return self._store_fails(error)

    def poll(self, now_ms: int) -> list[Command]:
        """Send what the last commit made ready.

        What is done on time (epochs, polls) waits for the next :class:`Tick`, lest the moment at which this member does
        something show to a peer from whom it is withheld.
        """
        try:
            return self._ready(now_ms)
        except StoreError as error:
            return self._store_fails(error)

    def next_due_ms(self, now_ms: int) -> int:
        """Return when the next :class:`Tick` is due at the latest, ms."""
        poll_ms = self._parts.settings.poll_ms
        sessions_up = map(self._parts.sessions.of, self._parts.sessions.linked())
        times = [now_ms + 1_000, *(session.polled_ms + poll_ms for session in sessions_up)]
        edits = self._edits.next_due_ms()
        return max(now_ms, min([*times, edits] if edits is not None else times))

    def policy_changed(self, now_ms: int) -> list[Command]:
        """Let a change of policy reach everything on its way: outboxes, stream and edit grants, and quarantine."""
        def work(tx: Transaction) -> list[Outcome]:
            outcomes: list[Outcome] = []
            for peer in self.peers(tx):
                self._outgoing.decide_again(tx, peer, now_ms)
                self._grants.decide_again(tx, peer, now_ms)
                outcomes += self._incoming.try_again(tx, peer, now_ms)
            return outcomes

        try:
            commands = self._commit(work, now_ms)
        except StoreError as error:
            return self._store_fails(error)
        return [*commands, *self.poll(now_ms)]

    def forget(self, peer: MemberId) -> None:
        """Forget the link to a member whose trust was removed; what the store holds of it stays."""
        self._parts.sessions.forget(peer)

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _commit(self, work: Callable[[Transaction], list[Outcome]], now_ms: int) -> list[Command]:
        """Run `work` in one transaction; only then seal what it says."""
        with self._store.transaction() as tx:
            outcomes = work(tx)
        self._trouble = ""
        return self._seal(outcomes, now_ms)

    def _store_fails(self, error: StoreError) -> list[Command]:
        """Tell people once; the same trouble at every tick would only bury other alarms."""
        told, self._trouble = self._trouble, error.code
        return [] if told == error.code else [Alarm(error.code, None, error.message)]

    def _seal(self, outcomes: list[Outcome], now_ms: int) -> list[Command]:
        commands: list[Command] = []
        for outcome in outcomes:
            if not isinstance(outcome, Say):
                commands.append(outcome)
                continue
            session = self._parts.sessions.get(outcome.peer)
            if session is None or not session.up:
                continue
            commands += self._introducing.begin(session, outcome.peer)
            session.sent += 1
            said = Said(self.own, outcome.peer, session.own, session.sent, outcome.message)
            commands.append(Send(outcome.peer, Lane.DURABLE, seal_frame(self._parts.signer, said)))
        return commands

    def _link_up(self, peer: MemberId, now_ms: int) -> list[Command]:
        def work(tx: Transaction) -> list[Outcome]:
            row = sessions.get(tx, at(peer)) or SessionRow()
            # The clock makes it larger even when an older store was put back.
            own = max(row.own + 1, now_ms)
            sessions.put(tx, at(peer), SessionRow(own, row.seen))
            self._parts.sessions.of(peer, now_ms).begin(own, now_ms)
            if peer not in self._parts.state().partners:
                return []
            self._edits.again(tx, peer, now_ms)
            return self._greet(tx, peer, now_ms)

        self._grants.moved.add(peer)
        self._grants_in.moved.add(peer)
        commands = self._commit(work, now_ms)
        self._align(now_ms)
        return commands

    def _greet(self, tx: Transaction, peer: MemberId, now_ms: int) -> list[Outcome]:
        """Say what is said on every new link and at every poll, always in this order."""
        self._polls[peer] += 1
        outcomes: list[Outcome] = [
            self._proving.ask(tx, peer), self._incoming.pull(tx, peer, now_ms), *self._gossip.relay(tx, peer, now_ms),
        ]
        if self._outgoing.head(tx, peer).waiting:
            outcomes.append(self._outgoing.hint(tx, peer))
        if self._polls[peer] % REPEAT_EVERY == 1:
            outcomes += self._gossip.accusations(tx, peer, now_ms)
        return outcomes

    def _tick(self, now_ms: int) -> list[Command]:
        commands = self._seal_epoch(now_ms)
        linked = [p for p in self._parts.sessions.linked() if p in self._parts.state().partners]
        for peer in linked:
            session = self._parts.sessions.of(peer)
            if not 0 <= now_ms - session.polled_ms < self._parts.settings.poll_ms:
                commands += self._commit(lambda tx, p=peer: self._poll_peer(tx, p, now_ms), now_ms)  # type: ignore[misc]
        return [*commands, *self._ready(now_ms)]

    def _ready(self, now_ms: int) -> list[Command]:
        self._align(now_ms)
        linked = [p for p in self._parts.sessions.linked() if p in self._parts.state().partners]
        with self._store.snapshot() as reader:
            said = [say for peer in linked for say in self._fresh_hint(reader, peer)]
        commands = self._seal(list(said), now_ms)
        for peer, number in self._edits.due(now_ms):
            commands += self._commit(lambda tx, p=peer, n=number: self._edits.flush(tx, p, n, now_ms), now_ms)  # type: ignore[misc]
        return commands

    def _seal_epoch(self, now_ms: int) -> list[Command]:
        ledger = self._parts.ledger
        with self._store.snapshot() as reader:
            waits = self._waking.waits(reader, now_ms)
            if waits or not ledger.due(reader, now_ms) or ledger.stalled(reader) is not None:
                return []

        def work(tx: Transaction) -> list[Outcome]:
            self._grants.close_periods(tx, now_ms)
            epoch = read_checkpoint(ledger.seal(tx, now_ms)).epoch
            linked = self._parts.sessions.linked()
            return [outcome for peer in linked for outcome in self._proving.sealed(tx, peer, epoch)]

        return self._commit(work, now_ms)

    def _poll_peer(self, tx: Transaction, peer: MemberId, now_ms: int) -> list[Outcome]:
        self._parts.sessions.of(peer).polled_ms = now_ms
        self._edits.again(tx, peer, now_ms)
        self._grants.decide_again(tx, peer, now_ms)
        if self._polls[peer] % REPEAT_EVERY == 0:
            self._parts.sessions.of(peer).introduced = None  # in case it was lost
        return [*self._greet(tx, peer, now_ms), *self._proving.overdue(tx, peer, now_ms)]

    def _fresh_hint(self, reader: Reader, peer: MemberId) -> list[Say]:
        session = self._parts.sessions.of(peer)
        head = self._outgoing.head(reader, peer)
        if head.places <= max(session.hinted, head.considered):
            return []
        session.hinted = head.places
        return [self._outgoing.hint(reader, peer)]

    def _align(self, now_ms: int) -> None:
        """Tell the streams of grants that were opened or ended."""
        if self._grants.moved or self._grants_in.moved:
            with self._store.snapshot() as reader:
                self._grants.align(reader, now_ms)
                self._grants_in.align(reader, now_ms)

    # ---- what arrives ----------------------------------------------------------------------------------------------

    def _arrived(self, event: Arrived, now_ms: int) -> list[Command]:
        peer = event.peer
        flood = self._admission.bound(peer, len(event.data), now_ms)
        if flood is not None:
            return flood
        try:
            if event.lane is Lane.LIVE:
                self._live(peer, event.data, now_ms)
                return []
            if self._introducing.is_introduction(event.data):
                return self._commit(lambda tx: self._introducing.arrived(tx, peer, event.data), now_ms)
            with self._store.snapshot() as reader:
                said, fresh = self._admission.open(reader, peer, event.data, now_ms)
            if fresh:
                return self._heard(said, now_ms)
            seen = self._parts.sessions.of(peer).seen
            stale = said.session < seen and not isinstance(said.message, Stale)
            return self._seal([Say(peer, Stale(seen))], now_ms) if stale else []
        except StoreError:
            raise
        except LatticeworkError as error:
            return self._admission.refuse(peer, error)

    def _live(self, peer: MemberId, data: bytes, now_ms: int) -> None:
        desk = self._grants.desk
        if desk is None:
            raise StreamClosed(f"{peer} sent a stream and none is open here; it was refused.")
        if peer not in self._parts.state().partners:
            raise ProtocolError(f"{peer} is not a partner; what it sent was refused.")
        desk.arrived(peer, data, now_ms)

    def _heard(self, said: Said, now_ms: int) -> list[Command]:
        def work(tx: Transaction) -> list[Outcome]:
            self._admission.keep(tx, said)
            return self._answer(tx, said.sender, said, now_ms)

        commands = self._commit(work, now_ms)
        self._admission.taken(said)
        self._align(now_ms)
        return commands

    def _answer(self, tx: Transaction, peer: MemberId, said: Said, now_ms: int) -> list[Outcome]:
        message = said.message
        if isinstance(message, Stale):
            return self._renumber(tx, peer, message, now_ms)
        if peer not in self._parts.state().partners:
            raise ProtocolError(f"{peer} is not a partner; what it said was refused.")
        if isinstance(message, Hint):
            return self._incoming.hinted(tx, peer, message, now_ms)
        if isinstance(message, Pull):
            return self._pulled(tx, peer, message, now_ms)
        if isinstance(message, Page):
            return self._incoming.arrived(tx, peer, message, now_ms)
        if isinstance(message, Receipt):
            outcomes, grants = self._outgoing.receipted(tx, peer, message, now_ms)
            for item, code in grants:
                self._grants.receipted(tx, peer, item, code, now_ms)
            if grants:
                self._edits.again(tx, peer, now_ms)
            return outcomes
        if isinstance(message, Ask):
            return self._proving.asked(tx, peer, message, now_ms)
        if isinstance(message, Proofs):
            outcomes, watched = self._proving.arrived(tx, peer, message, now_ms)
            if watched.finding is Finding.EQUIVOCATION:
                outcomes += self._gossip.accuse(tx, peer, watched.accusation, now_ms)
            return outcomes
        if isinstance(message, Checkpoints):
            return self._gossip.relayed(tx, peer, message, now_ms)
        if isinstance(message, Accusation):
            return self._gossip.accused(tx, peer, message, now_ms)
        if isinstance(message, EditBatch):
            return self._edits.arrived(tx, peer, message, now_ms)
        if isinstance(message, BlobWant | BlobPiece | BlobNone):
            return self._blob(tx, peer, message, now_ms)
        self._edits.acknowledged(tx, peer, message, now_ms)
        return []

    def _blob(
        self, tx: Transaction, peer: MemberId, message: BlobWant | BlobPiece | BlobNone, now_ms: int
    ) -> list[Outcome]:
        if self._blobs is None:
            return [Say(peer, BlobNone(message.record))] if isinstance(message, BlobWant) else []
        if isinstance(message, BlobWant):
            return [Say(peer, piece) for piece in self._blobs.wanted(tx, peer, message, now_ms)]
        return [Say(peer, want) for want in self._blobs.arrived(tx, peer, message, now_ms)]

    def _pulled(self, tx: Transaction, peer: MemberId, pull: Pull, now_ms: int) -> list[Outcome]:
        if self._parts.ledger.stalled(tx) is not None:
            return []  # nothing can be promised before two officers resume the ledger
        page, chosen = self._outgoing.pulled(tx, peer, pull, now_ms)
        outcomes: list[Outcome] = [Say(peer, page)]
        sealed = self._parts.ledger.epoch(tx)
        numbers = tuple(item.number for _, item in chosen if item.epoch < sealed)
        if numbers:
            outcomes += self._proving.show(tx, peer, numbers)
        return outcomes

    def _renumber(self, tx: Transaction, peer: MemberId, message: Stale, now_ms: int) -> list[Outcome]:
        """Take a larger session number: the peer has seen a later session than this store remembers."""
        row = sessions.get(tx, at(peer)) or SessionRow()
        if message.seen <= row.own or message.seen >= 2**61:
            return []  # a replay of old words made the peer say so; the present session is fine
        sessions.put(tx, at(peer), msgspec.structs.replace(row, own=message.seen + 1))
        session = self._parts.sessions.of(peer, now_ms)
        session.renumber(message.seen + 1)
        return self._greet(tx, peer, now_ms)

    # ---- counts ----------------------------------------------------------------------------------------------------

    def rejected(self, peer: MemberId | None = None) -> dict[str, int]:
        """Return how many messages were refused since the start, by stable code."""
        return self._admission.rejected(peer)
