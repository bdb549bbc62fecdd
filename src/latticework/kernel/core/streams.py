"""Streams of one node: own rows out to whom the gate lets have them, partners' rows in, and what an officer may see.

The exchange logs grants and periods; this module opens a grant for each partner that at least one of the own labels may
go to, hands rows to the senders and receivers, and asks the gate again whenever policy or time changes an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import numpy.typing as npt

from latticework.kernel.errors import LatticeworkError, NotFound, StreamClosed
from latticework.kernel.exchange.entries import StreamPeriod
from latticework.kernel.exchange.stream_receiver import Agreement, StreamReceiver
from latticework.kernel.exchange.stream_sender import StreamSender
from latticework.kernel.exchange.streams import Batch, PeriodRoot, Rows, StreamKind
from latticework.kernel.ids import Kind, MemberId
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.compiled import CompiledPolicy
from latticework.kernel.policy.model import Decision, Officer, Peer, Purpose
from latticework.kernel.store.protocol import Transaction

if TYPE_CHECKING:
    from latticework.kernel.core.base import KernelBase

SESSION: Final = "kernel.stream-session"
"""Table: the number of the last session of outgoing streams."""


class StreamView(msgspec.Struct, frozen=True):
    """What one member's stream holds for one officer, already decided by the gate.

    Parameters
    ----------
    giver
        The member whose stream it is; the own member for own rows.
    rows
        The kind's dtype, shape (n,); the latest row of each slot.
    labels
        What the rows' ``label`` is an index into.
    """

    giver: MemberId
    rows: Rows
    labels: tuple[Label, ...]


class StreamHub:
    """One kind of stream at this node."""

    def __init__(self, kernel: KernelBase, kind: StreamKind, receiver: StreamReceiver, session: int) -> None:
        self.kind = kind
        self._kernel = kernel
        self._receiver = receiver
        self.sender = StreamSender(kernel.own, kind, kernel.identity.signer, session)
        self._labels: tuple[Label, ...] = ()
        self._gate: CompiledPolicy | None = None
        self._own: Rows = np.zeros(0, dtype=kind.dtype)
        self._own_at_ms = np.zeros(0, dtype=np.int64)
        self.grants: dict[MemberId, int] = {}

    # ---- own rows --------------------------------------------------------------------------------------------------

    def use_labels(self, labels: Sequence[Label]) -> None:
        """Name the labels that own rows may bear: a row's ``label`` is an index into `labels`."""
        self._labels = tuple(labels)
        self.sender.use_labels(self._labels)
        self.recompile()
        self.regrant()

    def offer(self, rows: Rows) -> None:
        """Take new rows of this member; each replaces the one of its slot here and at every partner that may have it.

        Parameters
        ----------
        rows
            The kind's dtype, shape (n,).
        """
        now = self._kernel.clock.now_ms()
        self.sender.offer(rows, now)
        if not len(rows):
            return
        top = int(rows["slot"].max()) + 1
        if top > len(self._own):
            size = min(self.kind.slots, max(1024, 1 << (top - 1).bit_length()))
            self._own = np.concatenate([self._own, np.zeros(size - len(self._own), dtype=self.kind.dtype)])
            self._own_at_ms = np.concatenate(
                [self._own_at_ms, np.full(size - len(self._own_at_ms), -1 << 62, dtype=np.int64)])
        self._own[rows["slot"]] = rows
        self._own_at_ms[rows["slot"]] = now
        self._kernel.wake()

    def latest(self, officer: Officer, *, purpose: Purpose = Purpose.FEED, stale_ms: int = 60_000
               ) -> tuple[StreamView, ...]:
        """Return what the officer may see: own rows first, then each partner's, each label decided by the gate."""
        now = self._kernel.clock.now_ms()
        fresh = self._own[self._own_at_ms >= now - stale_ms]
        views = [self._seen(self._kernel.own, fresh, self._labels, officer, purpose)]
        for peer, name in self._receiver.streams:
            if name == self.kind.name:
                held = self._receiver.latest(peer, name, now)
                views.append(self._seen(peer, held.rows, held.labels, officer, purpose))
        return tuple(views)

    def arrivals(self) -> Iterator[tuple[MemberId, Rows, npt.NDArray[np.int64]]]:
        """Yield (giver, latest rows, time each arrived, ms) of each partner's stream.

        It passed no officer's gate: it is for counters and for what the node computes, never for a screen.
        """
        now = self._kernel.clock.now_ms()
        for peer, name in self._receiver.streams:
            if name == self.kind.name:
                held = self._receiver.latest(peer, name, now)
                yield peer, held.rows, held.arrived_ms

    def _seen(self, giver: MemberId, rows: Rows, labels: tuple[Label, ...], officer: Officer, purpose: Purpose
              ) -> StreamView:
        may = np.array([self._kernel.gate(label, self.kind.topic, officer, purpose).allowed for label in labels],
                       dtype=np.bool_)
        return StreamView(giver, rows[may[rows["label"]]] if len(may) else rows[:0], labels)

    # ---- policy ----------------------------------------------------------------------------------------------------

    def recompile(self) -> None:
        """Compile the gate anew for this kind's topic."""
        now = self._kernel.clock.now_ms()
        self._gate = CompiledPolicy(self._kernel.state(), self.kind.topic, Purpose.STREAM, now, labels=self._labels)
        self.sender.use_gate(self._gate, now)

    def recheck(self, now_ms: int) -> bool:
        """Compile anew when time alone has changed an answer; say whether it had."""
        if self._gate is not None and self._gate.is_current(now_ms):
            return False
        self.recompile()
        self.regrant()
        return True

    def regrant(self) -> None:
        """Offer the stream to every partner that at least one of the own labels may go to."""
        kernel, now = self._kernel, self._kernel.clock.now_ms()
        if kernel._stalled():
            return
        for peer in kernel.state().partners:
            allowed = [(label, decision) for label in self._labels
                       if (decision := kernel.gate(label, self.kind.topic, Peer(peer), Purpose.STREAM)).allowed]
            if allowed:
                label, decision = max(allowed, key=lambda pair: pair[0].classification)
                kernel.in_transaction(self._grant(peer, label, decision, now))

    def _grant(self, peer: MemberId, label: Label, decision: Decision, now: int) -> Callable[[Transaction], None]:
        def act(tx: Transaction) -> None:
            self._kernel.exchange.grant_stream(tx, self.kind.name, self.kind.topic, label, peer, decision, now)
        return act


