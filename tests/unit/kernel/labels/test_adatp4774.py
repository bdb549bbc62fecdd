"""ADatP-4774 XML: what is read, what is refused, and the shape of what is written.

Source: NATO ADatP-4774 edition A, appendix 1 (element order, attributes, types).
"""

from __future__ import annotations

import pytest
from lxml import etree

from latticework.kernel.errors import InvalidLabel, PolicyMismatch
from latticework.kernel.ids import MemberId
from latticework.kernel.labels import Label, Release, exercise_policy

NS = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"
LW = 'xmlns:lw="urn:latticework:label:1"'
POLICY = exercise_policy()
IDENTIFIER = "<PolicyIdentifier>EXERCISE</PolicyIdentifier>"
SECRET = "<Classification>SECRET</Classification>"


def category(*values, tag="Releasable To", kind="PERMISSIVE", more=""):
    return (f'<Category TagName="{tag}" Type="{kind}" {more}>'
            f'{"".join(f"<GenericValue>{v}</GenericValue>" for v in values)}</Category>')


def xml(inside=IDENTIFIER + SECRET, after="", root="originatorConfidentialityLabel"):
    return (f'<{root} xmlns="{NS}" {LW}><ConfidentialityInformation>{inside}</ConfidentialityInformation>'
            f"{after}</{root}>").encode()


def read(inside="", **more):
    return POLICY.read(xml(IDENTIFIER + SECRET + inside, **more))


def test_categories_land_in_their_fields():
    found = read(category("JPN", "USA") + category("CEDAR", tag="Special Handling", kind="RESTRICTIVE")
                 + category("DRAFT", tag="Handling", kind="INFORMATIVE"))
    assert found == Label(
        policy="EXERCISE", classification=3, release=Release(members=frozenset({"JPN", "USA"})),
        restrictive=frozenset({"Special Handling/CEDAR"}), informative=frozenset({"Handling/DRAFT"}))


@pytest.mark.parametrize("root", [
    "originatorConfidentialityLabel", "alternativeConfidentialityLabel", "metadataConfidentialityLabel",
    "ConfidentialityLabel"])
def test_every_root_of_the_standard_is_read(root):
    assert read(root=root).classification == 3


def test_case_does_not_matter():
    inside = ("<PolicyIdentifier>Exercise</PolicyIdentifier><Classification>top secret</Classification>"
              + category("jpn", tag="releasable to"))
    assert POLICY.read(xml(inside)) == Label(
        policy="EXERCISE", classification=4, release=Release(members=frozenset({"JPN"})))


def test_foreign_elements_and_dates_are_passed_over():
    after = ('<OriginatorID IDType="dNSName">node.example</OriginatorID><CreationDateTime>2026-04-01T00:00:00Z'
             '</CreationDateTime><x:Marking xmlns:x="urn:x">anything</x:Marking>')
    assert read('<x:Any xmlns:x="urn:x"/>', after=after) == read()


def test_a_succession_ends_the_label():
    # Another label holds from then on. 1774958400 is 2026-03-31T12:00:00Z by GNU date.
    after = ("<SuccessionHandling><SuccessionDateTime>2026-03-31T21:00:00+09:00</SuccessionDateTime>"
             "<SuccessorConfidentialityLabel/></SuccessionHandling>")
    assert read(after=after).expires_ms == 1_774_958_400_000
    later = after.replace("2026", "2099")
    assert read(after=after + later).expires_ms == read(after=later + after).expires_ms == 1_774_958_400_000


def test_what_the_standard_has_no_words_for_is_read_back():
    after = ("<lw:Handling><lw:Originator>JPN</lw:Originator><lw:Originator>USA</lw:Originator>"
             "<lw:Group>PAIR@2</lw:Group><lw:Expires>2026-03-31T12:00:00.250Z</lw:Expires></lw:Handling>")
    assert read(category("JPN", "CAN"), after=after) == Label(
        policy="EXERCISE", classification=3, expires_ms=1_774_958_400_250,
        release=Release(members=frozenset({"JPN", "CAN"}), groups=frozenset({"PAIR@2"})),
        originators=frozenset({MemberId("JPN"), MemberId("USA")}))


