"""What the exchange keeps in the store: tables, keys and rows.

Keys are the partner's trigraph (3 bytes) and big-endian numbers (8 bytes each), so that byte order is numeric order.

=======================  =============================  ==============================================================
table                    key                            value
=======================  =============================  ==============================================================
``exchange.out``         member                         :class:`OutHead`
``exchange.outbox``      member, place                  :class:`OutItem`, in order of release
``exchange.numbered``    member, number                 place of the item that got this number when it was first sent
``exchange.open``        member, place                  empty; items that are neither acknowledged nor withdrawn
``exchange.released``    record (32), member            place of the last release of the record to the member
``exchange.arrived``     record (32), member            number of the item in which the member gave the record
``exchange.receipts``    member, last number            bytes of a receipt that the member signed
``exchange.in``          member                         :class:`InHead`
``exchange.inbox``       member, number                 :class:`InItem`
``exchange.sequences``   member, ledger sequence        number of the item whose entry has this sequence
``exchange.unproven``    member, epoch, number          empty; items whose promised proof has not come
``exchange.overdue``     member, epoch                  empty; an alarm was raised
``exchange.quarantine``  member, number                 :class:`QuarantineRow`
``exchange.signed``      member, last number            bytes of a receipt that this node signed
``exchange.grant-out``   member, grant                  :class:`GrantOut`
``exchange.grant-in``    member, grant                  :class:`GrantIn`
``exchange.edits``       member, grant, number          bytes of an edit; kept while the grant stands
``exchange.session``     member                         own session number, seen session number
``exchange.standing``    member                         state of the member's log as seen here
``exchange.accused``     member                         proof of equivocation
=======================  =============================  ==============================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Generic, Literal, TypeVar

import msgspec

from latticework.kernel.codec import encode
from latticework.kernel.ids import MemberId, RecordId, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Purpose
from latticework.kernel.store.protocol import Reader, Transaction

OUT: Final = "exchange.out"
OUTBOX: Final = "exchange.outbox"
NUMBERED: Final = "exchange.numbered"
OPEN: Final = "exchange.open"
RELEASED: Final = "exchange.released"
ARRIVED: Final = "exchange.arrived"
RECEIPTS: Final = "exchange.receipts"
IN: Final = "exchange.in"
INBOX: Final = "exchange.inbox"
SEQUENCES: Final = "exchange.sequences"
UNPROVEN: Final = "exchange.unproven"
OVERDUE: Final = "exchange.overdue"
QUARANTINE: Final = "exchange.quarantine"
SIGNED: Final = "exchange.signed"
GRANT_OUT: Final = "exchange.grant-out"
GRANT_IN: Final = "exchange.grant-in"
EDITS: Final = "exchange.edits"
SESSION: Final = "exchange.session"
STANDING: Final = "exchange.standing"
ACCUSED: Final = "exchange.accused"

ItemState = Literal["queued", "sent", "received", "quarantined", "withdrawn"]
LogState = Literal["none", "consistent", "gap", "refused", "equivocation"]
R = TypeVar("R", bound=msgspec.Struct)


class OutHead(msgspec.Struct, frozen=True, array_like=True):
    """The flow to one peer.

    Parameters
    ----------
    places
        Last place of the outbox.
    considered
        Last place that got a number or was passed over.
    numbered
        Last number that was given. Numbers are given when an item is first sent, so what was withdrawn before leaves
        no trace on the link.
    receipted
        Receipts are held for all items up to this number.
    waiting, released, acknowledged
        Counts of releases: not yet acknowledged; all; acknowledged.
    grants
        Last grant number given.
    """

    places: int = 0
    considered: int = 0
    numbered: int = 0
    receipted: int = 0
    waiting: int = 0
    released: int = 0
    acknowledged: int = 0
    grants: int = 0


class OutItem(msgspec.Struct, frozen=True, array_like=True):
    """One ledger entry for one peer, on its way or there.

    Parameters
    ----------
    entry
        Exact bytes.
    epoch, sequence
        Where the ledger has it: the promised epoch, and the sequence within the peer's column.
    at_ms
        When it was released.
    topic, label, purpose
        What the gate decided about, to be asked again; None for entries that only report about a grant.
    record, relayed, arrangement, rule
        Of a release.
    grant
        Number of the grant that it opens, ends or reports about; 0 for releases.
    number
        0 until it is first sent.
    code
        Of a quarantine at the peer.
    """

    entry: bytes
    epoch: int
    sequence: int
    at_ms: int
    topic: Topic | None = None
    label: Label | None = None
    purpose: Purpose | None = None
    record: RecordId | None = None
    relayed: bool = False
    arrangement: RecordId | None = None
    rule: str = ""
    grant: int = 0
    number: int = 0
    state: ItemState = "queued"
    code: str = ""


class InHead(msgspec.Struct, frozen=True, array_like=True):
    """The flow from one peer: everything up to number `cursor` is committed here."""

    cursor: int = 0
    records: int = 0
    quarantined: int = 0


class InItem(msgspec.Struct, frozen=True, array_like=True):
    """One item of a peer: its entry, the promise for it, and what became of it (`code` is empty when accepted)."""

    entry: bytes
    epoch: int
    sequence: int
    promise: bytes
    code: str
    arrived_ms: int
    proven: bool = False


class QuarantineRow(msgspec.Struct, frozen=True, array_like=True):
    """What arrived and was not acceptable: kept with its reason, shown to nobody as a record."""

    envelope: bytes
    code: str
    reason: str
    arrived_ms: int


class GrantOut(msgspec.Struct, frozen=True, array_like=True):
    """A stream or edit grant that this node gave.

    Parameters
    ----------
    form
        ``stream`` or ``edit``.
    name
        Stream kind or channel.
    place
        Of its entry in the outbox.
    state
        ``offered`` until the peer's receipt, then ``open``, then ``ended``.
    last, acknowledged
        Edits: number of the last one, and of the last that the peer committed.
    """

    form: Literal["stream", "edit"]
    name: str
    topic: Topic
    label: Label
    place: int
    state: Literal["offered", "open", "ended"] = "offered"
    last: int = 0
    acknowledged: int = 0


class GrantIn(msgspec.Struct, frozen=True, array_like=True):
    """A stream or edit grant that a peer gave; `cursor`: number of the last edit committed here."""

    form: Literal["stream", "edit"]
    name: str
    topic: Topic
    label: Label
    open: bool = True
    cursor: int = 0


class SessionRow(msgspec.Struct, frozen=True, array_like=True):
    """Numbers of the own last session towards a peer, and of the last one seen of it."""

    own: int = 0
    seen: int = 0


class StandingRow(msgspec.Struct, frozen=True, array_like=True):
    """How a member's log stands, as seen here."""

    state: LogState = "none"


