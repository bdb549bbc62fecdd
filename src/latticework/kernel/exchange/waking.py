"""The first checkpoint after a start waits until peers have shown what they hold of the own ledger.

While a node was stopped, somebody may have put an older store back. Such a node does not know which epochs it has
signed since, and the first thing it would do is to sign one of them a second time, with other content: proof of a
forgery that nobody committed. Peers show at once, on a new link, the last checkpoint that they hold
(``messages.Ask``), so the node waits for those that it had links with, but not for ever: one that is away must not stop
the ledger.
"""

from __future__ import annotations

from latticework.kernel.exchange.parts import Parts
from latticework.kernel.exchange.tables import at, sessions
from latticework.kernel.store.protocol import Reader


class Waking:
    """Whether sealing still waits.

    Parameters
    ----------
    parts
        See :class:`Parts`; ``settings.wake_ms`` is the longest wait.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._began_ms: int | None = None
        self._awake = False

    def waits(self, reader: Reader, now_ms: int) -> bool:
        """Say whether a peer that may know more of the own ledger than this store was not heard since the start."""
        if self._awake:
            return False
        if self._began_ms is None:
            self._began_ms = now_ms
        known = [p for p in self._parts.state().partners if sessions.get(reader, at(p)) is not None]
        unheard = [p for p in known if (s := self._parts.sessions.get(p)) is None or not s.heard]
        self._awake = not unheard or not 0 <= now_ms - self._began_ms < self._parts.settings.wake_ms
        return not self._awake
