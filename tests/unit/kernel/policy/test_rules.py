"""The rule table: stable ids, whole sentences, and a reference page in step with it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from latticework.kernel.policy import RULES, Applies, Effect, rules_markdown
from latticework.kernel.policy.reading import READING
from latticework.kernel.policy.transfer import ARRANGED, CONSTRAINED, GENERAL

ROOT = Path(__file__).resolve().parents[4]

IDS = {
    "R-00": "default", "R-01": "purpose", "R-02": "partner", "R-03": "suspended", "R-04": "expired", "R-05": "audience",
    "R-06": "house-keeping", "R-07": "standing", "R-08": "law-forbids", "R-09": "approval-missing",
    "R-10": "no-arrangement", "R-11": "direction", "R-12": "topic", "R-13": "in-force",
    "R-14": "level-maps", "R-15": "caveats-map", "R-16": "ceiling", "R-17": "discreet", "R-18": "origin",
    "R-19": "onward-never", "R-20": "onward-consent", "R-21": "arrangement", "R-22": "onward-consented",
    "R-23": "onward-free", "R-30": "role", "R-31": "member", "R-32": "nationality", "R-33": "no-clearance",
    "R-34": "clearance", "R-35": "compartment", "R-36": "reader",
}
"""Ledgers keep these ids for good: a line here may be added, never changed or reused."""


def test_ids_keep_their_meaning():
    assert {rule.id: rule.name for rule in RULES} == IDS
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_each_rule_is_one_sentence_and_says_what_would_change_it(rule):
    for text in (rule.sentence, rule.change):
        assert re.fullmatch(r"[A-Z].*\.", text)
        assert not re.search(r"\{|\}", text)


def test_every_step_withholds_and_stands_in_the_table_in_its_order():
    for steps in (GENERAL, CONSTRAINED, ARRANGED):
        ids = [rule.id for rule, _ in steps]
        assert ids == sorted(ids)
    for rule, _ in (*GENERAL, *CONSTRAINED, *ARRANGED, *READING):
        assert rule in RULES
        assert rule.effect is Effect.WITHHOLD
    assert all(rule.applies is not Applies.OFFICER for rule, _ in (*GENERAL, *CONSTRAINED, *ARRANGED))
    assert all(rule.applies is not Applies.PEER for rule, _ in READING)


def test_the_reference_page_is_in_step_with_the_table():
    page = (ROOT / "docs/reference/rules.md").read_text(encoding="utf-8")
    assert page == rules_markdown(), "run: python scripts/write_rules.py"
    assert [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| R-")] == list(IDS)


def test_the_script_notices_a_page_out_of_step(tmp_path):
    copy = tmp_path / "scripts" / "write_rules.py"
    copy.parent.mkdir()
    copy.write_text((ROOT / "scripts/write_rules.py").read_text(encoding="utf-8"), encoding="utf-8")
    for arguments, code in ((["--check"], 1), ([], 0), (["--check"], 0)):
        assert subprocess.run([sys.executable, copy, *arguments], check=False).returncode == code
