"""The room on a node: its kinds, its settings, and what runs as long as the node lives.

Own rows are offered to the kernel's stream, which alone decides who gets which; this module never asks whom a row is
for. What partners give is read back from the same stream.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from weakref import WeakKeyDictionary

import msgspec
import numpy as np

from latticework.kernel.errors import InvalidConfig, LatticeworkError
from latticework.kernel.exchange.streams import StreamKind
from latticework.kernel.ids import Kind
from latticework.kernel.records.kinds import Described, KindRegistry
from latticework.picture.labels import Zoning
from latticework.picture.model import STREAM, TOPIC, TRACK, RadarList, valid_rows
from latticework.picture.own import SLOTS, OwnPicture
from latticework.picture.recording import ARRAY, default_cache, load
from latticework.picture.replay import Replay
from latticework.picture.sites import REFERENCE, Sites, load_sites
from latticework.picture.synthetic import Synthetic
from latticework.picture.traffic import Origin, Traffic

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel
    from latticework.kernel.core.streams import StreamHub
    from latticework.kernel.labels.label import Label
    from latticework.workbench.bench import Workbench

RADARS: Final = Kind("picture.radars")
NO_SOURCE: Final = Origin("none", "No source of traffic")
PARTS: Final = 10
"""Rows of one second leave in this many parts, as the beams of several radars sweep at different times."""


class PictureSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the room: the table ``[room.picture]`` of ``node.toml``.

    Parameters
    ----------
    source
        ``none``: this node has no traffic of its own (partners' tracks show all the same). ``recorded``: the recording
        in the cache, else an error. ``synthetic``: the generator. ``auto``: the recording if the cache has it, else the
        generator, and the screen says why.
    cache
        Folder of the recording; empty: ``LATTICEWORK_CACHE``, or ``~/.cache/latticework``.
    objects
        About how many objects the generator keeps in the air.
    period_ms
        Time from one row of a track to the next, ms.
    sites
        TOML file of the member's radars and label zones; empty: the invented ones of the reference federation.
    policy
        Security policy of the zones' classifications.
    """

    source: Literal["none", "auto", "recorded", "synthetic"] = "none"
    cache: str = ""
    objects: int = 700
    period_ms: int = 1_000
    sites: str = ""
    policy: str = "EXERCISE"

    def __post_init__(self) -> None:
        if not 1 <= self.objects <= 100_000:
            raise InvalidConfig("room.picture.objects is 1 to 100000.")
        if not 100 <= self.period_ms <= 60_000:
            raise InvalidConfig("room.picture.period_ms is 100 to 60000.")

    def cache_folder(self) -> Path:
        """Return the folder of the recording."""
        return Path(self.cache) if self.cache else default_cache()


def read_settings(values: Mapping[str, object]) -> PictureSettings:
    """Return the room's settings, or raise :class:`InvalidConfig` with the setting that is wrong."""
    try:
        return msgspec.convert(dict(values), PictureSettings)
    except msgspec.ValidationError as error:
        raise InvalidConfig(f"room.picture in node.toml: {error}.") from None


def register_kinds(kinds: KindRegistry) -> None:
    """Register the room's record kinds."""
    kinds.register(RADARS, 1, RadarList, topic=TOPIC, describe=lambda body: Described(
        f"{len(body.radars)} radars", ", ".join(radar.name for radar in body.radars), body.source or None,
        body.status or None))


def stream_kinds() -> tuple[StreamKind, ...]:
    """Return the room's stream kinds."""
    name, _, version = STREAM.partition("/")
    return (StreamKind(name=Kind(name), version=int(version), topic=TOPIC, dtype=TRACK, slots=SLOTS, valid=valid_rows),)


def choose_traffic(settings: PictureSettings) -> Traffic | None:
    """Return the source that `settings` ask for; nothing is downloaded here.

    Raises
    ------
    LatticeworkError
        When the recording is asked for and cannot be used.
    """
    if settings.source == "none":
        return None
    if settings.source == "synthetic":
        return Synthetic(settings.objects)
    cache = settings.cache_folder()
    if settings.source == "auto" and not (cache / ARRAY).exists():
        return Synthetic(settings.objects, "the recording is not in the cache; latticework picture fetch gets it")
    try:
        return Replay(load(cache))
    except LatticeworkError as error:
        if settings.source == "recorded":
            raise
        return Synthetic(settings.objects, error.message)


