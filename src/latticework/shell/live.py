"""Live notices: a WebSocket that tells open pages what kind of thing changed, never what.

Notices are gathered for a quarter of a second, so that a burst is one message. A notice about records is sent only when
the newest record that this officer may see is another one, and those about tasks and jobs
only when something changed that the officer may see: an arrival that is withheld from the officer stays unseen.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from typing import TYPE_CHECKING, Any, Final

import msgspec
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

from latticework.kernel.errors import LatticeworkError
from latticework.kernel.views import Change
from latticework.shell import security
from latticework.shell.viewer import Viewer, identify
from latticework.workbench.tasks.views import LISTS

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel

GATHER_S: Final = 0.25
SINCE_DIGITS: Final = 15
CHECK_S: Final = 30.0
"""A quiet connection is looked at this often, so that an ended session closes it."""


class Notices(msgspec.Struct, frozen=True):
    """What a page is told: the kinds of things that changed since the last message."""

    changed: list[str]


class Recent:
    """When each kind of thing changed last, so that a page is told what changed between its making and its listening.

    Parameters
    ----------
    kernel
        The node; it is listened to from now on.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._at_ms: dict[str, int] = {}
        kernel.subscribe(lambda change: self._at_ms.update({change.kind: kernel.clock.now_ms()}))

    def since(self, ms: int) -> set[str]:
        """Return the kinds that changed at `ms` (since 1970, UTC) or later."""
        return {kind for kind, at_ms in self._at_ms.items() if at_ms >= ms}


@websocket("/api/live")
async def live(socket: WebSocket[Any, Any, Any]) -> None:
    """Tell one open page what changed, until it closes or its session ends."""
    viewer = await admit(socket)
    if viewer is None:
        return
    since = _since(socket.query_params.get("since", ""))
    recent: Recent = socket.app.state["recent"]
    changed, wake = set[str](), asyncio.Event()
    loop = asyncio.get_running_loop()

    def note(change: Change) -> None:
        changed.add(change.kind)
        loop.call_soon_threadsafe(wake.set)

    end = viewer.kernel.subscribe(note)
    seen = {"record": _newest(viewer, before_ms=since), "task": _tasks(viewer),
            "job": _jobs(viewer) if since is None else None}
    if since is not None and (missed := recent.since(since)):
        changed |= missed
        wake.set()
    reader = loop.create_task(until_closed(socket))
    try:
        await _tell(socket, viewer, changed, wake, reader, seen)
    except WebSocketDisconnect:
        pass
    finally:
        end()
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect):
            await reader


async def admit(socket: WebSocket[Any, Any, Any]) -> Viewer | None:
    """Accept a connection and return who looks; close it and return None for other sites and without a session."""
    try:
        security.refuse_other_sites(socket)
        viewer = identify(socket)
    except LatticeworkError:
        await socket.accept()
        await socket.close(code=4401, reason="sign in first")
        return None
    await socket.accept()
    return viewer


async def until_closed(socket: WebSocket[Any, Any, Any]) -> None:
    """Read and forget what the page says; ends when it closes."""
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.receive_data(mode="text")


async def _tell(
    socket: WebSocket[Any, Any, Any], viewer: Viewer, changed: set[str], wake: asyncio.Event,
    reader: asyncio.Task[None], seen: dict[str, str | None],
) -> None:
    while not reader.done():
        waiting = asyncio.create_task(wake.wait())
        await asyncio.wait({waiting, reader}, timeout=CHECK_S, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if reader.done():
            return
        try:
            viewer = identify(socket)  # the officer may have lost a role or a clearance meanwhile
        except LatticeworkError:
            await socket.close(code=4401, reason="the session has ended")
            return
        if not wake.is_set():
            continue
        await asyncio.sleep(GATHER_S)
        wake.clear()
        kinds = sorted(changed)
        changed.clear()
        for kind, look in (("record", _newest), ("task", _tasks), ("job", _jobs)):
            if kind in kinds:
                now = look(viewer)
                if now == seen[kind]:
                    kinds.remove(kind)
                seen[kind] = now
        if kinds:
            await socket.send_text(msgspec.json.encode(Notices(kinds)).decode())


def _newest(viewer: Viewer, *, before_ms: int | None = None) -> str | None:
    """Return the newest record that the officer may see; None when it arrived at `before_ms` or later."""
    page = viewer.kernel.records(viewer.officer, limit=1)
    if not page.items or (before_ms is not None and page.items[0].arrived_ms >= before_ms):
        return None
    return page.items[0].id


def _tasks(viewer: Viewer) -> str:
    """Return a mark of the tasks that the officer sees listed and counted; another one when any of that changed."""
    tasks = viewer.bench.tasks
    shown = [(tasks.count(viewer.officer, name), tasks.page(viewer.officer, name).items) for name in LISTS]
    return hashlib.sha256(msgspec.msgpack.encode(shown)).hexdigest()


def _jobs(viewer: Viewer) -> str:
    """Return what is another one when a job changed that the officer may see."""
    return str(viewer.bench.jobs.mark(viewer.officer))


def _since(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= SINCE_DIGITS else None
