"""What a kernel is made of: the parts that whoever composes a node hands over."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from latticework.kernel.clock import Clock, Entropy
from latticework.kernel.exchange.streams import StreamKind
from latticework.kernel.identity import ApprovalStore, Identity, KeyDirectory, OfficerStore, TrustStore
from latticework.kernel.labels import SecurityPolicy
from latticework.kernel.ledger import Ledger
from latticework.kernel.records import KindRegistry
from latticework.kernel.store.protocol import Store


class KernelParts(msgspec.Struct, kw_only=True):
    """The parts of one node, made by whoever composes it.

    Parameters
    ----------
    policies
        Security policies by name; `default_policy` is the member's own.
    """

    identity: Identity
    store: Store
    ledger: Ledger
    keys: KeyDirectory
    trust: TrustStore
    officers: OfficerStore
    approvals: ApprovalStore
    kinds: KindRegistry
    clock: Clock
    entropy: Entropy
    policies: Mapping[str, SecurityPolicy]
    default_policy: str
    stream_kinds: tuple[StreamKind, ...] = ()
