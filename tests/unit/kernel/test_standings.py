"""Standings are a function of the set of records: never of the order in which they arrived."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from latticework.kernel.ids import MemberId, RecordId, Topic
from latticework.kernel.kinds import Grant, Withdrawal
from latticework.kernel.policy.model import Arrangement
from latticework.kernel.standings import Signed, derive

AUS, JPN, KOR, USA = (MemberId(m) for m in ("AUS", "JPN", "KOR", "USA"))
A = RecordId("a" * 64)
HOUR = 3_600_000


def arrangement(**changes: object) -> Arrangement:
    values: dict[str, object] = {
        "name": "camp", "title": "Camp", "parties": (JPN, USA), "topics": (Topic("air.tracks"),), "ceiling": 2,
        "exchange_policy": "EXERCISE", "valid_from_ms": 0, "valid_until_ms": 100 * HOUR, "renew_every_ms": 24 * HOUR,
    }
    return Arrangement(**{**values, **changes})  # type: ignore[arg-type]


def signed(member: str, body: object, at: int, record: str) -> Signed:
    return Signed(RecordId(record * 64), MemberId(member), at, body)  # type: ignore[arg-type]


def grant(start: int, end: int) -> Grant:
    return Grant(arrangement=A, from_ms=start, until_ms=end)


def test_in_force_only_when_every_party_has_signed() -> None:
    proposal = signed("JPN", arrangement(), 1, "a")
    one = derive([proposal, signed("JPN", grant(1, HOUR), 1, "b")])[0]
    assert not one.in_force(2)
    both = derive([proposal, signed("JPN", grant(1, HOUR), 1, "b"), signed("USA", grant(2, HOUR), 2, "c")])[0]
    assert both.in_force(2)
    assert not both.in_force(HOUR), "the end of a grant is exclusive"


def test_a_strangers_proposal_or_grant_binds_nobody() -> None:
    assert derive([signed("KOR", arrangement(), 1, "a")]) == ()
    standing = derive([signed("JPN", arrangement(), 1, "a"), signed("KOR", grant(0, HOUR), 1, "b")])[0]
    assert standing.grants == ()


def test_a_grant_is_never_longer_than_the_agreed_renewal() -> None:
    standing = derive([signed("JPN", arrangement(renew_every_ms=HOUR), 1, "a"),
                       signed("JPN", grant(10, 90 * HOUR), 1, "b")])[0]
    assert standing.grants == ((JPN, 10, 10 + HOUR),)


def test_withdrawal_ends_a_grant_and_a_later_grant_starts_anew() -> None:
    proposal = signed("JPN", arrangement(), 1, "a")
    first = signed("JPN", grant(1, HOUR), 1, "b")
    withdrawn = signed("JPN", Withdrawal(arrangement=A, reason="review"), 500, "c")
    assert derive([proposal, first, withdrawn])[0].grants == ((JPN, 1, 500),)
    again = signed("JPN", grant(600, HOUR), 600, "d")
    assert derive([proposal, first, withdrawn, again])[0].grants == ((JPN, 600, HOUR),)


EVENTS = st.lists(
    st.tuples(st.sampled_from(["AUS", "JPN", "USA"]), st.booleans(), st.integers(1, 1000), st.integers(1, 1000)),
    max_size=12,
)


@given(EVENTS, st.integers(0, 2**32))
def test_order_of_arrival_does_not_matter(events: list[tuple[str, bool, int, int]], seed: int) -> None:
    items = [signed("JPN", arrangement(parties=(AUS, JPN, USA)), 0, "a")]
    for number, (member, is_grant, at, length) in enumerate(events):
        body = grant(at, at + length) if is_grant else Withdrawal(arrangement=A, reason="")
        items.append(Signed(RecordId(f"{number:064x}"), MemberId(member), at, body))
    shuffled = items[:]
    random.Random(seed).shuffle(shuffled)
    assert derive(items) == derive(shuffled)
