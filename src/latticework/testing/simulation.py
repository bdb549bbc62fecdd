"""Seeded histories: one seed gives one federation, one series of acts and faults, and one verdict.

A history has two halves. In the first, members publish, relay, edit and change their arrangements while the network
loses, repeats and reorders, links break, nodes crash, clocks are wrong, and in some histories a member runs two nodes
or puts an old store back. In the second, everything heals. Then what must hold is checked:

1. nothing that a node acknowledged is lost, and everything that the gate allows has arrived;
2. no byte of a record went to anybody from whom the sender's gate withheld it;
3. every fork that honest members could see was proven to all of them that share an arrangement with the forger;
4. nobody was accused who did not sign two histories, and no honest member's promise or ledger was called broken.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import msgspec

from latticework.kernel.codec import encode
from latticework.kernel.errors import BrokenPromise, Equivocation
from latticework.kernel.exchange import tables
from latticework.kernel.exchange.tables import at, past
from latticework.kernel.ids import MemberId, RecordId, Topic
from latticework.kernel.kinds import CONSENT, NOTE, TOPIC_CONSENT, Consent
from latticework.kernel.ledger.accuse import contradicts
from latticework.kernel.ledger.checkpoint import Checkpoint, read_checkpoint
from latticework.kernel.ledger.watch import NOTES
from latticework.kernel.policy.decide import decide
from latticework.kernel.policy.model import Onward, Peer, Purpose, Standing
from latticework.kernel.records import Link, Record
from latticework.kernel.store.memory import DiskState
from latticework.testing import factories
from latticework.testing.federation import Federation
from latticework.testing.network import Weather
from latticework.testing.node import CONSENTS_TO, EDITS, SimulatedNode

MEMBERS = ("AUS", "JPN", "KOR", "PHL", "USA")
CHANNEL = "strategy.draft"
ROUNDS = 14
"""Most rounds of the second half; a history ends earlier when all has arrived."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one history showed.

    Parameters
    ----------
    violations
        What must be empty: one sentence each.
    records, delivered, messages, crashes
        How much happened.
    forgers, accused
        Members that truly signed two histories, and members that somebody proved it of.
    """

    seed: int
    violations: tuple[str, ...]
    records: int
    delivered: int
    messages: int
    crashes: int
    forgers: tuple[MemberId, ...]
    accused: tuple[MemberId, ...]


class History:
    """One history.

    Parameters
    ----------
    seed
        Decides everything.
    steps
        Acts and faults of the first half; None lets the seed choose.
    """

    def __init__(self, seed: int, *, steps: int | None = None) -> None:
        self.seed = seed
        self.random = random.Random(f"history {seed}")  # noqa: S311 - a simulation, not a secret
        dice = self.random
        self.steps = steps if steps is not None else dice.randint(25, 45)
        members = sorted(dice.sample(MEMBERS, dice.choice((3, 3, 4, 5))))
        low, high = dice.choice(((1, 5), (1, 60), (1, 400)))
        weather = Weather(
            loss=dice.choice((0.0, 0.05, 0.25)), duplication=dice.choice((0.0, 0.1, 0.3)), delay_ms=(low, high)
        )
        self.world = Federation(seed, members, weather=weather)
        self.agreed = self._arrangements()
        self.standings: tuple[Standing, ...] = tuple(self.agreed)
        self.acknowledged: list[tuple[str, Record]] = []
        self.edits: list[tuple[MemberId, MemberId]] = []
        self._backups: dict[str, DiskState] = {}
        self._count = itertools.count(1)
        self._misfortune = dice.random()

    def _arrangements(self) -> list[Standing]:
        dice, members = self.random, self.world.members
        onward = dice.choice((Onward.NEVER, Onward.CONSENT, Onward.FREE))
        everyone = factories.arrangement(*members, name="all-parties", topics=("air", "sea"), ceiling=2, onward=onward)
        pair = dice.sample(members, 2)
        two = factories.arrangement(*pair, name="two", topics=("industry",), ceiling=3, discreet=dice.random() < 0.5)
        return [factories.standing(everyone, record="a"), factories.standing(two, record="b")]

    # ---- the first half ----------------------------------------------------------------------------------------------

    def run(self) -> Verdict:
        """Live through the history and judge it."""
        self.world.agree(self.standings)
        self.world.connect()
        self._open_edits()
        acts: list[tuple[int, Callable[[], None]]] = [
            (10, self._publish), (8, self._pass_time), (3, self._relay), (2, self._consent), (4, self._edit),
            (3, self._crash), (2, self._cut), (3, self._mend), (2, self._change_policy), (1, self._skew),
            (2, self._garbage), (1, self._back_up),
        ]
        weights = [weight for weight, _ in acts]
        fork_at = self.random.randrange(self.steps) if self._misfortune < 0.15 else None
        restore_at = self.random.randrange(self.steps) if 0.15 <= self._misfortune < 0.35 else None
        for step in range(self.steps):
            self.random.choices(acts, weights)[0][1]()
            if step == fork_at:
                self._fork()
            if step == restore_at:
                self._restore()
            self.world.run(self.random.choice((20, 200, 600)))
        self._heal()
        return self._judge()

    def _node(self) -> tuple[str, SimulatedNode]:
        address = self.random.choice(sorted(self.world.nodes))
        return address, self.world.nodes[address]

    def _make(
        self, node: SimulatedNode, topic: str, *release: str, body: bytes | None = None, links: tuple[Link, ...] = (),
        everyone: bool = False, level: int = 1, kind: str = "note", told: tuple[tuple[RecordId, str], ...] = (),
    ) -> Record:
        mark = f"<<{self.random.getrandbits(64):016x}>>"
        label = factories.label(
            *release, originators=(node.member,), classification=level, everyone=everyone,
            expires_ms=self.world.now_ms + 4_000 if self.random.random() < 0.05 and body is None else None,
        )
        record = factories.record(
            node.signer, node.entropy, f"Simulated {mark}.", topic=topic, labeled=label, body=body, links=links,
            kind=CONSENT if kind == CONSENT else NOTE, made_ms=node.clock.now_ms(),
        )
        self.world.watch(record, mark.encode(), told=told)
        return record

    def _publish(self) -> None:
        address, node = self._node()
        if node.stalled():
            return
        topic = self.random.choice(("air", "air.tracks", "sea", "industry", "strategy"))
        level, everyone = self.random.choice((0, 1, 1, 2, 3, 4)), self.random.random() < 0.2
        release = () if everyone else self.random.sample(self.world.members, self.random.randint(0, 3))
        record = self._make(node, topic, *release, everyone=everyone, level=level)
        if self.world.act(address, lambda: node.publish(record)):
            self.acknowledged.append((address, record))

    def _relay(self) -> None:
        address, node = self._node()
        foreign = [r for _, r in self.acknowledged if r.statement.member != node.member and node.has(r.id)]
        if not foreign or node.stalled():
            return
        record, to = self.random.choice(foreign), self.random.choice(node.partners)
        if to != record.statement.member:
            self.world.act(address, lambda: node.relay(record.id, to)[1])

    def _consent(self) -> None:
        if not self.acknowledged:
            return
        address, record = self.random.choice(self.acknowledged)
        node = self.world.nodes[address]
        if node.stalled():
            return
        holder, to = self.random.sample(node.partners, 2)
        body = encode(Consent(record=record.id, holder=holder, to=to))
        consent = self._make(
            node, TOPIC_CONSENT, holder, to, body=body, links=(Link(CONSENTS_TO, record.id),), kind=CONSENT,
            told=((record.id, holder), (record.id, to)),
        )
        self.world.act(address, lambda: node.publish(consent))

    def _open_edits(self) -> None:
        giver, taker = self.random.sample(self.world.members, 2)
        node = self.world.nodes[giver]
        label = factories.label(taker, originators=(giver,))

        def grant() -> None:
            now = node.clock.now_ms()
            decision = decide(label, Topic("air"), node.state(), Peer(taker), Purpose.RELEASE, now)
            with node.store.transaction() as tx:
                node.exchange.grant_edits(tx, CHANNEL, Topic("air"), label, taker, decision, now)

        grant()
        self.edits.append((giver, taker))

    def _edit(self) -> None:
        giver, _ = self.edits[0]
        node = self.world.nodes[giver]
        data = f"edit {next(self._count)}".encode()

        def write() -> list[object]:
            with node.store.transaction() as tx:
                node.exchange.edit(tx, CHANNEL, data, node.clock.now_ms())
            return []

        self.world.act(giver, write)  # type: ignore[arg-type]

    def _pass_time(self) -> None:
        self.world.run(self.random.choice((300, 900, 2_500)))

    def _crash(self) -> None:
        address, _ = self._node()
        self.world.crash_later(address, self.random.randint(1, 6), self.random.choice(("before", "after")))

    def _pair(self) -> tuple[str, str]:
        one, other = self.random.sample(sorted(self.world.nodes), 2)
        return one, other

    def _cut(self) -> None:
        one, other = self._pair()
        self.world.network.cut(one, other)
        if self.random.random() < 0.6:
            self.world.unlink(one, other)

    def _mend(self) -> None:
        for one, other in itertools.combinations(sorted(self.world.nodes), 2):
            if self.random.random() < 0.5:
                self.world.network.heal(one, other)
        self.world.connect()

    def _change_policy(self) -> None:
        chosen = self.random.choice(("all", "none", "first", "second"))
        by_name = {"all": self.agreed, "none": [], "first": self.agreed[:1], "second": self.agreed[1:]}
        self.standings = tuple(by_name[chosen])
        if self.random.random() < 0.5:
            self.world.agree(self.standings)
        else:  # some hear of it later
            self.world.agree(self.standings, [a for a in sorted(self.world.nodes) if self.random.random() < 0.5])

    def _skew(self) -> None:
        _, node = self._node()
        node.clock.skew_ms = self.random.choice((-60_000, -500, 0, 700, 90_000))

    def _garbage(self) -> None:
        one, other = self._pair()
        carried = self.world.network.carried
        old = self.random.choice(carried)[4] if carried else b""
        flipped = bytearray(old or b"\0")
        flipped[self.random.randrange(len(flipped))] ^= 1 << self.random.randrange(8)
        data = self.random.choice((old, bytes(flipped), old[: len(old) // 2], self.random.randbytes(40), b""))
        self.world.inject(one, other, data)

    def _back_up(self) -> None:
        address, _ = self._node()
        self._backups[address] = self.world.snapshot(address)

    def _restore(self) -> None:
        if self._backups:
            address = self.random.choice(sorted(self._backups))
            self.world.restore(address, self._backups[address])

    def _fork(self) -> None:
        member = self.random.choice(self.world.members)
        if member in self.world.nodes and f"{member}'" not in self.world.nodes:
            others = [m for m in self.world.members if m != member]
            self.world.fork(member, self.random.sample(others, self.random.randint(1, len(others) - 1)))

    # ---- the second half ---------------------------------------------------------------------------------------------

    def _heal(self) -> None:
        self.standings = tuple(self.agreed)
        self.world.calm()
        self.world.agree(self.standings)
        for address, node in sorted(self.world.nodes.items()):
            # Some people resume at once, some never do.
            if node.stalled() and self.random.random() < 0.5:
                node.resume()
                self.world.act(address, node.policy_changed)
        for _ in range(ROUNDS):
            self.world.run(1_000)
            if not (self._missing() or self._unfinished() or self._wrong_edits()):
                break

    # ---- the verdict -------------------------------------------------------------------------------------------------

    def _judge(self) -> Verdict:
        world = self.world
        forgers = world.forgers()
        accused = {m for address in world.honest() for m in self._accused(address)}
        violations = [
            *(f"leak: {leak}" for leak in world.leaks), *self._lost(), *self._missing(), *self._unfinished(),
            *(f"{m} was accused and never signed two histories" for m in sorted(accused - forgers)),
            *self._wrong_alarms(), *self._wrong_edits(),
        ]
        delivered = sum(node.has(r.id) for _, r in self.acknowledged for node in world.nodes.values())
        return Verdict(
            seed=self.seed, violations=tuple(violations), records=len(self.acknowledged), delivered=delivered,
            messages=world.sent, crashes=world.crashes, forgers=tuple(sorted(forgers)), accused=tuple(sorted(accused)),
        )

    def _accused(self, address: str) -> set[MemberId]:
        with self.world.nodes[address].store.snapshot() as reader:
            return {MemberId(key.decode()) for key, _ in reader.scan(tables.ACCUSED)}

    def _lost(self) -> list[str]:
        """Name what was acknowledged to the author's people, or by signed receipt, and is not there."""
        found: list[str] = []
        honest = self.world.honest()
        for address, record in self.acknowledged:
            if address in honest and not self.world.nodes[address].has(record.id):
                found.append(f"{address} lost its own record {record.id[:8]}")
            with self.world.nodes[address].store.snapshot() as reader:
                rows = self.world.nodes[address].exchange.released(reader, record.id)
            found += [
                f"{row.to} acknowledged {record.id[:8]} of {address} and does not have it"
                for row in rows if row.state == "received" and row.to in honest and self._served(row.to, address)
                and not self.world.nodes[row.to].has(record.id)
            ]
        return found

    def _served(self, member: MemberId, by: str) -> bool:
        """Say whether `by` is the node that stands for its member towards `member`."""
        return self.world.route(member, self.world.nodes[by].member) == by

    def _missing(self) -> list[str]:
        """Name what the gate of an honest author allows, the gate of an honest taker takes, and is not there."""
        honest = self.world.honest()
        found: list[str] = []
        for address, record in self.acknowledged:
            author, s = self.world.nodes[address], record.statement
            for to in author.partners:
                taker = self.world.nodes[to]
                if address not in honest or to not in honest or taker.has(record.id):
                    continue
                give = decide(s.label, s.topic, author.state(), Peer(to), Purpose.RELEASE, author.clock.now_ms())
                take = decide(
                    s.label, s.topic, taker.state(), Peer(author.member), Purpose.RECEIVE, taker.clock.now_ms()
                )
                if give.allowed and take.allowed:
                    found.append(f"{record.id[:8]} of {address} did not arrive at {to}")
        return found

    def _unfinished(self) -> list[str]:
        """Name forks that could be seen and were not proven, and honest promises that were not shown."""
        found: list[str] = []
        honest = self.world.honest()
        held: dict[MemberId, list[tuple[str, Checkpoint]]] = {}
        for address in honest:
            node = self.world.nodes[address]
            with node.store.snapshot() as reader:
                for key, note in reader.scan(NOTES):
                    held.setdefault(MemberId(key[:3].decode()), []).append((address, read_checkpoint(note)))
                for giver in node.partners:
                    waiting = reader.count(tables.UNPROVEN, at(giver), past(giver))
                    if giver in honest and waiting:
                        found.append(f"{giver} did not prove {waiting} entries to {address}")
        for log, notes in held.items():
            by_epoch: dict[int, Checkpoint] = {}
            seen = any(contradicts(by_epoch.setdefault(c.epoch, c), c) for _, c in notes)
            unaware = [a for a in honest if log not in self._accused(a)] if seen else []
            found += [f"{address} was not told that {log} signed two histories" for address in unaware]
        return found

    def _wrong_alarms(self) -> list[str]:
        codes = {BrokenPromise.code, Equivocation.code}
        return [
            f"{address} raised {alarm.code} about {alarm.peer}: {alarm.sentence}"
            for address in self.world.honest()
            for alarm in self.world.nodes[address].alarms
            if alarm.code in codes and alarm.peer is not None and alarm.peer not in self.world.faulty
        ]

    def _wrong_edits(self) -> list[str]:
        giver, taker = self.edits[0]
        if {giver, taker} & self.world.faulty:
            return []
        with self.world.nodes[giver].store.snapshot() as reader:
            rows = dict(self.world.nodes[giver].exchange.grants_to(reader, taker))
            last = rows[1].last
            state = rows[1].state
            written = [data for _, data in reader.scan(tables.EDITS, at(taker, 1), past(taker, 1))]
        prefix = giver.encode() + CHANNEL.encode() + b"\0"
        with self.world.nodes[taker].store.snapshot() as reader:
            got = list(reader.scan(EDITS, prefix, prefix + b"\xff" * 9))
        numbers = [int.from_bytes(key[-8:], "big") for key, _ in got]
        if numbers != list(range(1, len(numbers) + 1)):
            return [f"the edits of {giver} arrived at {taker} with a gap: {numbers}"]
        if state == "open" and (len(numbers) != last or [data for _, data in got] != written):
            return [f"{len(numbers)} of {last} edits of {giver} arrived at {taker}"]
        return []


def run_history(seed: int, *, steps: int | None = None) -> Verdict:
    """Live through the history of `seed` and judge it."""
    return History(seed, steps=steps).run()
