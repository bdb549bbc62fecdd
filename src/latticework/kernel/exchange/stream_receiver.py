"""The taking end of streams: verified, in sequence, young enough, rechecked by the own policy, newest row of each slot.

Everything in a batch is hostile until its signature is verified, and its bounds are checked even then: a slot beyond
the kind's range, a label that was not sent, rows of the wrong length, or a table over its limit refuse the batch.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import Enum
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from latticework.kernel.codec import MAX_MESSAGE_BYTES, decode
from latticework.kernel.errors import InvalidConfig, ProtocolError, StreamClosed
from latticework.kernel.exchange.entries import StreamPeriod
from latticework.kernel.exchange.streams import (
    MAX_LABELS,
    MAX_ROWS,
    STREAM_TYPE,
    BatchBody,
    Flags,
    Rows,
    StreamKind,
    StreamSettings,
)
from latticework.kernel.ids import Kind, MemberId
from latticework.kernel.labels.label import Label
from latticework.kernel.ledger.frontier import Frontier
from latticework.kernel.records.envelope import check_label
from latticework.kernel.records.signing import ENVELOPE_OVERHEAD, Verifier, check_envelope, read_envelope

MAX_KEPT_LABELS: Final = 4_096
"""Different labels that the kept rows of one stream may bear."""

_NEVER: Final = -(1 << 62)
_DEFAULTS: Final = StreamSettings()

Receive = Callable[[MemberId, Kind, Label], bool]
"""The gate: may this member have from that peer, on the stream's topic, what bears this label (``Purpose.RECEIVE``)?"""


class Taken(msgspec.Struct, frozen=True):
    """What became of a batch.

    Parameters
    ----------
    peer, stream
        From whom, of which kind.
    rows
        Rows that were kept.
    withheld
        Rows that the own policy does not let in.
    unknown
        Rows whose label has not been sent yet (the batch with the table was lost); the next table heals it.
    invalid
        Rows with impossible values.
    lost
        Batches that are missing before this one.
    """

    peer: MemberId
    stream: Kind
    rows: int = 0
    withheld: int = 0
    unknown: int = 0
    invalid: int = 0
    lost: int = 0


class Latest(msgspec.Struct, frozen=True):
    """The newest rows of one peer's stream.

    Parameters
    ----------
    rows
        The kind's dtype, shape (n,), by slot; ``label`` is an index into `labels`.
    arrived_ms
        When each row arrived, int64, shape (n,), ms since 1970 UTC.
    labels
        The labels that rows bear.
    """

    rows: Rows
    arrived_ms: npt.NDArray[np.int64]
    labels: tuple[Label, ...]


class Agreement(Enum):
    """How a sender's ledger entry about a period compares with what arrived."""

    SAME = "same"
    INCOMPLETE = "incomplete"
    """The last batches of the period did not arrive, so the root cannot be computed here."""
    DIFFERENT = "different"
    """The entry names another root, or fewer batches or rows, than what the sender signed and sent."""
    UNKNOWN = "unknown"
    """Nothing of the period is remembered here."""


class _Stream:
    """One stream of one peer."""

    def __init__(self, kind: StreamKind, grant: int) -> None:
        self.kind = kind
        self.grant = grant
        self.last = (-1, -1)
        self.table = -1
        self.size = 0
        self.allowed: npt.NDArray[np.bool_] = np.zeros(MAX_LABELS, dtype=np.bool_)
        self.local: npt.NDArray[np.uint16] = np.zeros(MAX_LABELS, dtype=np.uint16)
        self.sent: list[Label] = []
        self.labels: dict[Label, int] = {}
        self.rows: Rows = np.zeros(min(1024, kind.slots), dtype=kind.dtype)
        self.arrived_ms: npt.NDArray[np.int64] = np.full(len(self.rows), _NEVER)
        self.periods: OrderedDict[int, tuple[Frontier, int]] = OrderedDict()

    def reach(self, top: int) -> None:
        if top >= len(self.rows):
            more = min(self.kind.slots, 1 << top.bit_length()) - len(self.rows)
            self.rows = np.concatenate([self.rows, np.zeros(more, dtype=self.rows.dtype)])
            self.arrived_ms = np.concatenate([self.arrived_ms, np.full(more, _NEVER)])

    def keep_label(self, label: Label) -> int:
        """Return the own index of `label`, for rows that are kept."""
        if label not in self.labels:
            if len(self.labels) >= MAX_KEPT_LABELS:
                raise ProtocolError(f"a stream of {self.kind.name} has more labels than a node keeps; it was refused.")
            self.labels[label] = len(self.labels)
        return self.labels[label]

    def begin_table(self, number: int) -> None:
        """Forget the labels that were sent, and of those that are kept all that no row bears."""
        self.table, self.sent = number, []
        self.allowed[:] = False
        held = self.arrived_ms != _NEVER
        used = np.unique(self.rows["label"][held])
        renumbered = np.zeros(len(self.labels) + 1, dtype=np.uint16)
        renumbered[used] = np.arange(len(used))
        self.rows["label"][held] = renumbered[self.rows["label"][held]]
        names = list(self.labels)
        self.labels = {names[old]: new for new, old in enumerate(used.tolist())}

    def remove(self, gone: Flags) -> None:
        """Remove the rows of the slots in `gone`."""
        self.arrived_ms[gone] = _NEVER
        self.rows[gone] = np.zeros(1, dtype=self.rows.dtype)


