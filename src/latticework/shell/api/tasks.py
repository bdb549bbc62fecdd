"""Tasks over the API: listed, asked with the verdict before, answered, handed over, withdrawn."""

from __future__ import annotations

from typing import Annotated, TypeAlias, cast

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from latticework.kernel.errors import InvalidTask
from latticework.kernel.ids import MemberId, Post, RecordId, Topic, parse_member, parse_record_id, parse_topic
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Decision
from latticework.shell.api.responses import said
from latticework.shell.api.schema import Count, RecordOut, record_out
from latticework.shell.language import language
from latticework.shell.viewer import SeenBy, Viewer
from latticework.workbench.tasks.deadlines import absolute, local
from latticework.workbench.tasks.derive import State, Why
from latticework.workbench.tasks.index import ListName, Row
from latticework.workbench.tasks.model import Asks, Deadline, Party, Priority, Request, Rule, Says, Silence
from latticework.workbench.tasks.views import TaskView

Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=500)]


class TaskOut(msgspec.Struct, frozen=True, kw_only=True):
    """One task as it stands.

    Parameters
    ----------
    sender
        The member that asks; `request` says which post.
    marking
        The request's label in words.
    received_ms
        When the asked member's node received it; null: not known (yet).
    reminded_ms
        When this node reminded last; 0: never.
    """

    id: RecordId
    sender: MemberId
    made_ms: int
    request: Request
    state: State
    topic: Topic
    label: Label
    marking: str
    received_ms: int | None = None
    reminded_ms: int = 0


class TaskPage(msgspec.Struct, frozen=True):
    """Part of a list of tasks; `next` goes into ``after`` for the part that follows."""

    items: tuple[TaskOut, ...]
    next: str | None = None


class StepOut(msgspec.Struct, frozen=True):
    """One signed record of a task's trail; `why` says why it does not count."""

    record: RecordOut
    why: Why | None = None


class TaskDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One task with its signed records; `mine`: it is with one of the officer's posts."""

    task: TaskOut
    trail: tuple[StepOut, ...]
    mine: bool


class NewTask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked, of whom, by when, and what silence means.

    Parameters
    ----------
    to, post
        The member and the post that is asked.
    deadline_ms
        An instant, ms since 1970 UTC; or `local`, `zone` and `fold`: a wall time such as ``2026-05-16T09:00`` in an
        IANA zone (`fold` 1: the second of two equal ones).
    escalate_to
        For the rule ``escalate``: a post of the asked member or of the own one.
    reminders_ms
        How long before the deadline, longest first.
    label
        With no originators given, this member is the originator.
    """

    subject: str
    to: MemberId
    post: Post
    silence: Rule
    topic: str
    label: Label
    text: str = ""
    asks: Asks = "answer"
    deadline_ms: int | None = None
    local: str = ""
    zone: str = ""
    fold: int = 0
    escalate_to: Party | None = None
    reminders_ms: tuple[int, ...] = ()
    about: tuple[RecordId, ...] = ()
    priority: Priority = "routine"


class AskFor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the gate is asked about before a request is made."""

    to: MemberId
    topic: str
    label: Label


class NewAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer; without a label it has the request's, for both members."""

    says: Says
    text: str = ""
    label: Label | None = None


