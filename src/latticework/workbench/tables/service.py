"""Tables on a node: the schemas that rooms have described, files that officers bring, and the way of their rows.

A file is put into the node's own folder and read in a thread, so that the loop goes on. What was found is shown to the
officer who brought it, and to nobody else. Taking the good rows is an act of its own: the file is read once more, and
the room gets the rows in pieces, with the label that the officer chose. Files leave with the day, and at once when
they were taken or discarded; a restart forgets them.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from latticework.kernel.core.authority import need
from latticework.kernel.errors import (
    InvalidTable,
    LatticeworkError,
    NotFound,
    NotPermitted,
    ReadingStopped,
    StoreFull,
    TableTooLarge,
    UnknownSchema,
)
from latticework.workbench.tables.check import Check, Row
from latticework.workbench.tables.findings import Finding, Findings, finding_of
from latticework.workbench.tables.schema import Workbook
from latticework.workbench.tables.sniff import Reading

if TYPE_CHECKING:
    from latticework.kernel.ids import OfficerId
    from latticework.kernel.labels.label import Label
    from latticework.kernel.policy.model import Officer
    from latticework.workbench.bench import Workbench

MAX_FILE: Final = 256 << 20
"""Bytes of one file."""
KEPT: Final = 8
"""Files of one officer at a time; the oldest that is done makes room."""
DAY_MS: Final = 86_400_000
PIECE: Final = 20
"""Rows that a room gets at once, so that the node's loop goes on in between."""
AT_ONCE: Final = 2
"""Files that are read at the same time."""


class Refusal(NamedTuple):
    """A row that the room does not take although it is right by its description: why, and what to do."""

    row: Row
    what: str
    do: str


Accept = Callable[["Officer", Sequence[Row], "Label"], Iterable[Refusal]]
"""What a room does with good rows: all of them but those that it returns. It runs in the node's thread."""


class Registered(NamedTuple):
    """A schema and what the room does with its rows."""

    schema: Workbook
    accept: Accept
    page: str


class State(Enum):
    """How far a file has come."""

    READING = "reading"
    CHECKED = "checked"
    TAKING = "taking"
    TAKEN = "taken"
    REFUSED = "refused"
    """It could not be read, or taking stopped; `error` says why."""


class Brought(msgspec.Struct, kw_only=True):
    """One file that an officer brought.

    Parameters
    ----------
    id
        For its address.
    owner
        The officer; nobody else sees it.
    name
        What the file is called.
    schema
        What it should hold.
    path
        Where it lies.
    how
        Encoding and so on, where they were named.
    brought_ms
        When.
    state, share, rows
        How far it has come: state, share of the file (0 to 1), rows so far.
    findings
        What was found.
    good, bad, taken
        Rows that are right, wrong, and taken by the room.
    error
        Why it was refused.
    """

    id: str
    owner: OfficerId
    name: str
    schema: str
    path: Path
    how: Reading
    brought_ms: int
    state: State = State.READING
    share: float = 0.0
    rows: int = 0
    findings: Findings = msgspec.field(default_factory=Findings)
    good: int = 0
    bad: int = 0
    taken: int = 0
    error: Finding | LatticeworkError | None = None
    stopped: bool = False

    @property
    def busy(self) -> bool:
        """Whether it is being read or taken."""
        return self.state in {State.READING, State.TAKING}


