"""Every rule about peers, allowed and withheld, with the times at which it turns."""

from __future__ import annotations

import itertools

import pytest
from tests.unit.kernel.policy.asking import AIR, BEGIN, END, GRANT_END, NOW, arrangement, label, standing, state

from latticework.kernel.policy import (
    CaveatMap,
    Flow,
    LevelMap,
    Onward,
    Peer,
    Purpose,
    Standing,
    decide,
    explain,
)

PAIR = arrangement("JPN", "USA")
TRIO = arrangement("JPN", "KOR", "USA", name="camp")


def ask(what, of, *, to="USA", topic=AIR, purpose=Purpose.RELEASE, at=NOW):
    return decide(what, topic, of, Peer(to), purpose, at)


@pytest.mark.parametrize("purpose", [Purpose.RELEASE, Purpose.STREAM, Purpose.RELAY, Purpose.RECEIVE])
def test_an_arrangement_allows_each_transfer_between_its_parties(purpose):
    got = ask(label("JPN", "USA"), state(PAIR), purpose=purpose)
    assert (got.allowed, got.rule, got.arrangement) == (True, "R-21", f"{1:064x}")
    assert "north" in got.reason


PERSONAL = [Purpose.VIEW, Purpose.SEARCH, Purpose.COUNT, Purpose.EXPORT, Purpose.FEED, Purpose.PRINT]


@pytest.mark.parametrize("purpose", PERSONAL)
def test_a_node_does_nothing_that_people_do(purpose):
    assert ask(label(everyone=True), state(PAIR), purpose=purpose).rule == "R-01"


def test_a_stranger_gets_nothing_even_what_is_for_everyone():
    for topic in (AIR, "lattice.keys"):
        got = ask(label(everyone=True), state(PAIR, partners=("KOR",)), topic=topic)
        assert (got.allowed, got.rule) == (False, "R-02")


def test_the_own_node_is_no_peer_even_if_somebody_lists_it():
    assert ask(label(everyone=True), state(PAIR, partners=("JPN", "USA")), to="JPN").rule == "R-02"


@pytest.mark.parametrize("purpose", [Purpose.RELEASE, Purpose.STREAM, Purpose.RELAY, Purpose.RECEIVE])
@pytest.mark.parametrize("topic", [AIR, "lattice.keys"])
def test_a_suspended_partner_neither_gets_nor_gives(purpose, topic):
    got = ask(label(everyone=True), state(PAIR, suspended=("USA",)), purpose=purpose, topic=topic)
    assert (got.allowed, got.rule) == (False, "R-03")


@pytest.mark.parametrize(("at", "rule"), [(2_999, "R-21"), (3_000, "R-04"), (3_001, "R-04")])
def test_a_label_expires_at_its_time_exactly(at, rule):
    assert ask(label("USA", expires_ms=3_000), state(PAIR), at=at).rule == rule


def test_who_is_not_in_the_audience_gets_nothing():
    assert ask(label("JPN", "KOR"), state(PAIR)).rule == "R-05"
    assert ask(label(), state(PAIR)).rule == "R-05"
    assert ask(label(everyone=True), state(PAIR)).allowed


def test_without_a_release_only_a_sole_originator_gets_its_own_back():
    assert ask(label(of=("USA",)), state(PAIR), purpose=Purpose.RELAY).allowed
    assert ask(label(of=("JPN", "USA")), state(PAIR)).rule == "R-05"


def test_receiving_asks_whether_this_member_is_in_the_audience():
    assert ask(label("JPN", of=("USA",)), state(PAIR), purpose=Purpose.RECEIVE).allowed
    assert ask(label("KOR", of=("USA",)), state(PAIR), purpose=Purpose.RECEIVE).rule == "R-05"


@pytest.mark.parametrize("topic", ["lattice.arrangements", "lattice.keys", "lattice.x.y"])
@pytest.mark.parametrize("purpose", [Purpose.RELEASE, Purpose.RELAY, Purpose.RECEIVE])
def test_house_keeping_needs_trust_and_audience_alone(topic, purpose):
    got = ask(label("USA", "JPN", of=("KOR",)), state(), topic=topic, purpose=purpose)
    assert (got.allowed, got.rule, got.arrangement) == (True, "R-06", None)
    assert ask(label("KOR", of=("PHL",)), state(), topic=topic, purpose=purpose).rule == "R-05"


