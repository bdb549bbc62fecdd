"""Law over the API: listed, asked, recorded, suspended, approved."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from latticework.kernel.archive import Head
from latticework.kernel.errors import InvalidLaw, NotFound
from latticework.kernel.identity import PendingAct
from latticework.kernel.ids import MemberId, RecordId, Topic, parse_record_id
from latticework.kernel.labels.label import Label
from latticework.shell.api.arrangements import act_out
from latticework.shell.api.responses import said
from latticework.shell.api.schema import ActOut, RecordOut, record_out
from latticework.shell.language import language
from latticework.shell.pages.law import state_of, title_of
from latticework.shell.viewer import SeenBy, Viewer
from latticework.workbench.law.answers import Period
from latticework.workbench.law.book import Book, Entry
from latticework.workbench.law.model import (
    SHARE,
    Approval,
    ApprovalState,
    ApprovalStatus,
    Body,
    Question,
    Rule,
    Standing,
)
from latticework.workbench.law.service import Asked, Blocked
from latticework.workbench.law.spans import FIRST, LAST


class LawOut(msgspec.Struct, frozen=True, kw_only=True):
    """A record of law as the officer may see it.

    Parameters
    ----------
    binds
        It is this member's own, so it binds this node's gate; otherwise it is information.
    state
        How it stands now.
    holds
        Stretches of time in which it holds (for an approval: is granted), ms; none: open end.
    known_ms
        Since when this node has it.
    """

    id: RecordId
    kind: str
    member: MemberId
    binds: bool
    title: str
    state: str
    holds: tuple[tuple[int | None, int | None], ...]
    known_ms: int
    body: dict[str, Any]
    marking: str
    amends: RecordId | None = None
    corrects: RecordId | None = None


class LawDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A record of law with all its versions, the states of an approval, and what it holds back now."""

    law: LawOut
    versions: tuple[LawOut, ...]
    states: tuple[LawOut, ...]
    blocks: tuple[Blocked, ...]




class LawQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question to the law on record.

    Parameters
    ----------
    policy
        Security policy of the classification; none: this member's own.
    at_ms, known_ms
        As of when, and as known when; none: now.
    """

    giver: str
    taker: str
    topic: str
    classification: int = 0
    policy: str | None = None
    act: str = SHARE
    region: str = ""
    condition: str = ""
    at_ms: int | None = None
    known_ms: int | None = None


class NewLaw(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record of law to be made.

    Parameters
    ----------
    body
        Its fields, as the kind has them.
    amends, corrects
        The own record that it replaces: from its begin on, or altogether.
    distribute
        Release it to whom the gate allows.
    """

    body: dict[str, Any]
    label: Label
    amends: str | None = None
    corrects: str | None = None
    distribute: bool = False


class WhySuspend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a standing is suspended."""

    note: str


class NewState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an approval stands from a time on; `from_ms` none: now."""

    state: ApprovalStatus
    by: str
    from_ms: int | None = None
    until_ms: int | None = None
    evidence: str | None = None
    note: str = ""
    source: str = ""
    status: str = "invented"


@get("/law", sync_to_thread=False, **said("listLaw", "law"))
def list_law(viewer: SeenBy, party: FromQuery[str | None] = None, topic: FromQuery[str | None] = None) -> list[LawOut]:
    """List rules, standings and approvals, own and partners', with all versions."""
    book, heads = _known(viewer)
    found = (_out(viewer, book, e, heads[e.id]) for e in book.entries.values() if not isinstance(e.body, ApprovalState))
    return [law for law in found if _fits(law, party, topic)]


@get("/law/{record:str}", sync_to_thread=False, **said("getLaw", "law"))
def get_law(viewer: SeenBy, record: FromPath[str]) -> LawDetail:
    """Return one record of law with its versions, its states and what it holds back."""
    book, heads = _known(viewer)
    found = book.entries.get(parse_record_id(record))
    if found is None:
        raise NotFound(f"there is no record {record[:12]} here, or you may not see it.")
    return LawDetail(
        law=_out(viewer, book, found, heads[found.id]),
        versions=tuple(_out(viewer, book, e, heads[e.id]) for e in book.versions(found.id)),
        states=tuple(_out(viewer, book, e, heads[e.id]) for e, _ in book.states(found.id)),
        blocks=viewer.bench.law.blocks(viewer.officer, found.id) if found.author == viewer.kernel.own else (),
    )


@post("/law/ask", status_code=200, sync_to_thread=False, **said("askLaw", "law"))
def ask_law(viewer: SeenBy, data: JSONBody[LawQuestion]) -> Asked:
    """Answer a question: may they, which records say so, what is missing, who can remove it, from when on."""
    return viewer.bench.law.ask(viewer.officer, _question(viewer, data), at_ms=data.at_ms, known_ms=data.known_ms)


@post("/law/timeline", status_code=200, sync_to_thread=False, **said("askLawOverTime", "law"))
def ask_over_time(
    viewer: SeenBy, data: JSONBody[LawQuestion], from_ms: FromQuery[int], until_ms: FromQuery[int]
) -> list[Period]:
    """Answer a question over time, as stretches of one answer each."""
    return viewer.bench.law.timeline(viewer.officer, _question(viewer, data), from_ms, until_ms)


