"""What a measure is: its inputs, what it gives, and the record in which a value is released.

A measure is a pure function of records and of a time. Whoever holds the same records gets the same number to the last
bit: inputs come in one order (:func:`in_order`), and the value record names how many there were and a hash over them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, Generic, Literal, NamedTuple, TypeVar

import msgspec

from latticework.kernel.errors import InvalidMeasure
from latticework.kernel.ids import Kind, MemberId, Post, RecordId, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.records.record import Link

if TYPE_CHECKING:
    from latticework.workbench.bench import Workbench

VALUE: Final = Kind("measure.value")
OBSERVATION: Final = Kind("measure.observation")

Plain = str | int | float | bool
State = Literal["none", "good", "bad"]
"""How a value stands to its bound: no value or no bound, within, outside."""


def _as_floats(numbers: msgspec.Struct) -> None:
    """Make each number a float: 1 and 1.0 are one value and have one encoding."""
    for name in numbers.__struct_fields__:
        number = getattr(numbers, name)
        if isinstance(number, int):
            msgspec.structs.force_setattr(numbers, name, float(number))


class Reading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a measure gave.

    Parameters
    ----------
    value
        The number, in the measure's unit; None when there is nothing to measure yet.
    numerator, denominator
        Of what the value is a share; None where there is no whole.
    low, high
        Interval that the measure states with its value (its `how` says which); both or neither.
    """

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        _as_floats(self)
        numbers = (self.value, self.numerator, self.denominator, self.low, self.high)
        if not all(n is None or math.isfinite(n) for n in numbers):
            raise InvalidMeasure("a measure gives finite numbers, or none.")
        if (self.numerator is None) != (self.denominator is None) or (self.low is None) != (self.high is None):
            raise InvalidMeasure("a measure gives numerator and denominator, and both ends of an interval, or neither.")


def share(numerator: float, denominator: float) -> Reading:
    """Return the reading of a part of a whole; without a whole there is no value."""
    return Reading(value=numerator / denominator if denominator else None, numerator=numerator, denominator=denominator)


class Input(NamedTuple):
    """One record that a measure is computed from: what is the same at every holder."""

    id: RecordId
    kind: Kind
    member: MemberId
    post: Post
    made_ms: int
    topic: Topic
    body: msgspec.Struct
    links: tuple[Link, ...]


def in_order(inputs: Iterable[Input]) -> list[Input]:
    """Return `inputs` in the one order that every holder computes in: by time of making, then by id."""
    return sorted(inputs, key=lambda i: (i.made_ms, i.id))


def digest_of(inputs: Sequence[Input]) -> str:
    """Return the hash over the ids of ordered inputs, hex: two holders with the same digest computed from the same."""
    found = hashlib.sha256(b"latticework measure inputs 1\0")
    for one in inputs:
        found.update(bytes.fromhex(one.id))
    return found.hexdigest()


class Observed(NamedTuple):
    """What an observer of the running system returns.

    Parameters
    ----------
    numbers
        Named numbers.
    label
        Of the record that keeps them; the value that is computed from it is never less restricted.
    """

    numbers: dict[str, float]
    label: Label


class NoParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of a measure that has none."""


P = TypeVar("P", bound=msgspec.Struct)


class Measure(msgspec.Struct, Generic[P], frozen=True, kw_only=True):
    """One named measure as a room registers it.

    Parameters
    ----------
    id
        Dotted lowercase words, the room first (``lighthouse.lit-share``).
    version
        Of the computation; another version may give another number from the same records.
    title, how
        Its name, and in one or two sentences how it is computed and where the formula is from; in English, translated
        by the room's catalog.
    unit
        Of the value (``ms``, ``days``); empty for a share.
    topic
        Under which its values stand at the gate.
    kinds
        Record kinds that it is computed from.
    compute
        (ordered inputs, parameters, time as of which, ms) to the reading; a pure function.
    parameters
        Struct type of its parameters, plain values only: :class:`NoParameters` without any.
    better
        Which direction is better, for words and arrows; empty where neither is.
    observe, observe_every_ms
        For what is not in records yet (a latency, a queue): measures the running system now. The node keeps what it
        returns as a ``measure.observation/1`` record while somebody watches, so that the measure is computed from
        records like any other. `kinds` then includes :data:`OBSERVATION`. Each observation is a signed record for
        good: four an hour are 35,000 a year.
    """

    id: str
    title: str
    how: str
    topic: Topic
    kinds: frozenset[Kind]
    compute: Callable[[Sequence[Input], P, int], Reading]
    parameters: type[P]
    version: int = 1
    unit: str = ""
    better: Literal["more", "less", ""] = ""
    observe: Callable[[Workbench, P], Observed | None] | None = None
    observe_every_ms: int = 900_000


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A released value. The body of a ``measure.value/1`` record.

    Parameters
    ----------
    measure, version, parameters
        What was computed.
    title, unit
        In English, for holders that do not have the measure.
    at_ms
        As of when, ms since 1970 UTC: records made later do not count.
    reading
        The number.
    basis
        ``own``: over all that the author held. ``shared``: over what author and `partner` had released to each other,
        so that the partner can recompute it.
    partner
        With whom; None for ``own``.
    inputs, digest
        How many records, and the hash over their ids in order (:func:`digest_of`).
    """

    measure: str
    version: int
    parameters: dict[str, Plain]
    title: str
    unit: str
    at_ms: int
    reading: Reading
    basis: Literal["own", "shared"]
    inputs: int
    digest: str
    partner: MemberId | None = None

    def __post_init__(self) -> None:
        if (self.basis == "shared") != (self.partner is not None):
            raise InvalidMeasure("a shared value names with whom; an own one names nobody.")
        if len(self.digest) != 64 or self.inputs < 0 or not self.measure or len(self.measure) > 120:
            raise InvalidMeasure("a value names its measure and the records that it was computed from.")


class Observation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the running system showed. The body of a ``measure.observation/1`` record.

    Parameters
    ----------
    measure, parameters
        For which measure it was taken.
    numbers
        Named numbers, as the measure's observer gives them.
    """

    measure: str
    parameters: dict[str, Plain]
    numbers: dict[str, float]

    def __post_init__(self) -> None:
        if len(self.numbers) > 64 or not all(math.isfinite(n) for n in self.numbers.values()):
            raise InvalidMeasure("an observation has at most 64 numbers, all of them finite.")


class Bound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a value should stay.

    Parameters
    ----------
    at_least, at_most
        Inclusive; at least one of the two is given.
    """

    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        _as_floats(self)
        low, high = self.at_least, self.at_most
        if (low is None and high is None) or not all(n is None or math.isfinite(n) for n in (low, high)):
            raise InvalidMeasure("a bound says at least or at most how much the measure should give.")
        if low is not None and high is not None and low > high:
            raise InvalidMeasure("a bound's lower end lies above its upper end.")


def state_of(reading: Reading, bound: Bound | None) -> State:
    """Return how `reading` stands to `bound`."""
    if reading.value is None or bound is None:
        return "none"
    low, high = bound.at_least, bound.at_most
    inside = (low is None or reading.value >= low) and (high is None or reading.value <= high)
    return "good" if inside else "bad"
