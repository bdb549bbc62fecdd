"""The brief desk of a node: which briefs there are, made for one officer through the gate, and noted in the journal."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from latticework.kernel.errors import Flooded, InvalidBrief, NotFound
from latticework.kernel.ids import RecordId, Topic
from latticework.kernel.labels import Label, Release
from latticework.kernel.policy.model import Decision, Officer, Purpose
from latticework.kernel.policy.reading import READERS
from latticework.kernel.views import RecordView
from latticework.workbench.briefs import wording
from latticework.workbench.briefs.gating import gated
from latticework.workbench.briefs.marks import labels_of, mark
from latticework.workbench.briefs.model import LANGUAGES, Brief, Portion, Source, Status
from latticework.workbench.briefs.press import Format, Order, draw

if TYPE_CHECKING:
    from latticework.workbench.bench import Workbench

PURPOSES: Final[dict[Format, Purpose]] = {
    "part": Purpose.VIEW, "html": Purpose.EXPORT, "pdf": Purpose.PRINT, "docx": Purpose.EXPORT,
}
"""What a format is for: a part of a page is viewed, a sheet is printed, a file is exported."""
MEDIA: Final[dict[Format, str]] = {
    "part": "text/html; charset=utf-8", "html": "text/html; charset=utf-8", "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
AT_ONCE: Final = 2
"""Presses of one node at a time; further briefs wait."""
WAITING_AT_MOST: Final = 20
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*")


class OfficerView:
    """What a builder may read: records that the gate lets the officer have for the purpose, and nothing else.

    Parameters
    ----------
    bench
        Of the node.
    officer, purpose
        For whom, and what for.
    """

    def __init__(self, bench: Workbench, officer: Officer, purpose: Purpose) -> None:
        self._kernel = bench.kernel
        self.officer, self.purpose = officer, purpose
        self.own, self.now_ms = bench.kernel.own, bench.kernel.clock.now_ms()
        self.taken: dict[RecordId, None] = {}

    def records(
        self, *, kind: str | None = None, member: str | None = None, topic: str | None = None, limit: int = 5_000,
    ) -> Iterator[RecordView]:
        """Yield records newest first, at most `limit`; a topic includes those below it."""
        after: str | None = None
        while limit > 0:
            page = self._kernel.records(self.officer, purpose=self.purpose, kind=kind, member=member, topic=topic,
                                        after=after, limit=min(limit, 500))
            for view in page.items:
                self.taken[view.id] = None
                yield view
            after, limit = page.next, limit - len(page.items)
            if after is None:
                return

    def record(self, record: RecordId) -> RecordView | None:
        """Return one record, or None when it is absent or withheld: the two look the same."""
        try:
            view = self._kernel.record(self.officer, record, purpose=self.purpose)
        except NotFound:
            return None
        self.taken[view.id] = None
        return view

    def house(self, topic: Topic) -> Portion:
        """Return the portion of what a builder says of itself: the own policy's lowest label, for this member alone."""
        policy = self._kernel.policies[self._kernel.default_policy]
        label = Label(policy=policy.name, classification=policy.lowest, originators=frozenset({self.own}),
                      release=Release(members=frozenset({self.own})))
        return Portion(label, topic)

    def over(self, views: Iterable[RecordView], topic: Topic) -> Portion:
        """Return the portion of what was made from several records: marked with their join."""
        parts = tuple(dict.fromkeys(portion_of(view) for view in views))
        label = self._kernel.banner([part.label for part in parts])
        return Portion(label, topic, parts) if label is not None else self.house(topic)


Builder = Callable[[OfficerView, str], Brief]
"""Makes a brief from what the officer may have, in a language (``en``, ``ja``; another one where it lacks that)."""


def portion_of(view: RecordView) -> Portion:
    """Return whose words a record's are."""
    return Portion(view.label, view.topic)


def source_of(view: RecordView) -> Source:
    """Return a record as a source: the public source that it names, else the record itself; its key is the id."""
    status: Status = "invented" if view.status not in {"V", "P"} else "V" if view.status == "V" else "P"
    text = f"{view.source}" if view.source else f"{view.member} {view.post}: {view.title}"
    return Source(key=view.id, text=text, status=status, record=view.id, portion=portion_of(view))


class Entry(msgspec.Struct, frozen=True):
    """A brief that can be made here.

    Parameters
    ----------
    name, title
        What it is called in commands, and for people, in English.
    """

    name: str
    title: str


