"""The values of jobs: kinds and their limits, progress, outcomes, and the row that the store keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final, NewType

import msgspec

from latticework.kernel.errors import InvalidJob
from latticework.kernel.ids import OfficerId, Post, RecordId, Topic
from latticework.kernel.labels import Label
from latticework.workbench.jobs.limits import Failure, FileRef, JobState, Limits, Progress, Use

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel
    from latticework.kernel.policy.model import Officer

JobId = NewType("JobId", str)
"""20 hexadecimal digits: 12 of the time it was asked for (ms), 8 of chance; so ids sort by time."""

_NAME: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*\Z")
_ID: Final = re.compile(r"[0-9a-f]{20}\Z")


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What a job really starts from.

    Parameters
    ----------
    inputs
        Given to the job's function.
    labels
        Of everything that went into the inputs; their join is the job's label.
    topic
        The job's topic; None: the kind's.
    """

    inputs: msgspec.Struct
    labels: tuple[Label, ...] = ()
    topic: Topic | None = None


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
    """One job as the store keeps it.

    Parameters
    ----------
    officer, post
        Who started it; the sign-in name stays on this node.
    inputs
        msgpack of what its function gets.
    priority
        -1 (when nothing else waits), 0, or 1 (before others).
    progress, use
        As they were last kept.
    best, result
        Bytes of the best so far and of the result, where there is one; the files stand in the job's folder.
    failure
        Why it failed or was interrupted; what kept a done job's result from becoming a record.
    record
        The record that its result became.
    tries
        How often it was begun: once, and once more after each restart that it went on after.
    """

    id: JobId
    kind: str
    officer: OfficerId
    post: Post
    inputs: bytes
    label: Label
    topic: Topic
    seed: int
    priority: int
    limits: Limits
    state: JobState
    asked_ms: int
    begun_ms: int | None = None
    ended_ms: int | None = None
    stopping: bool = False
    progress: Progress = Progress()
    use: Use = Use()
    best: int | None = None
    result: int | None = None
    files: tuple[FileRef, ...] = ()
    failure: Failure | None = None
    record: RecordId | None = None
    tries: int = 0


class JobKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of long work that a room offers.

    Parameters
    ----------
    name
        Dotted lowercase words, the room first (``lighthouse.area``).
    title
        For people, in English; translated by the room's catalog.
    run
        ``module:function``, called as ``run(inputs, job)`` in a process of its own; it returns the result.
    inputs, result
        Struct types; both cross the process boundary as msgpack and are decoded strictly.
    topic
        Topic of the job, for the gate.
    act
        The act of ``kernel.core.authority.ACTS`` that an officer needs to start or stop it.
    limits
        What it may use unless the starter asks for less.
    prepare
        Called in the node with kernel, officer and what the officer gave: reads what the job needs through the gate
        and returns it with its labels. None: what was given is what runs.
    deliver
        Called in the node with kernel, officer, row and result when the job is done, or was stopped with a best
        result: publishes a record by the officer's authority and returns its id, or None.
    say
        Words for a progress, in the language in use; None: the progress's own.
    tell
        Words for a result, one sentence, in the language in use; None: the page shows its fields.
    resumes
        Whether it goes on after a restart of the node; its function then finds the best so far in ``job.before``.
    """

    name: str
    title: str
    run: str
    inputs: type[msgspec.Struct]
    result: type[msgspec.Struct]
    topic: Topic
    act: str = "publish"
    limits: Limits = Limits()
    prepare: Callable[[Kernel, Officer, msgspec.Struct], Prepared] | None = None
    deliver: Callable[[Kernel, Officer, JobRow, msgspec.Struct], RecordId | None] | None = None
    say: Callable[[Progress], str] | None = None
    tell: Callable[[msgspec.Struct], str] | None = None
    resumes: bool = False

    def __post_init__(self) -> None:
        if not _NAME.match(self.name) or len(self.name) > 60:
            raise InvalidJob(f"{self.name[:40]!r} is no name of a job kind; use dotted words such as room.area.")
        if self.run.count(":") != 1 or self.run.startswith("__main__"):
            raise InvalidJob(f"the job kind {self.name} names its function as module:function.")


class JobSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of the machine jobs may use.

    Parameters
    ----------
    at_once
        Jobs that run at the same time.
    waiting
        Jobs that may wait; one more is refused.
    quota_mib
        Results, files and logs of all jobs together, MiB; beyond it no job is started.
    """

    at_once: Annotated[int, msgspec.Meta(ge=1, le=256)] = 2
    waiting: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 200
    quota_mib: Annotated[int, msgspec.Meta(ge=1, le=16_777_216)] = 2048


def parse_job(text: str) -> JobId:
    """Return `text` as a job's id, or raise :class:`InvalidJob`."""
    if not _ID.match(text):
        raise InvalidJob(f"{text[:24]!r} is no job id; use its 20 hexadecimal digits.")
    return JobId(text)


def convert_inputs(kind: JobKind, given: object) -> msgspec.Struct:
    """Return `given` (builtins, as from JSON) as the inputs of `kind`.

    Raises
    ------
    InvalidJob
        With the place that is wrong.
    """
    try:
        return msgspec.convert(given, kind.inputs)
    except msgspec.ValidationError as error:
        raise InvalidJob(f"the inputs do not fit the job {kind.name}: {str(error).rstrip('.')}.") from None


def narrowed(limits: Limits, wanted: dict[str, float]) -> Limits:
    """Return `limits` with what the starter wants less of.

    Raises
    ------
    InvalidJob
        When a limit does not exist, or more is wanted than the kind allows.
    """
    allowed = msgspec.to_builtins(limits)
    for name, value in wanted.items():
        if name not in allowed or name == "keep_days" or not value <= allowed[name]:
            raise InvalidJob(f"the limit {name[:20]} is at most {allowed.get(name, 'none')} for this kind of job.")
    chosen = {name: type(allowed[name])(value) for name, value in wanted.items()}
    return msgspec.convert({**allowed, **chosen}, Limits)
