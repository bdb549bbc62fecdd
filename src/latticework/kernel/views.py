"""What the kernel shows to surfaces: immutable views, already decided for the officer who asked.

Nothing here grants access; a view exists only because ``policy.decide`` allowed it.
"""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

import msgspec

from latticework.kernel.ids import Kind, MemberId, Post, RecordId, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Arrangement
from latticework.kernel.records.record import Link

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Part of a listing.

    Parameters
    ----------
    items
        In the listing's order.
    next
        Cursor for the next part, or None at the end.
    """

    items: tuple[T, ...]
    next: str | None = None


class RecallView(msgspec.Struct, frozen=True, kw_only=True):
    """The recall of a record: a signed request to withdraw it, and the answers so far."""

    recall: RecordId
    by: MemberId
    reason: str
    deadline_ms: int
    answers: tuple[tuple[MemberId, bool, str], ...] = ()
    """(member, done, note) by member."""


class RecordView(msgspec.Struct, frozen=True, kw_only=True):
    """What one officer may see of one record.

    Parameters
    ----------
    body
        The decoded body, or None for a kind this node does not know.
    title, summary
        Drawn from the body by the kind's own rule; the kind's name where it has none.
    source, status
        Provenance of a public fact: in words, and ``V``, ``P`` or ``invented``.
    own
        Made by this member.
    relayed_by
        The member that passed it on, when it did not come from its author.
    proven
        Its entry in the giver's ledger was proven (own records: stands under a checkpoint).
    """

    id: RecordId
    kind: Kind
    version: int
    member: MemberId
    post: Post
    made_ms: int
    arrived_ms: int
    topic: Topic
    label: Label
    body: msgspec.Struct | None
    title: str
    summary: str
    own: bool
    proven: bool
    source: str | None = None
    status: str | None = None
    links: tuple[Link, ...] = ()
    relayed_by: MemberId | None = None
    recalled: RecallView | None = None


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One release of one record to one peer, as this member's ledger has it."""

    record: RecordId
    to: MemberId
    at_ms: int
    rule: str
    arrangement: RecordId | None
    epoch: int
    state: Literal["queued", "sent", "received", "quarantined", "recalled", "withdrawn"]
    proven: bool
    relayed: bool


class PeerView(msgspec.Struct, frozen=True, kw_only=True):
    """How this node stands with one partner.

    Parameters
    ----------
    lag_ms
        Median time from release to signed receipt over the last receipts, ms; None before the first.
    queued
        Released to it and not yet received by it.
    last_checkpoint_ms, ledger_size, ledger_state
        The partner's last checkpoint held here: its time, the log's size, and whether it extends the one before.
    released, receipts
        Records released to it, and signed receipts held for them.
    records_from
        Records of it held here.
    """

    member: MemberId
    name: str
    link: Literal["direct", "down"]
    since_ms: int | None
    lag_ms: float | None
    queued: int
    last_checkpoint_ms: int | None
    ledger_size: int
    ledger_state: Literal["none", "consistent", "gap", "refused", "equivocation"]
    released: int
    receipts: int
    records_from: int
    suspended: bool


class ArrangementView(msgspec.Struct, frozen=True, kw_only=True):
    """One arrangement and who has signed it."""

    record: RecordId
    arrangement: Arrangement
    in_force: bool
    signed_by: tuple[MemberId, ...]
    waiting_for: tuple[MemberId, ...]
    lapses_ms: int | None
    """When the first current grant lapses unless renewed; None when not in force."""


class LedgerEntryView(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of this member's own ledger, for the auditor and the releaser."""

    sequence: int
    epoch: int
    to: MemberId | None
    kind: str
    """Tag of the entry (``released``, ``stream_granted``, ``published`` …)."""
    record: RecordId | None
    rule: str
    arrangement: RecordId | None
    at_ms: int
    proven: bool
    what: str
    """One sentence."""


class LedgerReport(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of checking the own ledger and those held of partners."""

    ok: bool
    size: int
    epoch: int
    root: str
    entries_checked: int
    partners: tuple[tuple[MemberId, str, int], ...]
    """(member, state, size) for each partner's log."""
    sentence: str


class AlarmView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a person should look at."""

    id: str
    at_ms: int
    code: str
    peer: MemberId | None
    sentence: str
    proof: bool = False
    """A proof file belongs to it."""


ChangeKind = Literal[
    "record", "release", "peer", "arrangement", "alarm", "ledger", "approval", "task", "job", "measure",
]


class Change(msgspec.Struct, frozen=True):
    """A notice to open pages that something is new; it names what kind of thing, never its content."""

    kind: ChangeKind


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of one node since its start, for health pages and ``latticework demo``."""

    published: int
    released: int
    withheld: int
    delivered: int
    quarantined: int
    relayed: int
