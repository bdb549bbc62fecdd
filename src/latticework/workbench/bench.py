"""The workbench of one node: its parts in one place, and the beat that keeps them going.

All methods run in the node's one thread. What takes long goes to a job or a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from latticework.kernel.core import Kernel
from latticework.kernel.errors import InvalidFile, StoreError
from latticework.workbench.attachments.service import Attachments
from latticework.workbench.briefs.desk import BriefDesk
from latticework.workbench.follow import Follower
from latticework.workbench.jobs.service import Jobs
from latticework.workbench.law.service import Law
from latticework.workbench.measures.service import Measures
from latticework.workbench.news import News
from latticework.workbench.search.service import Search
from latticework.workbench.tables.service import Tables
from latticework.workbench.tasks.service import Tasks

BEAT_S: Final = 1.0
"""Without anything new, each part is asked this often what is due."""


class Workbench:
    """The shared parts of one node.

    Parameters
    ----------
    kernel
        The node.
    folder
        Where parts keep files beside the database; made when the first is written.
    """

    def __init__(self, kernel: Kernel, folder: Path) -> None:
        self.kernel, self.folder = kernel, folder
        self._followers: list[Follower] = []
        self._steps: list[Callable[[int], None]] = []
        self._background: list[Callable[[], bool]] = []
        self.briefs = BriefDesk(self)
        self.law = Law(self)
        self.news = News(self)
        self.measures = Measures(self)
        self.tasks = Tasks(self)
        self.tables = Tables(self)
        self.search = Search(self)
        self.jobs = Jobs(kernel, folder / "jobs")
        self.attachments = Attachments(self)
        for part in (self.measures, self.tasks, self.tables, self.jobs, self.attachments):
            self.add_step(part.step)
        self.add_background(self.search.index_some)

    def follow(self, follower: Follower) -> None:
        """Let `follower` take what arrives, before every step."""
        self._followers.append(follower)

    def add_step(self, step: Callable[[int], None]) -> None:
        """Call `step` with the time (ms) at every beat and soon after each change: timers, queues, measures."""
        self._steps.append(step)

    def add_background(self, work: Callable[[], bool]) -> None:
        """Call `work` whenever the node has nothing better to do; it works a moment and says whether there is more."""
        self._background.append(work)

    def step(self) -> bool:
        """Let every part take what is new and do what is due; say whether a follower has more to take."""
        try:
            more = [follower.step() for follower in self._followers]
            for step in self._steps:
                step(self.kernel.clock.now_ms())
        except (StoreError, InvalidFile) as error:
            # The node's own disk: nothing was kept, and the next beat tries again.
            self.kernel.trouble(error)
            return False
        return any(more)

    async def run(self) -> None:
        """Step at every beat and after each change, as long as the node lives."""
        changed = asyncio.Event()
        end = self.kernel.subscribe(lambda change: changed.set())
        try:
            while True:
                changed.clear()
                more = self.step()
                for work in self._background:
                    more |= work()
                if more:
                    await asyncio.sleep(0)  # what is long is done in parts, and links go on in between
                    continue
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), BEAT_S)
        finally:
            end()
            self.jobs.close()
            self.search.close()
