"""Labels as NATO ADatP-4774 XML: read whatever the standard allows, write what its schema wants.

Source: NATO ADatP-4774 edition A (2017), appendix 1; how a label and a policy file meet: ADatP-4774.1, section 3.10.2.
"""

from __future__ import annotations

from typing import Final, cast

import msgspec
from lxml import etree

from latticework.kernel.errors import InvalidLabel, PolicyMismatch
from latticework.kernel.labels import extension
from latticework.kernel.labels.catalog import Catalog, Choice
from latticework.kernel.labels.extension import SOURCE
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.labels.safexml import children, local_name, namespace
from latticework.kernel.labels.scheme import TagKind, TagSet

NAMESPACE: Final = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"
ROOTS: Final = frozenset({
    "originatorConfidentialityLabel", "alternativeConfidentialityLabel", "metadataConfidentialityLabel",
    "ConfidentialityLabel",
})
_PREFIXES: Final = cast("dict[str, str]", {None: NAMESPACE})  # lxml takes None for the default namespace.
_OID: Final = "urn:oid:"
_IN_LABEL: Final = frozenset({"ConfidentialityInformation", "OriginatorID", "CreationDateTime", "SuccessionHandling"})
_IN_INFORMATION: Final = frozenset({"PolicyIdentifier", "Classification", "Category"})


def is_label(root: etree._Element) -> bool:
    """Say whether an element is an ADatP-4774 label."""
    return namespace(root) == NAMESPACE and local_name(root) in ROOTS


def read(root: etree._Element, catalog: Catalog) -> Label:
    """Return the label that an element says.

    Names are compared without regard to case (ADatP-4774, section 5). After a succession date another label would hold,
    so this one is taken to expire then. A review date does not end a label.

    Raises
    ------
    InvalidLabel
        When it does not follow the standard or names what the policy does not have.
    PolicyMismatch
        When it is of another policy.
    """
    _check_known(root, _IN_LABEL)
    information = _one(root, "ConfidentialityInformation")
    _check_known(information, _IN_INFORMATION)
    _check_policy(_one(information, "PolicyIdentifier"), catalog)
    name = SOURCE.words(_one(information, "Classification"))
    level = catalog.level_by_name(name)
    if level is None:
        raise InvalidLabel(f"{catalog.scheme.name} has no classification {name[:40]!r}.")
    choices: list[Choice] = []
    members: set[str] = set()
    for element in children(information, "Category"):
        _read_category(element, catalog, choices, members)
    label = catalog.assemble(level, choices)
    if members:
        had = label.release
        if had is not None and had.everyone:
            raise InvalidLabel("the label is released to everyone and to members by name; leave one of the two out.")
        release = Release(members=frozenset(members) | (had.members if had is not None else frozenset()))
        label = msgspec.structs.replace(label, release=release)
    ends = [extension.read_time(SOURCE.words(_one(succession, "SuccessionDateTime")))
            for succession in children(root, "SuccessionHandling")]
    label = msgspec.structs.replace(label, expires_ms=min(ends, default=None))
    return extension.read(root, label, catalog)


def _one(element: etree._Element, name: str) -> etree._Element:
    found = list(children(element, name))
    if len(found) != 1:
        raise SOURCE.refuse(f"needs exactly one element {name!r}")
    return found[0]


def _check_known(element: etree._Element, known: frozenset[str]) -> None:
    for child in element:
        if namespace(child) == namespace(element) and local_name(child) not in known:
            # A privacy mark, for one: to pass over it would lose handling words without a trace.
            raise SOURCE.refuse(f"has an element {local_name(child)[:40]!r}, which is not supported")


def _check_policy(element: etree._Element, catalog: Catalog) -> None:
    name, own = SOURCE.words(element), catalog.scheme
    # The published samples spell the attribute URL.
    uri = element.get("URI") or element.get("URL") or ""
    if name.casefold() != own.name.casefold() or (uri.startswith(_OID) and uri != _OID + own.id):
        raise PolicyMismatch(f"the label is of the policy {name[:40]!r} and this is {own.name} ({own.id}).")


def _read_category(element: etree._Element, catalog: Catalog, choices: list[Choice], members: set[str]) -> None:
    kind = SOURCE.attribute(element, "Type")
    if kind not in set(TagKind):
        raise SOURCE.refuse(f"has a category of the type {kind[:20]!r}; use RESTRICTIVE, PERMISSIVE or INFORMATIVE")
    name = SOURCE.attribute(element, "TagName")
    tag_set = catalog.tag_set_by_name(name)
    uri = element.get("URI") or ""
    if tag_set is None or (uri.startswith(_OID) and uri != _OID + tag_set.id):
        raise InvalidLabel(f"{catalog.scheme.name} has no tag set {name[:40]!r} of that id.")
    for child in element:
        if namespace(child) != namespace(element):
            continue
        if local_name(child) != "GenericValue":
            raise SOURCE.refuse("has a category value that is no GenericValue")
        value = SOURCE.words(child)
        choice = catalog.by_name(TagKind(kind), tag_set, value)
        if choice is not None:
            choices.append(choice)
        elif tag_set is catalog.release_set and kind == TagKind.PERMISSIVE and catalog.open_release:
            members.add(value)
        else:
            raise InvalidLabel(
                f"{catalog.scheme.name} has no {kind.lower()} category {value[:40]!r} in {tag_set.name[:40]!r}.")


def write(label: Label, catalog: Catalog, created_ms: int | None) -> bytes:
    """Return the XML of a label that :func:`.validity.check` has passed.

    Parameters
    ----------
    created_ms
        The schema wants a creation time; None leaves it out, as the published samples do.
    """
    root = etree.Element(f"{{{NAMESPACE}}}originatorConfidentialityLabel", nsmap=_PREFIXES)
    information = etree.SubElement(root, _qualified("ConfidentialityInformation"))
    policy = etree.SubElement(information, _qualified("PolicyIdentifier"), URI=_OID + catalog.scheme.id)
    policy.text = catalog.scheme.name
    etree.SubElement(information, _qualified("Classification")).text = catalog.level(label.classification).name
    for tag_set, kind, names in _categories(label, catalog):
        category = etree.SubElement(
            information, _qualified("Category"), TagName=tag_set.name, Type=kind.value, URI=_OID + tag_set.id)
        for name in names:
            etree.SubElement(category, _qualified("GenericValue")).text = name
    if created_ms is not None:
        etree.SubElement(root, _qualified("CreationDateTime")).text = extension.write_time(created_ms)
    extension.append(root, label, catalog, all_releases=False)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _qualified(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _categories(label: Label, catalog: Catalog) -> list[tuple[TagSet, TagKind, list[str]]]:
    """Return each tag set with its kind and chosen names, in the order of the policy."""
    chosen, unlisted = catalog.chosen(label)
    found: dict[tuple[str, TagKind], tuple[TagSet, TagKind, list[str]]] = {}
    for choice in chosen:
        kind = choice.tag.type.kind
        row = found.setdefault((choice.tag_set.id, kind), (choice.tag_set, kind, []))
        row[2].append(choice.category.name)
    releases = catalog.release_set
    if releases is not None:
        members = [u.name for u in unlisted if catalog.is_unlisted_release(u)]
        if members:
            row = found.setdefault((releases.id, TagKind.PERMISSIVE), (releases, TagKind.PERMISSIVE, []))
            row[2].extend(members)
    return list(found.values())
