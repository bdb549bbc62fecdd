"""Every rule that a policy file can state, broken once and kept once (NATO ADatP-4774.1, sections 3.3.3 to 3.4)."""

from __future__ import annotations

import pytest
from tests.unit.kernel.labels.spifs import policy, tag, tag_set

from latticework.kernel.errors import InvalidLabel
from latticework.kernel.ids import MemberId
from latticework.kernel.labels import Category, Label, Release, exercise_policy


def demo(*restrictive, level=1, **more):
    return Label(policy="DEMO", classification=level, restrictive=frozenset(f"Set/{r}" for r in restrictive), **more)


def categories(first="", attributes="", **tag_attributes):
    words = "".join(f' {k}="{v}"' for k, v in tag_attributes.items())
    return tag_set(tag(f'<tagCategory name="A" lacv="1" {attributes}>{first}</tagCategory>'
                       '<tagCategory name="B" lacv="2"/><tagCategory name="C" lacv="3"/>',
                       f'name="T" tagType="restrictive"{words}'))


def requires(operation, *lacvs):
    groups = "".join(f'<categoryGroup tagSetRef="Set" tagType="restrictive" lacv="{n}"/>' for n in lacvs)
    return f'<requiredCategory operation="{operation}">{groups}</requiredCategory>'


EXCLUDES_B = '<excludedCategory tagSetRef="Set" tagType="restrictive" lacv="2"/>'
EXCLUDES_ALL = '<excludedCategory tagSetRef="Set" tagType="restrictive" all="true"/>'


@pytest.mark.parametrize(("sets", "good", "bad", "words"), [
    (categories("<excludedClass>CLOSED</excludedClass>"), demo("A"), demo("A", level=2), "cannot stand beside CLOSED"),
    (categories(attributes='requiredClass="CLOSED"'), demo("A", level=2), demo("A"), "stands only beside CLOSED"),
    (categories(EXCLUDES_B), demo("A", "C"), demo("A", "B"), "Set/A and Set/B cannot stand in one label"),
    (categories(EXCLUDES_ALL), demo("A"), demo("A", "C"), "Set/A and Set/C"),
    (categories(requires("all", 2, 3)), demo("A", "B", "C"), demo("A", "B"), "Set/A needs all of: Set/B, Set/C"),
    (categories(requires("oneOrMore", 2, 3)), demo("A", "C"), demo("A"), "needs one or more of"),
    (categories(requires("oneOrMore", 2, 3)), demo("A", "B", "C"), demo("A"), "needs one or more of"),
    (categories(requires("onlyOne", 2, 3)), demo("A", "B"), demo("A", "B", "C"), "needs exactly one of"),
    (categories(requires("onlyOne", 2, 3)), demo("B", "C"), demo("A"), "needs exactly one of"),
    (categories(singleSelection="true"), demo("A"), demo("A", "B"), "at most 1"),
    (categories(maxSelection="2"), demo("A", "B"), demo("A", "B", "C"), "at most 2"),
    (categories(minSelection="2"), demo(), demo("A"), "at least 2"),
])
def test_rules(sets, good, bad, words):
    found = policy(sets)
    found.validate(good)
    with pytest.raises(InvalidLabel, match=words) as refused:
        found.validate(bad)
    assert refused.value.message.endswith(".")
    with pytest.raises(InvalidLabel):
        found.write(bad)
    with pytest.raises(InvalidLabel):
        found.write_plain(bad)
    found.marking(bad)


def test_obsolete_is_refused_in_new_labels_only():
    levels = ('<securityClassification name="OLD" lacv="1" hierarchy="1" obsolete="true"/>'
              '<securityClassification name="NOW" lacv="2" hierarchy="2"/>')
    found = policy(categories(attributes='obsolete="true"'), levels=levels)
    found.validate(demo("A"))
    with pytest.raises(InvalidLabel, match="OLD is obsolete"):
        found.validate(demo(), new=True)
    with pytest.raises(InvalidLabel, match="Set/A is obsolete"):
        found.validate(demo("A", level=2), new=True)
    found.validate(demo("B", level=2), new=True)


