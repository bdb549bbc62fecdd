"""Streams: kinds of rows that are replaced rather than kept, the signed batch that carries them, and their bounds.

A room registers a :class:`StreamKind`. Its rows go through a :class:`~latticework.kernel.exchange.stream_sender.
StreamSender` to every peer that holds a logged grant, and arrive in a :class:`~latticework.kernel.exchange.
stream_receiver.StreamReceiver` as the latest row of each slot. All of it is pure: rows and time in, signed bytes out.

A **batch** is one signed message to one peer. It bears its sequence number and time, the labels that its rows name,
the rows as raw bytes, and the state of the Merkle tree over the batches before it in the same ledger period. So a
receiver that missed a batch can still check that what it did get stands under the root that the sender's ledger names.

Source: RFC 9162, section 2.1 (the tree); DSSE v1.0 (the signed envelope, :mod:`latticework.kernel.records.signing`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from latticework.kernel.codec import MAX_MESSAGE_BYTES
from latticework.kernel.errors import InvalidConfig
from latticework.kernel.ids import Kind, MemberId, Topic, parse_topic
from latticework.kernel.labels.label import Label

STREAM_TYPE: Final = "application/vnd.latticework.stream+msgpack"
MAX_ROWS: Final = 500
"""Rows in one batch; so many waiting rows are sent without waiting for more."""
MAX_LABELS: Final = 256
"""Labels in one table; a sender that needs more begins a new table."""
MAX_SLOTS: Final = 1 << 20

Rows = npt.NDArray[np.void]
"""Rows of a stream kind's dtype, one-dimensional."""
Flags = npt.NDArray[np.bool_]
Number = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]


class RowGate(Protocol):
    """The policy as streams ask it: ``kernel.policy.compiled.CompiledPolicy`` over the sender's labels, in order."""

    @property
    def peers(self) -> tuple[MemberId, ...]:
        """The peers by bit: bit i of a decision is for the i-th."""
        ...

    def decide_rows(self, label_index: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint64]:
        """Return, for each label, shape (n,), which peers are allowed, one bit each; index 1 is the first label."""
        ...


class StreamKind(msgspec.Struct, frozen=True, kw_only=True):
    """A registered kind of stream.

    Parameters
    ----------
    name, version
        ``picture.track``, 1.
    topic
        What its rows are about; the gate decides with it.
    dtype
        Layout of a row, little-endian and without objects. It must have the fields ``slot`` (unsigned, 4 bytes: the
        place whose latest row this is) and ``label`` (unsigned, 2 bytes: index into the sender's table of labels).
        Optional fields with a fixed meaning, for rooms that fuse: ``origin`` (unsigned: whose information, by the
        room's own member code) and ``pedigree`` (unsigned, 4 bytes: one bit for each sensor that contributed).
    slots
        Slots run from 0 to this, exclusive. It bounds what a peer can make a node hold.
    valid
        Says which received rows have possible values; others are dropped. None: all bytes are fine.
    """

    name: Kind
    version: int
    topic: Topic
    dtype: np.dtype[np.void]
    slots: int = 65_536
    valid: Callable[[Rows], Flags] | None = None

    def __post_init__(self) -> None:
        fields = self.dtype.fields
        widths = {"slot": 4, "label": 2, "pedigree": 4}
        for field, width in widths.items():
            found = None if fields is None else fields.get(field)
            if found is None and field == "pedigree":
                continue
            if found is None or found[0].kind != "u" or found[0].itemsize != width:
                raise InvalidConfig(f"rows of {self.name} need a field {field!r}, unsigned with {width} bytes.")
        if self.dtype.hasobject or self.dtype.itemsize * MAX_ROWS > MAX_MESSAGE_BYTES // 2:
            raise InvalidConfig(f"rows of {self.name} must be plain and small enough for {MAX_ROWS} in a batch.")
        if not 0 < self.slots <= MAX_SLOTS or not 0 < self.version < 2**15:
            raise InvalidConfig(f"{self.name} needs 1 to {MAX_SLOTS} slots and a version from 1 on.")
        parse_topic(self.topic)


class StreamSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Pace and bounds of streams.

    Parameters
    ----------
    flush_ms
        Longest time a row waits for its batch, ms.
    batches_at_once
        Batches that one flush makes for one peer: no more than its link is likely to take.
    table_every_ms
        The table of labels is repeated this often, because a batch that bore it may be lost, ms.
    retry_ms
        How long a peer whose link took no more is left alone, ms; meanwhile only its newest rows are kept.
    stale_ms
        Rows older than this are not given to a peer that joins, and are no longer shown, ms.
    max_age_ms, max_ahead_ms
        Batches that were signed longer ago, or further in the future, are refused: an old picture is not a picture.
    periods
        How many past periods of each stream a receiver remembers, to compare with the sender's ledger.
    """

    flush_ms: int = 2
    batches_at_once: int = 4
    table_every_ms: int = 1_000
    retry_ms: int = 20
    stale_ms: int = 60_000
    max_age_ms: int = 15_000
    max_ahead_ms: int = 15_000
    periods: int = 64


class BatchBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """What a batch signs.

    Parameters
    ----------
    stream, version
        The kind.
    sender, to, grant
        Whose rows, for whom, under which of the sender's grants to it.
    session, sequence
        Session is larger with every start of the sender; sequence is larger with every batch of a session.
    time_ms
        When the batch was made, by the sender's clock.
    period_ms, place
        Start of the ledger period that the batch belongs to, and the number of batches before it in the period.
    before
        The tree over those batches: the roots of its complete subtrees, largest first.
    rows_before
        Rows in those batches.
    table, first, labels
        Number of the table of labels, and labels `first`, `first` + 1, … of it.
    rows
        The rows' raw bytes; their ``label`` is an index into the table.
    """

    stream: Kind
    version: Number
    sender: MemberId
    to: MemberId
    grant: Number
    session: Number
    sequence: Number
    time_ms: Number
    period_ms: Number
    place: Number
    before: Annotated[tuple[Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)], ...],
                      msgspec.Meta(max_length=62)]
    rows_before: Number
    table: Number
    first: Annotated[int, msgspec.Meta(ge=0, le=MAX_LABELS)]
    labels: Annotated[tuple[Label, ...], msgspec.Meta(max_length=MAX_LABELS)]
    rows: bytes


class Batch(msgspec.Struct, frozen=True):
    """A signed batch, ready for the live lane.

    Parameters
    ----------
    peer
        Whom it is for.
    data
        What to send.
    slots
        Which slots it carries, shape (n,): given back when the link did not take it.
    """

    peer: MemberId
    data: bytes
    slots: npt.NDArray[np.uint32]


class PeriodRoot(msgspec.Struct, frozen=True, kw_only=True):
    """What one stream carried to one peer in a ledger period; the values of a ``StreamPeriod`` entry.

    Parameters
    ----------
    root
        RFC 9162 root over the exact bytes of the period's batches, 32 bytes.
    batches, rows
        How many.
    from_ms, to_ms
        The period; the end is exclusive.
    """

    stream: Kind
    to: MemberId
    grant: int
    root: bytes
    batches: int
    rows: int
    from_ms: int
    to_ms: int
