"""What changed since an officer was last here: records, and whatever the parts and rooms register as sources.

A source looks at its own tables and passes the gate like everything else; discreet arrangements are never among it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from latticework.kernel.errors import InvalidConfig
from latticework.kernel.ids import MemberId
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Officer

if TYPE_CHECKING:
    from latticework.workbench.bench import Workbench

MOST: Final = 200
"""Changes that one source is asked for; beyond it the page says «more than»."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One line of «what changed».

    Parameters
    ----------
    at_ms
        When, ms since 1970 UTC.
    member
        By whom.
    words
        What, in the language in use.
    path
        Where it is seen.
    label
        Of what the words betray; None when they betray nothing labeled.
    own
        Made by this member.
    state
        ``good``, ``bad`` or empty: how it is to be taken.
    """

    at_ms: int
    member: MemberId
    words: str
    path: str
    label: Label | None = None
    own: bool = False
    state: Literal["", "good", "bad"] = ""


Source = Callable[[Officer, int], list[Change]]
"""(officer, since, ms) to the changes after that time that the officer may see, newest first, at most :data:`MOST`."""


class News:
    """The changes of one node.

    Parameters
    ----------
    bench
        The node's workbench.
    """

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._sources: dict[str, Source] = {}

    def add_source(self, name: str, source: Source) -> None:
        """Register what else changes; a name that is taken is replaced only by the same part.

        Raises
        ------
        InvalidConfig
            When `name` is empty.
        """
        if not name:
            raise InvalidConfig("a source of changes has a name.")
        self._sources[name] = source

    def since(self, officer: Officer, since_ms: int) -> list[Change]:
        """Return what changed after `since_ms`, newest first, at most :data:`MOST`."""
        found = self._records(officer, since_ms)
        for source in self._sources.values():
            found += source(officer, since_ms)
        return sorted(found, key=lambda change: -change.at_ms)[:MOST]

    def _records(self, officer: Officer, since_ms: int) -> list[Change]:
        kernel = self._bench.kernel
        return [
            Change(at_ms=view.arrived_ms, member=view.member, words=view.title, path=f"/records/{view.id}",
                   label=view.label, own=view.own)
            for view in kernel.records(officer, limit=MOST).items if view.arrived_ms > since_ms
        ]
