"""The index: SQLite's FTS5 finds, in a file of its own that is derived from the records and can be thrown away.

FTS5 gets tokens that :mod:`.words` made, joined by spaces, and quoted tokens as query; its own tokenizer only stems
English (Porter). It answers which documents have a term, never in what order: ranking would count what the officer may
not see, so :mod:`.ranking` does that over the visible ones.

Source: SQLite FTS5 (https://www.sqlite.org/fts5.html), sections 4.3 (tokenizers), 4.4 (contentless tables).
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import SearchUnavailable
from latticework.kernel.ids import Kind, MemberId, Topic
from latticework.kernel.labels.label import Label
from latticework.workbench.search.words import Term, tokens

VERSION: Final = 1
"""Of the file's layout and of the tokens; another version in the file means that it is made anew."""
MAX_TEXT: Final = 2_000_000
"""Characters of one document that are indexed."""

Docs = npt.NDArray[np.int64]
"""Ids of documents, ascending, shape (n,)."""

_LAYOUT: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE audience (id INTEGER PRIMARY KEY, label BLOB NOT NULL, topic TEXT NOT NULL, UNIQUE (label, topic));
CREATE TABLE doc (
    id INTEGER PRIMARY KEY, number INTEGER NOT NULL, part TEXT NOT NULL, audience INTEGER NOT NULL,
    kind TEXT NOT NULL, member TEXT NOT NULL, length INTEGER NOT NULL, title TEXT NOT NULL, text BLOB NOT NULL,
    UNIQUE (number, part)
);
CREATE VIRTUAL TABLE words USING fts5 (title, text, content='', tokenize='porter ascii');
"""


class Document(NamedTuple):
    """One text that can be found.

    Parameters
    ----------
    number
        Archive number of the record that it belongs to.
    part
        Which text of it: empty for the record itself, else the attachment's id.
    label, topic
        What the gate decides by: the record's.
    """

    number: int
    part: str
    label: Label
    topic: Topic
    kind: Kind
    member: MemberId
    title: str
    text: str


class Row(NamedTuple):
    """What the index keeps of a document for its line in a result."""

    number: int
    part: str
    title: str
    text: str


class Columns(NamedTuple):
    """What ranking and filters need of every document; arrays of shape (documents,), ordered by id.

    Parameters
    ----------
    ids, numbers
        Id of the document, archive number of its record.
    audiences, lengths
        Its (label, topic), as an index into `Index.audiences`; its length in tokens.
    kinds, members
        Index into `Index.names`.
    """

    ids: Docs
    numbers: Docs
    audiences: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.int32]
    members: npt.NDArray[np.int32]


class Index:
    """The index of one node.

    Parameters
    ----------
    path
        Its file; made when it is not there, made anew when it is damaged or of another version.

    Raises
    ------
    SearchUnavailable
        When this Python's SQLite has no FTS5, or the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.audiences: list[tuple[Label, Topic]]
        self.names: dict[str, int]
        self._audience_ids: dict[tuple[bytes, Topic], int]
        self._rows: list[tuple[int, int, int, int, int, int]]
        self._columns: Columns | None
        try:
            self._db = self._open()
        except sqlite3.DatabaseError:
            self._remove()
            try:
                self._db = self._open()
            except sqlite3.Error as error:
                raise SearchUnavailable(f"the search index cannot be made: {error}.") from None
        self._load()

    @property
    def cursor(self) -> tuple[int, str]:
        """Number and id of the last record that was taken; (0, "") for none."""
        found = self._db.execute("SELECT value FROM meta WHERE name = 'cursor'").fetchone()
        number, _, record = (found[0] if found else "0 ").partition(" ")
        return int(number), record

    def add(self, documents: Iterable[Document], cursor: tuple[int, str] | None = None) -> None:
        """Take documents, and the cursor with them; a text that is there already is taken anew only after a reset."""
        try:
            with self._db:
                for document in documents:
                    self._add(document)
                if cursor is not None:
                    self._db.execute("INSERT OR REPLACE INTO meta VALUES ('cursor', ?)", (f"{cursor[0]} {cursor[1]}",))
        except sqlite3.Error as error:
            self._load()  # what stands in memory is again what was kept
            raise SearchUnavailable(f"the search index takes nothing new: {error}; is the disk full?") from None

    def matching(self, term: Term, *, title: bool = False) -> Docs:
        """Return the documents that have `term`; with `title`, those that have it in their title."""
        phrase = f'"{" ".join(term.tokens)}"' + ("*" if term.prefix else "")
        found = self._db.execute("SELECT group_concat(rowid, ' ') FROM (SELECT rowid FROM words WHERE words MATCH ?)",
                                 (f"title : {phrase}" if title else phrase,)).fetchone()[0]
        return np.fromstring(found or "", dtype=np.int64, sep=" ")

    def columns(self) -> Columns:
        """Return the columns of all documents."""
        if self._columns is None:
            table = np.array(self._rows, dtype=np.int64).reshape(-1, 6).T
            self._columns = Columns(table[0], table[1], *(column.astype(np.int32) for column in table[2:]))
        return self._columns

    def row(self, doc: int) -> Row:
        """Return one document."""
        number, part, title, text = self._db.execute(
            "SELECT number, part, title, text FROM doc WHERE id = ?", (doc,)).fetchone()
        return Row(number, part, title, zlib.decompress(text).decode())

    def titles(self, docs: Docs) -> list[str]:
        """Return the titles of `docs`."""
        marks = ",".join("?" * len(docs))
        rows = self._db.execute(f"SELECT title FROM doc WHERE id IN ({marks})", docs.tolist())  # noqa: S608 - only marks
        return [title for (title,) in rows]

    def reset(self) -> None:
        """Forget everything: the archive is another one than this was made from."""
        self.close()
        self._remove()
        self._db = self._open()
        self._load()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, check_same_thread=False)
        except (OSError, sqlite3.OperationalError) as error:
            raise SearchUnavailable(f"the search index cannot be opened: {error}.") from None
        try:
            db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000;")
            if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    raise sqlite3.DatabaseError("another version")
                db.executescript(f"{_LAYOUT} PRAGMA user_version = {VERSION};")
        except sqlite3.OperationalError as error:
            db.close()
            raise SearchUnavailable(f"the search index cannot be made: {error}; Python's SQLite needs FTS5.") from None
        except BaseException:
            db.close()
            raise
        return db

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def _load(self) -> None:
        self.audiences, self.names, self._audience_ids, self._rows, self._columns = [], {}, {}, [], None
        for number, label, topic in self._db.execute("SELECT id, label, topic FROM audience ORDER BY id"):
            self._audience_ids[label, Topic(topic)] = number
            self.audiences.append((decode(label, Label, what="label"), Topic(topic)))
        for row in self._db.execute("SELECT id, number, audience, length, kind, member FROM doc ORDER BY id"):
            self._rows.append((*row[:4], self._name(row[4]), self._name(row[5])))

    def _add(self, document: Document) -> None:
        head, body = tokens(document.title), tokens(document.text[:MAX_TEXT])
        audience = self._audience(document.label, document.topic)
        done = self._db.execute(
            "INSERT OR IGNORE INTO doc (number, part, audience, kind, member, length, title, text) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (document.number, document.part, audience, document.kind, document.member, len(head) + len(body),
             document.title, zlib.compress(document.text[:MAX_TEXT].encode("utf-8", "replace"), 1)))
        if not done.rowcount or done.lastrowid is None:
            return
        self._db.execute("INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)",
                         (done.lastrowid, " ".join(head), " ".join(body)))
        self._rows.append((done.lastrowid, document.number, audience, len(head) + len(body),
                           self._name(document.kind), self._name(document.member)))
        self._columns = None

    def _audience(self, label: Label, topic: Topic) -> int:
        """Return the index of (label, topic), kept with its first document."""
        key = (encode(label), topic)
        found = self._audience_ids.get(key)
        if found is None:
            found = self._audience_ids[key] = len(self.audiences)
            self.audiences.append((label, topic))
            self._db.execute("INSERT INTO audience VALUES (?, ?, ?)", (found, *key))
        return found

    def _name(self, word: str) -> int:
        return self.names.setdefault(word, len(self.names))
