"""Whatever is offered, lost, refused or forbidden on the way: in the end each peer has the newest rows it may have."""

from __future__ import annotations

import contextlib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.kernel.exchange.streaming import LABELS, NOW, Table, held, receiver, rows, sender

from latticework.kernel.errors import StreamClosed
from latticework.kernel.exchange.entries import StreamPeriod
from latticework.kernel.exchange.stream_receiver import Agreement
from latticework.kernel.exchange.streams import MAX_ROWS

SLOTS = 12
OFFERS = st.tuples(st.just("offer"), st.lists(
    st.tuples(st.integers(0, SLOTS - 1), st.integers(0, len(LABELS) - 1)), min_size=1, max_size=30))
FATES = st.tuples(st.just("flush"), st.lists(st.sampled_from(["arrives", "lost", "refused", "twice", "late"]),
                                             min_size=1, max_size=8))
POLICIES = st.tuples(st.just("policy"), st.frozensets(st.integers(0, len(LABELS) - 1)))
WAITS = st.tuples(st.just("wait"), st.integers(1, 1_500))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(OFFERS, FATES, POLICIES, WAITS), max_size=40))
def test_newest_allowed_rows_arrive_and_no_other_ever_does(steps):
    may, now, value = {0, 1}, NOW, 0.0
    stream = sender("USA", gate=Table({"USA": {LABELS[i] for i in may}}))
    end = receiver()
    label_of: dict[float, int] = {}
    released: set[float] = set()
    kept_back: list[bytes] = []

    def take(data):
        with contextlib.suppress(StreamClosed):  # twice, or too late: dropped and no more
            end.take("JPN", data, now)
        assert {v for _, v in held(end, now)} <= released

    for kind, what in steps:
        if kind == "offer":
            for slot, index in what:
                value += 1
                stream.offer(rows((slot, index, value)), now)
                label_of[value] = index
        elif kind == "policy":
            may = set(what)
            stream.use_gate(Table({"USA": {LABELS[i] for i in may}}), now)
        elif kind == "wait":
            now += what
        else:
            now += 30
            released |= {v for v, index in label_of.items() if index in may}
            for n, batch in enumerate(stream.flush(now)):
                fate = what[n % len(what)]
                if fate == "refused":
                    stream.unsent(batch, now)
                elif fate == "late":
                    kept_back.append(batch.data)
                elif fate != "lost":
                    take(batch.data)
                    if fate == "twice":
                        take(batch.data)
    for data in kept_back:
        take(data)
    # From here on nothing is lost: one more row in each slot, and a new table, bring both ends together.
    now += 2_000
    released = {10_000.0 + slot for slot in range(SLOTS)}
    final = rows(*((slot, 0, 10_000.0 + slot) for slot in range(SLOTS)))
    stream.use_gate(Table({"USA": {LABELS[0]}}), now)
    stream.offer(final, now)
    for batch in stream.flush(now + 30):
        take(batch.data)
    assert held(end, now) == [(slot, 10_000.0 + slot) for slot in range(SLOTS)]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, SLOTS - 1), st.integers(0, len(LABELS) - 1)), min_size=1, max_size=120),
       st.frozensets(st.integers(0, len(LABELS) - 1)))
def test_the_receiver_holds_exactly_the_newest_allowed_row_of_each_slot(offers, may):
    stream, end = sender("USA", gate=Table({"USA": {LABELS[i] for i in may}})), receiver()
    wanted: dict[int, float] = {}
    for n, (slot, index) in enumerate(offers):
        stream.offer(rows((slot, index, float(n))), NOW + n)
        if index in may:
            wanted[slot] = float(n)
        for batch in stream.flush(NOW + n):
            end.take("JPN", batch.data, NOW + n)
    for batch in stream.flush(NOW + 1_000):
        end.take("JPN", batch.data, NOW + 1_000)
    assert held(end, NOW + 1_000) == sorted(wanted.items())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(1, 2 * MAX_ROWS))
def test_a_period_agrees_whatever_was_lost_before_its_last_batch(arrives, size):
    stream, end = sender("USA"), receiver()
    batches = []
    for n in range(len(arrives)):
        stream.offer(rows(slots=np.arange(n, n + size) % 5_000), NOW + 10 * n)
        batches += stream.flush(NOW + 10 * n + 5)
    for batch, arrived in zip(batches, [*arrives, *arrives], strict=False):
        if arrived or batch is batches[-1]:
            end.take("JPN", batch.data, NOW + 1_000)
    if batches:
        with contextlib.suppress(StreamClosed):  # it had arrived
            end.take("JPN", batches[-1].data, NOW + 1_000)
        root, = stream.close_period(NOW + 1_000)
        entry = StreamPeriod(stream=root.stream, to=root.to, number=root.grant, root=root.root, batches=root.batches,
                             rows=root.rows, from_ms=root.from_ms, to_ms=root.to_ms)
        assert end.compare("JPN", entry) is Agreement.SAME