class File(msgspec.Struct, frozen=True):
    """A finished brief: its file name, media type, bytes, and the labels of all that is in it."""

    name: str
    media: str
    data: bytes
    labels: tuple[Label, ...]
    title: str


class _Made(msgspec.Struct, frozen=True):
    order: Order
    records: tuple[RecordId, ...]
    decision: Decision
    labels: tuple[Label, ...]


class BriefDesk:
    """The briefs of one node.

    Parameters
    ----------
    bench
        Of the node.
    """

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._builders: dict[str, tuple[str, Builder]] = {}
        self._presses = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    def register(self, name: str, title: str, builder: Builder) -> None:
        """Let officers have a brief.

        Parameters
        ----------
        name
            Lowercase words with ``-`` or ``.`` between them, beginning with the room's (``lighthouse.lamps``).
        title
            For people, in English; the room's catalog translates it.
        builder
            See :data:`Builder`. It runs in the node's thread: what reads thousands of records measures first.

        Raises
        ------
        InvalidBrief
            When the name is malformed or taken.
        """
        if not _NAME.fullmatch(name) or len(name) > 60:
            raise InvalidBrief(f"{name[:60]!r} names no brief; use lowercase words with '-' or '.' between them.")
        if name in self._builders:
            raise InvalidBrief(f"there is a brief {name!r} already; choose another name.")
        self._builders[name] = (title, builder)

    def list(self, officer: Officer) -> tuple[Entry, ...]:
        """Return the briefs that can be made for an officer, by name; none for one whose roles read no content."""
        if not officer.roles & READERS:
            return ()
        return tuple(Entry(name, title) for name, (title, _) in sorted(self._builders.items()))

    async def give(self, officer: Officer, name: str, language: str, form: Format) -> File:
        """Make a brief for an officer, draw it, note it in the journal, and return it.

        Parameters
        ----------
        officer
            For whom: what the gate refuses this officer for the format's purpose is not in it.
        name
            Of a registered brief.
        language
            ``en`` or ``ja``.
        form
            ``pdf`` is printed, ``html`` and ``docx`` are exported, ``part`` is viewed.

        Raises
        ------
        NotFound
            When there is no such brief, or none for this officer.
        BriefError
            When it cannot be drawn; one sentence says why.
        Flooded
            When too many wait already.
        """
        if self._waiting >= WAITING_AT_MOST:
            raise Flooded(f"{self._waiting} briefs are being made already; try again in a minute.")
        made = self._make(officer, name, language, PURPOSES[form])
        self._waiting += 1
        try:
            async with self._presses:
                data = await asyncio.to_thread(draw, made.order, form)
        finally:
            self._waiting -= 1
        # Only what was really drawn was printed; a view is one line, a print or an export one for each record.
        records = () if form == "part" else made.records
        self._bench.kernel.note_use(officer, f"brief.{PURPOSES[form].value}", name, records, made.decision)
        brief = made.order.brief
        day = wording.moment(brief.made_ms)[:10]
        return File(f"{brief.member}-{name}-{day}.{form}", MEDIA[form], data, made.labels, brief.title)

    def _make(self, officer: Officer, name: str, language: str, purpose: Purpose) -> _Made:
        known = self._builders.get(name)
        if known is None or not officer.roles & READERS:
            raise NotFound(f"there is no brief {name[:60]!r} here, or you may not see it.")
        if language not in LANGUAGES:
            raise InvalidBrief(f"briefs are made in {' or '.join(LANGUAGES)}, not in {language[:20]!r}.")
        kernel, view = self._bench.kernel, OfficerView(self._bench, officer, purpose)
        built = known[1](view, language)
        decided: dict[Portion, Decision] = {}

        def may(portion: Portion) -> bool:
            for part in portion.of or (portion,):
                decided[portion] = kernel.gate(part.label, part.topic, officer, purpose)
                if not decided[portion].allowed:
                    return False
            return True

        brief = gated(built, may)
        if brief is None:
            raise NotFound(f"there is no brief {name!r} here, or you may not see it.")
        labels = labels_of(brief)
        words = wording.words_of(brief.language)
        note = words["made_for"].format(post=officer.post, date=wording.day(view.now_ms, brief.language))
        order = Order(brief=brief, note=note, markings=mark(labels, kernel.policies, kernel.banner, brief.language))
        return _Made(order, tuple(view.taken), decided[brief.portion], labels)
