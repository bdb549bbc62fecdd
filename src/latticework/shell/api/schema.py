"""What the API gives and takes: the kernel's views as msgspec structs, with markings in words, bodies as objects."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from latticework.kernel.core import Kernel
from latticework.kernel.ids import KeyId, MemberId, OfficerId, Post, RecordId, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.policy import Explanation
from latticework.kernel.policy.model import Role
from latticework.kernel.records.record import Link
from latticework.kernel.views import (
    AlarmView,
    ArrangementView,
    Counters,
    LedgerEntryView,
    PeerView,
    RecallView,
    RecordView,
)
from latticework.shell.problems import Problem
from latticework.workbench.search.snippets import Fragment


class RecordOut(msgspec.Struct, frozen=True, kw_only=True):
    """One record as the officer may see it.

    Parameters
    ----------
    marking
        The label in words, by its policy.
    body
        The decoded body as an object; null for a kind that this node does not know.
    """

    id: RecordId
    kind: str
    version: int
    member: MemberId
    post: Post
    made_ms: int
    arrived_ms: int
    topic: Topic
    label: Label
    marking: str
    title: str
    summary: str
    own: bool
    proven: bool
    body: dict[str, Any] | None = None
    source: str | None = None
    status: str | None = None
    links: tuple[Link, ...] = ()
    relayed_by: MemberId | None = None
    recalled: RecallView | None = None


class FoundOut(msgspec.Struct, frozen=True):
    """One result of a search.

    Parameters
    ----------
    part
        Empty, or the id of the record's attachment that has the words.
    snippet
        Pieces of the text around the words; each says whether it was looked for.
    """

    record: RecordOut
    part: str
    title: str
    snippet: tuple[Fragment, ...]


class FoundPage(msgspec.Struct, frozen=True):
    """A page of results.

    Parameters
    ----------
    total
        How many match, of what you may see.
    next
        Cursor of the next page.
    near
        Words close to one that nothing has.
    whole
        False while the index is still being made.
    """

    items: tuple[FoundOut, ...]
    total: int
    next: str | None
    near: tuple[str, ...]
    whole: bool


class RecordPage(msgspec.Struct, frozen=True):
    """Part of the list of records; `next` goes into ``after`` for the part that follows."""

    items: tuple[RecordOut, ...]
    next: str | None = None


class LedgerPage(msgspec.Struct, frozen=True):
    """Part of the ledger's entries; `next` goes into ``after`` for the part that follows."""

    items: tuple[LedgerEntryView, ...]
    next: str | None = None


class Count(msgspec.Struct, frozen=True):
    """How many records of the selection the officer may see counted."""

    count: int


class NewRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record to publish.

    Parameters
    ----------
    kind
        Registered kind (``note``).
    body
        The body's fields.
    label
        With no originators given, this member is the originator.
    distribute
        Release it to every partner that the gate allows, now and after every change of policy.
    """

    body: dict[str, Any]
    topic: str
    label: Label
    kind: str = "note"
    links: tuple[Link, ...] = ()
    distribute: bool = False


class ReleaseTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To whom a record is released."""

    to: MemberId


class ConsentTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may pass a record on, and to whom."""

    holder: MemberId
    to: MemberId


class RecallOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a record is recalled, and by when holders answer (ms since 1970, UTC)."""

    reason: str
    deadline_ms: int


class RecallAnswered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the record was withdrawn, and a note for its author."""

    done: bool
    note: str = ""


class WhyWithdraw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the own grant is withdrawn; the other parties read it."""

    reason: str


class TrustBundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another member's bundle, and the fingerprint that it read out by another way."""

    bundle: str
    fingerprint: str


class PartnerOut(msgspec.Struct, frozen=True):
    """A member with which trust was established."""

    member: MemberId
    title: str
    fingerprint: str
    name: str
    endpoint: str | None
    added_ms: int


class ActOut(msgspec.Struct, frozen=True, kw_only=True):
    """An act that needs two officers."""

    id: str
    act: str
    summary: str
    proposed_by: OfficerId
    proposed_ms: int
    expires_ms: int
    state: str
    decided_by: OfficerId | None = None
    decided_ms: int | None = None
    mine_to_approve: bool = False


class OfficerOut(msgspec.Struct, frozen=True, kw_only=True):
    """An officer, without anything secret."""

    name: OfficerId
    post: Post
    roles: tuple[str, ...]
    clearance: dict[str, int]
    nationality: MemberId
    compartments: tuple[str, ...]
    disabled: bool = False


class NewOfficer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new officer to propose.

    Parameters
    ----------
    name, post
        Sign-in name, which never leaves the node; post, which records carry instead.
    password
        The first one, typed by its owner; only its hash is kept.
    clearance
        Highest classification by policy name; a policy that is not named clears for nothing.
    nationality
        Trigraph; empty: the member's own.
    compartments
        Restrictive caveats that the officer is read into.
    """

    name: str
    post: str
    roles: tuple[Role, ...]
    password: str
    clearance: dict[str, int] = {}
    nationality: str = ""
    compartments: tuple[str, ...] = ()


class OfficerChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall change of an officer; what is null or left out stays.

    Parameters
    ----------
    roles, clearance, compartments
        Each replaces the whole.
    """

    post: str | None = None
    roles: tuple[Role, ...] | None = None
    clearance: dict[str, int] | None = None
    nationality: str | None = None
    compartments: tuple[str, ...] | None = None


class PasswordChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The officer's present password and the new one."""

    present: str
    new: str


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An API token to make.

    Parameters
    ----------
    title
        What it is for.
    password
        The officer's.
    days
        How long it is good.
    """

    title: str
    password: str
    days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 30


class TokenOut(msgspec.Struct, frozen=True):
    """An API token, without the secret."""

    id: str
    title: str
    issued_ms: int
    expires_ms: int


class TokenMade(msgspec.Struct, frozen=True):
    """A new API token.

    Parameters
    ----------
    token
        The secret; it is not shown again.
    made
        Its description.
    """

    token: str
    made: TokenOut


class KeyOut(msgspec.Struct, frozen=True):
    """One record key of this member.

    Parameters
    ----------
    until_ms
        When statements by it stop being taken; null: it was not replaced.
    compromised_ms
        When it was declared lost; null: never.
    signs
        Whether it signs now.
    """

    id: KeyId
    from_ms: int
    until_ms: int | None
    compromised_ms: int | None
    signs: bool


class WaitingOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something that needs the officer."""

    due_ms: int | None
    sender: MemberId
    what: str
    detail: str
    path: str
    marking: str | None = None


class FigureOut(msgspec.Struct, frozen=True, kw_only=True):
    """A key figure: `value` of `of`, what it counts and how it was measured."""

    title: str
    value: int
    of: int | None
    what: str
    source: str
    tag: str = ""


class ChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what changed.

    Parameters
    ----------
    words, path
        What, and where it is seen.
    own
        Made by this member.
    state
        ``good``, ``bad`` or empty: how it is to be taken.
    """

    at_ms: int
    member: MemberId
    words: str
    path: str
    marking: str | None
    own: bool
    state: str


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """What the page Overview shows.

    Parameters
    ----------
    finding
        One sentence.
    since_ms
        When you were last here, before this visit.
    arrived, made
        How many changes since then came from partners, and were made here.
    """

    finding: str
    since_ms: int | None
    waiting: tuple[WaitingOut, ...]
    changes: tuple[ChangeOut, ...]
    arrived: int
    made: int
    figures: tuple[FigureOut, ...]
    peers: tuple[PeerView, ...]
    alarms: tuple[AlarmView, ...]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How the node stands."""

    member: MemberId
    name: str
    version: str
    now_ms: int
    links_up: int
    links: int
    records: int
    arrangements_in_force: int
    alarms: int
    counters: Counters


class JournalRow(msgspec.Struct, frozen=True, kw_only=True):
    """One act of an officer, allowed or not, with the rule that decided it."""

    at_ms: int
    officer: OfficerId
    post: Post
    act: str
    allowed: bool
    rule: str
    record: RecordId | None = None
    to: MemberId | None = None
    second: OfficerId | None = None


class PolicyOut(msgspec.Struct, frozen=True, kw_only=True):
    """A loaded security policy: its levels by name, whom it can release to, and its caveats."""

    name: str
    own: bool
    levels: dict[str, int]
    releases: tuple[str, ...]
    restrictive: tuple[str, ...]
    informative: tuple[str, ...]


class VerdictOut(msgspec.Struct, frozen=True):
    """The gate's answer for one partner."""

    to: MemberId
    explanation: Explanation


class ArrangementPage(msgspec.Struct, frozen=True):
    """The arrangements known here; discreet ones only when asked for."""

    items: tuple[ArrangementView, ...]


def record_out(kernel: Kernel, view: RecordView, language: str) -> RecordOut:
    """Return a record view as the API gives it."""
    body = msgspec.to_builtins(view.body) if view.body is not None else None
    return RecordOut(
        id=view.id, kind=view.kind, version=view.version, member=view.member, post=view.post, made_ms=view.made_ms,
        arrived_ms=view.arrived_ms, topic=view.topic, label=view.label, marking=kernel.marking(view.label, language),
        title=view.title, summary=view.summary, own=view.own, proven=view.proven, body=body, source=view.source,
        status=view.status, links=view.links, relayed_by=view.relayed_by, recalled=view.recalled,
    )


__all__ = [
    "ActOut", "ArrangementPage", "ConsentTo", "Count", "FigureOut", "JournalRow", "KeyOut", "LedgerPage",
    "NewOfficer", "NewRecord", "NewToken", "OfficerChange", "OfficerOut", "Overview", "PartnerOut",
    "PasswordChange", "PolicyOut", "Problem", "RecallAnswered", "RecallOf", "RecordOut", "RecordPage", "ReleaseTo",
    "Status", "TokenMade", "TokenOut", "TrustBundle", "VerdictOut", "WaitingOut", "WhyWithdraw", "record_out",
]
