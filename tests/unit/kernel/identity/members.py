"""A clock that stands still and randomness that repeats, for the tests of identity."""

from __future__ import annotations

import hashlib

NOW = 1_800_000_000_000
DAY = 86_400_000


class SteadyClock:
    """A clock that a test moves by hand."""

    def __init__(self, now=NOW):
        self.now = now

    def now_ms(self):
        return self.now


class CountedEntropy:
    """SHA-256 of a seed and a counter: the same bytes at every run, never the same bytes twice in a run."""

    def __init__(self, seed):
        self.seed, self.count = seed, 0

    def token(self, size):
        out = b""
        while len(out) < size:
            self.count += 1
            out += hashlib.sha256(f"{self.seed}/{self.count}".encode()).digest()
        return out[:size]
