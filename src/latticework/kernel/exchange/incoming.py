"""The durable flow in: each item verified again, kept or quarantined, the cursor with it, a signed receipt after."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from latticework.kernel.errors import (
    DecodeError,
    InvalidProof,
    LatticeworkError,
    ProtocolError,
    StoreError,
    UnknownMember,
    Withheld,
)
from latticework.kernel.exchange import tables
from latticework.kernel.exchange.entries import EditGranted, Entry, GrantEnded, Released, StreamGranted, decode_entry
from latticework.kernel.exchange.events import Accepted, Delivered, Quarantined
from latticework.kernel.exchange.grants import GrantsIn
from latticework.kernel.exchange.messages import (
    Acknowledged,
    Hint,
    Item,
    Page,
    Pull,
    Receipt,
    ReceiptStatement,
    make_receipt,
)
from latticework.kernel.exchange.parts import Outcome, Parts, Say
from latticework.kernel.exchange.tables import InHead, InItem, QuarantineRow, at, in_heads, in_items, past
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.merkle import leaf_hash
from latticework.kernel.ledger.promise import Promise, entries_digest, read_promise
from latticework.kernel.policy.model import Purpose
from latticework.kernel.records.envelope import open_envelope
from latticework.kernel.records.record import Record
from latticework.kernel.store.protocol import Reader, Transaction

MAX_RESENT_RECEIPTS = 8
QUARANTINE_PART = 16
"""Quarantined items in memory at a time; each has up to a megabyte."""
CURABLE = frozenset({Withheld.code, UnknownMember.code})
"""Codes of quarantine that a later change of policy or trust can cure."""


class Incoming:
    """Inboxes, one a peer."""

    def __init__(self, parts: Parts, grants: GrantsIn) -> None:
        self._parts = parts
        self._grants = grants

    def head(self, reader: Reader, peer: MemberId) -> InHead:
        """Return the head of the inbox of `peer`."""
        return in_heads.get(reader, at(peer)) or InHead()

    # ---- asking ----------------------------------------------------------------------------------------------------

    def pull(self, reader: Reader, peer: MemberId, now_ms: int) -> Say:
        """Ask `peer` for what follows the cursor."""
        self._parts.sessions.of(peer, now_ms).pulling_ms = now_ms
        return Say(peer, Pull(self.head(reader, peer).cursor, self._parts.settings.page_items))

    def hinted(self, reader: Reader, peer: MemberId, hint: Hint, now_ms: int) -> list[Outcome]:
        """Follow a hint: pull unless a pull is out, and send receipts again that the peer does not hold."""
        session = self._parts.sessions.of(peer, now_ms)
        session.wanted = max(session.wanted, hint.high_water)
        outcomes: list[Outcome] = list(self._receipts_after(reader, peer, hint.receipted))
        if hint.high_water > self.head(reader, peer).cursor and session.pulling_ms is None:
            outcomes.append(self.pull(reader, peer, now_ms))
        return outcomes

    def _receipts_after(self, reader: Reader, peer: MemberId, receipted: int) -> Iterator[Say]:
        for _, signed in reader.scan(tables.SIGNED, at(peer, receipted + 1), past(peer), limit=MAX_RESENT_RECEIPTS):
            yield Say(peer, Receipt(signed))

    # ---- pages -----------------------------------------------------------------------------------------------------

    def arrived(self, tx: Transaction, peer: MemberId, page: Page, now_ms: int) -> list[Outcome]:
        """Take a page: verify its promises and every item, keep what is acceptable, sign the receipt, move the cursor.

        Raises
        ------
        ProtocolError
            When it leaves a gap behind the cursor or has a wrong shape.
        InvalidProof, InvalidSignature, DecodeError
            When its promises do not cover exactly its entries.
        """
        session = self._parts.sessions.of(peer, now_ms)
        head = self.head(tx, peer)
        if page.after < head.cursor:
            return []  # the answer to an older pull; everything in it was taken already
        if page.after > head.cursor:
            raise ProtocolError(f"a page of {peer} does not follow what is held here; it was refused.")
        numbers = [item.number for item in page.items]
        if numbers != sorted(set(numbers)) or any(not page.after < n <= page.up_to for n in numbers):
            raise ProtocolError(f"the items of a page of {peer} are not in order; it was refused.")
        promised = self._promised(peer, page)
        resent = list(self._receipts_after(tx, peer, page.receipted))
        outcomes: list[Outcome] = []
        lines: list[Acknowledged] = []
        for item, (promise, signed, sequence) in zip(page.items, promised, strict=True):
            if promise.epoch != item.epoch:
                raise InvalidProof(f"a page of {peer} promises an item for another epoch than it says.")
            code, found = self._take(tx, peer, item, now_ms)
            outcomes += found
            in_items.put(tx, at(peer, item.number), InItem(item.entry, item.epoch, sequence, signed, code, now_ms))
            tx.put(tables.SEQUENCES, at(peer, sequence), item.number.to_bytes(8, "big"))
            tx.put(tables.UNPROVEN, at(peer, item.epoch, item.number), b"")
            lines.append(Acknowledged(item.number, leaf_hash(item.entry), code))
        records = sum(isinstance(o, Delivered) for o in outcomes)
        quarantined = sum(bool(line.code) for line in lines)
        in_heads.put(tx, at(peer), InHead(page.up_to, head.records + records, head.quarantined + quarantined))
        if lines:
            outcomes.append(Say(peer, Receipt(self._sign(tx, peer, lines, now_ms))))
        outcomes += resent
        session.pulling_ms = None
        if page.up_to > page.after and (not page.end or session.wanted > page.up_to):
            outcomes.append(self.pull(tx, peer, now_ms))
        if page.end:
            session.wanted = page.up_to
        return outcomes

    def _promised(self, peer: MemberId, page: Page) -> list[tuple[Promise, bytes, int]]:
        """Return for each item its promise, the promise's bytes and the entry's ledger sequence."""
        found: list[tuple[Promise, bytes, int]] = []
        for signed in page.promises:
            promise = read_promise(signed, self._parts.keys)
            run = page.items[len(found) : len(found) + promise.count]
            expected = (peer, self._parts.own, len(run), entries_digest([leaf_hash(i.entry) for i in run]))
            if (promise.giver, promise.to, promise.count, promise.digest) != expected or promise.first >= 2**62:
                raise InvalidProof(f"an inclusion promise of {peer} is for other entries than those that came with it.")
            found += [(promise, signed, promise.first + n) for n in range(len(run))]
        if len(found) != len(page.items):
            raise InvalidProof(f"a page of {peer} has items without an inclusion promise; it was refused.")
        return found

    # ---- items -----------------------------------------------------------------------------------------------------

    def _take(self, tx: Transaction, peer: MemberId, item: Item, now_ms: int) -> tuple[str, list[Outcome]]:
        """Keep one item; return the code of its refusal (or nothing) and what to tell."""
        try:
            entry = decode_entry(item.entry)
            if isinstance(entry, Released):
                return self._take_record(tx, peer, item, entry, now_ms)
            if item.envelope:
                raise ProtocolError("an entry that releases no record came with one.")
            return self._take_grant(tx, peer, item, entry, now_ms)
        except StoreError:
            raise  # the node's own trouble is no fault of the item
        except LatticeworkError as error:
            self._quarantine(tx, peer, item, error.code, error.message, now_ms)
            return error.code, []

    def _take_record(
        self, tx: Transaction, peer: MemberId, item: Item, entry: Released, now_ms: int
    ) -> tuple[str, list[Outcome]]:
        record = open_envelope(item.envelope, self._parts.keys)
        self._check_release(tx, peer, record, entry, now_ms)
        answer = self._parts.sink.accept(tx, record, peer, entry, now_ms)
        if isinstance(answer, Quarantined):
            self._quarantine(tx, peer, item, answer.code, answer.reason, now_ms)
            return answer.code, []
        tx.put(tables.ARRIVED, tables.released_key(record.id, peer), item.number.to_bytes(8, "big"))
        return "", [Delivered(record, peer)] if isinstance(answer, Accepted) and answer.new else []

    def _check_release(self, tx: Transaction, peer: MemberId, record: Record, entry: Released, now_ms: int) -> None:
        statement = record.statement
        if (entry.record, entry.to) != (record.id, self._parts.own):
            raise InvalidProof(f"the ledger entry of {peer} is for another record or another member.")
        if entry.relayed != (statement.member != peer):
            raise ProtocolError(f"the ledger entry of {peer} does not say truly whether the record was relayed.")
        decision = self._parts.decide(tx, peer, statement.topic, statement.label, Purpose.RECEIVE, now_ms, record.id)
        if not decision.allowed:
            raise Withheld(f"{peer} may not give this to {self._parts.own} by {decision.rule}: {decision.reason}")

    def _take_grant(
        self, tx: Transaction, peer: MemberId, item: Item, entry: Entry, now_ms: int
    ) -> tuple[str, list[Outcome]]:
        to = getattr(entry, "to", None)
        if to != self._parts.own:
            raise InvalidProof(f"a ledger entry of {peer} is for another member.")
        if isinstance(entry, StreamGranted | EditGranted):
            decision = self._parts.decide(tx, peer, entry.topic, entry.label, Purpose.RECEIVE, now_ms)
            if not decision.allowed:
                raise Withheld(f"{peer} may not open this to {self._parts.own} by {decision.rule}: {decision.reason}")
            return "", self._grants.opened(tx, peer, entry)
        if isinstance(entry, GrantEnded):
            return "", self._grants.ended(tx, peer, entry.number)
        if isinstance(entry, Released):  # pragma: no cover - taken elsewhere
            raise DecodeError("a release came without its record.")
        return "", self._grants.reported(tx, peer, entry)

    def _quarantine(self, tx: Transaction, peer: MemberId, item: Item, code: str, reason: str, now_ms: int) -> None:
        tables.quarantine.put(tx, at(peer, item.number), QuarantineRow(item.envelope, code, reason, now_ms))

    def try_again(self, tx: Transaction, peer: MemberId, now_ms: int) -> list[Outcome]:
        """Judge again what was quarantined only because the policy or the trust of that time refused it.

        A consent or a grant may come after the record that it allows. What is acceptable now is kept, and a second
        receipt says so.
        """
        outcomes: list[Outcome] = []
        lines: list[Acknowledged] = []
        for number, row in self._quarantined_in_parts(tx, peer):
            held = in_items.get(tx, at(peer, number))
            if row.code not in CURABLE or held is None:
                continue
            code, found = self._take(tx, peer, Item(number, held.entry, row.envelope, held.epoch), now_ms)
            if not code:
                tx.delete(tables.QUARANTINE, at(peer, number))
                in_items.put(tx, at(peer, number), msgspec.structs.replace(held, code=""))
                lines.append(Acknowledged(number, leaf_hash(held.entry), ""))
                outcomes += found
        if lines:
            head = self.head(tx, peer)
            in_heads.put(tx, at(peer), msgspec.structs.replace(
                head, records=head.records + sum(isinstance(o, Delivered) for o in outcomes),
                quarantined=head.quarantined - len(lines)))
            outcomes.append(Say(peer, Receipt(self._sign(tx, peer, lines, now_ms))))
        return outcomes

    def _quarantined_in_parts(self, tx: Transaction, peer: MemberId) -> Iterator[tuple[int, QuarantineRow]]:
        """Yield quarantined items in order, few at a time: a peer may have filled the quarantine with large ones."""
        after = 0
        while part := list(tables.quarantine.scan(tx, at(peer, after + 1), past(peer), limit=QUARANTINE_PART)):
            after = tables.last_number(part[-1][0])
            yield from ((tables.last_number(key), row) for key, row in part)

    def _sign(self, tx: Transaction, peer: MemberId, lines: list[Acknowledged], now_ms: int) -> bytes:
        statement = ReceiptStatement(giver=peer, taker=self._parts.own, at_ms=now_ms, items=tuple(lines))
        signed = make_receipt(self._parts.signer, statement)
        tx.put(tables.SIGNED, at(peer, lines[-1].number), signed)
        return signed

    def quarantined(self, reader: Reader, peer: MemberId) -> Iterator[tuple[int, QuarantineRow]]:
        """Yield (number, row) of what `peer` sent and this node put into quarantine."""
        for key, row in tables.quarantine.scan(reader, at(peer), past(peer)):
            yield tables.last_number(key), row
