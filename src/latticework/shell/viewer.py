"""Who is looking, at which node, in which language: what every page and API handler gets as its first argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from jinja2 import Environment
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency

from latticework.kernel.core.authority import ACTS
from latticework.kernel.errors import NotFound, SignInRefused
from latticework.kernel.ids import RecordId
from latticework.kernel.policy.model import Officer
from latticework.kernel.policy.reading import READERS
from latticework.shell import language, preferences, security
from latticework.shell.notices import Notice, waiting_notice
from latticework.shell.preferences import Preferences
from latticework.shell.room import Room, Surface
from latticework.shell.settings import ShellSettings
from latticework.shell.times import Zone

if TYPE_CHECKING:
    from latticework.workbench.bench import Workbench


class OpenRoom(NamedTuple):
    """A room whose surface was loaded."""

    room: Room
    surface: Surface


class Frame:
    """What one running web application shares between requests.

    Parameters
    ----------
    bench
        The node's workbench, and with it the node's kernel.
    settings
        See :class:`ShellSettings`.
    rooms
        The rooms with pages.
    zone
        The member's own time zone.
    environment
        Jinja with the templates of the frame and the rooms.
    """

    def __init__(
        self, bench: Workbench, settings: ShellSettings, rooms: tuple[OpenRoom, ...], zone: Zone,
        environment: Environment,
    ) -> None:
        self.bench, self.kernel = bench, bench.kernel
        self.settings, self.rooms, self.zone = settings, rooms, zone
        self.environment = environment

    @property
    def own_name(self) -> str:
        """What the member calls itself in English; in other languages, and without, its name in Unicode."""
        spoken, chosen = language.language(), self.settings.name or ""
        return chosen if chosen and spoken == "en" else language.member_name(self.kernel.own, spoken, chosen)

    @property
    def cookie(self) -> str:
        """Name of the session cookie."""
        return security.cookie_name(self.kernel.own)


class Viewer:
    """One signed-in officer's request.

    Parameters
    ----------
    frame
        The application.
    officer
        Who is looking.
    csrf
        Token that forms of this session carry; empty for API tokens.
    preferences
        What the officer chose.
    path, notice
        Where the request goes, and what the act before it left to say.
    """

    def __init__(
        self, frame: Frame, officer: Officer, csrf: str, chosen: Preferences, *, path: str = "/",
        notice: Notice | None = None,
    ) -> None:
        self.frame, self.officer, self.csrf, self.preferences = frame, officer, csrf, chosen
        self.path, self.notice = path, notice
        self.kernel, self.bench, self.zone = frame.kernel, frame.bench, frame.zone
        self.now_ms = frame.kernel.clock.now_ms()

    def may(self, act: str) -> bool:
        """Say whether one of the officer's roles includes `act`; content is the gate's matter, not this."""
        return bool(self.officer.roles & ACTS[act])

    def keep_off_the_wall(self, record: RecordId) -> None:
        """Raise :class:`NotFound` for what belongs to a discreet arrangement, where a room full of people looks on."""
        if self.preferences.density == "projector" and record in self.kernel.discreet_records():
            raise NotFound("a projector never shows discreet arrangements; change the density first.")

    @property
    def reads_content(self) -> bool:
        """Whether the officer has a role that reads labeled content at all."""
        return bool(self.officer.roles & READERS)


SeenBy: TypeAlias = NamedDependency[Viewer]
"""The annotation of a handler's ``viewer``."""


def frame_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Frame:
    """Return the application's frame."""
    frame: Frame = connection.app.state["frame"]
    return frame


def credentials(connection: ASGIConnection[Any, Any, Any, Any]) -> tuple[str | None, str | None]:
    """Return (session token, API token) of a request; at most one is used, the API token first."""
    scheme, _sep, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return None, token.strip()
    return connection.cookies.get(frame_of(connection).cookie), None


def identify(connection: ASGIConnection[Any, Any, Any, Any]) -> Viewer:
    """Return the viewer of a request or WebSocket, and speak the viewer's language from here on.

    Raises
    ------
    SignInRefused
        Without a session or token that is accepted.
    """
    frame = frame_of(connection)
    session, token = credentials(connection)
    now = frame.kernel.clock.now_ms()
    if token is not None:
        officer = frame.kernel.officers.officer_for_token(token, now)
    elif session:
        officer = frame.kernel.officers.officer_for_session(session, now)
    else:
        raise SignInRefused("sign in first.")
    chosen = preferences.load(frame.kernel.store, officer.name, language=spoken_before(connection))
    language.speak(chosen.language)
    return Viewer(
        frame, officer, security.csrf_token(session) if session and token is None else "", chosen,
        path=connection.url.path, notice=waiting_notice(connection.cookies, frame.cookie),
    )


def spoken_before(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the language for somebody who has not chosen one: the browser's, or the node's."""
    header = connection.headers.get("accept-language", "")
    return language.negotiate(header, frame_of(connection).settings.language)


async def provide_viewer(request: Request[Any, Any, Any]) -> Viewer:
    """Identify the officer; for acts by cookie, also require the form token."""
    viewer = identify(request)
    if request.method not in security.SAFE_METHODS:
        session, token = credentials(request)
        if token is None and session is not None:
            security.refuse_other_sites(request)
            given = request.headers.get(security.CSRF_HEADER)
            if given is None and "form" in request.headers.get("content-type", ""):
                form = await request.form()
                given = form.get(security.CSRF_FIELD)
            security.check_form(session, given)
    return viewer
