"""The processes that ``benchmarks.exchange`` starts: a giving and a taking node, a driver for taky, raw TCP.

Each prints one JSON line with what it measured. Times of two processes are compared on the system's monotonic clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from latticework.kernel.clock import SystemClock, SystemEntropy
from latticework.kernel.errors import LatticeworkError
from latticework.kernel.exchange.stream_receiver import StreamReceiver
from latticework.kernel.exchange.stream_sender import StreamSender
from latticework.kernel.exchange.streams import Batch, StreamKind
from latticework.kernel.identity import Identity, KeyDirectory, Partner, TrustStore
from latticework.kernel.identity.bundle import fingerprint, read_bundle
from latticework.kernel.ids import Kind, MemberId, RecordId
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy import Arrangement, Peer, PolicyState, Purpose, Standing, decide
from latticework.kernel.policy.compiled import CompiledPolicy
from latticework.kernel.store import MemoryStore
from latticework.kernel.transport import Arrived, Lane, LinkUp, PartnerLink, TransportEvent, dials
from latticework.kernel.transport.zenoh import ZenohTransport
from latticework.picture.model import TOPIC, TRACK, code_of_member, valid_rows

JPN, USA = MemberId("JPN"), MemberId("USA")
TRACKS = 10_000
CHUNK = 500
KIND = StreamKind(name=Kind("picture.track"), version=1, topic=TOPIC, dtype=TRACK, slots=16_384, valid=valid_rows)
LABELS = tuple(
    Label(policy="EXERCISE", classification=level, release=Release(members=frozenset(to)) if to else None,
          originators=frozenset({JPN}))
    for level, to in [(0, ("AUS", "USA")), (1, ("USA",)), (2, ("USA",)), (1, ("AUS",)), (3, ())]
)
"""The last two are withheld from USA: one track in ten bears one of them."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def state(own: MemberId) -> PolicyState:
    year = 365 * 86_400_000
    arrangement = Arrangement(
        name="bench", title="Benchmark (invented)", parties=(JPN, USA), topics=(TOPIC,), ceiling=2,
        exchange_policy="EXERCISE", valid_from_ms=now_ms() - year, valid_until_ms=now_ms() + year, renew_every_ms=year)
    grants = tuple((member, now_ms() - year, now_ms() + year) for member in (JPN, USA))
    return PolicyState(own=own, partners=(USA if own == JPN else JPN,),
                       standings=(Standing(record=RecordId("a" * 64), arrangement=arrangement, grants=grants),))


class Node:
    """One node's transport, keys and policy, with its partner trusted by bundle."""

    def __init__(self, home: Path, port: int) -> None:
        self.identity = Identity.load(home, SystemEntropy())
        self.own = self.identity.member
        store = MemoryStore()
        self.keys = KeyDirectory(store)
        bundle = (home.parent / f"{USA if self.own == JPN else JPN}.bundle").read_bytes()
        with store.transaction() as tx:
            self.partner: Partner = TrustStore(store, self.keys, self.own).add(
                tx, bundle, fingerprint(read_bundle(bundle, now_ms())), now_ms())
        self.port = port
        self.transport = ZenohTransport(self.own, SystemClock())
        self.up = asyncio.Event()

    async def start(self) -> None:
        """Open the link to the other node."""
        await self.transport.start(self.on_event)
        chain, key = self.identity.tls()
        address, dialing = f"127.0.0.1:{self.port}", dials(self.own, self.partner.member)
        await self.transport.open(PartnerLink(
            partner=self.partner.member, partner_root_pem=self.partner.root_pem, certificate_pem=chain, key_pem=key,
            name=self.partner.name, listen=None if dialing else address, dial=address if dialing else None))

    def on_event(self, burst: list[TransportEvent]) -> None:
        """Take a burst of the transport."""
        for event in burst:
            if isinstance(event, LinkUp):
                self.up.set()
            elif isinstance(event, Arrived):
                self.arrived(event)

    def arrived(self, event: Arrived) -> None:
        """Take what came."""

    async def say(self, **words: object) -> None:
        """Tell the other end on the durable lane."""
        while not self.transport.send(self.partner.member, Lane.DURABLE, json.dumps(words).encode()):
            await asyncio.sleep(0.01)


