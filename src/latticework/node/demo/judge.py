"""Whether the demonstration kept its word, judged from outside: what each node holds against what it was released.

The judge asks no node whether it behaved. It compares what every node holds with what every other node's ledger says it
released, with the labels themselves, and with the arrangements as they were written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from latticework.kernel.ids import MemberId
from latticework.kernel.policy.model import Arrangement
from latticework.node.demo.drive import HeldRecord

Held = Mapping[MemberId, Iterable[HeldRecord]]
Released = Mapping[MemberId, Mapping[MemberId, frozenset[str]]]
"""What each member's ledger says: to whom it released which records."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What the judge found.

    Parameters
    ----------
    published
        Records that members made.
    released, withheld
        Of all pairs (record, other member): how many were released, and how many were not.
    delivered
        Released records that the other member holds.
    leaked
        Records that a member holds though nobody released them to it, though its label leaves it out, or though no
        arrangement covers it; with the reason.
    missing
        Released records that the other member does not hold.
    relayed
        Records that came by way of a third member.
    """

    published: int
    released: int
    withheld: int
    delivered: int
    leaked: tuple[str, ...]
    missing: tuple[str, ...]
    relayed: int


def judge(held: Held, released: Released, arrangements: Iterable[Arrangement]) -> Finding:
    """Compare what members hold with what may be there.

    Parameters
    ----------
    held
        Records that each member's releaser sees, own ones included; the kernel's own topics left out.
    released
        From each member's own ledger.
    arrangements
        Those in force.
    """
    agreed = list(arrangements)
    own = {r.id: (member, r) for member, records in held.items() for r in records if r.own}
    holds = {member: {r.id: r for r in records if not r.own} for member, records in held.items()}
    leaked: list[str] = []
    for taker, records in holds.items():
        for record in records.values():
            reason = _leak(taker, record, own, released, agreed)
            if reason:
                leaked.append(f"{taker} holds {record.id[:12]}: {reason}")
    promised = {(giver, taker, i) for giver, per in released.items() for taker, ids in per.items() for i in ids
                if i in own}
    delivered = {(g, t, i) for g, t, i in promised if i in holds.get(t, {})}
    pairs = len(own) * max(0, len(held) - 1)
    return Finding(
        published=len(own), released=len(promised), withheld=pairs - len({(t, i) for _, t, i in promised}),
        delivered=len(delivered), leaked=tuple(sorted(leaked)),
        missing=tuple(sorted(f"{g} released {i[:12]} to {t}" for g, t, i in promised - delivered)),
        relayed=sum(r.relayed_by is not None for records in holds.values() for r in records.values()),
    )


def _leak(
    taker: MemberId, record: HeldRecord, own: Mapping[str, tuple[MemberId, HeldRecord]], released: Released,
    agreed: list[Arrangement],
) -> str:
    if record.id not in own:
        return "its author does not know it"
    author = own[record.id][0]
    if record.member != author:
        return f"it says that {record.member} made it, and {author} did"
    if not any(record.id in per.get(taker, ()) for per in released.values()):
        return "no ledger says that it was released to it"
    release = record.label.release
    if release is None or not (release.everyone or taker in release.members):
        return "its label leaves the member out"
    giver = record.relayed_by or author
    if not any(
        a.covers(own[record.id][1].topic) and a.flows_between(giver, taker) and record.label.classification <= a.ceiling
        for a in agreed
    ):
        return f"no arrangement lets {giver} give it"
    return ""
