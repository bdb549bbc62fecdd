"""The longest path over approvals, against every chain walked one by one."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from latticework.kernel.errors import ApprovalCycle
from latticework.workbench.law.paths import Stage, ready


def stage(kind, lead, *after, **more) -> Stage:
    return Stage(kind=kind, lead_ms=(lead, lead, lead) if isinstance(lead, int) else lead, after=after, **more)


def test_a_golden_case_by_hand():
    # license (least 30, likely 60, most 90) after clearance (5, 10, 40); consent (20) beside them; asked at 100:
    # license 100 + 5 + 30 = 135, 100 + 10 + 60 = 170, 100 + 40 + 90 = 230.
    found = ready(
        [stage("license", (30, 60, 90), "clearance"), stage("clearance", (5, 10, 40)), stage("consent", 20)], 100)
    assert found == {"clearance": (105, 110, 140), "license": (135, 170, 230), "consent": (120, 120, 120)}


def test_what_is_under_way_began_when_it_was_asked_and_what_is_late_comes_now_at_the_earliest():
    assert ready([stage("a", (30, 60, 90), begun_ms=50)], 100)["a"] == (100, 110, 140)


def test_what_will_be_granted_anyhow_waits_for_nothing():
    assert ready([stage("a", 500, "b", granted_ms=130), stage("b", 900)], 100)["a"] == (130, 130, 130)


def test_what_nothing_asks_for_is_not_waited_for():
    assert ready([stage("a", 5, "gone")], 0) == {"a": (5, 5, 5)}


def test_of_two_rules_that_need_the_same_the_slower_counts():
    assert ready([stage("a", 5), stage("a", 9)], 0) == {"a": (9, 9, 9)}


@pytest.mark.parametrize("several", [
    [stage("a", 1, "a")],
    [stage("a", 1, "b"), stage("b", 1, "c"), stage("c", 1, "a"), stage("d", 1)],
])
def test_a_cycle_is_refused_and_named(several):
    with pytest.raises(ApprovalCycle, match=" → ") as refused:
        ready(several, 0)
    assert refused.value.code == "LW-2702"
    named = str(refused.value).split("approvals ")[1].split(" wait")[0].split(" → ")
    waits = {s.kind: s.after for s in several}
    assert named[0] == named[-1]
    steps = set(pairwise(named)) | set(pairwise(named[::-1]))
    assert all((k, waits[k][0]) in steps for k in set(named)), "each named kind waits for the next one"


def test_it_is_the_longest_of_all_chains():
    for seed in range(200):
        r = random.Random(seed)
        kinds = "abcdef"[: r.randint(1, 6)]
        leads = {k: r.randint(0, 50) for k in kinds}
        after = {k: tuple(x for x in kinds[:i] if r.random() < 0.5) for i, k in enumerate(kinds)}

        def chains(kind, after=after, leads=leads):
            return [leads[kind]] + [leads[kind] + rest for a in after[kind] for rest in chains(a)]

        rows = [stage(k, leads[k], *after[k]) for k in kinds]
        r.shuffle(rows)
        assert {k: v[1] for k, v in ready(rows, 7).items()} == {k: 7 + max(chains(k)) for k in kinds}
