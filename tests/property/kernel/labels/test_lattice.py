"""The join is a lattice's: laws of D. E. Denning, CACM 19(5), 1976, section 2; and it never widens an audience."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.property.kernel.labels.strategies import MEMBERS, labels

from latticework.kernel.codec import decode, encode
from latticework.kernel.labels import UNKNOWN_ORIGINATOR, Label, audience_includes, exercise_policy, join

EVERYBODY = [*MEMBERS, UNKNOWN_ORIGINATOR, "ZZZ"]


def audience(label: Label) -> set[str]:
    return {member for member in EVERYBODY if audience_includes(label, member)}


@given(labels)
def test_idempotent(a: Label) -> None:
    assert join([a, a]) == a == join([a])


@given(labels, labels)
def test_commutative(a: Label, b: Label) -> None:
    assert join([a, b]) == join([b, a])


@given(labels, labels, labels)
def test_associative(a: Label, b: Label, c: Label) -> None:
    assert join([join([a, b]), c]) == join([a, join([b, c])]) == join([a, b, c])


@given(labels, labels)
def test_upper_bound(a: Label, b: Label) -> None:
    whole = join([a, b])
    assert join([whole, a]) == whole == join([whole, b])


@given(labels, labels, labels)
def test_least_upper_bound(a: Label, b: Label, c: Label) -> None:
    bound = join([a, b, c])  # Above both a and b, so above their join.
    assert join([bound, join([a, b])]) == bound


@given(st.lists(labels, min_size=1, max_size=6))
def test_no_join_widens_an_audience(portions: list[Label]) -> None:
    whole = audience(join(portions))
    for portion in portions:
        assert whole <= audience(portion)


@given(labels, labels)
def test_no_join_loses_a_restriction(a: Label, b: Label) -> None:
    whole = join([a, b])
    assert whole.classification == max(a.classification, b.classification)
    assert whole.restrictive == a.restrictive | b.restrictive
    assert whole.informative == a.informative | b.informative
    assert whole.originators >= a.originators | b.originators
    for end in (a.expires_ms, b.expires_ms):
        assert end is None or (whole.expires_ms is not None and whole.expires_ms <= end)


@given(labels)
def test_nobody_stands_for_an_unknown_originator(a: Label) -> None:
    if a.release is None or not a.release.everyone:
        assert UNKNOWN_ORIGINATOR not in audience(a)


@given(labels)
def test_one_label_has_one_byte_string(a: Label) -> None:
    assert decode(encode(a), Label) == a


@given(st.lists(labels, min_size=1, max_size=4))
def test_every_join_has_a_marking_in_both_languages(portions: list[Label]) -> None:
    policy, whole = exercise_policy(), join(portions)
    assert policy.marking(whole).startswith(policy.classification_name(whole.classification))
    assert policy.marking(whole, "ja").startswith(policy.classification_name(whole.classification, "ja"))
    if whole.release is not None:
        for member in whole.release.members:
            assert member in policy.marking(whole)
    for caveat in whole.restrictive | whole.informative:
        assert caveat.partition("/")[2] in policy.marking(whole)
