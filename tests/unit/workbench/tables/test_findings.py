"""The list of findings: complete in the docs, and safe to show."""

from __future__ import annotations

import re
from pathlib import Path

from latticework.kernel.errors import InvalidTable, TableTooLarge
from latticework.workbench.tables.findings import PROBLEMS, Finding, Findings, Severity, finding_of, refusal, shown

DOCS = Path(__file__).resolve().parents[4] / "docs" / "workbench" / "tables.md"


def test_every_code_is_documented_with_its_severity() -> None:
    rows = dict(re.findall(r"^\| `(T-\d\d)` \| (\w+) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    assert rows == {code: problem.severity.value for code, problem in PROBLEMS.items()}


def test_a_value_is_shown_short_and_without_what_cannot_be_seen() -> None:
    assert shown("a\u202eb\x00") == "a\\u202eb\\u0000"
    assert len(shown("x" * 10_000)) == 61


def test_errors_come_first_and_each_severity_has_its_own_room() -> None:
    findings = Findings(errors=2, others=1)
    for row in range(5):
        findings.add("T-55", row=row)
        findings.add("T-40", row=row, values={"expected": "a text"})
    assert [(f.code, f.row) for f in findings.kept] == [("T-40", 0), ("T-40", 1), ("T-55", 0)]
    assert (findings.count(Severity.ERROR), findings.count(Severity.WARNING)) == (5, 5)


def test_a_refused_file_is_an_error_and_a_finding() -> None:
    error = refusal("T-04", bound="1 MiB")
    assert isinstance(error, TableTooLarge)
    assert finding_of(error) == Finding(code="T-04", values={"bound": "1 MiB"})
    assert "The file would unpack to more than 1 MiB." in error.message
    assert finding_of(InvalidTable("another")) is None
