"""What must hold before something passes between this member and a peer, step by step.

Each step answers one rule: None when it holds, else one sentence for the deciding member's own people. The sentences
name members, topics and open arrangements, never levels, restrictions or audiences. ``decide`` stops at the first step
that fails; ``explain`` asks all of them. Releasing, relaying and streaming have this member as giver, receiving has the
peer as giver; apart from that the steps are the same, so that both ends come to the same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from latticework.kernel.clock import iso_utc
from latticework.kernel.ids import MemberId, RecordId, Topic
from latticework.kernel.labels import Label, audience_includes, map_label
from latticework.kernel.policy import rules
from latticework.kernel.policy.constraints import Binding, Constraint, order
from latticework.kernel.policy.model import Arrangement, Onward, Peer, PolicyState, Purpose, Standing
from latticework.kernel.policy.rules import Rule

TRANSFERS: Final = frozenset({Purpose.RELEASE, Purpose.RELAY, Purpose.RECEIVE, Purpose.STREAM})
"""The purposes of a peer; all others are a person's."""
NOT_ASKED: Final = "not asked"
"""What a step answers when an earlier one left nothing to ask."""
_HOUSE: Final = "lattice."


def is_house_keeping(topic: Topic) -> bool:
    """Say whether `topic` belongs to the kernel itself, which trust alone agrees on."""
    return topic.startswith(_HOUSE)


class Transfer:
    """One question about a peer, with what several steps need worked out once.

    Parameters
    ----------
    label, topic, state, peer, purpose, time_ms
        The arguments of ``decide``.
    """

    __slots__ = ("_mapped", "foreign", "giver", "label", "peer", "purpose", "state", "taker", "time_ms", "topic")

    def __init__(
        self, label: Label, topic: Topic, state: PolicyState, peer: Peer, purpose: Purpose, time_ms: int
    ) -> None:
        self.label, self.topic, self.state = label, topic, state
        self.peer, self.purpose, self.time_ms = peer.member, purpose, time_ms
        own = state.own
        self.giver, self.taker = (peer.member, own) if purpose is Purpose.RECEIVE else (own, peer.member)
        # What giver and taker originated needs nobody else's word, whoever wrote the record around it.
        self.foreign: frozenset[MemberId] = label.originators - {own, peer.member}
        self._mapped: dict[RecordId, Label | None] = {}

    def mapped(self, standing: Standing) -> Label | None:
        """Return the label under the arrangement's exchange policy, or None where it does not map."""
        if standing.record not in self._mapped:
            a = standing.arrangement
            self._mapped[standing.record] = map_label(self.label, a.exchange_policy, a.levels, a.caveats)
        return self._mapped[standing.record]

    def missing_consents(self, arrangement: Arrangement) -> frozenset[MemberId]:
        """Return the third originators whose consent is needed under `arrangement` and not there."""
        needed = self.foreign.difference(self.state.consents)
        if arrangement.onward is Onward.FREE:
            # A relay never makes a direction that the parties did not agree on.
            return frozenset(m for m in needed if not arrangement.flows_between(m, self.taker))
        return needed


def called(arrangement: Arrangement) -> str:
    """Return what a sentence calls `arrangement`; a discreet one is never named."""
    return "a discreet arrangement" if arrangement.discreet else f"the arrangement {arrangement.name}"


# ---- every transfer --------------------------------------------------------------------------------------------------


def _purpose(ask: Transfer) -> str | None:
    if ask.purpose in TRANSFERS:
        return None
    return f"{ask.purpose.value!r} is an act of a person; a member's node is given, relayed, streamed or gives records."


def _partner(ask: Transfer) -> str | None:
    if ask.peer in ask.state.partners and ask.peer != ask.state.own:
        return None
    return f"{ask.peer} is not a partner: no trust is established with it."


def _suspended(ask: Transfer) -> str | None:
    if ask.peer not in ask.state.suspended:
        return None
    return f"{ask.peer} is suspended: its key is compromised or it was proven to equivocate."


