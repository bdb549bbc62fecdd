"""Jobs: long work of this node, how far each is, what it found, and the way to stop it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from latticework.kernel.errors import JobNotDone
from latticework.kernel.policy.model import Purpose
from latticework.shell import job_words
from latticework.shell.api.jobs import file_response
from latticework.shell.language import _, ngettext
from latticework.shell.notices import told
from latticework.shell.render import show
from latticework.shell.viewer import SeenBy, Viewer
from latticework.workbench.jobs.limits import JobState
from latticework.workbench.jobs.model import JobRow, parse_job

AT_ONCE: Final = 200
LONGEST: Final = 300
_FIELDS: Final = 40


@get("/jobs", sync_to_thread=False)
def listing(viewer: SeenBy) -> Response[str]:
    """Show the jobs that the officer may see."""
    rows = viewer.bench.jobs.jobs(viewer.officer, limit=AT_ONCE)
    open_ = [row for row in rows if not row.state.over]
    return show(viewer, "jobs/list.html", title=_title(rows), labels=[row.label for row in rows],
                open=[_line(viewer, row) for row in open_], letters=viewer.zone.letters(viewer.now_ms),
                over=[_line(viewer, row) for row in rows if row.state.over])


def _title(rows: tuple[JobRow, ...]) -> str:
    running = sum(row.state is JobState.RUNNING for row in rows)
    waiting = sum(row.state is JobState.QUEUED for row in rows)
    if running and waiting:
        return ngettext("%(n)s job runs, %(waiting)s wait", "%(n)s jobs run, %(waiting)s wait", running,
                        waiting=waiting)
    if running:
        return ngettext("%(n)s job runs", "%(n)s jobs run", running)
    if waiting:
        return ngettext("%(n)s job waits for its turn", "%(n)s jobs wait for their turn", waiting)
    return _("No job runs")


def _line(viewer: Viewer, row: JobRow) -> dict[str, Any]:
    kind = viewer.bench.jobs.find_kind(row.kind)
    return {
        "row": row, "title": job_words.title_of(row, kind), "state": job_words.state_words(row),
        "shape": job_words.state_shape(row), "words": job_words.progress_words(row, kind),
        "quiet": job_words.quiet_words(row.use) if row.state is JobState.RUNNING else "",
    }


@get("/jobs/{job:str}", sync_to_thread=False)
def detail(viewer: SeenBy, job: FromPath[str]) -> Response[str]:
    """Show one job."""
    jobs = viewer.bench.jobs
    row = jobs.show(viewer.officer, parse_job(job))
    kind = jobs.find_kind(row.kind)
    try:
        value = jobs.result(viewer.officer, row.id)[0]
    except JobNotDone:
        value = None
    inputs = jobs.inputs(viewer.officer, row.id)
    return show(
        viewer, "jobs/detail.html", title=job_words.finding(row, kind, value), labels=[row.label],
        line=_line(viewer, row), row=row, found=job_words.result_words(value, kind) if value is not None else "",
        result=_fields(value), inputs=_fields(inputs), log=jobs.log(viewer.officer, row.id),
        may=viewer.may(kind.act if kind is not None else "publish"),
    )


def _fields(value: msgspec.Struct | None) -> list[tuple[str, str]]:
    """Return the fields of a struct as names and short texts."""
    if value is None:
        return []
    built = msgspec.to_builtins(value, str_keys=True)
    return [(name, _text(one)) for name, one in list(built.items())[:_FIELDS]]


def _text(value: object) -> str:
    if isinstance(value, str):
        text = value or "–"
    elif isinstance(value, list | tuple | dict) and len(value) > 3:
        text = ngettext("%(n)s entry", "%(n)s entries", len(value))
    else:
        text = msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


@post("/jobs/{job:str}/stop", status_code=303)
async def stop(viewer: SeenBy, job: FromPath[str]) -> Response[Any]:
    """Ask a job to stop with the best so far."""
    row = viewer.bench.jobs.cancel(viewer.officer, parse_job(job))
    words = _("It is asked to stop; the best so far is kept") if row.stopping else _("It was taken out of the queue")
    return told(viewer, Redirect(f"/jobs/{row.id}", status_code=303), words)


@post("/jobs/{job:str}/remove", status_code=303)
async def remove(viewer: SeenBy, job: FromPath[str]) -> Response[Any]:
    """Forget a job that is over."""
    viewer.bench.jobs.remove(viewer.officer, parse_job(job))
    return told(viewer, Redirect("/jobs", status_code=303), _("The job and its files were removed"))


@get("/jobs/{job:str}/result.json", sync_to_thread=False)
def result(viewer: SeenBy, job: FromPath[str]) -> Response[bytes]:
    """Hand out a result, or the best so far, as a file."""
    value, _whole = viewer.bench.jobs.result(viewer.officer, parse_job(job), Purpose.EXPORT)
    return Response(msgspec.json.format(msgspec.json.encode(value)), media_type="application/json",
                    headers={"content-disposition": f'attachment; filename="{job}.json"'})


@get("/jobs/{job:str}/files/{digest:str}", sync_to_thread=False)
def file(viewer: SeenBy, job: FromPath[str], digest: FromPath[str]) -> Response[Any]:
    """Hand out a file that a job left."""
    return file_response(viewer, job, digest)


ROUTES = (listing, detail, stop, remove, result, file)
