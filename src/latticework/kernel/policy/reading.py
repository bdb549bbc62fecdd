"""What must hold before a person at this member sees something, step by step.

The sentences say which rule stood in the way and nothing about the thing itself: no level, no restriction, no audience,
because whoever is refused must not learn them from the refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from latticework.kernel.ids import Topic
from latticework.kernel.labels import Label, audience_includes, map_label
from latticework.kernel.policy import rules
from latticework.kernel.policy.model import Officer, PolicyState, Purpose, Role
from latticework.kernel.policy.rules import Rule
from latticework.kernel.policy.transfer import NOT_ASKED, TRANSFERS, is_house_keeping

READERS: Final = frozenset({Role.AUTHOR, Role.RELEASER})
"""Roles that read content."""


class Reading:
    """One question about an officer, with what several steps need worked out once.

    Parameters
    ----------
    label, topic, state, officer, purpose, time_ms
        The arguments of ``decide``.
    """

    __slots__ = ("_equivalents", "label", "officer", "purpose", "state", "time_ms", "topic")

    def __init__(
        self, label: Label, topic: Topic, state: PolicyState, officer: Officer, purpose: Purpose, time_ms: int
    ) -> None:
        self.label, self.topic, self.state = label, topic, state
        self.officer, self.purpose, self.time_ms = officer, purpose, time_ms
        self._equivalents: tuple[tuple[Label, int], ...] | None = None

    def equivalents(self) -> tuple[tuple[Label, int], ...]:
        """Return the label as each policy the officer is cleared under has it, with that clearance.

        The label itself if the officer is cleared under its own policy; otherwise what arrangements in force on the
        topic map it to, directly or through their exchange policy.
        """
        if self._equivalents is None:
            clearance = dict(self.officer.clearance)
            if self.label.policy in clearance:
                self._equivalents = ((self.label, clearance[self.label.policy]),)
            else:
                self._equivalents = tuple(self._mapped(clearance))
        return self._equivalents

    def _mapped(self, clearance: dict[str, int]) -> Iterator[tuple[Label, int]]:
        for standing in self.state.standings:
            a = standing.arrangement
            if self.state.own not in a.parties or not standing.in_force(self.time_ms):
                continue
            if not (is_house_keeping(self.topic) or a.covers(self.topic)):
                continue
            exchanged = map_label(self.label, a.exchange_policy, a.levels, a.caveats)
            for policy, level in clearance.items():
                direct = map_label(self.label, policy, a.levels, a.caveats)
                if direct is not None:
                    yield direct, level
                elif exchanged is not None:
                    through = map_label(exchanged, policy, a.levels, a.caveats)
                    if through is not None:
                        yield through, level


def _purpose(ask: Reading) -> str | None:
    if ask.purpose not in TRANSFERS:
        return None
    return f"{ask.purpose.value!r} is an act of a member's node; a person views, searches, counts, exports or prints."


def _role(ask: Reading) -> str | None:
    if ask.officer.roles & READERS or (ask.officer.roles and is_house_keeping(ask.topic)):
        return None
    return "the officer has no role that reads content."


def _expired(ask: Reading) -> str | None:
    expires = ask.label.expires_ms
    if expires is None or ask.time_ms < expires:
        return None
    if ask.label.originators.issuperset((ask.state.own, ask.officer.nationality)):
        return None
    return "the label has expired, and what it covers is another member's."


def _member(ask: Reading) -> str | None:
    return None if audience_includes(ask.label, ask.state.own) else "this member is not in the label's audience."


def _nationality(ask: Reading) -> str | None:
    if audience_includes(ask.label, ask.officer.nationality):
        return None
    return "the member of the officer's nationality is not in the label's audience."


def _no_clearance(ask: Reading) -> str | None:
    return None if ask.equivalents() else "the officer has no clearance under a security policy that fits the label."


def _clearance(ask: Reading) -> str | None:
    if not ask.equivalents():
        return NOT_ASKED
    if any(label.classification <= level for label, level in ask.equivalents()):
        return None
    return "the officer's clearance is too low."


def _compartment(ask: Reading) -> str | None:
    if not ask.equivalents():
        return NOT_ASKED
    fitting = [label for label, level in ask.equivalents() if label.classification <= level]
    if any(label.restrictive <= ask.officer.compartments for label in fitting or (ask.label,)):
        return None
    return "the officer is not read into every compartment that this needs."


READING: Final[tuple[tuple[Rule, Callable[[Reading], str | None]], ...]] = (
    (rules.PURPOSE, _purpose),
    (rules.ROLE, _role),
    (rules.EXPIRED, _expired),
    (rules.MEMBER, _member),
    (rules.NATIONALITY, _nationality),
    (rules.NO_CLEARANCE, _no_clearance),
    (rules.CLEARANCE, _clearance),
    (rules.COMPARTMENT, _compartment),
)
"""Rules about people, in order."""
