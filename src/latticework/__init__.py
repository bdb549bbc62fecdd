"""latticework: sovereign nodes of allied members that share directly, with no hub in the middle."""

__version__ = "0.1.0"
