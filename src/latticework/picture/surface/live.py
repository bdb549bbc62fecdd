"""The live feed over a WebSocket: a legend in JSON, then binary frames of what is new to this officer.

``docs/reference/picture.md`` describes it for other clients.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

import msgspec
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

from latticework.kernel.errors import LatticeworkError
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Purpose
from latticework.picture.feed import FeedState
from latticework.picture.model import STREAM, TOPIC
from latticework.picture.surface.legend import make_legend
from latticework.shell.live import admit, until_closed
from latticework.shell.viewer import Viewer, identify

PACE_S: Final = 0.5
LEGEND_S: Final = 2.0
"""The gate's answers in the legend are at most this old."""
SESSION_S: Final = 15.0
"""A feed outlives its session by at most this long."""
SLOW_S: Final = 20.0
"""A browser that takes nothing for this long is dropped; it comes back when it can."""


@websocket("/api/v1/tracks/live")
async def live(socket: WebSocket[Any, Any, Any]) -> None:
    """Send one officer's tracks until the page closes or the session ends."""
    viewer = await admit(socket)
    if viewer is None:
        return
    reader = asyncio.get_running_loop().create_task(until_closed(socket))
    try:
        await _feed(socket, viewer, reader)
    except (WebSocketDisconnect, TimeoutError):
        pass
    finally:
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect):
            await reader


async def _feed(socket: WebSocket[Any, Any, Any], viewer: Viewer, reader: asyncio.Task[None]) -> None:
    state, loop = FeedState(), asyncio.get_running_loop()
    legend, legend_at, checked_at = b"", -LEGEND_S, loop.time()
    kernel = viewer.kernel

    def may_see(label: Label) -> bool:
        return kernel.gate(label, TOPIC, viewer.officer, Purpose.FEED).allowed

    while not reader.done():
        if loop.time() - checked_at >= SESSION_S:
            checked_at = loop.time()
            try:
                viewer = identify(socket)  # with it, tracks, radars and words follow what the officer may see
            except LatticeworkError:
                await socket.close(code=4401, reason="the session has ended")
                return
        views = kernel.stream(STREAM).latest(viewer.officer, purpose=Purpose.FEED)
        frames, grew = state.frames(views, kernel.clock.now_ms(), may_see)
        if grew or loop.time() - legend_at >= LEGEND_S:
            legend_at = loop.time()
            fresh = msgspec.json.encode(make_legend(viewer, state))
            if fresh != legend:
                legend = fresh
                await asyncio.wait_for(socket.send_text(fresh.decode()), SLOW_S)
        for frame in frames:
            await asyncio.wait_for(socket.send_bytes(frame), SLOW_S)
        await asyncio.wait({reader}, timeout=PACE_S)
