"""Driving the demonstration as officers would: over each node's own API, two of them where two are needed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import httpx
import msgspec

from latticework.kernel.errors import LatticeworkError, NodeUnreachable
from latticework.kernel.ids import MemberId, OfficerId, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Arrangement
from latticework.kernel.views import ArrangementView, Counters, LedgerReport, PeerView
from latticework.node.demo.homes import DemoMember
from latticework.reference import federation

READY_S: Final = 90.0
STEP_S: Final = 0.1


class HeldRecord(msgspec.Struct, frozen=True):
    """What the demonstration's judge needs to know of a record that a node holds."""

    id: str
    member: MemberId
    topic: Topic
    label: Label
    own: bool
    relayed_by: MemberId | None = None


class _HeldPage(msgspec.Struct, frozen=True):
    items: tuple[HeldRecord, ...]
    next: str | None = None


class _Entry(msgspec.Struct, frozen=True):
    kind: str
    to: MemberId | None = None
    record: str | None = None


class _Entries(msgspec.Struct, frozen=True):
    items: tuple[_Entry, ...]
    next: str | None = None


class TrackCounters(msgspec.Struct, frozen=True):
    """What a node's picture room counts."""

    offered: int
    released: int
    delivered: int
    latency_ms: tuple[tuple[int, int], ...] = ()


class _Arrangements(msgspec.Struct, frozen=True):
    items: tuple[ArrangementView, ...]


class _Status(msgspec.Struct, frozen=True):
    counters: Counters
    links_up: int
    links: int


class _Act(msgspec.Struct, frozen=True):
    id: str


class NodeClient:
    """One node's API, as its officers.

    Parameters
    ----------
    one
        The member.
    http
        Shared client.
    """

    def __init__(self, one: DemoMember, http: httpx.AsyncClient) -> None:
        self.one, self._http = one, http
        known = {o.officer.name: o.officer for o in federation.officers(one.member)}
        self.first, self.second = federation.two_releasers(known.values())
        self.author = self.first

    async def get(self, path: str, type_: type[msgspec.Struct], *, by: OfficerId | None = None) -> msgspec.Struct:
        """Return what `path` answers, as `type_`."""
        return msgspec.json.decode((await self._call("GET", path, by=by)).content, type=type_, strict=False)

    async def post(self, path: str, body: object = None, *, by: OfficerId | None = None) -> bytes:
        """Post `body` as JSON; return the answer's bytes."""
        return (await self._call("POST", path, by=by, body=body)).content

    async def _call(
        self, method: str, path: str, *, by: OfficerId | None = None, body: object = None
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.one.tokens[by or self.first]}"}
        content = msgspec.json.encode(body) if body is not None else None
        if content is not None:
            headers["content-type"] = "application/json"
        try:
            answer = await self._http.request(method, self.one.url + path, headers=headers, content=content)
        except httpx.HTTPError:
            raise NodeUnreachable(f"the node of {self.one.member} does not answer at {self.one.url}.") from None
        if answer.status_code >= 400:
            raise LatticeworkError(f"{self.one.member} answered {answer.status_code} to {path}: {answer.text[:300]}")
        return answer

    async def ready(self) -> None:
        """Wait until the node answers and every link is up."""
        async def linked() -> bool:
            try:
                status = await self.get("/api/v1/status", _Status)
            except NodeUnreachable:
                return False
            return isinstance(status, _Status) and status.links_up == status.links > 0
        await until(linked, READY_S, f"the links of {self.one.member} did not all come up")

    async def two(self, path: str, body: object = None) -> None:
        """Do an act that needs two officers: the first proposes, the second approves."""
        act = msgspec.json.decode(await self.post(path, body, by=self.first), type=_Act, strict=False)
        await self.post(f"/api/v1/approvals/{act.id}/approve", by=self.second)

    async def arrangements(self) -> tuple[ArrangementView, ...]:
        """Return the arrangements that this node knows."""
        found = await self.get("/api/v1/arrangements", _Arrangements)
        return found.items if isinstance(found, _Arrangements) else ()

    async def held(self) -> list[HeldRecord]:
        """Return every record that the first releaser of this node may see."""
        found: list[HeldRecord] = []
        after = ""
        while True:
            page = await self.get(f"/api/v1/records?limit=500{after}", _HeldPage)
            if not isinstance(page, _HeldPage):
                return found
            found += page.items
            if page.next is None:
                return found
            after = f"&after={page.next}"

    async def counters(self) -> Counters:
        """Return the node's totals."""
        status = await self.get("/api/v1/status", _Status)
        return status.counters if isinstance(status, _Status) else Counters(
            published=0, released=0, withheld=0, delivered=0, quarantined=0, relayed=0)

    async def peers(self) -> list[PeerView]:
        """Return how the node stands with its partners."""
        return msgspec.json.decode((await self._call("GET", "/api/v1/peers")).content, type=list[PeerView])

    async def released(self) -> dict[MemberId, frozenset[str]]:
        """Return what this node's own ledger says it released, by taker; withdrawn releases left out."""
        found: dict[MemberId, set[str]] = {}
        after = ""
        while True:
            page = msgspec.json.decode(
                (await self._call("GET", f"/api/v1/ledger/entries?limit=500{after}")).content, type=_Entries)
            for entry in page.items:
                if entry.kind == "released" and entry.to is not None and entry.record is not None:
                    found.setdefault(entry.to, set()).add(entry.record)
            if page.next is None:
                return {member: frozenset(ids) for member, ids in found.items()}
            after = f"&after={page.next}"

    async def track_counters(self) -> TrackCounters:
        """Return the picture room's totals of this node."""
        return msgspec.json.decode((await self._call("GET", "/api/v1/tracks/counters")).content, type=TrackCounters)

    async def verify(self) -> LedgerReport:
        """Let the node verify its ledger and those it holds."""
        return msgspec.json.decode(await self.post("/api/v1/ledger/verify"), type=LedgerReport)


async def until(met: Callable[[], Awaitable[bool]], seconds: float, otherwise: str) -> None:
    """Wait until `met` says True, or raise :class:`NodeUnreachable` with `otherwise`."""
    for _ in range(int(seconds / STEP_S)):
        if await met():
            return
        await asyncio.sleep(STEP_S)
    raise NodeUnreachable(f"{otherwise} within {seconds:.0f} s.")


async def agree(clients: dict[MemberId, NodeClient], arrangements: Iterable[Arrangement]) -> None:
    """Have every arrangement proposed by its first party and signed by all others."""
    wanted = list(arrangements)
    for a in wanted:
        await clients[a.parties[0]].two("/api/v1/arrangements", a)
    await asyncio.gather(*(_sign_all(client, wanted) for client in clients.values()))
    await asyncio.gather(*(_all_in_force(client, wanted) for client in clients.values()))


async def _sign_all(client: NodeClient, wanted: list[Arrangement]) -> None:
    own = client.one.member
    names = {a.name for a in wanted if own in a.parties and a.parties[0] != own}

    async def arrived() -> bool:
        return names <= {v.arrangement.name for v in await client.arrangements()}
    await until(arrived, READY_S, f"not every proposal reached {own}")
    for view in await client.arrangements():
        if view.arrangement.name in names and own not in view.signed_by:
            await client.two(f"/api/v1/arrangements/{view.record}/sign")


async def _all_in_force(client: NodeClient, wanted: list[Arrangement]) -> None:
    names = {a.name for a in wanted if client.one.member in a.parties}

    async def in_force() -> bool:
        return names <= {v.arrangement.name for v in await client.arrangements() if v.in_force}
    await until(in_force, READY_S, f"not every arrangement of {client.one.member} came into force")
