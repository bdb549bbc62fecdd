"""A small federation of real kernels in one process, joined by a perfect wire: for tests of acts and views.

Nothing is faked but time, randomness and the wire: identities, signatures, ledgers, stores and the gate are the real
ones. For loss, crashes and partitions see :mod:`latticework.testing.simulation`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from latticework.kernel import kinds as kernel_kinds
from latticework.kernel.core import Kernel, KernelParts
from latticework.kernel.exchange import Close, Send, Tick
from latticework.kernel.exchange.streams import StreamKind
from latticework.kernel.identity import ApprovalStore, KeyDirectory, OfficerStore, TrustStore, init_member
from latticework.kernel.ids import MemberId, OfficerId, Post, RecordId, Topic
from latticework.kernel.labels import exercise_policy
from latticework.kernel.ledger import Ledger, LedgerPlan
from latticework.kernel.policy.model import Arrangement, Officer, Role
from latticework.kernel.records import KindRegistry
from latticework.kernel.store.memory import MemoryStore
from latticework.kernel.store.protocol import Store
from latticework.kernel.transport.interface import Arrived, LinkLost, LinkUp
from latticework.testing.clock import SeededClock, SeededEntropy
from latticework.workbench import kinds as workbench_kinds
from latticework.workbench.bench import Workbench

YEAR_MS = 365 * 86_400_000


def officer(member: str, name: str = "desk", *roles: Role, clearance: int = 4, nationality: str | None = None,
            compartments: Iterable[str] = ()) -> Officer:
    """Return an officer of `member` under the EXERCISE policy; author and releaser unless other roles are given."""
    return Officer(
        name=OfficerId(name), post=Post(f"{name} post"), roles=frozenset(roles or (Role.AUTHOR, Role.RELEASER)),
        clearance=(("EXERCISE", clearance),), nationality=MemberId(nationality or member),
        compartments=frozenset(compartments),
    )


class KernelFederation:
    """Real kernels that trust each other, with every link up.

    Parameters
    ----------
    folder
        Where homes are made.
    members
        Trigraphs.
    seed
        Of all randomness but that of certificates' signatures.
    opening
        Opens a member's store; in memory when left out.
    """

    def __init__(
        self, folder: Path, members: Sequence[str] = ("AUS", "JPN", "USA"), *, seed: int = 1,
        stream_kinds: tuple[StreamKind, ...] = (), opening: Callable[[MemberId], Store] = lambda member: MemoryStore(),
    ) -> None:
        self.clock = SeededClock()
        self._folder = folder
        self._wire: deque[tuple[MemberId, Send]] = deque()
        self._down: set[frozenset[str]] = set()
        self.sent: list[tuple[MemberId, Send]] = []
        self.kernels: dict[str, Kernel] = {}
        self.benches: dict[str, Workbench] = {}
        for name in members:
            member = MemberId(name)
            entropy = SeededEntropy(f"{seed} {member}")
            identity = init_member(member, folder / member, self.clock, entropy, title=member)
            store = opening(member)
            keys = KeyDirectory(store)
            registry = KindRegistry()
            kernel_kinds.register(registry)
            workbench_kinds.register(registry)
            policy = exercise_policy()
            plan = LedgerPlan(epoch_ms=1_000, columns=8, slots=1)
            kernel = Kernel(KernelParts(
                identity=identity, store=store, ledger=Ledger(member, identity.signer, plan, entropy), keys=keys,
                trust=TrustStore(store, keys, member), officers=OfficerStore(store, entropy),
                approvals=ApprovalStore(store, entropy), kinds=registry, clock=self.clock, entropy=entropy,
                policies={policy.name: policy}, default_policy=policy.name, stream_kinds=stream_kinds,
            ))
            kernel.attach(lambda command, m=member: self._perform(m, command), lambda: None)  # type: ignore[misc]
            self.kernels[name] = kernel
            self.benches[name] = Workbench(kernel, folder / member / "workbench")
        for taker in self.kernels.values():
            for giver in self.kernels.values():
                if giver is not taker:
                    endpoint = "127.0.0.1:9" if taker.own < giver.own else None
                    taker.add_partner(*two(taker.own), giver.trust_bundle(taker.own, endpoint),
                                      giver.identity.fingerprint)
        self.link_all()

    def __getitem__(self, member: str) -> Kernel:
        """Return a member's kernel."""
        return self.kernels[member]

    def home(self, member: str) -> Path:
        """Return a member's home."""
        return self._folder / member

    def link_all(self) -> None:
        """Bring every link up and let what follows settle."""
        for one in self.kernels.values():
            for other in self.kernels.values():
                if one is not other:
                    one.handle(LinkUp(other.own))
        self.settle()

    def cut(self, one: str, other: str) -> None:
        """Take the link between two members down; what is sent on it is lost."""
        self._down.add(frozenset((one, other)))
        self.kernels[one].handle(LinkLost(MemberId(other), "cut"))
        self.kernels[other].handle(LinkLost(MemberId(one), "cut"))

    def heal(self, one: str, other: str) -> None:
        """Bring a link up again and let what waited come."""
        self._down.discard(frozenset((one, other)))
        self.kernels[one].handle(LinkUp(MemberId(other)))
        self.kernels[other].handle(LinkUp(MemberId(one)))
        self.settle()

    def restart(self, member: str) -> None:
        """Make a member's workbench anew over what its store holds, as a restart of the node does."""
        self.benches[member] = Workbench(self.kernels[member], self._folder / member / "workbench")

    def _perform(self, sender: MemberId, command: Send | Close) -> bool:
        if isinstance(command, Send):
            if frozenset((sender, command.peer)) in self._down:
                return False
            self._wire.append((sender, command))
            self.sent.append((sender, command))
        return True

    def settle(self, rounds: int = 10_000) -> None:
        """Deliver and tick until nothing is on the wire."""
        for _ in range(rounds):
            while self._wire:
                sender, send = self._wire.popleft()
                if send.peer in self.kernels:
                    self.kernels[send.peer].handle(Arrived(sender, send.lane, send.data))
            for kernel in self.kernels.values():
                kernel.handle(Tick())
            more = [bench.step() for bench in self.benches.values()]
            if not self._wire and not any(more):
                return
        raise AssertionError("the federation never came to rest")

    def advance(self, ms: int, step_ms: int = 500) -> None:
        """Let time pass in steps and settle after each."""
        while ms > 0:
            self.clock.advance(min(step_ms, ms))
            ms -= step_ms
            self.settle()

    def arrange(self, *parties: str, topics: Sequence[str] = ("air.tracks",), **changes: object) -> RecordId:
        """Propose an arrangement by the first party, have every party sign it, and let it settle."""
        now = self.clock.now_ms()
        values: dict[str, object] = {
            "name": "-".join(parties).lower(), "title": f"Arrangement of {', '.join(parties)}",
            "parties": tuple(MemberId(p) for p in sorted(parties)), "topics": tuple(Topic(t) for t in sorted(topics)),
            "ceiling": 3, "exchange_policy": "EXERCISE", "valid_from_ms": now, "valid_until_ms": now + YEAR_MS,
            "renew_every_ms": 30 * 86_400_000,
        }
        arrangement = Arrangement(**{**values, **changes})  # type: ignore[arg-type]
        first = self.kernels[parties[0]]
        record = first.propose_arrangement(*two(first.own), arrangement)
        self.settle()
        for name in parties[1:]:
            self.kernels[name].sign_arrangement(*two(name), record.id)
        self.settle()
        return record.id


def two(member: str) -> tuple[Officer, Officer]:
    """Return two officers of `member` that may act together."""
    return officer(member, "first"), officer(member, "second")