class Rows(Generic[R]):
    """Reads and writes one row type; rows were written by this node, so their canonical form is not checked again."""

    __slots__ = ("_decoder", "table")

    def __init__(self, table: str, row: type[R]) -> None:
        self.table = table
        self._decoder = msgspec.msgpack.Decoder(row)

    def get(self, reader: Reader, key: bytes) -> R | None:
        """Return the row at `key`, or None."""
        raw = reader.get(self.table, key)
        return None if raw is None else self._decoder.decode(raw)

    def put(self, tx: Transaction, key: bytes, row: R) -> None:
        """Write `row` at `key`."""
        tx.put(self.table, key, encode(row))

    def scan(
        self, reader: Reader, start: bytes, stop: bytes | None, *, limit: int | None = None, reverse: bool = False
    ) -> Iterator[tuple[bytes, R]]:
        """Yield (key, row) with ``start <= key < stop`` in key order (or reversed), at most `limit`."""
        for key, raw in reader.scan(self.table, start, stop, limit=limit, reverse=reverse):
            yield key, self._decoder.decode(raw)


out_heads: Final = Rows(OUT, OutHead)
out_items: Final = Rows(OUTBOX, OutItem)
in_heads: Final = Rows(IN, InHead)
in_items: Final = Rows(INBOX, InItem)
quarantine: Final = Rows(QUARANTINE, QuarantineRow)
grants_out: Final = Rows(GRANT_OUT, GrantOut)
grants_in: Final = Rows(GRANT_IN, GrantIn)
sessions: Final = Rows(SESSION, SessionRow)
standings: Final = Rows(STANDING, StandingRow)


def at(member: MemberId, *numbers: int) -> bytes:
    """Return the key of `member` and `numbers`."""
    return member.encode() + b"".join(n.to_bytes(8, "big") for n in numbers)


def past(member: MemberId, *numbers: int) -> bytes:
    """Return the smallest key after all that begin with :func:`at` of the same."""
    return at(member, *numbers) + b"\xff" * 17


def last_number(key: bytes) -> int:
    """Return the last number of a key."""
    return int.from_bytes(key[-8:], "big")


def released_key(record: RecordId, to: MemberId) -> bytes:
    """Return the key of a release."""
    return bytes.fromhex(record) + to.encode()