@pytest.mark.parametrize("topic", ["lattice", "latticework.keys", "x.lattice.keys", "lattice-keys"])
def test_only_what_stands_under_lattice_is_house_keeping(topic):
    assert ask(label("USA"), state(), topic=topic).rule == "R-10"


def test_without_an_arrangement_between_the_two_nothing_passes():
    assert ask(label("USA"), state()).rule == "R-10"
    assert ask(label("USA"), state(arrangement("JPN", "KOR"), arrangement("KOR", "USA"))).rule == "R-10"


def test_a_direction_holds_one_way():
    one_way = state(arrangement("JPN", "USA", flows=(Flow("USA", "JPN"),)))
    assert ask(label(everyone=True), one_way).rule == "R-11"
    assert ask(label(everyone=True), one_way, purpose=Purpose.RECEIVE).allowed
    other = state(arrangement("JPN", "USA", flows=(Flow("JPN", "USA"),)))
    assert ask(label(everyone=True), other).allowed
    assert ask(label(everyone=True), other, purpose=Purpose.RECEIVE).rule == "R-11"


@pytest.mark.parametrize(
    ("granted", "asked", "allowed"),
    [("air", "air", True), ("air", "air.tracks", True), ("air.tracks", "air.tracks.north", True),
     ("air.tracks", "air", False), ("air.tracks", "air.plots", False), ("air", "airlift", False),
     ("air", "all", False)],
)
def test_topics_are_hierarchical_and_all_is_none(granted, asked, allowed):
    got = ask(label("USA"), state(arrangement("JPN", "USA", topics=(granted,))), topic=asked)
    assert got.allowed is allowed
    assert got.rule == ("R-21" if allowed else "R-12")


@pytest.mark.parametrize(
    ("at", "allowed", "told"),
    [(BEGIN - 1, False, "begins only at"), (BEGIN, True, ""), (END - 1, True, ""), (END, False, "ended at")],
)
def test_an_arrangement_holds_from_its_begin_up_to_its_end(at, allowed, told):
    forever = standing(PAIR, grants=(("JPN", 0, 99_000), ("USA", 0, 99_000)))
    got = ask(label("USA"), state(forever), at=at)
    assert (got.allowed, got.rule) == (allowed, "R-21" if allowed else "R-13")
    assert told in got.reason


@pytest.mark.parametrize(
    ("grants", "at", "told"),
    [
        ((("JPN", BEGIN, GRANT_END), ("USA", BEGIN, GRANT_END)), GRANT_END - 1, ""),
        ((("JPN", BEGIN, GRANT_END), ("USA", BEGIN, 4_000)), 4_000, "the grant of USA has lapsed"),
        ((("JPN", BEGIN, GRANT_END),), NOW, "USA has not signed"),
        ((("JPN", BEGIN, GRANT_END), ("USA", NOW + 1, GRANT_END)), NOW, "the grant of USA has not begun"),
        ((("JPN", BEGIN, GRANT_END), ("USA", NOW, GRANT_END)), NOW, ""),
        ((), NOW, "JPN, USA has not signed"),
    ],
)
def test_every_partys_grant_must_be_current_and_the_reason_names_whose_is_not(grants, at, told):
    got = ask(label("USA"), state(standing(PAIR, grants=grants)), at=at)
    assert got.rule == ("R-13" if told else "R-21")
    assert told in got.reason


def test_a_third_partys_lapsed_grant_stops_the_other_two():
    late = standing(TRIO, grants=(("JPN", 0, END), ("KOR", 0, NOW), ("USA", 0, END)))
    assert "grant of KOR has lapsed" in ask(label("USA"), state(late)).reason


def test_a_strangers_signature_signs_nothing():
    odd = standing(PAIR, grants=(("JPN", 0, END), ("KOR", 0, END)))
    assert ask(label("USA"), state(odd)).rule == "R-13"


LEVELS = (LevelMap("HOME", 1, "EXERCISE", 2), LevelMap("HOME", 2, "EXERCISE", 3))
CAVEATS = (CaveatMap("HOME", "Special/RED", "EXERCISE", "Special/BLUE"),)
TABLE = arrangement("JPN", "USA", levels=LEVELS, caveats=CAVEATS)


@pytest.mark.parametrize(
    ("level", "restrictive", "rule"),
    [(1, (), "R-21"), (0, (), "R-14"), (3, (), "R-14"), (2, (), "R-16"), (1, ("Special/RED",), "R-21"),
     (1, ("Special/GREEN",), "R-15"), (1, ("Special/RED", "Special/GREEN"), "R-15"), (2, ("Special/RED",), "R-16"),
     (0, ("Special/GREEN",), "R-14")],
)
def test_a_foreign_label_passes_only_as_the_table_maps_it(level, restrictive, rule):
    what = label("USA", level=level, policy="HOME", restrictive=frozenset(restrictive))
    assert ask(what, state(TABLE)).rule == rule


