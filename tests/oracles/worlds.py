"""Random small worlds for the gate: few members, levels, topics and times, so that everything meets everything.

Most of what is drawn lets a question pass, so that the later rules are asked as often as the first ones; a test counts
that every rule decides somewhere. A world is drawn from one seed, which hypothesis chooses and prints on failure.
"""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from latticework.kernel.ids import MemberId, Topic
from latticework.kernel.labels import Category, Label, Release
from latticework.kernel.policy import (
    Arrangement,
    Binding,
    Bounds,
    CaveatMap,
    Constraint,
    Flow,
    LevelMap,
    Levels,
    Officer,
    Onward,
    Peer,
    PolicyState,
    Purpose,
    Role,
    Standing,
)

OWN = MemberId("JPN")
PEERS = tuple(map(MemberId, ("AUS", "KOR", "USA")))
MEMBERS = (*PEERS, OWN, MemberId("PHL"))
STRANGER = MemberId("ZZZ")
POLICIES = ("EXERCISE", "HOME", "THEIRS")
CAVEATS = ("Special/BLUE", "Special/RED", "Special/WHITE")
TOPICS = tuple(map(Topic, ("air", "air.tracks", "airlift", "lattice.keys", "sea")))
TRANSFERS = (Purpose.RELEASE, Purpose.RELAY, Purpose.RECEIVE, Purpose.STREAM)
PERSONAL = tuple(p for p in Purpose if p not in TRANSFERS)


class World:
    """Everything that can be asked about, drawn from `seed`."""

    def __init__(self, seed: int, *, arrangements: int = 4) -> None:
        self.random = Random(seed)
        r = self.random
        self.topic = self.mostly("air.tracks", TOPICS, 0.7)
        self.at = r.randint(0, 12)
        self.transfer = r.choice(TRANSFERS)
        self.state = PolicyState(
            own=OWN, partners=PEERS if self.likely() else PEERS[1:], suspended=() if self.likely() else ("KOR",),
            standings=tuple(self.standing(n) for n in range(r.randint(0, arrangements))),
            consents=tuple(sorted(self.some((*MEMBERS, STRANGER), 0.4))),
            constraints=tuple(self.constraint(n) for n in range(r.choice((0, 0, 0, 1, 1, 2, 3)))),
        )

    def likely(self, chance: float = 0.9) -> bool:
        return self.random.random() < chance

    def mostly(self, value, others, chance=0.8):
        return value if self.likely(chance) else self.random.choice(others)

    def some(self, values, chance=0.5):
        return frozenset(v for v in values if self.likely(chance))

    def label(self) -> Label:
        r = self.random
        release = Release(members=self.some((*MEMBERS, STRANGER), 0.8))
        release = self.mostly(release, (None, Release(everyone=True)), 0.75)
        originators = frozenset(r.choices((*MEMBERS, OWN, OWN, STRANGER), k=r.choice((0, 1, 1, 1, 2, 2, 3))))
        return Label(
            policy=self.mostly("EXERCISE", (*POLICIES, "UNKNOWN"), 0.5), classification=r.randint(0, 4),
            release=release, restrictive=frozenset() if self.likely(0.6) else self.some(CAVEATS),
            informative=self.some(CAVEATS, 0.2), originators=originators,
            permissive=() if self.likely() else (Category("Context", ("x",)),),
            expires_ms=None if self.likely(0.7) else r.randint(0, 12),
        )

    def arrangement(self) -> Arrangement:
        r = self.random
        parties = tuple(sorted({*self.some(MEMBERS, 0.6), OWN} if self.likely() else self.some(MEMBERS, 0.6)))
        parties = parties if len(parties) > 1 else ("JPN", "USA")
        pairs = [Flow(a, b) for a in parties for b in parties if a != b]
        topics = self.some(TOPICS, 0.3) | {self.mostly("air", TOPICS)}
        begin = 0 if self.likely() else r.randint(0, 6)
        pairs_of_policies = [(p, q) for p in POLICIES for q in POLICIES]
        levels = {(p, c, q): r.randint(0, 4) for p, q in pairs_of_policies for c in range(5) if self.likely(0.5)}
        caveats = {(p, c, q): r.choice(CAVEATS) for p, q in pairs_of_policies for c in CAVEATS if self.likely(0.5)}
        return Arrangement(
            name=r.choice("abc"), title="", parties=parties, topics=tuple(sorted(topics)), ceiling=r.randint(0, 4),
            exchange_policy=self.mostly("EXERCISE", POLICIES, 0.5), valid_from_ms=begin,
            valid_until_ms=begin + (20 if self.likely() else r.randint(1, 10)), renew_every_ms=5,
            onward=r.choice(list(Onward)), discreet=self.likely(0.3),
            flows=() if self.likely(0.5) else tuple(sorted(self.some(pairs, 0.7))),
            levels=tuple(LevelMap(p, c, q, n) for (p, c, q), n in sorted(levels.items())),
            caveats=tuple(CaveatMap(p, c, q, n) for (p, c, q), n in sorted(caveats.items())),
        )

    def standing(self, number: int) -> Standing:
        a = self.arrangement()
        rows = []
        for party in a.parties:
            start, length = self.mostly((0, 20), ((2, 5), (0, 0), (0, 6)), 0.93)
            if length:
                rows.append((party, start, start + length))
        return Standing(record=f"{number:064x}", arrangement=a, grants=tuple(rows))

    def bounds(self) -> Bounds:
        r = self.random
        begin, end = (None if self.likely(0.6) else r.randint(0, 12) for _ in range(2))
        return Bounds(
            peers=() if self.likely(0.2) else tuple(sorted(self.some((*PEERS, STRANGER), 0.6))),
            topics=() if self.likely(0.3) else tuple(sorted(self.some(TOPICS))), from_ms=begin, until_ms=end,
            levels=() if self.likely(0.4) else tuple(
                Levels(p, r.randint(-1, 3), r.randint(0, 5)) for p in r.choices(POLICIES, k=r.choice((1, 1, 2)))),
        )

    def constraint(self, number: int) -> Constraint:
        return Constraint(record=f"{number % 2:064x}", binding=self.random.choice(list(Binding)), bounds=self.bounds(),
                          unless=tuple(self.bounds() for _ in range(self.random.choice((0, 1, 1, 2)))))

    def peer(self) -> Peer:
        return Peer(self.mostly("USA", (*PEERS, STRANGER), 0.6))

    def officer(self) -> Officer:
        roles = frozenset({Role.AUTHOR}) if self.likely(0.8) else self.some(list(Role), 0.3)
        clearance = {p: self.random.randint(0, 4) for p in POLICIES if self.likely(0.5)}
        return Officer(
            name="desk", post="desk", roles=roles, clearance=tuple(sorted(clearance.items())),
            nationality=self.mostly(OWN, PEERS), compartments=self.some(CAVEATS, 0.6),
        )


worlds = st.integers(0, 2**63).map(World)