class Giver(Node):
    """JPN: labels, decides, signs and sends track rows."""

    def __init__(self, home: Path, port: int) -> None:
        super().__init__(home, port)
        self.stream = StreamSender(self.own, KIND, self.identity.signer, now_ms())
        self.stream.use_labels(LABELS)
        self.stream.use_gate(CompiledPolicy(state(JPN), TOPIC, Purpose.STREAM, now_ms(), labels=LABELS), now_ms())
        self.refused = 0
        self.tracks = np.zeros(TRACKS, dtype=TRACK)
        self.tracks["slot"] = self.tracks["number"] = np.arange(1, TRACKS + 1)
        self.tracks["label"] = np.tile([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 3, 4], TRACKS // 20)
        self.tracks["origin"] = code_of_member(JPN)
        self.tracks["latitude_deg"] = np.linspace(24, 45, TRACKS)
        self.tracks["longitude_deg"] = np.linspace(123, 146, TRACKS)
        self.tracks["altitude_m"], self.tracks["speed_mps"] = 10_000, 240

    def flush(self) -> int:
        """Send what is due; return how many batches the link did not take."""
        now, refused = now_ms(), 0
        batches: list[Batch] = self.stream.flush(now)
        for batch in batches:
            if not self.transport.send(USA, Lane.LIVE, batch.data):
                self.stream.unsent(batch, now)
                refused += 1
        self.refused += refused
        return refused

    async def flood(self, seconds: float) -> None:
        """Offer rows as fast as the link takes them."""
        end, at = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            rows = self.tracks[at : at + CHUNK]
            rows["time_ms"] = time.monotonic_ns()
            self.stream.offer(rows, now_ms())
            at = (at + CHUNK) % TRACKS
            await asyncio.sleep(0.005 if self.flush() else 0)

    async def trickle(self, seconds: float, per_s: int) -> None:
        """Offer `per_s` single rows a second, evenly; flush when the stream says so."""
        start, offered = time.monotonic(), 0
        while (passed := time.monotonic() - start) < seconds:
            while offered < passed * per_s:
                row = self.tracks[offered * 7 % TRACKS : offered * 7 % TRACKS + 1]
                row["time_ms"] = time.monotonic_ns()
                self.stream.offer(row, now_ms())
                offered += 1
            self.flush()
            await asyncio.sleep(0.0005)
        await asyncio.sleep(0.01)
        self.flush()

    async def work(self, seconds: float, per_s: int) -> dict[str, Any]:
        """Give in all phases."""
        await self.start()
        await self.up.wait()
        self.stream.subscribe(USA, 1, now_ms())
        await asyncio.sleep(0.2)
        for phase, job in (("warm", self.flood(0.5)), ("flood", self.flood(seconds)),
                           ("trickle", self.trickle(seconds, per_s))):
            await self.say(begin=phase)
            await asyncio.sleep(0.2)
            await job
            await asyncio.sleep(0.4)
        await self.say(end=True)
        await asyncio.sleep(0.5)
        await self.transport.stop()
        return {"offered": self.stream.offered, "released": self.stream.released, "refused_batches": self.refused}


class Taker(Node):
    """USA: verifies, decides again and keeps the newest row of each slot."""

    def __init__(self, home: Path, port: int) -> None:
        super().__init__(home, port)
        mine = state(USA)
        self.stream = StreamReceiver(
            self.own, [KIND], self.keys,
            lambda peer, stream, label: decide(label, TOPIC, mine, Peer(peer), Purpose.RECEIVE, now_ms()).allowed)
        self.stream.open(JPN, KIND.name, 1)
        self.phase, self.done = "", asyncio.Event()
        self.kept: dict[str, list[tuple[int, int]]] = {}
        self.delays: dict[str, list[float]] = {}
        self.bytes = self.errors = self.lost = self.seen = 0

    def arrived(self, event: Arrived) -> None:
        """Take a batch, or the word that a phase begins."""
        if event.lane is Lane.DURABLE:
            words = json.loads(event.data)
            self.phase = words.get("begin", self.phase)
            self.seen = time.monotonic_ns()
            if "end" in words:
                self.done.set()
            return
        try:
            taken = self.stream.take(JPN, event.data, now_ms())
        except LatticeworkError:
            self.errors += 1
            return
        now = time.monotonic_ns()
        self.lost += taken.lost
        self.kept.setdefault(self.phase, []).append((now, taken.rows))
        if self.phase == "trickle":
            held = self.stream.latest(JPN, KIND.name, now_ms())
            fresh = held.rows["time_ms"][held.rows["time_ms"] > self.seen]
            self.seen = int(fresh.max(initial=self.seen))
            self.delays.setdefault(self.phase, []).extend(((now - fresh) / 1e6).tolist())
        elif self.phase == "flood":
            self.bytes += len(event.data)

    async def work(self, _seconds: float, _per_s: int) -> dict[str, Any]:
        """Take until the giver has ended; return the measurements."""
        await self.start()
        await asyncio.wait_for(self.done.wait(), 120)
        await self.transport.stop()
        flood, trickle = self.kept["flood"], self.kept["trickle"]
        rows = sum(n for _, n in flood[1:])
        return {
            "per_s": rows / ((flood[-1][0] - flood[0][0]) / 1e9), "rows": rows, "batches": len(flood),
            "bytes_per_row": self.bytes / sum(n for _, n in flood), "errors": self.errors, "lost_batches": self.lost,
            "trickle_per_s": sum(n for _, n in trickle[1:]) / ((trickle[-1][0] - trickle[0][0]) / 1e9),
            "tracks_held": len(self.stream.latest(JPN, KIND.name, now_ms()).rows), **spread(self.delays["trickle"]),
        }


def spread(delays: list[float]) -> dict[str, float]:
    """Return p50, p99 and number of `delays`, ms."""
    cuts = statistics.quantiles(delays, n=100)
    return {"p50_ms": round(cuts[49], 3), "p99_ms": round(cuts[98], 3), "samples": len(delays)}


# ---- taky ------------------------------------------------------------------------------------------------------------

STAMP = re.compile(rb'stamp ns="(\d+)"')


def cursor_on_target(number: int) -> bytes:
    """Return one track as a Cursor-on-Target event, with its time of sending."""
    now = time.time()
    moment, stale = (time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(t)) for t in (now, now + 60))
    return (
        f'<event version="2.0" uid="JPN-{number % TRACKS:05d}" type="a-f-A-C-F" how="m-r" time="{moment}" '
        f'start="{moment}" stale="{stale}"><point lat="35.123456" lon="139.654321" hae="10000.0" ce="60.0" '
        f'le="9999999.0"/><detail><track course="87.5" speed="240.0"/>'
        f'<stamp ns="{time.monotonic_ns()}"/></detail></event>').encode()


