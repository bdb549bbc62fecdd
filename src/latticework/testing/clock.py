"""Time and randomness from a seed, for tests: the same seed gives the same history."""

from __future__ import annotations

import hashlib

START_MS = 1_767_225_600_000
"""2026-01-01T00:00Z."""


class SeededClock:
    """A clock that moves only when told.

    Parameters
    ----------
    now_ms
        True time at the beginning, ms since 1970 UTC.
    skew_ms
        How far this clock is off; it may change, as it does when an operator sets it.
    """

    def __init__(self, now_ms: int = START_MS, *, skew_ms: int = 0) -> None:
        self._true_ms = now_ms
        self.skew_ms = skew_ms

    def now_ms(self) -> int:
        """Return what this clock shows, ms."""
        return self._true_ms + self.skew_ms

    def true_ms(self) -> int:
        """Return the true time, ms."""
        return self._true_ms

    def advance(self, by_ms: int) -> None:
        """Let `by_ms` of true time pass; never backward.

        Raises
        ------
        ValueError
            When `by_ms` is negative.
        """
        if by_ms < 0:
            raise ValueError("true time does not run backward; change the skew instead")
        self._true_ms += by_ms


class SeededEntropy:
    """Bytes from a seed, SHA-256 in counter mode. For tests only: whoever knows the seed knows the bytes."""

    def __init__(self, seed: int | str) -> None:
        self._seed = f"latticework.testing.entropy {seed} ".encode()
        self._count = 0

    def token(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        blocks: list[bytes] = []
        while 32 * len(blocks) < size:
            self._count += 1
            blocks.append(hashlib.sha256(self._seed + str(self._count).encode()).digest())
        return b"".join(blocks)[:size]
