"""The judge of the demonstration finds each way in which a federation can break its word."""

from __future__ import annotations

import msgspec
import pytest

from latticework.kernel.ids import MemberId, Topic
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Arrangement
from latticework.node.demo.drive import HeldRecord
from latticework.node.demo.judge import judge

JPN, USA, AUS = MemberId("JPN"), MemberId("USA"), MemberId("AUS")
X = "a" * 64


def record(*, own: bool, release: tuple[str, ...] = ("JPN", "USA"), level: int = 1, by: MemberId | None = None,
           member: MemberId = JPN) -> HeldRecord:
    label = Label(policy="EXERCISE", classification=level, originators=frozenset({JPN}),
                  release=Release(members=frozenset(release)) if release else None)
    return HeldRecord(X, member, Topic("air.tracks"), label, own, by)


AGREED = Arrangement(
    name="a", title="A", parties=(JPN, USA), topics=(Topic("air"),), ceiling=2, exchange_policy="EXERCISE",
    valid_from_ms=0, valid_until_ms=1, renew_every_ms=1,
)
RELEASED = {JPN: {USA: frozenset({X})}, USA: {}, AUS: {}}


def test_an_honest_federation_passes() -> None:
    found = judge({JPN: [record(own=True)], USA: [record(own=False)], AUS: []}, RELEASED, [AGREED])
    assert (found.published, found.released, found.withheld, found.delivered) == (1, 1, 1, 1)
    assert found.leaked == found.missing == ()
    assert found.relayed == 0


def test_a_released_record_that_did_not_arrive_is_missing() -> None:
    found = judge({JPN: [record(own=True)], USA: [], AUS: []}, RELEASED, [AGREED])
    assert found.missing == (f"JPN released {X[:12]} to USA",)


@pytest.mark.parametrize(
    ("holder", "held", "released", "agreed", "why"),
    [
        (AUS, record(own=False), RELEASED, [AGREED], "no ledger"),
        (USA, record(own=False, release=("JPN",)), RELEASED, [AGREED], "label leaves"),
        (USA, record(own=False, release=()), RELEASED, [AGREED], "label leaves"),
        (USA, record(own=False, level=3), RELEASED, [AGREED], "no arrangement"),
        (USA, record(own=False), RELEASED, [], "no arrangement"),
        (USA, record(own=False), RELEASED, [msgspec.structs.replace(AGREED, topics=(Topic("sea"),))],
         "no arrangement"),
        (USA, record(own=False, member=AUS), RELEASED, [AGREED], "says that AUS made it"),
    ],
)
def test_each_kind_of_leak_is_found(
    holder: MemberId, held: HeldRecord, released: dict[MemberId, dict[MemberId, frozenset[str]]],
    agreed: list[Arrangement], why: str,
) -> None:
    holdings: dict[MemberId, list[HeldRecord]] = {JPN: [record(own=True)], USA: [], AUS: []}
    holdings[holder] = [held]
    found = judge(holdings, released, agreed)
    assert len(found.leaked) == 1
    assert why in found.leaked[0]


def test_what_came_by_a_third_member_counts_as_relayed() -> None:
    via = {JPN: {USA: frozenset({X})}, USA: {AUS: frozenset({X})}, AUS: {}}
    with_aus = msgspec.structs.replace(AGREED, parties=(AUS, JPN, USA))
    released = ("JPN", "USA", "AUS")
    found = judge({JPN: [record(own=True, release=released)], USA: [record(own=False, release=released)],
                   AUS: [record(own=False, release=released, by=USA)]}, via, [with_aus])
    assert found.relayed == 1
    assert found.leaked == ()
