"""What needs an answer and is no task: a recall, a signature, an approval, whatever a room registers. One list of all.

A source is asked for one officer and returns what needs that officer, already decided by the gate. Its words are in the
language in use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from latticework.kernel.ids import MemberId
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Officer


class Need(NamedTuple):
    """One thing that needs an officer.

    Parameters
    ----------
    due_ms
        Deadline, ms since 1970 UTC; None: none.
    sender
        Whom it comes from.
    what, detail
        Its kind and its subject, in words.
    label
        Its label, or None when it is no labeled content.
    act, path
        The act's name for the button, and where it is done.
    """

    due_ms: int | None
    sender: MemberId
    what: str
    detail: str
    label: Label | None
    act: str
    path: str


Source = Callable[[Officer], Iterable[Need]]


class Sources:
    """The sources of one node, by name."""

    def __init__(self) -> None:
        self._known: dict[str, Source] = {}

    def add(self, name: str, source: Source) -> None:
        """Register a source, instead of one of the same name; the frame and each room have their own names."""
        self._known[name] = source

    def needs(self, officer: Officer) -> list[Need]:
        """Return what needs `officer`, earliest deadline first."""
        found = [need for source in self._known.values() for need in source(officer)]
        return sorted(found, key=by_deadline)


def by_deadline(need: Need) -> tuple[bool, int, str]:
    """Return the key that puts the earliest deadline first and what has none last."""
    return need.due_ms is None, need.due_ms or 0, need.path
