"""Records: the list with search and filters, one record with its releases and verdicts, and its exact bytes."""

from __future__ import annotations

from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from latticework.kernel.errors import NotFound, SearchError
from latticework.kernel.ids import MemberId, RecordId, parse_member, parse_record_id
from latticework.kernel.policy import Explanation
from latticework.kernel.policy.model import Arrangement
from latticework.kernel.views import RecordView, Release
from latticework.shell import times
from latticework.shell.language import _, grouped, ngettext
from latticework.shell.pages.files import files_of
from latticework.shell.render import part, show
from latticework.shell.sentences import say
from latticework.shell.viewer import SeenBy, Viewer
from latticework.shell.waiting import unanswered
from latticework.workbench.attachments.model import size_words
from latticework.workbench.search.service import Results

PAGE: Final = 50


class Filters(NamedTuple):
    """What the list is narrowed to; empty strings narrow nothing."""

    q: str
    kind: str
    member: str
    topic: str
    order: str = ""

    def asked(self) -> dict[str, Any]:
        """Return the filters as arguments of ``Kernel.records``, ``Kernel.count`` and ``Search.search``."""
        return {"kind": self.kind or None, "member": self.member or None, "topic": self.topic or None}

    def href(self, after: str | None) -> str:
        """Return the address of the page after a cursor."""
        values = {k: v for k, v in (*self._asdict().items(), ("after", after)) if v}
        return f"/records?{urlencode(values)}" if values else "/records"

    def other(self, **changes: str) -> str:
        """Return the address of the first page with some filter changed."""
        return self._replace(**changes).href(None)


class Verdict(NamedTuple):
    """What the gate says about one record and one partner, and what became of it."""

    member: MemberId
    explanation: Explanation
    release: Release | None


@get("/records", sync_to_thread=False)
def listing(
    viewer: SeenBy, q: FromQuery[str] = "", kind: FromQuery[str] = "", member: FromQuery[str] = "",
    topic: FromQuery[str] = "", order: FromQuery[str] = "", after: FromQuery[str | None] = None,
) -> Response[str]:
    """List what the officer may see, newest first; with words, what has them, best first."""
    filters = Filters(q.strip(), kind.strip(), member.strip().upper(), topic.strip().lower(),
                      "newest" if order == "newest" else "")
    if filters.q:
        return _found(viewer, filters, after)
    page = viewer.kernel.records(viewer.officer, after=after, limit=PAGE, **filters.asked())
    count = viewer.kernel.count(viewer.officer, **filters.asked())
    return show(
        viewer, "records/list.html", title=_list_title(count, filters), labels=[r.label for r in page.items],
        records=page.items, next=page.next, first=after is None, count=count, filters=filters,
        kinds=sorted(k.kind for k in viewer.kernel.kinds), members=_members(viewer),
        letters=viewer.zone.letters(viewer.now_ms),
    )


def _found(viewer: Viewer, filters: Filters, after: str | None) -> Response[str]:
    offset = int(after) if after and after.isdecimal() and len(after) < 7 else 0
    problem, results = "", Results((), 0, None)
    try:
        results = viewer.bench.search.search(
            viewer.officer, filters.q, order="newest" if filters.order else "best", offset=offset, limit=PAGE,
            **filters.asked())
    except SearchError as error:
        problem = say(error.message)
    return show(
        viewer, "records/found.html", title=_list_title(results.total, filters), problem=problem, results=results,
        labels=[hit.record.label for hit in results.hits], next=str(results.next) if results.next else None,
        first=offset == 0, filters=filters, kinds=sorted(k.kind for k in viewer.kernel.kinds),
        members=_members(viewer), letters=viewer.zone.letters(viewer.now_ms),
    )


def _members(viewer: Viewer) -> list[MemberId]:
    return [viewer.kernel.own, *viewer.kernel.state().partners]


def _list_title(count: int, filters: Filters) -> str:
    if filters.q:
        return ngettext("%(n)s record matches “%(words)s”", "%(n)s records match “%(words)s”", count, words=filters.q)
    if any(filters):
        return ngettext("%(n)s record is of this selection", "%(n)s records are of this selection", count)
    if not count:
        return _("There is no record that you may see")
    return ngettext("%(n)s record is here for you", "%(n)s records are here for you", count)


