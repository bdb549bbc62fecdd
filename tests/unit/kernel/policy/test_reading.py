"""Every rule about people, allowed and withheld."""

from __future__ import annotations

import pytest
from tests.unit.kernel.policy.asking import AIR, GRANT_END, NOW, arrangement, label, officer, standing, state

from latticework.kernel.policy import CaveatMap, LevelMap, Purpose, Role, decide

PERSONAL = [Purpose.VIEW, Purpose.SEARCH, Purpose.COUNT, Purpose.EXPORT, Purpose.FEED, Purpose.PRINT]


def ask(what, who, of=None, *, topic=AIR, purpose=Purpose.VIEW, at=NOW):
    return decide(what, topic, of or state(), who, purpose, at)


@pytest.mark.parametrize("purpose", PERSONAL)
@pytest.mark.parametrize("role", [Role.AUTHOR, Role.RELEASER])
def test_readers_read_what_their_member_made_or_was_given(purpose, role):
    for what in (label(), label("JPN", of=("USA",)), label(everyone=True, of=("USA",))):
        got = ask(what, officer(role), purpose=purpose)
        assert (got.allowed, got.rule) == (True, "R-36")


@pytest.mark.parametrize("purpose", [p for p in Purpose if p not in PERSONAL])
def test_a_person_is_no_node(purpose):
    assert ask(label(everyone=True), officer(), purpose=purpose).rule == "R-01"


@pytest.mark.parametrize("purpose", PERSONAL)
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_administrators_and_auditors_read_no_content(purpose, role):
    assert ask(label(everyone=True), officer(role), purpose=purpose).rule == "R-30"
    assert ask(label(everyone=True), officer(role), purpose=purpose, topic="lattice.arrangements").allowed
    assert ask(label(everyone=True), officer(role, Role.AUTHOR), purpose=purpose).allowed


def test_without_any_role_not_even_house_keeping_is_seen():
    nobody = officer()
    nobody = type(nobody)(name=nobody.name, post=nobody.post, roles=frozenset(), clearance=nobody.clearance,
                          nationality=nobody.nationality)
    assert ask(label(everyone=True), nobody, topic="lattice.arrangements").rule == "R-30"


@pytest.mark.parametrize(("at", "of", "rule"), [
    (2_999, ("USA",), "R-36"), (3_000, ("USA",), "R-04"), (3_000, ("JPN",), "R-36"), (3_000, ("JPN", "USA"), "R-36"),
    (3_000, (), "R-04"),
])
def test_an_expired_label_leaves_only_the_originators_own_people(at, of, rule):
    assert ask(label("JPN", of=of, expires_ms=3_000), officer(), at=at).rule == rule


def test_an_exchange_officer_loses_what_expired_unless_both_members_originated_it():
    guest = officer(nationality="USA")
    for of, rule in ((("JPN",), "R-04"), (("USA",), "R-04"), (("JPN", "USA"), "R-36")):
        assert ask(label("JPN", "USA", of=of, expires_ms=NOW), guest).rule == rule


def test_what_the_member_is_not_in_the_audience_of_nobody_there_sees():
    assert ask(label("KOR", of=("USA",)), officer()).rule == "R-31"
    assert ask(label(of=("JPN", "USA")), officer()).rule == "R-31"
    assert ask(label("JPN", of=("JPN", "USA")), officer()).allowed


def test_an_exchange_officer_sees_what_both_members_may_have():
    guest = officer(nationality="USA")
    assert ask(label(), guest).rule == "R-32"
    assert ask(label("JPN", "KOR"), guest).rule == "R-32"
    assert ask(label("JPN", "USA"), guest).allowed
    assert ask(label("USA"), guest).allowed
    assert ask(label("USA", of=("KOR",)), guest).rule == "R-31"


@pytest.mark.parametrize(("level", "rule"), [(0, "R-36"), (2, "R-36"), (3, "R-34")])
def test_a_clearance_reaches_up_to_its_level(level, rule):
    assert ask(label(level=level), officer()).rule == rule


