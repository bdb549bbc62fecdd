"""Plain label XML: what is refused, and what is written (form of surevine/spiffing's sample labels, MIT license)."""

from __future__ import annotations

import pytest
from lxml import etree

from latticework.kernel.errors import InvalidLabel, PolicyMismatch
from latticework.kernel.ids import MemberId
from latticework.kernel.labels import Label, Release, exercise_policy

NS = "http://surevine.com/xmlns/spiffy"
POLICY = exercise_policy()
IDENTIFIER = f'<policy id="{POLICY.id}"/>'
LEVEL = '<classification lacv="2"/>'


def xml(inside):
    return f'<label xmlns="{NS}" xmlns:lw="urn:latticework:label:1">{inside}</label>'.encode()


def tag(type_="enumeratedPermissive", set_=2, lacv="392"):
    return f'<tag type="{type_}" id="{POLICY.id}.{set_}" lacv="{lacv}"/>'


def test_numbers_are_compared_as_numbers():
    tags = tag(lacv="036") + tag() + tag() + tag("restrictive", 1, "1") + tag("informative", 3, "1")
    assert POLICY.read(xml(IDENTIFIER + LEVEL + tags)) == Label(
        policy="EXERCISE", classification=2, release=Release(members=frozenset({"AUS", "JPN"})),
        restrictive=frozenset({"Special Handling/LANTERN"}), informative=frozenset({"Handling/DRAFT"}))


REFUSED = {
    "no policy": (LEVEL, "'policy'"),
    "policy without id": ("<policy/>" + LEVEL, "lacks the attribute 'id'"),
    "no classification": (IDENTIFIER, "'classification'"),
    "unknown classification": (IDENTIFIER + '<classification lacv="77"/>', "no classification with the lacv 77"),
    "classification no number": (IDENTIFIER + '<classification lacv="two"/>', "not a whole number"),
    "unknown tag type": (IDENTIFIER + LEVEL + tag("wild"), "'wild', which does not exist"),
    "tag of another type": (IDENTIFIER + LEVEL + tag("permissive"), "no permissive tag"),
    "unknown number": (IDENTIFIER + LEVEL + tag(lacv="999"), "with the lacv 999"),
    "the number of typed values": (IDENTIFIER + LEVEL + tag(lacv="1000"), "with the lacv 1000"),
    "unknown set": (IDENTIFIER + LEVEL + tag(set_=9), "no enumeratedPermissive tag"),
    "unknown element": (IDENTIFIER + LEVEL + "<surprise/>", "not supported"),
    "everyone and somebody": (IDENTIFIER + LEVEL + tag() + tag(lacv="1001"), "to everyone and to members"),
}


@pytest.mark.parametrize(("inside", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused(inside, words):
    with pytest.raises(InvalidLabel, match=words):
        POLICY.read(xml(inside))


def test_another_policy():
    with pytest.raises(PolicyMismatch, match=r"'1\.2\.3' and this is EXERCISE"):
        POLICY.read(xml('<policy id="1.2.3"/>' + LEVEL))


def test_another_namespace_or_root():
    for data in (b"<label/>", b'<label xmlns="urn:x"/>', f'<tag xmlns="{NS}"/>'.encode()):
        with pytest.raises(InvalidLabel, match="neither ADatP-4774 XML nor plain label XML"):
            POLICY.read(data)


def test_a_closed_policy_takes_no_release_beside_its_tags():
    from tests.unit.kernel.labels.spifs import policy, tag_set
    from tests.unit.kernel.labels.spifs import tag as spif_tag

    inside = '<tagCategory name="XAA" lacv="1"/>'
    closed = policy(tag_set(spif_tag(inside, 'name="R" tagType="permissive"'), name="Releasable To"))
    data = xml('<policy id="1.2.3"/><classification lacv="10"/><lw:Handling><lw:Release>JPN</lw:Release></lw:Handling>')
    with pytest.raises(InvalidLabel, match="no release beyond its own"):
        closed.read(data)


def test_what_is_written():
    label = Label(policy="EXERCISE", classification=2, release=Release(members=frozenset({"JPN", "CAN"})),
                  originators=frozenset({MemberId("JPN")}), expires_ms=0)
    root = etree.fromstring(POLICY.write_plain(label))
    assert [(etree.QName(e).localname, e.get("lacv")) for e in root] == [
        ("policy", None), ("classification", "2"), ("tag", "392"), ("Handling", None)]
    assert [(etree.QName(e).localname, e.text) for e in root[-1]] == [
        ("Originator", "JPN"), ("Release", "CAN"), ("Expires", "1970-01-01T00:00:00.000Z")]
