"""The auditor's view: who decided, released, saw, exported and printed what, when, and by which rule.

Two sources in one order of time: the journal of what officers did at this node, and the ledger of what left it. An
auditor sees ids, rules and names; titles and contents pass the gate for the auditor as for anyone, and its roles read
none.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from latticework.kernel import journal
from latticework.kernel.core.authority import need
from latticework.kernel.core.base import KernelBase
from latticework.kernel.errors import InvalidRecord
from latticework.kernel.exchange.entries import Decided, Entry, Published, Released, StreamPeriod, decode_entry
from latticework.kernel.ids import MemberId, OfficerId, Post, RecordId
from latticework.kernel.ledger import LoggedEntry
from latticework.kernel.policy.model import Officer
from latticework.kernel.store.protocol import Reader
from latticework.kernel.views import Page, RecordView

SEEN_AGAIN_MS: Final = 3_600_000
"""An officer who opens a record again within this time is not noted again."""
SEEN_KEPT: Final = 20_000
MOST: Final = 500
LOOKED_THROUGH: Final = 20_000
"""Lines that one page looks at before it is given out, however few of them it shows."""
PASSED_OVER: Final = 100
"""Of so many periods of streams one counts as a line that was looked at."""


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What an auditor looks for; None and False narrow nothing.

    Parameters
    ----------
    officer
        Sign-in name; also as second officer.
    act
        An act, and those below it: ``record`` finds ``record.view`` and ``record.export``.
    record, to
        About this record; towards this member.
    from_ms, until_ms
        Times, ms since 1970 UTC; the end is exclusive.
    refused
        Only what was not permitted.
    """

    officer: str | None = None
    act: str | None = None
    record: RecordId | None = None
    to: MemberId | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    refused: bool = False

    def takes(self, line: AuditLine) -> bool:
        """Say whether `line` is looked for; times aside."""
        act = self.act
        return (
            (self.officer is None or self.officer in {line.officer, line.second})
            and (act is None or line.act == act or line.act.startswith(f"{act}."))
            and (self.record is None or line.record == self.record) and (self.to is None or line.to == self.to)
            and not (self.refused and line.allowed)
        )


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the auditor's view.

    Parameters
    ----------
    source, number
        Where it stands: the ``journal`` of officers' acts or the ``ledger`` of releases, and its number there.
    officer, post, second
        Who acted; the officer is None where the node did so by itself.
    act, what
        What was done, and the name of what it was done with where that is no record.
    allowed, rule
        The decision, and the rule that gave it; empty where the officer's role decided.
    record, to
        What it was about, and which member got something.
    """

    source: Literal["journal", "ledger"]
    number: int
    at_ms: int
    act: str
    allowed: bool
    rule: str
    officer: OfficerId | None = None
    post: Post | None = None
    second: OfficerId | None = None
    record: RecordId | None = None
    to: MemberId | None = None
    what: str = ""


class AuditViews(KernelBase):
    """Reading the journal and the ledger together, and noting what officers see."""

    _seen_ms: dict[tuple[OfficerId, RecordId], int]

    def audit(
        self, officer: Officer, wanted: AuditFilter | None = None, *, after: str | None = None, limit: int = 50,
        discreet: bool = False,
    ) -> Page[AuditLine]:
        """Return who did what, newest first.

        Parameters
        ----------
        after
            The cursor of the page before.
        limit
            1 to 500.
        discreet
            Also lines about the records of discreet arrangements, because somebody asked for them.
        """
        need(officer, "audit")
        if not 1 <= limit <= MOST:
            raise InvalidRecord("a page of the audit has 1 to 500 rows.")
        wanted = wanted or AuditFilter()
        hidden = frozenset[RecordId]() if discreet else self.discreet_records()
        marks = dict(zip(("journal", "ledger"), _cursor(after), strict=True))
        found: list[AuditLine] = []
        with self.store.snapshot() as reader:
            for looked, line in enumerate(self._lines(reader, marks["journal"], marks["ledger"])):
                if wanted.from_ms is not None and line.at_ms < wanted.from_ms:
                    break
                if len(found) == limit or looked == LOOKED_THROUGH:
                    return Page(tuple(found), ".".join("" if mark is None else str(mark) for mark in marks.values()))
                marks[line.source] = line.number
                if line.act and (wanted.until_ms is None or line.at_ms < wanted.until_ms) and wanted.takes(
                        line) and line.record not in hidden:
                    found.append(line)
        return Page(tuple(found), None)

    def note_seen(self, officer: Officer, view: RecordView) -> None:
        """Note that an officer opened a record; within an hour once."""
        now, key = self.clock.now_ms(), (officer.name, view.id)
        seen = self.__dict__.setdefault("_seen_ms", {})
        if 0 <= now - seen.get(key, -SEEN_AGAIN_MS) < SEEN_AGAIN_MS:
            return
        if len(seen) >= SEEN_KEPT:
            seen.clear()
        seen[key] = now
        self._note(officer, "record.view", True, "", view.id)

    def note_export(self, officer: Officer, what: str) -> None:
        """Note that the auditor took the audit out."""
        with self._transaction() as tx:
            journal.note_act(tx, journal.AuditRow(
                at_ms=self.clock.now_ms(), officer=officer.name, post=officer.post, act="audit.export", allowed=True,
                rule="", what=what))

    def acts(self, officer: Officer, limit: int = 200) -> tuple[journal.AuditRow, ...]:
        """Return what officers did, newest first; for the auditor."""
        need(officer, "audit")
        with self.store.snapshot() as reader:
            return tuple(row for _, row in journal.acts(reader, limit=limit))

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _lines(self, reader: Reader, below_act: int | None, below_entry: int | None) -> Iterator[AuditLine]:
        people = (_of_act(number, row) for number, row in journal.acts(reader, below=below_act))
        node = _of_entries(self.ledger.all_entries(reader, below=below_entry, reverse=True))
        return heapq.merge(people, node, key=lambda line: -line.at_ms)


def _of_act(number: int, row: journal.AuditRow) -> AuditLine:
    return AuditLine(
        source="journal", number=number, at_ms=row.at_ms, act=row.act, allowed=row.allowed, rule=row.rule,
        officer=row.officer, post=row.post, second=row.second, record=row.record, to=row.to, what=row.what)


def _of_entries(entries: Iterator[LoggedEntry]) -> Iterator[AuditLine]:
    """Yield what left the node; of the periods of streams only one in many, so that whoever looks can stop."""
    for passed, logged in enumerate(entries, 1):
        entry = decode_entry(logged.entry)
        if isinstance(entry, StreamPeriod | Decided | Published):
            # Periods say only that a stream went on; acts and records that were made stand in the journal.
            if passed % PASSED_OVER == 0:
                yield AuditLine(source="ledger", number=logged.ordinal, at_ms=_time_of(entry), act="", allowed=True,
                                rule="")
            continue
        relayed = isinstance(entry, Released) and entry.relayed
        yield AuditLine(
            source="ledger", number=logged.ordinal, at_ms=_time_of(entry), allowed=True, to=logged.to,
            act="ledger.relayed" if relayed else f"ledger.{entry.__struct_config__.tag}",
            rule=getattr(entry, "rule", ""), record=getattr(entry, "record", None))


def _time_of(entry: Entry) -> int:
    at_ms: int = getattr(entry, "at_ms", 0) or getattr(entry, "to_ms", 0)
    return at_ms


def _cursor(after: str | None) -> tuple[int | None, int | None]:
    """Read a cursor: below which number of the journal and of the ledger the next page begins."""
    if after is None:
        return None, None
    first, sign, second = after.partition(".")
    if not sign or not all((part.isdecimal() and len(part) < 19) or part == "" for part in (first, second)):
        raise InvalidRecord("this is not the cursor of a page; use the one that the page before gave.")
    return int(first) if first else None, int(second) if second else None
