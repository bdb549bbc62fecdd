from __future__ import annotations

import msgspec
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tests.unit.kernel.exchange.streaming import KIND, LABELS, NOW, ROW, Table, receiver, rows, sender

from latticework.kernel.codec import decode
from latticework.kernel.errors import InvalidConfig, InvalidRecord, StreamClosed
from latticework.kernel.exchange.streams import MAX_LABELS, MAX_ROWS, BatchBody, StreamKind
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy import Arrangement, Peer, PolicyState, Purpose, Standing, decide
from latticework.kernel.policy.compiled import CompiledPolicy
from latticework.kernel.records.record import Envelope
from latticework.testing.keys import signer_of


def opened(batch):
    """Decode a batch with plain msgspec and check its signature with ``cryptography``; not our own reading code."""
    payload_type, payload, _key, signature = msgspec.msgpack.decode(batch.data)
    message = b"DSSEv1 %d %b %d %b" % (len(payload_type), payload_type.encode(), len(payload), payload)
    Ed25519PublicKey.from_public_bytes(signer_of("JPN").public_key).verify(signature, message)
    return decode(payload, BatchBody)


def sent(batch):
    body = opened(batch)
    found = np.frombuffer(body.rows, dtype=ROW)
    return {(int(r["slot"]), float(r["value"])) for r in found}


def test_a_batch_waits_two_milliseconds_and_not_longer():
    stream = sender("USA")
    assert stream.due_ms() is None
    stream.offer(rows((7, 0, 1.0)), NOW)
    assert stream.due_ms() == NOW + 2
    assert stream.flush(NOW + 1) == []
    stream.offer(rows((8, 0, 2.0)), NOW + 1)
    assert stream.due_ms() == NOW + 2  # from the first row that waits
    batch, = stream.flush(NOW + 2)
    assert sent(batch) == {(7, 1.0), (8, 2.0)}
    assert stream.due_ms() is None
    assert stream.flush(NOW + 9) == []


def test_five_hundred_rows_do_not_wait():
    stream = sender("USA")
    stream.offer(rows(slots=np.arange(MAX_ROWS - 1)), NOW)
    assert stream.flush(NOW) == []
    stream.offer(rows(slots=np.arange(MAX_ROWS, 2 * MAX_ROWS)), NOW)
    first, = stream.flush(NOW)
    assert len(first.slots) == MAX_ROWS
    rest, = stream.flush(NOW + 2)
    assert len(rest.slots) == MAX_ROWS - 1
    assert not set(first.slots.tolist()) & set(rest.slots.tolist())


def test_only_the_newest_row_of_a_slot_is_sent():
    stream = sender("USA")
    stream.offer(rows((7, 0, 1.0), (7, 0, 2.0)), NOW)
    stream.offer(rows((7, 0, 3.0)), NOW + 1)
    batch, = stream.flush(NOW + 2)
    assert sent(batch) == {(7, 3.0)}


def test_each_peer_gets_what_it_may_have_and_no_sign_of_the_rest():
    offered = rows((1, 0, 1.0), (2, 1, 2.0), (3, 2, 3.0), (4, 3, 4.0))
    stream = sender("USA", "AUS")
    stream.offer(offered, NOW)
    batches = {b.peer: b for b in stream.flush(NOW + 2)}
    assert sent(batches["USA"]) == {(1, 1.0), (2, 2.0)}
    assert sent(batches["AUS"]) == {(1, 1.0), (4, 4.0)}
    assert opened(batches["USA"]).labels == (LABELS[0], LABELS[1])
    assert opened(batches["AUS"]).labels == (LABELS[0], LABELS[3])


def test_withheld_rows_change_neither_bytes_nor_times_for_the_peer():
    """Noninterference: two runs that differ only in withheld rows look the same to USA, byte for byte."""
    def run(secret):
        stream = sender("USA")
        seen = []
        for step in range(60):
            now = NOW + step
            if secret:
                stream.offer(rows(slots=np.arange(step * 7, step * 7 + 40), label=2), now)
            if step % 4 == 0:
                stream.offer(rows((step, 0, float(step)), (step + 1, 1, 0.5)), now)
            if secret:
                stream.offer(rows((step, 2, 9.0)), now)  # the same slot turns secret
            seen += [(now, b.data) for b in stream.flush(now)]
            seen.append(stream.due_ms())
        return seen
    assert run(True) == run(False)


def test_a_change_of_policy_reaches_what_already_waits():
    stream = sender("USA")
    stream.offer(rows((1, 0, 1.0), (2, 1, 2.0)), NOW)
    stream.use_gate(Table({"USA": {LABELS[0]}}), NOW + 1)
    batch, = stream.flush(NOW + 2)
    assert sent(batch) == {(1, 1.0)}
    stream.use_gate(Table({"AUS": set(LABELS)}), NOW + 3)  # USA is no partner any more
    stream.offer(rows((1, 0, 5.0)), NOW + 3)
    assert stream.flush(NOW + 9) == []


