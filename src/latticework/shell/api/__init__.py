"""The API under ``/api/v1``: what every page shows, as data, for the officer of a session or an API token.

Reading takes a session cookie or ``Authorization: Bearer TOKEN``; acting by cookie also takes the page's form token in
``x-csrf-token``. Failures are :class:`~latticework.shell.problems.Problem`.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Router
from litestar.openapi.plugins import JsonRenderPlugin

from latticework.shell.api import (
    arrangements,
    audit,
    briefs,
    files,
    jobs,
    law,
    measures,
    node,
    officers,
    records,
    tables,
    tasks,
    trust,
)

MODULES: Final = (
    records,
    files,
    tasks,
    arrangements,
    law,
    trust,
    officers,
    measures,
    briefs,
    tables,
    jobs,
    audit,
    node,
)


def router() -> Router:
    """Return every handler of the API."""
    handlers: list[Any] = [handler for module in MODULES for handler in module.ROUTES]
    return Router("/api/v1", route_handlers=handlers)


def schema_plugin() -> JsonRenderPlugin:
    """Return the plugin that serves ``/api/schema/openapi.json``; the others would load scripts from other hosts."""
    return JsonRenderPlugin(path="/openapi.json")
