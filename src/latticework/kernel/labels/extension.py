"""What a label says beyond the standards' XML: originators, expiry, groups, and releases that a policy has no tag for.

ADatP-4774 lets a label carry foreign elements after its own (``any ##other``), so readers that do not know this one
pass over it.

    <lw:Handling xmlns:lw="urn:latticework:label:1">
      <lw:Originator>JPN</lw:Originator> <lw:Release>USA</lw:Release> <lw:Group>QUAD@3</lw:Group>
      <lw:Expires>2027-04-01T00:00:00.000Z</lw:Expires>
    </lw:Handling>

Source: NATO ADatP-4774, appendix 1, annex A (XML schema of the label), ConfidentialityLabelType.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from lxml import etree

from latticework.kernel.errors import InvalidId, InvalidLabel
from latticework.kernel.ids import parse_member
from latticework.kernel.labels.catalog import Catalog
from latticework.kernel.labels.label import EVERYONE, Label, Release
from latticework.kernel.labels.safexml import XmlSource, children, local_name, namespace

NAMESPACE: Final = "urn:latticework:label:1"
MAX_LABEL_BYTES: Final = 256 * 1024
"""Largest label file."""
SOURCE: Final = XmlSource("label", InvalidLabel, MAX_LABEL_BYTES)
_HANDLING: Final = f"{{{NAMESPACE}}}Handling"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def write_time(ms: int) -> str:
    """Return `ms` as an XML dateTime in UTC, to the millisecond."""
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_time(text: str) -> int:
    """Return an XML dateTime as ms since 1970; without a zone it is UTC.

    Raises
    ------
    InvalidLabel
        When it is none.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return (found - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        raise SOURCE.refuse(f"has {text[:30]!r} where a date and time belong") from None


def append(root: etree._Element, label: Label, catalog: Catalog, *, all_releases: bool) -> None:
    """Add to `root` what the label's own format cannot say, if there is anything.

    Parameters
    ----------
    all_releases
        True: members that the policy does not list have no place in the format, so they stand here.
    """
    rows: list[tuple[str, str]] = [("Originator", member) for member in sorted(label.originators)]
    if label.release is not None:
        _, unlisted = catalog.chosen(label)
        strange = {u.name for u in unlisted if catalog.is_unlisted_release(u)}
        if catalog.release_set is None or all_releases:
            rows += [("Release", member) for member in sorted(strange)]
        rows += [("Group", group) for group in sorted(label.release.groups)]
    if label.expires_ms is not None:
        rows.append(("Expires", write_time(label.expires_ms)))
    if rows:
        handling = etree.SubElement(root, _HANDLING, nsmap={"lw": NAMESPACE})
        for name, text in rows:
            etree.SubElement(handling, f"{{{NAMESPACE}}}{name}").text = text


def read(root: etree._Element, label: Label, catalog: Catalog) -> Label:
    """Return `label` with what the element that :func:`append` writes says, if it is there."""
    handlings = [child for child in root if child.tag == _HANDLING]
    if not handlings:
        return label
    if len(handlings) > 1:
        raise SOURCE.refuse("has two elements 'Handling'")
    handling = handlings[0]
    for child in handling:
        if namespace(child) == NAMESPACE and local_name(child) not in {"Originator", "Release", "Group", "Expires"}:
            raise SOURCE.refuse(f"has an unknown element {local_name(child)[:40]!r}")
    try:
        originators = frozenset(parse_member(SOURCE.words(e)) for e in children(handling, "Originator"))
    except InvalidId as error:
        raise InvalidLabel(f"an originator of the label is no member: {error.message}") from None
    expires = [read_time(SOURCE.words(e)) for e in children(handling, "Expires")]
    return msgspec.structs.replace(
        label, originators=originators, release=_release(handling, label, catalog),
        expires_ms=min([*expires, *([label.expires_ms] if label.expires_ms is not None else [])], default=None),
    )


def _release(handling: etree._Element, label: Label, catalog: Catalog) -> Release | None:
    named = {SOURCE.words(e) for e in children(handling, "Release")}
    groups = frozenset(SOURCE.words(e) for e in children(handling, "Group"))
    had = label.release.members if label.release is not None else frozenset()
    everyone = EVERYONE in named or (label.release is not None and label.release.everyone)
    if everyone and (had or groups or named - {EVERYONE}):
        raise InvalidLabel("the label is released to everyone and to members by name; leave one of the two out.")
    if catalog.release_set is not None and not catalog.open_release and named:
        raise InvalidLabel(f"{catalog.scheme.name} knows no release beyond its own categories.")
    return Release(everyone=everyone, members=frozenset() if everyone else had | named, groups=groups)