def test_the_compiled_policy_is_its_gate():
    """With real arrangements: what ``decide`` allows flows, and when time ends a grant nothing more does."""
    day = 86_400_000
    arrangement = Arrangement(
        name="air", title="Air picture", parties=("JPN", "USA"), topics=("air",), ceiling=1, exchange_policy="EXERCISE",
        valid_from_ms=NOW - day, valid_until_ms=NOW + day, renew_every_ms=day)
    standing = Standing(record="a" * 64, arrangement=arrangement,
                        grants=(("JPN", NOW - 5, NOW + 1_000), ("USA", NOW - 5, NOW + day)))
    state = PolicyState(own="JPN", partners=("AUS", "USA"), standings=(standing,))

    def gate(now):
        return CompiledPolicy(state, KIND.topic, Purpose.STREAM, now, labels=LABELS)
    stream = sender("USA", "AUS", gate=gate(NOW))
    stream.offer(rows((1, 0, 1.0), (2, 1, 2.0), (3, 2, 3.0), (4, 3, 4.0)), NOW)
    batch, = stream.flush(NOW + 2)
    assert (batch.peer, sent(batch)) == ("USA", {(1, 1.0), (2, 2.0)})
    allowed = {i for i, found in enumerate(LABELS)
               if decide(found, KIND.topic, state, Peer("USA"), Purpose.STREAM, NOW).allowed}
    assert allowed == {0, 1}
    stream.use_gate(gate(NOW + 1_000), NOW + 1_000)
    stream.offer(rows((1, 0, 5.0)), NOW + 1_000)
    assert stream.flush(NOW + 1_010) == []


def test_a_wider_policy_brings_the_rows_that_were_withheld():
    stream = sender("USA")
    stream.offer(rows((1, 0, 1.0), (3, 2, 3.0)), NOW)
    stream.flush(NOW + 2)
    stream.use_gate(Table({"USA": set(LABELS)}), NOW + 10)
    batch, = stream.flush(NOW + 12)
    assert (3, 3.0) in sent(batch)


def test_a_peer_that_joins_gets_the_present_picture_but_no_stale_row():
    stream = sender(stale_ms=1_000)
    stream.offer(rows((1, 0, 1.0)), NOW)
    stream.offer(rows((2, 0, 2.0), (3, 2, 3.0)), NOW + 900)
    stream.subscribe("USA", 1, NOW + 1_500)
    batch, = stream.flush(NOW + 1_502)
    assert sent(batch) == {(2, 2.0)}


def test_before_a_gate_for_its_labels_nothing_leaves():
    stream = sender("USA", gate=Table({}))
    stream.offer(rows((1, 0, 1.0)), NOW)
    assert stream.flush(NOW + 5) == []
    stream = sender("USA")
    stream.use_labels((LABELS[2], LABELS[0]))  # what was decided about another table does not count
    stream.offer(rows((1, 0, 1.0), (2, 1, 2.0)), NOW)
    assert stream.flush(NOW + 5) == []
    with pytest.raises(InvalidRecord):
        stream.use_labels([LABELS[0]] * (1 << 16))


def test_a_slow_peer_gets_newest_rows_only_and_holds_up_nobody():
    stream = sender("USA", "AUS", retry_ms=20)
    fast = 0
    for step in range(100):
        now = NOW + 2 * step
        stream.offer(rows(slots=np.arange(100), value=np.full(100, float(step))), now)
        for batch in stream.flush(now + 2):
            if batch.peer == "AUS":
                stream.unsent(batch, now + 2)  # its link takes nothing
            else:
                fast += 1
                assert {v for _, v in sent(batch)} == {float(step)}
    assert fast == 100
    batch, = stream.flush(NOW + 300)
    assert batch.peer == "AUS"
    assert {v for _, v in sent(batch)} == {99.0}
    assert len(batch.slots) == 100


def test_a_refused_link_is_left_alone_for_a_while():
    stream = sender("USA", retry_ms=20)
    stream.offer(rows((1, 0, 1.0)), NOW)
    batch, = stream.flush(NOW + 2)
    stream.unsent(batch, NOW + 2)
    assert stream.due_ms() == NOW + 22
    assert stream.flush(NOW + 21) == []
    again, = stream.flush(NOW + 22)
    assert sent(again) == {(1, 1.0)}
    assert opened(again).sequence == 2
    assert opened(again).labels == (LABELS[0],)  # the table went with the refused batch


def test_one_flush_does_not_sign_more_than_a_link_takes():
    stream = sender("USA")
    stream.offer(rows(slots=np.arange(5_000)), NOW)
    assert [len(stream.flush(NOW)) for _ in range(4)] == [4, 4, 2, 0]


def test_high_slots_do_not_starve():
    stream = sender("USA")
    seen = set()
    for step in range(12):
        now = NOW + 30 * step
        stream.offer(rows(slots=np.arange(5_000)), now)
        taken, *refused = stream.flush(now)  # the link takes one batch in this time
        seen.update(taken.slots.tolist())
        for batch in refused:
            stream.unsent(batch, now)
    assert seen == set(range(5_000))


