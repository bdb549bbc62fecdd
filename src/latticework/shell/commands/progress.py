"""A progress bar on the terminal for long work, on a node or here; on no terminal, nothing but the end is said."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    import msgspec

    from latticework.workbench.jobs.here import Outcome
    from latticework.workbench.jobs.limits import Limits, Progress, Use
    from latticework.workbench.jobs.model import JobKind


class Bar(Protocol):
    """What draws."""

    def __call__(self, share: float | None, words: str) -> None:
        """Show how far it is (0 to 1; None: not known) and words with a number."""
        ...


@contextmanager
def bar(title: str) -> Iterator[Bar]:
    """Draw a bar on standard error as long as the block lasts."""
    if not sys.stderr.isatty():
        yield lambda share, words: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
               TextColumn("{task.fields[words]}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task(title, total=None, words="")

        def show(share: float | None, words: str) -> None:
            drawn.update(task, total=None if share is None else 1.0, completed=share or 0.0, words=words)

        yield show


def run_with_bar(
    kind: JobKind, inputs: msgspec.Struct, *, seed: int | None = None, limits: Limits | None = None,
    folder: Path | None = None,
) -> Outcome:
    """Run one job here, without a node, with a bar; Ctrl-C stops it and keeps the best so far.

    Raises
    ------
    LatticeworkError
        The job's own error, when it failed and there is not even a best so far.
    """
    from latticework.shell.commands.client import error_with
    from latticework.workbench.jobs.here import run_here

    with bar(kind.title) as draw:

        def told(progress: Progress, use: Use) -> None:
            draw(progress.share, progress.words)

        ended = run_here(kind, inputs, progress=told, seed=seed, limits=limits, folder=folder)
    if ended.failure is not None and ended.value is None:
        raise error_with(ended.failure.code, ended.failure.sentence)
    return ended
