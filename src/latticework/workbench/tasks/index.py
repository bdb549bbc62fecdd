"""The in-tray's tables: each task as it stands, ordered for the questions that people ask.

====================================  ===============================  ===============================================
``workbench.tasks.task``              request id (32)                  :class:`Row`
``workbench.tasks.list``              list, post, 0, time (8), id      label class of the request, that of the record
                                                                       that settled it, number of the request
``workbench.tasks.due``               time (8), request id, what (1)   empty: when the task must be looked at again
``workbench.tasks.class``             number (4)                       (label, topic) that many tasks share
``workbench.tasks.class-of``          SHA-256 of that                  number
``workbench.tasks.told``              request id, offset (8)           when the reminder was given; kept for good
``workbench.tasks.tell``              request id                       empty: a room must be told that it is settled
``workbench.tasks.heard``             request id                       what the room was told; kept for good
``workbench.tasks.clock``             empty                            up to when due times were looked at
``workbench.tasks.stand-in``          sign-in name                     the posts that an officer stands in for
====================================  ===============================  ===============================================

A list's entry holds what the gate is asked about, so that counting 10,000 tasks decodes none of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

import msgspec

from latticework.kernel.codec import encode
from latticework.kernel.ids import MemberId, Post, RecordId, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.store.protocol import Reader, Transaction
from latticework.workbench.tasks.derive import State
from latticework.workbench.tasks.model import Request

TASK: Final = "workbench.tasks.task"
LIST: Final = "workbench.tasks.list"
DUE: Final = "workbench.tasks.due"
CLASS: Final = "workbench.tasks.class"
CLASS_OF: Final = "workbench.tasks.class-of"
TOLD: Final = "workbench.tasks.told"
TELL: Final = "workbench.tasks.tell"
HEARD: Final = "workbench.tasks.heard"
CLOCK: Final = "workbench.tasks.clock"
STAND_IN: Final = "workbench.tasks.stand-in"
DERIVED: Final = (TASK, LIST, DUE, CLASS, CLASS_OF, TELL)
"""What a new version of this module builds anew from the records."""

ListName = Literal["mine", "member", "sent", "done"]
_CODE: Final[dict[str, bytes]] = {
    "mine": b"m", "member": b"a", "sent": b"s", "done": b"d", "to state": b"l", "doubtful": b"p",
}
ENTRY_BYTES: Final = 16


class Row(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One task as it stands here.

    Parameters
    ----------
    number
        Of the request in the archive.
    classes
        Label class of the request, and of the record that settled it (the request's where there is none).
    received_ms
        When the asked member's node received it; None: not known (yet).
    reminded_ms
        When the assignee's node reminded last; 0: never.
    """

    id: RecordId
    number: int
    sender: MemberId
    made_ms: int
    request: Request
    state: State
    label: Label
    topic: Topic
    classes: tuple[int, int]
    received_ms: int | None = None
    reminded_ms: int = 0

    @property
    def to_state(self) -> bool:
        """Whether silence took effect, or may have, and no record of the sender says so yet."""
        state = self.state
        if state.lapse is not None:
            return False
        unknown = self.received_ms is None or self.request.silence.rule == "escalate"
        return not state.final or (state.status == "open" and state.overdue and unknown)


class Entry(NamedTuple):
    """One entry of a list: when, which task, and what the gate is asked about."""

    at_ms: int
    id: RecordId
    classes: tuple[int, int]
    number: int


_ROWS: Final = msgspec.msgpack.Decoder(Row)


def row_of(reader: Reader, task: RecordId) -> Row | None:
    """Return a task's row, or None when it is not here."""
    raw = reader.get(TASK, bytes.fromhex(task))
    return None if raw is None else _ROWS.decode(raw)


def put_row(tx: Transaction, row: Row, own: MemberId) -> None:
    """Keep a row with its entries, instead of the one before."""
    before = row_of(tx, row.id)
    old = _entries(before, own) if before is not None else set()
    new = _entries(row, own)
    for table, key in old - new:
        tx.delete(table, key)
    value = b"".join(c.to_bytes(4, "big") for c in row.classes) + row.number.to_bytes(8, "big")
    for table, key in new if before is None or before.classes != row.classes else new - old:
        tx.put(table, key, value if table == LIST else b"")
    tx.put(TASK, bytes.fromhex(row.id), encode(row))


