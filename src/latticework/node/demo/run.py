"""The demonstration's course: homes, five processes, arrangements signed, records published, tracks flowing, judged."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
import msgspec

from latticework.kernel.clock import SystemClock, SystemEntropy
from latticework.kernel.errors import LatticeworkError
from latticework.kernel.ids import MemberId
from latticework.node.demo.drive import NodeClient, agree, until
from latticework.node.demo.homes import DemoMember, make_homes
from latticework.node.demo.judge import Finding, judge
from latticework.reference import federation

Say = Callable[[str], None]
SETTLE_S: Final = 20.0
STOP_S: Final = 10.0


class TrackTotals(msgspec.Struct, frozen=True):
    """Tracks of all nodes: rows sent to partners, rows taken in, and latency of each by whole milliseconds."""

    released: int
    delivered: int
    latency_ms: dict[int, int]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the demonstration measured."""

    members: tuple[MemberId, ...]
    finding: Finding
    tracks: TrackTotals
    links_direct: int
    links_expected: int
    ledgers_verified: int
    failures: tuple[str, ...]


class Federation:
    """Five nodes, each a process of its own.

    Parameters
    ----------
    folder
        Where the homes are made; emptied first.
    first_port
        Web ports are counted from here.
    source
        Where tracks come from: ``auto``, ``recorded``, ``synthetic`` or ``none``.
    say
        Tells a person how far it is.
    """

    def __init__(self, folder: Path, *, first_port: int, source: str, cache: Path, say: Say) -> None:
        self._say, self._source = say, source
        clock = SystemClock()
        say("Making five members: keys, certificates, databases, trust …")
        self.made = make_homes(folder, clock, SystemEntropy(), first_port=first_port,
                               room={"source": source, "cache": str(cache)})
        self.arrangements = federation.arrangements(clock.now_ms())
        self._processes: dict[MemberId, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start one process a member."""
        for one in self.made:
            log = (one.home / "node.log").open("wb")
            command = [sys.executable, "-m", "latticework.node.main", "serve", "--home", str(one.home)]
            self._processes[one.member] = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def stop(self) -> None:
        """Stop every process that this object started, in order; one that does not stop in time is killed."""
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def dead(self) -> list[DemoMember]:
        """Return the members whose process ended by itself."""
        return [one for one in self.made if (p := self._processes.get(one.member)) and p.poll() is not None]

    async def bring_up(self, http: httpx.AsyncClient) -> dict[MemberId, NodeClient]:
        """Wait for the links, have the arrangements signed and the first records published."""
        clients = {one.member: NodeClient(one, http) for one in self.made}
        self._say("Waiting for ten direct links …")
        await asyncio.gather(*(c.ready() for c in clients.values()))
        self._say(f"Signing {len(self.arrangements)} arrangements, two officers at each member …")
        await agree(clients, self.arrangements)
        facts = federation.facts()
        self._say(f"Publishing {len(facts)} records from cited public facts …")
        await asyncio.gather(*(self._publish(client) for client in clients.values()))
        return clients

    async def _publish(self, client: NodeClient) -> None:
        if self._source != "none":
            await self._publish_radars(client)
        for fact in federation.facts():
            if fact.member == client.one.member:
                await client.post("/api/v1/records", {
                    "kind": "reference.fact", "body": msgspec.to_builtins(fact.body), "topic": fact.topic,
                    "label": msgspec.to_builtins(fact.label), "distribute": True,
                })

    async def _publish_radars(self, client: NodeClient) -> None:
        """Tell partners the member's (invented) radars, so that their pages can name what a track rests on."""
        from latticework.picture.service import RADARS
        from latticework.picture.sites import load_sites

        member = client.one.member
        body = load_sites(member).radar_list()
        if body.radars:
            everyone = sorted(c.member for c in self.made)
            await client.post("/api/v1/records", {
                "kind": RADARS, "body": msgspec.to_builtins(body), "topic": "air.tracks", "distribute": True,
                "label": {"policy": federation.POLICY, "classification": 1, "release": {"members": everyone}},
            })

    async def assess(self, clients: dict[MemberId, NodeClient]) -> Outcome:
        """Let what was released arrive and be proven, then judge everything."""
        failures: list[str] = []
        try:
            await until(lambda: _all_receipted(clients), SETTLE_S, "not every release was acknowledged")
        except LatticeworkError as error:
            failures.append(error.message)
        reports = {m: await c.verify() for m, c in clients.items()}
        failures += [f"{m}: {r.sentence}" for m, r in reports.items() if not r.ok]
        held = {m: [r for r in await c.held() if not r.topic.startswith("lattice.")] for m, c in clients.items()}
        released = {m: await c.released() for m, c in clients.items()}
        finding = judge(held, released, self.arrangements)
        failures += [*finding.leaked, *finding.missing]
        if finding.relayed:
            failures.append(f"{finding.relayed} records were relayed though every pair has a direct link.")
        peers = [p for c in clients.values() for p in await c.peers()]
        failures += [f"a link to {p.member} is down" for p in peers if p.link != "direct"]
        failures += [f"the node of {one.member} ended; see {one.home.name}/node.log" for one in self.dead()]
        return Outcome(
            members=tuple(clients), finding=finding, tracks=await _tracks(clients),
            links_direct=sum(p.link == "direct" for p in peers) // 2,
            links_expected=len(clients) * (len(clients) - 1) // 2,
            ledgers_verified=sum(r.ok for r in reports.values()), failures=tuple(failures),
        )


async def _all_receipted(clients: dict[MemberId, NodeClient]) -> bool:
    peers = [p for c in clients.values() for p in await c.peers()]
    return all(p.queued == 0 for p in peers)


async def _tracks(clients: dict[MemberId, NodeClient]) -> TrackTotals:
    # Rows go on flowing while the nodes are asked one after another: what was delivered first, then what was released.
    latency: Counter[int] = Counter()
    arrived = [await client.track_counters() for client in clients.values()]
    for counted in arrived:
        latency.update(dict(counted.latency_ms))
    sent = [await client.track_counters() for client in clients.values()]
    return TrackTotals(sum(c.released for c in sent), sum(c.delivered for c in arrived), dict(latency))