@get("/records/{record:str}", sync_to_thread=False)
def detail(viewer: SeenBy, record: FromPath[str]) -> Response[str]:
    """Show one record: what it says, to whom it went, who may have it and why."""
    view = record_of(viewer, record)
    viewer.kernel.note_seen(viewer.officer, view)
    verdicts = verdicts_of(viewer, view)
    around = [seen for link in view.links if (seen := _seen(viewer, link.record)) is not None]
    return show(
        viewer, "records/detail.html", title=title_of(view), labels=[view.label, *(r.label for r in around)],
        record=view, fields=fields_of(view), verdicts=verdicts,
        releases=viewer.kernel.releases(viewer.officer, view.id),
        linked={r.id: r for r in around}, recall_to_answer=_recall_to_answer(viewer, view), prose=_prose(view),
        arrangement=isinstance(view.body, Arrangement), letters=viewer.zone.letters(viewer.now_ms),
        files=files_of(viewer, view), size_words=size_words,
        recall_target=unanswered(viewer, view), default_deadline=times.utc_field(viewer.now_ms + 48 * 3_600_000),
        partners=viewer.kernel.state().partners,
    )


def record_of(viewer: Viewer, record: str) -> RecordView:
    """Return the record of a page's address, if the officer may see it there."""
    found = parse_record_id(record)
    viewer.keep_off_the_wall(found)
    return viewer.kernel.record(viewer.officer, found)


def title_of(view: RecordView) -> str:
    """Return a record's title; records of the kernel's own kinds have fixed words."""
    return say(view.title)


def _prose(view: RecordView) -> str:
    """Return the text of a record that says something to read; it stands above the other fields."""
    text = getattr(view.body, "text", None)
    return text if isinstance(text, str) else ""


def _recall_to_answer(viewer: Viewer, view: RecordView) -> bool:
    state = view.recalled
    return (
        state is not None and not view.own and viewer.may("recall")
        and all(member != viewer.kernel.own for member, _done, _note in state.answers)
    )


def _seen(viewer: Viewer, record: RecordId) -> RecordView | None:
    try:
        return viewer.kernel.record(viewer.officer, record)
    except NotFound:
        return None


def verdicts_of(viewer: Viewer, view: RecordView) -> list[Verdict]:
    """Return the gate's answer for each partner; empty when the officer may not ask."""
    if not viewer.may("explain"):
        return []
    went = {r.to: r for r in viewer.kernel.releases(viewer.officer, view.id)}
    return [
        Verdict(member, viewer.kernel.explain(viewer.officer, view.id, member), went.get(member))
        for member in viewer.kernel.state().partners if member != view.member
    ]


@get("/records/{record:str}/why", sync_to_thread=False)
def why(viewer: SeenBy, record: FromPath[str], to: Annotated[str, QueryParameter(name='to')]) -> Response[str]:
    """Explain, as a fragment, every rule that was asked for one partner."""
    found = record_of(viewer, record)
    explanation = viewer.kernel.explain(viewer.officer, found.id, parse_member(to.upper()))
    return part(viewer, "records/why.html", explanation=explanation, to=to.upper(), record=found)


@get("/records/{record:str}/envelope", sync_to_thread=False, media_type="application/octet-stream")
def envelope(viewer: SeenBy, record: FromPath[str]) -> Response[bytes]:
    """Hand out the exact signed bytes."""
    found = parse_record_id(record)
    raw = viewer.kernel.envelope(viewer.officer, found)
    return Response(raw, media_type="application/octet-stream",
                    headers={"content-disposition": f'attachment; filename="{found[:16]}.record"'})


def fields_of(view: RecordView) -> list[tuple[str, str]]:
    """Return the body's fields as (name, text), without those that the page shows elsewhere already."""
    if view.body is None:
        return []
    skip = {"title", "text", "source", "status"} if _prose(view) else set()
    found: list[tuple[str, str]] = []
    for name in view.body.__struct_fields__:
        value = getattr(view.body, name)
        if name in skip or value in (None, (), ""):
            continue
        found.append((name.removesuffix("_ms").replace("_", " "), _text(name, value)))
    return found


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int) and name.endswith("_ms"):
        return times.utc_field(value) + " UTC" if value > 10_000_000_000 else times.lasting(value)
    if isinstance(value, int):
        return grouped(value)
    if isinstance(value, str):
        return value
    if isinstance(value, tuple) and all(isinstance(v, str) for v in value):
        return ", ".join(value)
    return msgspec.json.encode(value).decode()


ROUTES = (listing, detail, why, envelope)
