"""How a job ended, told from what its process left: one state, and one sentence with a code when it went wrong."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import stat
from pathlib import Path
from typing import Final

import msgspec

from latticework.kernel.errors import (
    JobCrashed,
    JobError,
    JobFilesFull,
    JobGarbled,
    JobHung,
    JobOutOfMemory,
    JobOutOfTime,
    NoResult,
    ResultTooLarge,
)
from latticework.workbench.jobs.limits import MIB, Failure, FileRef, JobState, Limits, Use

FILES_AT_MOST: Final = 1000


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a job's end.

    Parameters
    ----------
    why
        Why the warden ended it (``memory``, ``time``, ``hang``, ``files``, ``garbled``, ``cancel``); empty: it did not.
    signal, exit
        How its process ended.
    left
        Processes that it left behind and that were killed.
    ended
        Whether the warden said all this; False: the warden itself is gone.
    done, said, bad
        Whether the work said that it is done, why it gave up, and what is wrong with the result.
    """

    why: str = ""
    signal: int = 0
    exit: int = 0
    left: int = 0
    log: int = 0
    ended: bool = False
    done: bool = False
    said: Failure | None = None
    bad: Failure | None = None
    use: Use | None = None


def judge(ending: Ending, limits: Limits, result: int | None, best: int | None) -> tuple[JobState, Failure | None]:
    """Return the state that `ending` means, and why it is no better.

    Parameters
    ----------
    result, best
        Size of the result and of the best so far that can be read; None: there is none.
    """
    kept = " The best so far is kept." if best is not None else ""
    over: dict[str, JobError] = {
        "memory": JobOutOfMemory(f"the job took more than its {limits.memory_mib} MiB of memory and was stopped; "
                                 f"give it more, or a smaller task.{kept}"),
        "hang": JobHung(f"the job gave no sign of life for {limits.hang_s:.0f} s and used no processor time; "
                        f"it was stopped.{kept}"),
        "files": JobFilesFull(f"the job wrote more than its {limits.files_mib} MiB of files and was stopped.{kept}"),
        "garbled": JobGarbled(f"the job's process said something that is no message of a job; it was stopped.{kept}"),
        "time": JobOutOfTime(f"the job was not done in its {limits.time_s:g} s and was stopped.{kept}"),
    }
    if ending.why == "cancel":
        return JobState.CANCELED, None
    if ending.why in over and not (ending.why == "time" and ending.done and result is not None and not ending.signal):
        return _failed(over[ending.why])
    if ending.why == "time":  # it used its grace to return what it had
        return JobState.FAILED, Failure(code=JobOutOfTime.code, sentence=over["time"].message)
    if ending.said is not None:
        return JobState.FAILED, ending.said
    if not ending.ended:
        return _failed(JobCrashed(f"the process that watches the job ended; the job was ended with it.{kept}"))
    if ending.signal:
        return _failed(JobCrashed(f"the job's process ended by {_signal(ending.signal)}; its log may say more.{kept}"))
    if ending.bad:
        return JobState.FAILED, ending.bad
    if result is None or not ending.done:
        return _failed(NoResult(f"the job's process ended with code {ending.exit} and left no result.{kept}"))
    return JobState.DONE, None


def _failed(error: JobError) -> tuple[JobState, Failure]:
    return JobState.FAILED, Failure(code=error.code, sentence=error.message)


def _signal(number: int) -> str:
    try:
        return f"{signal.Signals(number).name} ({signal.strsignal(number) or number})".replace(" (core dumped)", "")
    except ValueError:
        return f"signal {number}"


def read_struct(path: Path, type_: type[msgspec.Struct], limit: int) -> tuple[msgspec.Struct, int]:
    """Return what a job left in `path`, decoded strictly, and its size in bytes.

    Raises
    ------
    FileNotFoundError
        When there is none.
    ResultTooLarge, JobGarbled
        When it is larger than `limit`, no plain file, or not what `type_` says.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError:
        raise JobGarbled("what the job left as its result is no plain file; it was refused.") from None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise JobGarbled("what the job left as its result is no plain file; it was refused.")
        if found.st_size > limit:
            raise ResultTooLarge(f"the result has {found.st_size / MIB:.1f} MiB and the limit is {limit // MIB} MiB; "
                                 "it was refused unread.")
        data = file.read(limit + 1)
    try:
        return msgspec.msgpack.decode(data, type=type_, strict=True), len(data)
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError):
        raise JobGarbled("what the job left as its result is not what its kind says; it was refused.") from None


def keep_files(folder: Path, into: Path) -> tuple[FileRef, ...]:
    """Move the plain files of `folder` to `into`, each under the SHA-256 of its bytes; links and folders are left."""
    kept: list[FileRef] = []
    with contextlib.suppress(OSError):
        names = sorted(os.listdir(folder))[:FILES_AT_MOST]
        for name in names:
            path = folder / name
            try:
                handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError:
                continue
            with os.fdopen(handle, "rb") as file:
                found = os.fstat(handle)
                if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                    continue
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            path.replace(into / digest)
            kept.append(FileRef(name=name[:80], size=found.st_size, digest=digest))
    return tuple(kept)
