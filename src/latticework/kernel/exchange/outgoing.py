"""The durable flow out: what was released to a peer, numbered when first sent, promised, and receipted."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from latticework.kernel import archive
from latticework.kernel.errors import InvalidProof, NotFound, Withheld
from latticework.kernel.exchange import tables
from latticework.kernel.exchange.entries import Entry, Published, Released, Withdrawn
from latticework.kernel.exchange.events import Receipted
from latticework.kernel.exchange.messages import Hint, Item, Page, Pull, Receipt, open_receipt
from latticework.kernel.exchange.parts import Outcome, Parts, Say
from latticework.kernel.exchange.tables import OutHead, OutItem, at, last_number, out_heads, out_items, past
from latticework.kernel.ids import MemberId, RecordId, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.ledger.ledger import Pending
from latticework.kernel.ledger.merkle import leaf_hash
from latticework.kernel.ledger.promise import promise
from latticework.kernel.policy.model import Decision, Purpose
from latticework.kernel.records.record import Record
from latticework.kernel.store.protocol import Reader, Transaction

DELIVERED = frozenset({"received", "quarantined"})


class Outgoing:
    """Outboxes, one a peer."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    # ---- releasing -------------------------------------------------------------------------------------------------

    def publish(self, tx: Transaction, record: Record, now_ms: int) -> Pending:
        """Enter the making of an own record into the member's own column of the ledger."""
        return self._parts.log(tx, None, Published(record=record.id, at_ms=now_ms), now_ms)[1]

    def release(
        self, tx: Transaction, record: RecordId, to: MemberId, decision: Decision, now_ms: int, relayed: bool
    ) -> tuple[int, OutItem]:
        """Log the release of `record` to `to` and put it into the outbox; the second time changes nothing.

        Returns
        -------
        tuple[int, OutItem]
            Place in the outbox, and the item.

        Raises
        ------
        Withheld
            When the decision does not allow it.
        NotFound
            When the record is not in the archive.
        LedgerError
            When the own ledger waits for two officers to resume it.
        """
        if not decision.allowed:
            raise Withheld(f"the record is withheld from {to} by {decision.rule}: {decision.reason}")
        standing = self._standing_release(tx, record, to)
        if standing is not None:
            return standing
        head = archive.head_of(tx, record)
        if head is None:
            raise NotFound(f"there is no record {record[:12]} here, or you may not see it.")
        entry = Released(
            record=record, to=to, arrangement=decision.arrangement, rule=decision.rule, relayed=relayed, at_ms=now_ms
        )
        purpose = Purpose.RELAY if relayed else Purpose.RELEASE
        place, item = self.put(
            tx, to, entry, now_ms, topic=head.topic, label=head.label, purpose=purpose, decision=decision,
            record=record, relayed=relayed,
        )
        tx.put(tables.RELEASED, tables.released_key(record, to), place.to_bytes(8, "big"))
        return place, item

    def put(
        self, tx: Transaction, to: MemberId, entry: Entry, now_ms: int, *, topic: Topic | None = None,
        label: Label | None = None, purpose: Purpose | None = None, decision: Decision | None = None,
        record: RecordId | None = None, relayed: bool = False, grant: int = 0,
    ) -> tuple[int, OutItem]:
        """Log any entry for `to` and put it into the outbox."""
        data, pending = self._parts.log(tx, to, entry, now_ms)
        item = OutItem(
            entry=data, epoch=pending.epoch, sequence=pending.sequence, at_ms=now_ms, topic=topic, label=label,
            purpose=purpose, record=record, relayed=relayed, arrangement=decision.arrangement if decision else None,
            rule=decision.rule if decision else "", grant=grant,
        )
        head = self.head(tx, to)
        place = head.places + 1
        out_items.put(tx, at(to, place), item)
        tx.put(tables.OPEN, at(to, place), b"")
        released = head.released + (record is not None)
        out_heads.put(tx, at(to), msgspec.structs.replace(
            head, places=place, waiting=head.waiting + 1, released=released))
        return place, item

    def stands(self, reader: Reader, record: RecordId, to: MemberId) -> bool:
        """Say whether `record` was released to `to` and not withdrawn."""
        return self._standing_release(reader, record, to) is not None

    def _standing_release(self, reader: Reader, record: RecordId, to: MemberId) -> tuple[int, OutItem] | None:
        raw = reader.get(tables.RELEASED, tables.released_key(record, to))
        item = out_items.get(reader, to.encode() + raw) if raw is not None else None
        if raw is None or item is None or item.state == "withdrawn":
            return None
        return int.from_bytes(raw, "big"), item

    def head(self, reader: Reader, peer: MemberId) -> OutHead:
        """Return the head of the outbox of `peer`."""
        return out_heads.get(reader, at(peer)) or OutHead()

    # ---- what the gate says now ------------------------------------------------------------------------------------

    def allowed(self, reader: Reader, peer: MemberId, item: OutItem, now_ms: int) -> Decision | None:
        """Ask the gate about `item` again; None when it was never a question for the gate."""
        if item.label is None or item.topic is None or item.purpose is None:
            return None
        return self._parts.decide(reader, peer, item.topic, item.label, item.purpose, now_ms, item.record)

    def decide_again(self, tx: Transaction, peer: MemberId, now_ms: int) -> list[OutItem]:
        """Withdraw everything on its way to `peer` that the gate no longer allows; return what was withdrawn."""
        withdrawn: list[OutItem] = []
        for key, _ in list(tx.scan(tables.OPEN, at(peer), past(peer))):
            item = out_items.get(tx, key)
            decision = self.allowed(tx, peer, item, now_ms) if item is not None else None
            if item is not None and decision is not None and not decision.allowed:
                self.withdraw(tx, peer, last_number(key), item, decision.rule, now_ms)
                withdrawn.append(item)
        return withdrawn

    def withdraw(self, tx: Transaction, peer: MemberId, place: int, item: OutItem, rule: str, now_ms: int) -> None:
        """Take an undelivered item back; the entry stays in the ledger, and a second one says that it was withdrawn."""
        self._settle(tx, peer, place, msgspec.structs.replace(item, state="withdrawn"))
        if item.record is not None and self._parts.ledger.stalled(tx) is None:
            entry = Withdrawn(record=item.record, to=peer, rule=rule, at_ms=now_ms)
            self._parts.log(tx, None, entry, now_ms)

    def _settle(self, tx: Transaction, peer: MemberId, place: int, item: OutItem) -> None:
        out_items.put(tx, at(peer, place), item)
        tx.delete(tables.OPEN, at(peer, place))
        head = self.head(tx, peer)
        done = head.acknowledged + (item.state in DELIVERED and item.record is not None)
        out_heads.put(tx, at(peer), msgspec.structs.replace(head, waiting=head.waiting - 1, acknowledged=done))

    # ---- pages -----------------------------------------------------------------------------------------------------

    def hint(self, reader: Reader, peer: MemberId) -> Say:
        """Return the hint for `peer`."""
        head = self.head(reader, peer)
        return Say(peer, Hint(head.numbered + head.places - head.considered, head.receipted))

    def pulled(
        self, tx: Transaction, peer: MemberId, pull: Pull, now_ms: int
    ) -> tuple[Page, list[tuple[int, OutItem]]]:
        """Answer a pull: number what was not sent yet, ask the gate about each item, promise all of them.

        Returns
        -------
        tuple[Page, list[tuple[int, OutItem]]]
            The page, and its items with their places.
        """
        head = self.head(tx, peer)
        if pull.after > head.numbered:
            # The peer holds more of this flow than this node remembers: an older store was put back. Numbers that
            # the peer has seen are not given again, or it would take new items for old ones.
            head = msgspec.structs.replace(head, numbered=pull.after)
            out_heads.put(tx, at(peer), head)
        limit = min(pull.limit, self._parts.settings.page_items)
        chosen: list[tuple[int, OutItem]] = []
        items: list[Item] = []
        size, up_to, full = 0, pull.after, False
        for number, place, item in self._following(tx, peer, pull.after, now_ms):
            envelope = archive.envelope_of(tx, item.record) or b"" if item.record is not None else b""
            size += len(envelope) + len(item.entry)
            if len(items) == limit or (items and size > self._parts.settings.page_bytes):
                full = True
                break
            item = self._number(tx, peer, number, place, item)
            up_to = number
            items.append(Item(number, item.entry, envelope, item.epoch))
            chosen.append((place, item))
        if not full:
            self._skip_rest(tx, peer)
            up_to = max(up_to, self.head(tx, peer).numbered)
        head = self.head(tx, peer)
        page = Page(
            after=pull.after, up_to=up_to, items=tuple(items), promises=self._promises(peer, chosen, now_ms),
            end=not full, high_water=head.numbered + head.places - head.considered, receipted=head.receipted,
        )
        return page, chosen

    def _following(
        self, tx: Transaction, peer: MemberId, after: int, now_ms: int
    ) -> Iterator[tuple[int, int, OutItem]]:
        """Yield (number, place, item) that may be sent after number `after`; what may not is withdrawn on the way."""
        while chunk := list(tx.scan(tables.NUMBERED, at(peer, after + 1), past(peer), limit=256)):
            for key, raw in chunk:
                place = int.from_bytes(raw, "big")
                item = out_items.get(tx, at(peer, place))
                if item is not None and self._may_go(tx, peer, place, item, now_ms):
                    yield last_number(key), place, item
            after = last_number(chunk[-1][0])
        head = self.head(tx, peer)
        place = head.considered
        while place < head.places:
            place += 1
            item = out_items.get(tx, at(peer, place))
            if item is not None and self._may_go(tx, peer, place, item, now_ms):
                yield self.head(tx, peer).numbered + 1, place, item

    def _may_go(self, tx: Transaction, peer: MemberId, place: int, item: OutItem, now_ms: int) -> bool:
        if item.state == "withdrawn":
            return False
        decision = self.allowed(tx, peer, item, now_ms)
        if decision is None or decision.allowed:
            return True
        if item.state not in DELIVERED:
            self.withdraw(tx, peer, place, item, decision.rule, now_ms)
        return False

    def _number(self, tx: Transaction, peer: MemberId, number: int, place: int, item: OutItem) -> OutItem:
        ledger = self._parts.ledger
        if item.epoch != ledger.epoch(tx):
            # After an older store was put back and resumed, an entry may stand in a later epoch than first promised.
            sealed = ledger.epoch_of(tx, peer, item.sequence)
            epoch = ledger.epoch(tx) if sealed is None else sealed
            if epoch != item.epoch:
                item = msgspec.structs.replace(item, epoch=epoch)
                out_items.put(tx, at(peer, place), item)
        if item.number:
            return item
        item = msgspec.structs.replace(item, number=number, state="sent")
        out_items.put(tx, at(peer, place), item)
        tx.put(tables.NUMBERED, at(peer, number), place.to_bytes(8, "big"))
        head = self.head(tx, peer)
        out_heads.put(tx, at(peer), msgspec.structs.replace(head, numbered=number, considered=place))
        return item

    def _skip_rest(self, tx: Transaction, peer: MemberId) -> None:
        head = self.head(tx, peer)
        if head.considered < head.places:
            out_heads.put(tx, at(peer), msgspec.structs.replace(head, considered=head.places))

    def _promises(self, peer: MemberId, chosen: list[tuple[int, OutItem]], now_ms: int) -> tuple[bytes, ...]:
        """Promise the items in runs of one epoch and consecutive ledger sequence."""
        runs: list[list[OutItem]] = []
        for _, item in chosen:
            last = runs[-1][-1] if runs else None
            if last is not None and (last.epoch, last.sequence + 1) == (item.epoch, item.sequence):
                runs[-1].append(item)
            else:
                runs.append([item])
        return tuple(
            promise(
                self._parts.signer, to=peer, epoch=run[0].epoch, first=run[0].sequence,
                entry_hashes=[leaf_hash(i.entry) for i in run], at_ms=now_ms,
            )
            for run in runs
        )

    # ---- receipts --------------------------------------------------------------------------------------------------

    def receipted(
        self, tx: Transaction, peer: MemberId, receipt: Receipt, now_ms: int
    ) -> tuple[list[Outcome], list[tuple[OutItem, str]]]:
        """Take a signed receipt; return what to tell, and the items that report about grants with their codes.

        Raises
        ------
        DecodeError, InvalidSignature, ProtocolError
            When it is malformed or not the peer's.
        InvalidProof
            When it acknowledges something else than what was sent.
        """
        statement = open_receipt(receipt.signed, self._parts.keys, self._parts.own, peer)
        found: list[tuple[int, OutItem, str]] = []
        for line in statement.items:
            raw = tx.get(tables.NUMBERED, at(peer, line.number))
            item = out_items.get(tx, peer.encode() + raw) if raw is not None else None
            if raw is None or item is None:
                continue  # sent before an older store was put back; nothing here to compare it with
            if leaf_hash(item.entry) != line.entry_hash:
                raise InvalidProof(f"{peer} acknowledged something else than what was sent; its receipt was refused.")
            found.append((int.from_bytes(raw, "big"), item, line.code))
        outcomes: list[Outcome] = []
        grants: list[tuple[OutItem, str]] = []
        session = self._parts.sessions.of(peer, now_ms)
        for place, item, code in found:
            if item.state == "received" or (item.state == "quarantined" and code):
                continue
            if item.state == "quarantined":
                # The peer judged again, after its policy changed, and took it.
                out_items.put(tx, at(peer, place), msgspec.structs.replace(item, state="received", code=""))
                if item.record is not None:
                    outcomes.append(Receipted(item.record, peer, ""))
                continue
            # A withdrawn item that arrived before it was withdrawn was delivered all the same.
            if item.state == "withdrawn":
                head = self.head(tx, peer)
                out_heads.put(tx, at(peer), msgspec.structs.replace(head, waiting=head.waiting + 1))
            self._settle(tx, peer, place, msgspec.structs.replace(
                item, state="quarantined" if code else "received", code=code))
            session.lags.append(max(0, now_ms - item.at_ms))
            if item.record is not None:
                outcomes.append(Receipted(item.record, peer, code))
            elif item.grant:
                grants.append((item, code))
        if found:
            tx.put(tables.RECEIPTS, at(peer, statement.items[-1].number), receipt.signed)
        self._advance_receipted(tx, peer)
        return outcomes, grants

    def _advance_receipted(self, tx: Transaction, peer: MemberId) -> None:
        head = self.head(tx, peer)
        up_to = head.receipted
        for key, raw in tx.scan(tables.NUMBERED, at(peer, up_to + 1), past(peer)):
            item = out_items.get(tx, at(peer, int.from_bytes(raw, "big")))
            if item is None or item.state == "sent":
                break
            up_to = last_number(key)
        if up_to != head.receipted:
            out_heads.put(tx, at(peer), msgspec.structs.replace(head, receipted=up_to))

    def record_items(self, reader: Reader, record: RecordId) -> Iterator[tuple[MemberId, OutItem]]:
        """Yield (member, item) of the last release of `record` to each member, withdrawn ones included."""
        prefix = bytes.fromhex(record)
        for key, raw in reader.scan(tables.RELEASED, prefix, prefix + b"\xff"):
            item = out_items.get(reader, key[-3:] + raw)
            if item is not None:
                yield MemberId(key[-3:].decode()), item
