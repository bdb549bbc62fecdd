"""The web application of one node: pages, API and live notices, for this member's own people."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from litestar import Litestar, MediaType, Response, Router, get
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.static_files import create_static_files_router

from latticework import __version__
from latticework.shell import api, language, morning, problems, waiting
from latticework.shell.live import Recent, live
from latticework.shell.marks import policies_css
from latticework.shell.pages import (
    approvals,
    arrangements,
    audit,
    briefs,
    files,
    inbox,
    jobs,
    law,
    law_forms,
    ledger,
    measures,
    officers,
    overview,
    peers,
    personal,
    records,
    sharing,
    sign_in,
    tables,
)
from latticework.shell.pages import writing as writing_pages
from latticework.shell.render import HERE, PICTURES, make_environment
from latticework.shell.room import Room, Surface, resolve
from latticework.shell.security import only_hosts, put_headers
from latticework.shell.settings import ShellSettings
from latticework.shell.times import zone_of
from latticework.shell.viewer import Frame, OpenRoom, provide_viewer

if TYPE_CHECKING:
    from latticework.workbench.bench import Workbench

MAX_REQUEST: Final = 2 * 1024 * 1024
STATIC_CACHE_S: Final = 3600
"""Addresses of static files carry a digest, so a new version is another address."""


def create_app(bench: Workbench, rooms: Iterable[Room], settings: ShellSettings | None = None) -> Litestar:
    """Return the web application of a node.

    Parameters
    ----------
    bench
        The node's workbench with its kernel; all methods of both are called in the thread of the application's loop.
    rooms
        Descriptors; the surface of each that has one is loaded here.
    settings
        See :class:`ShellSettings`.

    Raises
    ------
    InvalidConfig
        When a descriptor names a surface that does not exist.
    """
    settings = settings or ShellSettings()
    opened = tuple(OpenRoom(room, _surface(room)) for room in rooms if room.surface is not None)
    language.add_translations(s.translations for _, s in opened if s.translations is not None)
    kernel = bench.kernel
    frame = Frame(bench, settings, opened, zone_of(kernel.own, settings.zone), make_environment(opened))
    waiting.register(frame)
    morning.register(frame)
    return Litestar(
        route_handlers=[
            Router("/", route_handlers=_pages(), include_in_schema=False),
            Router("/", route_handlers=[h for _, s in opened for h in s.routes]),
            api.router(), live, policies, *_statics(opened),
        ],
        dependencies={"viewer": Provide(provide_viewer)},
        exception_handlers=problems.handlers(),
        middleware=[only_hosts(settings.hosts)],
        before_send=[put_headers],
        openapi_config=_openapi(),
        state=State({"frame": frame, "recent": Recent(kernel)}),
        request_max_body_size=MAX_REQUEST,
        signature_types=[],
        debug=False,
        logging_config=None,
    )


def _pages() -> list[Any]:
    modules = (
        sign_in,
        overview,
        inbox,
        records,
        sharing,
        writing_pages,
        files,
        arrangements,
        law_forms,
        law,
        approvals,
        ledger,
        audit,
        measures,
        jobs,
        briefs,
        tables,
        peers,
        officers,
        personal,
    )
    return [handler for module in modules for handler in module.ROUTES]


def _surface(room: Room) -> Surface:
    found: Surface = resolve(room.surface or "")
    return found


def _statics(rooms: tuple[OpenRoom, ...]) -> list[Router]:
    folders: list[tuple[str, Path]] = [("shell", HERE / "static"), ("pictures", PICTURES)]
    folders += [(r.room.name, r.surface.static) for r in rooms if r.surface.static is not None]
    return [
        create_static_files_router(f"/static/{name}", [folder], name=f"static-{name}",
                                   cache_control=CacheControlHeader(private=True, max_age=STATIC_CACHE_S),
                                   include_in_schema=False)
        for name, folder in folders
    ]


@get("/static/policies.css", sync_to_thread=False, include_in_schema=False)
def policies(state: State) -> Response[str]:
    """Return the colors that the loaded security policies name."""
    frame: Frame = state["frame"]
    return Response(policies_css(frame.kernel.policies), media_type=MediaType.CSS,
                    headers={"cache-control": f"private, max-age={STATIC_CACHE_S}"})


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="latticework", version=__version__, path="/api/schema",
        description="The API of one member's own node. Every answer has passed the gate for the officer who asks. "
                    "Failures are {code, message}; docs/reference/errors lists the codes.",
        use_handler_docstrings=True,
        render_plugins=[api.schema_plugin()],
    )