REFUSED = {
    "no information": (f'<originatorConfidentialityLabel xmlns="{NS}"/>'.encode(), "'ConfidentialityInformation'"),
    "no policy": (xml(SECRET), "'PolicyIdentifier'"),
    "two policies": (xml(IDENTIFIER * 2 + SECRET), "'PolicyIdentifier'"),
    "no classification": (xml(IDENTIFIER), "'Classification'"),
    "two classifications": (xml(IDENTIFIER + SECRET * 2), "'Classification'"),
    "empty classification": (xml(IDENTIFIER + "<Classification> </Classification>"), "empty element"),
    "unknown classification":
        (xml(IDENTIFIER + "<Classification>COSMIC</Classification>"), "no classification 'COSMIC'"),
    "element in a text": (xml(IDENTIFIER + "<Classification>SEC<b/>RET</Classification>"), "only text belongs"),
    "no type": (xml(IDENTIFIER + SECRET + '<Category TagName="Handling"/>'), "lacks the attribute 'Type'"),
    "no tag name": (xml(IDENTIFIER + SECRET + '<Category Type="PERMISSIVE"/>'), "lacks the attribute 'TagName'"),
    "type in lower case": (xml(IDENTIFIER + SECRET + category("JPN", kind="permissive")), "use RESTRICTIVE"),
    "unknown tag set": (xml(IDENTIFIER + SECRET + category("A", tag="Elsewhere")), "no tag set 'Elsewhere'"),
    "tag set of another id": (xml(IDENTIFIER + SECRET + category("JPN", more='URI="urn:oid:1.2"')), "of that id"),
    "unknown value": (xml(IDENTIFIER + SECRET + category("X", tag="Handling", kind="INFORMATIVE")), "no informative"),
    "value of another kind": (xml(IDENTIFIER + SECRET + category("DRAFT", tag="Handling")), "no permissive"),
    "number as a value": (xml(IDENTIFIER + SECRET + '<Category TagName="Handling" Type="INFORMATIVE"><IntegerValue>1'
                              "</IntegerValue></Category>"), "no GenericValue"),
    "privacy mark": (xml(IDENTIFIER + SECRET + "<PrivacyMark>x</PrivacyMark>"), "'PrivacyMark', which is not"),
    "unknown element": (xml(after="<Surprise/>"), "'Surprise', which is not supported"),
    "everyone and somebody": (xml(IDENTIFIER + SECRET + category("EVERYONE", "JPN")), "to everyone and to members"),
    "everyone and somebody unlisted":
        (xml(IDENTIFIER + SECRET + category("EVERYONE", "CAN")), "to everyone and to members"),
    "succession without a time": (xml(after="<SuccessionHandling/>"), "'SuccessionDateTime'"),
    "succession at no time": (xml(after="<SuccessionHandling><SuccessionDateTime>soon</SuccessionDateTime>"
                                  "</SuccessionHandling>"), "where a date and time belong"),
    "originator no member": (xml(after="<lw:Handling><lw:Originator>Japan</lw:Originator></lw:Handling>"), "no member"),
    "two handlings": (xml(after="<lw:Handling/><lw:Handling/>"), "two elements 'Handling'"),
    "unknown handling": (xml(after="<lw:Handling><lw:Else/></lw:Handling>"), "unknown element 'Else'"),
    "everyone beside a group": (xml(IDENTIFIER + SECRET + category("EVERYONE"),
                                    "<lw:Handling><lw:Group>G@1</lw:Group></lw:Handling>"), "everyone"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused(data, words):
    with pytest.raises(InvalidLabel, match=words) as refused:
        POLICY.read(data)
    assert refused.value.code == "LW-1101"


@pytest.mark.parametrize("identifier", [
    "<PolicyIdentifier>NATO</PolicyIdentifier>",
    '<PolicyIdentifier URI="urn:oid:1.2.3">EXERCISE</PolicyIdentifier>',
    '<PolicyIdentifier URL="urn:oid:1.2.3">EXERCISE</PolicyIdentifier>',
])
def test_another_policy(identifier):
    with pytest.raises(PolicyMismatch) as refused:
        POLICY.read(xml(identifier + SECRET))
    assert refused.value.code == "LW-1103"


def test_what_is_written_has_the_order_of_the_schema():
    label = Label(policy="EXERCISE", classification=3, release=Release(members=frozenset({"USA", "JPN", "CAN"})),
                  restrictive=frozenset({"Special Handling/CEDAR"}), originators=frozenset({MemberId("JPN")}))
    root = etree.fromstring(POLICY.write(label, created_ms=1_774_958_400_000))
    assert root.tag == f"{{{NS}}}originatorConfidentialityLabel"
    assert [etree.QName(e).localname for e in root] == ["ConfidentialityInformation", "CreationDateTime", "Handling"]
    assert root.findtext(f"{{{NS}}}CreationDateTime") == "2026-03-31T12:00:00.000Z"
    information = root[0]
    assert [etree.QName(e).localname for e in information] == [
        "PolicyIdentifier", "Classification", "Category", "Category"]
    assert information[0].get("URI") == f"urn:oid:{POLICY.id}"
    assert [(c.get("TagName"), c.get("Type"), [v.text for v in c]) for c in information[2:]] == [
        ("Special Handling", "RESTRICTIVE", ["CEDAR"]), ("Releasable To", "PERMISSIVE", ["JPN", "USA", "CAN"])]


@pytest.mark.parametrize("created_ms", [-1, 2**60])
def test_no_time_outside_of_xml_is_written(created_ms):
    with pytest.raises(InvalidLabel):
        POLICY.write(Label(policy="EXERCISE", classification=0), created_ms=created_ms)