def entries(reader: Reader, name: str, post: str = "", *, after: tuple[int, str] | None = None,
            reverse: bool = False) -> Iterator[Entry]:
    """Yield the entries of one list by time, from after one (time, id) on."""
    prefix = _prefix(name, post)
    start, stop = prefix, prefix + b"\xff" * 41
    if after is not None:
        at = prefix + after[0].to_bytes(8, "big") + bytes.fromhex(after[1])
        start, stop = (start, at) if reverse else (at + b"\0", stop)
    for key, value in reader.scan(LIST, start, stop, reverse=reverse):
        yield Entry(int.from_bytes(key[-40:-32], "big"), RecordId(key[-32:].hex()),
                    (int.from_bytes(value[:4], "big"), int.from_bytes(value[4:8], "big")),
                    int.from_bytes(value[8:], "big"))


def values(reader: Reader, name: str, post: str = "") -> Iterator[bytes]:
    """Yield what the gate is asked about for each entry of a list, undecoded: for counting."""
    prefix = _prefix(name, post)
    for _, value in reader.scan(LIST, prefix, prefix + b"\xff" * 41):
        yield value


def due(reader: Reader, after_ms: int, until_ms: int, *, limit: int | None = None) -> list[tuple[int, RecordId]]:
    """Return (time, task) of what fell due after `after_ms` and until `until_ms`, in that order."""
    start, stop = _time(after_ms + 1), _time(until_ms + 1)
    return [(int.from_bytes(key[:8], "big"), RecordId(key[8:40].hex()))
            for key, _ in reader.scan(DUE, start, stop, limit=limit)] if start < stop else []


def class_number(tx: Transaction, label: Label, topic: Topic) -> int:
    """Return the number of a label class, a new one when it is the first of its kind."""
    raw = encode((label, topic))
    key = hashlib.sha256(raw).digest()
    found = tx.get(CLASS_OF, key)
    if found is None:
        last = next((int.from_bytes(k, "big") for k, _ in tx.scan(CLASS, limit=1, reverse=True)), 0)
        found = (last + 1).to_bytes(4, "big")
        tx.put(CLASS_OF, key, found)
        tx.put(CLASS, found, raw)
    return int.from_bytes(found, "big")


def class_of(reader: Reader, number: int) -> tuple[Label, Topic]:
    """Return what a class number stands for."""
    raw = reader.get(CLASS, number.to_bytes(4, "big"))
    return msgspec.msgpack.decode(raw or b"", type=tuple[Label, Topic])


def _entries(row: Row, own: MemberId) -> set[tuple[str, bytes]]:
    state, body = row.state, row.request
    found: set[tuple[str, bytes]] = set()

    def add(name: str, post: str, at_ms: int) -> None:
        found.add((LIST, _prefix(name, post) + _time(at_ms) + bytes.fromhex(row.id)))

    deadline = body.deadline.at_ms
    if state.status == "open":
        if body.to == own:
            add("mine", state.holder, deadline)
            add("member", "", deadline)
        if state.escalated_to is not None and state.escalated_to.member == own and row.sender == own:
            add("mine", state.escalated_to.post, deadline)
        if row.sender == own:
            add("sent", body.by, deadline)
        for at_ms, what in ((deadline + 1, b"d"), (body.cut_ms, b"c")):
            found.add((DUE, _time(at_ms) + bytes.fromhex(row.id) + what))
        if body.to == own:
            found.update((DUE, _time(deadline - offset) + bytes.fromhex(row.id) + b"r") for offset in body.reminders)
    else:
        add("done", "", state.settled_ms or deadline)
        # A clock that was set forward and back again: silence is looked at anew.
        if not state.final:
            found.add((DUE, _time(body.cut_ms) + bytes.fromhex(row.id) + b"c"))
    if row.sender == own and row.to_state:
        add("to state", "", body.cut_ms)
    if state.doubtful:
        add("doubtful", "", body.cut_ms)
    return found


def _prefix(name: str, post: str) -> bytes:
    return _CODE[name] + hashlib.sha256(post.encode()).digest()[:8] + b"\0"


def _time(ms: int) -> bytes:
    return max(0, ms).to_bytes(8, "big")


def posts_of(reader: Reader, officer: str) -> tuple[Post, ...]:
    """Return the posts that an officer stands in for."""
    raw = reader.get(STAND_IN, officer.encode())
    return () if raw is None else msgspec.msgpack.decode(raw, type=tuple[Post, ...])
