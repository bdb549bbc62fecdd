"""The inbox: what needs an answer by when, one task with its trail, and a new request, the verdict before it goes."""

from __future__ import annotations

from typing import Any, Final, NamedTuple, cast
from urllib.parse import urlencode

from litestar import Request as HttpRequest
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from latticework.kernel.core.authority import need
from latticework.kernel.errors import LatticeworkError
from latticework.kernel.ids import MemberId, Post, RecordId, parse_record_id
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Decision
from latticework.kernel.views import RecordView
from latticework.shell import language, task_words, times
from latticework.shell.forms import Form, every_value
from latticework.shell.language import N_, _, ngettext
from latticework.shell.notices import told
from latticework.shell.render import part, show
from latticework.shell.sentences import say
from latticework.shell.viewer import SeenBy, Viewer
from latticework.shell.waiting import need_of
from latticework.workbench.tasks.deadlines import absolute, local
from latticework.workbench.tasks.index import ListName, Row
from latticework.workbench.tasks.model import ABOUT, Asks, Deadline, Party, Priority, Request, Rule, Says, Silence
from latticework.workbench.tasks.sources import Need, by_deadline
from latticework.workbench.tasks.views import LISTS, Step, TaskView

PAGE: Final = 50
HOUR_MS: Final = 3_600_000
REMINDERS: Final[dict[str, tuple[int, ...]]] = {
    "": (), "1h": (HOUR_MS,), "1d": (24 * HOUR_MS,), "1d 1h": (24 * HOUR_MS, HOUR_MS),
    "3d 1d": (72 * HOUR_MS, 24 * HOUR_MS),
}
EMPTY: Final[dict[ListName, str]] = {
    "mine": N_("Nothing needs your answer"),
    "member": N_("No post of %(member)s is asked for anything"),
    "sent": N_("You are not waiting for anybody"),
    "done": N_("Nothing is settled yet"),
}
JUST_MS: Final = 30_000
"""A deadline that lapsed within this time is said aloud."""


class Line(NamedTuple):
    """One line of the inbox: something to answer, and its task when it is one."""

    need: Need
    row: Row | None


@get("/inbox", sync_to_thread=False)
def listing(viewer: SeenBy, list: FromQuery[str] = "mine", after: FromQuery[str] = "") -> Response[str]:
    """Show what needs an answer, and the other lists of tasks."""
    name: ListName = next((known for known in LISTS if known == list), "mine")
    tasks = viewer.bench.tasks
    page = tasks.page(viewer.officer, name, limit=PAGE, after=after or None)
    lines = [Line(need_of(row), row) for row in page.items]
    others = tasks.needs(viewer.officer) if name == "mine" and not after else []
    if others:
        lines = sorted([*lines, *(Line(need, None) for need in others)], key=lambda line: by_deadline(line.need))
    counts = {each: tasks.count(viewer.officer, each) for each in LISTS}
    counts["mine"] += len(others) if name == "mine" else len(tasks.needs(viewer.officer))
    overdue = sum(line.row is not None and line.row.state.overdue for line in lines)
    lapsed = [line.row.request.subject for line in lines if line.row is not None and line.row.state.overdue
              and 0 <= viewer.now_ms - line.row.request.deadline.at_ms < JUST_MS]
    return show(
        viewer, "inbox/list.html", title=_title(name, counts[name], overdue, viewer.kernel.own), lines=lines,
        name=name, labels=[line.need.label for line in lines if line.need.label is not None], counts=counts,
        words=task_words, first=not after, lapsed=lapsed, next=page.next, posts=tasks.posts(viewer.officer),
        href=lambda cursor: "/inbox?" + urlencode({"list": name, **({"after": cursor} if cursor else {})}),
        letters=viewer.zone.letters(viewer.now_ms),
    )