class Tally:
    """How many track rows went out and came in here, and how long they took; for counters alone.

    A row's latency is the time from its offer at the giver to its place in the receiver's table, by two clocks: on one
    machine they are the same one. Rows that were offered before their stream opened are not counted.
    """

    def __init__(self) -> None:
        self.latency_ms: Counter[int] = Counter()
        """Rows by whole milliseconds of latency."""
        self._newest_ms: dict[str, int] = {}
        self._opened_ms: dict[str, int] = {}

    def take(self, hub: StreamHub) -> None:
        """Count what arrived since the last call."""
        for giver, rows, arrived_ms in hub.arrivals():
            # What was offered before the stream opened waited for the grant, not for the link.
            if not len(rows):
                continue
            opened_ms = self._opened_ms.setdefault(giver, int(arrived_ms.min()))
            new = (arrived_ms > self._newest_ms.get(giver, -1)) & (rows["time_ms"] >= opened_ms)
            if not bool(new.any()):
                continue
            self._newest_ms[giver] = int(arrived_ms.max())
            late, count = np.unique(arrived_ms[new] - rows["time_ms"][new], return_counts=True)
            self.latency_ms.update(dict(zip(late.tolist(), count.tolist(), strict=True)))


class TrackCounters(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of one node's tracks since its start.

    Parameters
    ----------
    offered
        Own rows.
    released
        Own rows sent to partners, each partner counted.
    delivered
        Partners' rows taken in.
    latency_ms
        Pairs (latency in whole ms, rows), by latency.
    """

    offered: int
    released: int
    delivered: int
    latency_ms: tuple[tuple[int, int], ...] = ()


def percentile(latency_ms: Mapping[int, int], part: float) -> float | None:
    """Return the nearest-rank percentile of counted values, or None without any.

    Parameters
    ----------
    latency_ms
        Count by value.
    part
        0 to 1.
    """
    total = sum(latency_ms.values())
    rank = max(1, int(np.ceil(part * total)))
    for value in sorted(latency_ms):
        rank -= latency_ms[value]
        if rank <= 0:
            return float(value)
    return None


class Picture:
    """The room at one running node.

    Parameters
    ----------
    kernel
        The node.
    settings
        See there.
    sites
        The member's radars and zones.
    traffic
        Where own tracks come from; None: it has none.
    """

    def __init__(self, kernel: Kernel, settings: PictureSettings, sites: Sites, traffic: Traffic | None) -> None:
        self.kernel, self.settings, self.sites = kernel, settings, sites
        self.origin = traffic.origin if traffic is not None else NO_SOURCE
        self.tally = Tally()
        self._hub = kernel.stream(STREAM)
        self._own: OwnPicture | None = None
        if traffic is not None:
            zoning = Zoning(kernel.own, settings.policy, sites.zones)
            self._own = OwnPicture(kernel.own, sites.radars, traffic, zoning, kernel.entropy)
            self._hub.use_labels(zoning.labels)
        self._part = 0

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels of own rows, the default zone's first; none without own traffic."""
        return self._own.labels if self._own is not None else ()

    def step(self) -> None:
        """Offer the rows of the next part."""
        now = self.kernel.clock.now_ms()
        if self._own is not None:
            self._hub.offer(self._own.rows(now, self._part, PARTS))
            if self._part == 0:
                self._own.forget(now)
        self.tally.take(self._hub)
        self._part = (self._part + 1) % PARTS

    async def run(self) -> None:
        """Step at an even pace until canceled; after a delay it goes on from now and does not catch up."""
        loop = asyncio.get_running_loop()
        pause_s = self.settings.period_ms / 1000 / PARTS
        due = loop.time()
        while True:
            self.step()
            due = max(due + pause_s, loop.time())
            await asyncio.sleep(due - loop.time())

    def counters(self) -> TrackCounters:
        """Return the totals until now."""
        return TrackCounters(
            offered=self._hub.sender.offered, released=self._hub.sender.released,
            delivered=self.kernel.streams.received, latency_ms=tuple(sorted(self.tally.latency_ms.items())),
        )


_RUNNING: Final[WeakKeyDictionary[Kernel, Picture]] = WeakKeyDictionary()


def mark_running(kernel: Kernel, picture: Picture) -> None:
    """Let pages find the room of a node; :func:`start` does it, and so does whoever steps a room by hand."""
    _RUNNING[kernel] = picture


def running(kernel: Kernel) -> Picture | None:
    """Return the room of a node, or None while it is not running there."""
    return _RUNNING.get(kernel)


async def start(bench: Workbench, values: Mapping[str, object]) -> None:
    """Run the room as long as the node lives.

    Parameters
    ----------
    bench
        The node's workbench.
    values
        The table ``[room.picture]`` of its settings.
    """
    kernel, settings = bench.kernel, read_settings(values)
    sites = load_sites(kernel.own, Path(settings.sites) if settings.sites else REFERENCE)
    # Reading the recording takes a second the first time; the node goes on meanwhile.
    traffic = await asyncio.to_thread(choose_traffic, settings)
    picture = Picture(kernel, settings, sites, traffic)
    mark_running(kernel, picture)
    await picture.run()
