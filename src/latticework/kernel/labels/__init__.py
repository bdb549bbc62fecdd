"""Labels: how sensitive a thing is, who may have it, and how that is written."""

from latticework.kernel.labels.label import EVERYONE, UNKNOWN_ORIGINATOR, Category, Label, Release
from latticework.kernel.labels.lattice import audience_includes, join, map_label
from latticework.kernel.labels.marking import Place
from latticework.kernel.labels.security_policy import SecurityPolicy, exercise_policy

__all__ = [
    "EVERYONE", "UNKNOWN_ORIGINATOR", "Category", "Label", "Place", "Release", "SecurityPolicy", "audience_includes",
    "exercise_policy", "join", "map_label",
]
