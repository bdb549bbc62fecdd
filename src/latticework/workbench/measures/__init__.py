"""Measures: named numbers that a room computes from records, that anyone may watch, bound, release and recompute."""

from __future__ import annotations

from latticework.kernel.kinds import shorten
from latticework.kernel.records import Described, KindRegistry
from latticework.workbench.measures.model import OBSERVATION, VALUE, Observation, Reading, Value


def register_kinds(kinds: KindRegistry) -> None:
    """Register the kinds of the part."""
    kinds.register(VALUE, 1, Value, describe=lambda value: Described(
        shorten(value.title), f"{words_of(value.reading)} {value.unit}".strip()))
    kinds.register(OBSERVATION, 1, Observation, describe=lambda seen: Described(
        seen.measure, shorten(", ".join(f"{name} {number:g}" for name, number in sorted(seen.numbers.items())))))


def words_of(reading: Reading) -> str:
    """Return a reading in figures: a share as part of its whole."""
    if reading.value is None:
        return "–"
    if reading.denominator is not None and reading.numerator is not None:
        return f"{reading.numerator:g} / {reading.denominator:g}"
    return f"{reading.value:.6g}"
