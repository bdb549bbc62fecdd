"""The job's own process: loads the room's function, calls it, and leaves its result. Everything here is confined."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import traceback
from pathlib import Path
from typing import Final, cast

import msgspec

from latticework.kernel.errors import InvalidJob, JobFailed, JobFilesFull, JobOutOfMemory, LatticeworkError
from latticework.workbench.jobs import wire
from latticework.workbench.jobs.context import JobContext
from latticework.workbench.jobs.limits import Limits

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_HERE: Final = "latticework/workbench/jobs/"


def run(spec: wire.Spec, inputs: bytes, say: int, stop: list[int]) -> int:
    """Run the function that `spec` names; return the exit code of the process.

    Parameters
    ----------
    spec
        See :class:`~latticework.workbench.jobs.wire.Spec`.
    inputs
        msgpack of the function's inputs.
    say
        Descriptor of the pipe to the warden.
    stop
        Gets an element when the node asks for a stop.
    """
    sys.stdout.reconfigure(line_buffering=True, errors="replace")  # type: ignore[union-attr]
    try:
        _work(spec, inputs, say, stop)
    except BaseException as error:  # noqa: BLE001 - whatever the room's code raises becomes one sentence
        said = _sentence(error)
        if not isinstance(error, LatticeworkError):
            traceback.print_exc()
        wire.write_all(say, wire.frame(wire.FAILED, msgspec.msgpack.encode([said.code, said.message[:1000]])))
        return 1
    return 0


def _work(spec: wire.Spec, inputs: bytes, say: int, stop: list[int]) -> None:
    limits = msgspec.convert(spec["limits"], Limits)
    for name in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        os.environ[f"{name}_NUM_THREADS"] = str(limits.workers)
    function = _resolve(spec["run"])
    given, type_ = _resolve(spec["inputs"]), cast("type[msgspec.Struct]", _resolve(spec["result"]))
    before = None
    if spec["resume"]:
        before = msgspec.msgpack.decode(Path(wire.BEST_FILE).read_bytes(), type=type_)
    job = JobContext[msgspec.Struct](say, stop, limits, int(spec["seed"]), before)
    if limits.workers > 1:
        for name in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
            os.environ[f"{name}_NUM_THREADS"] = "1"  # in its workers, which start later and inherit this
    result = function(msgspec.msgpack.decode(inputs, type=cast("type[msgspec.Struct]", given)), job)  # type: ignore[operator]
    if not isinstance(result, type_):
        raise InvalidJob(f"the job returned a {type(result).__name__}; its kind says {type_.__name__}.")
    job.finish(result)


def _resolve(target: str) -> object:
    module, _, name = target.partition(":")
    found: object = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _sentence(error: BaseException) -> LatticeworkError:
    if isinstance(error, LatticeworkError):
        return error
    if isinstance(error, MemoryError):
        return JobOutOfMemory("the job asked for more memory than it may have; give it more, or a smaller task.")
    if isinstance(error, OSError) and error.errno in _FULL:
        return JobFilesFull("the job could not write its files: the disk or the job's part of it is full.")
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _HERE not in f.filename.replace(os.sep, "/")]
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return JobFailed(f"the job stopped on an error of its own: {type(error).__name__}{place}; its log says more.")
