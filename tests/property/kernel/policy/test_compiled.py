"""Compiled equals declared: over random states and labels, every bit is what ``decide`` says."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles.worlds import MEMBERS, PEERS, STRANGER, worlds

from latticework.kernel.policy import Peer, decide
from latticework.kernel.policy.compiled import CompiledPolicy


@settings(max_examples=1000, deadline=None)
@given(world=worlds, peers=st.sampled_from((None, PEERS, (STRANGER, *MEMBERS))))
def test_every_bit_is_the_declared_decision(world, peers):
    state, topic, purpose, at = world.state, world.topic, world.transfer, world.at
    labels = [world.label() for _ in range(25)]
    policy = CompiledPolicy(state, topic, purpose, at, peers=peers)
    columns = policy.decide_columns(policy.packing.pack(labels))
    rows = policy.decide_rows(np.array([policy.intern(x) for x in labels], np.uint16))
    assert np.array_equal(columns, rows)
    assert int(rows.max()) < 1 << len(policy.peers)
    for label, bits in zip(labels, columns.tolist(), strict=True):
        for i, peer in enumerate(policy.peers):
            declared = decide(label, topic, state, Peer(peer), purpose, at)
            assert bool(bits >> i & 1) == declared.allowed, (peer, label, declared)


@settings(max_examples=100, deadline=None)
@given(world=worlds)
def test_it_stays_right_until_it_says_so(world):
    state, topic, purpose = world.state, world.topic, world.transfer
    labels = [world.label() for _ in range(8)]
    policy = CompiledPolicy(state, topic, purpose, world.at, labels=labels)
    rows = policy.decide_rows(np.array([policy.intern(x) for x in labels], np.uint16)).tolist()
    until = 25 if policy.valid_until_ms is None else policy.valid_until_ms
    for at in range(world.at, until):
        for label, bits in zip(labels, rows, strict=True):
            for i, peer in enumerate(policy.peers):
                assert bool(bits >> i & 1) == decide(label, topic, state, Peer(peer), purpose, at).allowed
