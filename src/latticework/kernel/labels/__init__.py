"""Labels: how sensitive a thing is, who may have it, and how that is written."""

from latticework.kernel.labels.label import EVERYONE, Category, Label, Release
from latticework.kernel.labels.lattice import audience_includes, join, map_label

__all__ = ["EVERYONE", "Category", "Label", "Release", "audience_includes", "join", "map_label"]
