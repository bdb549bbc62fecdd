"""Fuzz targets: every decoder of labels. Each returns for any bytes, or raises one of our own errors."""

from __future__ import annotations

import contextlib

from latticework.kernel.errors import InvalidLabel, InvalidPolicyFile, PolicyMismatch
from latticework.kernel.labels import SecurityPolicy, exercise_policy, join

POLICY = exercise_policy()
NAMESPACE = b"urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"
FRAME = (
    b'<originatorConfidentialityLabel xmlns="' + NAMESPACE + b'"><ConfidentialityInformation>'
    b"<PolicyIdentifier>EXERCISE</PolicyIdentifier>%b</ConfidentialityInformation></originatorConfidentialityLabel>"
)
SPIF = (
    b'<SPIF xmlns="http://www.xmlspif.org/spif"><securityPolicyId name="A" id="1.2"/><securityClassifications>'
    b'<securityClassification name="LOW" lacv="0" hierarchy="0"/></securityClassifications>%b</SPIF>'
)


def label(data: bytes) -> None:
    """Take bytes as a label file."""
    with contextlib.suppress(InvalidLabel, PolicyMismatch):
        found = POLICY.read(data)
        assert found.policy == POLICY.name
        assert join([found, found]) == found
        for language in ("en", "ja"):
            assert POLICY.classification_name(found.classification, language) in POLICY.marking(found, language)
        POLICY.validate(found)
        assert POLICY.read(POLICY.write(found)) == found, "ADatP-4774 XML does not keep the label"
        assert POLICY.read(POLICY.write_plain(found)) == found, "plain label XML does not keep the label"


def label_inside(data: bytes) -> None:
    """Take bytes as what stands inside of a label."""
    label(FRAME % data)


def policy(data: bytes) -> None:
    """Take bytes as a policy file; what can be loaded can mark its labels."""
    with contextlib.suppress(InvalidPolicyFile):
        found = SecurityPolicy.from_spif_bytes(data)
        assert found.lowest in found.levels
        for level in found.levels[:20]:
            assert found.classification_name(level)


def policy_inside(data: bytes) -> None:
    """Take bytes as what stands inside of a policy file."""
    policy(SPIF % data)
