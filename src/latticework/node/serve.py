"""Running a node in the foreground: the loop, the web server, and an orderly stop on SIGINT and SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
import uvloop

from latticework.kernel.errors import InvalidConfig, ListenFailed
from latticework.node.compose import Composed, compose
from latticework.node.process import Node, write_address
from latticework.shell.settings import ShellSettings

log = logging.getLogger("latticework.node")


class _Server(uvicorn.Server):
    """Uvicorn without signal handlers of its own: the node stops in its own order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the node."""
        yield


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
        # Before anything is said to partners: a node whose own people cannot reach it does not run.
        with listen(composed.settings.web.host, port or composed.settings.web.port) as web:
            uvloop.run(_run(composed, web))
    finally:
        composed.kernel.close()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens for the member's own people.

    Raises
    ------
    InvalidConfig
        When `host` is no address of this machine.
    ListenFailed
        When the port cannot be opened.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except socket.gaierror:
        raise InvalidConfig(f"web.host {host[:60]!r} in node.toml is no address of this machine.") from None
    except OverflowError:
        raise InvalidConfig(f"{port} is no port; choose one from 1 to 65535.") from None
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise ListenFailed(
            f"the web port {port} on {host} cannot be opened: {why}; stop what uses it, or choose another with --port."
        ) from None


def shell_settings(composed: Composed) -> ShellSettings:
    """Return what the pages must know of the node's settings."""
    web = composed.settings.web
    return ShellSettings(
        name=composed.kernel.identity.title, notice=composed.settings.notice, zone=web.zone or None,
        language=web.language, hosts=(*ShellSettings().hosts, *web.hosts), secure_cookies=web.secure_cookies,
        endpoint_for=composed.endpoint_for)


async def _run(composed: Composed, web: socket.socket) -> None:
    # Heavy; a home that cannot be used is refused without them.
    from latticework.kernel.transport.zenoh import ZenohTransport
    from latticework.shell.app import create_app

    kernel, port = composed.kernel, int(web.getsockname()[1])
    node = Node(composed, ZenohTransport(kernel.own))
    app = create_app(composed.bench, composed.rooms, shell_settings(composed))
    server = _Server(uvicorn.Config(
        app, log_level="warning", access_log=False, ws="websockets-sansio", timeout_graceful_shutdown=2,
        server_header=False))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        await node.start()
        serving = loop.create_task(server.serve(sockets=[web]))
        stopping = loop.create_task(stop.wait())
        host = composed.settings.web.host
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        write_address(composed.home, url)
        print(f"{kernel.own} serves its own people at {url}", flush=True)
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await asyncio.gather(serving, return_exceptions=True)
        stopping.cancel()
    finally:
        await node.stop()