def test_a_label_of_a_policy_without_a_table_is_withheld():
    assert ask(label("USA", level=0, policy="OTHER"), state(TABLE)).rule == "R-14"


@pytest.mark.parametrize(("level", "rule"), [(0, "R-21"), (2, "R-21"), (3, "R-16"), (4, "R-16")])
def test_the_ceiling_itself_is_allowed(level, rule):
    assert ask(label("USA", level=level), state(PAIR)).rule == rule


def test_restrictions_of_the_exchange_policy_itself_need_no_table():
    assert ask(label("USA", restrictive=frozenset({"Special/ANY"})), state(PAIR)).allowed


def test_a_discreet_arrangement_serves_its_parties_and_is_not_named():
    quiet = arrangement("JPN", "TWN", name="night-jar", discreet=True)
    got = ask(label("TWN"), state(quiet), to="TWN")
    assert (got.allowed, got.arrangement) == (True, f"{1:064x}")
    assert "night-jar" not in got.reason
    assert "discreet" in got.reason


def test_a_discreet_arrangement_that_falls_short_is_not_betrayed():
    quiet = arrangement("JPN", "TWN", name="night-jar", discreet=True)
    with_it, without = (ask(label("TWN"), s, to="TWN", topic="sea") for s in (state(quiet), state()))
    assert with_it == without
    assert with_it.rule == "R-10"


@pytest.mark.parametrize("onward", list(Onward))
def test_a_discreet_arrangement_carries_only_its_parties_information(onward):
    quiet = arrangement("JPN", "TWN", name="night-jar", discreet=True, onward=onward)
    for consents in ((), ("USA",)):
        what = label("TWN", of=("JPN", "USA"))
        assert not ask(what, state(quiet, consents=consents), to="TWN", purpose=Purpose.RELAY).allowed
    trio = arrangement("JPN", "TWN", "USA", name="night-jar", discreet=True, onward=Onward.FREE)
    assert ask(label("TWN", of=("USA",)), state(trio), to="TWN", purpose=Purpose.RELAY).rule == "R-23"


@pytest.mark.parametrize("onward", list(Onward))
def test_a_relayed_record_without_originators_stays(onward):
    trio = arrangement("JPN", "KOR", "USA", onward=onward)
    assert ask(label("USA", of=()), state(trio), purpose=Purpose.RELAY).rule == "R-18"
    assert ask(label("USA", of=()), state(trio), purpose=Purpose.RELEASE).allowed


ONWARD = [
    # onward rule, consents, originators, rule that decides
    (Onward.NEVER, (), ("KOR",), "R-19"),
    (Onward.NEVER, ("KOR",), ("KOR",), "R-19"),
    (Onward.NEVER, (), ("JPN",), "R-21"),
    (Onward.NEVER, (), ("USA",), "R-21"),
    (Onward.CONSENT, (), ("KOR",), "R-20"),
    (Onward.CONSENT, ("KOR",), ("KOR",), "R-22"),
    (Onward.CONSENT, ("JPN", "USA"), ("KOR",), "R-20"),
    (Onward.CONSENT, ("KOR",), ("AUS", "KOR"), "R-20"),
    (Onward.CONSENT, ("AUS", "KOR"), ("AUS", "KOR"), "R-22"),
    (Onward.CONSENT, (), ("JPN", "USA"), "R-21"),
    (Onward.FREE, (), ("KOR",), "R-23"),
    (Onward.FREE, (), ("AUS",), "R-20"),
    (Onward.FREE, ("AUS",), ("AUS",), "R-22"),
    (Onward.FREE, (), ("AUS", "KOR"), "R-20"),
    (Onward.FREE, ("AUS",), ("AUS", "KOR"), "R-22"),
]


@pytest.mark.parametrize("purpose", [Purpose.RELAY, Purpose.RELEASE, Purpose.STREAM])
@pytest.mark.parametrize(("onward", "consents", "of", "rule"), ONWARD)
def test_onward_release_never_with_consent_or_free_among_parties(onward, consents, of, rule, purpose):
    # An own record that holds a third member's information is no way around the rule.
    trio = arrangement("JPN", "KOR", "USA", onward=onward)
    assert ask(label("USA", of=of), state(trio, consents=consents), purpose=purpose).rule == rule


