"""The jobs of the tests as a room, so that a real node offers them."""

from __future__ import annotations

from tests.unit.workbench.jobs import work

from latticework.shell.room import Room
from latticework.workbench.bench import Workbench

ROOM = Room(name="tests", title="Tests", icon="picture", join=f"{__name__}:join")
NAMES = ("add", "patient", "hangs", "raises", "eats", "segfaults", "files", "floods", "leaves_children")


def join(bench: Workbench) -> None:
    """Register every kind."""
    for name in NAMES:
        bench.jobs.register(work.kind(name))