def test_the_table_of_labels_is_repeated_and_renewed():
    many = [Label(policy="EXERCISE", classification=0, release=Release(everyone=True),
                  informative=frozenset({f"n/{n}"}), originators=frozenset({"JPN"})) for n in range(MAX_LABELS + 44)]
    stream = sender("USA", gate=Table({"USA": set(many)}, many), labels=many, table_every_ms=1_000)
    bodies = []
    for now, index in [(0, 0), (500, 0), (600, 1), (900, 1), (1_600, 0)]:
        stream.offer(rows((1, index, 1.0)), NOW + now)
        bodies.append(opened(stream.flush(NOW + now + 2)[0]))
    assert [len(b.labels) for b in bodies] == [1, 0, 2, 0, 2]
    stream.offer(rows(slots=np.arange(MAX_LABELS), label=np.arange(MAX_LABELS)), NOW + 2_000)
    full = opened(stream.flush(NOW + 2_002)[0])
    assert (full.table, len(full.labels)) == (bodies[0].table, MAX_LABELS)
    stream.offer(rows((1, MAX_LABELS, 1.0)), NOW + 2_010)
    renewed = opened(stream.flush(NOW + 2_012)[0])
    assert (renewed.table, renewed.labels) == (bodies[0].table + 1, (many[MAX_LABELS],))


def test_rows_of_more_labels_than_a_table_holds_go_out_in_several_batches():
    many = [Label(policy="EXERCISE", classification=0, release=Release(everyone=True),
                  informative=frozenset({f"n/{n}"}), originators=frozenset({"JPN"})) for n in range(MAX_LABELS + 200)]
    stream = sender("USA", gate=Table({"USA": set(many)}, many), labels=many)
    stream.offer(rows(slots=np.arange(len(many)), label=np.arange(len(many))), NOW)
    seen = {}
    for now in range(NOW + 2, NOW + 20, 4):
        for batch in stream.flush(now):
            body = opened(batch)
            assert len(body.labels) <= MAX_LABELS
            for row in np.frombuffer(body.rows, dtype=KIND.dtype):
                seen[int(row["slot"])] = body.labels[row["label"]]
    assert seen == dict(enumerate(many))


@pytest.mark.parametrize("bad", [(KIND.slots, 0, 1.0), (1, len(LABELS), 1.0)])
def test_rows_that_name_what_is_not_there_are_refused(bad):
    stream = sender("USA")
    with pytest.raises(InvalidRecord):
        stream.offer(rows((1, 0, 1.0), bad), NOW)
    assert stream.due_ms() is None


def test_a_period_is_closed_with_the_root_over_its_batches():
    from pymerkle import InmemoryTree
    stream, tree = sender("USA", "AUS"), InmemoryTree(algorithm="sha256")
    assert stream.close_period(NOW) == []
    for step in range(5):
        stream.offer(rows((step, 1, 1.0)), NOW + 10 * step)
        for batch in stream.flush(NOW + 10 * step + 2):
            tree.append_entry(batch.data)
    entry, = stream.close_period(NOW + 100)  # AUS was sent nothing: no entry
    assert (entry.to, entry.grant, entry.root, entry.batches, entry.rows) == ("USA", 1, tree.get_root(), 5, 5)
    assert (entry.from_ms, entry.to_ms) == (NOW, NOW + 100)
    assert stream.close_period(NOW + 200) == []
    stream.offer(rows((1, 1, 1.0)), NOW + 200)
    stream.flush(NOW + 202)
    last = stream.unsubscribe("USA", NOW + 250)
    assert (last.batches, last.rows, last.from_ms) == (1, 1, NOW + 100)
    assert stream.unsubscribe("USA", NOW + 250) is None
    with pytest.raises(StreamClosed, match="clock"):
        stream.close_period(NOW - 1)


@pytest.mark.parametrize("dtype", [
    [("label", "<u2")], [("slot", "<u4")], [("slot", "<i4"), ("label", "<u2")], [("slot", "<u4"), ("label", "<u4")],
    [("slot", "<u4"), ("label", "<u2"), ("pedigree", "<u2")], [("slot", "<u4"), ("label", "<u2"), ("x", "O")],
    [("slot", "<u4"), ("label", "<u2"), ("x", "V9000")],
])
def test_a_kind_without_the_needed_fields_is_refused(dtype):
    with pytest.raises(InvalidConfig):
        StreamKind(name="test.bad", version=1, topic="air.tracks", dtype=np.dtype(dtype))


def test_rotating_the_signing_key_goes_on_without_a_gap():
    from latticework.testing.keys import KeyRing
    stream, end = sender("USA"), receiver()
    end._keys = KeyRing(signer_of("JPN"), signer_of("JPN", 1))
    for number in (0, 1):
        stream.use_signer(signer_of("JPN", number))
        stream.offer(rows((number, 0, 1.0)), NOW)
        batch, = stream.flush(NOW + 2)
        assert msgspec.msgpack.decode(batch.data, type=Envelope).key == signer_of("JPN", number).key_id
        assert end.take("JPN", batch.data, NOW + 2).lost == 0
