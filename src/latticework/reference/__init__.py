"""The Indo-Pacific example: members, arrangements and first records from cited public facts; labels are invented."""

from latticework.reference.federation import TOPICS, arrangements, facts, members, officers, two_releasers
from latticework.reference.model import FACT, Fact, KnownFact, KnownOfficer, MemberProfile, register

__all__ = [
    "FACT", "TOPICS", "Fact", "KnownFact", "KnownOfficer", "MemberProfile", "arrangements", "facts", "members",
    "officers", "register", "two_releasers",
]
