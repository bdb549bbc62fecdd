r"""Making a record and opening one that arrived: exact bytes, one signature, nothing read twice in two ways.

The id of a record is SHA-256 over ``latticework.record\0`` and the payload. The payload holds 16 random bytes, so an
id tells nothing about a record that was withheld.

Source: DSSE v1.0 (https://github.com/secure-systems-lab/dsse/blob/master/envelope.md), with msgpack in place of JSON.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from latticework.kernel.clock import Entropy
from latticework.kernel.codec import MAX_RECORD_BYTES, decode, encode
from latticework.kernel.errors import InvalidId, InvalidRecord, LabelError, RecordTooLarge
from latticework.kernel.ids import Kind, Post, RecordId, Topic, parse_member, parse_post, parse_record_id, parse_topic
from latticework.kernel.labels.label import Label
from latticework.kernel.records.record import Link, Record, Statement
from latticework.kernel.records.signing import Signer, Verifier, check_envelope, read_envelope, seal_payload

PAYLOAD_TYPE: Final = "application/vnd.latticework.record+msgpack"
NONCE_BYTES: Final = 16
MAX_LINKS: Final = 1000
MAX_LABEL_BYTES: Final = 16 * 1024
"""Largest encoded label; one that names every member of the United Nations has about 1,200."""
_KIND: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*")
_RELATION: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_MAX_TIME: Final = 253_402_300_800_000  # the year 10000


def record_id(payload: bytes) -> RecordId:
    """Return the id of the record whose signed payload is `payload`."""
    return RecordId(hashlib.sha256(b"latticework.record\0" + payload).hexdigest())


def check_kind(text: str) -> Kind:
    """Return `text` as a kind's name, or raise :class:`InvalidRecord`."""
    if len(text) > 80 or not _KIND.fullmatch(text):
        raise InvalidRecord("a kind's name is dotted lowercase words of at most 80 characters.")
    return Kind(text)


def check_label(label: Label) -> None:
    """Raise :class:`InvalidRecord` unless `label` is small and expires within the years 1970 to 9999, if it does.

    Labels are compared, kept and shown by the thousand, so their size is bounded apart from that of what bears them.
    """
    if label.expires_ms is not None and not 0 <= label.expires_ms < _MAX_TIME:
        raise InvalidRecord("a label expires within the years 1970 to 9999.")
    if len(encode(label)) > MAX_LABEL_BYTES:
        raise InvalidRecord(f"a label takes at most {MAX_LABEL_BYTES} bytes.")


def check_statement(statement: Statement) -> None:
    """Raise :class:`InvalidRecord` unless every field of `statement` is within its bounds."""
    s = statement
    try:
        parse_member(s.member)
        parse_post(s.post)
        parse_topic(s.topic)
        for link in s.links:
            parse_record_id(link.record)
        for member in s.label.originators:
            parse_member(member)
    except InvalidId as error:
        raise InvalidRecord(f"a record cannot be taken: {error.message}") from None
    check_kind(s.kind)
    if not 1 <= s.version <= 65_535:
        raise InvalidRecord("a record's schema version is a number from 1 to 65,535.")
    if not 0 <= s.made_ms < _MAX_TIME:
        raise InvalidRecord("a record's time is outside of the years 1970 to 9999.")
    if len(s.nonce) != NONCE_BYTES:
        raise InvalidRecord(f"a record's nonce has {NONCE_BYTES} bytes.")
    check_label(s.label)
    if not s.label.originators:
        raise InvalidRecord("a record's label names at least one originator.")
    if len(s.links) > MAX_LINKS or any(not _RELATION.fullmatch(link.relation) for link in s.links):
        raise InvalidRecord(f"a record takes at most {MAX_LINKS} links, each with a plain lowercase relation.")
    if list(s.links) != sorted(set(s.links)):
        raise InvalidRecord("a record's links are sorted, and each stands there once.")


def seal_statement(signer: Signer, statement: Statement) -> Record:
    """Sign a statement as it stands.

    Raises
    ------
    InvalidRecord
        When a field is out of bounds or the member is not the signer's.
    RecordTooLarge
        When the payload is over 1 MiB.
    """
    check_statement(statement)
    if statement.member != signer.member:
        raise InvalidRecord("a record can be signed by its own member only.")
    payload = encode(statement)
    if len(payload) > MAX_RECORD_BYTES:
        raise RecordTooLarge(
            f"the record has {len(payload)} bytes and the limit is {MAX_RECORD_BYTES}; put the rest into attachments."
        )
    return Record(id=record_id(payload), statement=statement, envelope=seal_payload(signer, PAYLOAD_TYPE, payload))


def make_record(
    signer: Signer, entropy: Entropy, *, kind: Kind, version: int, body: bytes, post: Post, topic: Topic, label: Label,
    made_ms: int, links: tuple[Link, ...] = (),
) -> Record:
    """Make and sign a record from the canonical bytes of its body.

    Parameters
    ----------
    signer, entropy
        The member's current key, and where the nonce comes from.
    kind, version, body
        What :meth:`~latticework.kernel.records.kinds.KindRegistry.write` gives for a body.
    post, topic, label
        Who says it, what it is about, and how it must be handled.
    made_ms
        The author's time, ms since 1970 UTC.
    links
        Related records, in any order.

    Raises
    ------
    InvalidRecord, RecordTooLarge
        When it would break the rules that every receiver checks.
    """
    return seal_statement(
        signer,
        Statement(
            kind=kind, version=version, member=signer.member, post=post, made_ms=made_ms,
            nonce=entropy.token(NONCE_BYTES), topic=topic, label=label, body=body, links=tuple(sorted(set(links))),
        ),
    )


def open_envelope(data: bytes, keys: Verifier) -> Record:
    """Decode, check and verify a record that arrived.

    Parameters
    ----------
    data
        The exact bytes of an envelope.
    keys
        What this node knows of members' keys.

    Returns
    -------
    Record
        With `data` as its envelope. Its body is not decoded yet: the kind may be unknown here.

    Raises
    ------
    RecordTooLarge, DecodeError
        When the bytes are too many, malformed or not canonical.
    InvalidRecord
        When a field is out of bounds.
    InvalidSignature, UnknownMember, KeyCompromised
        When the signature is not that of the named member.
    """
    envelope = read_envelope(data, PAYLOAD_TYPE, what="record")
    try:
        statement = decode(envelope.payload, Statement, limit=MAX_RECORD_BYTES, what="record")
    except LabelError as error:
        raise InvalidRecord(f"a record cannot be taken: {error.message}") from None
    check_statement(statement)
    check_envelope(envelope, statement.member, statement.made_ms, keys)
    return Record(id=record_id(envelope.payload), statement=statement, envelope=data)


def reopen_envelope(data: bytes) -> Record:
    """Return a record from this node's own store, where it stands because it was verified when it arrived.

    Raises
    ------
    DecodeError
        When the bytes are malformed.
    """
    envelope = read_envelope(data, PAYLOAD_TYPE, what="stored record")
    statement = decode(envelope.payload, Statement, limit=MAX_RECORD_BYTES, what="stored record")
    return Record(id=record_id(envelope.payload), statement=statement, envelope=data)
