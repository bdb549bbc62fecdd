"""Files on a node: whose they are, how long they stay, what a room refuses, and stopping in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
from tests.unit.workbench.tables.books import ONE

from latticework.kernel.errors import InvalidTable, NotFound, NotPermitted, TableTooLarge, UnknownSchema
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Officer, Role
from latticework.testing.kernels import KernelFederation, officer
from latticework.workbench.tables import service
from latticework.workbench.tables.check import Row
from latticework.workbench.tables.findings import Finding
from latticework.workbench.tables.service import KEPT, Brought, Refusal, State, Tables
from latticework.workbench.tables.sniff import Reading


class Room:
    """A room that keeps what it takes and refuses what it has twice."""

    def __init__(self, folder: Path) -> None:
        self.federation = KernelFederation(folder, ("JPN", "USA"))
        self.kernel = self.federation["JPN"]
        self.desk = officer("JPN")
        if self.kernel.officers.find(self.desk.name) is None:
            self.kernel.officers.add(self.desk, "correct-horse-battery", self.kernel.clock.now_ms())
        self.tables: Tables = self.federation.benches["JPN"].tables
        self.tables.register(ONE, self.accept)
        self.taken: list[str] = []
        self.label = Label(policy="EXERCISE", classification=0, originators=frozenset({self.kernel.own}))

    def accept(self, _officer: Officer, rows: Sequence[Row], _label: Label) -> Iterator[Refusal]:
        assert len(rows) <= service.PIECE
        for row in rows:
            if str(row.values["id"]).startswith("X"):
                yield Refusal(row, "Ids with X are of another service.", "Ask that service.")
            else:
                self.taken.append(str(row.values["id"]))

    async def bring(self, data: bytes, who: Officer | None = None, name: str = "a.csv") -> Brought:
        async def pieces() -> AsyncIterator[bytes]:
            yield data[:10]
            yield data[10:]

        brought = await self.tables.bring(who or self.desk, ONE.name, name, pieces(), Reading())
        await self.tables.settled(brought, 30)
        return brought


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def lines(count: int) -> bytes:
    return ("Id,X\n" + "".join(f"{'X' if n % 10 == 9 else 'A'}{n},{n}\n" for n in range(count))).encode()


def test_a_room_takes_rows_in_pieces_and_says_which_it_refuses(room: Room) -> None:
    async def go() -> Brought:
        brought = await room.bring(lines(50), name="C:\\folder\\li\u202est.csv")
        assert (brought.state, brought.good, brought.name) == (State.CHECKED, 50, "list.csv")
        room.tables.begin_taking(room.desk, brought.id, room.label)
        await room.tables.settled(brought, 30)
        return brought

    brought = asyncio.run(go())
    assert (brought.state, brought.taken, len(room.taken)) == (State.TAKEN, 45, 45)
    refused = [f for f in brought.findings.kept if f.code == "T-64"]
    assert [f.row for f in refused] == [11, 21, 31, 41, 51]
    assert refused[0].what == "The room does not take the row: Ids with X are of another service."
    assert not brought.path.exists()


def test_a_file_is_its_officers_own_and_stays_a_day(room: Room) -> None:
    brought = asyncio.run(room.bring(lines(3)))
    with pytest.raises(NotFound):
        room.tables.find(officer("JPN", "other"), brought.id)
    room.tables.step(room.kernel.clock.now_ms() + service.DAY_MS)
    assert room.tables.find(room.desk, brought.id) is brought
    room.tables.step(room.kernel.clock.now_ms() + service.DAY_MS + 1)
    assert not brought.path.exists()
    with pytest.raises(NotFound):
        room.tables.find(room.desk, brought.id)


def test_the_oldest_file_makes_room_and_a_restart_forgets_all(room: Room) -> None:
    async def go() -> list[Brought]:
        found = []
        for _ in range(KEPT + 1):
            room.federation.clock.advance(1)
            found.append(await room.bring(lines(2)))
        return found

    found = asyncio.run(go())
    assert len(room.tables.of(room.desk)) == KEPT
    assert not found[0].path.exists()
    assert found[-1].path.exists()
    Tables(room.federation.benches["JPN"])
    assert not found[-1].path.exists()


def test_what_may_not_be_brought_leaves_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    import msgspec

    with pytest.raises(NotPermitted):
        asyncio.run(room.bring(lines(1), msgspec.structs.replace(room.desk, roles=frozenset({Role.AUDITOR}))))
    with pytest.raises(UnknownSchema):
        room.tables.registered("no.such")
    monkeypatch.setattr(service, "MAX_FILE", 100)
    with pytest.raises(TableTooLarge):
        asyncio.run(room.bring(lines(100)))
    assert list((room.federation.benches["JPN"].folder / "tables").glob("*")) == []
    refused = asyncio.run(room.bring(b"%PDF-1"))
    assert (refused.state, refused.error) == (State.REFUSED, Finding(code="T-01", values={"format": "a PDF"}))
    with pytest.raises(InvalidTable):
        room.tables.begin_taking(room.desk, refused.id, room.label)


def test_taking_stops_when_the_file_is_discarded_or_the_officer_changes(room: Room) -> None:
    import msgspec

    async def go(stop: str) -> Brought:
        brought = await room.bring(lines(4_000))
        room.tables.begin_taking(room.desk, brought.id, room.label)
        while not brought.taken:
            await asyncio.sleep(0)
        if stop == "discard":
            room.tables.discard(room.desk, brought.id)
        else:
            room.kernel.officers.change(msgspec.structs.replace(room.desk, roles=frozenset({Role.AUDITOR})))
        await room.tables.settled(brought, 30)
        return brought

    for stop in ("discard", "role"):
        brought = asyncio.run(go(stop))
        assert brought.state is State.REFUSED
        assert 0 < brought.taken < 3_600
        assert brought.error is not None


