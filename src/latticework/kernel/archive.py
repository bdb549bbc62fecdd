"""The archive: every record a node holds, its exact bytes, and the indexes that listings walk.

Tables (keys are big-endian so that byte order is numeric order):

========================  ====================================  =================================================
``record.envelope``       number (8)                            exact envelope bytes
``record.head``           number (8)                            :class:`Head`
``record.number``         id (32)                               number (8)
``record.by-kind``        kind, 0, number                       empty
``record.by-link``        target id (32), relation, 0, number   empty
========================  ====================================  =================================================

A record's number is its place in the order of arrival. Large rows are kept under it, because a record's id is random
and would touch the B-tree everywhere; only ``record.number`` is ordered by id.

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
from latticework.kernel.store.sequence import next_number, number_key

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


def add(
    tx: Transaction, record: Record, described: Described, *, now_ms: int, sender: MemberId | None, distribute: bool
) -> Head | None:
    """Keep `record` with its indexes; return its head, or None when it was already here."""
    if tx.get(NUMBER, bytes.fromhex(record.id)) is not None:
        return None
    return add_new(tx, record, described, now_ms=now_ms, sender=sender, distribute=distribute)


def add_new(
    tx: Transaction, record: Record, described: Described, *, now_ms: int, sender: MemberId | None, distribute: bool
) -> Head:
    """Keep a record that cannot be here yet, because its nonce was drawn just now; return its head."""
    number = next_number(tx, HEAD)
    s = record.statement
    head = Head(
        number=number, id=record.id, kind=s.kind, version=s.version, member=s.member, post=s.post, made_ms=s.made_ms,
        arrived_ms=now_ms, topic=s.topic, label=s.label, described=described, sender=sender, distribute=distribute,
    )
    at = number_key(number)
    tx.put(ENVELOPE, at, record.envelope)
    tx.put(NUMBER, bytes.fromhex(record.id), at)
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
    at = reader.get(NUMBER, bytes.fromhex(record))
    return reader.get(ENVELOPE, at) if at is not None else None


def envelope_at(reader: Reader, number: int) -> bytes | None:
    """Return the exact bytes of the record with this number, or None when there is none."""
    return reader.get(ENVELOPE, number_key(number))


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


def heads_of_kind(reader: Reader, kind: Kind, *, above: int = 0) -> Iterator[Head]:
    """Yield heads of one kind with a number above `above`, oldest first."""
    prefix = kind.encode() + b"\0"
    for key, _ in reader.scan(BY_KIND, start=prefix + number_key(above + 1), stop=prefix[:-1] + b"\x01"):
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
