"""Labels of the EXERCISE policy for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from latticework.kernel.ids import MemberId
from latticework.kernel.labels import Category, Label, Release, exercise_policy

MEMBERS = [MemberId(m) for m in ("JPN", "USA", "AUS", "KOR", "PHL", "CAN")]
_members = st.frozensets(st.sampled_from(MEMBERS), max_size=4)
_groups = st.frozensets(st.sampled_from(["QUAD@3", "QUAD@4", "G7@1"]), max_size=2)
_named = st.builds(lambda m, g: Release(members=frozenset(m), groups=g if m else frozenset()), _members, _groups)
releases = st.one_of(st.none(), st.just(Release(everyone=True)), _named)
_permissive = st.dictionaries(
    st.sampled_from(["Context", "Only", "Region"]),
    st.frozensets(st.sampled_from(["A", "B", "C"]), min_size=1), max_size=3,
).map(lambda d: tuple(Category(name, tuple(sorted(d[name]))) for name in sorted(d)))
_policy = exercise_policy()

labels = st.builds(
    Label, policy=st.just("EXERCISE"), classification=st.integers(0, 4), release=releases,
    restrictive=st.frozensets(st.sampled_from(_policy.restrictive)),
    informative=st.frozensets(st.sampled_from(_policy.informative)), permissive=_permissive,
    originators=_members, expires_ms=st.none() | st.integers(0, 253_402_300_799_999),
)
"""Any label, valid or not, also without originators."""

valid_labels = st.builds(
    Label, policy=st.just("EXERCISE"), classification=st.integers(2, 4), release=releases,
    restrictive=st.frozensets(st.sampled_from(_policy.restrictive)),
    informative=st.frozensets(st.sampled_from(_policy.informative)),
    originators=_members, expires_ms=st.none() | st.integers(0, 253_402_300_799_999),
)
"""Labels that the policy allows."""
