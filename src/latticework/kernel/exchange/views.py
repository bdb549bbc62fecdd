"""What the exchange can tell about itself: releases, outboxes, quarantine, and how it stands with each peer."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from latticework.kernel.codec import decode
from latticework.kernel.exchange import tables
from latticework.kernel.exchange.incoming import Incoming
from latticework.kernel.exchange.messages import ReceiptStatement
from latticework.kernel.exchange.outgoing import Outgoing
from latticework.kernel.exchange.parts import Parts
from latticework.kernel.exchange.proving import Proving
from latticework.kernel.exchange.tables import (
    ItemState,
    LogState,
    OutItem,
    QuarantineRow,
    at,
    in_items,
    out_items,
    past,
)
from latticework.kernel.ids import MemberId, RecordId
from latticework.kernel.records.record import Envelope
from latticework.kernel.store.protocol import Reader


class ReleaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One release of one record to one member.

    Parameters
    ----------
    state
        ``queued`` (never sent), ``sent``, ``received`` or ``quarantined`` (by the member's signed receipt),
        ``withdrawn`` (the policy changed before the receipt).
    code
        Why the member put it into quarantine.
    proven
        Its entry stands under a checkpoint of the own ledger.
    """

    record: RecordId
    to: MemberId
    at_ms: int
    rule: str
    arrangement: RecordId | None
    epoch: int
    state: ItemState
    code: str
    proven: bool
    relayed: bool


class PeerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How this node stands with one peer.

    Parameters
    ----------
    linked, since_ms
        Whether a link is up, and since when it is so (None before the first link since the start).
    lag_ms
        Median time from release to receipt over the last receipts, ms; None before the first.
    queued
        Ledger entries for it that it has not acknowledged.
    released, receipts
        Records released to it, and those that it acknowledged.
    records_from, quarantined_from
        Records of it that were accepted here, and those that were not.
    unproven
        Entries of it whose promised proof has not come.
    last_checkpoint_ms, ledger_size, ledger_state
        Its last checkpoint held here: the log's own time, its size, and whether it extends the one before.
    rejected
        Messages of it that were refused since the start, by stable code.
    """

    member: MemberId
    linked: bool
    since_ms: int | None
    lag_ms: float | None
    queued: int
    released: int
    receipts: int
    records_from: int
    quarantined_from: int
    unproven: int
    last_checkpoint_ms: int | None
    ledger_size: int
    ledger_state: LogState
    rejected: dict[str, int]


class ExchangeViews:
    """The reading half of the exchange."""

    def __init__(self, parts: Parts, outgoing: Outgoing, incoming: Incoming, proving: Proving) -> None:
        self._parts = parts
        self._outgoing = outgoing
        self._incoming = incoming
        self._proving = proving

    def peers(self, reader: Reader) -> list[MemberId]:
        """Return every member that this node has or had something with, sorted."""
        found = {*self._parts.state().partners}
        for table in (tables.OUT, tables.IN):
            found.update(MemberId(key.decode()) for key, _ in reader.scan(table))
        return sorted(found)

    def released(self, reader: Reader, record: RecordId, *, withdrawn: bool = False) -> tuple[ReleaseRow, ...]:
        """Return the releases of `record`, by member: to whom it went, or is on its way.

        Parameters
        ----------
        withdrawn
            Return also those that were withdrawn before the member acknowledged them; such a release may have arrived
            all the same, when the member's receipt was lost.
        """
        return tuple(
            self._release_row(reader, to, item)
            for to, item in self._outgoing.record_items(reader, record)
            if withdrawn or item.state != "withdrawn"
        )

    def stands_released(self, reader: Reader, record: RecordId, to: MemberId) -> bool:
        """Say whether `record` was released to `to` and not withdrawn."""
        return self._outgoing.stands(reader, record, to)

    def holders(self, reader: Reader, record: RecordId) -> tuple[MemberId, ...]:
        """Return the members that have `record` from this node, or may have it, or are about to get it; sorted.

        A release that was withdrawn after it was sent counts: it may have arrived and its receipt been lost. A recall
        goes to all of these and to nobody else.
        """
        return tuple(
            to for to, item in self._outgoing.record_items(reader, record) if item.state != "withdrawn" or item.number
        )

    def outbox(
        self, reader: Reader, peer: MemberId, *, after: int = 0, limit: int | None = None
    ) -> Iterator[tuple[int, ReleaseRow]]:
        """Yield (place, release) of records released to `peer`, oldest first, from the one after place `after` on."""
        count = 0
        for key, item in out_items.scan(reader, at(peer, after + 1), past(peer)):
            if item.record is not None and (limit is None or count < limit):
                count += 1
                yield tables.last_number(key), self._release_row(reader, peer, item)

    def _release_row(self, reader: Reader, to: MemberId, item: OutItem) -> ReleaseRow:
        if item.record is None:  # pragma: no cover - callers select releases
            raise ValueError("only releases have rows")
        return ReleaseRow(
            record=item.record, to=to, at_ms=item.at_ms, rule=item.rule, arrangement=item.arrangement,
            epoch=item.epoch, state=item.state, code=item.code, relayed=item.relayed,
            proven=item.epoch < self._parts.ledger.epoch(reader),
        )

    def quarantined(self, reader: Reader, peer: MemberId) -> tuple[tuple[int, QuarantineRow], ...]:
        """Return (number, row) of what `peer` sent and this node put into quarantine; for this member's people only."""
        return tuple(self._incoming.quarantined(reader, peer))

    def proven_from(self, reader: Reader, peer: MemberId, number: int) -> bool:
        """Say whether the promise for item `number` of `peer` was kept."""
        item = in_items.get(reader, at(peer, number))
        return item is not None and item.proven

    def proven_record(self, reader: Reader, record: RecordId, peer: MemberId) -> int | None:
        """Return the promised epoch of a record that `peer` gave, when its proof is held; None while it is not."""
        number = reader.get(tables.ARRIVED, tables.released_key(record, peer))
        item = in_items.get(reader, peer.encode() + number) if number is not None else None
        return item.epoch if item is not None and item.proven else None

    def accusation(self, reader: Reader, member: MemberId) -> bytes | None:
        """Return the proof that `member` signed two histories, if one is held."""
        return reader.get(tables.ACCUSED, at(member))

    def receipts(self, reader: Reader, peer: MemberId) -> Iterator[bytes]:
        """Yield the signed receipts of `peer`, oldest first: evidence that stands on its own."""
        for _, signed in reader.scan(tables.RECEIPTS, at(peer), past(peer)):
            yield signed

    def receipted_ms(self, reader: Reader, record: RecordId, peer: MemberId) -> int | None:
        """Return when `peer` received a record that was released to it, by its signed receipt; None: no receipt."""
        item = next((item for to, item in self._outgoing.record_items(reader, record) if to == peer), None)
        if item is None or not item.number:
            return None
        for _, signed in reader.scan(tables.RECEIPTS, at(peer, item.number), past(peer), limit=1):
            statement = decode(decode(signed, Envelope, what="receipt").payload, ReceiptStatement, what="receipt")
            if any(line.number == item.number and not line.code for line in statement.items):
                return statement.at_ms
        return None

    def rejected(self, peer: MemberId | None = None) -> dict[str, int]:
        """Return how many messages were refused since the start, by stable code."""
        return {}

    def log_state(self, reader: Reader, member: MemberId) -> LogState:
        """Return how the log of `member` stands as seen here."""
        return self._proving.standing(reader, member)

    def peer_status(self, reader: Reader, peer: MemberId) -> PeerStatus:
        """Return how this node stands with `peer`."""
        out, held = self._outgoing.head(reader, peer), self._incoming.head(reader, peer)
        session = self._parts.sessions.get(peer)
        log = self._proving.watch(peer).head(reader)
        return PeerStatus(
            member=peer, linked=session is not None and session.up,
            since_ms=session.since_ms if session is not None else None,
            lag_ms=session.lag_ms() if session is not None else None,
            queued=out.waiting, released=out.released, receipts=out.acknowledged, records_from=held.records,
            quarantined_from=held.quarantined, unproven=reader.count(tables.UNPROVEN, at(peer), past(peer)),
            last_checkpoint_ms=log.time_ms if log is not None else None,
            ledger_size=log.size if log is not None else 0, ledger_state=self.log_state(reader, peer),
            rejected=self.rejected(peer),
        )
