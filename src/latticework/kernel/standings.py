"""Which arrangements stand, derived from records alone: proposals, grants and withdrawals.

The same records give the same standings on every node, in whatever order they arrived. Nothing is stored twice: the
standings are recomputed from the archive when a record of these kinds arrives or a key is found compromised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from latticework.kernel.ids import MemberId, RecordId
from latticework.kernel.kinds import Grant, Withdrawal
from latticework.kernel.policy.model import Arrangement, Standing


class Signed(msgspec.Struct, frozen=True):
    """A body of one of the arrangement kinds with its author and time, verified and still valid.

    Parameters
    ----------
    record
        Id of the record it came in.
    member
        Its author.
    made_ms
        The author's time, ms.
    body
        The proposal, grant or withdrawal.
    """

    record: RecordId
    member: MemberId
    made_ms: int
    body: Arrangement | Grant | Withdrawal


def derive(signed: Iterable[Signed]) -> tuple[Standing, ...]:
    """Return the standing of every proposed arrangement, sorted by record id.

    A grant counts when its author is a party; a withdrawal ends the author's grants that were made before it. The
    latest grant of a party counts, where "latest" is by the author's time and then by record id, so that the result
    does not depend on the order of arrival.
    """
    proposals: dict[RecordId, Arrangement] = {}
    grants: dict[RecordId, dict[MemberId, list[Signed]]] = defaultdict(lambda: defaultdict(list))
    ends: dict[RecordId, dict[MemberId, int]] = defaultdict(dict)
    for item in signed:
        body = item.body
        if isinstance(body, Arrangement):
            # Only a party can propose; a stranger's proposal binds nobody and is not even a candidate.
            if item.member in body.parties:
                proposals[item.record] = body
        elif isinstance(body, Grant):
            grants[body.arrangement][item.member].append(item)
        else:
            before = ends[body.arrangement].get(item.member, item.made_ms)
            ends[body.arrangement][item.member] = max(before, item.made_ms)
    return tuple(_standing(record, a, grants[record], ends[record]) for record, a in sorted(proposals.items()))


def _standing(
    record: RecordId, arrangement: Arrangement, grants: dict[MemberId, list[Signed]], ends: dict[MemberId, int]
) -> Standing:
    rows: list[tuple[MemberId, int, int]] = []
    for party in arrangement.parties:
        made = grants.get(party, [])
        if not made:
            continue
        last = max(made, key=lambda g: (g.made_ms, g.record))
        body = last.body
        if not isinstance(body, Grant):  # pragma: no cover - grants holds grants only
            continue
        # A grant is never longer than the renewal period that the parties agreed on, whatever it says itself.
        until = min(body.until_ms, body.from_ms + arrangement.renew_every_ms)
        ended = ends.get(party)
        if ended is not None and ended >= last.made_ms:
            until = min(until, ended)
        rows.append((party, body.from_ms, until))
    return Standing(record=record, arrangement=arrangement, grants=tuple(rows))