def _title(name: ListName, count: int, overdue: int, own: MemberId) -> str:
    if not count:
        return _(EMPTY[name], member=own)
    if name == "mine" and overdue:
        return ngettext("%(n)s thing needs your answer; %(overdue)s overdue",
                        "%(n)s things need your answer; %(overdue)s overdue", count, overdue=overdue)
    if name == "mine":
        return ngettext("%(n)s thing needs your answer", "%(n)s things need your answer", count)
    if name == "member":
        return ngettext("%(member)s is asked for %(n)s answer", "%(member)s is asked for %(n)s answers", count,
                        member=own)
    if name == "sent":
        return ngettext("You wait for %(n)s answer", "You wait for %(n)s answers", count)
    return ngettext("%(n)s task is settled", "%(n)s tasks are settled", count)


@get("/inbox/{task:str}", sync_to_thread=False)
def detail(viewer: SeenBy, task: FromPath[str]) -> Response[str]:
    """Show one task: what is asked, its trail, and what can be said about it."""
    return _detail(viewer, viewer.bench.tasks.task(viewer.officer, parse_record_id(task)), Form({}))


def _detail(viewer: Viewer, view: TaskView, form: Form, *, status: int = 200) -> Response[str]:
    row, own = view.row, viewer.kernel.own
    other = row.request.to if row.sender == own else row.sender
    is_open, asked = row.state.status == "open", row.request.to == own
    answers = is_open and view.mine and viewer.may("task.answer")
    return show(
        viewer, "inbox/detail.html", title=task_words.title(row, own), row=row, view=view, words=task_words, form=form,
        labels=[step.record.label for step in view.trail], standing=task_words.standing(row), other=other,
        status=status, about=_about(viewer, view.trail[0].record), step_words=_step_words, answers=answers,
        takes=is_open and asked and viewer.may("task.answer"), withdraws=is_open and row.sender == own
        and viewer.may("task.ask"), verdict=_verdict_of_answer(viewer, row, other) if answers else None,
        letters=viewer.zone.letters(viewer.now_ms),
    )


def _verdict_of_answer(viewer: Viewer, row: Row, other: MemberId) -> Decision:
    label = viewer.bench.tasks.answer_label(viewer.officer, row.id)
    return viewer.bench.tasks.verdict(label, row.topic, other)


def _about(viewer: Viewer, request: RecordView) -> list[tuple[RecordId, str | None]]:
    """Return the records that a request is about, with the titles of those that the officer may see."""
    found: list[tuple[RecordId, str | None]] = []
    for link in request.links:
        if link.relation == ABOUT:
            try:
                found.append((link.record, viewer.kernel.record(viewer.officer, link.record).title))
            except LatticeworkError:
                found.append((link.record, None))
    return found


def _step_words(step: Step) -> tuple[str, str]:
    """Return what one record of the trail did, and what it says."""
    body: Any = step.record.body
    kind = step.record.kind
    if kind == "task.request":
        return _("asked"), ""
    if kind == "task.answer":
        return _(task_words.SAYS[body.says]), body.text
    if kind == "task.handover":
        return _("handed over from %(old)s to %(new)s", old=body.from_post, new=body.to_post), body.reason
    if kind == "task.withdrawal":
        return _("withdrawn"), body.reason
    if body.rule == "escalate":
        return _("escalated after silence"), ""
    return (_("consent by silence") if body.rule == "consent" else _("refused by silence")), ""


# ---- acts -----------------------------------------------------------------------------------------------------------

@post("/inbox/{task:str}/answer", status_code=303)
async def answer(request: HttpRequest[Any, Any, Any], viewer: SeenBy, task: FromPath[str]) -> Response[Any]:
    """Send the signed answer."""
    form = Form(dict(await request.form()))
    found, says = parse_record_id(task), form["says"]
    if says not in task_words.SAYS:
        form.wrong("says", _("Choose what you answer."))
    elif says == "other" and not form["text"]:
        form.wrong("text", _("Say it in words, or choose one of the other answers."))
    if form.ok:
        viewer.bench.tasks.answer(viewer.officer, found, cast("Says", says), form["text"])
        return told(viewer, Redirect(f"/inbox/{found}", status_code=303), _("The answer is signed and on its way"))
    return _detail(viewer, viewer.bench.tasks.task(viewer.officer, found), form, status=400)


