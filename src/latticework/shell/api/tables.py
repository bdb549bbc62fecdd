"""Tables over the API: what may be brought, files and their findings, and taking the good rows."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from latticework.kernel.errors import LatticeworkError, NotFound
from latticework.kernel.labels.label import Label
from latticework.shell.api.responses import said
from latticework.shell.viewer import SeenBy
from latticework.workbench.tables.findings import Finding, Severity
from latticework.workbench.tables.report import cell
from latticework.workbench.tables.schema import Workbook
from latticework.workbench.tables.service import MAX_FILE, Brought
from latticework.workbench.tables.sniff import Reading
from latticework.workbench.tables.template import template, template_csv

WAIT_S = 20.0
"""Longest that one request waits for a file to be read."""


class ColumnOut(msgspec.Struct, frozen=True):
    """One column of a table.

    Parameters
    ----------
    sheet, name, heading
        Where it stands, its key in the rows, and its heading.
    type, unit
        What it holds.
    required
        Whether a row must fill it.
    example, description
        For people.
    """

    sheet: str
    name: str
    heading: str
    type: str
    unit: str
    required: bool
    example: str
    description: str


class SchemaOut(msgspec.Struct, frozen=True):
    """A table that a room takes.

    Parameters
    ----------
    name
        By which it is asked for.
    title, title_ja
        In words.
    columns
        What it may hold.
    """

    name: str
    title: str
    title_ja: str
    columns: tuple[ColumnOut, ...]


class FindingOut(msgspec.Struct, frozen=True):
    """One thing that was found in a file.

    Parameters
    ----------
    code, severity
        ``T-41``; ``error``, ``warning`` or ``note``.
    sheet, row, column, cell
        Where; row 0 and an empty cell where it is about no row.
    value
        What stands there, shortened.
    what, do
        What is wrong, and what to do.
    """

    code: str
    severity: str
    sheet: str
    row: int
    column: str
    cell: str
    value: str
    what: str
    do: str


class ImportOut(msgspec.Struct, frozen=True):
    """A file that was brought.

    Parameters
    ----------
    id, name, schema
        Its id, what it is called, and what it should hold.
    state
        ``reading``, ``checked``, ``taking``, ``taken`` or ``refused``.
    share, rows
        Progress: share of the file (0 to 1) and rows so far.
    good, bad, taken
        Rows that are right, wrong, and taken by the room.
    errors, warnings
        How many were found, kept or not.
    counts
        Findings by code.
    findings
        The first of them, errors first.
    error
        Why it was refused, or an empty text.
    """

    id: str
    name: str
    schema: str
    state: str
    share: float
    rows: int
    good: int
    bad: int
    taken: int
    errors: int
    warnings: int
    counts: dict[str, int]
    findings: tuple[FindingOut, ...]
    error: str


class TakeUnder(msgspec.Struct, frozen=True):
    """The label under which good rows become records.

    Parameters
    ----------
    label
        Without originators: this member's.
    """

    label: Label


def _schema(schema: Workbook) -> SchemaOut:
    return SchemaOut(schema.name, schema.title, schema.title_ja, tuple(
        ColumnOut(s.name, c.name, c.heading(), c.type.value, c.unit, c.required, c.example, c.description)
        for s in schema.sheets for c in s.columns))


def _finding(f: Finding) -> FindingOut:
    return FindingOut(f.code, f.severity.value, f.sheet, f.row, f.column, cell(f), f.value, f.what, f.do)


def _out(brought: Brought) -> ImportOut:
    error = brought.error
    words = ""
    if isinstance(error, Finding):
        words = f"{error.what} {error.do} ({error.code})"
    elif isinstance(error, LatticeworkError):
        words = str(error)
    found = brought.findings
    return ImportOut(
        brought.id, brought.name, brought.schema, brought.state.value, round(brought.share, 4), brought.rows,
        brought.good, brought.bad, brought.taken, found.count(Severity.ERROR), found.count(Severity.WARNING),
        dict(found.counts), tuple(_finding(f) for f in found.kept), words)


@get("/tables", sync_to_thread=False, **said("listTables", "tables"))
def list_tables(viewer: SeenBy) -> list[SchemaOut]:
    """List the tables that rooms of this node take."""
    return [_schema(r.schema) for r in viewer.bench.tables.schemas()]


@get("/tables/{schema:str}/template", sync_to_thread=True, media_type="application/octet-stream",
     **said("getTemplate", "tables"))
def get_template(
    viewer: SeenBy, schema: FromPath[str], kind: FromQuery[str] = "xlsx", sheet: FromQuery[str] = "",
    language: FromQuery[str] = "en", examples: FromQuery[bool] = False,
) -> Response[bytes]:
    """Return the template of a table: XLSX, or CSV of one of its sheets; in English or Japanese."""
    found = viewer.bench.tables.registered(schema).schema
    spoken = "ja" if language == "ja" else "en"
    if kind == "csv":
        wanted = next((s for s in found.sheets if s.name == (sheet or found.sheets[0].name)), None)
        if wanted is None:
            raise NotFound(f"the table {schema} has no sheet {sheet[:40]!r}; GET /tables lists them.")
        return Response(template_csv(wanted, language=spoken, examples=examples), media_type="text/csv")
    out = io.BytesIO()
    template(out, found, language=spoken, examples=examples)
    return Response(out.getvalue(), media_type="application/octet-stream")


async def _body(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    async for piece in request.stream():
        yield piece


@post("/imports", status_code=201, request_max_body_size=MAX_FILE + 1024, **said("bringFile", "tables"))
async def bring_file(
    request: Request[Any, Any, Any], viewer: SeenBy, schema: FromQuery[str], name: FromQuery[str] = "file",
    encoding: FromQuery[str] = "", separator: FromQuery[str] = "", decimal: FromQuery[str] = "",
    date_order: FromQuery[str] = "", wait: Annotated[float, QueryParameter(ge=0, le=WAIT_S)] = WAIT_S,
) -> ImportOut:
    """Bring a file: its bytes are the body of the request. It waits up to `wait` seconds for it to be read."""
    how = Reading(encoding=encoding, separator="\t" if separator == "tab" else separator, decimal=decimal,
                  date_order=date_order)
    brought = await viewer.bench.tables.bring(viewer.officer, schema, name, _body(request), how)
    await viewer.bench.tables.settled(brought, wait)
    return _out(brought)


@get("/imports", sync_to_thread=False, **said("listImports", "tables"))
def list_imports(viewer: SeenBy) -> list[ImportOut]:
    """List the officer's own files, newest first."""
    return [_out(b) for b in viewer.bench.tables.of(viewer.officer)]