@post("/law/rules", status_code=202, sync_to_thread=False, **said("recordRule", "law"))
def record_rule(viewer: SeenBy, data: JSONBody[NewLaw]) -> ActOut:
    """Put a rule of law before a second officer."""
    return _proposed(viewer, _record(viewer, data, Rule))


@post("/law/standings", status_code=202, sync_to_thread=False, **said("recordStanding", "law"))
def record_standing(viewer: SeenBy, data: JSONBody[NewLaw]) -> ActOut:
    """Put a security standing before a second officer."""
    return _proposed(viewer, _record(viewer, data, Standing))


@post("/law/approvals", status_code=201, sync_to_thread=False, **said("recordApproval", "law"))
def record_approval(viewer: SeenBy, data: JSONBody[NewLaw]) -> RecordOut:
    """Record an approval that is needed; it opens nothing until two officers record that it is granted."""
    return _recorded(viewer, _record(viewer, data, Approval))


@post("/law/{record:str}/suspend", status_code=201, sync_to_thread=False, **said("suspendStanding", "law"))
def suspend_standing(viewer: SeenBy, record: FromPath[str], data: JSONBody[WhySuspend]) -> RecordOut:
    """Suspend an own security standing at once; one releaser suffices."""
    return _recorded(viewer, viewer.bench.law.suspend(viewer.officer, parse_record_id(record), data.note))


@post("/law/{record:str}/states", sync_to_thread=False, **said("recordApprovalState", "law"))
def record_state(viewer: SeenBy, record: FromPath[str], data: JSONBody[NewState]) -> Response[ActOut | RecordOut]:
    """Say how an own approval stands: a grant is put before a second officer (202), all else is recorded at once."""
    body = ApprovalState(
        approval=parse_record_id(record), state=data.state, by=data.by, until_ms=data.until_ms, note=data.note,
        from_ms=viewer.now_ms if data.from_ms is None else data.from_ms, source=data.source, status=data.status,
        evidence=parse_record_id(data.evidence) if data.evidence else None)
    made = viewer.bench.law.set_state(viewer.officer, body)
    if isinstance(made, PendingAct):
        return Response(act_out(viewer, made), status_code=202)
    return Response(_recorded(viewer, made), status_code=201)


# ---- inside ----------------------------------------------------------------------------------------------------------


def _known(viewer: Viewer) -> tuple[Book, dict[RecordId, Head]]:
    return viewer.bench.law.book(viewer.officer), viewer.bench.law.heads(viewer.officer)


def _out(viewer: Viewer, book: Book, entry: Entry, head: Head) -> LawOut:
    spans = book.granted(entry.id) if isinstance(entry.body, Approval) else book.validity(entry.id)
    return LawOut(
        id=entry.id, kind=head.kind, member=entry.author, binds=entry.author == viewer.kernel.own,
        title=title_of(entry), state=state_of(book, entry, viewer.now_ms),
        holds=tuple((None if a == FIRST else a, None if b == LAST else b) for a, b in spans.rows),
        known_ms=entry.known_ms, body=msgspec.to_builtins(entry.body), amends=entry.amends, corrects=entry.corrects,
        marking=viewer.kernel.marking(head.label, language()))


def _fits(law: LawOut, party: str | None, topic: str | None) -> bool:
    scope = law.body.get("scope", {})
    members = {law.member, law.body.get("party"), *scope.get("givers", ()), *scope.get("takers", ())}
    topics = [law.body["topic"]] if "topic" in law.body else list(scope.get("topics", ()))
    return (not party or party.upper() in members) and (
        not topic or not topics or any(f"{topic}.".startswith(f"{t}.") or f"{t}.".startswith(f"{topic}.")
                                       for t in topics))


def _question(viewer: Viewer, data: LawQuestion) -> Question:
    return Question(
        giver=MemberId(data.giver.upper()), taker=MemberId(data.taker.upper()), topic=Topic(data.topic),
        policy=data.policy or viewer.kernel.default_policy, classification=data.classification, act=data.act,
        region=data.region, condition=data.condition)


def _record(viewer: Viewer, data: NewLaw, body: type[Body]) -> Any:
    label = data.label
    if not label.originators:
        label = msgspec.structs.replace(label, originators=frozenset({viewer.kernel.own}))
    try:
        made = msgspec.convert(data.body, body)
    except msgspec.ValidationError as error:
        raise InvalidLaw(f"the body does not fit the kind of law: {error}.") from None
    return viewer.bench.law.record(
        viewer.officer, made, label=label, distribute=data.distribute,
        amends=parse_record_id(data.amends) if data.amends else None,
        corrects=parse_record_id(data.corrects) if data.corrects else None)


def _proposed(viewer: Viewer, made: Any) -> ActOut:
    return act_out(viewer, made)


def _recorded(viewer: Viewer, made: Any) -> RecordOut:
    return record_out(viewer.kernel, viewer.kernel.record(viewer.officer, made.id), language())


ROUTES = (
    list_law, get_law, ask_law, ask_over_time, record_rule, record_standing, record_approval, suspend_standing,
    record_state,
)