class NewHandover(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To which post of the own member a task goes; none: to one's own."""

    to_post: Post | None = None
    reason: str = ""


class WhyWithdrawn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a request is withdrawn; the other member reads it."""

    reason: str


class StandIn(msgspec.Struct, frozen=True):
    """The posts whose tasks are in the officer's inbox; in an answer the own one comes first."""

    posts: tuple[Post, ...]


@get("/tasks", sync_to_thread=False, **said("listTasks", "tasks"))
def list_tasks(
    viewer: SeenBy, list: FromQuery[str] = "mine", after: FromQuery[str | None] = None, limit: Limit = 50,
) -> TaskPage:
    """List tasks: ``mine``, ``member``, ``sent`` (earliest deadline first) or ``done`` (latest first)."""
    page = viewer.bench.tasks.page(viewer.officer, cast("ListName", list), limit=limit, after=after)
    return TaskPage(tuple(_out(viewer, row) for row in page.items), page.next)


@get("/tasks/count", sync_to_thread=False, **said("countTasks", "tasks"))
def count_tasks(viewer: SeenBy, list: FromQuery[str] = "mine") -> Count:
    """Count the tasks of a list that the officer may see counted."""
    return Count(viewer.bench.tasks.count(viewer.officer, cast("ListName", list)))


@get("/tasks/{task:str}", sync_to_thread=False, **said("getTask", "tasks"))
def get_task(viewer: SeenBy, task: FromPath[str]) -> TaskDetail:
    """Return one task with its trail of signed records."""
    return _detail(viewer, viewer.bench.tasks.task(viewer.officer, parse_record_id(task)))


@post("/tasks/verdict", status_code=200, sync_to_thread=False, **said("decideTask", "tasks"))
def decide_task(viewer: SeenBy, data: JSONBody[AskFor]) -> Decision:
    """Say what the gate says about a request, and about an answer coming back, before anything is made."""
    return viewer.bench.tasks.verdict(_own(viewer, data.label), parse_topic(data.topic), parse_member(data.to))


@post("/tasks", status_code=201, sync_to_thread=False, **said("askTask", "tasks"))
def ask_task(viewer: SeenBy, data: JSONBody[NewTask]) -> TaskDetail:
    """Ask a post of this member or of a partner; 403 with the rule when the gate withholds it."""
    to = parse_member(data.to)
    body = Request(
        to=to, subject=data.subject, text=data.text, asks=data.asks, assignee=Party(to, data.post),
        by=viewer.officer.post, deadline=_deadline(data), silence=Silence(rule=data.silence, to=data.escalate_to),
        reminders=data.reminders_ms, priority=data.priority,
    )
    made = viewer.bench.tasks.request(viewer.officer, body, topic=parse_topic(data.topic),
                                      label=_own(viewer, data.label), about=data.about)
    return _again(viewer, made.id)


@post("/tasks/{task:str}/answer", status_code=201, sync_to_thread=False, **said("answerTask", "tasks"))
def answer_task(viewer: SeenBy, task: FromPath[str], data: JSONBody[NewAnswer]) -> TaskDetail:
    """Answer a task that is with one of the officer's posts."""
    label = _own(viewer, data.label) if data.label is not None else None
    found = parse_record_id(task)
    viewer.bench.tasks.answer(viewer.officer, found, data.says, data.text, label=label)
    return _again(viewer, found)


@post("/tasks/{task:str}/handover", status_code=201, sync_to_thread=False, **said("handOverTask", "tasks"))
def hand_over_task(viewer: SeenBy, task: FromPath[str], data: JSONBody[NewHandover]) -> TaskDetail:
    """Give a task to another post of this member, or take it over."""
    found = parse_record_id(task)
    viewer.bench.tasks.hand_over(viewer.officer, found, data.to_post or viewer.officer.post, data.reason)
    return _again(viewer, found)


@post("/tasks/{task:str}/withdraw", status_code=201, sync_to_thread=False, **said("withdrawTask", "tasks"))
def withdraw_task(viewer: SeenBy, task: FromPath[str], data: JSONBody[WhyWithdrawn]) -> TaskDetail:
    """Take back what this member asked."""
    found = parse_record_id(task)
    viewer.bench.tasks.withdraw(viewer.officer, found, data.reason)
    return _again(viewer, found)


@post("/tasks/stand-in", status_code=200, sync_to_thread=False, **said("standIn", "tasks"))
def stand_in(viewer: SeenBy, data: JSONBody[StandIn]) -> StandIn:
    """Choose the posts whose tasks are in the own inbox too, instead of those chosen before."""
    return StandIn(viewer.bench.tasks.stand_in(viewer.officer, data.posts))


def _own(viewer: Viewer, label: Label) -> Label:
    if label.originators:
        return label
    return msgspec.structs.replace(label, originators=frozenset({viewer.kernel.own}))


def _deadline(data: NewTask) -> Deadline:
    if (data.deadline_ms is None) == (not data.local):
        raise InvalidTask("a request has one deadline: an instant, or a wall time in a zone.")
    return absolute(data.deadline_ms) if data.deadline_ms is not None else local(data.local, data.zone, fold=data.fold)


def _again(viewer: Viewer, task: RecordId) -> TaskDetail:
    return _detail(viewer, viewer.bench.tasks.task(viewer.officer, task))


def _detail(viewer: Viewer, view: TaskView) -> TaskDetail:
    trail = tuple(StepOut(record_out(viewer.kernel, s.record, language()), s.why) for s in view.trail)
    return TaskDetail(task=_out(viewer, view.row), trail=trail, mine=view.mine)


def _out(viewer: Viewer, row: Row) -> TaskOut:
    return TaskOut(
        id=row.id, sender=row.sender, made_ms=row.made_ms, request=row.request, state=row.state, topic=row.topic,
        label=row.label, marking=viewer.kernel.marking(row.label, language()), received_ms=row.received_ms,
        reminded_ms=row.reminded_ms,
    )


ROUTES = (
    list_tasks, count_tasks, decide_task, ask_task, stand_in, get_task, answer_task, hand_over_task, withdraw_task,
)