@post("/inbox/{task:str}/handover", status_code=303)
async def handover(request: HttpRequest[Any, Any, Any], viewer: SeenBy, task: FromPath[str]) -> Response[Any]:
    """Give the task to another post, or take it over."""
    form = Form(dict(await request.form()))
    found, to_post = parse_record_id(task), form["to_post"]
    if not to_post:
        form.wrong("to_post", _("Name the post that shall have it."))
        return _detail(viewer, viewer.bench.tasks.task(viewer.officer, found), form, status=400)
    viewer.bench.tasks.hand_over(viewer.officer, found, Post(to_post), form["reason"])
    words = _("It is with %(post)s now", post=to_post)
    return told(viewer, Redirect(f"/inbox/{found}", status_code=303), words)


@post("/inbox/{task:str}/withdraw", status_code=303)
async def withdraw(request: HttpRequest[Any, Any, Any], viewer: SeenBy, task: FromPath[str]) -> Response[Any]:
    """Take back what was asked."""
    form = Form(dict(await request.form()))
    found = parse_record_id(task)
    if not form["reason"]:
        form.wrong("reason", _("Say why; the other side reads it."))
        return _detail(viewer, viewer.bench.tasks.task(viewer.officer, found), form, status=400)
    viewer.bench.tasks.withdraw(viewer.officer, found, form["reason"])
    return told(viewer, Redirect(f"/inbox/{found}", status_code=303), _("Withdrawn; the other side is told"))


@post("/inbox/stand-in", status_code=303)
async def stand_in(request: HttpRequest[Any, Any, Any], viewer: SeenBy) -> Response[Any]:
    """Choose the posts whose tasks are in the own inbox too."""
    form = Form(dict(await request.form()))
    viewer.bench.tasks.stand_in(viewer.officer, [Post(line) for line in form["posts"].splitlines()])
    return told(viewer, Redirect("/inbox", status_code=303), _("Your inbox holds their tasks too"))


# ---- a new request --------------------------------------------------------------------------------------------------

@get("/inbox/new", sync_to_thread=False)
def new_page(viewer: SeenBy, about: FromQuery[str] = "") -> Response[str]:
    """Show an empty request; with `about`, one about a record, as sensitive as that."""
    need(viewer.officer, "task.ask")
    policy = viewer.kernel.policies[viewer.kernel.default_policy]
    values: dict[str, object] = {
        "classification": str(policy.lowest), "zone": viewer.zone.name, "asks": "answer", "silence": "refuse",
        "priority": "routine", "deadline": viewer.zone.at(viewer.now_ms + 24 * HOUR_MS).strftime("%Y-%m-%d %H:00"),
        "reminders": "1h", "about": about,
    }
    if about:
        view = viewer.kernel.record(viewer.officer, parse_record_id(about))
        values |= {"topic": view.topic, "classification": str(view.label.classification)}
    return _new(viewer, Form(values))


def _new(viewer: Viewer, form: Form, *, status: int = 200) -> Response[str]:
    kernel = viewer.kernel
    policy = kernel.policies[kernel.default_policy]
    cleared = dict(viewer.officer.clearance).get(policy.name, policy.lowest - 1)
    levels = [(n, policy.classification_name(n, language.language())) for n in policy.levels if n <= cleared]
    label = _label(viewer, Form(form._values))
    about = viewer.kernel.record(viewer.officer, parse_record_id(form["about"])) if form["about"] else None
    labels = [label] if label is not None and form["subject"] else []
    return show(
        viewer, "inbox/new.html", title=_("Ask for an answer"), form=form, levels=levels, policy=policy, status=status,
        partners=kernel.state().partners, about=about, words=task_words, preview=_preview(viewer, form),
        labels=[*labels, *([about.label] if about is not None else [])],
        zones=[("UTC", "UTC"), *([(viewer.zone.name, viewer.zone.name)] if viewer.zone.name != "UTC" else [])],
    )


def _member(viewer: Viewer, form: Form) -> MemberId:
    found = form["to"].upper() or viewer.kernel.own
    return MemberId(found) if found in {viewer.kernel.own, *viewer.kernel.state().partners} else viewer.kernel.own