def test_the_reason_names_whose_consent_is_missing_and_nobody_else():
    trio = arrangement("JPN", "KOR", "USA", onward=Onward.CONSENT)
    got = ask(label("USA", of=("AUS", "KOR", "JPN")), state(trio, consents=("KOR",)), purpose=Purpose.RELAY)
    assert "consent of AUS." in got.reason


def test_receiving_what_was_relayed_mirrors_the_rule():
    free = arrangement("JPN", "KOR", "USA", onward=Onward.FREE)
    for a, rule in ((free, "R-23"), (TRIO, "R-19")):
        assert ask(label("JPN", of=("KOR",)), state(a), purpose=Purpose.RECEIVE).rule == rule


def test_a_relay_makes_no_direction_that_was_not_agreed():
    flows = tuple(sorted((Flow("KOR", "JPN"), Flow("JPN", "USA"))))
    a = arrangement("JPN", "KOR", "USA", onward=Onward.FREE, flows=flows)
    assert ask(label("USA", of=("KOR",)), state(a), purpose=Purpose.RELAY).rule == "R-20"
    assert ask(label("USA", of=("KOR",)), state(a, consents=("KOR",)), purpose=Purpose.RELAY).rule == "R-22"


def test_the_arrangement_that_got_furthest_is_named_whatever_the_order():
    fails = [
        arrangement("JPN", "USA", name="a-topic", topics=("sea",)),
        standing(arrangement("JPN", "USA", name="b-lapsed"), number=7, grants=()),
        arrangement("JPN", "USA", name="c-ceiling", ceiling=0),
    ]
    for some in itertools.permutations(fails):
        got = ask(label("USA"), state(*some))
        assert (got.rule, "c-ceiling" in got.reason) == ("R-16", True)
    assert ask(label("USA"), state(*fails[:2])).rule == "R-13"


def test_of_equal_arrangements_the_open_one_that_comes_first_by_name_is_named():
    both = [standing(arrangement("JPN", "USA", name=n, discreet=d), number=i)
            for i, (n, d) in enumerate([("m", False), ("b", False), ("a", True)], start=1)]
    for some in itertools.permutations(both):
        assert ask(label("USA"), state(*some)).arrangement == f"{2:064x}"


def test_others_arrangements_carry_nothing_of_ours():
    foreign = standing(arrangement("AUS", "USA"), number=1)
    assert isinstance(foreign, Standing)
    assert ask(label("USA"), state(foreign)).rule == "R-10"


def test_what_is_neither_node_nor_person_gets_nothing():
    got = decide(label(everyone=True), AIR, state(PAIR), "USA", Purpose.RELEASE, NOW)
    assert (got.allowed, got.rule) == (False, "R-00")


def test_no_reason_betrays_levels_restrictions_or_audience():
    secret = label("USA", "NZL", level=4, policy="HOME", restrictive=frozenset({"Special/SWORDFISH"}))
    cases = [state(TABLE), state(PAIR), state(), state(TABLE, suspended=("USA",)),
             state(arrangement("JPN", "USA", ceiling=4, levels=(LevelMap("HOME", 4, "EXERCISE", 4),)))]
    for s in cases:
        for to in ("USA", "KOR", "IND"):
            reason = ask(secret, s, to=to).reason
            assert not any(word in reason for word in ("SWORDFISH", "NZL", "HOME", "Special", " 4"))


@pytest.mark.parametrize("when", [-(2**62), 2**62])
def test_a_partners_impossible_times_withhold_and_break_nothing(when):
    """One partner's proposal stands between others too, unsigned: it must not stop what they share."""
    odd = arrangement("JPN", "USA", "AUS", name="odd", valid_from_ms=when, valid_until_ms=when + 1)
    unsigned = standing(odd, number=7, grants=())
    asked = (label("USA"), AIR, state(arrangement("JPN", "USA"), unsigned), Peer("USA"), Purpose.RELEASE, NOW)
    assert decide(*asked).rule == "R-21"
    assert explain(*asked).decision == decide(*asked)
    assert decide(label("USA"), AIR, state(unsigned), Peer("USA"), Purpose.RELEASE, NOW).rule == "R-13"
    expired = decide(label("USA", expires_ms=-(2**62)), AIR, state(), Peer("USA"), Purpose.RECEIVE, NOW)
    assert expired.rule == "R-04"
