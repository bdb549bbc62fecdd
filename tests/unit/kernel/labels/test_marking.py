"""Marking codes, qualifiers and languages, case by case.

Source of the rules: NATO ADatP-4774.1, section 3.5, tables 4 to 6; expected words of the suppressClassName case follow
the published UK-DEMO example of surevine/spiffing (MIT), ``test-data/uk-demo.xml``.
"""

from __future__ import annotations

import pytest
from tests.unit.kernel.labels.spifs import policy, tag, tag_set

from latticework.kernel.errors import InvalidLabel
from latticework.kernel.ids import MemberId
from latticework.kernel.labels import Category, Label, Place, Release, exercise_policy


def label(level=1, *restrictive, name="DEMO", **more):
    return Label(policy=name, classification=level, restrictive=frozenset(restrictive), **more)


def phrase(text, *codes, language=None):
    lang = f' xml:lang="{language}"' if language else ""
    words = f' phrase="{text}"' if text is not None else ""
    return f"<markingData{words}{lang}>{''.join(f'<code>{c}</code>' for c in codes)}</markingData>"


def category(*inside, name="A", lacv=1):
    return f'<tagCategory name="{name}" lacv="{lacv}">{"".join(inside)}</tagCategory>'


def qualifier(**texts):
    rows = "".join(f'<qualifier markingQualifier="{t}" qualifierCode="{c}"/>' for c, t in texts.items())
    return f"<markingQualifier>{rows}</markingQualifier>"


@pytest.mark.parametrize(("inside", "expected"), [
    ([], "DEMO OPEN A"),
    ([phrase("Alpha", "pageTopBottom")], "DEMO OPEN Alpha"),
    ([phrase("Alpha")], "DEMO OPEN Alpha"),
    ([phrase("Alpha", "pageTop")], "DEMO OPEN Alpha"),
    ([phrase(None, "pageTopBottom")], "DEMO OPEN A"),
    ([phrase("Alpha", "documentStart")], "DEMO OPEN A"),
    ([phrase("Alpha", "noMarkingDisplay")], "DEMO OPEN A"),
    ([phrase("Alpha", "noNameDisplay")], "DEMO OPEN Alpha"),
    ([phrase(None, "noNameDisplay")], "DEMO OPEN"),
    ([phrase(None, "noMarkingDisplay", "noNameDisplay", "pageTopBottom")], "DEMO OPEN"),
    ([phrase("X", "replacePolicy")], "X OPEN A"),
    ([phrase("X", "replacePolicy", "noNameDisplay")], "X OPEN"),
    ([phrase(None, "replacePolicy")], "DEMO OPEN A"),
    ([phrase("X", "replacePolicy"), phrase("Alpha", "pageTop")], "X OPEN Alpha"),
    ([phrase("OPEN-SENSITIVE", "suppressClassName")], "DEMO OPEN-SENSITIVE"),
    ([phrase("OPEN-SENSITIVE", "supressClassName")], "DEMO OPEN-SENSITIVE"),
    ([phrase("Alpha"), qualifier(prefix="[", suffix="]")], "DEMO OPEN [Alpha]"),
])
def test_codes_of_a_category(inside, expected):
    assert policy(tag_set(tag(category(*inside)))).marking(label(1, "Set/A")) == expected


def test_separators_prefixes_and_the_order_of_the_policy():
    two = tag(category(name="B", lacv=2) + category(name="A", lacv=1) + qualifier(prefix="<", suffix=">", separator="+")
              .replace('"<"', '"&lt;"'))
    bare = tag(category(name="C", lacv=1) + category(name="D", lacv=2), 'name="U" tagType="tagType7"')
    found = policy(tag_set(two, bare), extra=qualifier(prefix="[ ", suffix=" ]", separator=" // "))
    words = found.marking(Label(policy="DEMO", classification=2, restrictive=frozenset({"Set/A", "Set/B"}),
                                informative=frozenset({"Set/C", "Set/D"})))
    assert words == "[ DEMO // CLOSED // <B+A> // C/D ]"


def test_who_replaces_the_policy_name_first():
    levels = ('<securityClassification name="OPEN" lacv="1" hierarchy="1"/>'
              f'<securityClassification name="TOP" lacv="2" hierarchy="2">{phrase("LEVEL", "replacePolicy")}'
              "</securityClassification>")
    sets = tag_set(tag(category(phrase("CAT", "replacePolicy"))))
    assert policy(sets, levels=levels).marking(label(1, "Set/A")) == "CAT OPEN A"
    assert policy(sets, levels=levels).marking(label(2, "Set/A")) == "LEVEL TOP A"
    over = policy(sets, levels=levels, extra=phrase("", "replacePolicy"))
    assert over.marking(label(2, "Set/A")) == "TOP A"