def test_a_clearance_is_of_one_policy():
    assert ask(label(policy="HOME", level=0), officer()).rule == "R-33"
    assert ask(label(level=0), officer(clearance=())).rule == "R-33"


def test_an_officer_is_read_into_every_restriction():
    what = label(restrictive=frozenset({"Special/RED", "Special/BLUE"}))
    assert ask(what, officer(compartments=("Special/RED",))).rule == "R-35"
    assert ask(what, officer(compartments=("Special/RED", "Special/BLUE"))).allowed
    assert ask(label(informative=frozenset({"Special/GREEN"})), officer()).allowed


TABLE = arrangement(
    "JPN", "USA", exchange="EXERCISE",
    levels=(
        LevelMap("EXERCISE", 2, "HOME", 1), LevelMap("THEIRS", 5, "EXERCISE", 2), LevelMap("THEIRS", 6, "EXERCISE", 3),
    ),
    caveats=(CaveatMap("THEIRS", "Special/RED", "EXERCISE", "Special/BLUE"),),
)


def test_a_foreign_label_is_read_as_an_arrangement_in_force_maps_it():
    what = label("JPN", of=("USA",), policy="THEIRS", level=5)
    cleared = officer()
    assert ask(what, cleared, state(TABLE)).allowed
    assert ask(what, cleared, state()).rule == "R-33"
    assert ask(what, cleared, state(TABLE), topic="sea").rule == "R-33"
    assert ask(what, cleared, state(TABLE), at=GRANT_END).rule == "R-33"
    assert ask(what, cleared, state(standing(TABLE, grants=()))).rule == "R-33"
    assert ask(label("JPN", of=("USA",), policy="THEIRS", level=6), cleared, state(TABLE)).rule == "R-34"
    assert ask(label("JPN", of=("USA",), policy="THEIRS", level=7), cleared, state(TABLE)).rule == "R-33"


def test_a_table_of_strangers_maps_nothing():
    foreign = arrangement("KOR", "USA", levels=TABLE.levels)
    assert ask(label("JPN", of=("USA",), policy="THEIRS", level=5), officer(), state(foreign)).rule == "R-33"


def test_a_label_is_also_read_through_the_exchange_policy():
    what = label("JPN", of=("USA",), policy="THEIRS", level=5)
    assert ask(what, officer(clearance=(("HOME", 1),)), state(TABLE)).allowed
    assert ask(what, officer(clearance=(("HOME", 0),)), state(TABLE)).rule == "R-34"


def test_compartments_are_asked_for_under_the_mapped_name():
    what = label("JPN", of=("USA",), policy="THEIRS", level=5, restrictive=frozenset({"Special/RED"}))
    assert ask(what, officer(compartments=("Special/BLUE",)), state(TABLE)).allowed
    assert ask(what, officer(compartments=("Special/RED",)), state(TABLE)).rule == "R-35"


def test_an_own_clearance_is_not_bypassed_by_a_table():
    lenient = arrangement("JPN", "USA", levels=(LevelMap("EXERCISE", 4, "HOME", 0),), exchange="HOME")
    who = officer(clearance=(("EXERCISE", 2), ("HOME", 4)))
    assert ask(label(level=4), who, state(lenient)).rule == "R-34"


def test_a_refusal_says_nothing_about_the_thing():
    secret = label("JPN", "NZL", level=4, of=("USA",), restrictive=frozenset({"Special/SWORDFISH"}))
    people = [officer(), officer(Role.AUDITOR), officer(clearance=()), officer(nationality="KOR"),
              officer(clearance=(("EXERCISE", 4),))]
    for who in people:
        got = ask(secret, who)
        assert not got.allowed
        assert not any(word in got.reason for word in ("SWORDFISH", "Special", "NZL", "USA", "EXERCISE", "4", AIR))
