"""The interface speaks Japanese completely: every message, with the same values, and the kernel's sentences too."""

from __future__ import annotations

import importlib.util
import random
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.pofile import read_po

from latticework.kernel.ids import MemberId, RecordId, Topic
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy import explain
from latticework.kernel.policy.model import (
    Arrangement,
    Flow,
    Officer,
    Onward,
    Peer,
    PolicyState,
    Purpose,
    Role,
    Standing,
)
from latticework.kernel.policy.rules import RULES
from latticework.shell import language
from latticework.shell.language import _, grouped, member_name, negotiate, ngettext, speak
from latticework.shell.sentences import RULE_WORDS, SENTENCES, rule_words, say

ROOT = Path(__file__).resolve().parents[3]
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
SAME_IN_BOTH = {"%(part)s of %(all)s", "of %(all)s", "one a line: JPN > USA"}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", ROOT / "scripts/translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(script: ModuleType) -> list[tuple[str, object, object]]:
    """Return (package, id, Japanese) of every message that code and templates hold."""
    found = []
    for package, folder in script.catalogs().items():
        with (folder / "ja/LC_MESSAGES/messages.po").open("rb") as file:
            known = read_po(file, locale="ja")
        for message in script.wanted(package):
            if message.id:
                said = known.get(message.id)
                found.append((package.name, message.id, said.string if said is not None and not said.fuzzy else ""))
    return found


def texts(value: object) -> list[str]:
    return list(value) if isinstance(value, tuple | list) else [str(value)]


def test_every_message_is_translated(script: ModuleType) -> None:
    found = rows(script)
    assert len(found) > 600
    missing = [(package, i) for package, i, said in found if not said or not all(texts(said))]
    assert not missing, "run python scripts/translations.py and translate what it names"


def test_translations_keep_the_values(script: ModuleType) -> None:
    for _package, message, said in rows(script):
        wanted = set(re.findall(r"%\(\w+\)s|\{\w+\}", texts(message)[-1]))
        for text in texts(said):
            assert set(re.findall(r"%\(\w+\)s|\{\w+\}", text)) == wanted, message


def test_translations_are_japanese_in_japanese_punctuation(script: ModuleType) -> None:
    for _package, message, said in rows(script):
        first, text = texts(message)[0], texts(said)[0]
        bare = re.sub(r"%\(\w+\)s|\{\w+\}|[A-Za-z0-9 .,:;/>=()\-×σ%]+", "", first)
        if first == text or (not bare.strip() and first in SAME_IN_BOTH):
            continue
        if JAPANESE.search(text):
            assert not re.search(r"[ぁ-ん一-龠][,.;:!?]", text), f"half-width punctuation in {text!r}"
            assert not re.search(r"[０-９]", text), f"full-width digits in {text!r}"
            assert "！" not in text


def test_each_rule_has_words_in_both_languages() -> None:
    assert set(RULE_WORDS) == {rule.id for rule in RULES}
    speak("ja")
    for rule in RULES:
        assert JAPANESE.search(rule_words(rule.id)), rule.id
        assert JAPANESE.search(say(rule.sentence)), rule.sentence
        assert JAPANESE.search(say(rule.change)), rule.change


NOW = 1_800_000_000_000
MEMBERS = tuple(MemberId(m) for m in ("AUS", "JPN", "KOR", "PHL", "USA"))


def _standing(dice: random.Random, number: int) -> Standing:
    parties = tuple(sorted(dice.sample(MEMBERS, dice.choice((2, 3)))))
    a = Arrangement(
        name=f"terms-{number}", title="Terms", parties=parties, topics=(Topic(dice.choice(("air", "sea"))),),
        ceiling=dice.choice((0, 2, 4)), exchange_policy=dice.choice(("EXERCISE", "EXERCISE", "NATO")),
        valid_from_ms=NOW + dice.choice((-9, 9)) * 1000, valid_until_ms=NOW + 20_000, renew_every_ms=5_000,
        onward=dice.choice(tuple(Onward)), discreet=dice.random() < 0.2,
        flows=(Flow(parties[0], parties[1]),) if dice.random() < 0.3 else (),
    )
    grants = tuple((p, NOW - 1, NOW + dice.choice((-1, 1, 9)) * 100) for p in parties if dice.random() < 0.8)
    return Standing(record=RecordId(f"{number:064x}"), arrangement=a, grants=tuple(
        (p, start, max(start + 1, end)) for p, start, end in grants))


