"""The one gate for peers and people: :func:`decide`, its rules, its explanation and its compiled form."""

from latticework.kernel.policy.boundaries import next_change_ms
from latticework.kernel.policy.constraints import Binding, Bounds, Constraint, Levels
from latticework.kernel.policy.decide import decide
from latticework.kernel.policy.explain import Check, Explanation, Outcome, explain
from latticework.kernel.policy.model import (
    Arrangement,
    CaveatMap,
    Decision,
    Flow,
    LevelMap,
    Officer,
    Onward,
    Peer,
    PolicyState,
    Purpose,
    Role,
    Standing,
    Subject,
)
from latticework.kernel.policy.rules import RULES, Applies, Effect, Rule, rules_markdown

__all__ = [
    "RULES", "Applies", "Arrangement", "Binding", "Bounds", "CaveatMap", "Check", "Constraint", "Decision", "Effect",
    "Explanation", "Flow", "LevelMap", "Levels", "Officer", "Onward", "Outcome", "Peer", "PolicyState", "Purpose",
    "Role", "Rule", "Standing", "Subject", "decide", "explain", "next_change_ms", "rules_markdown",
]
