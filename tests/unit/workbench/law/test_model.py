"""Bodies of law refuse what makes no sense, each with one sentence."""

from __future__ import annotations

import msgspec
import pytest
from tests.unit.workbench.law.books import DAY, approval, lead, need, question, rule, standing, state

from latticework.kernel.errors import InvalidId, InvalidLaw
from latticework.kernel.policy import Levels
from latticework.workbench.law.model import LeadDays, Scope


@pytest.mark.parametrize(("make", "told"), [
    (lambda: rule(begin=5, end=5), "end after it begins"),
    (lambda: rule(begin=10**15), "1900 and 9999"),
    (lambda: rule("needs approval"), "says which"),
    (lambda: rule("forbids", 0, None, need()), "says which"),
    (lambda: rule("needs approval", 0, None, need(), need()), "each kind of approval once"),
    (lambda: msgspec.structs.replace(rule(), title=" "), "1 to 200 characters"),
    (lambda: msgspec.structs.replace(rule(), status="V"), "come with their source"),
    (lambda: msgspec.structs.replace(rule(), status="sure", source="x"), "V, P or invented"),
    (lambda: Scope(topics=("sea", "air")), "in order"),
    (lambda: Scope(acts=("Share It",)), "dotted lowercase words"),
    (lambda: Scope(levels=(Levels("EXERCISE", 3, 1),)), "the lowest first"),
    (lambda: LeadDays(5, 4, 6), "at least, most likely, at most"),
    (lambda: lead(-1), "at least, most likely, at most"),
    (lambda: state(1, "revoked", 0, 5), "only a granted approval"),
    (lambda: msgspec.structs.replace(standing(), levels=()), "up to which classification"),
    (lambda: msgspec.structs.replace(standing("suspended"), levels=(Levels("EXERCISE", 0, 1),)), "assures none"),
    (lambda: msgspec.structs.replace(approval(), body=""), "1 to 200 characters"),
    (lambda: question(taker="JPN"), "two different members"),
    (lambda: question(level=300), "0 to 255"),
])
def test_each_refusal_has_one_sentence(make, told):
    with pytest.raises(InvalidLaw, match=told) as refused:
        make().__post_init__()  # ``replace`` makes a copy without asking
    assert refused.value.code == "LW-2701"


def test_members_and_topics_are_checked_as_everywhere():
    with pytest.raises(InvalidId):
        Scope(takers=("usa",))
    with pytest.raises(InvalidId):
        question(topic="all")


def test_acts_and_topics_cover_what_stands_below_them():
    scope = Scope(acts=("transfer",), topics=("air",))
    assert scope.match(question("air.tracks", act="transfer.retransfer")) == "yes"
    assert scope.match(question("airlift", act="transfer")) == "no"
    assert scope.match(question("air", act="transferral")) == "no"


def test_validity_is_in_utc_milliseconds_whatever_the_zone():
    assert rule(begin=DAY).from_ms == 86_400_000
