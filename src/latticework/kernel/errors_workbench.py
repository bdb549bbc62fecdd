"""The branches of the error tree for the parts of the workbench; :mod:`latticework.kernel.errors` draws it whole."""

from __future__ import annotations

from latticework.kernel.errors_root import LatticeworkError

__all__ = [
    "ActiveContent", "AttachmentError", "BriefError", "BriefTooLarge", "FontsMissing", "HeldElsewhere",
    "InvalidAttachment", "InvalidBrief", "InvalidChart", "InvalidJob", "InvalidMeasure", "InvalidPicture",
    "InvalidSearch", "InvalidTask", "JobCrashed", "JobError", "JobFailed", "JobFilesFull", "JobGarbled", "JobHung",
    "JobInterrupted", "JobNotDone", "JobOutOfMemory", "JobOutOfTime", "MeasureError", "NoResult", "NotHere",
    "OverQuota", "PictureError", "PressFailed", "ResultTooLarge", "SearchError", "SearchUnavailable", "TaskError",
    "TaskSettled", "TooManyJobs", "UnknownJob", "UnknownMeasure",
]


class JobError(LatticeworkError):
    """A job cannot be started, or did not come to its end."""

    code, http_status, exit_code = "LW-2000", 500, 10


class InvalidJob(JobError):
    """A job's inputs, limits or place in the queue break its kind's rules."""

    code, http_status, exit_code = "LW-2001", 400, 2


class UnknownJob(JobError):
    """There is no such job or kind of job here, or it may not be seen."""

    code, http_status, exit_code = "LW-2002", 404, 4


class JobFailed(JobError):
    """The work itself gave up."""

    code = "LW-2003"


class JobCrashed(JobError):
    """The process of a job ended by a signal."""

    code = "LW-2004"


class JobOutOfMemory(JobError):
    """A job's processes together took more memory than they may."""

    code = "LW-2005"


class JobOutOfTime(JobError):
    """A job was not done within its time."""

    code = "LW-2006"


class JobHung(JobError):
    """A job gave no sign of life and used no processor time."""

    code = "LW-2007"


class JobGarbled(JobError):
    """What a job's process said or left as its result is not what its kind says."""

    code = "LW-2008"


class ResultTooLarge(JobError):
    """A result is larger than its kind allows."""

    code = "LW-2009"


class NoResult(JobError):
    """A job's process ended well and left no result."""

    code = "LW-2010"


class JobFilesFull(JobError):
    """The disk, or a job's part of it, is full."""

    code, http_status = "LW-2011", 507


class JobInterrupted(JobError):
    """The node stopped while a job ran."""

    code = "LW-2012"


class JobNotDone(JobError):
    """A job is not in the state that the act needs."""

    code, http_status = "LW-2013", 409


class TooManyJobs(JobError):
    """Too many jobs wait already."""

    code, http_status = "LW-2014", 429


class BriefError(LatticeworkError):
    """A brief cannot be made."""

    code, http_status, exit_code = "LW-2500", 400, 2


class InvalidBrief(BriefError):
    """A brief's parts break its rules."""

    code = "LW-2501"


class InvalidPicture(BriefError):
    """A figure of a brief is no drawing that may be printed."""

    code = "LW-2502"


class BriefTooLarge(BriefError):
    """Setting a brief needs more time or memory than it may have."""

    code, http_status = "LW-2503", 413


class FontsMissing(BriefError):
    """The fonts for a brief's language are not installed."""

    code, http_status, exit_code = "LW-2504", 503, 9


class PressFailed(BriefError):
    """The typesetter failed in a way that is its own fault."""

    code, http_status, exit_code = "LW-2505", 500, 1


class TaskError(LatticeworkError):
    """A task cannot be asked, answered or handed over like this."""

    code, http_status, exit_code = "LW-2100", 400, 2


class InvalidTask(TaskError):
    """A request or what follows it breaks its rules."""

    code = "LW-2101"


class TaskSettled(TaskError):
    """The task is settled already; nothing more can be said about it."""

    code, http_status = "LW-2102", 409


class HeldElsewhere(TaskError):
    """The task is with another post, or another member asked it."""

    code, http_status, exit_code = "LW-2103", 403, 5


class AttachmentError(LatticeworkError):
    """An attachment cannot be taken or given."""

    code, http_status, exit_code = "LW-2300", 400, 2


class InvalidAttachment(AttachmentError):
    """A file's name, size or pieces break its rules."""

    code = "LW-2301"


class ActiveContent(AttachmentError):
    """A file acts when it is opened, or is of a type that is not taken."""

    code, http_status = "LW-2302", 422


class OverQuota(AttachmentError):
    """The file would take more room than its owner may have here."""

    code, http_status = "LW-2303", 413


class NotHere(AttachmentError):
    """The record is here and its file is not, or not whole."""

    code, http_status = "LW-2304", 409


class SearchError(LatticeworkError):
    """A search cannot be made."""

    code, http_status, exit_code = "LW-2400", 400, 2


class InvalidSearch(SearchError):
    """A search has no word to look for, or too many."""

    code = "LW-2401"


class SearchUnavailable(SearchError):
    """The index cannot be opened or made."""

    code, http_status, exit_code = "LW-2402", 503, 9


class MeasureError(LatticeworkError):
    """A measure cannot be computed, watched or released as asked."""

    code, http_status, exit_code = "LW-2600", 400, 2


class InvalidMeasure(MeasureError):
    """A measure's parameters, bound or value break its rules."""

    code = "LW-2601"


class UnknownMeasure(MeasureError):
    """No room of this node has that measure."""

    code, http_status, exit_code = "LW-2602", 404, 4


class PictureError(LatticeworkError):
    """A picture cannot be drawn as asked."""

    code, http_status, exit_code = "LW-2800", 400, 2


class InvalidChart(PictureError):
    """What a picture should show breaks its rules: no source, a bar that ends before it starts, a line to nowhere."""

    code = "LW-2801"
