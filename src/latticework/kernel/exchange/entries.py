"""What a member enters in its ledger: one tagged struct for each accountable act.

An entry is the preimage of a commitment in the ledger; only the peer it is for gets its bytes, with the promise that it
will stand under the epoch's checkpoint. Bytes are canonical msgpack, so that an entry has one hash.
"""

from __future__ import annotations

from typing import Final

import msgspec

from latticework.kernel.codec import decode, encode
from latticework.kernel.ids import Kind, MemberId, RecordId, Topic
from latticework.kernel.labels.label import Label

MAX_ENTRY_BYTES: Final = 64 * 1024


class Released(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="released"):
    """A record was released to a peer.

    Parameters
    ----------
    record, to
        What, to whom.
    arrangement
        Record id of the arrangement that allowed it, or None (the kernel's own topics).
    rule
        Id of the gate's deciding rule.
    relayed
        True when the record is another member's, passed on with its originators' consent.
    at_ms
        By the releasing member's clock, ms since 1970 UTC.
    """

    record: RecordId
    to: MemberId
    arrangement: RecordId | None
    rule: str
    relayed: bool
    at_ms: int


class Published(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="published"):
    """The member made a record of its own; nothing of this entry leaves the node."""

    record: RecordId
    at_ms: int


class StreamGranted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="stream-granted"):
    """A stream was opened to a peer.

    Parameters
    ----------
    stream
        Registered stream kind (``picture.track``).
    topic, label
        What it is about; the label is the highest that its rows may bear under the grant.
    number
        Of this grant among the giver's grants to this peer, from 1 on; it names the stream on the link.
    """

    stream: Kind
    topic: Topic
    label: Label
    to: MemberId
    number: int
    arrangement: RecordId | None
    rule: str
    at_ms: int


class StreamPeriod(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="stream-period"):
    """The Merkle root over what one stream carried to one peer in a period.

    Parameters
    ----------
    number
        The grant's.
    root
        RFC 9162 root over the period's signed batches, 32 bytes.
    batches, rows
        How many.
    from_ms, to_ms
        The period; the end is exclusive.
    """

    stream: Kind
    to: MemberId
    number: int
    root: bytes
    batches: int
    rows: int
    from_ms: int
    to_ms: int


class EditGranted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="edit-granted"):
    """An edit channel was opened to a peer; `channel` names what is edited (a record id or a room's own name)."""

    channel: str
    topic: Topic
    label: Label
    to: MemberId
    number: int
    arrangement: RecordId | None
    rule: str
    at_ms: int


class GrantEnded(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="grant-ended"):
    """A stream or edit grant ended, by the giver's act or because the policy no longer allows it."""

    number: int
    to: MemberId
    at_ms: int


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="withdrawn"):
    """A release was taken back before the peer acknowledged it, because the policy changed.

    Entered in the member's own column: the peer does not learn of what never reached it.
    """

    record: RecordId
    to: MemberId
    rule: str
    at_ms: int


class Decided(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="decided"):
    """Two officers overrode or resumed something; kept in the member's own column."""

    act: str
    about: str
    at_ms: int


Entry = Released | Published | StreamGranted | StreamPeriod | EditGranted | GrantEnded | Withdrawn | Decided


def encode_entry(entry: Entry) -> bytes:
    """Return the canonical bytes of `entry`."""
    return encode(entry)


def decode_entry(data: bytes) -> Entry:
    """Return the entry in `data`.

    Raises
    ------
    DecodeError
        When the bytes are too many, malformed or not canonical.
    """
    return decode(data, Entry, limit=MAX_ENTRY_BYTES, what="ledger entry")  # type: ignore[arg-type]
