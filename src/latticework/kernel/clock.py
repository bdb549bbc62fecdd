"""Time and randomness come in as arguments: these are the two protocols and their real implementations.

Times are integers of milliseconds since 1970-01-01T00:00Z (``*_ms``) unless a name says otherwise.
The seeded implementations for tests stand in :mod:`latticework.testing.clock`.
"""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall-clock time of this node, UTC."""

    def now_ms(self) -> int:
        """Return milliseconds since the Unix epoch."""
        ...


class Entropy(Protocol):
    """A source of random bytes; in production a CSPRNG."""

    def token(self, size: int) -> bytes:
        """Return `size` unpredictable bytes."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Return milliseconds since the Unix epoch."""
        return time.time_ns() // 1_000_000


class SystemEntropy:
    """The operating system's CSPRNG."""

    def token(self, size: int) -> bytes:
        """Return `size` unpredictable bytes."""
        return secrets.token_bytes(size)


def iso_utc(ms: int) -> str:
    """Return `ms` as ISO 8601 in UTC with a trailing ``Z``, to the second."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
