"""How peers learn each other's newer record keys: the one message that is not a signed frame.

A peer that was away during a rotation can verify nothing that the new key signed, not even the record that tells of it.
So each link begins with the sender's key history, which proves itself (``kernel/identity/history.py``).
"""

from __future__ import annotations

from typing import Final, Protocol

from latticework.kernel.exchange.events import Send
from latticework.kernel.exchange.parts import Outcome, Parts
from latticework.kernel.exchange.session import Session
from latticework.kernel.ids import MemberId
from latticework.kernel.store.protocol import Transaction
from latticework.kernel.transport.interface import Lane

PREFIX: Final = b"latticework.introduction/1\0"


class Introductions(Protocol):
    """The own key history, and what to do with a peer's."""

    def introduce(self) -> bytes:
        """Return the own key history, for peers."""
        ...

    def introduced(self, tx: Transaction, peer: MemberId, history: bytes) -> None:
        """Take what `peer` introduced itself with, or raise what is wrong with it."""
        ...


class Introducing:
    """Sends introductions and takes them.

    Parameters
    ----------
    parts
        See :class:`Parts`.
    introductions
        None: keys never change, and no introduction is sent or taken.
    """

    def __init__(self, parts: Parts, introductions: Introductions | None) -> None:
        self._parts = parts
        self._introductions = introductions

    def begin(self, session: Session, peer: MemberId) -> list[Send]:
        """Return the introduction that comes before a frame: once on every link, and again when the key has changed."""
        key = self._parts.signer.key_id
        if self._introductions is None or session.introduced == key:
            return []
        session.introduced = key
        return [Send(peer, Lane.DURABLE, PREFIX + self._introductions.introduce())]

    def is_introduction(self, data: bytes) -> bool:
        """Say whether `data` is one; never where keys do not change."""
        return self._introductions is not None and data.startswith(PREFIX)

    def arrived(self, tx: Transaction, peer: MemberId, data: bytes) -> list[Outcome]:
        """Take the introduction of a partner; a stranger's is passed over."""
        if self._introductions is not None and peer in self._parts.state().partners:
            self._introductions.introduced(tx, peer, data[len(PREFIX) :])
        return []
