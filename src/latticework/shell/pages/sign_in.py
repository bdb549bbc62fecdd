"""Sign-in and sign-out."""

from __future__ import annotations

from typing import Any, Final

from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from latticework.kernel.errors import SignInRefused
from latticework.shell import language, security
from latticework.shell.language import _
from latticework.shell.render import bare
from latticework.shell.settings import LANGUAGES
from latticework.shell.viewer import Frame, SeenBy, Viewer, credentials, frame_of, spoken_before

SESSION_S: Final = 12 * 3600
"""The cookie's life; the node ends the session itself after its own time."""
_NAME_LENGTH: Final = 64
_PASSWORD_LENGTH: Final = 1024


def safe_next(path: str) -> str:
    """Return `path` if it leads to a page of this node, else Overview: a link must not send people elsewhere."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if inside and "\\" not in path and not path.startswith("/sign-") else "/"


@get("/sign-in", sync_to_thread=False)
def sign_in_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Ask who is there."""
    chosen = request.query_params.get("language", "")
    language.speak(chosen if chosen in LANGUAGES else spoken_before(request))
    return _page(request, next_path=safe_next(request.query_params.get("next", "/")))


def _page(
    request: Request[Any, Any, Any], *, next_path: str, name: str = "", problem: str = "", status: int = 200
) -> Response[str]:
    title = _("Sign in to the node of %(member)s", member=frame_of(request).own_name)
    html = bare(request, None, "sign_in.html", title=title, next=next_path, name=name, problem=problem)
    return Response(html, status_code=status, media_type=MediaType.HTML)


@post("/sign-in", status_code=200)
async def sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Take a name and a password; set the session cookie and go on."""
    language.speak(spoken_before(request))
    security.refuse_other_sites(request)
    form = await request.form()
    name, password = str(form.get("name", ""))[:_NAME_LENGTH], str(form.get("password", ""))[:_PASSWORD_LENGTH]
    next_path = safe_next(str(form.get("next", "/")))
    frame = frame_of(request)
    try:
        token = frame.kernel.officers.sign_in(name, password, frame.kernel.clock.now_ms())
    except SignInRefused as error:
        from latticework.shell.sentences import say

        return _page(request, next_path=next_path, name=name, problem=say(error.message), status=401)
    return Redirect(next_path, status_code=303, cookies=[_cookie(frame, token)])


@post("/sign-out", status_code=303)
async def sign_out(request: Request[Any, Any, Any], viewer: SeenBy) -> Response[Any]:
    """End the session on the node and in the browser."""
    session, _token = credentials(request)
    if session:
        viewer.kernel.officers.sign_out(session)
    return signed_out(viewer)


def signed_out(viewer: Viewer) -> Response[Any]:
    """Return the way to the page Sign in, with the session's cookie taken back."""
    return Redirect("/sign-in", status_code=303, cookies=[_cookie(viewer.frame, "", max_age=0)])


def _cookie(frame: Frame, value: str, *, max_age: int = SESSION_S) -> Cookie:
    return Cookie(
        key=frame.cookie, value=value, max_age=max_age, path="/", httponly=True, samesite="strict",
        secure=frame.settings.secure_cookies,
    )


ROUTES = (sign_in_page, sign_in, sign_out)
