"""The press: a child process that draws one brief in one format, within a bound of time and memory.

It runs apart from the node, so that a long table or a hostile drawing never holds up anything else. The PDF is set by
Typst: it reads the template and the fonts of this package and the layout it is given, and nothing else; it opens no
connection, because the template imports no package; and what stands in a layout is data to it, never markup.

Run as a module, it takes an :class:`Order` on standard input and writes the document to standard output; a failure is
one JSON line on standard error, and exit code 3.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Final, Literal

import msgspec

from latticework.kernel.errors import BriefTooLarge, FontsMissing, InvalidBrief, InvalidPicture, PressFailed
from latticework.workbench.briefs import fonts
from latticework.workbench.briefs.marks import Markings
from latticework.workbench.briefs.model import Brief

log = logging.getLogger("latticework.workbench.briefs")

Format = Literal["html", "part", "pdf", "docx"]
"""``part`` is the HTML without its page, for a page that has its own frame."""

TIME_LIMIT_S: Final = 60
MEMORY_LIMIT: Final = 2 * 1024**3
_REFUSED: Final = 3


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the press is to draw.

    Parameters
    ----------
    brief
        Gated for its officer.
    markings
        Of its labels, in its language.
    note
        For whom it was made; stands on the first sheet.
    """

    brief: Brief
    markings: Markings
    note: str = ""


class _Sheet(msgspec.Struct, frozen=True, kw_only=True):
    order: Order
    form: Format


class _Failure(msgspec.Struct, frozen=True):
    code: str
    message: str


def draw(
    order: Order, form: Format, *, time_limit_s: int = TIME_LIMIT_S, memory_limit: int = MEMORY_LIMIT
) -> bytes:
    """Return a brief as a file of one format. The same order gives the same bytes on each machine.

    PDF is PDF/A-2a and PDF/UA-1. It blocks until the press is done: call it in a thread.

    Raises
    ------
    InvalidBrief, InvalidPicture
        When the brief or one of its figures cannot be drawn as it is; one sentence says why.
    BriefTooLarge
        When it needs more time or memory than it may have.
    FontsMissing
        When it is a Japanese PDF and its fonts are not installed.
    PressFailed
        When the typesetter refuses it for a reason of its own.
    """
    if form == "pdf" and order.brief.language == "ja" and not fonts.has_japanese():
        raise FontsMissing("the Japanese fonts of printed briefs are not installed; run make setup with a network, "
                           "or take the brief as HTML or DOCX.")
    command = [sys.executable, "-P", "-m", "latticework.workbench.briefs.press", str(time_limit_s), str(memory_limit)]
    # It names no home, no proxy and no cache, so that there is nothing to read or to reach.
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "LANG": "C.UTF-8",
                   "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        sheet = msgspec.msgpack.encode(_Sheet(order=order, form=form))
    except UnicodeEncodeError:
        raise InvalidBrief("a text of the brief is no Unicode: it holds half of a surrogate pair; correct where it "
                           "comes from.") from None
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter with fixed words
            command, input=sheet, capture_output=True, timeout=time_limit_s + 5, check=False, env=environment,
            cwd=Path(__file__).parent,
        )
    except subprocess.TimeoutExpired:
        raise _too_large(time_limit_s, memory_limit) from None
    if done.returncode == 0:
        return done.stdout
    if done.returncode == _REFUSED:
        failure = msgspec.json.decode(done.stderr.splitlines()[-1], type=_Failure)
        for cls in (InvalidBrief, InvalidPicture, PressFailed):
            if cls.code == failure.code:
                raise cls(failure.message)
        log.error("the press failed at %s", failure.message)
        raise PressFailed("the press failed on this brief; the node's log says where. Report this.")
    if done.returncode == 1:
        log.error("the press could not begin; it ended with 1.")
        raise PressFailed("the press cannot begin; set the node up anew.")
    # A signal, or an abort for want of memory.
    raise _too_large(time_limit_s, memory_limit)


def _too_large(time_limit_s: int, memory_limit: int) -> BriefTooLarge:
    return BriefTooLarge(f"setting this brief needs more than {time_limit_s} s or {memory_limit // 1024**2:,} MiB; "
                         "split it, or shorten its tables and figures.")


# ---- the child ------------------------------------------------------------------------------------------------------

def _draw(sheet: _Sheet) -> bytes:
    from latticework.workbench.briefs.layout import lay_out

    layout = lay_out(sheet.order.brief, sheet.order.markings, sheet.order.note)
    if sheet.form == "pdf":
        from latticework.workbench.briefs.pdf import set_pdf

        return set_pdf(layout)
    if sheet.form == "docx":
        from latticework.workbench.briefs.docx import write_docx

        return write_docx(layout)
    from latticework.workbench.briefs.html import write_html

    return write_html(layout, whole=sheet.form == "html")


def _child(time_limit_s: int, memory_limit: int) -> int:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (time_limit_s, time_limit_s))
    resource.setrlimit(resource.RLIMIT_AS, (memory_limit, memory_limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # standard output is a pipe; no file is written
    try:
        made = _draw(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=_Sheet))
    except MemoryError:
        os.abort()
    except Exception as error:  # noqa: BLE001 - the parent has to say something about each
        failure = _Failure("", _place(error))
        if isinstance(error, InvalidBrief | InvalidPicture | PressFailed):
            failure = _Failure(error.code, error.message)
        sys.stderr.buffer.write(msgspec.json.encode(failure) + b"\n")
        return _REFUSED
    sys.stdout.buffer.write(made)
    return 0


def _place(error: Exception) -> str:
    """Return where an error was raised, and its kind; never its words, which may be withheld content."""
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    places = ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return f"{places} ({type(error).__name__})"


if __name__ == "__main__":
    raise SystemExit(_child(int(sys.argv[1]), int(sys.argv[2])))
