"""What one officer sees of tasks: lists, counts, one task with its trail. All of it passed the gate.

An officer who may not see the request, or not the record that settled it, does not see the task at all: neither in a
list nor in a count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from typing import TYPE_CHECKING, Final

import msgspec

from latticework.kernel import archive
from latticework.kernel.errors import InvalidTask, NotFound
from latticework.kernel.ids import Post, RecordId
from latticework.kernel.policy.model import Officer, Purpose
from latticework.kernel.store.protocol import Reader
from latticework.kernel.views import Page, RecordView
from latticework.workbench.tasks import index
from latticework.workbench.tasks.derive import Why
from latticework.workbench.tasks.index import Entry, ListName, Row
from latticework.workbench.tasks.model import ABOUT_TASK, KINDS

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel

LISTS: Final[tuple[ListName, ...]] = ("mine", "member", "sent", "done")
MOST: Final = 500


class Step(msgspec.Struct, frozen=True):
    """One signed record of a task's trail; `why` says why it does not count, or is None."""

    record: RecordView
    why: Why | None = None


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """One task as an officer sees it.

    Parameters
    ----------
    row
        As it stands.
    trail
        The request and what followed, by the authors' times.
    mine
        It is with one of the officer's posts.
    """

    row: Row
    trail: tuple[Step, ...]
    mine: bool


class TaskViews:
    """Reads the in-tray of one node.

    Parameters
    ----------
    kernel
        The node.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def posts(self, officer: Officer) -> tuple[Post, ...]:
        """Return the officer's own post and those that it stands in for."""
        with self._kernel.store.snapshot() as reader:
            others = index.posts_of(reader, officer.name)
        return officer.post, *(p for p in others if p != officer.post)

    def page(
        self, officer: Officer, name: ListName = "mine", *, limit: int = 50, after: str | None = None
    ) -> Page[Row]:
        """Return part of a list: open ones by deadline, done ones by when they were settled, latest first.

        Parameters
        ----------
        name
            ``mine``: with one of the officer's posts. ``member``: all that this member is asked. ``sent``: what one of
            the officer's posts asked. ``done``: settled ones, asked by or of this member.
        limit
            1 to 500.
        after
            The cursor of the page before.

        Raises
        ------
        InvalidTask
            When there is no such list, or the cursor is none.
        """
        if name not in LISTS or not 1 <= limit <= MOST:
            raise InvalidTask(f"a list of tasks is one of {', '.join(LISTS)}, with 1 to {MOST} rows a page.")
        posts = self._keys(officer, name)
        since = _read_cursor(after)
        with self._kernel.store.snapshot() as reader:
            seen = self._sees(reader, officer, Purpose.VIEW)
            found: list[Entry] = []
            for entry in _walk(reader, name, posts, since):
                if seen(entry):
                    found.append(entry)
                    if len(found) > limit:
                        break
            shown = found[:limit]
            rows = tuple(row for entry in shown if (row := index.row_of(reader, entry.id)) is not None)
        more = len(found) > limit
        return Page(rows, f"{shown[-1].at_ms}.{shown[-1].id}" if more else None)

    def count(self, officer: Officer, name: ListName = "mine") -> int:
        """Return how many tasks of a list the officer may see counted."""
        with self._kernel.store.snapshot() as reader:
            posts = self._keys(officer, name)
            if self._kernel.voided():
                seen = self._sees(reader, officer, Purpose.COUNT)
                return sum(1 for entry in _walk(reader, name, posts, None) if seen(entry))
            allowed = self._allows(reader, officer, Purpose.COUNT)
            classes: Counter[bytes] = Counter()
            for post in posts:
                classes.update(value[:8] for value in index.values(reader, name, post))
            return sum(n for key, n in classes.items()
                       if allowed(int.from_bytes(key[:4], "big")) and allowed(int.from_bytes(key[4:], "big")))

    def task(self, officer: Officer, task: RecordId) -> TaskView:
        """Return one task with its trail, or raise :class:`NotFound`: absent and withheld look the same."""
        kernel = self._kernel
        with kernel.store.snapshot() as reader:
            row = index.row_of(reader, task)
            seen = self._sees(reader, officer, Purpose.VIEW)
            if row is None or not seen(Entry(0, row.id, row.classes, row.number)):
                raise NotFound(f"there is no task {task[:12]} here, or you may not see it.")
            sight = kernel.sight(officer, Purpose.VIEW)
            later = [h.id for h in archive.heads_linking(reader, task, ABOUT_TASK) if h.kind in KINDS and sight(h)]
        whys = dict(row.state.flags)
        records = [kernel.record(officer, found) for found in (task, *later)]
        trail = tuple(Step(r, whys.get(r.id)) for r in sorted(records, key=lambda r: (r.id != task, r.made_ms)))
        return TaskView(row=row, trail=trail, mine=self.holds(officer, row))

    def holds(self, officer: Officer, row: Row) -> bool:
        """Say whether an open task is with one of the officer's posts."""
        state, posts = row.state, self.posts(officer)
        to = state.escalated_to
        if to is not None and to.member == self._kernel.own == row.sender and to.post in posts:
            return True
        return row.request.to == self._kernel.own and state.holder in posts

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _keys(self, officer: Officer, name: ListName) -> tuple[str, ...]:
        return self.posts(officer) if name in {"mine", "sent"} else ("",)

    def _allows(self, reader: Reader, officer: Officer, purpose: Purpose) -> Callable[[int], bool]:
        """Return what says of a label class whether the officer may have it; the gate is asked once for each."""
        known: dict[int, bool] = {}

        def allowed(number: int) -> bool:
            found = known.get(number)
            if found is None:
                label, topic = index.class_of(reader, number)
                found = known[number] = self._kernel.gate(label, topic, officer, purpose).allowed
            return found

        return allowed

    def _sees(self, reader: Reader, officer: Officer, purpose: Purpose) -> Callable[[Entry], bool]:
        allowed, void = self._allows(reader, officer, purpose), self._kernel.voided()
        return lambda e: e.number not in void and allowed(e.classes[0]) and allowed(e.classes[1])


def _walk(reader: Reader, name: ListName, posts: Iterable[str], after: tuple[int, str] | None) -> Iterator[Entry]:
    """Yield the entries of several posts' lists as one, in order; a task that two of them have comes once."""
    reverse = name == "done"
    walks = [index.entries(reader, name, post, after=after, reverse=reverse) for post in posts]
    last: RecordId | None = None
    for entry in merge(*walks, key=lambda e: (e.at_ms, e.id), reverse=reverse):
        if entry.id != last:
            last = entry.id
            yield entry


def _read_cursor(after: str | None) -> tuple[int, str] | None:
    if after is None:
        return None
    at, _, task = after.partition(".")
    if not (at.isascii() and at.isdecimal() and len(at) < 18 and len(task) == 64
            and all(c in "0123456789abcdef" for c in task)):
        raise InvalidTask("this is not the cursor of a page of tasks; use the one that the page before gave.")
    return int(at), task
