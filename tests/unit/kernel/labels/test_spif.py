"""Policy files that contradict themselves are refused with a sentence that says where.

Source of the rules: the Open XML SPIF schema 2.1 and its key constraints; NATO ADatP-4774.1, section 3.4.
"""

from __future__ import annotations

import pytest
from tests.unit.kernel.labels.spifs import HEAD, LEVELS, policy, spif, tag, tag_set

from latticework.kernel.errors import InvalidPolicyFile
from latticework.kernel.labels import SecurityPolicy

LEVEL = '<securityClassification name="{}" lacv="{}" hierarchy="{}"/>'
CATEGORY = '<tagCategory name="{}" lacv="{}"/>'


def test_prefix_default_namespace_and_none_are_the_same_policy():
    default = spif(tag_set(tag(CATEGORY.format("A", 1))))
    plain = default.replace(b' xmlns="http://www.xmlspif.org/spif"', b"")
    prefixed = default.replace(b"xmlns=", b"xmlns:p=").replace(b"</", b"<//").replace(b"<", b"<p:")
    prefixed = prefixed.replace(b"<p://", b"</p:")
    found = [SecurityPolicy.from_spif_bytes(data) for data in (default, plain, prefixed)]
    assert {(p.name, p.id, p.levels, p.restrictive) for p in found} == {("DEMO", "1.2.3", (1, 2), ("Set/A",))}


def test_foreign_elements_are_passed_over():
    extra = '<extensions><x:y xmlns:x="urn:x"/></extensions><x:securityPolicyId xmlns:x="urn:x"/>'
    assert policy(extra=extra).name == "DEMO"


@pytest.mark.parametrize("version", ["1.0", "2.0", "2.1"])
def test_versions_that_can_be_read(version):
    assert SecurityPolicy.from_spif_bytes(spif().replace(b'"2.1"', f'"{version}"'.encode())).name == "DEMO"


WRONG = {
    "version 3.0": (spif().replace(b'"2.1"', b'"3.0"'), "versions 1.0 to 2.1"),
    "another root": (b"<policy/>", "not an XML SPIF"),
    "another namespace": (spif().replace(b"xmlspif.org", b"example.org"), "not an XML SPIF"),
    "no policy": (spif(head=""), "exactly one element 'securityPolicyId'"),
    "two policies": (spif(head=HEAD * 2), "exactly one element 'securityPolicyId'"),
    "no name": (spif(head='<securityPolicyId id="1"/>'), "lacks the attribute 'name'"),
    "empty name": (spif(head='<securityPolicyId name=" " id="1"/>'), "without a name"),
    "no classification": (spif(levels=""), "names no classification"),
    "same name": (spif(levels=LEVEL.format("A", 1, 1) + LEVEL.format("A", 2, 2)), "same name"),
    "same lacv": (spif(levels=LEVEL.format("A", 1, 1) + LEVEL.format("B", 1, 2)), "same lacv"),
    "same hierarchy": (spif(levels=LEVEL.format("A", 1, 1) + LEVEL.format("B", 2, 1)), "same hierarchy"),
    "lacv no number": (spif(levels=LEVEL.format("A", "one", 1)), "not a whole number"),
    "lacv negative": (spif(levels=LEVEL.format("A", "-1", 1)), "not a whole number"),
    "lacv huge": (spif(levels=LEVEL.format("A", "9" * 5000, 1)), "not a whole number"),
    "no tag type": (spif(tag_set(tag("", 'name="T"'))), "lacks the attribute 'tagType'"),
    "unknown tag type": (spif(tag_set(tag("", 'name="T" tagType="wild"'))), "'wild', which does not exist"),
    "enumerated without type": (spif(tag_set(tag("", 'name="T" tagType="enumerated"'))), "does not exist"),
    "same category name": (spif(tag_set(tag(CATEGORY.format("A", 1) + CATEGORY.format("A", 2)))), "two restrictive"),
    "same category lacv": (spif(tag_set(tag(CATEGORY.format("A", 1) + CATEGORY.format("B", 1)))), "the lacv 1"),
    "same lacv written otherwise":
        (spif(tag_set(tag(CATEGORY.format("A", "01") + CATEGORY.format("B", 1)))), "the lacv 1"),
    "same tag set": (spif(tag_set(), tag_set()), "two tag sets"),
    "unknown excluded class":
        (spif(tag_set(tag('<tagCategory name="A" lacv="1"><excludedClass>X</excludedClass></tagCategory>'))), "'X'"),
    "excluded twice": (spif(tag_set(tag(
        '<tagCategory name="A" lacv="1"><excludedClass>OPEN</excludedClass><excludedClass>OPEN</excludedClass>'
        "</tagCategory>"))), "twice"),
    "unknown required class":
        (spif(tag_set(tag('<tagCategory name="A" lacv="1" requiredClass="X"/>'))), "does not define"),
    "unknown reference": (spif(tag_set(tag(
        '<tagCategory name="A" lacv="1"><excludedCategory tagSetRef="X" tagType="restrictive"/></tagCategory>'))),
        "does not define"),
    "unknown operation": (spif(levels=LEVELS.replace('color="green"/>', '><requiredCategory operation="some"/>'
                               "</securityClassification>", 1)), "onlyOne, oneOrMore or all"),
    "unknown marking code": (spif(extra='<markingData phrase="x"><code>skywriting</code></markingData>'), "skywriting"),
    "unknown qualifier": (spif(extra='<markingQualifier><qualifier markingQualifier="x" qualifierCode="infix"/>'
                               "</markingQualifier>"), "'infix'"),
    "unknown equivalent policy": (spif(levels=LEVELS.replace(
        'color="green"/>', '><equivalentClassification policyRef="X" lacv="1" applied="both"/>'
        "</securityClassification>", 1)), "does not list as equivalent"),
    "bad time": (spif(attributes='notBefore="yesterday"'), "not a time"),
    "element in a text": (spif(extra='<markingData><code>page<b/>Top</code></markingData>'), "only text belongs"),
}


@pytest.mark.parametrize(("data", "words"), WRONG.values(), ids=WRONG.keys())
def test_contradictions_are_refused(data, words):
    with pytest.raises(InvalidPolicyFile, match=words) as refused:
        SecurityPolicy.from_spif_bytes(data)
    assert refused.value.message.endswith(".")


def test_the_file_that_spiffing_calls_borked_is_refused_for_its_reason():
    # surevine/spiffing (MIT), test-data/food-policy-borked.xml: one classification excluded twice from a category.
    data = spif(tag_set(tag('<tagCategory name="Chocolate" lacv="6"><excludedClass>CLOSED</excludedClass>'
                            "<excludedClass>CLOSED</excludedClass></tagCategory>")))
    with pytest.raises(InvalidPolicyFile, match="excludes one classification twice"):
        SecurityPolicy.from_spif_bytes(data)


def test_a_large_policy_loads_in_the_time_of_its_size():
    # 20,000 categories that each exclude their tag set: a reader that compares all with all would not come back.
    rule = '<excludedCategory tagSetRef="Set" tagType="permissive"/>'
    inside = "".join(f'<tagCategory name="C{n}" lacv="{n}">{rule}</tagCategory>' for n in range(20_000))
    big = policy(tag_set(tag(inside), tag(CATEGORY.format("P", 1), 'name="P" tagType="permissive"')))
    assert len(big.restrictive) == 20_000