def test_validity_periods_are_asked_with_a_time():
    # 2020-01-01T00:00:00Z and 2021-01-01T00:00:00Z, GNU date -u +%s.
    start, end = 1_577_836_800_000, 1_609_459_200_000
    found = policy(categories(attributes='notBefore="20200101000000Z" notAfter="2021-01-01T00:00:00Z"'))
    found.validate(demo("A"))
    for at_ms in (start, end):
        found.validate(demo("A"), at_ms=at_ms)
    with pytest.raises(InvalidLabel, match="not valid yet"):
        found.validate(demo("A"), at_ms=start - 1)
    with pytest.raises(InvalidLabel, match="not valid any more"):
        found.validate(demo("A"), at_ms=end + 1)
    whole = policy(attributes='notAfter="20210101000000Z"')
    with pytest.raises(InvalidLabel, match="DEMO is not valid any more"):
        whole.validate(demo(), at_ms=end + 1)


def to(*members, groups=()):
    return Release(members=frozenset(members), groups=frozenset(groups))


@pytest.mark.parametrize(("label", "words"), [
    (Label(policy="NATO", classification=1), "of the policy 'NATO', not of EXERCISE"),
    (Label(policy="EXERCISE", classification=5), "no classification of the rank 5"),
    (Label(policy="EXERCISE", classification=-1), "no classification"),
    (Label(policy="EXERCISE", classification=1, restrictive=frozenset({"Special Handling/X"})), "no restrictive"),
    (Label(policy="EXERCISE", classification=1, restrictive=frozenset({"LANTERN"})), "no restrictive"),
    (Label(policy="EXERCISE", classification=1, restrictive=frozenset({"Handling/DRAFT"})), "no restrictive"),
    (Label(policy="EXERCISE", classification=1, informative=frozenset({"Special Handling/CEDAR"})), "no informative"),
    (Label(policy="EXERCISE", classification=1, permissive=(Category("Context", ("A",)),)), "no permissive"),
    (Label(policy="EXERCISE", classification=1, permissive=(Category("Releasable To", ("JPN",)),)), "label.s release"),
    (Label(policy="EXERCISE", classification=1, release=to("Japan")), "released to somebody unknown"),
    (Label(policy="EXERCISE", classification=1, release=to("OTHER MEMBER")), "released to somebody unknown"),
    (Label(policy="EXERCISE", classification=1, release=to("JPN", groups=["QUAD"])), "no recorded version"),
    (Label(policy="EXERCISE", classification=1, originators=frozenset({MemberId("jpn")})), "no member"),
    (Label(policy="EXERCISE", classification=1, expires_ms=-1), "expires outside"),
    (Label(policy="EXERCISE", classification=1, expires_ms=2**62), "expires outside"),
    (Label(policy="EXERCISE", classification=0, restrictive=frozenset({"Special Handling/LANTERN"})), "UNCLASSIFIED"),
])
def test_labels_that_exercise_refuses(label, words):
    with pytest.raises(InvalidLabel, match=words):
        exercise_policy().validate(label)


def test_a_closed_release_set_takes_its_own_names_only():
    inside = '<tagCategory name="XAA" lacv="1"/>'
    closed = policy(tag_set(tag(inside, 'name="R" tagType="enumerated" enumType="permissive"'), name="Releasable To"))
    closed.validate(demo(release=to("XAA")))
    with pytest.raises(InvalidLabel, match="knows no release to 'JPN'"):
        closed.validate(demo(release=to("JPN")))
    with pytest.raises(InvalidLabel, match="knows no release to 'EVERYONE'"):
        closed.validate(demo(release=Release(everyone=True)))


def test_a_policy_without_a_release_set_takes_members():
    found = policy()
    for release in (to("JPN", "USA"), Release(everyone=True)):
        label = demo(release=release)
        found.validate(label)
        assert found.read(found.write(label)) == label == found.read(found.write_plain(label))
    with pytest.raises(InvalidLabel):
        found.validate(demo(release=to("Japan")))
