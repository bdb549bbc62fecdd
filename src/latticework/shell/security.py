"""What protects the pages: headers on every response, the session cookie, and proof that a form is our own.

A form carries a token derived from the session, which no other site can read; an API call with a bearer token needs
none, because a browser never adds one by itself. Requests that say they come from another site are refused.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from latticework.kernel.errors import SignInRefused

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Final = {
    "content-security-policy": CSP,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "x-csrf-token"


async def put_headers(message: Message, scope: Scope) -> None:
    """Put the security headers on every answer, failures included; a labeled page stays in no cache."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("cache-control", "no-store")


def only_hosts(hosts: tuple[str, ...]) -> Callable[[ASGIApp], ASGIApp]:
    """Return the middleware that answers to the names in `hosts` alone.

    A page elsewhere could point its own name at this address (DNS rebinding) and would then count as the same origin.
    """
    allowed = frozenset(hosts)

    def around(app: ASGIApp) -> ASGIApp:
        async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == ScopeType.HTTP and _host_of(scope) not in allowed:
                await _refuse_host(send)
            else:
                await app(scope, receive, send)

        return middleware

    return around


def _host_of(scope: Scope) -> str:
    host = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"host"), "")
    return host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host


async def _refuse_host(send: Send) -> None:
    body = b'{"code":"LW-1009","message":"this node does not answer to that host name; see the setting hosts."}'
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def cookie_name(member: str) -> str:
    """Return the session cookie's name: each member's own, so that several nodes of one machine do not collide."""
    return f"latticework-{member.lower()}"


def csrf_token(session: str) -> str:
    """Return the token that a form of this session carries; it says nothing about the session."""
    return hashlib.blake2b(session.encode(), key=b"latticework form", digest_size=20).hexdigest()


def refuse_other_sites(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Raise when the browser says that another site made this request.

    Source: Fetch Metadata Request Headers, W3C Working Draft, section 2.3; browsers send ``Origin`` with every unsafe
    request and every WebSocket handshake.
    """
    site = connection.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        raise SignInRefused("another site made this request; open the page here and try again.")
    origin = connection.headers.get("origin")
    if origin not in {None, "null"} and origin is not None:
        host = origin.partition("://")[2]
        if host != connection.headers.get("host", ""):
            raise SignInRefused("another site made this request; open the page here and try again.")


def check_form(session: str, given: str | None) -> None:
    """Raise unless `given` is this session's form token."""
    if given is None or not hmac.compare_digest(given.encode(), csrf_token(session).encode()):
        raise SignInRefused("the form is not from this session; open the page again and repeat what you did.")
