"""What goes into the exchange and what comes out: events, commands, settings, and the sink that keeps records.

Events are the transport's (:class:`LinkUp`, :class:`LinkLost`, :class:`Arrived`) and :class:`Tick`. Commands are for
the rim to carry out; the exchange itself touches nothing but the store.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from latticework.kernel.exchange.entries import Released
from latticework.kernel.exchange.messages import BlobNone, BlobPiece, BlobWant
from latticework.kernel.ids import MemberId, RecordId
from latticework.kernel.records.record import Record
from latticework.kernel.store.protocol import Reader, Transaction
from latticework.kernel.transport.interface import Arrived, Lane, LinkLost, LinkUp


class Tick(msgspec.Struct, frozen=True):
    """Time has passed: look what is due.

    Give one when :meth:`~latticework.kernel.exchange.machine.Exchange.next_due_ms` says so. After an act of this
    member, call :meth:`~latticework.kernel.exchange.machine.Exchange.poll`.
    """


Event = LinkUp | LinkLost | Arrived | Tick


class Send(msgspec.Struct, frozen=True):
    """Give `data` to the link of `peer`. Returned only after the state it speaks of was committed."""

    peer: MemberId
    lane: Lane
    data: bytes


class Close(msgspec.Struct, frozen=True):
    """Close the link of `peer`; the transport may open it again."""

    peer: MemberId
    reason: str


class Alarm(msgspec.Struct, frozen=True):
    """Something that a person should look at.

    Parameters
    ----------
    code
        Stable code of the error tree.
    peer
        Whom it is about; None: this node itself.
    sentence
        What happened and what to do, free of withheld content.
    proof
        A self-contained accusation (equivocation), or empty.
    """

    code: str
    peer: MemberId | None
    sentence: str
    proof: bytes = b""


class Delivered(msgspec.Struct, frozen=True):
    """A record of `sender` was verified, accepted and committed."""

    record: Record
    sender: MemberId


class Receipted(msgspec.Struct, frozen=True):
    """`peer` acknowledged a record by signed receipt; `code` is empty, or why the peer put it into quarantine."""

    record: RecordId
    peer: MemberId
    code: str


class EditArrived(msgspec.Struct, frozen=True):
    """An edit of `peer` was verified and committed; edits of one channel come in order and without a gap."""

    peer: MemberId
    channel: str
    number: int
    data: bytes


class EditChannelChanged(msgspec.Struct, frozen=True):
    """`peer` opened or ended an edit channel towards this node."""

    peer: MemberId
    channel: str
    open: bool


class StreamChanged(msgspec.Struct, frozen=True):
    """`peer` opened or ended a stream towards this node."""

    peer: MemberId
    stream: str
    open: bool


Command = Send | Close | Alarm | Delivered | Receipted | EditArrived | EditChannelChanged | StreamChanged


class Accepted(msgspec.Struct, frozen=True):
    """The sink keeps and shows the record; `new` is False when it was here already (by another way)."""

    new: bool = True


class Quarantined(msgspec.Struct, frozen=True):
    """The record is kept apart and not shown.

    Parameters
    ----------
    code
        Stable code; the receipt carries it to the sender.
    reason
        One sentence for this member's own people; it stays here.
    """

    code: str
    reason: str


class RecordSink(Protocol):
    """Where accepted records and edits go.

    Called inside the exchange's transaction, so that what arrived and the cursor behind it commit together.
    """

    def accept(
        self, tx: Transaction, record: Record, sender: MemberId, entry: Released, now_ms: int
    ) -> Accepted | Quarantined:
        """Take `record`, whose signature, giver, entry, promise and policy (``Purpose.RECEIVE``) were verified.

        The sink checks what needs more knowledge: the label against its security policy, the body against its kind.
        It must not raise for any content; a refusal is ``Quarantined``.
        """
        ...

    def accept_edit(
        self, tx: Transaction, channel: str, sender: MemberId, number: int, data: bytes, now_ms: int
    ) -> None:
        """Keep one edit of `sender`; edits of a channel come in order, each once. It must not raise for any content."""
        ...

    def consents(self, reader: Reader, record: RecordId, holder: MemberId, to: MemberId) -> tuple[MemberId, ...]:
        """Return who consented that `holder` passes `record` on to `to` (sorted)."""
        ...


class BlobDesk(Protocol):
    """Who serves and takes blobs; the exchange carries their messages between partners and nothing more."""

    def wanted(self, tx: Transaction, peer: MemberId, want: BlobWant, now_ms: int) -> list[BlobPiece | BlobNone]:
        """Return what `peer` may have of what it asks for: only under a record that stands released to it."""
        ...

    def arrived(self, tx: Transaction, peer: MemberId, piece: BlobPiece | BlobNone, now_ms: int) -> list[BlobWant]:
        """Take a piece and return what to ask `peer` for next. It must not raise for any content."""
        ...


class ExchangeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Pace and bounds of the exchange.

    Parameters
    ----------
    page_items, page_bytes
        Most records, and about the most bytes, in one page.
    poll_ms
        Each linked peer is asked this often, whether or not it hinted.
    flush_ms
        Longest time an edit waits for its signed batch, ms.
    promise_grace_ms
        How long after the end of the promised epoch (or after arrival, if later) a proof may take while the link is
        up before the alarm.
    messages_per_s, burst_messages, bytes_per_s, burst_bytes
        Token bucket for what comes in from one peer.
    wake_ms
        After a start, the first checkpoint waits this long at most for peers to show what they hold of the own ledger.
    relay_checkpoints
        Most checkpoints of one log in a relay message.
    """

    page_items: int = 200
    page_bytes: int = 2 * 1024 * 1024
    poll_ms: int = 5_000
    flush_ms: int = 80
    promise_grace_ms: int = 20_000
    wake_ms: int = 10_000
    messages_per_s: float = 2_000.0
    burst_messages: float = 6_000.0
    bytes_per_s: float = 96.0 * 1024 * 1024
    burst_bytes: float = 256.0 * 1024 * 1024
    relay_checkpoints: int = 4
