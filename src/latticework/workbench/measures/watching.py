"""What a node watches: which measure with which parameters, its bound, and the history of what it gave.

Tables:

=============================  ==========================  ===========================================
``workbench.measures.watch``   number (4)                  :class:`Watch`
``workbench.measures.point``   number (4), time ms (8)     :class:`Point`, only where something changed
=============================  ==========================  ===========================================
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from latticework.kernel.codec import decode, encode
from latticework.kernel.ids import MemberId, Post
from latticework.kernel.labels.label import Label
from latticework.kernel.store.protocol import Reader, Transaction
from latticework.workbench.measures.model import Bound, Plain, Reading, State

WATCH: Final = "workbench.measures.watch"
POINT: Final = "workbench.measures.point"


class Watch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One measure that this node keeps computing.

    Parameters
    ----------
    number
        Of this node's watches.
    measure, parameters
        What is computed.
    partner
        With whom the records are shared that count; None: all that the node holds.
    bound
        Where the value should stay; None: anywhere.
    by, since_ms
        Which post asked for it (``node``: a room did), and when.
    """

    number: int
    measure: str
    parameters: dict[str, Plain]
    by: Post
    since_ms: int
    partner: MemberId | None = None
    bound: Bound | None = None

    @property
    def basis(self) -> Literal["own", "shared"]:
        """Over which records it is computed."""
        return "own" if self.partner is None else "shared"


class Point(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value in the history of a watch: it was so from then on, until the next.

    Parameters
    ----------
    at_ms
        As of when it was computed.
    version
        Of the measure.
    inputs, digest
        From how many records, and the hash over their ids.
    label
        Of the value: the join of its inputs' labels.
    state
        How it stood to the bound.
    """

    at_ms: int
    version: int
    reading: Reading
    inputs: int
    digest: str
    label: Label
    state: State

    def differs(self, other: Point | None) -> bool:
        """Say whether there is something new in it beside the time."""
        return other is None or msgspec.structs.replace(self, at_ms=other.at_ms) != other


def _key(number: int) -> bytes:
    return number.to_bytes(4, "big")


def put_watch(tx: Transaction, watch: Watch) -> None:
    """Keep a watch, new or changed."""
    tx.put(WATCH, _key(watch.number), encode(watch))


def next_number(reader: Reader) -> int:
    """Return the number of the next watch; one that ended leaves its number unused only until the next restart."""
    return next((int.from_bytes(key, "big") for key, _ in reader.scan(WATCH, limit=1, reverse=True)), 0) + 1


def watches(reader: Reader) -> Iterator[Watch]:
    """Yield the watches by number."""
    for _, raw in reader.scan(WATCH):
        yield decode(raw, Watch, what="watch")


def drop_watch(tx: Transaction, number: int) -> None:
    """End a watch and forget its history."""
    tx.delete(WATCH, _key(number))
    for key, _ in list(tx.scan(POINT, _key(number), _key(number + 1))):
        tx.delete(POINT, key)


def put_point(tx: Transaction, number: int, point: Point) -> None:
    """Add to a watch's history."""
    tx.put(POINT, _key(number) + point.at_ms.to_bytes(8, "big"), encode(point))


def points(reader: Reader, number: int, *, limit: int | None = None) -> Iterator[Point]:
    """Yield a watch's history, newest first."""
    for _, raw in reader.scan(POINT, _key(number), _key(number + 1), limit=limit, reverse=True):
        yield decode(raw, Point, what="point")
