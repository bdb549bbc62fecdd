"""A small policy file to bend."""

from __future__ import annotations

from latticework.kernel.labels import SecurityPolicy

HEAD = '<securityPolicyId name="DEMO" id="1.2.3"/>'
LEVELS = """
<securityClassification name="OPEN" lacv="10" hierarchy="1" color="green"/>
<securityClassification name="CLOSED" lacv="20" hierarchy="2"/>
"""


def tag(inside: str, attributes: str = 'name="T" tagType="restrictive"') -> str:
    return f"<securityCategoryTag {attributes}>{inside}</securityCategoryTag>"


def tag_set(*tags: str, name: str = "Set", id_: str = "1.2.3.1") -> str:
    return f'<securityCategoryTagSet name="{name}" id="{id_}">{"".join(tags)}</securityCategoryTagSet>'


def spif(*sets: str, levels: str = LEVELS, head: str = HEAD, extra: str = "", attributes: str = "") -> bytes:
    inside = f"<securityCategoryTagSets>{''.join(sets)}</securityCategoryTagSets>" if sets else ""
    return (f'<SPIF xmlns="http://www.xmlspif.org/spif" schemaVersion="2.1" {attributes}>{head}'
            f"<securityClassifications>{levels}</securityClassifications>{inside}{extra}</SPIF>").encode()


def policy(*sets: str, **more: str) -> SecurityPolicy:
    return SecurityPolicy.from_spif_bytes(spif(*sets, **more))