@get("/imports/{id_:str}", **said("getImport", "tables"))
async def get_import(
    viewer: SeenBy, id_: FromPath[str], wait: Annotated[float, QueryParameter(ge=0, le=WAIT_S)] = 0.0,
) -> ImportOut:
    """Return one of the officer's files; while it is busy, wait up to `wait` seconds."""
    brought = viewer.bench.tables.find(viewer.officer, id_)
    await viewer.bench.tables.settled(brought, wait)
    return _out(brought)


@post("/imports/{id_:str}/take", status_code=202, **said("takeRows", "tables"))
async def take_rows(viewer: SeenBy, id_: FromPath[str], data: JSONBody[TakeUnder]) -> ImportOut:
    """Let the room take the good rows, as records under this label."""
    label = data.label
    if not label.originators:
        label = msgspec.structs.replace(label, originators=frozenset({viewer.kernel.own}))
    viewer.kernel.policy_of(label).validate(label)
    brought = viewer.bench.tables.begin_taking(viewer.officer, id_, label)
    await viewer.bench.tables.settled(brought, WAIT_S)
    return _out(brought)


@delete("/imports/{id_:str}", status_code=200, sync_to_thread=False, **said("discardImport", "tables"))
def discard_import(viewer: SeenBy, id_: FromPath[str]) -> ImportOut:
    """Stop what is going on with a file and remove it from the node."""
    brought = viewer.bench.tables.find(viewer.officer, id_)
    viewer.bench.tables.discard(viewer.officer, id_)
    return _out(brought)


ROUTES = (list_tables, get_template, bring_file, list_imports, get_import, take_rows, discard_import)
