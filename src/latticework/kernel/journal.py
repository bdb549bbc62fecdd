"""The node's own journal: alarms for people, and who decided what. It never leaves the node.

Tables ``journal.alarm`` and ``journal.audit``: number (8 bytes, big-endian) to a msgpack row, in order of time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from latticework.kernel.codec import decode, encode
from latticework.kernel.ids import MemberId, OfficerId, Post, RecordId
from latticework.kernel.store.protocol import Reader, Transaction
from latticework.kernel.store.sequence import in_table, next_number, number_key

ALARM: Final = "journal.alarm"
AUDIT: Final = "journal.audit"


class AlarmRow(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Something that a person should look at.

    Parameters
    ----------
    code
        Stable code of the error tree.
    peer
        The partner it is about, if one.
    sentence
        What happened and what to do; free of withheld content.
    proof
        A self-contained proof file (equivocation), or empty.
    """

    at_ms: int
    code: str
    peer: MemberId | None
    sentence: str
    proof: bytes = b""


class AuditRow(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One act of an officer, allowed or not, with the rule that decided it.

    Parameters
    ----------
    officer, post
        Who acted, by sign-in name and post. The name stays on this node.
    second
        The second officer, where the act needed two.
    act
        ``publish``, ``release``, ``explain``, ``recall``, ``trust.add`` …
    record, to
        What it was about, and which peer.
    what
        Name of what was used, where it is no record: a brief that was printed.
    """

    at_ms: int
    officer: OfficerId
    post: Post
    act: str
    allowed: bool
    rule: str
    record: RecordId | None = None
    to: MemberId | None = None
    second: OfficerId | None = None
    what: str = ""


def _append(tx: Transaction, table: str, row: msgspec.Struct) -> int:
    number = next_number(tx, table)
    tx.put(table, number_key(number), encode(row))
    return number


def raise_alarm(tx: Transaction, row: AlarmRow) -> int:
    """Keep an alarm; return its number."""
    return _append(tx, ALARM, row)


def note_act(tx: Transaction, row: AuditRow) -> int:
    """Keep an act; return its number."""
    return _append(tx, AUDIT, row)


def alarms(reader: Reader, *, limit: int) -> Iterator[tuple[int, AlarmRow]]:
    """Yield (number, alarm), newest first."""
    for key, raw in reader.scan(ALARM, limit=limit, reverse=True):
        yield int.from_bytes(key, "big"), decode(raw, AlarmRow, what="alarm")


def alarm(reader: Reader, number: int) -> AlarmRow | None:
    """Return one alarm, or None."""
    raw = reader.get(ALARM, number_key(number)) if in_table(number) else None
    return decode(raw, AlarmRow, what="alarm") if raw is not None else None


def acts(reader: Reader, *, below: int | None = None, limit: int | None = None) -> Iterator[tuple[int, AuditRow]]:
    """Yield (number, act), newest first; with `below`, only those whose number is smaller."""
    stop = number_key(below) if below is not None else None
    for key, raw in reader.scan(AUDIT, stop=stop, limit=limit, reverse=True):
        yield int.from_bytes(key, "big"), decode(_upcast(raw), AuditRow, what="audit row")


def _upcast(raw: bytes) -> bytes:
    """Return a row in today's form: one of nine fields was written before `what` was there, and had none."""
    return b"\x9a" + raw[1:] + b"\xa0" if raw[:1] == b"\x99" else raw
