"""Tasks at one node: asked, answered, handed over, withdrawn; and the rooms told when what they asked is settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from latticework.kernel import archive
from latticework.kernel.core.authority import need
from latticework.kernel.errors import (
    HeldElsewhere,
    InvalidTask,
    LatticeworkError,
    StoreError,
    TaskSettled,
    UnknownMember,
    Withheld,
)
from latticework.kernel.ids import Kind, MemberId, Post, RecordId, Topic
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Decision, Officer, Peer, Purpose
from latticework.kernel.records.record import Link, Record
from latticework.kernel.store.protocol import Transaction
from latticework.kernel.views import Page
from latticework.workbench.tasks import index
from latticework.workbench.tasks.derive import State
from latticework.workbench.tasks.index import ListName, Row
from latticework.workbench.tasks.keeping import Keeping, task_link
from latticework.workbench.tasks.model import (
    ABOUT,
    ANSWER,
    HANDOVER,
    REQUEST,
    WITHDRAWAL,
    Answer,
    Handover,
    Request,
    Says,
    Withdrawal,
)
from latticework.workbench.tasks.sources import Need, Source, Sources
from latticework.workbench.tasks.views import TaskView, TaskViews

if TYPE_CHECKING:
    from latticework.workbench.bench import Workbench

MOST_STAND_INS = 20


class Settled(NamedTuple):
    """What a room is told once of a task that it asked about.

    Parameters
    ----------
    task, request, state
        Which, what was asked, and how it ended.
    answer
        The answer's body, when there is one.
    about
        The records that the request was about.
    corrects
        Something else had been told before: an answer that was given in time outran silence that had been counted.
    """

    task: RecordId
    request: Request
    state: State
    answer: Answer | None
    about: tuple[RecordId, ...]
    corrects: bool


class Tasks:
    """The tasks of one node.

    Parameters
    ----------
    bench
        The node's workbench.
    """

    def __init__(self, bench: Workbench) -> None:
        self._kernel = bench.kernel
        self._keeping = Keeping(bench.kernel)
        self._views = TaskViews(bench.kernel)
        self._sources = Sources()
        self._told: list[tuple[str, Callable[[Settled], None]]] = []
        bench.follow(self._keeping.follower)

    # ---- what there is ---------------------------------------------------------------------------------------------

    def posts(self, officer: Officer) -> tuple[Post, ...]:
        """Return the officer's own post and those that it stands in for."""
        return self._views.posts(officer)

    def stand_in(self, officer: Officer, posts: Iterable[Post]) -> tuple[Post, ...]:
        """Let the officer's inbox hold the tasks of `posts` of this member too, instead of those chosen before."""
        need(officer, "task.answer")
        chosen = tuple(sorted({Post(p.strip()) for p in posts if p.strip()} - {officer.post}))
        if len(chosen) > MOST_STAND_INS or not all(len(p) <= 120 and p.isprintable() for p in chosen):
            raise InvalidTask(f"an officer stands in for at most {MOST_STAND_INS} posts, each of up to 120 characters.")
        raw = msgspec.msgpack.encode(chosen)
        self._kernel.in_transaction(lambda tx: tx.put(index.STAND_IN, officer.name.encode(), raw))
        return self.posts(officer)

    def page(
        self, officer: Officer, name: ListName = "mine", *, limit: int = 50, after: str | None = None
    ) -> Page[Row]:
        """Return part of a list of tasks; see :meth:`TaskViews.page`."""
        return self._views.page(officer, name, limit=limit, after=after)

    def count(self, officer: Officer, name: ListName = "mine") -> int:
        """Return how many tasks of a list the officer may see counted."""
        return self._views.count(officer, name)

    def task(self, officer: Officer, task: RecordId) -> TaskView:
        """Return one task with its trail of signed records, or raise :class:`NotFound`."""
        return self._views.task(officer, task)

    # ---- before anything is sent -----------------------------------------------------------------------------------

    def verdict(self, label: Label, topic: Topic, to: MemberId) -> Decision:
        """Return what the gate says about giving a request of this label to a member, before it is made.

        A request that could not be answered is withheld too: then the decision is the one about the way back.
        """
        if to == self._kernel.own:
            return Decision(True, "", "It stays within the own member.")
        there = self._kernel.gate(label, topic, Peer(to), Purpose.RELEASE)
        if not there.allowed:
            return there
        back = self._kernel.gate(self._reply_label(label, to, self._kernel.own), topic, Peer(to), Purpose.RECEIVE)
        return there if back.allowed else back

    def answer_label(self, officer: Officer, task: RecordId) -> Label:
        """Return the label that what is said about a task has unless another is chosen: the request's, for both."""
        row = self.task(officer, task).row
        other = row.request.to if row.sender == self._kernel.own else row.sender
        return self._reply_label(row.label, self._kernel.own, other)

    # ---- acts ------------------------------------------------------------------------------------------------------

    def request(
        self, officer: Officer | None, body: Request, *, topic: str, label: Label, about: Iterable[RecordId] = (),
    ) -> Record:
        """Ask a post for an answer.

        Parameters
        ----------
        officer
            Who asks; None: a room or a timer of this node.
        body
            What is asked, of whom, by when, and what silence means.
        topic, label
            The gate decides about them before anything is made.
        about
            Records that it is about; the officer must see each.

        Raises
        ------
        Withheld
            When the gate does not let the request go to the asked member, or its answer come back.
        InvalidTask
            When the deadline has passed, or it escalates to a third member.
        UnknownMember
            When the asked member is no partner.
        NotPermitted
            When the officer's roles do not include asking.
        """
        if officer is not None:
            need(officer, "task.ask")
        kernel = self._kernel
        if body.to != kernel.own and body.to not in kernel.state().partners:
            raise UnknownMember(f"there is no trust with {body.to}; add its trust bundle first.")
        if body.deadline.at_ms <= kernel.clock.now_ms():
            raise InvalidTask("the deadline of a request lies in the future.")
        silence = body.silence.to
        if silence is not None and silence.member not in {kernel.own, body.to}:
            raise InvalidTask("a request escalates to a post of the asked member or of the own one; ask a third member "
                              "with a request of its own.")
        decision = self.verdict(label, Topic(topic), body.to)
        if not decision.allowed:
            raise Withheld(f"Withheld from {body.to}: {decision.reason} ({decision.rule})")
        links = tuple(sorted(Link(ABOUT, kernel.record(officer, r).id if officer is not None else r) for r in about))
        return self._make(officer, REQUEST, body, topic=Topic(topic), label=label, links=links)

    def answer(
        self, officer: Officer, task: RecordId, says: Says, text: str = "", *, label: Label | None = None,
        about: Iterable[RecordId] = (),
    ) -> Record:
        """Answer a task that is with one of the officer's posts.

        Parameters
        ----------
        label
            Of the answer; None: :meth:`answer_label`.

        Raises
        ------
        TaskSettled
            When it is settled already.
        HeldElsewhere
            When it is with another post, or another member is asked.
        Withheld
            When the gate does not let the answer go to the member that asked.
        """
        need(officer, "task.answer")
        row = self._open(officer, task)
        if not self._views.holds(officer, row):
            if row.request.to != self._kernel.own:
                raise HeldElsewhere(f"{row.request.to} is asked; only its posts can answer.")
            raise HeldElsewhere(f"this task is with {row.state.holder}; take it over first.")
        other = row.request.to if row.sender == self._kernel.own else row.sender
        links = tuple(Link(ABOUT, self._kernel.record(officer, r).id) for r in about)
        return self._say(officer, row, ANSWER, Answer(task=task, to=other, says=says, text=text), label, links)

    def hand_over(self, officer: Officer, task: RecordId, to_post: Post, reason: str = "") -> Record:
        """Give a task of this member to another of its posts; an officer of any post may take it over so."""
        need(officer, "task.answer")
        row = self._open(officer, task)
        if row.request.to != self._kernel.own:
            raise HeldElsewhere(f"{row.request.to} is asked; only it hands the task over.")
        body = Handover(task=task, to=row.sender, from_post=row.state.holder, to_post=Post(to_post.strip()),
                        reason=reason)
        return self._say(officer, row, HANDOVER, body, None)

    def withdraw(self, officer: Officer, task: RecordId, reason: str) -> Record:
        """Take back what this member asked."""
        need(officer, "task.ask")
        row = self._open(officer, task)
        if row.sender != self._kernel.own:
            raise HeldElsewhere(f"{row.sender} asked this; only it withdraws it.")
        return self._say(officer, row, WITHDRAWAL, Withdrawal(task=task, to=row.request.to, reason=reason), row.label)

    # ---- rooms -----------------------------------------------------------------------------------------------------

    def on_settled(self, matter: str, callback: Callable[[Settled], None]) -> None:
        """Call `callback` once for each task of this member that is settled and whose matter is `matter` or below it.

        It is called in the transaction that notes that it was, so what the room then publishes happens with it or not
        at all. An error of the tree is raised as an alarm, and the task counts as told.
        """
        self._told.append((matter, callback))

    def add_source(self, name: str, source: Source) -> None:
        """Register something else that needs answers, so that the inbox and Overview hold it; see :class:`Need`."""
        self._sources.add(name, source)

    def needs(self, officer: Officer) -> list[Need]:
        """Return what the registered sources hold for the officer, earliest deadline first; tasks are not among it."""
        return self._sources.needs(officer)

    def step(self, now_ms: int) -> None:
        """Do what is due: overdue tasks, reminders, silence that takes effect, rooms that wait for an answer."""
        self._keeping.step(now_ms)
        self._keeping.follower.catch_up()
        with self._kernel.store.snapshot() as reader:
            waiting = [RecordId(key.hex()) for key, _ in reader.scan(index.TELL, limit=100)]
        for task in waiting:
            self._tell(task)

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _open(self, officer: Officer, task: RecordId) -> Row:
        self._keeping.follower.catch_up()
        row = self.task(officer, task).row
        if row.state.status != "open":
            raise TaskSettled("this task is settled already; its trail shows how. Ask anew if it needs another answer.")
        return row

    def _say(
        self, officer: Officer, row: Row, kind: Kind, body: msgspec.Struct, label: Label | None,
        links: tuple[Link, ...] = (),
    ) -> Record:
        own = self._kernel.own
        other = row.request.to if row.sender == own else row.sender
        chosen = label if label is not None else self._reply_label(row.label, own, other)
        if other != own:
            decision = self._kernel.gate(chosen, row.topic, Peer(other), Purpose.RELEASE)
            if not decision.allowed:
                raise Withheld(f"Withheld from {other}: {decision.reason} ({decision.rule})")
        return self._make(officer, kind, body, topic=row.topic, label=chosen,
                          links=tuple(sorted((task_link(row.id), *links))))

    def _make(
        self, officer: Officer | None, kind: Kind, body: msgspec.Struct, *, topic: Topic, label: Label,
        links: tuple[Link, ...],
    ) -> Record:
        if officer is None:
            made = self._kernel.publish_as_node(kind, body, topic=topic, label=label, links=links, distribute=True)
        else:
            made = self._kernel.publish(officer, kind, body, topic=topic, label=label, links=links, distribute=True)
        self._keeping.follower.catch_up()  # whoever acted sees it at once
        return made

    def _reply_label(self, label: Label, by: MemberId, to: MemberId) -> Label:
        """Return the request's label as `by` replies under it: its own words, for the two of them."""
        own = self._kernel.banner((label,)) if by == self._kernel.own else label
        return msgspec.structs.replace(own or label, originators=frozenset({by}), permissive=(),
                                       release=Release(members=frozenset({by, to})))

    def _tell(self, task: RecordId) -> None:
        with self._kernel.store.snapshot() as reader:
            row = index.row_of(reader, task)
        if row is None or row.state.status == "open" or not row.state.final:
            self._kernel.in_transaction(lambda tx: tx.delete(index.TELL, bytes.fromhex(task)))
            return
        matter = row.request.matter
        listening = [c for m, c in self._told if matter == m or matter.startswith(m + ".")]
        try:
            self._kernel.in_transaction(lambda tx: self._tell_all(tx, row, listening))
        except StoreError:
            raise
        except LatticeworkError as error:
            self._kernel.alarm(error.code, None, f"A room could not take the end of a task ({matter}): {error.message}")
            self._kernel.in_transaction(lambda tx: self._tell_all(tx, row, []))

    def _tell_all(self, tx: Transaction, row: Row, listening: list[Callable[[Settled], None]]) -> None:
        key = bytes.fromhex(row.id)
        outcome = msgspec.msgpack.encode((row.state.status, row.state.said))
        before = tx.get(index.HEARD, key)
        tx.delete(index.TELL, key)
        if before == outcome:
            return
        tx.put(index.HEARD, key, outcome)
        head = archive.head_of(tx, row.id)
        links = self._kernel.content_of(tx, head)[1] if head is not None else ()
        about = tuple(link.record for link in links if link.relation == ABOUT)
        told = Settled(row.id, row.request, row.state, self._answer_of(row), about, before is not None)
        for callback in listening:
            callback(told)

    def _answer_of(self, row: Row) -> Answer | None:
        if row.state.status != "answered" or row.state.settled_by is None:
            return None
        with self._kernel.store.snapshot() as reader:
            body = self._kernel.body_of_id(reader, row.state.settled_by)
        return body if isinstance(body, Answer) else None