def _expired(ask: Transfer) -> str | None:
    expires = ask.label.expires_ms
    if expires is None or ask.time_ms < expires:
        return None
    return f"the label expired at {iso_utc(expires)} and permits no transfer any more."


def _audience(ask: Transfer) -> str | None:
    if audience_includes(ask.label, ask.taker):
        return None
    return f"{ask.taker} is not in the label's audience."


GENERAL: Final[tuple[tuple[Rule, Callable[[Transfer], str | None]], ...]] = (
    (rules.PURPOSE, _purpose),
    (rules.PARTNER, _partner),
    (rules.SUSPENDED, _suspended),
    (rules.EXPIRED, _expired),
    (rules.AUDIENCE, _audience),
)
"""Rules about every transfer, in order."""


# ---- the own law and standings ---------------------------------------------------------------------------------------


def constraints_on(ask: Transfer, binding: Binding) -> list[Constraint]:
    """Return the own constraints of one kind that withhold what is asked about, the one to be named first."""
    if ask.purpose is Purpose.RECEIVE:
        return []  # they bind what this member gives; what it is given is the giver's to judge
    label = ask.label
    found = [c for c in ask.state.constraints if c.binding is binding and c.withholds(
        ask.taker, ask.topic, label.policy, label.classification, ask.time_ms)]
    return sorted(found, key=order)


def constrained(ask: Transfer, constraint: Constraint) -> str:
    """Return the sentence that says why `constraint` withholds."""
    record = constraint.record[:12]
    if constraint.binding is Binding.FORBIDS:
        return f"the rule of law {record} forbids it."
    if constraint.binding is Binding.APPROVAL:
        return f"the rule of law {record} needs an approval that is not granted now."
    if constraint.is_lifted(ask.taker, ask.topic, ask.time_ms):
        return f"the security standing {record} of {ask.taker} assures less than the label's classification."
    return f"the security standing {record} of {ask.taker} is not current."


CONSTRAINED: Final[tuple[tuple[Rule, Binding], ...]] = (
    (rules.STANDING, Binding.STANDING),
    (rules.FORBIDDEN, Binding.FORBIDS),
    (rules.APPROVAL, Binding.APPROVAL),
)
"""Rules about what the own records forbid, in order; house-keeping is not asked about."""


# ---- one arrangement -------------------------------------------------------------------------------------------------


def is_between(standing: Standing, ask: Transfer) -> bool:
    """Say whether both members of the transfer are parties of the arrangement."""
    parties = standing.arrangement.parties
    return ask.giver in parties and ask.taker in parties


def no_arrangement(ask: Transfer) -> str:
    """Return the sentence for a transfer that no arrangement can carry; true also where a discreet one falls short."""
    return f"no arrangement between {ask.giver} and {ask.taker} covers this."


def _direction(ask: Transfer, standing: Standing) -> str | None:
    if standing.arrangement.flows_between(ask.giver, ask.taker):
        return None
    return f"{called(standing.arrangement)} does not agree on the direction from {ask.giver} to {ask.taker}."


def _topic(ask: Transfer, standing: Standing) -> str | None:
    if standing.arrangement.covers(ask.topic):
        return None
    return f"{called(standing.arrangement)} does not cover the topic {ask.topic}."


def _in_force(ask: Transfer, standing: Standing) -> str | None:
    if standing.in_force(ask.time_ms):
        return None
    a, now = standing.arrangement, ask.time_ms
    if now < a.valid_from_ms:
        return f"{called(a)} begins only at {iso_utc(a.valid_from_ms)}."
    if now >= a.valid_until_ms:
        return f"{called(a)} ended at {iso_utc(a.valid_until_ms)}."
    grants = {party: (start, end) for party, start, end in standing.grants}
    unsigned = [party for party in a.parties if party not in grants]
    lapsed = [party for party in a.parties if party in grants and now >= grants[party][1]]
    early = [party for party in a.parties if party in grants and now < grants[party][0]]
    told = [
        words.format(", ".join(parties))
        for words, parties in (("{} has not signed", unsigned), ("the grant of {} has lapsed", lapsed),
                               ("the grant of {} has not begun", early))
        if parties
    ]
    return f"{called(a)} is not in force: {'; '.join(told)}."


