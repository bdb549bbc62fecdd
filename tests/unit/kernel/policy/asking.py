"""Short ways to build the arguments of the gate. Everything is invented."""

from __future__ import annotations

from latticework.kernel.ids import Topic
from latticework.kernel.labels import Label, Release
from latticework.kernel.policy import Arrangement, Officer, PolicyState, Role, Standing

BEGIN, END, GRANT_END, NOW = 1_000, 9_000, 5_000, 2_000
AIR = Topic("air.tracks")


def label(*to: str, of=("JPN",), level=1, policy="EXERCISE", everyone=False, **more) -> Label:
    release = Release(everyone=True) if everyone else Release(members=frozenset(to)) if to else None
    return Label(policy=policy, classification=level, release=release, originators=frozenset(of), **more)


def arrangement(*parties: str, name="north", topics=("air",), ceiling=2, exchange="EXERCISE", **more) -> Arrangement:
    values = {"valid_from_ms": BEGIN, "valid_until_ms": END, "renew_every_ms": 4_000, "title": name, **more}
    return Arrangement(
        name=name, parties=tuple(sorted(parties)), topics=tuple(topics), ceiling=ceiling, exchange_policy=exchange,
        **values,
    )


def standing(a: Arrangement, *, number: int = 1, grants=None) -> Standing:
    rows = tuple((p, BEGIN, GRANT_END) for p in a.parties) if grants is None else grants
    return Standing(record=f"{number:064x}", arrangement=a, grants=rows)


def state(*arrangements: Arrangement | Standing, partners=("AUS", "KOR", "PHL", "TWN", "USA"), **more) -> PolicyState:
    standings = tuple(
        x if isinstance(x, Standing) else standing(x, number=i) for i, x in enumerate(arrangements, start=1)
    )
    return PolicyState(own="JPN", partners=partners, standings=standings, **more)


def officer(*roles: Role, nationality="JPN", clearance=(("EXERCISE", 2),), compartments=()) -> Officer:
    return Officer(
        name="desk", post="alliance desk", roles=frozenset(roles or {Role.AUTHOR}), clearance=tuple(clearance),
        nationality=nationality, compartments=frozenset(compartments),
    )
