"""A record: an immutable, signed, labeled statement of a registered kind, named by the hash of its bytes."""

from __future__ import annotations

import msgspec

from latticework.kernel.ids import KeyId, Kind, MemberId, Post, RecordId, Topic
from latticework.kernel.labels.label import Label


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """A relation to another record (``answers``, ``replaces``, ``about``)."""

    relation: str
    record: RecordId


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signed content of a record; its canonical bytes are the payload that the id hashes.

    Parameters
    ----------
    kind, version
        Registered kind and schema version of `body` (``strategy.suggestion``, 1).
    member, post
        Who says it: a member, through a post. Never a person's name.
    made_ms
        When, by the author's clock.
    nonce
        16 random bytes, so that equal statements have different ids and withheld ones cannot be guessed.
    topic, label
        What it is about, and how it must be handled.
    links
        Related records, sorted.
    body
        Canonical msgpack of the kind's body struct.
    """

    kind: Kind
    version: int
    member: MemberId
    post: Post
    made_ms: int
    nonce: bytes
    topic: Topic
    label: Label
    body: bytes
    links: tuple[Link, ...] = ()


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """Signature over exact bytes, after DSSE (https://github.com/secure-systems-lab/dsse): what is stored and sent.

    Parameters
    ----------
    payload_type
        ``application/vnd.latticework.record+msgpack``.
    payload
        Canonical bytes of a :class:`Statement`.
    key
        Id of the record-signing key.
    signature
        Ed25519 over the pre-authentication encoding of type and payload, 64 bytes.
    """

    payload_type: str
    payload: bytes
    key: KeyId
    signature: bytes


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A verified record in memory: id, statement and the exact envelope bytes it came from."""

    id: RecordId
    statement: Statement
    envelope: bytes
