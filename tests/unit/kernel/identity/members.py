"""The moment at which the tests of identity take place."""

from __future__ import annotations

NOW = 1_800_000_000_000
"""2027-01-15T08:00Z, ms."""
DAY = 86_400_000
