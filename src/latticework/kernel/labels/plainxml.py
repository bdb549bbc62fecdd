"""Labels as plain XML: the policy's object identifier and the numbers (lacv) of what was chosen.

    <label xmlns="http://surevine.com/xmlns/spiffy">
      <policy id="1.3.26.1.3.1"/> <classification lacv="1"/> <tag type="permissive" id="1.3.26.1.4.4" lacv="1001"/>
    </label>

Source: the sample labels of surevine/spiffing (MIT license), ``test-data/nato-4774-17-*.xml``.
"""

from __future__ import annotations

from typing import Final, cast

from lxml import etree

from latticework.kernel.errors import InvalidLabel, PolicyMismatch
from latticework.kernel.labels import extension
from latticework.kernel.labels.catalog import Catalog, Choice
from latticework.kernel.labels.extension import SOURCE
from latticework.kernel.labels.label import Label
from latticework.kernel.labels.safexml import children, local_name, namespace
from latticework.kernel.labels.scheme import TagType

NAMESPACE: Final = "http://surevine.com/xmlns/spiffy"
_PREFIXES: Final = cast("dict[str, str]", {None: NAMESPACE})  # lxml takes None for the default namespace.
_KNOWN: Final = frozenset({"policy", "classification", "tag"})


def is_label(root: etree._Element) -> bool:
    """Say whether an element is a plain label."""
    return namespace(root) == NAMESPACE and local_name(root) == "label"


def read(root: etree._Element, catalog: Catalog) -> Label:
    """Return the label that an element says.

    Raises
    ------
    InvalidLabel
        When a part is missing, unknown, or names what the policy does not have.
    PolicyMismatch
        When it is of another policy.
    """
    for child in root:
        if namespace(child) == NAMESPACE and local_name(child) not in _KNOWN:
            raise SOURCE.refuse(f"has an element {local_name(child)[:40]!r}, which is not supported")
    policy_id = SOURCE.attribute(_one(root, "policy"), "id")
    if policy_id != catalog.scheme.id:
        raise PolicyMismatch(
            f"the label is of the policy {policy_id[:40]!r} and this is {catalog.scheme.name} ({catalog.scheme.id}).")
    lacv = SOURCE.number(_one(root, "classification"), "lacv")
    level = catalog.level_by_lacv(lacv)
    if level is None:
        raise InvalidLabel(f"{catalog.scheme.name} has no classification with the lacv {lacv}.")
    choices = [_choice(element, catalog) for element in children(root, "tag")]
    return extension.read(root, catalog.assemble(level, choices), catalog)


def _one(element: etree._Element, name: str) -> etree._Element:
    found = list(children(element, name))
    if len(found) != 1:
        raise SOURCE.refuse(f"needs exactly one element {name!r}")
    return found[0]


def _choice(element: etree._Element, catalog: Catalog) -> Choice:
    words = SOURCE.attribute(element, "type")
    if words not in set(TagType):
        raise SOURCE.refuse(f"has a tag of the type {words[:30]!r}, which does not exist")
    tag_set_id, lacv = SOURCE.attribute(element, "id"), SOURCE.number(element, "lacv")
    choice = catalog.by_number(tag_set_id, TagType(words), lacv)
    if choice is None:
        raise InvalidLabel(f"{catalog.scheme.name} has no {words} tag {tag_set_id[:60]!r} with the lacv {lacv}.")
    return choice


def write(label: Label, catalog: Catalog) -> bytes:
    """Return the XML of a label that :func:`.validity.check` has passed."""
    root = etree.Element(f"{{{NAMESPACE}}}label", nsmap=_PREFIXES)
    etree.SubElement(root, f"{{{NAMESPACE}}}policy", id=catalog.scheme.id)
    level = catalog.level(label.classification)
    etree.SubElement(root, f"{{{NAMESPACE}}}classification", lacv=str(level.lacv))
    for choice in catalog.chosen(label)[0]:
        etree.SubElement(
            root, f"{{{NAMESPACE}}}tag", type=choice.tag.type.value, id=choice.tag_set.id,
            lacv=str(choice.category.lacv))
    extension.append(root, label, catalog, all_releases=True)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
