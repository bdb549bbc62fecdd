"""Jobs over the API: kinds, start, how each stands, stop, result, log and files."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from latticework.kernel.ids import Post, RecordId, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Purpose
from latticework.shell import job_words
from latticework.shell.api.responses import said
from latticework.shell.language import _, language
from latticework.shell.viewer import SeenBy, Viewer
from latticework.workbench.jobs.limits import Failure, FileRef, JobState, Limits, Progress, Use
from latticework.workbench.jobs.model import JobId, JobRow, parse_job


class JobKindOut(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of job that the officer may start; `inputs` is the JSON schema of what it takes."""

    name: str
    title: str
    limits: Limits
    resumes: bool
    inputs: dict[str, Any]


class NewJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job to start.

    Parameters
    ----------
    kind, inputs
        See the kind's schema.
    labels
        Of what went into the inputs besides records that the kind reads itself; the job's label is the join of all.
    seed
        Of all chance in it; null: the node chooses one.
    priority
        -1, 0 or 1.
    limits
        Less than the kind allows, by name.
    """

    kind: str
    inputs: dict[str, Any] = {}
    labels: tuple[Label, ...] = ()
    seed: int | None = None
    priority: int = 0
    limits: dict[str, float] = {}


class JobOut(msgspec.Struct, frozen=True, kw_only=True):
    """How a job stands.

    Parameters
    ----------
    words
        How far it is, with a number; `quiet` says what its silence means, or nothing.
    share
        The part that is done, 0 to 1; null: not known.
    best
        Whether there is a best so far to be had, where there is no result.
    """

    id: JobId
    kind: str
    title: str
    post: Post
    state: JobState
    stopping: bool
    marking: str
    label: Label
    topic: Topic
    asked_ms: int
    begun_ms: int | None
    ended_ms: int | None
    words: str
    quiet: str
    share: float | None
    progress: Progress
    use: Use
    limits: Limits
    seed: int
    priority: int
    tries: int
    result: bool
    best: bool
    files: tuple[FileRef, ...]
    failure: Failure | None
    record: RecordId | None


class JobResult(msgspec.Struct, frozen=True, kw_only=True):
    """A job's result (`whole`), or its best so far; `words` says it in one sentence where its kind can."""

    whole: bool
    words: str
    value: dict[str, Any]


class JobLog(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a job's log."""

    text: str


@get("/job-kinds", sync_to_thread=False, **said("listJobKinds", "jobs"))
def list_kinds(viewer: SeenBy) -> list[JobKindOut]:
    """List the kinds of long work that the officer may start."""
    return [
        JobKindOut(name=kind.name, title=_(kind.title), limits=kind.limits, resumes=kind.resumes,
                   inputs=msgspec.json.schema(kind.inputs))
        for kind in viewer.bench.jobs.kinds(viewer.officer)
    ]


@get("/jobs", sync_to_thread=False, **said("listJobs", "jobs"))
def list_jobs(viewer: SeenBy, limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100) -> list[JobOut]:
    """List the jobs that the officer may see, newest first."""
    return [out(viewer, row) for row in viewer.bench.jobs.jobs(viewer.officer, limit=limit)]


@post("/jobs", status_code=201, sync_to_thread=False, **said("startJob", "jobs"))
def start_job(viewer: SeenBy, data: JSONBody[NewJob]) -> JobOut:
    """Ask for a job; it begins when it is its turn."""
    row = viewer.bench.jobs.start(viewer.officer, data.kind, data.inputs, labels=data.labels, seed=data.seed,
                                  priority=data.priority, limits=data.limits)
    return out(viewer, row)


@get("/jobs/{job:str}", sync_to_thread=False, **said("getJob", "jobs"))
def get_job(viewer: SeenBy, job: FromPath[str]) -> JobOut:
    """Return how one job stands."""
    return out(viewer, viewer.bench.jobs.show(viewer.officer, parse_job(job)))


@post("/jobs/{job:str}/cancel", status_code=202, sync_to_thread=False, **said("cancelJob", "jobs"))
def cancel_job(viewer: SeenBy, job: FromPath[str]) -> JobOut:
    """Ask a job to stop and keep the best so far; after its grace it is ended."""
    return out(viewer, viewer.bench.jobs.cancel(viewer.officer, parse_job(job)))


@get("/jobs/{job:str}/result", sync_to_thread=False, **said("getJobResult", "jobs"))
def get_result(viewer: SeenBy, job: FromPath[str]) -> JobResult:
    """Return a job's result, or the best so far."""
    row = viewer.bench.jobs.show(viewer.officer, parse_job(job))
    value, whole = viewer.bench.jobs.result(viewer.officer, row.id, Purpose.EXPORT)
    return JobResult(whole=whole, words=job_words.result_words(value, viewer.bench.jobs.find_kind(row.kind)),
                     value=msgspec.to_builtins(value, str_keys=True))


@get("/jobs/{job:str}/log", sync_to_thread=False, **said("getJobLog", "jobs"))
def get_log(viewer: SeenBy, job: FromPath[str]) -> JobLog:
    """Return the end of a job's log, at most 64 KiB."""
    return JobLog(text=viewer.bench.jobs.log(viewer.officer, parse_job(job)))


@get("/jobs/{job:str}/files/{digest:str}", sync_to_thread=False, media_type="application/octet-stream",
     **said("getJobFile", "jobs"))
def get_file(viewer: SeenBy, job: FromPath[str], digest: FromPath[str]) -> Response[Any]:
    """Return a file that a job left, by its SHA-256."""
    return file_response(viewer, job, digest)


@delete("/jobs/{job:str}", status_code=200, sync_to_thread=False, **said("removeJob", "jobs"))
def remove_job(viewer: SeenBy, job: FromPath[str]) -> JobOut:
    """Forget a job that is over, with its files; a record that came of it stays."""
    row = viewer.bench.jobs.show(viewer.officer, parse_job(job))
    viewer.bench.jobs.remove(viewer.officer, row.id)
    return out(viewer, row)


def file_response(viewer: Viewer, job: str, digest: str) -> Response[Any]:
    """Return a file for saving; never shown as a page, whatever is in it."""
    from litestar.response import File

    name, path = viewer.bench.jobs.file(viewer.officer, parse_job(job), digest)
    return File(path, filename=name, media_type="application/octet-stream", content_disposition_type="attachment")


def out(viewer: Viewer, row: JobRow) -> JobOut:
    """Return a job as the API gives it."""
    kind = viewer.bench.jobs.find_kind(row.kind)
    return JobOut(
        id=row.id, kind=row.kind, title=job_words.title_of(row, kind), post=row.post, state=row.state,
        stopping=row.stopping, marking=viewer.kernel.marking(row.label, language()), label=row.label, topic=row.topic,
        asked_ms=row.asked_ms, begun_ms=row.begun_ms, ended_ms=row.ended_ms, seed=row.seed, priority=row.priority,
        words=job_words.progress_words(row, kind), quiet=job_words.quiet_words(row.use), share=row.progress.share,
        progress=row.progress, use=row.use, limits=row.limits, tries=row.tries, result=row.result is not None,
        best=row.best is not None, files=row.files, failure=row.failure, record=row.record,
    )


ROUTES = (list_kinds, list_jobs, start_job, get_job, cancel_job, get_result, get_log, get_file, remove_job)
