"""The reference federation: every fact is cited, and the gate releases and withholds as the example wants to show."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from latticework.kernel.clock import SystemEntropy
from latticework.kernel.errors import InvalidConfig, InvalidRecord
from latticework.kernel.identity.passwords import check_new
from latticework.kernel.ids import Post
from latticework.kernel.labels import exercise_policy
from latticework.kernel.policy import decide
from latticework.kernel.policy.model import Peer, PolicyState, Purpose, Role, Standing
from latticework.kernel.records import KindRegistry, make_record, open_envelope
from latticework.reference import (
    FACT,
    TOPICS,
    Fact,
    arrangements,
    facts,
    members,
    officers,
    register,
    two_releasers,
)
from latticework.reference.federation import DAY_MS, POLICY, _Facts, read_table
from latticework.testing.keys import KeyRing, signer_of

NOW = 1_800_000_000_000
ROOT = Path(__file__).resolve().parents[3]
FACTS, FACTS26 = "2024-04-10-usa-jpn-fact-sheet", "2026-03-19-usa-jpn-fact-sheet"
LEADERS, LEADERS25 = "2024-04-10-usa-jpn-joint-leaders-statement", "2025-02-07-usa-jpn-joint-leaders-statement"
CAMP, VISION = "2023-08-18-jpn-kor-usa-camp-david", "2024-04-11-jpn-phl-usa-joint-vision"
QUAD = "2024-09-21-quad-fact-sheet"
STATEMENTS = ROOT.parent / "shared" / "data" / "statements"
MEMBERS = tuple(m.member for m in members())


def standings():
    return tuple(
        Standing(record=f"{n:064x}", arrangement=a, grants=tuple((p, NOW, NOW + DAY_MS) for p in a.parties))
        for n, a in enumerate(arrangements(NOW))
    )


def decision(fact, to):
    state = PolicyState(own=fact.member, partners=tuple(m for m in MEMBERS if m != fact.member), standings=standings())
    return decide(fact.label, fact.topic, state, Peer(to), Purpose.RELEASE, NOW)


MATRIX = {(n, to): decision(fact, to) for n, fact in enumerate(facts()) for to in MEMBERS if to != fact.member}


def test_members_are_five_with_names_in_both_languages():
    assert MEMBERS == ("AUS", "JPN", "KOR", "PHL", "USA")
    for profile in members():
        assert profile.title.isascii()
        assert not profile.title_ja.isascii()


def test_at_least_thirty_facts_each_with_source_and_status():
    assert len(facts()) >= 30
    statuses = Counter(f.body.status for f in facts())
    assert set(statuses) == {"V", "P", "invented"}
    assert statuses["V"] + statuses["P"] >= 30
    assert len({f.body.title for f in facts()}) == len(facts())
    for fact in facts():
        assert fact.body.source
        assert fact.topic in TOPICS
        assert fact.member in MEMBERS


def test_what_is_invented_says_so_where_people_look():
    for fact in facts():
        assert (fact.body.status == "invented") == fact.body.title.endswith("(invented)")
    for a in arrangements(NOW):
        assert "nvented" in a.source  # the ceiling and terms of all of them are
        assert (a.status == "invented") == a.title.endswith("(invented)")


def test_nothing_unverified_is_told():
    """What the list of facts marks U: headquarters staff sizes, rates and lead times, dock sizes, licence times."""
    text = " ".join(f"{f.body.title} {f.body.text}" for f in facts()).lower()
    for unverified in ("diet approval", "lead time", "dry-dock", "dry dock", "analysis cell", "seekers a year",
                       "exercise with the united kingdom was held", "usfj has about", "processing time"):
        assert unverified not in text
    # A status can be nothing else; the file itself has no other mark either.
    raw = (ROOT / "src/latticework/reference/facts.toml").read_text(encoding="utf-8")
    assert set(re.findall(r'^status = "(.*)"$', raw, re.MULTILINE)) == {"V", "P", "invented"}


def quotes():
    """A few words that must stand in the text which a fact of status V cites."""
    return [
        ("Both sides intend", FACTS, "bilaterally upgrade our respective command and control"),
        ("SM-3 Block IIA", FACTS26, "rapidly increase by fourfold the production of Standard"),
        ("AMRAAM", FACTS26, "scope Japan’s future role in increased AMRAAM"),
        ("Repairs of 90 days", FACTS, "90 days or less on U.S. Navy ships"),
        ("Missile warning data", CAMP, "By the end of 2023, we intend to operationalize"),
        ("Warning test", CAMP, "maritime ballistic missile defense warning test"),
        ("A networked air", LEADERS, "vision to cooperate on a networked air defense"),
        ("Yearly multi-domain", CAMP, "annual, named, multi-domain trilateral exercises"),
        ("Surveillance coordination", FACTS, "identifying key capabilities to integrate into"),
        ("Regular exercises with", FACTS, "regular U.S.-Japan-UK trilateral exercises"),
        ("AUKUS partners", LEADERS, "considering cooperation with Japan on AUKUS"),
        ("Unmanned aircraft", FACTS, "unmanned aerial systems"),
        ("Coordination to promote", VISION, "promote maritime domain awareness"),
        ("A trilateral maritime", VISION, "establishment of a trilateral maritime dialogue"),
        ("Coast guard vessels", VISION, "twelve Coast Guard vessels and plans"),
        ("Partnership for maritime", QUAD, "2022 Quad Leaders’ Summit in Tokyo"),
        ("Command and control upgrade", LEADERS25, "command and control frameworks"),
    ]


@pytest.mark.skipif(not STATEMENTS.is_dir(), reason="the leaders' statements are not beside this checkout")
@pytest.mark.parametrize(("title", "name", "words"), quotes())
def test_what_was_read_in_full_stands_in_the_text(title, name, words):
    (fact,) = [f for f in facts() if f.body.title.startswith(title)]
    assert fact.body.status == "V"
    text = " ".join((STATEMENTS / f"{name}.md").read_text(encoding="utf-8").split())
    assert words.lower() in text.lower()
    year = name[:4]
    assert year in fact.body.source


@pytest.mark.skipif(not STATEMENTS.is_dir(), reason="the leaders' statements are not beside this checkout")
def test_every_fact_read_in_full_is_checked_but_the_one_whose_text_is_not_here():
    checked = tuple(q[0] for q in quotes())
    unchecked = [f.body.title for f in facts() if f.body.status == "V" and not f.body.title.startswith(checked)]
    assert unchecked == ["Two multi-domain exercises held by November 2024"]


def test_labels_keep_the_exercise_policy():
    policy = exercise_policy()
    for fact in facts():
        policy.validate(fact.label)
        assert fact.label.policy == POLICY
        assert fact.label.originators == {fact.member}
        assert policy.marking(fact.label)
        assert policy.marking(fact.label, "ja")


def test_facts_fit_their_kind_and_become_records():
    kinds = KindRegistry()
    register(kinds)
    for fact in facts():
        signer = signer_of(fact.member)
        version, body = kinds.write(FACT, fact.body)
        made = make_record(
            signer, SystemEntropy(), kind=FACT, version=version, body=body, post=Post("alliance desk"),
            topic=fact.topic, label=fact.label, made_ms=NOW,
        )
        arrived = open_envelope(made.envelope, KeyRing(signer))
        assert kinds.read(arrived.statement) == fact.body
        shown = kinds.describe(arrived.statement)
        assert (shown.title, shown.source, shown.status) == (fact.body.title, fact.body.source, fact.body.status)


def test_arrangements_are_what_the_public_texts_name():
    found = {a.name: a for a in arrangements(NOW)}
    assert found["camp-david"].parties == ("JPN", "KOR", "USA")
    assert found["trilateral-aus-jpn-usa"].parties == ("AUS", "JPN", "USA")
    assert found["japan-philippines-us"].parties == ("JPN", "PHL", "USA")
    assert found["squad"].parties == ("AUS", "JPN", "PHL", "USA")
    for a in found.values():
        assert not a.discreet
        assert set(a.parties) <= set(MEMBERS)
        assert set(a.topics) <= set(TOPICS)
        assert a.ceiling < max(c for c in range(5))
        assert a.valid_from_ms < NOW < a.valid_until_ms
        assert a.covers(a.topics[0])


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_is_released_to_somebody_and_withheld_from_somebody(topic):
    of_topic = {key: d for key, d in MATRIX.items() if facts()[key[0]].topic == topic}
    assert any(d.allowed for d in of_topic.values())
    assert any(not d.allowed for d in of_topic.values())
    wanted = [d for (n, to), d in of_topic.items()
              if facts()[n].label.release and to in facts()[n].label.release.members]
    assert any(d.allowed for d in wanted)


def test_the_example_shows_many_reasons_to_withhold():
    reasons = {d.rule for d in MATRIX.values() if not d.allowed}
    assert len(reasons) >= 4
    allowed = sum(d.allowed for d in MATRIX.values())
    assert 40 <= allowed <= len(MATRIX) - 40


def test_the_example_shows_the_middleman():
    """Japan's warning test goes to Korea directly, its air-track facts do not; Australia is under no warning topic."""
    by_title = {f.body.title: n for n, f in enumerate(facts())}
    warning = by_title["Warning test in mid-August 2023"]
    assert MATRIX[warning, "KOR"].allowed
    assert MATRIX[warning, "USA"].allowed
    assert not MATRIX[warning, "AUS"].allowed
    tracks = by_title["Where the demonstration's air traffic comes from (invented)"]
    assert MATRIX[tracks, "AUS"].allowed
    assert not MATRIX[tracks, "KOR"].allowed
    above = by_title["Live test of the architecture set for 2027"]
    assert MATRIX[above, "USA"].allowed
    assert not MATRIX[above, "AUS"].allowed
    kept = by_title["Position paper in preparation (invented)"]
    assert not any(MATRIX[kept, to].allowed for to in MEMBERS if to != "JPN")


