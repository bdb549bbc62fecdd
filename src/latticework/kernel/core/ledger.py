"""What officers see of ledgers: the own entries, the partners' logs, and whether all of it verifies."""

from __future__ import annotations

from typing import Final

from latticework.kernel import archive, journal
from latticework.kernel.core.authority import need
from latticework.kernel.core.base import KernelBase
from latticework.kernel.errors import InvalidRecord, LatticeworkError, NotFound
from latticework.kernel.exchange.entries import Entry, StreamPeriod, decode_entry
from latticework.kernel.ids import MemberId, RecordId
from latticework.kernel.ledger import (
    EntryProof,
    LoggedEntry,
    open_checkpoint,
    read_checkpoint,
    verify_consistency,
    verify_entry,
)
from latticework.kernel.policy.model import Officer, Purpose
from latticework.kernel.store.protocol import Reader
from latticework.kernel.store.sequence import in_table
from latticework.kernel.views import AlarmView, LedgerEntryView, LedgerReport, Page

PROVE_AT_MOST: Final = 300
"""Entries whose proofs one verification checks: the newest."""
CHECK_AT_MOST: Final = 200
"""Checkpoints that one verification checks: so many of the newest, and as many spread over all before them. Every
checkpoint and every entry is checked by ``latticework ledger verify --home`` on the stopped node (``ledger/audit.py``).
"""

LOOKED_THROUGH: Final = 20_000
"""Entries that one page looks at before it is given out, however few of them it shows."""

_WORDS: Final = {
    "released": "Released a record to {to}", "published": "Made a record", "withdrawn": "Took back a release to {to}",
    "stream-granted": "Opened a stream to {to}", "stream-period": "Carried a stream to {to}",
    "edit-granted": "Opened joint editing with {to}", "grant-ended": "Ended a grant to {to}",
    "decided": "Two officers decided",
}


