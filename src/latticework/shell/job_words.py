"""Words for jobs in the language in use: how far one is, how it stands, what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from latticework.shell import times
from latticework.shell.language import N_, _
from latticework.workbench.jobs.limits import JobState, Use

if TYPE_CHECKING:
    from latticework.workbench.jobs.model import JobKind, JobRow

QUIET_S: Final = 30.0
"""A job that has not said anything for so long is said to be quiet."""
SHAPES: Final[dict[JobState, str]] = {
    JobState.QUEUED: "idle", JobState.RUNNING: "claimed", JobState.DONE: "good", JobState.FAILED: "bad",
    JobState.CANCELED: "dropped", JobState.INTERRUPTED: "caution",
}
STATES: Final[dict[JobState, str]] = {
    JobState.QUEUED: N_("waits"), JobState.RUNNING: N_("runs"), JobState.DONE: N_("done"),
    JobState.FAILED: N_("failed"), JobState.CANCELED: N_("stopped"), JobState.INTERRUPTED: N_("interrupted"),
}


def title_of(row: JobRow, kind: JobKind | None) -> str:
    """Return what the job is, in words; the name of its kind when its room is not loaded any more."""
    return _(kind.title) if kind is not None else row.kind


def state_words(row: JobRow) -> str:
    """Return how it stands."""
    if row.state is JobState.RUNNING and row.stopping:
        return _("is stopping")
    return _(STATES[row.state])


def state_shape(row: JobRow) -> str:
    """Return the shape of its status."""
    return "caution" if row.state is JobState.RUNNING and quiet_words(row.use) else SHAPES[row.state]


def progress_words(row: JobRow, kind: JobKind | None) -> str:
    """Return how far it is, with a number: ``3.1 s, gap 1.2 %``."""
    if row.begun_ms is None:
        return ""
    words = kind.say(row.progress) if kind is not None and kind.say is not None else row.progress.words
    lasted = times.lasting(1000 * row.use.ran_s)
    return _("%(time)s, %(words)s", time=lasted, words=words) if words else lasted


def quiet_words(use: Use) -> str:
    """Return what its silence means, or nothing when it is not silent."""
    if use.quiet_s < QUIET_S:
        return ""
    lasted = times.lasting(1000 * use.quiet_s)
    if use.busy:
        return _("It has said nothing for %(time)s; it is computing.", time=lasted)
    return _("It has given no sign of life for %(time)s and uses no processor time.", time=lasted)


def result_words(value: msgspec.Struct, kind: JobKind | None) -> str:
    """Return a result in one sentence, or nothing when its kind has no words for it."""
    return kind.tell(value) if kind is not None and kind.tell is not None else ""


def finding(row: JobRow, kind: JobKind | None, value: msgspec.Struct | None) -> str:
    """Return the page's title: what was found, or how it stands."""
    what = title_of(row, kind)
    found = result_words(value, kind) if value is not None else ""
    share = row.progress.share
    if row.state is JobState.RUNNING and share is not None:
        return _("%(what)s: %(percent)s %% done", what=what, percent=f"{100 * share:.0f}")
    if row.state is JobState.DONE and found:
        return _("%(what)s: %(found)s", what=what, found=found)
    if found and row.state.over:
        return _("%(what)s, best so far: %(found)s", what=what, found=found)
    return _("%(what)s: %(state)s", what=what, state=state_words(row))
