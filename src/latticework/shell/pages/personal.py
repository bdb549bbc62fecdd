"""What belongs to the officer: preferences, API tokens, and the «go to» field."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from latticework.kernel.errors import InvalidConfig, InvalidId, InvalidPassword, NotFound, SignInRefused
from latticework.kernel.ids import parse_member, parse_record_id
from latticework.shell import language, preferences
from latticework.shell.forms import Form
from latticework.shell.frame import house, roles_words
from latticework.shell.language import _
from latticework.shell.notices import told
from latticework.shell.pages.sign_in import safe_next, signed_out
from latticework.shell.render import show
from latticework.shell.sentences import say
from latticework.shell.viewer import SeenBy, Viewer

TOKEN_DAYS: Final = 90


@get("/preferences", sync_to_thread=False)
def preferences_page(viewer: SeenBy) -> Response[str]:
    """Show what the officer chose, who the node takes them for, and their API tokens."""
    return _page(viewer)


def _page(viewer: Viewer, *, secret: str = "", form: Form | None = None, status: int = 200) -> Response[str]:
    title = _("%(post)s, %(roles)s", post=viewer.officer.post, roles=roles_words(viewer))
    return show(viewer, "preferences.html", title=title, tokens=viewer.kernel.officers.tokens(viewer.officer.name),
                secret=secret, form=form or Form({}), status=status, letters=viewer.zone.letters(viewer.now_ms))


@post("/preferences", status_code=303)
async def choose(request: Request[Any, Any, Any], viewer: SeenBy) -> Response[Any]:
    """Keep a choice of theme, language or density, and go back."""
    form = Form(dict(await request.form()))
    given = {name: form[name] for name in ("theme", "language", "density") if form[name]}
    try:
        wanted = msgspec.convert({**msgspec.to_builtins(viewer.preferences), **given}, preferences.Preferences)
    except msgspec.ValidationError:
        wanted = viewer.preferences
    preferences.save(viewer.kernel.store, viewer.officer.name, wanted)
    language.speak(wanted.language)
    return Redirect(safe_next(form.text("next", "/preferences")), status_code=303)


@post("/tokens", status_code=200)
async def make_token(request: Request[Any, Any, Any], viewer: SeenBy) -> Response[Any]:
    """Make an API token against the password and show it, once: a stolen token or session can make no others."""
    form = Form(dict(await request.form()))
    days = form.number("days", TOKEN_DAYS, 1, 365)
    title, secret = form["title"] or _("command line"), ""
    if form.ok:
        try:
            secret, _token = viewer.kernel.issue_token(viewer.officer, form.exactly("password"), title, days)
        except SignInRefused as error:
            form.wrong("password", say(error.message))
        except InvalidConfig as error:
            form.wrong("title", say(error.message))
    return _page(viewer, secret=secret, form=form, status=200 if form.ok else 400)


@post("/tokens/{token:str}/revoke", status_code=303)
async def revoke_token(viewer: SeenBy, token: FromPath[str]) -> Response[Any]:
    """End an API token."""
    viewer.kernel.officers.revoke_token(viewer.officer.name, token)
    return told(viewer, Redirect("/preferences", status_code=303), _("The token is ended"))


@post("/password", status_code=303)
async def change_password(request: Request[Any, Any, Any], viewer: SeenBy) -> Response[Any]:
    """Change the own password; every session ends, so the officer signs in again."""
    form = Form(dict(await request.form()))
    present, new = form.exactly("present"), form.exactly("new")
    if new != form.exactly("again"):
        form.wrong("again", _("The two passwords differ; type them again."))
    if form.ok:
        try:
            viewer.kernel.change_password(viewer.officer, present, new)
        except InvalidPassword as error:
            form.wrong("new", say(error.message))
        except SignInRefused as error:
            form.wrong("present", say(error.message))
    return signed_out(viewer) if form.ok else _page(viewer, form=form, status=400)


@post("/sessions/end", status_code=303)
async def end_sessions(viewer: SeenBy) -> Response[Any]:
    """End every session and API token of the officer, this session too."""
    viewer.kernel.end_sessions(viewer.officer)
    return signed_out(viewer)


@get("/go", sync_to_thread=False)
def go(viewer: SeenBy, q: FromQuery[str] = "") -> Response[Any]:
    """Go to what was typed: a record id, a member, a page, or a search."""
    return Redirect(_target(viewer, q.strip()[:200]), status_code=303)


def _target(viewer: Viewer, words: str) -> str:
    if not words:
        return "/records"
    compact = words.replace(" ", "").lower()
    try:
        return f"/records/{viewer.kernel.record(viewer.officer, parse_record_id(compact)).id}"
    except (InvalidId, NotFound):
        pass
    try:
        member = parse_member(words.upper())
    except InvalidId:
        member = None
    if member is not None and member in viewer.kernel.state().partners:
        return f"/peers/{member}"
    places = [("/", _("Overview")), *((n.path, _(n.title)) for n in house(viewer)), ("/records/new", _("New record")),
              ("/preferences", _("Preferences")),
              *((n.path, _(n.title)) for r in viewer.frame.rooms for n in r.surface.nav)]
    for path, title in places:
        if words.casefold() in {title.casefold(), path.strip("/")}:
            return path
    return f"/records?{urlencode({'q': words})}"


ROUTES = (preferences_page, choose, make_token, revoke_token, change_password, end_sessions, go)
