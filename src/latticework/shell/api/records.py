"""Records over the API."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from latticework.kernel.errors import InvalidRecord
from latticework.kernel.ids import Kind, parse_member, parse_record_id, parse_topic
from latticework.kernel.policy import Explanation
from latticework.kernel.views import Release
from latticework.shell.api.responses import said
from latticework.shell.api.schema import (
    ConsentTo,
    Count,
    FoundOut,
    FoundPage,
    NewRecord,
    RecallAnswered,
    RecallOf,
    RecordOut,
    RecordPage,
    ReleaseTo,
    VerdictOut,
    record_out,
)
from latticework.shell.language import language
from latticework.shell.viewer import SeenBy, Viewer

Asked: TypeAlias = FromQuery[str | None]
Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=500)]


@get("/records", sync_to_thread=False, **said("listRecords", "records"))
def list_records(
    viewer: SeenBy, text: Asked = None, kind: Asked = None, member: Asked = None,
    topic: Asked = None, after: Asked = None, limit: Limit = 50,
) -> RecordPage:
    """List what the officer may see, newest first; with `text`, what has its words."""
    if text:
        found = viewer.bench.search.search(viewer.officer, text, kind=kind, member=member, topic=topic, order="newest",
                                           offset=_offset(after), limit=min(limit, 100))
        following = str(found.next) if found.next else None
        return RecordPage(tuple(_out(viewer, hit.record) for hit in found.hits), following)
    page = viewer.kernel.records(viewer.officer, kind=kind, member=member, topic=topic, after=after, limit=limit)
    return RecordPage(tuple(_out(viewer, view) for view in page.items), page.next)


def _out(viewer: Viewer, view: object) -> RecordOut:
    return record_out(viewer.kernel, view, language())  # type: ignore[arg-type]


@get("/records/count", sync_to_thread=False, **said("countRecords", "records"))
def count_records(
    viewer: SeenBy, text: Asked = None, kind: Asked = None, member: Asked = None,
    topic: Asked = None,
) -> Count:
    """Count what the officer may see counted; with `text`, what has its words."""
    if text:
        return Count(viewer.bench.search.search(viewer.officer, text, kind=kind, member=member, topic=topic,
                                                limit=1).total)
    return Count(viewer.kernel.count(viewer.officer, kind=kind, member=member, topic=topic))


def _offset(after: str | None) -> int:
    if after is not None and not (after.isdecimal() and len(after) < 7):
        raise InvalidRecord("this is not the cursor of a page; use the one that the page before gave.")
    return int(after or 0)


@get("/search", sync_to_thread=False, **said("search", "records"))
def search(
    viewer: SeenBy, words: FromQuery[str], kind: Asked = None, member: Asked = None, topic: Asked = None,
    order: FromQuery[Literal["best", "newest"]] = "best", after: Asked = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> FoundPage:
    """Search records and their attachments: all words; "several words" together, -word left out, word* going on."""
    found = viewer.bench.search.search(viewer.officer, words, kind=kind, member=member, topic=topic, order=order,
                                       offset=_offset(after), limit=limit)
    return FoundPage(
        tuple(FoundOut(_out(viewer, hit.record), hit.part, hit.title, hit.snippet) for hit in found.hits), found.total,
        str(found.next) if found.next else None, found.near, found.whole)


@get("/records/{record:str}", sync_to_thread=False, **said("getRecord", "records"))
def get_record(viewer: SeenBy, record: FromPath[str]) -> RecordOut:
    """Return one record; that the officer saw it is noted."""
    view = viewer.kernel.record(viewer.officer, parse_record_id(record))
    viewer.kernel.note_seen(viewer.officer, view)
    return _out(viewer, view)


@get("/records/{record:str}/envelope", sync_to_thread=False, media_type="application/octet-stream",
     **said("exportRecord", "records"))
def export_record(viewer: SeenBy, record: FromPath[str]) -> Response[bytes]:
    """Return the exact signed bytes of a record."""
    raw = viewer.kernel.envelope(viewer.officer, parse_record_id(record))
    return Response(raw, media_type="application/octet-stream")


@post("/records", status_code=201, sync_to_thread=False, **said("publishRecord", "records"))
def publish_record(viewer: SeenBy, data: JSONBody[NewRecord]) -> RecordOut:
    """Make, sign and keep a record."""
    registered = viewer.kernel.kinds.find(Kind(data.kind))
    try:
        body = msgspec.convert(data.body, registered.body)
    except msgspec.ValidationError as error:
        raise InvalidRecord(f"the body does not fit the kind {data.kind}: {error}.") from None
    label = data.label
    if not label.originators:
        label = msgspec.structs.replace(label, originators=frozenset({viewer.kernel.own}))
    record = viewer.kernel.publish(viewer.officer, data.kind, body, topic=parse_topic(data.topic), label=label,
                                   links=tuple(sorted(data.links)), distribute=data.distribute)
    return _out(viewer, viewer.kernel.record(viewer.officer, record.id))


@get("/records/{record:str}/releases", sync_to_thread=False, **said("listReleases", "sharing"))
def list_releases(viewer: SeenBy, record: FromPath[str]) -> list[Release]:
    """Return to whom a record went."""
    return list(viewer.kernel.releases(viewer.officer, parse_record_id(record)))


@post("/records/{record:str}/releases", status_code=201, sync_to_thread=False, **said("releaseRecord", "sharing"))
def release_record(viewer: SeenBy, record: FromPath[str], data: JSONBody[ReleaseTo]) -> Release:
    """Release a record to one peer; 403 with the rule when the gate withholds it."""
    return viewer.kernel.release(viewer.officer, parse_record_id(record), parse_member(data.to))


@get("/records/{record:str}/explanation", sync_to_thread=False, **said("explainRecord", "sharing"))
def explain_record(viewer: SeenBy, record: FromPath[str], to: FromQuery[str]) -> Explanation:
    """Say which rule allows or withholds a record to a peer."""
    return viewer.kernel.explain(viewer.officer, parse_record_id(record), parse_member(to.upper()))


@get("/records/{record:str}/verdicts", sync_to_thread=False, **said("listVerdicts", "sharing"))
def list_verdicts(viewer: SeenBy, record: FromPath[str]) -> list[VerdictOut]:
    """Return the gate's answer for every partner."""
    view = viewer.kernel.record(viewer.officer, parse_record_id(record))
    return [
        VerdictOut(member, viewer.kernel.explain(viewer.officer, view.id, member))
        for member in viewer.kernel.state().partners if member != view.member
    ]


