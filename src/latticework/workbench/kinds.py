"""The record kinds of the workbench's parts, registered with the kernel's own when a node is put together."""

from __future__ import annotations

from latticework.kernel.records import KindRegistry
from latticework.workbench import attachments, law, measures, tasks


def register(kinds: KindRegistry) -> None:
    """Register the kinds of every part."""
    attachments.register_kinds(kinds)
    measures.register_kinds(kinds)
    tasks.register_kinds(kinds)
    law.register_kinds(kinds)
