"""The room's attachments: the files about a lamp, newest first, such as its chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latticework.kernel.ids import RecordId
    from latticework.kernel.policy.model import Officer
    from latticework.workbench.attachments.service import FileView
    from latticework.workbench.bench import Workbench


def charts(bench: Workbench, officer: Officer, lamp: RecordId) -> tuple[FileView, ...]:
    """Return the files about a lamp's record that are whole here and that the officer may see."""
    return tuple(f for f in bench.attachments.files(officer, about=lamp) if f.blob.state == "whole")
