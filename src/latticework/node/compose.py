"""Putting one node together from its home: the only place that knows all the parts."""

from __future__ import annotations

import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Final

from latticework.kernel import kinds as kernel_kinds
from latticework.kernel.clock import Clock, Entropy, SystemClock, SystemEntropy
from latticework.kernel.core import Kernel, KernelParts
from latticework.kernel.errors import InvalidConfig, InvalidPolicyFile
from latticework.kernel.identity import ApprovalStore, Identity, KeyDirectory, OfficerStore, TrustStore
from latticework.kernel.ids import MemberId
from latticework.kernel.labels import SecurityPolicy, exercise_policy
from latticework.kernel.ledger import Ledger, LedgerPlan
from latticework.kernel.records import KindRegistry
from latticework.kernel.store.sqlite import SqliteStore
from latticework.node.rooms import ROOMS
from latticework.node.settings import NodeSettings, load_settings
from latticework.reference import model as reference_kinds
from latticework.shell.room import Room, resolve
from latticework.workbench import kinds as workbench_kinds
from latticework.workbench.bench import Workbench

DATABASE: Final = "node.db"
PORTS: Final = "node.ports"
WORKBENCH: Final = "workbench"
"""Folder in a home: what the workbench keeps beside the database (files of jobs, attachments, indexes)."""


class Composed:
    """One node's parts, joined.

    Parameters
    ----------
    bench
        The member's workbench, and with it its kernel.
    home, settings
        Where it lives, and how it was set.
    rooms
        The rooms that are loaded.
    """

    def __init__(self, bench: Workbench, home: Path, settings: NodeSettings, rooms: tuple[Room, ...]) -> None:
        self.bench, self.kernel = bench, bench.kernel
        self.home, self.settings, self.rooms = home, settings, rooms

    def starts(self) -> list[tuple[str, Coroutine[object, object, None]]]:
        """Return what the workbench and each room run as long as the node lives, by name."""
        return [
            ("workbench", self.bench.run()),
            *((room.name, resolve(room.start)(self.bench, self.settings.room.get(room.name, {})))
            for room in self.rooms if room.start is not None),
        ]

    def port_for(self, partner: MemberId) -> int:
        """Return the port on which this node listens for `partner`, chosen once and kept."""
        store = self.kernel.store
        with store.snapshot() as reader:
            raw = reader.get(PORTS, partner.encode())
        if raw is None:
            with store.transaction() as tx:
                port = self.settings.links.first_port + tx.count(PORTS)
                if port > 65_535:
                    raise InvalidConfig("no port is left for another partner; lower links.first_port in node.toml.")
                raw = port.to_bytes(2, "big")
                tx.put(PORTS, partner.encode(), raw)
        return int.from_bytes(raw, "big")

    def listen_address(self, partner: MemberId) -> str:
        """Return where this node listens for `partner`."""
        return f"{self.settings.links.listen_host}:{self.port_for(partner)}"

    def endpoint_for(self, partner: MemberId) -> str | None:
        """Return the address that a bundle for `partner` carries; None where this node is the one that dials."""
        if self.kernel.own < partner:
            return None
        return f"{self.settings.links.advertise_host}:{self.port_for(partner)}"

    def bundle_for(self, partner: MemberId) -> bytes:
        """Return this member's trust bundle for `partner`."""
        return self.kernel.trust_bundle(partner, self.endpoint_for(partner))


def load_rooms(settings: NodeSettings) -> tuple[Room, ...]:
    """Return the descriptors of the rooms that `settings` wants: those of the house by name, others by where they are.

    Raises
    ------
    InvalidConfig
        When a room is not installed, or what is named is no room.
    """
    rooms: tuple[Room, ...] = tuple(resolve(target) for target in ROOMS)
    if settings.rooms is None:
        return rooms
    known = {room.name for room in rooms}
    unknown = sorted({name for name in settings.rooms if ":" not in name} - known)
    if unknown:
        raise InvalidConfig(f"node.toml names rooms that are not installed: {', '.join(unknown)}.")
    guests = tuple(resolve(target) for target in settings.rooms if ":" in target)
    if not all(isinstance(guest, Room) and guest.name not in known for guest in guests):
        raise InvalidConfig("rooms in node.toml: what has a colon names a Room of its own name (package.module:ROOM).")
    return (*(room for room in rooms if room.name in settings.rooms), *guests)


def load_policies(home: Path) -> dict[str, SecurityPolicy]:
    """Return the invented EXERCISE policy and every SPIF file in ``home/policies``, by name."""
    found = {policy.name: policy for policy in (exercise_policy(),)}
    for path in sorted((home / "policies").glob("*.xml")):
        try:
            policy = SecurityPolicy.from_spif(path)
        except InvalidPolicyFile as error:
            raise InvalidPolicyFile(f"policies/{path.name} cannot be used: {error.message}") from None
        found[policy.name] = policy
    return found


def compose(
    home: Path, *, settings: NodeSettings | None = None, clock: Clock | None = None, entropy: Entropy | None = None
) -> Composed:
    """Open a home: identity, store (with the right to sequence its ledger), kernel and rooms.

    Raises
    ------
    SequencerTaken
        When a node already runs on this home.
    InvalidFile, InvalidConfig, StoreDamaged
        When something in the home cannot be used; the sentence says what.
    """
    settings = settings or load_settings(home)
    clock, entropy = clock or SystemClock(), entropy or SystemEntropy()
    rooms, policies = load_rooms(settings), load_policies(home)
    if settings.policy not in policies:
        raise InvalidConfig(
            f"the policy {settings.policy[:60]!r} of node.toml is not loaded; put its SPIF file into policies/."
        )
    plan = LedgerPlan(epoch_ms=settings.ledger.epoch_ms, columns=settings.ledger.columns, slots=settings.ledger.slots)
    identity = Identity.load(home, entropy)
    store = SqliteStore(home / DATABASE)
    try:
        # Before anything is written: a second process on this home changes nothing.
        store.claim_sequencer()
        identity.renew_if_due(clock.now_ms())
        kernel = Kernel(_parts(identity, store, plan, rooms, policies, settings, clock, entropy))
    except BaseException:
        store.close()
        raise
    threading.current_thread().name = f"latticework {identity.member}"
    bench = Workbench(kernel, home / WORKBENCH)
    bench.jobs.settings, bench.attachments.settings = settings.jobs, settings.attachments
    for room in rooms:
        if room.join is not None:
            resolve(room.join)(bench)
    return Composed(bench, home, settings, rooms)


def _parts(
    identity: Identity, store: SqliteStore, plan: LedgerPlan, rooms: tuple[Room, ...],
    policies: dict[str, SecurityPolicy], settings: NodeSettings, clock: Clock, entropy: Entropy,
) -> KernelParts:
    kinds = KindRegistry()
    kernel_kinds.register(kinds)
    workbench_kinds.register(kinds)
    reference_kinds.register(kinds)
    for room in rooms:
        if room.kinds is not None:
            resolve(room.kinds)(kinds)
    keys = KeyDirectory(store)
    return KernelParts(
        identity=identity, store=store, ledger=Ledger(identity.member, identity.signer, plan, entropy), keys=keys,
        trust=TrustStore(store, keys, identity.member), officers=OfficerStore(store, entropy),
        approvals=ApprovalStore(store, entropy), kinds=kinds, clock=clock, entropy=entropy, policies=policies,
        default_policy=settings.policy, stream_kinds=tuple(
            kind for room in rooms if room.stream_kinds is not None for kind in resolve(room.stream_kinds)()),
    )