def _next_session(kernel: KernelBase) -> int:
    """Return a session number larger than any before, whatever became of the clock: peers refuse older ones."""
    number = kernel.clock.now_ms()

    def take(tx: Transaction) -> None:
        nonlocal number
        number = max(number, int.from_bytes(tx.get(SESSION, b"") or b"", "big") + 1)
        tx.put(SESSION, b"", number.to_bytes(8, "big"))

    kernel.in_transaction(take)
    return number


class StreamDesk:
    """All streams of a node, as the exchange asks and tells them."""

    def __init__(self, kernel: KernelBase, kinds: Sequence[StreamKind], send: Callable[[Batch], bool]) -> None:
        self._kernel, self._send = kernel, send
        self.receiver = StreamReceiver(kernel.own, kinds, kernel.keys, self._may_receive)
        session = _next_session(kernel)
        self.hubs = {kind.name: StreamHub(kernel, kind, self.receiver, session) for kind in kinds}
        self._ended: list[PeriodRoot] = []
        self.received = self.refused = 0

    def hub(self, name: str) -> StreamHub:
        """Return the hub of a registered kind, with or without its version (``picture.track/1``)."""
        found = self.hubs.get(Kind(name.partition("/")[0]))
        if found is None:
            raise NotFound(f"no room of this node has the stream {name[:60]!r}.")
        return found

    def flush(self, now_ms: int) -> None:
        """Send the batches that are due, under the gate as it stands now; what a link does not take waits again."""
        # Two comparisons a hub: an answer that turns by time alone turns before the next batch, not a second later.
        turned = [hub.recheck(now_ms) for hub in self.hubs.values()]
        if any(turned):
            self.receiver.policy_changed()
        for hub in self.hubs.values():
            for batch in hub.sender.flush(now_ms):
                if not self._send(batch):
                    hub.sender.unsent(batch, now_ms)

    def due_ms(self) -> int | None:
        """Return when a batch is due, ms, or None."""
        found = [due for hub in self.hubs.values() if (due := hub.sender.due_ms()) is not None]
        return min(found, default=None)

    def policy_changed(self) -> None:
        """Ask the gate again about everything that goes out and everything that is held."""
        for hub in self.hubs.values():
            hub.recompile()
            hub.regrant()
        self.receiver.policy_changed()

    def _may_receive(self, peer: MemberId, stream: Kind, label: Label) -> bool:
        return self._kernel.gate(label, self.hubs[stream].kind.topic, Peer(peer), Purpose.RECEIVE).allowed

    # ---- what the exchange says and asks ---------------------------------------------------------------------------

    def subscribe(self, stream: Kind, peer: MemberId, grant: int, label: Label, now_ms: int) -> None:
        """From now on `peer` gets the stream under its grant number `grant`."""
        hub = self.hubs.get(stream)
        if hub is not None and hub.grants.get(peer) != grant:
            hub.grants[peer] = grant
            hub.sender.subscribe(peer, grant, now_ms)

    def unsubscribe(self, stream: Kind, peer: MemberId, grant: int) -> None:
        """The grant ended; nothing goes out under it any more."""
        hub = self.hubs.get(stream)
        if hub is not None and hub.grants.get(peer) == grant:
            del hub.grants[peer]
            last = hub.sender.unsubscribe(peer, self._kernel.clock.now_ms())
            if last is not None:
                self._ended.append(last)

    def expect(self, stream: Kind, peer: MemberId, grant: int, label: Label, now_ms: int) -> None:
        """`peer` opened a stream to this node; one of a room that is not here stays closed."""
        if stream in self.hubs:
            self.receiver.open(peer, stream, grant)

    def forget(self, stream: Kind, peer: MemberId, grant: int) -> None:
        """`peer` ended it; what still arrives under it is refused."""
        self.receiver.close(peer, stream, grant)

    def arrived(self, peer: MemberId, data: bytes, now_ms: int) -> None:
        """Take a batch from the live lane. One that is late or came twice is dropped; that is how the lane works."""
        try:
            self.received += self.receiver.take(peer, data, now_ms).rows
        except StreamClosed:
            self.refused += 1
        except LatticeworkError:
            self.refused += 1
            raise

    def close_periods(self, now_ms: int) -> list[StreamPeriod]:
        """End the period of every outgoing stream; return the ledger's entries of those that carried something."""
        ended, self._ended = self._ended, []
        for hub in self.hubs.values():
            try:
                ended += hub.sender.close_period(now_ms)
            except StreamClosed:
                continue  # the clock went back; the period ends when it has caught up
        return [
            StreamPeriod(stream=p.stream, to=p.to, number=p.grant, root=p.root, batches=p.batches, rows=p.rows,
                         from_ms=p.from_ms, to_ms=p.to_ms)
            for p in ended
        ]

    def compare(self, peer: MemberId, period: StreamPeriod) -> bool:
        """Say whether the root that `peer` logged is that of the batches received (True also when it cannot tell)."""
        return self.receiver.compare(peer, period) is not Agreement.DIFFERENT