def _level_maps(ask: Transfer, standing: Standing) -> str | None:
    a, label = standing.arrangement, ask.label
    if label.policy == a.exchange_policy or ask.mapped(standing) is not None:
        return None
    if any((r.from_policy, r.from_classification, r.to_policy)
           == (label.policy, label.classification, a.exchange_policy) for r in a.levels):
        return None
    return f"the classification has no equivalent under {called(a)}."


def _caveats_map(ask: Transfer, standing: Standing) -> str | None:
    if ask.mapped(standing) is not None:
        return None
    if _level_maps(ask, standing) is not None:
        return NOT_ASKED
    return f"a restriction of the label has no equivalent under {called(standing.arrangement)}."


def _ceiling(ask: Transfer, standing: Standing) -> str | None:
    mapped = ask.mapped(standing)
    if mapped is None:
        return NOT_ASKED
    if mapped.classification <= standing.arrangement.ceiling:
        return None
    return f"the classification is above the ceiling of {called(standing.arrangement)}."


def _discreet(ask: Transfer, standing: Standing) -> str | None:
    a = standing.arrangement
    if not a.discreet or ask.foreign.issubset(a.parties):
        return None
    return f"{called(a)} carries only what its own parties originated."


def _origin(ask: Transfer, standing: Standing) -> str | None:
    if ask.purpose is not Purpose.RELAY or ask.label.originators:
        return None
    return "the label names no originator, so nobody could consent to passing the record on."


def _onward_never(ask: Transfer, standing: Standing) -> str | None:
    a = standing.arrangement
    if a.onward is not Onward.NEVER or not ask.foreign:
        return None
    return f"{called(a)} never lets {ask.giver} pass on what {_names(ask.foreign)} originated."


def _onward_consent(ask: Transfer, standing: Standing) -> str | None:
    a = standing.arrangement
    missing = ask.missing_consents(a)
    if not missing:
        return None
    if a.onward is Onward.NEVER:
        return NOT_ASKED
    return f"passing it on to {ask.taker} under {called(a)} needs the consent of {_names(missing)}."


def _names(members: frozenset[MemberId]) -> str:
    return ", ".join(sorted(members))


ARRANGED: Final[tuple[tuple[Rule, Callable[[Transfer, Standing], str | None]], ...]] = (
    (rules.DIRECTION, _direction),
    (rules.TOPIC, _topic),
    (rules.IN_FORCE, _in_force),
    (rules.LEVEL_MAPS, _level_maps),
    (rules.CAVEATS_MAP, _caveats_map),
    (rules.CEILING, _ceiling),
    (rules.DISCREET, _discreet),
    (rules.ORIGIN, _origin),
    (rules.ONWARD_NEVER, _onward_never),
    (rules.ONWARD_CONSENT, _onward_consent),
)
"""Rules about one arrangement between the two, in order: the later one fails, the closer it came."""


def allowing_rule(ask: Transfer, arrangement: Arrangement) -> Rule:
    """Return the rule by which `arrangement`, all of whose steps hold, allows the transfer."""
    if not ask.foreign:
        return rules.OWN
    if arrangement.onward is Onward.FREE and all(arrangement.flows_between(m, ask.taker) for m in ask.foreign):
        return rules.FREE
    return rules.CONSENTED


def allowing_reason(ask: Transfer, arrangement: Arrangement, rule: Rule) -> str:
    """Return the sentence that says why `arrangement` allows the transfer by `rule`."""
    covers = f"{called(arrangement)} lets {ask.giver} give {ask.topic} to {ask.taker}"
    if rule is rules.FREE:
        return f"{covers}, and onward release is free among its parties."
    if rule is rules.CONSENTED:
        return f"{covers}, with the consent that it needs."
    return f"{covers}."
