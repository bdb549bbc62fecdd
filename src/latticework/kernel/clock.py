"""Time and randomness come in as arguments: these are the two protocols and their real implementations.

Times are integers of milliseconds since 1970-01-01T00:00Z (``*_ms``) unless a name says otherwise.
The seeded implementations for tests stand in :mod:`latticework.testing.clock`.
"""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Final, Protocol


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


_DAY_MS: Final = 86_400_000
_FIRST_MS: Final = -62_135_596_800_000 + _DAY_MS
_LAST_MS: Final = 253_402_300_799_000 - _DAY_MS
"""The years 1 to 9999, a day less at both ends, so that every zone of the world can write them."""


def calendar_time(ms: float) -> datetime:
    """Return `ms` since 1970 as a time in UTC, or the nearest one that the calendar of ``datetime`` has.

    Times in partners' records are any number that they chose; showing one must never fail.
    """
    return datetime.fromtimestamp(min(max(ms, _FIRST_MS), _LAST_MS) / 1000, UTC)


def iso_utc(ms: int) -> str:
    """Return `ms` as ISO 8601 in UTC with a trailing ``Z``, to the second (see :func:`calendar_time`)."""
    return calendar_time(ms).strftime("%Y-%m-%dT%H:%M:%SZ")
