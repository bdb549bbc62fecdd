"""The banner is the policy's join of all portions, and each portion keeps its own mark."""

from __future__ import annotations

import msgspec
from tests.unit.workbench.briefs.examples import HIGH, LOW, POLICY, brief, portion, whole

from latticework.kernel.labels import join
from latticework.workbench.briefs.marks import labels_of, mark
from latticework.workbench.briefs.model import Paragraph, Source, words


def test_the_banner_is_the_join_in_the_briefs_language() -> None:
    made = mark(labels_of(whole()), {"EXERCISE": POLICY}, join, "en")
    assert made.banner == POLICY.marking(join([LOW.label, HIGH.label])) == "CONFIDENTIAL LANTERN REL TO JPN, USA"
    assert (made.fill, made.ink, made.rank) == ("#1a4d9a", "#ffffff", 3)
    assert dict(made.portions)[LOW.label] == "(R REL TO JPN, USA)"
    assert mark(labels_of(whole()), {"EXERCISE": POLICY}, join, "ja").banner.startswith("秘")


def test_every_place_that_carries_a_label_counts() -> None:
    top = portion(3)
    for made in (brief(portion=top), brief(Paragraph(words("x"), portion=top)),
                 brief(sources=(Source(key="a", text="t", status="V", portion=top),))):
        assert top.label in labels_of(made)


def test_a_policy_that_is_not_loaded_is_marked_with_bare_facts() -> None:
    foreign = msgspec.structs.replace(LOW.label, policy="ELSEWHERE")
    made = mark((foreign,), {}, join, "en")
    assert made.banner == "ELSEWHERE 1"
    assert made.portions == ((foreign, "(ELSEWHERE 1)"),)


def test_the_highest_level_is_light_with_dark_ink() -> None:
    assert mark((portion(4).label,), {"EXERCISE": POLICY}, join, "en").ink == "#14181a"
