"""Joint editing: opaque edits of a channel, in order and without a gap, to partners under a logged grant.

What an edit means is the room's matter. The kernel opens a channel to a partner through the gate, logs the grant, sends
the edits in signed batches within 100 ms, and keeps what arrives until the room has taken it.
"""

from __future__ import annotations

from collections.abc import Iterator

from latticework.kernel.core.authority import need
from latticework.kernel.core.base import KernelBase
from latticework.kernel.core.sink import EDITS
from latticework.kernel.errors import Withheld
from latticework.kernel.ids import MemberId, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Officer, Peer, Purpose


class EditActs(KernelBase):
    """What rooms and officers do with edit channels."""

    def open_edits(self, officer: Officer, channel: str, *, topic: str, label: Label, to: MemberId) -> int:
        """Open a channel to `to`, or raise :class:`Withheld`; return the number of the logged grant.

        Parameters
        ----------
        channel
            The room's name for what is edited; the same at both ends.
        label
            The highest label that edits of the channel may bear.
        """
        need(officer, "release")
        decision = self.gate(label, topic, Peer(to), Purpose.RELEASE)
        self._note(officer, "edits.open", decision.allowed, decision.rule, to=to)
        if not decision.allowed:
            raise Withheld(f"Withheld from {to}: {decision.reason} ({decision.rule})")
        now = self.clock.now_ms()
        with self._transaction() as tx:
            number = self.exchange.grant_edits(tx, channel, Topic(topic), label, to, decision, now)
            self._after("release")
        return number

    def edit(self, channel: str, data: bytes) -> int:
        """Queue an edit (at most 256 KiB) for every partner with a grant of `channel`; return for how many."""
        with self._transaction() as tx:
            count = self.exchange.edit(tx, channel, data, self.clock.now_ms())
            self._when_committed(self.wake)
        return count

    def arrived_edits(self, channel: str) -> Iterator[tuple[MemberId, int, bytes]]:
        """Yield (sender, number, edit) of what arrived and was not taken yet: by sender, then in order."""
        prefix = channel.encode() + b"\0"
        with self.store.snapshot() as reader:
            for key, data in reader.scan(EDITS, prefix, prefix[:-1] + b"\x01"):
                yield MemberId(key[len(prefix) : len(prefix) + 3].decode()), int.from_bytes(key[-8:], "big"), data

    def take_edits(self, channel: str, sender: MemberId, up_to: int) -> None:
        """Forget the arrived edits of `sender` up to number `up_to`: the room has kept what they did."""
        start = channel.encode() + b"\0" + sender.encode()
        with self._transaction() as tx:
            for key, _ in list(tx.scan(EDITS, start, start + (up_to + 1).to_bytes(8, "big"))):
                tx.delete(EDITS, key)