def test_every_reason_the_gate_can_give_is_spoken() -> None:
    """Thousands of random questions: each sentence of each explanation has its Japanese."""
    dice = random.Random(7)
    speak("ja")
    heard: set[str] = set()
    for _number in range(1_500):
        state = PolicyState(
            own=MemberId("JPN"), partners=tuple(m for m in MEMBERS if m != "JPN" and dice.random() < 0.9),
            suspended=(MemberId("KOR"),) if dice.random() < 0.1 else (),
            standings=tuple(_standing(dice, n) for n in range(dice.randrange(3))),
            consents=tuple(sorted(dice.sample(MEMBERS, dice.randrange(3)))))
        label = Label(
            policy=dice.choice(("EXERCISE", "EXERCISE", "NATO")), classification=dice.randrange(5),
            release=dice.choice((None, Release(everyone=True), Release(members=frozenset(dice.sample(MEMBERS, 3))))),
            restrictive=frozenset({"Special Handling/CEDAR"}) if dice.random() < 0.2 else frozenset(),
            originators=frozenset(dice.sample(MEMBERS, dice.choice((0, 1, 1, 2)))),
            expires_ms=dice.choice((None, None, NOW - 1, NOW + 1)))
        subject = dice.choice((
            Peer(dice.choice(MEMBERS)), Peer(dice.choice(MEMBERS)),
            Officer(name="x", post="desk", roles=frozenset(dice.sample(tuple(Role), dice.choice((0, 1, 2)))),  # type: ignore[arg-type]
                    clearance=(("EXERCISE", dice.randrange(5)),) if dice.random() < 0.8 else (),
                    nationality=dice.choice(MEMBERS))))
        topic = Topic(dice.choice(("air.tracks", "sea", "land", "lattice.recall")))
        purpose = dice.choice(tuple(Purpose))
        said = explain(label, topic, state, subject, purpose, NOW, discreet=dice.random() < 0.3)
        for sentence in (said.decision.reason, said.change, *(c.sentence for c in said.checks),
                         *(c.change for c in said.checks if c.change)):
            if sentence not in heard:
                heard.add(sentence)
                assert JAPANESE.search(say(sentence)), sentence
    assert len(heard) > 150


def test_a_sentence_is_filled_with_its_own_values() -> None:
    speak("ja")
    assert say("The arrangement camp-david does not cover the topic air.coverage.") == (
        "取決め「camp-david」は項目 air.coverage を含みません。")
    assert say("Released a record to USA: Signature under an arrangement") == "USAに記録を開示：取決めへの署名"
    assert say("Nobody ever wrote this sentence.") == "Nobody ever wrote this sentence."
    speak("en")
    assert say("sign in first.") == "Sign in first."


def test_no_template_swallows_another() -> None:
    """A sentence made from one template is taken back to that template, whatever the values."""
    from latticework.shell.sentences import _patterns

    for template in SENTENCES:
        names = re.findall(r"%\((\w+)\)s", template)
        if not names:
            continue
        sentence = template % {name: f"X{n}" for n, name in enumerate(names)}
        first = next(t for pattern, t in _patterns() if pattern.fullmatch(sentence))
        assert first == template, f"{template!r} is taken for {first!r}"


@pytest.mark.parametrize(("header", "chosen"), [
    ("ja,en;q=0.8", "ja"), ("en-US,ja;q=0.9", "en"), ("fr,ja;q=0.5,en;q=0.4", "ja"), ("fr", "en"), ("", "en"),
    ("ja;q=0,en;q=0.1", "en"), ("ja;q=x", "en"), ("*", "en"),
])
def test_the_browsers_language_is_negotiated(header: str, chosen: str) -> None:
    assert negotiate(header, "en") == chosen


def test_numbers_are_grouped_with_a_thin_space() -> None:
    assert grouped(1204) == "1\N{NARROW NO-BREAK SPACE}204"
    assert grouped(48_211_000) == "48\N{NARROW NO-BREAK SPACE}211\N{NARROW NO-BREAK SPACE}000"
    forms = "%(n)s record is here for you", "%(n)s records are here for you"
    assert ngettext(*forms, 1) == "1 record is here for you"
    speak("ja")
    assert ngettext(*forms, 2) == "閲覧できる記録が2件あります"


def test_members_have_names_in_both_languages() -> None:
    assert [member_name(m, "ja") for m in ("JPN", "KOR", "PHL", "USA", "NLD")] == [
        "日本", "韓国", "フィリピン", "米国", "オランダ"]
    assert member_name("USA", "en") == "United States"
    assert member_name("XQZ", "en") == "XQZ"
    # One name on every page: what a partner's bundle claims names only whom Unicode does not know.
    assert member_name("KOR", "en") == member_name("KOR", "en", "Someone else") == "Republic of Korea"
    assert member_name("XQZ", "en", "Northern Exercise Force") == "Northern Exercise Force"


def test_an_unknown_language_is_english() -> None:
    speak("tlh")
    assert language.language() == "en"
    assert _("Records") == "Records"
