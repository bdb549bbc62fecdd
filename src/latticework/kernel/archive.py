"""The archive: every record a node holds, its exact bytes, and the indexes that listings walk.

Tables (keys are big-endian so that byte order is numeric order):

========================  ====================================  =================================================
``record.envelope``       id (32 bytes)                         exact envelope bytes
``record.head``           number (8)                            :class:`Head`
``record.number``         id (32)                               number (8)
``record.by-kind``        kind, 0, number                       empty
``record.by-link``        target id (32), relation, 0, number   empty
========================  ====================================  =================================================

Nothing is ever overwritten or removed; a recall leaves the bytes and marks the record for those who ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from latticework.kernel.codec import decode, encode
from latticework.kernel.ids import Kind, MemberId, Post, RecordId, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.records import Described, Record
from latticework.kernel.store.protocol import Reader, Transaction

ENVELOPE: Final = "record.envelope"
HEAD: Final = "record.head"
NUMBER: Final = "record.number"
BY_KIND: Final = "record.by-kind"
BY_LINK: Final = "record.by-link"


class Head(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One row of the archive's listing: everything the gate and a list need, without the body.

    Parameters
    ----------
    number
        Position in this node's archive, from 1 on, in order of arrival.
    sender
        The peer it came from; None for the node's own.
    distribute
        Release to every peer that the gate allows, now and after every change of policy.
    """

    number: int
    id: RecordId
    kind: Kind
    version: int
    member: MemberId
    post: Post
    made_ms: int
    arrived_ms: int
    topic: Topic
    label: Label
    described: Described
    sender: MemberId | None = None
    distribute: bool = False


def number_key(number: int) -> bytes:
    """Return the table key of an archive number."""
    return number.to_bytes(8, "big")


def add(
    tx: Transaction, record: Record, described: Described, *, now_ms: int, sender: MemberId | None, distribute: bool
) -> Head | None:
    """Keep `record` with its indexes; return its head, or None when it was already here."""
    key = bytes.fromhex(record.id)
    if tx.get(NUMBER, key) is not None:
        return None
    number = next((int.from_bytes(k, "big") for k, _ in tx.scan(HEAD, limit=1, reverse=True)), 0) + 1
    s = record.statement
    head = Head(
        number=number, id=record.id, kind=s.kind, version=s.version, member=s.member, post=s.post, made_ms=s.made_ms,
        arrived_ms=now_ms, topic=s.topic, label=s.label, described=described, sender=sender, distribute=distribute,
    )
    at = number_key(number)
    tx.put(ENVELOPE, key, record.envelope)
    tx.put(NUMBER, key, at)
    tx.put(HEAD, at, encode(head))
    tx.put(BY_KIND, s.kind.encode() + b"\0" + at, b"")
    for link in s.links:
        tx.put(BY_LINK, bytes.fromhex(link.record) + link.relation.encode() + b"\0" + at, b"")
    return head


def head_of(reader: Reader, record: RecordId) -> Head | None:
    """Return the head of `record`, or None when it is not here."""
    at = reader.get(NUMBER, bytes.fromhex(record))
    raw = reader.get(HEAD, at) if at is not None else None
    return decode(raw, Head, what="archive row") if raw is not None else None


def envelope_of(reader: Reader, record: RecordId) -> bytes | None:
    """Return the exact bytes of `record`, or None when it is not here."""
    return reader.get(ENVELOPE, bytes.fromhex(record))


_HEADS = msgspec.msgpack.Decoder(Head)


def heads(reader: Reader, *, below: int | None = None) -> Iterator[Head]:
    """Yield heads, newest first; with `below`, only those whose number is smaller."""
    stop = number_key(below) if below is not None else None
    for _, raw in reader.scan(HEAD, stop=stop, reverse=True):
        # Rows were written by this node, so the canonical check of foreign bytes is not repeated for each.
        yield _HEADS.decode(raw)


def heads_above(reader: Reader, number: int, *, limit: int | None = None) -> Iterator[Head]:
    """Yield heads with a number above `number`, oldest first."""
    for _, raw in reader.scan(HEAD, start=number_key(number + 1), limit=limit):
        yield _HEADS.decode(raw)


def heads_of_kind(reader: Reader, kind: Kind) -> Iterator[Head]:
    """Yield heads of one kind, oldest first."""
    prefix = kind.encode() + b"\0"
    for key, _ in reader.scan(BY_KIND, start=prefix, stop=prefix[:-1] + b"\x01"):
        raw = reader.get(HEAD, key[-8:])
        if raw is not None:
            yield _HEADS.decode(raw)


def heads_linking(reader: Reader, target: RecordId, relation: str) -> Iterator[Head]:
    """Yield heads of records that link to `target` by `relation`, oldest first."""
    prefix = bytes.fromhex(target) + relation.encode() + b"\0"
    for key, _ in reader.scan(BY_LINK, start=prefix, stop=prefix[:-1] + b"\x01"):
        raw = reader.get(HEAD, key[-8:])
        if raw is not None:
            yield _HEADS.decode(raw)
