"""A network in memory that loses, repeats, delays, reorders and divides, from a seed."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterable

import msgspec

from latticework.kernel.transport.interface import Lane


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """How bad the network is.

    Parameters
    ----------
    loss, duplication
        Probability that a message is lost, or arrives twice.
    delay_ms
        Least and greatest delay of a message, ms; different delays reorder.
    """

    loss: float = 0.0
    duplication: float = 0.0
    delay_ms: tuple[int, int] = (1, 5)


CALM = Weather()


class Parcel(msgspec.Struct, frozen=True, order=True):
    """A message on its way."""

    due_ms: int
    number: int
    sender: str
    receiver: str
    lane: Lane
    data: bytes


class LossyNetwork:
    """Carries bytes between addresses (any strings).

    Parameters
    ----------
    seed
        Decides every loss, repetition and delay, for each direction of each link by itself.
    weather
        How bad it is; may be changed while it runs.

    Attributes
    ----------
    local
        Weather of single links, by their two addresses, where it differs.
    carried
        Every message that was sent, in order: (time, sender, receiver, lane, data), lost ones included.
    """

    def __init__(self, seed: int, weather: Weather = CALM) -> None:
        self.weather = weather
        self.local: dict[frozenset[str], Weather] = {}
        self.carried: list[tuple[int, str, str, Lane, bytes]] = []
        self._seed = seed
        self._dice: dict[tuple[str, str], random.Random] = {}
        self._waiting: list[Parcel] = []
        self._cut: set[frozenset[str]] = set()
        self._number = 0

    def send(self, now_ms: int, sender: str, receiver: str, lane: Lane, data: bytes) -> None:
        """Take a message; it may arrive once, twice, late, or never."""
        self.carried.append((now_ms, sender, receiver, lane, data))
        dice, pair = self._dice_of(sender, receiver), frozenset((sender, receiver))
        weather = self.local.get(pair, self.weather)
        copies = 1 if dice.random() >= weather.duplication else 2
        for _ in range(copies):
            if pair not in self._cut and dice.random() >= weather.loss:
                self._number += 1
                due = now_ms + dice.randint(*weather.delay_ms)
                heapq.heappush(self._waiting, Parcel(due, self._number, sender, receiver, lane, data))

    def _dice_of(self, sender: str, receiver: str) -> random.Random:
        # Each direction has its own dice, so that what happens on one link never depends on the traffic of another.
        found = self._dice.get((sender, receiver))
        if found is None:
            seed = f"network {self._seed} {sender}>{receiver}"
            found = self._dice[sender, receiver] = random.Random(seed)  # noqa: S311 - a simulation, not a secret
        return found

    def arrive(self, now_ms: int) -> Iterable[Parcel]:
        """Yield what is due, in order of arrival, including what is sent meanwhile and due at once."""
        while self._waiting and self._waiting[0].due_ms <= now_ms:
            parcel = heapq.heappop(self._waiting)
            if frozenset((parcel.sender, parcel.receiver)) not in self._cut:
                yield parcel

    def next_due_ms(self) -> int | None:
        """Return when the next message is due, or None when none is on its way."""
        return self._waiting[0].due_ms if self._waiting else None

    def cut(self, one: str, other: str) -> None:
        """Divide two addresses; what is between them is lost."""
        self._cut.add(frozenset((one, other)))

    def heal(self, one: str, other: str) -> None:
        """Let two addresses reach each other again."""
        self._cut.discard(frozenset((one, other)))

    def is_cut(self, one: str, other: str) -> bool:
        """Say whether two addresses are divided."""
        return frozenset((one, other)) in self._cut

    def drop(self, address: str) -> None:
        """Lose everything on its way from or to `address`, as when its process ends."""
        self._waiting = [p for p in self._waiting if address not in {p.sender, p.receiver}]
        heapq.heapify(self._waiting)