def _label(viewer: Viewer, form: Form) -> Label | None:
    """Read the request's label: releasable to the asked member and to nobody else."""
    to = _member(viewer, form)
    chosen = {"release": "own"} if to == viewer.kernel.own else {"release": "members", "members": to}
    trial = Form({**form._values, **chosen})
    label = trial.label(viewer.kernel)
    form.errors.update(trial.errors)
    return label


def _preview(viewer: Viewer, form: Form) -> tuple[MemberId, Decision] | None:
    """Return what the gate would say about the request as the form stands, if label and topic are complete."""
    trial = Form(form._values)
    label, topic = _label(viewer, trial), trial.topic("topic") if form["topic"] else None
    if label is None or not topic:
        return None
    to = _member(viewer, form)
    return to, viewer.bench.tasks.verdict(label, topic, to)


@post("/inbox/new/verdict", status_code=200)
async def verdict(request: HttpRequest[Any, Any, Any], viewer: SeenBy) -> Response[str]:
    """Show, as a fragment, whether the request could go and its answer come back."""
    return part(viewer, "inbox/verdict.html", preview=_preview(viewer, Form(every_value(await request.form()))))


@post("/inbox", status_code=303)
async def ask(request: HttpRequest[Any, Any, Any], viewer: SeenBy) -> Response[Any]:
    """Sign the request and send it."""
    form = Form(every_value(await request.form()))
    body, label, topic = _read(viewer, form), _label(viewer, form), form.topic("topic")
    if body is None or label is None or not form.ok:
        return _new(viewer, form, status=400)
    about = [parse_record_id(form["about"])] if form["about"] else []
    try:
        made = viewer.bench.tasks.request(viewer.officer, body, topic=topic, label=label, about=about)
    except LatticeworkError as error:
        form.wrong("subject", say(error.message))
        return _new(viewer, form, status=400)
    return told(viewer, Redirect(f"/inbox/{made.id}", status_code=303), _("Asked: signed and on its way"))


def _read(viewer: Viewer, form: Form) -> Request | None:
    deadline, to = _deadline(form), _member(viewer, form)
    for name, words in (("subject", _("Say in one line what you want.")), ("post", _("Name the post that is asked."))):
        if not form[name]:
            form.wrong(name, words)
    rule = form["silence"] if form["silence"] in task_words.RULES else "refuse"
    if rule == "escalate" and not form["escalate_post"]:
        form.wrong("escalate_post", _("Name the post that silence puts it before."))
    if deadline is None or not form.ok:
        return None
    try:
        escalate = Party(_escalates_to(viewer, form, to), Post(form["escalate_post"])) if rule == "escalate" else None
        return Request(
            to=to, subject=form["subject"], text=form["text"], asks=cast("Asks", form["asks"] or "answer"),
            assignee=Party(to, Post(form["post"])), by=viewer.officer.post, deadline=deadline,
            silence=Silence(rule=cast("Rule", rule), to=escalate), reminders=REMINDERS.get(form["reminders"], ()),
            priority=cast("Priority", form["priority"] or "routine"),
        )
    except LatticeworkError as error:
        form.wrong("subject", say(error.message))
        return None


def _escalates_to(viewer: Viewer, form: Form, to: MemberId) -> MemberId:
    return viewer.kernel.own if form["escalate_member"] == viewer.kernel.own else to


def _deadline(form: Form) -> Deadline | None:
    zone = form["zone"] or "UTC"
    try:
        if zone == "UTC":
            at_ms = times.read_utc(form["deadline"])
            if at_ms is None:
                form.wrong("deadline", _("This is no time; write it such as 2026-05-16 12:00."))
                return None
            return absolute(at_ms)
        return local(form["deadline"], zone, fold=1 if form["fold"] == "1" else 0)
    except LatticeworkError as error:
        form.wrong("deadline", say(error.message))
        return None


ROUTES = (listing, new_page, verdict, ask, detail, answer, handover, withdraw, stand_in)