def drive_taky(port: int, seconds: float, per_s: int) -> dict[str, Any]:
    """Send events through a TAK server and count them at a second client: closed loop first, then at `per_s`."""
    giver, taker = (socket.create_connection(("127.0.0.1", port), 10) for _ in range(2))
    got, delays = [0], []
    closing = threading.Event()

    def take() -> None:
        rest = b""
        while not closing.is_set():
            with contextlib.suppress(TimeoutError):
                data = taker.recv(1 << 16)
                if not data:
                    return
                now = time.monotonic_ns()
                *events, rest = (rest + data).split(b"</event>")
                got[0] += len(events)
                delays.extend((now - int(m.group(1))) / 1e6 for e in events if (m := STAMP.search(e)))
    taker.settimeout(0.2)
    thread = threading.Thread(target=take)
    thread.start()
    time.sleep(0.5)
    sent, start = 0, time.monotonic()
    while time.monotonic() - start < seconds:
        if sent - got[0] < 200:  # more in flight only grows taky's own buffer and makes it slower
            giver.sendall(b"".join(cursor_on_target(sent + i) for i in range(50)))
            sent += 50
        else:
            time.sleep(0.001)
    rate = got[0] / (time.monotonic() - start)
    time.sleep(1)
    delays.clear()
    sent, start, before = 0, time.monotonic(), got[0]
    while (passed := time.monotonic() - start) < seconds:
        while sent < passed * per_s:
            giver.sendall(cursor_on_target(sent))
            sent += 1
        time.sleep(0.0005)
    time.sleep(0.5)
    result = {"per_s": rate, "trickle_per_s": (got[0] - before) / seconds, "bytes_per_row": len(cursor_on_target(0)),
              **spread(delays)}
    closing.set()
    thread.join()
    giver.close()
    taker.close()
    return result


# ---- raw TCP ---------------------------------------------------------------------------------------------------------

def raw_take(port: int) -> dict[str, Any]:
    """Count what one raw TCP connection brings."""
    with socket.create_server(("127.0.0.1", port)) as server:
        link, _ = server.accept()
        total, buffer, start = 0, bytearray(1 << 18), 0.0
        with link:
            while count := link.recv_into(buffer):
                start = start or time.monotonic()
                total += count
        return {"bytes_per_s": total / (time.monotonic() - start)}


def raw_give(port: int, seconds: float, size: int) -> dict[str, Any]:
    """Send messages of `size` bytes over one raw TCP connection."""
    for _ in range(200):  # until the other process listens
        with contextlib.suppress(ConnectionRefusedError):
            link = socket.create_connection(("127.0.0.1", port), 10)
            break
        time.sleep(0.05)
    message, end = bytes(size), time.monotonic() + seconds
    with link:
        while time.monotonic() < end:
            link.sendall(message)
    return {}


def run(role: str, *given: str) -> dict[str, Any]:
    """Play one role of the benchmark."""
    if role in {"giver", "taker"}:
        home, port, seconds, per_s = Path(given[0]), int(given[1]), float(given[2]), int(given[3])

        async def node() -> dict[str, Any]:
            return await (Giver if role == "giver" else Taker)(home, port).work(seconds, per_s)
        return asyncio.run(node())
    if role == "taky":
        return drive_taky(int(given[0]), float(given[1]), int(given[2]))
    if role == "raw-taker":
        return raw_take(int(given[0]))
    return raw_give(int(given[0]), float(given[1]), int(given[2]))


if __name__ == "__main__":
    print(json.dumps(run(*sys.argv[1:])), flush=True)
