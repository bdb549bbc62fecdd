"""The rules of the gate: one table, in the order in which they are asked, each with an id that never changes.

A decision names the rule that gave it, the ledger keeps that id, and ``docs/reference/rules.md`` is written from this
table. A rule that withholds says what must hold to get past it; a rule that allows says why it may. What no rule allows
is withheld (R-00).

Ids are stable: a rule that is dropped leaves a hole, a new one takes a new number. Tens group them: R-0x every transfer
between members (R-07 to R-09: what the giver's own records of law and standing forbid), R-1x and R-2x arrangements,
R-3x people at this member.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec


class Effect(StrEnum):
    """What follows when a rule decides."""

    ALLOW = "allow"
    WITHHOLD = "withhold"


class Applies(StrEnum):
    """Whom a rule is about."""

    ALL = "all"
    PEER = "peer"
    OFFICER = "officer"


class Rule(msgspec.Struct, frozen=True):
    """One rule of the gate.

    Parameters
    ----------
    id
        Stable id, ``R-`` and two digits.
    name
        Short stable name for people and for styling.
    effect
        What follows when this rule decides.
    applies
        Peers, officers or both.
    sentence
        The rule in one sentence, true of every case and free of any particular content.
    change
        What would change a decision that this rule gave, in one sentence.
    """

    id: str
    name: str
    effect: Effect
    applies: Applies
    sentence: str
    change: str


_ALLOW, _WITHHOLD = Effect.ALLOW, Effect.WITHHOLD
_ALL, _PEER, _OFFICER = Applies.ALL, Applies.PEER, Applies.OFFICER

DEFAULT: Final = Rule(
    "R-00", "default", _WITHHOLD, _ALL,
    "What no rule allows is withheld.",
    "Nothing by itself: some rule must allow it.",
)
PURPOSE: Final = Rule(
    "R-01", "purpose", _WITHHOLD, _ALL,
    "A member's node is given, relayed, streamed or gives records; a person views, searches, counts, exports, feeds or"
    " prints them; neither acts as the other.",
    "Ask with a purpose that fits the subject.",
)
PARTNER: Final = Rule(
    "R-02", "partner", _WITHHOLD, _PEER,
    "Nothing passes between this member and one with which no trust is established.",
    "Establish trust: exchange trust bundles and compare the fingerprints.",
)
SUSPENDED: Final = Rule(
    "R-03", "suspended", _WITHHOLD, _PEER,
    "Nothing passes between this member and one whose key is compromised or that was proven to equivocate.",
    "Two officers end the suspension once its cause is cleared up.",
)
EXPIRED: Final = Rule(
    "R-04", "expired", _WITHHOLD, _ALL,
    "An expired label permits no transfer, and no use but by its originators' own people.",
    "The originator issues the record anew under a label that is still valid.",
)
AUDIENCE: Final = Rule(
    "R-05", "audience", _WITHHOLD, _PEER,
    "A member gets only what the label's release includes it in; without a release, nobody but a sole originator.",
    "The originator labels the record as releasable to the member.",
)
HOUSE: Final = Rule(
    "R-06", "house-keeping", _ALLOW, _PEER,
    "Topics under lattice. (arrangements, grants, keys, consents, recalls) pass between partners, inside the label's"
    " audience, without an arrangement.",
    "A suspension, a narrower audience, or the end of trust.",
)
STANDING: Final = Rule(
    "R-07", "standing", _WITHHOLD, _PEER,
    "A member whose security standing on the topic is on record here is given nothing unless that standing is current"
    " and assures the label's classification; without one on record, the arrangement alone decides.",
    "Two officers record that the member's standing is assured again, or up to this classification.",
)
FORBIDDEN: Final = Rule(
    "R-08", "law-forbids", _WITHHOLD, _PEER,
    "What a rule of law on record here forbids is not given.",
    "The rule's end, a later version of it, or an exception that names it, recorded by two officers.",
)
APPROVAL: Final = Rule(
    "R-09", "approval-missing", _WITHHOLD, _PEER,
    "What a rule of law on record here ties to an approval is given only while the approval is granted.",
    "The body that the rule names grants the approval, and two officers record it.",
)
NO_ARRANGEMENT: Final = Rule(
    "R-10", "no-arrangement", _WITHHOLD, _PEER,
    "Nothing passes without an arrangement that both members are parties of.",
    "Propose an arrangement and have every party sign it.",
)
DIRECTION: Final = Rule(
    "R-11", "direction", _WITHHOLD, _PEER,
    "The arrangement must agree on this direction, from giver to taker.",
    "The parties agree on an arrangement with this direction.",
)
TOPIC: Final = Rule(
    "R-12", "topic", _WITHHOLD, _PEER,
    "The arrangement must name the topic or one above it; 'all' is never a grant.",
    "The parties agree on an arrangement that names the topic.",
)
IN_FORCE: Final = Rule(
    "R-13", "in-force", _WITHHOLD, _PEER,
    "The arrangement must be within its validity, signed by every party, with every party's grant current.",
    "Every party signs or renews its grant within the arrangement's validity.",
)
LEVEL_MAPS: Final = Rule(
    "R-14", "level-maps", _WITHHOLD, _PEER,
    "The label's classification must have an equivalent in the arrangement's exchange policy.",
    "The parties add the classification to the arrangement's equivalence table.",
)
CAVEATS_MAP: Final = Rule(
    "R-15", "caveats-map", _WITHHOLD, _PEER,
    "Every restriction of the label must have an equivalent in the arrangement's exchange policy.",
    "The parties add the missing restrictions to the arrangement's equivalence table.",
)
CEILING: Final = Rule(
    "R-16", "ceiling", _WITHHOLD, _PEER,
    "The classification, as the exchange policy has it, must not be above the arrangement's ceiling.",
    "The parties agree on a higher ceiling, or the originator issues a version at or below it.",
)
DISCREET: Final = Rule(
    "R-17", "discreet", _WITHHOLD, _PEER,
    "A discreet arrangement carries only what its own parties originated.",
    "Nothing under this arrangement; another one would have to carry it.",
)
ORIGIN: Final = Rule(
    "R-18", "origin", _WITHHOLD, _PEER,
    "A foreign record whose label names no originator is never passed on, because nobody could consent.",
    "The record's author issues it anew under a label that names its originators.",
)
ONWARD_NEVER: Final = Rule(
    "R-19", "onward-never", _WITHHOLD, _PEER,
    "Under an arrangement that forbids onward release, what a third member originated is not passed on.",
    "The originator releases it directly, or the parties agree on another onward rule.",
)
ONWARD_CONSENT: Final = Rule(
    "R-20", "onward-consent", _WITHHOLD, _PEER,
    "What a third member originated is passed on only with its consent; where the arrangement makes onward release"
    " free, this holds only for originators that could not release to the taker under it themselves.",
    "Each originator that is still missing consents, by signed record, to this very release.",
)
OWN: Final = Rule(
    "R-21", "arrangement", _ALLOW, _PEER,
    "An arrangement in force covers the direction, topic, classification and restrictions of what giver or taker"
    " originated.",
    "The arrangement's end, a lapsed or withdrawn grant, or another label.",
)
CONSENTED: Final = Rule(
    "R-22", "onward-consented", _ALLOW, _PEER,
    "An arrangement in force covers it, and every third originator whose consent is needed has consented to this very"
    " release.",
    "The arrangement's end, a lapsed or withdrawn grant, or another label.",
)
FREE: Final = Rule(
    "R-23", "onward-free", _ALLOW, _PEER,
    "An arrangement in force covers it, makes onward release free, and lets every third originator release to the taker"
    " itself.",
    "The arrangement's end, a lapsed or withdrawn grant, or another label.",
)
ROLE: Final = Rule(
    "R-30", "role", _WITHHOLD, _OFFICER,
    "Only authors and releasers read content; administrators and auditors read no more than topics under lattice.",
    "Two officers give the officer the role of author or releaser.",
)
MEMBER: Final = Rule(
    "R-31", "member", _WITHHOLD, _OFFICER,
    "People see only what their own member is in the label's audience for.",
    "The originator labels the record as releasable to this member.",
)
NATIONALITY: Final = Rule(
    "R-32", "nationality", _WITHHOLD, _OFFICER,
    "People see only what the member of their nationality is in the label's audience for.",
    "The originator labels the record as releasable to the member of the officer's nationality.",
)
NO_CLEARANCE: Final = Rule(
    "R-33", "no-clearance", _WITHHOLD, _OFFICER,
    "People need a clearance under the label's security policy, or under one that an arrangement in force on the topic"
    " maps the label to.",
    "The officer is cleared under that policy, or an arrangement with an equivalence table comes into force.",
)
CLEARANCE: Final = Rule(
    "R-34", "clearance", _WITHHOLD, _OFFICER,
    "The classification must not be above the officer's clearance.",
    "The officer is cleared higher.",
)
COMPARTMENT: Final = Rule(
    "R-35", "compartment", _WITHHOLD, _OFFICER,
    "People see only what they are read into every restriction of.",
    "The officer is read into the missing compartments.",
)
READER: Final = Rule(
    "R-36", "reader", _ALLOW, _OFFICER,
    "An officer who may read, is cleared and read in, and whose member and nationality are in the audience, may see"
    " it.",
    "Another role, clearance or compartment of the officer, or another label.",
)

RULES: Final[tuple[Rule, ...]] = (
    DEFAULT, PURPOSE, PARTNER, SUSPENDED, EXPIRED, AUDIENCE, HOUSE, STANDING, FORBIDDEN, APPROVAL,
    NO_ARRANGEMENT, DIRECTION, TOPIC, IN_FORCE, LEVEL_MAPS, CAVEATS_MAP, CEILING, DISCREET, ORIGIN, ONWARD_NEVER,
    ONWARD_CONSENT, OWN, CONSENTED, FREE,
    ROLE, MEMBER, NATIONALITY, NO_CLEARANCE, CLEARANCE, COMPARTMENT, READER,
)
"""Every rule, in the order in which the gate asks them."""

BY_ID: Final[dict[str, Rule]] = {rule.id: rule for rule in RULES}


def rules_markdown() -> str:
    """Return ``docs/reference/rules.md``: the table for people, written from :data:`RULES`."""
    lines = [
        "# The rules of the gate",
        "",
        "Every decision names the rule that gave it. The gate asks them in this order: first what holds for every",
        "transfer, then each arrangement between the two members; for people at this member, the last group. When",
        "several arrangements fall short, the decision names the one that got furthest.",
        "",
        "This page is written from `latticework/kernel/policy/rules.py` by `python scripts/write_rules.py`; a test",
        "keeps the two in step. Ids never change their meaning.",
    ]
    groups = (
        ("Every transfer between members", "R-0"), ("Arrangements", "R-1"), ("Onward release, and what allows", "R-2"),
        ("People at this member", "R-3"),
    )
    for title, prefix in groups:
        lines += ["", f"## {title}", "", "| id | name | effect | the rule | what would change it |"]
        lines.append("|---|---|---|---|---|")
        for rule in RULES:
            if rule.id.startswith(prefix):
                effect = f"**{rule.effect}**" if rule.effect is Effect.ALLOW else str(rule.effect)
                lines.append(f"| {rule.id} | {rule.name} | {effect} | {rule.sentence} | {rule.change} |")
    return "\n".join(lines) + "\n"
