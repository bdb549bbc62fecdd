"""Single cases of the join, of audiences and of mapping; the laws stand in tests/property."""

from __future__ import annotations

import msgspec
import pytest

from latticework.kernel.errors import InvalidLabel, PolicyMismatch
from latticework.kernel.ids import MemberId
from latticework.kernel.labels import (
    UNKNOWN_ORIGINATOR,
    Category,
    Label,
    Release,
    audience_includes,
    join,
    map_label,
)
from latticework.kernel.policy.model import CaveatMap, LevelMap

JPN, USA, AUS = MemberId("JPN"), MemberId("USA"), MemberId("AUS")


def label(level=1, release=None, originators=(JPN,), policy="EXERCISE", **more):
    return Label(policy=policy, classification=level, originators=frozenset(originators),
                 release=to(*release) if isinstance(release, tuple) else release, **more)


def to(*members, groups=()):
    return Release(members=frozenset(members), groups=frozenset(groups))


EVERYONE = Release(everyone=True)


@pytest.mark.parametrize(("first", "second", "expected"), [
    (None, None, None),
    (None, EVERYONE, None),
    (None, to("JPN"), None),
    (EVERYONE, EVERYONE, EVERYONE),
    (EVERYONE, to("JPN", groups=["G@1"]), to("JPN", groups=["G@1"])),
    (to("JPN", "USA"), to("USA", "AUS"), to("USA")),
    (to("JPN"), to("USA"), None),
    (to("JPN", "USA", groups=["G@1"]), to("JPN", "USA", "AUS", groups=["G@1"]), to("JPN", "USA", groups=["G@1"])),
    (to("JPN", "USA", groups=["G@1"]), to("JPN", "USA", groups=["G@2"]), to("JPN", "USA")),
])
def test_releases_join(first, second, expected):
    assert join([label(release=first), label(release=second)]).release == expected


def test_other_permissive_categories_intersect_and_absent_stays_absent():
    first = label(permissive=(Category("Context", ("A", "B")), Category("Only", ("X",)), Category("Region", ("R",))))
    second = label(permissive=(Category("Context", ("B", "C")), Category("Only", ("Y",))))
    assert join([first, second]).permissive == (Category("Context", ("B",)),)
    assert join([first, label()]).permissive == ()


def test_the_earliest_expiry_holds():
    assert join([label(expires_ms=5), label(), label(expires_ms=3)]).expires_ms == 3


def test_labels_of_two_policies_and_of_none_are_not_joined():
    with pytest.raises(PolicyMismatch, match="map them to one policy first"):
        join([label(), label(policy="NATO")])
    with pytest.raises(InvalidLabel):
        join([])


def test_a_label_without_originators_makes_nobody_the_owner_of_the_whole():
    whole = join([label(originators=[], release=(USA,)), label(originators=[JPN], release=(AUS,))])
    assert whole.release is None
    assert whole.originators == {JPN, UNKNOWN_ORIGINATOR}
    assert not any(audience_includes(whole, member) for member in (JPN, USA, AUS, UNKNOWN_ORIGINATOR))


@pytest.mark.parametrize(("case", "member", "included"), [
    (label(release=None), JPN, True),
    (label(release=None), USA, False),
    (label(release=(USA,)), USA, True),
    (label(release=(USA,)), JPN, True),
    (label(release=(USA,)), AUS, False),
    (label(release=EVERYONE), AUS, True),
    (label(originators=[JPN, USA]), JPN, False),
    (label(originators=[JPN, USA], release=(JPN,)), JPN, True),
    (label(originators=[]), JPN, False),
    (label(originators=[UNKNOWN_ORIGINATOR]), UNKNOWN_ORIGINATOR, False),
])
def test_audiences(case, member, included):
    assert audience_includes(case, member) is included


def test_a_release_to_nobody_is_an_absent_one():
    assert label(release=Release()).release is None
    assert label(release=Release()) == label()
    assert msgspec.structs.replace(label(release=(USA,)), release=Release()).release is None


@pytest.mark.parametrize("wrong", [
    lambda: Release(everyone=True, members=frozenset({"JPN"})),
    lambda: Category("Context", ()),
    lambda: Category("Context", ("B", "A")),
    lambda: Category("Context", ("A", "A")),
    lambda: label(permissive=(Category("B", ("x",)), Category("A", ("x",)))),
    lambda: label(permissive=(Category("A", ("x",)), Category("A", ("y",)))),
])
def test_one_meaning_has_one_value(wrong):
    with pytest.raises(InvalidLabel):
        wrong()


LEVELS = (LevelMap("JPN-MOD", 2, "EXERCISE", 3), LevelMap("JPN-MOD", 2, "OTHER", 1), LevelMap("NATO", 2, "EXERCISE", 1))
CAVEATS = (
    CaveatMap("JPN-MOD", "S/A", "EXERCISE", "Special Handling/LANTERN"),
    CaveatMap("JPN-MOD", "H/D", "EXERCISE", "Handling/DRAFT"),
    CaveatMap("NATO", "S/B", "EXERCISE", "Special Handling/CEDAR"),
)


def foreign(**more):
    return label(2, (USA,), policy="JPN-MOD", expires_ms=9, **more)


def test_what_maps_keeps_release_originators_and_expiry():
    mapped = map_label(foreign(restrictive=frozenset({"S/A"}), informative=frozenset({"H/D", "H/unknown"})), "EXERCISE",
                       LEVELS, CAVEATS)
    assert mapped == label(3, (USA,), restrictive=frozenset({"Special Handling/LANTERN"}),
                           informative=frozenset({"Handling/DRAFT"}), expires_ms=9)


@pytest.mark.parametrize("case", [
    label(1, policy="JPN-MOD"),
    label(2, policy="UNHEARD"),
    foreign(restrictive=frozenset({"S/A", "S/B"})),
    foreign(permissive=(Category("Context", ("A",)),)),
])
def test_what_does_not_map_is_none(case):
    assert map_label(case, "EXERCISE", LEVELS, CAVEATS) is None


def test_a_label_of_the_policy_stays_as_it_is():
    own = label(4, restrictive=frozenset({"anything"}))
    assert map_label(own, "EXERCISE", (), ()) is own


def test_of_several_rows_the_strictest_holds():
    levels = (LevelMap("JPN-MOD", 2, "EXERCISE", 3), LevelMap("JPN-MOD", 2, "EXERCISE", 2))
    caveats = (*CAVEATS, CaveatMap("JPN-MOD", "S/A", "EXERCISE", "Special Handling/CEDAR"))
    mapped = map_label(foreign(restrictive=frozenset({"S/A"})), "EXERCISE", levels, caveats)
    assert mapped is not None
    assert mapped.classification == 3
    assert mapped.restrictive == {"Special Handling/LANTERN", "Special Handling/CEDAR"}
