"""Which role may do which act. The gate decides about content; this decides about acts."""

from __future__ import annotations

from typing import Final

from latticework.kernel.errors import NotPermitted, SecondOfficerNeeded
from latticework.kernel.policy.model import Officer, Role

ACTS: Final[dict[str, frozenset[Role]]] = {
    "publish": frozenset({Role.AUTHOR, Role.RELEASER}),
    "release": frozenset({Role.RELEASER}),
    "consent": frozenset({Role.RELEASER}),
    "recall": frozenset({Role.RELEASER, Role.AUTHOR}),
    "explain": frozenset({Role.AUTHOR, Role.RELEASER}),
    "trust": frozenset({Role.ADMINISTRATOR, Role.RELEASER}),
    "arrangement": frozenset({Role.RELEASER, Role.ADMINISTRATOR}),
    "override": frozenset({Role.RELEASER, Role.ADMINISTRATOR}),
    "ledger": frozenset({Role.AUDITOR, Role.RELEASER, Role.ADMINISTRATOR}),
    "alarms": frozenset(Role),
    "peers": frozenset(Role),
    "arrangements": frozenset(Role),
    "record.publish": frozenset({Role.AUTHOR, Role.RELEASER}),
    "record.publish.second": frozenset({Role.RELEASER}),
    "tighten": frozenset({Role.RELEASER}),
    "audit": frozenset({Role.AUDITOR}),
    "task.ask": frozenset({Role.AUTHOR, Role.RELEASER}),
    "task.answer": frozenset({Role.AUTHOR, Role.RELEASER}),
    "officers": frozenset({Role.ADMINISTRATOR}),
    "officers.second": frozenset({Role.RELEASER, Role.ADMINISTRATOR, Role.AUDITOR}),
}
"""An act and the roles of which an officer needs at least one."""


def need(officer: Officer, act: str) -> None:
    """Raise :class:`NotPermitted` unless one of the officer's roles includes `act`."""
    if not officer.roles & ACTS[act]:
        roles = " or ".join(sorted(r.value for r in ACTS[act]))
        raise NotPermitted(f"{officer.post} may not do this; it needs the role {roles}.")


def need_two(first: Officer, second: Officer, act: str, *, by_second: str | None = None) -> None:
    """Raise unless two different officers, each with a fitting role, stand behind `act`.

    Parameters
    ----------
    by_second
        The act whose roles fit the second officer, where they are others than the first one's.
    """
    need(first, act)
    need(second, by_second or act)
    if first.name == second.name:
        raise SecondOfficerNeeded("this act needs two different officers; ask a second one to approve it.")