def test_the_policy_identifier_can_be_worded():
    head = f'<securityPolicyId name="DEMO" id="1.2.3">{phrase("Démo", language="fr")}</securityPolicyId>'
    assert policy(head=head).marking(label(), "fr") == "Démo OPEN"
    assert policy(head=head).marking(label()) == "DEMO OPEN"


def test_languages_fall_back_to_the_base_and_then_to_the_default():
    inside = category(phrase("default"), phrase("French", language="fr"), phrase("Canadian", language="fr-CA"))
    found = policy(tag_set(tag(inside)))
    spoken = {asked: found.marking(label(1, "Set/A"), asked) for asked in ("en", "fr", "fr-ca", "fr_CA", "fr-BE", "xx")}
    assert spoken == {"en": "DEMO OPEN default", "fr": "DEMO OPEN French", "fr-ca": "DEMO OPEN Canadian",
                      "fr_CA": "DEMO OPEN Canadian", "fr-BE": "DEMO OPEN French", "xx": "DEMO OPEN default"}


def test_each_place_has_its_words_or_those_of_the_page():
    inside = category(phrase("Page", "pageTopBottom"), phrase("Water", "waterMark"), phrase("P", "portionMarking"))
    found = policy(tag_set(tag(inside)))
    marked = label(1, "Set/A")
    assert found.marking(marked) == "DEMO OPEN Page"
    assert found.marking(marked, place=Place.WATERMARK) == "DEMO OPEN Water"
    assert found.marking(marked, place=Place.SUBJECT) == "DEMO OPEN Page"
    assert found.portion_marking(marked) == "(DEMO OPEN P)"


def test_what_the_policy_does_not_list_is_shown_all_the_same():
    found = policy(tag_set(tag(category())))
    strange = label(1, "Set/A", "Set/Z", "odd", permissive=(Category("Else", ("V",)),),
                    release=Release(members=frozenset({"JPN", "USA"}), groups=frozenset({"G@1"})))
    assert found.marking(strange) == "DEMO OPEN A REL TO JPN, USA (G@1) Else: V/Set: Z/odd"
    assert found.marking(label(release=Release(everyone=True))) == "DEMO OPEN REL TO ALL MEMBERS"


def test_what_cannot_be_marked_is_refused():
    with pytest.raises(InvalidLabel, match="no classification of the rank 9"):
        policy().marking(label(9))
    with pytest.raises(InvalidLabel, match="map it first"):
        policy().marking(label(name="NATO"))


JPN_USA = Release(members=frozenset({"USA", "JPN"}))


@pytest.mark.parametrize(("level", "more", "english", "japanese", "portion"), [
    (0, {}, "UNCLASSIFIED", "非秘", "(U)"),
    (1, {}, "RESTRICTED", "取扱注意", "(R)"),
    (2, {"release": JPN_USA}, "CONFIDENTIAL REL TO JPN, USA", "秘　開示先 JPN, USA", "(C REL TO JPN, USA)"),
    (3, {"release": Release(everyone=True)}, "SECRET REL TO ALL MEMBERS", "極秘　開示先 全構成国",
     "(S REL TO ALL MEMBERS)"),
    (4, {"restrictive": frozenset({"Special Handling/LANTERN", "Special Handling/CEDAR"}),
         "informative": frozenset({"Handling/DRAFT"}), "release": JPN_USA},
     "TOP SECRET LANTERN/CEDAR REL TO JPN, USA - DRAFT", "機密　LANTERN/CEDAR　開示先 JPN, USA　- 草案",
     "(TS LANTERN/CEDAR REL TO JPN, USA - DRAFT)"),
    (2, {"release": Release(members=frozenset({"CAN", "JPN"}), groups=frozenset({"PAIR@2"}))},
     "CONFIDENTIAL REL TO JPN, CAN (PAIR@2)", "秘　開示先 JPN, CAN (PAIR@2)", "(C REL TO JPN, CAN (PAIR@2))"),
])
def test_exercise_marks_in_two_languages(level, more, english, japanese, portion):
    found = exercise_policy()
    marked = Label(policy="EXERCISE", classification=level, originators=frozenset({MemberId("JPN")}), **more)
    found.validate(marked, new=True)
    assert found.marking(marked) == english
    assert found.marking(marked, "ja") == japanese
    assert found.portion_marking(marked) == portion
    assert found.classification_name(level, "ja") == japanese.partition("　")[0]
