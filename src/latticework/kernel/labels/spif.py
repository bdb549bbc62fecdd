"""Reading security policy files: Open XML SPIF 1.0 to 2.1, with or without a namespace prefix.

Source: the Open XML SPIF schema 2.1 (http://www.xmlspif.org/spif); NATO ADatP-4774.1, sections 3.2 to 3.6.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from latticework.kernel.errors import InvalidPolicyFile
from latticework.kernel.labels.safexml import XmlSource, children, local_name, namespace
from latticework.kernel.labels.scheme import (
    CategoryEquivalent,
    CategoryReference,
    EquivalentPolicy,
    Level,
    LevelEquivalent,
    Operation,
    Phrase,
    Qualifier,
    Requirement,
    Scheme,
    Tag,
    TagCategory,
    TagSet,
    TagType,
    Wording,
)

SPIF_NAMESPACE: Final = "http://www.xmlspif.org/spif"
MAX_POLICY_BYTES: Final = 8 * 1024 * 1024
"""Largest policy file; NATO's published example has 87 kB."""
SOURCE: Final = XmlSource("security policy file", InvalidPolicyFile, MAX_POLICY_BYTES)

PLACES: Final = frozenset({
    "pageTop", "pageBottom", "pageTopBottom", "documentStart", "documentEnd", "firstLineOfText", "lastLineOfText",
    "subject", "xHeader", "portionMarking", "inputTitle", "waterMark",
})
"""Marking codes that say where a phrase stands."""
EFFECTS: Final = frozenset({"noNameDisplay", "noMarkingDisplay", "suppressClassName", "replacePolicy"})
"""Marking codes that say what a phrase does."""
_SPELLED: Final = {"supressClassName": "suppressClassName", "firstLineofText": "firstLineOfText"}
"""ADatP-4774.1, table 6, spells two codes otherwise than the schema."""
_VERSIONS: Final = frozenset({"1.0", "2.0", "2.1"})
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_GENERALIZED: Final = re.compile(r"[0-9]{14}Z")


def read_spif(data: bytes) -> Scheme:
    """Return what a policy file says.

    Parameters
    ----------
    data
        The file, at most :data:`MAX_POLICY_BYTES`.

    Raises
    ------
    InvalidPolicyFile
        With one sentence, when it is not a well-formed, safe SPIF whose references lead somewhere.
    """
    root = SOURCE.parse(data)
    if local_name(root) != "SPIF" or namespace(root) not in {SPIF_NAMESPACE, ""}:
        raise SOURCE.refuse("is not an XML SPIF")
    version = root.get("schemaVersion", "2.1")
    if version not in _VERSIONS:
        raise SOURCE.refuse(f"is of SPIF version {version[:10]}; versions 1.0 to 2.1 can be read")
    policy = _one(root, "securityPolicyId")
    return Scheme(
        name=_name(policy), id=SOURCE.attribute(policy, "id"), levels=_levels(_one(root, "securityClassifications")),
        tag_sets=tuple(
            _tag_set(element) for holder in children(root, "securityCategoryTagSets")
            for element in children(holder, "securityCategoryTagSet")
        ),
        equivalent_policies=tuple(
            EquivalentPolicy(_name(element), SOURCE.attribute(element, "id"), _requirements(element))
            for holder in children(root, "equivalentPolicies") for element in children(holder, "equivalentPolicy")
        ),
        wording=_wording(root), name_wording=_wording(policy),
        not_before_ms=_time(root, "notBefore"), not_after_ms=_time(root, "notAfter"),
    )


def _one(element: etree._Element, name: str) -> etree._Element:
    found = list(children(element, name))
    if len(found) != 1:
        raise SOURCE.refuse(f"needs exactly one element {name!r} in its {local_name(element)!r}")
    return found[0]


def _name(element: etree._Element) -> str:
    name = SOURCE.attribute(element, "name").strip()
    if not name:
        raise SOURCE.refuse(f"has an element {local_name(element)!r} without a name")
    return name


def _flag(element: etree._Element, name: str) -> bool:
    return element.get(name, "false").strip() in {"true", "1"}


def _time(element: etree._Element, name: str) -> int | None:
    text = element.get(name)
    if text is None:
        return None
    text = text.strip()
    try:
        if _GENERALIZED.fullmatch(text):
            found = datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
        else:
            found = datetime.fromisoformat(text)
            found = found if found.tzinfo else found.replace(tzinfo=UTC)
    except ValueError:
        raise SOURCE.refuse(f"has {name!r} {text[:30]!r}, which is not a time") from None
    return round(found.timestamp() * 1000)


# ---- classifications -------------------------------------------------------------------------------------------------


def _levels(holder: etree._Element) -> tuple[Level, ...]:
    levels = tuple(sorted(map(_level, children(holder, "securityClassification")), key=lambda level: level.hierarchy))
    if not levels:
        raise SOURCE.refuse("names no classification")
    for what, values in (("name", [x.name for x in levels]), ("lacv", [x.lacv for x in levels]),
                         ("hierarchy", [x.hierarchy for x in levels])):
        if len(set(values)) < len(values):
            raise SOURCE.refuse(f"has two classifications with the same {what}")
    return levels


