"""The values that policy decisions are made of. All of them are immutable; ``decide`` is a function of them alone."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from latticework.kernel.errors import InvalidArrangement
from latticework.kernel.ids import MemberId, OfficerId, Post, RecordId, Topic, topic_covers
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.constraints import Constraint


class Purpose(StrEnum):
    """What the subject would do with the labeled thing. Every gate names its own."""

    RELEASE = "release"
    """Own record to a peer."""
    RELAY = "relay"
    """A foreign record onward to a peer."""
    RECEIVE = "receive"
    """A record that a peer sent: may that peer give it to this member?"""
    STREAM = "stream"
    VIEW = "view"
    SEARCH = "search"
    COUNT = "count"
    EXPORT = "export"
    FEED = "feed"
    PRINT = "print"


class Role(StrEnum):
    """What an officer does; each role is its own set of acts, none includes another."""

    AUTHOR = "author"
    RELEASER = "releaser"
    ADMINISTRATOR = "administrator"
    """Runs the node: trust, officers, links. Reads no content."""
    AUDITOR = "auditor"
    """Reads the ledger's metadata: who released what to whom and why. Reads no content."""


class Onward(StrEnum):
    """What a party may do with what another party released under the arrangement: pass it on or not."""

    NEVER = "never"
    CONSENT = "consent"
    FREE = "free"


class Peer(msgspec.Struct, frozen=True, tag="peer"):
    """Another member's node as the subject of a decision."""

    member: MemberId


class Officer(msgspec.Struct, frozen=True, tag="officer", kw_only=True):
    """A person at this member as the subject of a decision.

    Parameters
    ----------
    name
        Sign-in name; never leaves the node.
    post
        What records carry instead of the name.
    roles
        One or more roles.
    clearance
        Highest classification the officer may see, as hierarchy number per policy name, sorted by policy.
    nationality
        Trigraph; an exchange officer's differs from the member's.
    compartments
        Restrictive caveats (``tag set/value``) the officer is read into.
    """

    name: OfficerId
    post: Post
    roles: frozenset[Role]
    clearance: tuple[tuple[str, int], ...]
    nationality: MemberId
    compartments: frozenset[str] = frozenset()


Subject = Peer | Officer


class LevelMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """One row of an equivalence table: a classification of one policy stands for one of another.

    Parameters
    ----------
    from_policy, to_policy
        Names of the two security policies.
    from_classification, to_classification
        Hierarchy number in each.
    """

    from_policy: str
    from_classification: int
    to_policy: str
    to_classification: int


class CaveatMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """One row of an equivalence table: a caveat of one policy stands for one of another.

    Parameters
    ----------
    from_policy, to_policy
        Names of the two security policies.
    from_caveat, to_caveat
        ``tag set/value`` in each.
    """

    from_policy: str
    from_caveat: str
    to_policy: str
    to_caveat: str


class Flow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """One direction of an arrangement.

    Parameters
    ----------
    giver, taker
        Two of its parties; the giver may release to the taker.
    """

    giver: MemberId
    taker: MemberId


