"""The lighthouse room on a node: its kind, and what it registers with each part of the workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latticework.kernel.records import Described, KindRegistry
from latticework.testing.lighthouse import briefs, jobs, measures, news, tables, tasks
from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel
    from latticework.kernel.policy.model import Officer
    from latticework.kernel.views import RecordView
    from latticework.workbench.bench import Workbench


def register_kinds(kinds: KindRegistry) -> None:
    """Register the room's kind."""
    kinds.register(LAMP, 1, Lamp, topic=TOPIC, describe=lambda lamp: Described(
        lamp.name, "lit" if lamp.burning else "dark", lamp.source or None, lamp.status or None))


def join(bench: Workbench) -> None:
    """Register what the room uses of the workbench."""
    measures.register(bench)
    news.register(bench)
    tasks.register(bench)
    briefs.register(bench)
    tables.register(bench)
    jobs.register(bench)


def lamps(kernel: Kernel, officer: Officer) -> tuple[tuple[RecordView, Lamp], ...]:
    """Return the latest state of each lamp that the officer may see, by name."""
    latest: dict[str, tuple[RecordView, Lamp]] = {}
    for view in kernel.records(officer, kind=LAMP, limit=500).items:
        if isinstance(view.body, Lamp):
            latest.setdefault(view.body.name, (view, view.body))
    return tuple(latest[name] for name in sorted(latest))
