"""One sentence to the officer after an act: carried over the redirect in a cookie, shown once as a toast."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import msgspec
from litestar import Response
from litestar.datastructures import Cookie

if TYPE_CHECKING:
    from latticework.shell.viewer import Viewer

_LONGEST: Final = 300

R = TypeVar("R", bound=Response[Any])


class Notice(NamedTuple):
    """What the toast says, its shape (``good``, ``bad``), and a link that may go with it."""

    words: str
    shape: str = "good"
    path: str = ""
    link: str = ""


def cookie_of(session_cookie: str) -> str:
    """Return the cookie's name, each node's own like that of the session."""
    return f"{session_cookie}-told"


def told(viewer: Viewer, response: R, words: str, *, shape: str = "good", path: str = "", link: str = "") -> R:
    """Let the next page show `words` once."""
    raw = msgspec.json.encode([words[:_LONGEST], shape, path, link])
    value = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    response.set_cookie(
        Cookie(key=cookie_of(viewer.frame.cookie), value=value, path="/", httponly=True, samesite="strict", max_age=60,
               secure=viewer.frame.settings.secure_cookies)
    )
    return response


def waiting_notice(cookies: Mapping[str, str], session_cookie: str) -> Notice | None:
    """Return the notice that an act left for this page, or None."""
    value = cookies.get(cookie_of(session_cookie))
    if not value or len(value) > 4 * _LONGEST:
        return None
    try:
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        words, shape, path, link = msgspec.json.decode(raw, type=tuple[str, str, str, str])
    except (ValueError, msgspec.MsgspecError):
        return None
    if shape not in {"good", "bad"} or (path and not path.startswith("/")) or path.startswith(("//", "/\\")):
        return None
    return Notice(words, shape, path, link)


def forget(viewer: Viewer, response: R) -> R:
    """Take the notice away after it was shown."""
    response.delete_cookie(cookie_of(viewer.frame.cookie), path="/")
    return response