class Tables:
    """Schemas, and the files that are on their way in.

    Parameters
    ----------
    bench
        The node's workbench.
    """

    def __init__(self, bench: Workbench) -> None:
        self._kernel, self._folder = bench.kernel, bench.folder / "tables"
        self._schemas: dict[str, Registered] = {}
        self._brought: dict[str, Brought] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._turns: asyncio.Semaphore | None = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def register(self, schema: Workbook, accept: Accept, *, page: str = "") -> None:
        """Let officers bring files of `schema`; `page` is where their rows can be seen afterwards."""
        self._schemas[schema.name] = Registered(schema, accept, page)

    def schemas(self) -> tuple[Registered, ...]:
        """Return what was registered, by name."""
        return tuple(self._schemas[name] for name in sorted(self._schemas))

    def registered(self, name: str) -> Registered:
        """Return one schema, or raise :class:`UnknownSchema`."""
        if name not in self._schemas:
            raise UnknownSchema(f"no table {name[:60]!r} is described here; latticework tables schemas lists them.")
        return self._schemas[name]

    # ---- bringing ----------------------------------------------------------------------------------------------------

    async def bring(
        self, officer: Officer, schema: str, name: str, pieces: AsyncIterator[bytes], how: Reading,
    ) -> Brought:
        """Keep a file and begin to read it.

        Raises
        ------
        NotPermitted, UnknownSchema, TableTooLarge, StoreFull
            Nothing was kept.
        """
        need(officer, "publish")
        self.registered(schema)
        self._make_room(officer)
        id_ = self._kernel.entropy.token(12).hex()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / id_
        try:
            with path.open("xb") as file:
                size = 0
                async for piece in pieces:
                    size += len(piece)
                    if size > MAX_FILE:
                        raise TableTooLarge(f"{_called(name)} is larger than {MAX_FILE >> 20} MiB; split it.")
                    file.write(piece)
        except OSError:
            path.unlink(missing_ok=True)
            raise StoreFull("the disk has no room for the file; nothing was kept. Make room, then bring it again."
                            ) from None
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        brought = Brought(id=id_, owner=officer.name, name=_called(name), schema=schema, path=path, how=how,
                          brought_ms=self._kernel.clock.now_ms())
        self._brought[id_] = brought
        self._running[id_] = asyncio.create_task(self._read(brought))
        return brought

    async def settled(self, brought: Brought, seconds: float) -> None:
        """Wait until the file is no longer busy, but not longer than `seconds`."""
        running = self._running.get(brought.id)
        if running is not None:
            await asyncio.wait({running}, timeout=seconds)

    def of(self, officer: Officer) -> tuple[Brought, ...]:
        """Return the officer's files, newest first."""
        return tuple(sorted((b for b in self._brought.values() if b.owner == officer.name),
                            key=lambda b: (-b.brought_ms, b.id)))

    def find(self, officer: Officer, id_: str) -> Brought:
        """Return one of the officer's files, or raise :class:`NotFound`."""
        found = self._brought.get(id_)
        if found is None or found.owner != officer.name:
            raise NotFound("there is no such file here; it was taken, discarded, or a day has passed. Bring it again.")
        return found

    def discard(self, officer: Officer, id_: str) -> None:
        """Stop what is going on with a file and remove it."""
        self._drop(self.find(officer, id_))

    def step(self, now_ms: int) -> None:
        """Remove files that are older than a day."""
        for brought in list(self._brought.values()):
            if now_ms - brought.brought_ms > DAY_MS and not brought.busy:
                self._drop(brought)

    def _drop(self, brought: Brought) -> None:
        brought.stopped = True
        brought.path.unlink(missing_ok=True)
        self._brought.pop(brought.id, None)

    def _make_room(self, officer: Officer) -> None:
        mine = self.of(officer)
        if len(mine) >= KEPT:
            done = [b for b in mine if not b.busy]
            if not done:
                raise TableTooLarge(f"{KEPT} of your files are being read; wait for one, or discard it.")
            self._drop(done[-1])

    # ---- reading and taking ------------------------------------------------------------------------------------------

    async def _read(self, brought: Brought) -> None:
        if self._turns is None:
            self._turns = asyncio.Semaphore(AT_ONCE)
        async with self._turns:
            try:
                await asyncio.to_thread(self._check, brought)
                brought.state = State.CHECKED
            except LatticeworkError as error:
                brought.state, brought.error = State.REFUSED, finding_of(error) or error
        self._running.pop(brought.id, None)

    def _opened(self, brought: Brought, findings: Findings) -> Check:
        def progress(share: float, rows: int) -> None:
            brought.share, brought.rows = share, rows

        return Check(brought.path, self.registered(brought.schema).schema, brought.how, name=brought.name,
                     findings=findings, progress=progress, cancelled=lambda: brought.stopped)

    def _check(self, brought: Brought) -> None:
        with self._opened(brought, brought.findings) as check:
            for _row in check:
                pass
            brought.good, brought.bad = check.good, check.bad

    def begin_taking(self, officer: Officer, id_: str, label: Label) -> Brought:
        """Begin to give the good rows of a checked file to its room.

        Raises
        ------
        InvalidTable
            When there is no good row, or the file is not checked.
        """
        brought = self.find(officer, id_)
        need(officer, "publish")
        if brought.state is not State.CHECKED:
            raise InvalidTable(f"{brought.name} is {brought.state.value}; only a file that was checked can be taken.")
        if not brought.good:
            raise InvalidTable(f"{brought.name} has no row that is right; correct it and bring it again.")
        brought.state, brought.share, brought.rows = State.TAKING, 0.0, 0
        self._running[id_] = asyncio.create_task(self._take(officer, brought, label))
        return brought

    async def _take(self, officer: Officer, brought: Brought, label: Label) -> None:
        accept = self.registered(brought.schema).accept
        try:
            with await asyncio.to_thread(self._opened, brought, Findings(0, 0)) as check:
                rows = iter(check)
                while piece := await asyncio.to_thread(_next, rows):
                    if brought.stopped:
                        raise ReadingStopped(f"taking was stopped after {brought.taken:,} rows.")
                    if self._kernel.officers.find(officer.name) != officer:
                        raise NotPermitted("your roles or clearance changed while rows were taken; bring them anew.")
                    refused = list(accept(officer, piece, label))
                    brought.taken += len(piece) - len(refused)
                    for one in refused:
                        brought.findings.add("T-64", sheet=one.row.sheet, row=one.row.number,
                                             values={"what": one.what, "do": one.do})
                    await asyncio.sleep(0)
            brought.state = State.TAKEN
        except LatticeworkError as error:
            brought.state, brought.error = State.REFUSED, finding_of(error) or error
        brought.path.unlink(missing_ok=True)
        self._running.pop(brought.id, None)


def _next(rows: Iterator[Row]) -> list[Row]:
    return list(islice(rows, PIECE))


def _called(name: str) -> str:
    """Return the name of a file as it is shown: no folders, nothing that cannot be seen."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable())[:120] or "file"
