"""What a node remembers of a link while it lasts, and how it bounds what comes in. Nothing here survives a restart."""

from __future__ import annotations

from collections import deque
from typing import Final

from latticework.kernel.exchange.events import ExchangeSettings
from latticework.kernel.ids import KeyId, MemberId

WINDOW: Final = 1024
"""How far behind the newest message an older one may arrive."""


class TokenBucket:
    """A bucket that fills at a steady rate; what does not fit is a flood.

    Parameters
    ----------
    rate_per_s, burst
        Tokens that flow in a second, and how many the bucket holds.
    now_ms
        When it was last full.

    Notes
    -----
    Source: J. Turner, "New directions in communications (or which way to the information age?)", IEEE Communications
    Magazine 24(10), 1986 (the leaky bucket as a meter).
    """

    __slots__ = ("_at_ms", "_burst", "_level", "_rate")

    def __init__(self, rate_per_s: float, burst: float, now_ms: int) -> None:
        self._rate, self._burst, self._level, self._at_ms = rate_per_s / 1000, burst, burst, now_ms

    def take(self, tokens: float, now_ms: int) -> bool:
        """Take `tokens`; False when there are not enough, and then none are taken."""
        # A clock that was set back must not fill or drain anything.
        passed = max(0, now_ms - self._at_ms)
        self._at_ms = now_ms
        self._level = min(self._burst, self._level + passed * self._rate)
        if tokens > self._level:
            return False
        self._level -= tokens
        return True


class ReplayWindow:
    """Accepts each number once, in any order within a window, and nothing older than the window.

    Notes
    -----
    Source: the anti-replay window of RFC 4303 (ESP), section 3.4.3 and appendix A2.
    """

    __slots__ = ("_last", "_seen")

    def __init__(self) -> None:
        self._last = 0
        self._seen = 0

    def is_new(self, number: int) -> bool:
        """Say whether `number` was not accepted before and is not too old to tell."""
        if number > self._last:
            return True
        behind = self._last - number
        return behind < WINDOW and not self._seen >> behind & 1

    def accept(self, number: int) -> None:
        """Note that `number` was accepted."""
        if number > self._last:
            ahead = number - self._last
            self._seen = (self._seen << ahead | 1) & (1 << WINDOW) - 1 if ahead < WINDOW else 1
            self._last = number
        else:
            self._seen |= 1 << self._last - number


class Session:
    """One peer, as this node sees it since it started.

    Attributes
    ----------
    up
        Whether a link is up; `since_ms`: since when it is up or down.
    own, sent
        Number of the own session on this link, and of the last message sent in it.
    seen, window
        The peer's session, and which numbers of it were accepted.
    shown
        Size of the own log under the last checkpoint that the peer is known to hold or was sent on this link.
    heard
        The peer has asked on this link, so `shown` means something.
    hinted
        Outbox place up to which the peer was hinted.
    pulling_ms
        When the pull was sent that has not been answered; None: no pull is out.
    wanted
        High water of the last hint.
    polled_ms
        When the peer was last polled.
    flooded
        The link was closed for flooding; what still comes in from it is dropped.
    introduced
        The own key that the peer was introduced to on this link.
    lags
        Time from release to receipt of the last receipts, ms.
    """

    def __init__(self, settings: ExchangeSettings, now_ms: int) -> None:
        self.messages = TokenBucket(settings.messages_per_s, settings.burst_messages, now_ms)
        self.bytes = TokenBucket(settings.bytes_per_s, settings.burst_bytes, now_ms)
        self.lags: deque[int] = deque(maxlen=32)
        self.since_ms = now_ms
        self.introduced: KeyId | None = None
        self.up = self.flooded = self.heard = False
        self.own = self.sent = self.shown = self.hinted = self.wanted = 0
        self.window = ReplayWindow()
        self.seen = -1
        self.pulling_ms: int | None = None
        self.polled_ms = now_ms

    def begin(self, own: int, now_ms: int) -> None:
        """A new link is up; `own` is the number of this node's session on it."""
        self.up, self.flooded, self.heard, self.since_ms = True, False, False, now_ms
        self.own, self.sent, self.shown, self.hinted, self.wanted = own, 0, 0, 0, 0
        self.introduced = None
        self.pulling_ms = None
        self.polled_ms = now_ms

    def end(self, now_ms: int) -> None:
        """The link is gone."""
        self.up, self.since_ms, self.pulling_ms = False, now_ms, None

    def renumber(self, own: int) -> None:
        """Take a larger session number on the same link."""
        self.own, self.sent = own, 0

    def lag_ms(self) -> float | None:
        """Return the median lag, ms, or None before the first receipt."""
        if not self.lags:
            return None
        ordered = sorted(self.lags)
        middle = len(ordered) // 2
        return float(ordered[middle]) if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


class Sessions:
    """All sessions by peer, each made when it is first needed."""

    def __init__(self, settings: ExchangeSettings) -> None:
        self._settings = settings
        self._by_peer: dict[MemberId, Session] = {}

    def of(self, peer: MemberId, now_ms: int = 0) -> Session:
        """Return the session of `peer`."""
        found = self._by_peer.get(peer)
        if found is None:
            found = self._by_peer[peer] = Session(self._settings, now_ms)
        return found

    def get(self, peer: MemberId) -> Session | None:
        """Return the session of `peer`, or None when there was none."""
        return self._by_peer.get(peer)

    def linked(self) -> list[MemberId]:
        """Return the peers whose link is up, sorted."""
        return sorted(peer for peer, session in self._by_peer.items() if session.up)

    def forget(self, peer: MemberId) -> None:
        """Forget `peer` (its trust was removed)."""
        self._by_peer.pop(peer, None)
