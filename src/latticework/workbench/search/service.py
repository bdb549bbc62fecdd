"""Search at one node: it follows the archive, and answers each officer from what that officer may see.

Hits, counts, order and suggestions are a function of the visible documents alone; two archives that differ only in what
an officer may not see give that officer the same answers (``tests/property/workbench/test_search.py``).
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from latticework.kernel.archive import Head
from latticework.kernel.errors import InvalidSearch, NotFound, SearchUnavailable
from latticework.kernel.ids import Topic, topic_covers
from latticework.kernel.policy.model import Officer, Purpose
from latticework.kernel.views import RecordView
from latticework.workbench.search import ranking
from latticework.workbench.search.documents import text_of
from latticework.workbench.search.index import Docs, Document, Index
from latticework.workbench.search.ranking import Mask
from latticework.workbench.search.snippets import Fragment, snippet
from latticework.workbench.search.words import Term, fold, parse_query, tokens

if TYPE_CHECKING:
    from latticework.workbench.bench import Workbench

FILE: Final = "search.db"
SLICE_S: Final = 0.02
"""Records are indexed for so long in one go; links and pages go on in between."""
AT_ONCE: Final = 200
SOON: Final = 3
"""Before a search, so many times :data:`AT_ONCE` new records are indexed, so that what was just made is found."""
NEAR_TITLES: Final = 5_000
"""Visible titles, the newest, whose words a misspelled one is compared with."""

Order = Literal["best", "newest"]


class Hit(NamedTuple):
    """One result.

    Parameters
    ----------
    record
        As the officer may see it.
    part
        Empty, or the id of the record's attachment that has the words.
    title
        Of the part.
    snippet
        The lines around them.
    """

    record: RecordView
    part: str
    title: str
    snippet: tuple[Fragment, ...]


class Results(NamedTuple):
    """A page of results.

    Parameters
    ----------
    total
        How many documents match, of those that the officer may see.
    next
        Offset of the next page, or None.
    near
        Words of visible titles that are close to one that nothing has; empty when something was found.
    whole
        False while the index is still being made: what arrived last is not found yet.
    """

    hits: tuple[Hit, ...]
    total: int
    next: int | None
    near: tuple[str, ...] = ()
    whole: bool = True


Texts = Callable[[Head], Iterator[tuple[str, str, str]]]
"""What else belongs to a record: (part, title, text) of each attachment that is here."""


class Search:
    """The search of one node.

    Parameters
    ----------
    bench
        The node's workbench; the index lies in its folder.
    """

    def __init__(self, bench: Workbench) -> None:
        self._kernel, self._path = bench.kernel, bench.folder / FILE
        self._index: Index | None = None
        self._sources: list[Texts] = []
        self._failed = False

    def add_source(self, texts: Texts) -> None:
        """Let `texts` say, when a record is indexed, which further texts belong to it."""
        self._sources.append(texts)

    def add_text(self, head: Head, part: str, title: str, text: str) -> None:
        """Index a text that came after its record: an attachment that is whole now."""
        index = self._opened()
        if head.number <= index.cursor[0]:  # otherwise its source gives it when the record is indexed
            index.add([self._document(head, part, title, text)])

    def index_some(self) -> bool:
        """Index what has arrived, for a moment; say whether there is more. A failure is said once, as an alarm."""
        if self._failed:
            return False
        try:
            index, until, more = self._opened(), time.perf_counter() + SLICE_S, True
            while more and time.perf_counter() < until:
                more = self._take(index)
        except SearchUnavailable as error:
            self._failed = True
            self._kernel.alarm(error.code, None, error.message)
            return False
        return more

    def catch_up(self, rounds: int = 1_000_000) -> bool:
        """Index what is there, at most `rounds` times :data:`AT_ONCE` records; say whether that was everything."""
        index = self._opened()
        return any(not self._take(index) for _ in range(rounds))

    def close(self) -> None:
        """Close the index."""
        if self._index is not None:
            self._index.close()
            self._index = None

    # ---- asking ----------------------------------------------------------------------------------------------------

    def search(
        self, officer: Officer, query: str, *, kind: str | None = None, member: str | None = None,
        topic: str | None = None, order: Order = "best", offset: int = 0, limit: int = 20, typing: bool = False,
        discreet: bool = False,
    ) -> Results:
        """Return what matches `query` of what the officer may see.

        Parameters
        ----------
        query
            See :func:`~latticework.workbench.search.words.parse_query`.
        kind, member, topic
            Only these; a topic includes those below it.
        order
            By rank, or the newest first.
        offset, limit
            Which part of the results; 1 to 100 at once.
        typing
            The last word is still being typed.
        discreet
            Also records of discreet arrangements, because somebody asked for them.

        Raises
        ------
        InvalidSearch
            When there is no word to look for, or `offset` and `limit` are out of bounds.
        SearchUnavailable
            When the index cannot be opened.
        """
        if not 1 <= limit <= 100 or not 0 <= offset <= 1_000_000:
            raise InvalidSearch("a page of results has 1 to 100 rows and begins at 0 or later.")
        terms, index = parse_query(query, typing=typing), self._opened()
        whole = self.catch_up(SOON)
        visible = self._visible(index, officer, discreet=discreet)
        chosen = visible & self._filter(index, kind, member, topic)
        wanted = [term for term in terms if not term.without]
        text = [self._mask(index, index.matching(term)) for term in wanted]
        for having in text:
            chosen &= having
        for term in terms:
            if term.without:
                chosen &= ~self._mask(index, index.matching(term))
        found = np.flatnonzero(chosen)
        if not len(found):
            return Results((), 0, None, self._near(index, visible, wanted), whole)
        columns = index.columns()
        if order == "newest":
            ordered = found[np.argsort(-columns.numbers[found], kind="stable")]
        else:
            title = [self._mask(index, index.matching(term, title=True)) for term in wanted]
            rank = ranking.scores(visible, columns.lengths, text, title)[found]
            ordered = found[np.lexsort((-columns.numbers[found], -rank))]
        page = columns.ids[ordered[offset: offset + limit]]
        hits = tuple(self._hits(index, officer, page, terms))
        return Results(hits, len(found), offset + limit if offset + limit < len(found) else None, (), whole)

    def suggest(self, officer: Officer, typed: str, *, limit: int = 6) -> tuple[Hit, ...]:
        """Return visible records whose title goes on as typed, for the box that goes anywhere; none for no word."""
        try:
            terms = parse_query(typed, typing=True)
        except InvalidSearch:
            return ()
        index = self._opened()
        self.catch_up(SOON)
        chosen = self._visible(index, officer, discreet=False)
        for term in terms:
            chosen &= self._mask(index, index.matching(term, title=True))
        columns = index.columns()
        newest = np.flatnonzero(chosen)
        newest = newest[np.argsort(-columns.numbers[newest], kind="stable")][:limit]
        return tuple(self._hits(index, officer, columns.ids[newest], terms))

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _opened(self) -> Index:
        if self._index is None:
            self._index = Index(self._path)
            number, record = self._index.cursor
            head = self._kernel.head_at(number) if number else None
            if number and (head is None or head.number != number or head.id != record):
                self._index.reset()  # the archive is another one: an older store was put in its place
        return self._index

    def _take(self, index: Index) -> bool:
        """Index the next records; say whether there may be more."""
        with self._kernel.store.snapshot() as reader:
            heads = list(self._kernel.arrivals(reader, index.cursor[0], limit=AT_ONCE))
            documents = [
                document for head in heads
                for document in self._documents(head, text_of(head, self._kernel.body_of(reader, head)))
            ]
        if not heads:
            return False
        index.add(documents, (heads[-1].number, heads[-1].id))
        return len(heads) == AT_ONCE

    def _documents(self, head: Head, text: str) -> Iterator[Document]:
        yield self._document(head, "", head.described.title, text)
        for source in self._sources:
            for part, title, more in source(head):
                yield self._document(head, part, title, more)

    @staticmethod
    def _document(head: Head, part: str, title: str, text: str) -> Document:
        return Document(head.number, part, head.label, head.topic, head.kind, head.member, title, text)

    def _visible(self, index: Index, officer: Officer, *, discreet: bool) -> Mask:
        """Return which documents the officer may search: the gate's answer for each label and topic, once."""
        allowed = np.array([
            self._kernel.gate(label, topic, officer, Purpose.SEARCH).allowed for label, topic in index.audiences
        ], dtype=np.bool_)
        columns = index.columns()
        visible: Mask = allowed[columns.audiences] if len(allowed) else np.zeros(0, dtype=np.bool_)
        hidden = self._kernel.unseen(discreet=discreet)
        if hidden:
            visible &= ~np.isin(columns.numbers, np.fromiter(hidden, dtype=np.int64))
        return visible

    @staticmethod
    def _filter(index: Index, kind: str | None, member: str | None, topic: str | None) -> Mask:
        columns = index.columns()
        chosen: Mask = np.ones(len(columns.ids), dtype=np.bool_)
        for word, column in ((kind, columns.kinds), (member, columns.members)):
            if word:
                chosen &= column == index.names.get(word, -1)
        if topic:
            below = np.array([topic_covers(Topic(topic), own) for _, own in index.audiences], dtype=np.bool_)
            chosen &= below[columns.audiences] if len(below) else False
        return chosen

    @staticmethod
    def _mask(index: Index, docs: Docs) -> Mask:
        mask: Mask = np.zeros(len(index.columns().ids), dtype=np.bool_)
        mask[docs - 1] = True  # documents are never removed, so their ids are 1 to n
        return mask

    def _hits(self, index: Index, officer: Officer, docs: Docs, terms: Sequence[Term]) -> Iterator[Hit]:
        for doc in docs.tolist():
            row = index.row(doc)
            head = self._kernel.head_at(row.number)
            if head is None:
                continue
            try:
                view = self._kernel.record(officer, head.id, purpose=Purpose.SEARCH)
            except NotFound:  # pragma: no cover - the mask said that it may be seen
                continue
            lines = snippet(row.text, terms)
            if not any(line.hit for line in lines):  # the words stand in the title alone
                lines = (Fragment(view.summary, False),) if view.summary and not row.part else ()
            yield Hit(view, row.part, row.title, lines)

    def _near(self, index: Index, visible: Mask, wanted: Sequence[Term]) -> tuple[str, ...]:
        """Return words of visible titles that are close to a word that no visible document has."""
        newest = index.columns().ids[np.flatnonzero(visible)[-NEAR_TITLES:]]
        missing = [term.tokens[0] for term in wanted if len(term.tokens) == 1 and term.tokens[0].isascii()
                   and not (self._mask(index, index.matching(term)) & visible).any()]
        if not missing or not len(newest):
            return ()
        known = {word for start in range(0, len(newest), 500) for title in index.titles(newest[start: start + 500])
                 for word in tokens(title)}
        near = (difflib.get_close_matches(fold(word), [k for k in known if k[:1] == word[:1]], n=3, cutoff=0.75)
                for word in missing)
        return tuple(dict.fromkeys(word for words in near for word in words))