class LedgerViews(KernelBase):
    """Reading and checking ledgers."""

    def ledger_entries(
        self, officer: Officer, *, to: MemberId | None = None, after: str | None = None, limit: int = 50,
        streams: bool = True,
    ) -> Page[LedgerEntryView]:
        """Return the own ledger's entries, newest first: what was released to whom and why.

        An entry names its record by id only; its content passes the gate like everything else.

        Parameters
        ----------
        streams
            False leaves out the periods of open streams: one an epoch and partner, they would bury all else. A page
            then looks through at most :data:`LOOKED_THROUGH` entries and may be short though there is a next one.
        """
        need(officer, "ledger")
        if not 1 <= limit <= 500:
            raise InvalidRecord("a page of the ledger has 1 to 500 rows.")
        if after is not None and (not after.isdecimal() or len(after) > 18):
            raise InvalidRecord("this is not the cursor of a page; use the one that the page before gave.")
        rows: list[LedgerEntryView] = []
        last = ""
        with self.store.snapshot() as reader:
            entries = self.ledger.all_entries(reader, below=int(after) if after else None, reverse=True)
            for seen, logged in enumerate(entries):
                if len(rows) == limit or seen == LOOKED_THROUGH:
                    return Page(tuple(rows), last)
                last = str(logged.ordinal)
                if to is not None and logged.to != to:
                    continue
                if streams or not isinstance(decode_entry(logged.entry), StreamPeriod):
                    rows.append(self._entry_view(reader, officer, logged))
        return Page(tuple(rows), None)

    def verify_ledger(self, officer: Officer) -> LedgerReport:
        """Check the own ledger and those held of partners, from the signed checkpoints down to single entries.

        The signatures of the newest checkpoints and of some of all before, that each extends the one before it, and the
        inclusion of the newest entries are verified with the public functions that any outsider would use.
        """
        need(officer, "ledger")
        with self.store.snapshot() as reader:
            try:
                checked = self._verify_own(reader)
                trouble = ""
            except LatticeworkError as error:
                checked, trouble = 0, error.message
            partners = tuple((p.member, *self._log_of(reader, p.member)) for p in self.trust.list(reader))
            note = self.ledger.checkpoint(reader)
        head = read_checkpoint(note) if note is not None else None
        bad = [member for member, state, _ in partners if state in {"refused", "equivocation"}]
        ok = not trouble and not bad
        sentence = (
            trouble or (f"The ledger of {', '.join(bad)} does not hold; see the alarms." if bad else
                        f"{checked} entries and {len(partners)} partners' ledgers verified.")
        )
        return LedgerReport(
            ok=ok, size=head.size if head else 0, epoch=head.epoch if head else 0,
            root=head.root.hex() if head else "", entries_checked=checked, partners=partners, sentence=sentence,
        )

    def prove_entry(self, officer: Officer, ordinal: int) -> tuple[bytes, EntryProof, bytes]:
        """Return an entry's bytes, its proof, and the signed checkpoint it stands under, for a file."""
        need(officer, "ledger")
        with self.store.snapshot() as reader:
            entries = self.ledger.all_entries(reader, after=ordinal - 1, limit=1) if in_table(ordinal) else ()
            found = next(iter(entries), None)
            if found is None or found.ordinal != ordinal:
                raise NotFound(f"this ledger has no entry {ordinal}.")
            proof = self.ledger.proof(reader, found.to, found.sequence)
            note = self.ledger.checkpoint(reader, found.epoch)
        if note is None:  # pragma: no cover - proof() has refused an epoch that is not sealed
            raise NotFound(f"entry {ordinal} is not sealed yet; wait for the end of its epoch.")
        return found.entry, proof, note

    def alarms(self, officer: Officer, limit: int = 50) -> tuple[AlarmView, ...]:
        """Return what a person should look at, newest first."""
        need(officer, "alarms")
        unkept = tuple(
            AlarmView(id="0", at_ms=row.at_ms, code=row.code, peer=row.peer, sentence=row.sentence)
            for row in reversed(self._unkept.values())
        )
        with self.store.snapshot() as reader:
            return unkept[:limit] + tuple(
                AlarmView(id=str(number), at_ms=row.at_ms, code=row.code, peer=row.peer, sentence=row.sentence,
                          proof=bool(row.proof))
                for number, row in journal.alarms(reader, limit=max(0, limit - len(unkept)))
            )

    def alarm_proof(self, officer: Officer, number: int) -> bytes:
        """Return the self-contained proof file of an alarm."""
        need(officer, "alarms")
        with self.store.snapshot() as reader:
            row = journal.alarm(reader, number)
        if row is None or not row.proof:
            raise NotFound(f"alarm {number} has no proof file.")
        return row.proof

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _entry_view(self, reader: Reader, officer: Officer, logged: LoggedEntry) -> LedgerEntryView:
        entry: Entry = decode_entry(logged.entry)
        tag = str(entry.__struct_config__.tag)
        record: RecordId | None = getattr(entry, "record", None)
        head = archive.head_of(reader, record) if record is not None else None
        what = _WORDS.get(tag, tag).format(to=logged.to)
        # Titles of discreet arrangements are shown on their own page alone; the entry itself is always counted.
        named = head if head is not None and head.id not in self.discreet_records() else None
        if named is not None and self._decide(named.label, named.topic, self.state(), officer, Purpose.VIEW).allowed:
            what = f"{what}: {named.described.title}"
        return LedgerEntryView(
            sequence=logged.ordinal, epoch=logged.epoch, to=logged.to, kind=tag, record=record,
            rule=getattr(entry, "rule", ""), arrangement=getattr(entry, "arrangement", None),
            at_ms=getattr(entry, "at_ms", getattr(entry, "to_ms", 0)), proven=logged.sealed, what=what,
        )

    def _verify_own(self, reader: Reader) -> int:
        epochs, before = self.ledger.epoch(reader), None
        recent = max(0, epochs - CHECK_AT_MOST)
        spread = range(0, recent, max(1, recent // CHECK_AT_MOST))
        for epoch in (*spread, *range(recent, epochs)):
            note = self.ledger.checkpoint(reader, epoch)
            if note is None:
                continue  # an epoch that was skipped when a restored ledger was resumed has no checkpoint
            point = open_checkpoint(note, self.keys, member=self.own)
            if before is not None and not verify_consistency(
                before.root, before.size, point.root, point.size,
                self.ledger.consistency(reader, before.size, point.size),
            ):
                raise InvalidRecord(f"checkpoint {point.epoch} of the own ledger does not extend the one before it.")
            before = point
        checked = 0
        for logged in self.ledger.all_entries(reader, reverse=True, limit=PROVE_AT_MOST):
            if not logged.sealed:
                continue
            sealed = self.ledger.checkpoint(reader, logged.epoch)
            proof = self.ledger.proof(reader, logged.to, logged.sequence)
            if sealed is None or not verify_entry(read_checkpoint(sealed), logged.entry, proof):
                raise InvalidRecord(f"entry {logged.ordinal} of the own ledger is not proven by its checkpoint.")
            checked += 1
        return checked

    def _log_of(self, reader: Reader, member: MemberId) -> tuple[str, int]:
        status = self.exchange.peer_status(reader, member)
        return status.ledger_state, status.ledger_size