@pytest.mark.parametrize("member", MEMBERS)
def test_officers_are_posts_with_one_role_set_each(member):
    known = officers(member)
    names = [k.officer.name for k in known]
    low = member.lower()
    assert names[:5] == [f"desk.{low}", f"releaser.{low}", "release2", "admin", "auditor"]
    for one in known:
        check_new(one.password, one.officer.name)
        content = {Role.AUTHOR, Role.RELEASER}
        assert not (one.officer.roles & content and one.officer.roles - content), "who reads content does nothing else"
    assert two_releasers(k.officer for k in known) == (f"releaser.{low}", "release2")
    exchange = [k.officer for k in known if k.officer.nationality != member]
    assert [o.nationality for o in exchange] == (["AUS"] if member == "JPN" else [])


def test_one_officer_who_may_release_is_not_enough():
    with pytest.raises(InvalidConfig):
        two_releasers([officers("JPN")[1].officer])


@pytest.mark.parametrize("change", [
    {"source": ""}, {"source": " "}, {"title": ""}, {"text": ""}, {"title": "x" * 201}, {"text": "x" * 2001},
    {"status": "invented"}, {"source": "Invented"},
])
def test_a_fact_without_source_or_with_a_false_status_is_refused(change):
    good = {"title": "t", "text": "t", "source": "Press reports", "status": "P", "area": "network"}
    Fact(**good)
    with pytest.raises(InvalidRecord):
        Fact(**{**good, **change})


@pytest.mark.parametrize("text", [
    "[[fact", "fact = 1", "[[fact]]\nmember = 'JPN'\n",
    "[[fact]]\nmember='JPN'\ntopic='air.tracks'\narea='network'\ntitle='t'\ntext='t'\nsource='s'\nstatus='U'\n"
    "classification=0\nrelease=[]\n",
    "[[fact]]\nmember='JPN'\ntopic='air.tracks'\narea='network'\ntitle='t'\ntext='t'\nsource='s'\nstatus='P'\n"
    "classification=0\nrelease=[]\nunknown=1\n",
])
def test_a_file_with_a_fault_is_refused_in_one_sentence(text):
    with pytest.raises(InvalidConfig, match=r"^facts\.toml: "):
        read_table(text, _Facts, "facts.toml")


def test_the_discreet_example_is_not_here():
    for path in (ROOT / "src/latticework/reference").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert "TWN" not in text
        assert "Taiwan" not in text
