"""Import: bring a file of rows, read what was found in it, and let the room take the good rows."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from latticework.kernel.errors import LatticeworkError, NotFound
from latticework.shell import finding_words, language
from latticework.shell.forms import Form, every_value
from latticework.shell.language import _, grouped, ngettext
from latticework.shell.notices import told
from latticework.shell.render import part, show
from latticework.shell.sentences import say
from latticework.shell.viewer import SeenBy, Viewer
from latticework.workbench.tables.encodings import ENCODINGS
from latticework.workbench.tables.export import Kind
from latticework.workbench.tables.findings import Severity
from latticework.workbench.tables.report import findings_out
from latticework.workbench.tables.schema import Workbook
from latticework.workbench.tables.service import MAX_FILE, Brought, State
from latticework.workbench.tables.sniff import Reading
from latticework.workbench.tables.template import described, heads, template, template_csv

PATIENCE_S: Final = 1.5
"""A small file is read before its page is first shown."""
TYPES: Final[dict[str, str]] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}
SHOWN: Final = 200
"""Findings on the page; the download has all that were kept."""


@get("/import", sync_to_thread=False)
def listing(viewer: SeenBy, schema: FromQuery[str] = "") -> Response[str]:
    """Show what can be brought, and the officer's files."""
    return _listing(viewer, Form({"schema": schema}))


def _listing(viewer: Viewer, form: Form, status: int = 200) -> Response[str]:
    known = viewer.bench.tables.schemas()
    mine = viewer.bench.tables.of(viewer.officer)
    title = (_("No room takes files here") if not known else
             ngettext("%(n)s kind of table is taken here", "%(n)s kinds of tables are taken here", len(known)))
    options = [(r.schema.name, _title(r.schema)) for r in known]
    return show(viewer, "tables/list.html", title=title, schema_options=options, status=status, form=form,
                mine=mine, schemas=[(r.schema.name, _title(r.schema), r) for r in known],
                encodings=[("", _("found out")), *ENCODINGS.items()],
        state_words=_state, bound=MAX_FILE >> 20)


def _title(schema: Workbook) -> str:
    return (language.language() == "ja" and schema.title_ja) or schema.title


def _state(brought: Brought) -> str:
    return {
        State.READING: _("being read"), State.CHECKED: _("checked"), State.TAKING: _("being taken"),
        State.TAKEN: _("taken"), State.REFUSED: _("not taken"),
    }[brought.state]


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(1 << 16):
        yield piece


@post("/import", status_code=303, request_max_body_size=MAX_FILE + (1 << 20))
async def bring(request: Request[Any, Any, Any], viewer: SeenBy) -> Response[Any]:
    """Keep a file and begin to read it."""
    sent = every_value(await request.form())
    file = sent.pop("file", None)
    form = Form(sent)
    if not isinstance(file, UploadFile) or not file.filename:
        form.wrong("file", _("Choose a file."))
        return _listing(viewer, form, 400)
    try:
        how = Reading(encoding=form["encoding"], separator={"tab": "\t"}.get(form["separator"], form["separator"]),
                      decimal=form["decimal"], date_order=form["date_order"])
        brought = await viewer.bench.tables.bring(viewer.officer, form["schema"], file.filename, _pieces(file), how)
    except LatticeworkError as error:
        form.wrong("file", say(error.message))
        return _listing(viewer, form, error.http_status)
    await viewer.bench.tables.settled(brought, PATIENCE_S)
    return Redirect(f"/import/{brought.id}", status_code=303)


def _shown(viewer: Viewer, brought: Brought, form: Form | None = None) -> dict[str, Any]:
    policy = viewer.kernel.policies[viewer.kernel.default_policy]
    cleared = dict(viewer.officer.clearance).get(policy.name, policy.lowest - 1)
    registered = viewer.bench.tables.registered(brought.schema)
    kept = brought.findings.kept
    return {
        "brought": brought, "registered": registered, "schema_title": _title(registered.schema),
        "title": _found(brought),
        "findings": [(f, *finding_words.words(f)) for f in kept[:SHOWN]], "kept": len(kept),
        "errors": brought.findings.count(Severity.ERROR), "warnings": brought.findings.count(Severity.WARNING),
        "refused": finding_words.refused(brought.error) if brought.error else "", "state_words": _state,
        "form": form or Form({}), "partners": viewer.kernel.state().partners, "policy": policy, "shown": SHOWN,
        "levels": [(n, policy.classification_name(n, language.language())) for n in policy.levels if n <= cleared],
    }


def _found(brought: Brought) -> str:
    if brought.state is State.READING:
        return _("%(name)s is being read", name=brought.name)
    if brought.state is State.REFUSED and not brought.taken:
        return _("%(name)s was not taken", name=brought.name)
    if brought.state in {State.TAKING, State.TAKEN, State.REFUSED}:
        return _("%(taken)s of %(good)s good rows are taken", taken=grouped(brought.taken), good=grouped(brought.good))
    if not brought.bad and not brought.findings.count(Severity.ERROR):
        return ngettext("The row is right", "All %(n)s rows are right", brought.good)
    return _("%(good)s of %(all)s rows are right", good=grouped(brought.good), all=grouped(brought.good + brought.bad))


