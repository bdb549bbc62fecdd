"""The auditor's view over the API."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from latticework.kernel.core.audit import AuditFilter, AuditLine
from latticework.kernel.ids import parse_member, parse_record_id
from latticework.shell.api.responses import said
from latticework.shell.pages.audit import exported
from latticework.shell.viewer import SeenBy


class AuditPage(msgspec.Struct, frozen=True):
    """Lines of the audit, newest first."""

    items: tuple[AuditLine, ...]
    next: str | None


def _filter(
    officer: str | None, act: str | None, record: str | None, to: str | None, from_ms: int | None, until_ms: int | None,
    *, refused: bool,
) -> AuditFilter:
    return AuditFilter(
        officer=officer, act=act, record=parse_record_id(record) if record else None,
        to=parse_member(to.upper()) if to else None, from_ms=from_ms, until_ms=until_ms, refused=refused)


@get("/audit", sync_to_thread=False, **said("listAudit", "audit"))
def list_audit(
    viewer: SeenBy, officer: FromQuery[str | None] = None, act: FromQuery[str | None] = None,
    record: FromQuery[str | None] = None, to: FromQuery[str | None] = None, from_ms: FromQuery[int | None] = None,
    until_ms: FromQuery[int | None] = None, refused: FromQuery[bool] = False, discreet: FromQuery[bool] = False,
    after: FromQuery[str | None] = None, limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> AuditPage:
    """List who decided, released, saw, exported and printed what; for auditors."""
    wanted = _filter(officer, act, record, to, from_ms, until_ms, refused=refused)
    page = viewer.kernel.audit(viewer.officer, wanted, after=after, limit=limit, discreet=discreet)
    return AuditPage(page.items, page.next)


@get("/audit/export", sync_to_thread=False, media_type="application/octet-stream", **said("exportAudit", "audit"))
def export_audit(
    viewer: SeenBy, officer: FromQuery[str | None] = None, act: FromQuery[str | None] = None,
    record: FromQuery[str | None] = None, to: FromQuery[str | None] = None, from_ms: FromQuery[int | None] = None,
    until_ms: FromQuery[int | None] = None, refused: FromQuery[bool] = False,
    format: Annotated[Literal["csv", "xlsx"], QueryParameter(description="What to make.")] = "csv",
) -> Response[bytes]:
    """Export the audit as CSV or XLSX; the export is noted itself."""
    return exported(viewer, _filter(officer, act, record, to, from_ms, until_ms, refused=refused), format)


ROUTES = (list_audit, export_audit)
