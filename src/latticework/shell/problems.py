"""Every failure becomes one sentence with a code: a page, a fragment, or JSON, by the table in ``kernel/errors.py``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from latticework.kernel.errors import (
    Flooded,
    InputError,
    LatticeworkError,
    NotFound,
    SignInRefused,
    StoreFull,
)
from latticework.shell import language
from latticework.shell.language import N_, _

if TYPE_CHECKING:
    from litestar.types import ExceptionHandlersMap

log = logging.getLogger("latticework.shell")


class Problem(msgspec.Struct, frozen=True):
    """What went wrong.

    Parameters
    ----------
    code
        Stable code (``LW-1003``); docs/reference/errors lists them.
    message
        One sentence or two: what happened, to what, what to do.
    """

    code: str
    message: str


_BY_STATUS: Final[dict[int, tuple[str, str]]] = {
    400: (InputError.code, N_("The request does not have the form that is expected here; correct it.")),
    404: (NotFound.code, N_("There is no page at this address; go on from Overview.")),
    405: (InputError.code, N_("This address does not take that kind of request.")),
    413: (InputError.code, N_("The request is too large; send less at once.")),
    429: (Flooded.code, N_("Too many requests; wait a minute and try again.")),
    507: (StoreFull.code, N_("The disk is full; nothing of the last act was kept. Make room and repeat it.")),
}
_UNEXPECTED: Final = N_(
    "Something failed that should not. Tell the administrator the code and the time; the log says what it was."
)

TITLES: Final[dict[str, str]] = {
    "LW-1003": N_("There is no such thing here, or you may not see it"),
    "LW-1210": N_("You are not signed in"),
    "LW-1211": N_("Your role does not include this act"),
    "LW-1212": N_("This act needs a second officer"),
    "LW-1302": N_("It was not released"),
    "LW-1601": N_("The disk is full"),
    "LW-1702": N_("Too many requests"),
}
"""Headlines of the failures that people meet most; the others say that the act was not done."""


def describe(error: Exception) -> tuple[int, Problem]:
    """Return the HTTP status and problem of any exception; unknown ones say nothing about their cause."""
    if isinstance(error, LatticeworkError):
        return error.http_status, Problem(error.code, error.message)
    if isinstance(error, HTTPException):
        status = error.status_code if error.status_code in _BY_STATUS or error.status_code >= 500 else 400
        code, words = _BY_STATUS.get(status, ("LW-1000", _UNEXPECTED))
        return error.status_code, Problem(code, _(words))
    return 500, Problem("LW-1000", _(_UNEXPECTED))


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer a request that failed in the form in which it was asked."""
    from latticework.shell.render import bare, fragment
    from latticework.shell.viewer import identify, spoken_before

    try:
        viewer = identify(request)
    except LatticeworkError:
        viewer = None
        language.speak(spoken_before(request))
    status, problem = describe(error)
    if status >= 500 and not isinstance(error, LatticeworkError | HTTPException):
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    if request.url.path.startswith("/api/"):
        return Response(problem, status_code=status, media_type=MediaType.JSON)
    if isinstance(error, SignInRefused) and viewer is None:
        path, query = request.url.path, request.url.query
        wanted = (f"{path}?{query}" if query else path) if request.method == "GET" and path != "/" else ""
        target = f"/sign-in?next={quote(wanted)}" if wanted else "/sign-in"
        if "hx-request" in request.headers:
            return Response("", headers={"hx-redirect": "/sign-in"}, media_type=MediaType.HTML)
        return Redirect(target)
    title = _(TITLES.get(problem.code, N_("This was not done")))
    if "hx-request" in request.headers:
        html = fragment(request, viewer, "problem_toast.html", title=title, problem=problem)
        return Response(html, status_code=status, media_type=MediaType.HTML,
                        headers={"hx-retarget": "#toasts", "hx-reswap": "beforeend", "hx-reselect": ".toast"})
    html = bare(request, viewer, "problem.html", title=title, problem=problem, status=status)
    return Response(html, status_code=status, media_type=MediaType.HTML)


def handlers() -> ExceptionHandlersMap:
    """Return the exception handlers of the application."""
    return {LatticeworkError: answer, HTTPException: answer, Exception: answer}