class StreamReceiver:
    """Takes the batches of all peers and keeps the newest row of each slot.

    Parameters
    ----------
    own
        This member.
    kinds
        The registered kinds.
    keys
        Verifies signatures.
    receive
        The gate, asked once for each label of a table and again after :meth:`policy_changed`.
    settings
        Bounds.
    """

    def __init__(
        self, own: MemberId, kinds: Iterable[StreamKind], keys: Verifier, receive: Receive,
        settings: StreamSettings = _DEFAULTS,
    ) -> None:
        self.own = own
        self._kinds = {kind.name: kind for kind in kinds}
        self._keys = keys
        self._receive = receive
        self._settings = settings
        self._streams: dict[tuple[MemberId, Kind], _Stream] = {}

    @property
    def streams(self) -> tuple[tuple[MemberId, Kind], ...]:
        """(peer, kind) of each open stream, sorted."""
        return tuple(sorted(self._streams))

    def open(self, peer: MemberId, stream: Kind, grant: int) -> None:
        """Take batches of `stream` from `peer` under its `grant`, which its ledger entry announced.

        Raises
        ------
        InvalidConfig
            When no such kind is registered here.
        """
        kind = self._kinds.get(stream)
        if kind is None:
            raise InvalidConfig(f"no stream kind {stream} is registered here; its room is not part of this node.")
        held = self._streams.get((peer, stream))
        if held is None or held.grant != grant:
            self._streams[peer, stream] = _Stream(kind, grant)

    def close(self, peer: MemberId, stream: Kind, grant: int | None = None) -> None:
        """Take no more of `stream` from `peer`, and forget its rows; with `grant`, only if that is the open one."""
        held = self._streams.get((peer, stream))
        if held is not None and grant in (None, held.grant):
            del self._streams[peer, stream]

    def policy_changed(self) -> None:
        """Ask the gate again about every label; rows that may no longer be here are removed."""
        for (peer, name), stream in self._streams.items():
            kept = np.array([self._receive(peer, name, label) for label in stream.labels], dtype=np.bool_)
            if len(kept):
                stream.remove((stream.arrived_ms != _NEVER) & ~kept[stream.rows["label"]])
            for index, label in enumerate(stream.sent):
                with suppress(ProtocolError):
                    self._judge(stream, peer, index, label)

    def take(self, peer: MemberId, data: bytes, now_ms: int) -> Taken:
        """Take a batch that came over the link of `peer`.

        Raises
        ------
        DecodeError, RecordTooLarge
            When it is malformed.
        InvalidSignature, UnknownMember, KeyCompromised
            When it is not signed by `peer`.
        StreamClosed
            When there is no grant for it, or it is out of sequence or of time: it is dropped, and that is all.
        ProtocolError, InvalidRecord
            When it breaks the protocol in a way that no honest sender does.
        """
        envelope = read_envelope(data, STREAM_TYPE, limit=MAX_MESSAGE_BYTES - ENVELOPE_OVERHEAD, what="batch")
        body = decode(envelope.payload, BatchBody, what="batch")
        if body.sender != peer or body.to != self.own:
            raise ProtocolError("a batch names another sender or receiver than its link; it was refused.")
        stream = self._streams.get((peer, body.stream))
        if stream is None or body.grant != stream.grant:
            raise StreamClosed("a batch came without an open grant; it was dropped.")
        if body.version != stream.kind.version:
            raise ProtocolError(f"a batch of {body.stream} has version {body.version}, which is not known here.")
        if (body.session, body.sequence) <= stream.last:
            raise StreamClosed("a batch came twice or out of sequence; it was dropped.")
        if not -self._settings.max_age_ms <= body.time_ms - now_ms <= self._settings.max_ahead_ms:
            raise StreamClosed("a batch is too old, or from the future; it was dropped. Compare the nodes' clocks.")
        check_envelope(envelope, peer, now_ms, self._keys)
        rows = self._rows_of(stream, body)
        self._learn_labels(stream, peer, body)
        lost = self._count_in(stream, body, data, len(rows))
        stream.last = (body.session, body.sequence)
        return self._keep(stream, peer, rows, body, now_ms, lost)

    @staticmethod
    def _rows_of(stream: _Stream, body: BatchBody) -> Rows:
        size = stream.kind.dtype.itemsize
        count, rest = divmod(len(body.rows), size)
        if rest or not 0 < count <= MAX_ROWS:
            raise ProtocolError(f"a batch of {body.stream} does not hold 1 to {MAX_ROWS} whole rows; it was refused.")
        rows: Rows = np.frombuffer(body.rows, dtype=stream.kind.dtype)
        if int(rows["slot"].max()) >= stream.kind.slots:
            raise ProtocolError(f"a batch of {body.stream} names a slot beyond the kind's range; it was refused.")
        return rows

    def _count_in(self, stream: _Stream, body: BatchBody, data: bytes, count: int) -> int:
        """Add the batch to its period's tree; return how many before it are missing."""
        held = stream.periods.get(body.period_ms)
        if held is None:
            tree, rows = Frontier(), 0
        else:
            tree, rows = held
        said = Frontier(body.place, body.before)
        if body.place < tree.size or (body.place == tree.size and (said.hashes != tree.hashes
                                                                    or body.rows_before != rows)):
            raise ProtocolError(f"a batch of {body.stream} tells another past of its period than was sent.")
        lost = body.place - tree.size
        said.add(data)
        stream.periods[body.period_ms] = (said, body.rows_before + count)
        while len(stream.periods) > self._settings.periods:
            stream.periods.popitem(last=False)
        return lost

    def _learn_labels(self, stream: _Stream, peer: MemberId, body: BatchBody) -> None:
        if body.table != stream.table or body.session != stream.last[0]:
            stream.begin_table(body.table)
        if not body.labels:
            return
        if body.first > len(stream.sent) or body.first + len(body.labels) > MAX_LABELS:
            raise ProtocolError(f"a batch of {body.stream} sends labels out of their order; it was refused.")
        for index, label in enumerate(body.labels, body.first):
            if index < len(stream.sent):
                if stream.sent[index] != label:
                    raise ProtocolError(f"a batch of {body.stream} gives a label's number to another one.")
                continue
            check_label(label)
            self._judge(stream, peer, index, label)
            stream.sent.append(label)

    def _judge(self, stream: _Stream, peer: MemberId, index: int, label: Label) -> None:
        """Ask the gate about label `index` of the sender's table.

        Raises
        ------
        ProtocolError
            When it is one label more than a node keeps; its rows are refused then.
        """
        stream.allowed[index] = False
        if self._receive(peer, stream.kind.name, label):
            stream.local[index] = stream.keep_label(label)
            stream.allowed[index] = True

    def _keep(
        self, stream: _Stream, peer: MemberId, rows: Rows, body: BatchBody, now_ms: int, lost: int
    ) -> Taken:
        known = rows["label"] < len(stream.sent)
        index = np.where(known, rows["label"], 0)
        allowed = known & stream.allowed[index]
        fine = allowed.copy()
        if stream.kind.valid is not None:
            fine &= stream.kind.valid(rows)
        kept = rows[fine]
        if len(kept):
            stream.reach(int(kept["slot"].max()))
            kept["label"] = stream.local[index[fine]]
            stream.rows[kept["slot"]] = kept
            stream.arrived_ms[kept["slot"]] = now_ms
        return Taken(
            peer, body.stream, len(kept), withheld=int(np.count_nonzero(known & ~allowed)),
            unknown=int(np.count_nonzero(~known)), invalid=int(np.count_nonzero(allowed & ~fine)), lost=lost,
        )

    def latest(self, peer: MemberId, stream: Kind, now_ms: int) -> Latest:
        """Return the newest rows of `peer`, without those older than ``stale_ms``.

        Raises
        ------
        StreamClosed
            When there is no such stream.
        """
        held = self._streams.get((peer, stream))
        if held is None:
            raise StreamClosed(f"there is no open stream {stream} from {peer}.")
        fresh = held.arrived_ms >= now_ms - self._settings.stale_ms
        return Latest(held.rows[fresh], held.arrived_ms[fresh], tuple(held.labels))

    def compare(self, peer: MemberId, said: StreamPeriod) -> Agreement:
        """Compare what `peer`'s ledger says of a period with the batches that arrived here."""
        stream = self._streams.get((peer, said.stream))
        held = None if stream is None or stream.grant != said.number else stream.periods.get(said.from_ms)
        if held is None:
            return Agreement.UNKNOWN
        tree, rows = held
        if said.batches > tree.size and said.rows > rows:
            return Agreement.INCOMPLETE
        same = said.batches == tree.size and said.rows == rows and said.root == tree.root()
        return Agreement.SAME if same else Agreement.DIFFERENT
