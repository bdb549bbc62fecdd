"""Attachments: files of any size that records name, in pieces, sealed for their recipients, refused where active."""

from __future__ import annotations

from latticework.kernel.records import Described, KindRegistry
from latticework.workbench.attachments.model import FILE, File, size_words


def register_kinds(kinds: KindRegistry) -> None:
    """Register the kind of the part."""
    kinds.register(FILE, 1, File, describe=lambda file: Described(
        file.name, f"{file.note} · {size_words(file.size)}" if file.note else size_words(file.size),
        file.source or None, file.status or None))