@get("/import/{id_:str}", sync_to_thread=False)
def detail(request: Request[Any, Any, Any], viewer: SeenBy, id_: FromPath[str]) -> Response[str]:
    """Show what was found in a file; asked by the page itself, only the part that changes."""
    brought = viewer.bench.tables.find(viewer.officer, id_)
    values = _shown(viewer, brought)
    if request.headers.get("hx-request") and brought.busy:
        return part(viewer, "tables/progress.html", **values)
    if request.headers.get("hx-request"):
        return Response("", headers={"hx-refresh": "true"})
    return show(viewer, "tables/detail.html", **values)


@post("/import/{id_:str}/take", status_code=303)
async def take(request: Request[Any, Any, Any], viewer: SeenBy, id_: FromPath[str]) -> Response[Any]:
    """Give the good rows to the room, under the label that the form names."""
    tables = viewer.bench.tables
    brought = tables.find(viewer.officer, id_)
    form = Form(every_value(await request.form()))
    label = form.label(viewer.kernel)
    if label is None:
        return show(viewer, "tables/detail.html", status=400, **_shown(viewer, brought, form))
    tables.begin_taking(viewer.officer, id_, label)
    await tables.settled(brought, PATIENCE_S)
    page = Redirect(f"/import/{id_}", status_code=303)
    if brought.state is State.TAKEN:
        words = ngettext("%(n)s row is taken", "%(n)s rows are taken", brought.taken)
        return told(viewer, page, words)
    return page


@post("/import/{id_:str}/discard", status_code=303, sync_to_thread=False)
def discard(viewer: SeenBy, id_: FromPath[str]) -> Response[Any]:
    """Stop what is going on with a file and remove it."""
    viewer.bench.tables.discard(viewer.officer, id_)
    return told(viewer, Redirect("/import", status_code=303), _("Discarded: the file is removed from the node"))


@get("/import/{id_:str}/findings/{kind:str}", sync_to_thread=True)
def findings(viewer: SeenBy, id_: FromPath[str], kind: FromPath[str]) -> Response[bytes]:
    """Return the findings that were kept as a file, with the rows beside them while the file is there."""
    brought = viewer.bench.tables.find(viewer.officer, id_)
    source = brought.path if brought.path.exists() and brought.error is None else None
    out = io.BytesIO()
    titles = (_("Severity"), _("Code"), _("Sheet"), _("Row"), _("Column"), _("Cell"), _("Value"), _("What is wrong"),
              _("What to do"))
    findings_out(out, brought.findings.kept, _kind(kind), words=finding_words.words, heads=titles, source=source,
                 how=brought.how)
    return _file(out.getvalue(), kind, f"findings-{brought.name.rpartition('.')[0] or brought.name}.{kind}")


@get("/import/templates/{schema:str}", sync_to_thread=True)
def get_template(
    viewer: SeenBy, schema: FromPath[str], format: FromQuery[str] = "xlsx", sheet: FromQuery[str] = "",
    examples: FromQuery[bool] = False,
) -> Response[bytes]:
    """Return the template of a schema in the officer's language."""
    found = viewer.bench.tables.registered(schema).schema
    if _kind(format) == "csv":
        wanted = next((s for s in found.sheets if s.name == (sheet or found.sheets[0].name)), None)
        if wanted is None:
            raise NotFound("the schema has no such sheet.")
        data = template_csv(wanted, language=language.language(), examples=examples)
        return _file(data, "csv", f"{wanted.name}.csv")
    out = io.BytesIO()
    template(out, found, language=language.language(), examples=examples)
    return _file(out.getvalue(), "xlsx", f"{schema}.xlsx")


@get("/import/columns/{schema:str}", sync_to_thread=False)
def columns(viewer: SeenBy, schema: FromPath[str]) -> Response[str]:
    """Show what each column of a schema wants."""
    found = viewer.bench.tables.registered(schema).schema
    spoken = language.language() if language.language() in {"en", "ja"} else "en"
    rows = described(found, spoken)
    title = ngettext("%(n)s column is understood", "%(n)s columns are understood", len(rows))
    return show(viewer, "tables/columns.html", title=title, schema=found, schema_title=_title(found),
                heads=heads(spoken), rows=rows)


def _kind(given: str) -> Kind:
    if given == "csv":
        return "csv"
    if given == "xlsx":
        return "xlsx"
    raise NotFound("files are given as xlsx or csv.")


def _file(data: bytes, kind: str, name: str) -> Response[bytes]:
    return Response(data, media_type=TYPES[kind], headers={
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}", "cache-control": "no-store"})


ROUTES = (listing, bring, columns, get_template, detail, take, discard, findings)
