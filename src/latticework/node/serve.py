"""Running a node in the foreground: the loop, the web server, and an orderly stop on SIGINT and SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path

import uvicorn
import uvloop

from latticework.kernel.transport.zenoh import ZenohTransport
from latticework.node.compose import Composed, compose
from latticework.node.process import Node, write_address
from latticework.shell.app import create_app
from latticework.shell.settings import ShellSettings

log = logging.getLogger("latticework.node")


class _Server(uvicorn.Server):
    """Uvicorn without signal handlers of its own: the node stops in its own order."""

    def install_signal_handlers(self) -> None:
        """Leave signals to the node."""


def run(home: Path, *, port: int | None = None, verbose: bool = False) -> None:
    """Run the node of `home` until SIGINT or SIGTERM.

    Raises
    ------
    LatticeworkError
        When the home cannot be used, a node already runs on it, or the web port is taken.
    """
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    composed = compose(home)
    try:
        uvloop.run(_run(composed, port))
    finally:
        composed.kernel.close()


async def _run(composed: Composed, port: int | None) -> None:
    kernel, web = composed.kernel, composed.settings.web
    node = Node(composed, ZenohTransport(kernel.own))
    app = create_app(kernel, composed.rooms, ShellSettings(name=kernel.identity.title, notice=composed.settings.notice))
    server = _Server(uvicorn.Config(
        app, host=web.host, port=port or web.port, log_level="warning", access_log=False, ws="websockets-sansio",
        timeout_graceful_shutdown=2, server_header=False))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await node.start()
    serving = loop.create_task(server.serve())
    stopping = loop.create_task(stop.wait())
    url = f"http://{web.host}:{port or web.port}"
    write_address(composed.home, url)
    print(f"{kernel.own} serves its own people at {url}", flush=True)
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await asyncio.gather(serving, return_exceptions=True)
    stopping.cancel()
    await node.stop()