@post("/records/{record:str}/consents", status_code=201, sync_to_thread=False, **said("consentToOnward", "sharing"))
def consent(viewer: SeenBy, record: FromPath[str], data: JSONBody[ConsentTo]) -> RecordOut:
    """Consent, as originator, that a holder passes a record on."""
    made = viewer.kernel.consent(viewer.officer, parse_record_id(record), parse_member(data.holder),
                                 parse_member(data.to))
    return _out(viewer, viewer.kernel.record(viewer.officer, made.id))


@post("/records/{record:str}/recall", status_code=201, sync_to_thread=False, **said("recallRecord", "sharing"))
def recall(viewer: SeenBy, record: FromPath[str], data: JSONBody[RecallOf]) -> RecordOut:
    """Ask every holder to withdraw an own record and to answer."""
    made = viewer.kernel.recall(viewer.officer, parse_record_id(record), data.reason, data.deadline_ms)
    return _out(viewer, viewer.kernel.record(viewer.officer, made.id))


@post("/recalls/{recall_id:str}/answer", status_code=201, sync_to_thread=False, **said("answerRecall", "sharing"))
def answer_recall(viewer: SeenBy, recall_id: FromPath[str], data: JSONBody[RecallAnswered]) -> RecordOut:
    """Answer another member's recall with a signed statement."""
    made = viewer.kernel.answer_recall(viewer.officer, parse_record_id(recall_id), data.done, data.note[:500])
    return _out(viewer, viewer.kernel.record(viewer.officer, made.id))


ROUTES = (
    list_records, count_records, search, get_record, export_record, publish_record, list_releases, release_record,
    explain_record, list_verdicts, consent, recall, answer_recall,
)
