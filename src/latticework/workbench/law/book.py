"""The records of law as one book: which version of what holds when, as known at a time.

Two times are kept apart: *valid* time, at which something holds, and *known* time, from which on this node had it
(its arrival in the archive). ``Book.as_known(t)`` is the book as it was at t, so that yesterday's answer can be
given again today. The order in which records come has no say.

Source: R. T. Snodgrass, "Developing Time-Oriented Database Applications in SQL", 1999, chapter 10 (bitemporal tables).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

import msgspec

from latticework.kernel.ids import MemberId, RecordId, Topic
from latticework.workbench.law.model import Approval, ApprovalState, ApprovalStatus, Body, Rule, Standing
from latticework.workbench.law.spans import NEVER, Spans, span, union

_AT_ONCE: Final[dict[ApprovalStatus, int]] = {"asked": 0, "granted": 1, "refused": 2, "revoked": 2, "expired": 2}
"""Which of two states of the same millisecond comes after the other: what takes away has the last word."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One record of law.

    Parameters
    ----------
    id, author, body
        The record.
    made_ms, known_ms
        When it was made, and since when this node has it.
    amends, corrects
        The earlier version that it replaces: from its own begin on, or altogether.
    """

    id: RecordId
    author: MemberId
    body: Body
    made_ms: int
    known_ms: int
    amends: RecordId | None = None
    corrects: RecordId | None = None

    @property
    def replaces(self) -> RecordId | None:
        """The earlier version, if there is one."""
        return self.corrects or self.amends


def begin(body: Body) -> int | None:
    """Return the valid time at which a body begins; an approval has none of its own."""
    return None if isinstance(body, Approval) else body.from_ms


class Book:
    """Records of law, in whatever order.

    Parameters
    ----------
    entries
        Each record once.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = {entry.id: entry for entry in entries}

    def as_known(self, known_ms: int) -> Book:
        """Return the book as this node had it at `known_ms`."""
        return Book(e for e in self.entries.values() if e.known_ms <= known_ms)

    def by(self, author: MemberId) -> Book:
        """Return the records of one author."""
        return Book(e for e in self.entries.values() if e.author == author)

    @cached_property
    def _followers(self) -> dict[RecordId, list[Entry]]:
        """Return for each record the versions that replace it: of the same author and kind, and not an approval."""
        found: dict[RecordId, list[Entry]] = defaultdict(list)
        for entry in self.entries.values():
            before = self.entries.get(entry.replaces) if entry.replaces else None
            if before is not None and before.author == entry.author and type(before.body) is type(entry.body):
                found[before.id].append(entry)
        return found

    def validity(self, record: RecordId) -> Spans:
        """Return when a record holds, once the later versions have taken from it."""
        return self._validity[record]

    @cached_property
    def _validity(self) -> dict[RecordId, Spans]:
        return {entry.id: self._held(entry) for entry in self.entries.values()}

    def _held(self, entry: Entry) -> Spans:
        body = entry.body
        if isinstance(body, Approval):
            return span(None, None)
        after = self._followers.get(entry.id, [])
        if any(one.corrects == entry.id for one in after):
            return NEVER
        return span(body.from_ms, body.until_ms) - self._cuts.get(entry.id, NEVER)

    @cached_property
    def _cuts(self) -> dict[RecordId, Spans]:
        """Return for each record the time that all later versions take from it; a corrected version takes nothing."""
        found: dict[RecordId, Spans] = {}
        for entry in self.entries.values():
            at = begin(entry.body)
            if at is None or any(one.corrects == entry.id for one in self._followers.get(entry.id, [])):
                continue
            for earlier in self._ancestors(entry.id):
                found[earlier] = found.get(earlier, NEVER) | span(at, None)
        return found

    def _ancestors(self, record: RecordId) -> Iterator[RecordId]:
        """Yield the versions that `record` replaces, one after the other; ids are hashes, so the walk ends."""
        entry = self.entries.get(record)
        while entry is not None and entry.replaces is not None and entry in self._followers.get(entry.replaces, []):
            yield entry.replaces
            entry = self.entries.get(entry.replaces)

    def root(self, record: RecordId) -> RecordId:
        """Return the first version of what `record` is a version of."""
        for earlier in self._ancestors(record):
            record = earlier
        return record

    def versions(self, record: RecordId) -> list[Entry]:
        """Return all versions of what `record` is a version of, in the order in which they became known."""
        root = self.root(record)
        return sorted((e for e in self.entries.values() if self.root(e.id) == root), key=_order)

    def rules(self) -> list[tuple[Entry, Rule]]:
        """Return the rules with their records, by id."""
        return [(e, e.body) for _, e in sorted(self.entries.items()) if isinstance(e.body, Rule)]

    def approvals(self) -> list[tuple[Entry, Approval]]:
        """Return the approvals with their records, by id."""
        return [(e, e.body) for _, e in sorted(self.entries.items()) if isinstance(e.body, Approval)]

    def standings(self) -> dict[tuple[MemberId, MemberId, Topic], list[tuple[Entry, Standing]]]:
        """Return the standings by author, party and topic."""
        found: dict[tuple[MemberId, MemberId, Topic], list[tuple[Entry, Standing]]] = defaultdict(list)
        for _, entry in sorted(self.entries.items()):
            if isinstance(entry.body, Standing):
                found[entry.author, entry.body.party, entry.body.topic].append((entry, entry.body))
        return found

    # ---- approvals -------------------------------------------------------------------------------------------------

    @cached_property
    def _states(self) -> dict[RecordId, list[tuple[Entry, ApprovalState]]]:
        found: dict[RecordId, list[tuple[Entry, ApprovalState]]] = defaultdict(list)
        for entry in self.entries.values():
            if isinstance(entry.body, ApprovalState):
                approval = self.entries.get(entry.body.approval)
                # Only whoever needs the approval says how it stands.
                if approval is not None and approval.author == entry.author and self.validity(entry.id):
                    found[entry.body.approval].append((entry, entry.body))
        for rows in found.values():
            rows.sort(key=lambda row: (row[1].from_ms, row[0].made_ms, _AT_ONCE[row[1].state], row[0].id))
        return found

    def states(self, approval: RecordId) -> list[tuple[Entry, ApprovalState]]:
        """Return the states of an approval in the order of valid time."""
        return self._states.get(approval, [])

    def state_at(self, approval: RecordId, at_ms: int) -> tuple[Entry, ApprovalState] | None:
        """Return the state of an approval at a time; None before it was asked."""
        return next((row for row in reversed(self.states(approval)) if row[1].from_ms <= at_ms), None)

    def granted(self, approval: RecordId) -> Spans:
        """Return when an approval is granted: each state holds until the next one."""
        rows = self.states(approval)
        following: list[int | None] = [state.from_ms for _, state in rows[1:]]
        return union(
            span(state.from_ms, state.until_ms) & span(None, end)
            for (_, state), end in zip(rows, [*following, None], strict=False) if state.state == "granted")


def _order(entry: Entry) -> tuple[int, int, str]:
    return entry.known_ms, entry.made_ms, entry.id