def _level(element: etree._Element) -> Level:
    return Level(
        name=_name(element), lacv=SOURCE.number(element, "lacv"), hierarchy=SOURCE.number(element, "hierarchy"),
        color=element.get("color"), obsolete=_flag(element, "obsolete"), wording=_wording(element),
        requires=_requirements(element),
        equivalents=tuple(
            LevelEquivalent(SOURCE.attribute(e, "policyRef"), SOURCE.number(e, "lacv"), _requirements(e))
            for e in children(element, "equivalentClassification") if _at_origin(e)
        ),
    )


def _at_origin(element: etree._Element) -> bool:
    """Say whether an equivalence holds for what leaves (``encrypt``); ``decrypt`` is for what comes in."""
    applied = SOURCE.attribute(element, "applied")
    if applied not in {"encrypt", "decrypt", "both"}:
        raise SOURCE.refuse(f"applies an equivalence at {applied[:20]!r}; use encrypt, decrypt or both")
    return applied != "decrypt"


# ---- categories ------------------------------------------------------------------------------------------------------


def _tag_set(element: etree._Element) -> TagSet:
    return TagSet(
        _name(element), SOURCE.attribute(element, "id"),
        tuple(_tag(tag) for tag in children(element, "securityCategoryTag")),
    )


def _tag(element: etree._Element) -> Tag:
    most = SOURCE.number(element, "maxSelection") if element.get("maxSelection") is not None else None
    return Tag(
        name=_name(element), type=_tag_type(element), wording=_wording(element),
        least=SOURCE.number(element, "minSelection") if element.get("minSelection") is not None else 0,
        most=1 if _flag(element, "singleSelection") else most,
        categories=tuple(_category(e) for e in children(element, "tagCategory")),
    )


def _tag_type(element: etree._Element) -> TagType:
    words = SOURCE.attribute(element, "tagType")
    if words == "enumerated":
        words = f"enumerated {element.get('enumType', 'nothing')}"
    found = {
        "restrictive": TagType.RESTRICTIVE, "permissive": TagType.PERMISSIVE, "tagType7": TagType.INFORMATIVE,
        "informative": TagType.INFORMATIVE, "enumerated restrictive": TagType.ENUMERATED_RESTRICTIVE,
        "enumerated permissive": TagType.ENUMERATED_PERMISSIVE,
    }.get(words)
    if found is None:
        raise SOURCE.refuse(f"has a tag type {words[:40]!r}, which does not exist")
    return found


def _category(element: etree._Element) -> TagCategory:
    excluded = [SOURCE.words(e) for e in children(element, "excludedClass")]
    if len(set(excluded)) < len(excluded):
        raise SOURCE.refuse("excludes one classification twice from a category")
    return TagCategory(
        name=_name(element), lacv=SOURCE.number(element, "lacv"), obsolete=_flag(element, "obsolete"),
        user_input=_flag(element, "userInput"),
        not_before_ms=_time(element, "notBefore"), not_after_ms=_time(element, "notAfter"),
        wording=_wording(element), excluded_levels=frozenset(excluded), required_level=element.get("requiredClass"),
        requires=_requirements(element),
        excludes=tuple(_reference(e) for e in children(element, "excludedCategory")),
        equivalents=tuple(
            _equivalent(e) for e in children(element, "equivalentSecCategoryTag") if _at_origin(e)
        ),
    )


def _equivalent(element: etree._Element) -> CategoryEquivalent:
    discard = element.get("action") == "discard"
    return CategoryEquivalent(
        SOURCE.attribute(element, "policyRef"), SOURCE.attribute(element, "tagSetId"), _tag_type(element),
        None if discard else SOURCE.number(element, "lacv"),
    )


def _requirements(element: etree._Element) -> tuple[Requirement, ...]:
    found = []
    for required in children(element, "requiredCategory"):
        operation = SOURCE.attribute(required, "operation")
        if operation not in set(Operation):
            raise SOURCE.refuse(f"requires categories by {operation[:20]!r}; use onlyOne, oneOrMore or all")
        found.append(Requirement(
            Operation(operation), tuple(_reference(e) for e in children(required, "categoryGroup"))
        ))
    return tuple(found)


def _reference(element: etree._Element) -> CategoryReference:
    lacv = None if element.get("lacv") is None else SOURCE.number(element, "lacv")
    return CategoryReference(SOURCE.attribute(element, "tagSetRef"), _tag_type(element), lacv)


# ---- words -----------------------------------------------------------------------------------------------------------


def _wording(element: etree._Element) -> Wording:
    phrases = tuple(
        Phrase(e.get("phrase"), e.get(_LANGUAGE, "").lower(), _codes(e)) for e in children(element, "markingData")
    )
    qualifiers = tuple(
        Qualifier(_qualifier_code(q), SOURCE.attribute(q, "markingQualifier"), q.get(_LANGUAGE, "").lower())
        for e in children(element, "markingQualifier") for q in children(e, "qualifier")
    )
    return Wording(phrases, qualifiers)


def _codes(element: etree._Element) -> frozenset[str]:
    written = [SOURCE.words(e) for e in children(element, "code")]
    codes = frozenset(_SPELLED.get(code, code) for code in written)
    unknown = codes - PLACES - EFFECTS
    if unknown:
        raise SOURCE.refuse(f"has a marking code {min(unknown)[:30]!r}, which does not exist")
    return codes


def _qualifier_code(element: etree._Element) -> str:
    code = SOURCE.attribute(element, "qualifierCode")
    if code not in {"prefix", "suffix", "separator"}:
        raise SOURCE.refuse(f"has a qualifier {code[:20]!r}; use prefix, suffix or separator")
    return code
