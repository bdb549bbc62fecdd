"""What the parts of the exchange share: who this node is, what it signs with, and how it asks the gate."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from latticework.kernel.clock import Entropy
from latticework.kernel.exchange.entries import Entry, encode_entry
from latticework.kernel.exchange.events import Command, ExchangeSettings, RecordSink
from latticework.kernel.exchange.messages import Message
from latticework.kernel.exchange.session import Sessions
from latticework.kernel.ids import MemberId, RecordId, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.ledger.ledger import Ledger, Pending
from latticework.kernel.policy.decide import decide
from latticework.kernel.policy.model import Decision, Peer, PolicyState, Purpose
from latticework.kernel.records.signing import Signer, Verifier
from latticework.kernel.store.protocol import Reader, Transaction


class Say(msgspec.Struct, frozen=True):
    """A message for a peer; it becomes a signed, numbered frame once the transaction is committed."""

    peer: MemberId
    message: Message


Outcome = Say | Command
"""What a part of the exchange returns: messages still unsealed, and finished commands."""


class Parts:
    """The shared parts; see :class:`~latticework.kernel.exchange.machine.Exchange` for their meaning."""

    def __init__(
        self, own: MemberId, ledger: Ledger, signer: Signer, keys: Verifier, state: Callable[[], PolicyState],
        sink: RecordSink, entropy: Entropy, settings: ExchangeSettings,
    ) -> None:
        self.own, self.ledger, self.signer, self.keys = own, ledger, signer, keys
        self.state, self.sink, self.entropy, self.settings = state, sink, entropy, settings
        self.sessions = Sessions(settings)

    def decide(
        self, reader: Reader, peer: MemberId, topic: Topic, label: Label, purpose: Purpose, now_ms: int,
        record: RecordId | None = None,
    ) -> Decision:
        """Ask the gate about `peer`, for a relay (out or in) with the originators' consents to this very record."""
        state = self.state()
        if purpose in {Purpose.RELAY, Purpose.RECEIVE} and record is not None:
            holder, to = (self.own, peer) if purpose is Purpose.RELAY else (peer, self.own)
            state = msgspec.structs.replace(state, consents=self.sink.consents(reader, record, holder, to))
        return decide(label, topic, state, Peer(peer), purpose, now_ms)

    def log(self, tx: Transaction, to: MemberId | None, entry: Entry, now_ms: int) -> tuple[bytes, Pending]:
        """Enter `entry` into the own ledger for `to` (None: for nobody else); return its bytes and its place."""
        data = encode_entry(entry)
        return data, self.ledger.append(tx, to, data, now_ms)
