"""The compiled gate at its edges; that it equals the declared one is in the property tests and the proof."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.kernel.policy.asking import AIR, END, GRANT_END, NOW, arrangement, label, standing, state

from latticework.kernel.errors import InvalidArrangement, InvalidConfig
from latticework.kernel.ids import MemberId
from latticework.kernel.policy import CaveatMap, LevelMap, Onward, Purpose
from latticework.kernel.policy.compiled import CHUNK, CompiledPolicy
from latticework.kernel.policy.packing import NEVER, UNKNOWN_POLICY

TRIO = arrangement("JPN", "KOR", "USA", onward=Onward.FREE)


def compiled(*arrangements, purpose=Purpose.STREAM, topic=AIR, at=NOW, **more):
    return CompiledPolicy(state(*arrangements), topic, purpose, at, **more)


def test_index_zero_and_unknown_indexes_are_withheld():
    policy = compiled(TRIO, labels=[label(everyone=True)])
    rows = policy.decide_rows(np.array([0, 1, 2, 65_535], np.uint16))
    assert rows.dtype == np.uint64
    assert rows.tolist() == [0, int(policy.mask_of("KOR") | policy.mask_of("USA")), 0, 0]


def test_a_label_gets_one_index_and_is_decided_when_it_is_new():
    policy = compiled(TRIO)
    first, second = policy.intern(label("USA")), policy.intern(label("KOR"))
    assert (first, second, policy.intern(label("USA"))) == (1, 2, 1)
    assert policy.decide_rows(np.array([first, second], np.uint16)).tolist() == [
        int(policy.mask_of("USA")), int(policy.mask_of("KOR"))]


def test_labels_given_at_once_keep_their_positions_even_if_repeated():
    given = [label("USA"), label("USA"), label("KOR"), label("USA"), label("PHL")]
    policy = compiled(TRIO, labels=given)
    each = [int(policy.decide_columns(policy.packing.pack([x]))[0]) for x in given]
    assert policy.decide_rows(np.arange(1, 6, dtype=np.uint16)).tolist() == each
    assert len(set(each)) == 3
    assert [policy.intern(x) for x in given] == [1, 1, 3, 1, 5]
    assert policy.intern(label("AUS")) == 6


def test_bits_stand_in_the_order_of_the_peers_asked_for():
    policy = compiled(TRIO, peers=("USA", "IND", "KOR", "USA"), labels=[label(everyone=True)])
    assert policy.peers == ("USA", "IND", "KOR")
    assert policy.decide_rows(np.array([1], np.uint16)).tolist() == [0b101]
    assert policy.mask_of(MemberId("NZL")) == 0


@pytest.mark.parametrize("purpose", [Purpose.VIEW, Purpose.FEED, Purpose.EXPORT])
def test_the_purposes_of_people_allow_no_peer(purpose):
    policy = compiled(TRIO, purpose=purpose, labels=[label(everyone=True)])
    assert policy.decide_rows(np.array([1], np.uint16)).tolist() == [0]
    assert compiled(TRIO, purpose=purpose, topic="lattice.keys", labels=[label(everyone=True)])._table[1] == 0


def test_it_says_until_when_it_holds():
    assert compiled(TRIO).valid_until_ms == GRANT_END
    assert compiled(TRIO, labels=[label("USA", expires_ms=NOW + 5)]).valid_until_ms == NOW + 5
    assert compiled(TRIO, labels=[label("USA", expires_ms=NOW)]).valid_until_ms == GRANT_END
    assert compiled(TRIO, at=END).valid_until_ms is None
    late = compiled(TRIO)
    late.intern(label("USA", expires_ms=NOW + 7))
    assert late.valid_until_ms == NOW + 7
    assert [late.is_current(t) for t in (NOW - 1, NOW, NOW + 6, NOW + 7)] == [False, True, True, False]
    assert compiled(TRIO, at=END).is_current(10**15)


def test_chunks_join_seamlessly():
    policy = compiled(TRIO)
    kinds = [label("USA"), label("KOR"), label("PHL"), label(everyone=True), label("USA", level=4)]
    each = policy.decide_columns(policy.packing.pack(kinds))
    many = [kinds[i % len(kinds)] for i in range(2 * CHUNK + 3)]
    got = policy.decide_columns(policy.packing.pack(many))
    assert np.array_equal(got, each[np.arange(len(many)) % len(kinds)])
    assert len(policy.decide_columns(policy.packing.pack([]))) == 0


def test_members_and_restrictions_outside_the_state_never_allow():
    policy = compiled(TRIO)
    strange = [label("USA", of=("NZL",)), label("USA", of=("GBR", "NZL")), label("USA", of=("KOR", "NZL")),
               label("NZL"), label("USA", policy="HOME", level=1)]
    assert policy.decide_columns(policy.packing.pack(strange)).tolist() == [0] * 5


def test_what_does_not_fit_into_a_byte_is_of_no_known_policy():
    policy = compiled(arrangement("JPN", "USA", ceiling=10_000, levels=(LevelMap("HOME", 300, "EXERCISE", 1),)))
    for strange in (label("USA", level=256), label("USA", level=-1), label("USA", policy="HOME", level=300)):
        columns = policy.packing.pack([strange])
        assert columns.level[0] >> 8 == UNKNOWN_POLICY
        assert policy.decide_columns(columns).tolist() == [0]
    assert policy.decide_columns(policy.packing.pack([label("USA", level=255)])).tolist() != [0]


def test_never_is_later_than_any_time():
    policy = compiled(TRIO)
    columns = policy.packing.pack([label("USA"), label("USA", expires_ms=2**70), label("USA", expires_ms=-(2**70))])
    assert columns.expires_ms.tolist() == [NEVER, NEVER, -NEVER]


def test_more_than_64_arrangements_on_one_topic_are_all_asked():
    many = [standing(arrangement("JPN", "USA", name=f"a{i}", ceiling=0), number=i) for i in range(100)]
    last = standing(arrangement("JPN", "USA", name="z", ceiling=3), number=200)
    policy = compiled(*many, last, labels=[label("USA", level=3)])
    assert policy.decide_rows(np.array([1], np.uint16)).tolist() == [int(policy.mask_of("USA"))]


def test_more_members_or_restrictions_than_a_word_has_bits_are_refused_clearly():
    crowd = [MemberId(f"{a}{b}X") for a in "ABCDEFGH" for b in "ABCDEFGH"]
    with pytest.raises(InvalidConfig, match="63 members"):
        compiled(TRIO, peers=crowd)
    rows = tuple(CaveatMap("HOME", f"Special/C{i:02}", "EXERCISE", "Special/X") for i in range(64))
    with pytest.raises(InvalidConfig, match="63 mapped"):
        compiled(arrangement("JPN", "USA", caveats=rows))


def test_an_equivalence_table_is_unambiguous():
    with pytest.raises(InvalidArrangement, match="one equivalent"):
        arrangement("JPN", "USA", levels=(LevelMap("HOME", 1, "EXERCISE", 1), LevelMap("HOME", 1, "EXERCISE", 2)))
    with pytest.raises(InvalidArrangement, match="one equivalent"):
        arrangement("JPN", "USA", caveats=(CaveatMap("HOME", "S/A", "EXERCISE", "S/A"),
                                           CaveatMap("HOME", "S/A", "EXERCISE", "S/B")))