class Arrangement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What two or more members agreed to share. The body of a ``lattice.arrangement/1`` record.

    Parameters
    ----------
    name
        Short unique name among the parties (``camp-david``).
    title
        For people.
    parties
        Two or more members, sorted.
    topics
        What it covers, sorted; never empty and never ``all``.
    ceiling
        Highest classification, as hierarchy number of `exchange_policy`.
    flows
        Directions that are agreed, sorted; empty means every party to every other.
    valid_from_ms, valid_until_ms
        Validity; the end is exclusive.
    onward
        What a party may do with what another party released.
    exchange_policy
        Name of the security policy that the parties' labels are mapped to.
    levels, caveats
        The equivalence table, sorted. A label that does not map is withheld.
    discreet
        True: never shown, counted or relayed for anyone but its parties.
    renew_every_ms
        Each party's grant lapses this long after its last renewal.
    source, status
        Where it comes from in public, and ``V`` (read in full), ``P`` (press) or ``invented``.
    """

    name: str
    title: str
    parties: tuple[MemberId, ...]
    topics: tuple[Topic, ...]
    ceiling: int
    exchange_policy: str
    valid_from_ms: int
    valid_until_ms: int
    renew_every_ms: int
    onward: Onward = Onward.NEVER
    flows: tuple[Flow, ...] = ()
    levels: tuple[LevelMap, ...] = ()
    caveats: tuple[CaveatMap, ...] = ()
    discreet: bool = False
    source: str = ""
    status: str = "invented"

    def __post_init__(self) -> None:
        if len(self.parties) < 2 or list(self.parties) != sorted(set(self.parties)):
            raise InvalidArrangement("an arrangement needs two or more different parties, in alphabetical order.")
        if not self.topics or list(self.topics) != sorted(set(self.topics)) or "all" in self.topics:
            raise InvalidArrangement("an arrangement names its topics, sorted and each once; 'all' is never a grant.")
        if self.valid_until_ms <= self.valid_from_ms:
            raise InvalidArrangement("an arrangement must end after it begins.")
        if self.renew_every_ms <= 0:
            raise InvalidArrangement("an arrangement needs a positive renewal period.")
        outside = {m for f in self.flows for m in (f.giver, f.taker)} - set(self.parties)
        if outside or any(f.giver == f.taker for f in self.flows):
            raise InvalidArrangement("each direction of an arrangement goes from one party to another party.")
        levels = [(r.from_policy, r.from_classification, r.to_policy) for r in self.levels]
        caveats = [(r.from_policy, r.from_caveat, r.to_policy) for r in self.caveats]
        if len(set(levels)) < len(levels) or len(set(caveats)) < len(caveats):
            raise InvalidArrangement("each row of an equivalence table has one equivalent in a policy, not two.")

    def covers(self, topic: Topic) -> bool:
        """Say whether `topic` is one of the agreed topics or below one."""
        return any(topic_covers(t, topic) for t in self.topics)

    def flows_between(self, giver: MemberId, taker: MemberId) -> bool:
        """Say whether `giver` may release to `taker` under this arrangement."""
        if giver == taker or giver not in self.parties or taker not in self.parties:
            return False
        return not self.flows or Flow(giver, taker) in self.flows


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An arrangement as this node knows it: its record and every party's latest grant.

    Parameters
    ----------
    record
        Id of the ``lattice.arrangement/1`` record.
    arrangement
        Its body.
    grants
        For each party that signed: (party, start of its latest grant, ms, end of it, ms), sorted by party. The end is
        the time at which it lapses or was withdrawn.
    """

    record: RecordId
    arrangement: Arrangement
    grants: tuple[tuple[MemberId, int, int], ...] = ()

    def in_force(self, now_ms: int) -> bool:
        """Say whether every party has signed, each grant is current, and `now_ms` is within validity."""
        a = self.arrangement
        if not a.valid_from_ms <= now_ms < a.valid_until_ms:
            return False
        current = {party for party, start, end in self.grants if start <= now_ms < end}
        return current.issuperset(a.parties)


class PolicyState(msgspec.Struct, frozen=True, kw_only=True):
    """All that a decision depends on besides its arguments; an immutable snapshot of one node's knowledge.

    Parameters
    ----------
    own
        The member whose node decides.
    partners
        Members with established trust (sorted); a peer outside gets nothing.
    suspended
        Members whose key is compromised or who were proven to equivocate; nothing is released to them.
    standings
        Every arrangement known here.
    constraints
        What this member's own records of law and standing forbid it to give; partners' records never bind it.
    consents
        Members that consented, by signed record, to onward release of the very thing that is being decided about
        (sorted). Empty unless the caller decides about one foreign record.
    """

    own: MemberId
    partners: tuple[MemberId, ...] = ()
    suspended: tuple[MemberId, ...] = ()
    standings: tuple[Standing, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    consents: tuple[MemberId, ...] = ()


class Decision(msgspec.Struct, frozen=True):
    """The gate's answer, always with the rule that gave it.

    Parameters
    ----------
    allowed
        Whether the act may happen.
    rule
        Stable id of the deciding rule (``R-06``); the list stands in ``docs/reference/rules.md``.
    reason
        One sentence for the deciding member's own people.
    arrangement
        The record id of the arrangement that allowed it, if one did.
    constraint
        The record id of the own standing or rule of law that withheld it, if one did.
    """

    allowed: bool
    rule: str
    reason: str
    arrangement: RecordId | None = None
    constraint: RecordId | None = None


__all__ = [
    "Arrangement", "CaveatMap", "Decision", "Flow", "Label", "LevelMap", "Officer", "Onward", "Peer", "PolicyState",
    "Purpose", "Role", "Standing", "Subject",
]
