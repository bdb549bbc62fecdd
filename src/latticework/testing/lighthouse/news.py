"""The room's news: lamps that went dark, which Overview shows as bad news beside their records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latticework.testing.lighthouse.model import LAMP, Lamp
from latticework.workbench.news import MOST, Change

if TYPE_CHECKING:
    from latticework.kernel.policy.model import Officer
    from latticework.workbench.bench import Workbench


def register(bench: Workbench) -> None:
    """Register the room's source of changes."""

    def dark(officer: Officer, since_ms: int) -> list[Change]:
        views = bench.kernel.records(officer, kind=LAMP, limit=MOST).items
        return [
            Change(at_ms=view.arrived_ms, member=view.member, words=f"{view.body.name} went dark", label=view.label,
                   path="/lighthouse", own=view.own, state="bad")
            for view in views if view.arrived_ms > since_ms and isinstance(view.body, Lamp) and not view.body.burning
        ]

    bench.news.add_source("lighthouse", dark)
