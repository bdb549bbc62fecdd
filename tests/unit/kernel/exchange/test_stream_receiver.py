from __future__ import annotations

import msgspec
import numpy as np
import pytest
from tests.unit.kernel.exchange.streaming import KIND, LABELS, NOW, ROW, held, receiver, rows, sender

from latticework.kernel.codec import encode
from latticework.kernel.errors import (
    DecodeError,
    InvalidConfig,
    InvalidRecord,
    InvalidSignature,
    LatticeworkError,
    ProtocolError,
    RecordTooLarge,
    StreamClosed,
)
from latticework.kernel.exchange.entries import StreamPeriod
from latticework.kernel.exchange.stream_receiver import MAX_KEPT_LABELS, Agreement
from latticework.kernel.exchange.streams import MAX_LABELS, MAX_ROWS, STREAM_TYPE, BatchBody
from latticework.kernel.labels.label import Label
from latticework.kernel.records.signing import seal_payload
from latticework.testing.keys import signer_of


def flow(stream, *offers, now=NOW):
    """Offer each group of rows and return the batches for USA."""
    batches = []
    for step, offered in enumerate(offers):
        stream.offer(offered, now + 10 * step)
        batches += [b for b in stream.flush(now + 10 * step + 2) if b.peer == "USA"]
    return batches


def logged(root):
    """The ledger entry that the sender makes of a period's root."""
    return StreamPeriod(stream=root.stream, to=root.to, number=root.grant, root=root.root, batches=root.batches,
                        rows=root.rows, from_ms=root.from_ms, to_ms=root.to_ms)


def body(**changes):
    fields = {
        "stream": "test.row", "version": 1, "sender": "JPN", "to": "USA", "grant": 1, "session": 1, "sequence": 1,
        "time_ms": NOW, "period_ms": NOW, "place": 0, "before": (), "rows_before": 0, "table": 0, "first": 0,
        "labels": (LABELS[0],), "rows": rows((1, 0, 1.0)).tobytes(),
    }
    return BatchBody(**(fields | changes))


def signed(made, signer=None):
    return seal_payload(signer or signer_of("JPN"), STREAM_TYPE, encode(made))


def test_rows_arrive_and_replace_those_of_their_slot():
    end = receiver()
    first, second = flow(sender("USA"), rows((1, 0, 1.0), (2, 1, 2.0)), rows((1, 1, 5.0)))
    taken = end.take("JPN", first.data, NOW + 5)
    assert (taken.rows, taken.lost, taken.withheld, taken.unknown) == (2, 0, 0, 0)
    end.take("JPN", second.data, NOW + 20)
    assert held(end, NOW + 20) == [(1, 5.0), (2, 2.0)]
    latest = end.latest("JPN", "test.row", NOW + 20)
    assert latest.arrived_ms.tolist() == [NOW + 20, NOW + 5]
    assert [latest.labels[i] for i in latest.rows["label"]] == [LABELS[1], LABELS[1]]


def test_the_own_policy_rechecks_each_label_once():
    asked = []

    def receive(peer, stream, label):
        asked.append((peer, stream, label))
        return label == LABELS[0]
    end = receiver(receive=receive)
    first, second = flow(sender("USA"), rows((1, 0, 1.0), (2, 1, 2.0)), rows((3, 1, 3.0), (4, 0, 4.0)))
    assert (end.take("JPN", first.data, NOW).withheld, end.take("JPN", second.data, NOW).withheld) == (1, 1)
    assert held(end) == [(1, 1.0), (4, 4.0)]
    assert asked == [("JPN", "test.row", LABELS[0]), ("JPN", "test.row", LABELS[1])]


def test_a_change_of_the_own_policy_removes_and_admits():
    allowed = {LABELS[0]}
    end = receiver(receive=lambda peer, stream, label: label in allowed)
    stream = sender("USA")
    batches = flow(stream, rows((1, 0, 1.0), (2, 1, 2.0)), rows((1, 0, 1.5), (2, 1, 2.5)))
    end.take("JPN", batches[0].data, NOW)
    assert held(end) == [(1, 1.0)]
    allowed.clear()
    allowed.add(LABELS[1])
    end.policy_changed()
    assert held(end) == []
    end.take("JPN", batches[1].data, NOW + 12)
    assert held(end) == [(2, 2.5)]
    latest = end.latest("JPN", "test.row", NOW + 12)
    assert latest.labels[int(latest.rows["label"][0])] == LABELS[1]


def test_what_comes_twice_or_late_is_dropped():
    end = receiver()
    first, second, third = flow(sender("USA"), *(rows((1, 0, float(n))) for n in range(3)))
    end.take("JPN", first.data, NOW)
    assert end.take("JPN", third.data, NOW).lost == 1
    for late in (second, third, first):
        with pytest.raises(StreamClosed, match="out of sequence"):
            end.take("JPN", late.data, NOW)
    assert held(end) == [(1, 2.0)]


def test_a_restarted_sender_is_taken_and_its_past_is_not():
    end = receiver()
    old = flow(sender("USA", session=5), rows((1, 0, 1.0)), rows((1, 0, 2.0)))
    new, = flow(sender("USA", session=6, now=NOW + 50), rows((2, 1, 7.0)), now=NOW + 50)
    end.take("JPN", old[0].data, NOW)
    end.take("JPN", new.data, NOW + 60)
    with pytest.raises(StreamClosed):
        end.take("JPN", old[1].data, NOW + 60)
    assert held(end, NOW + 60) == [(1, 1.0), (2, 7.0)]


@pytest.mark.parametrize("skew", [-15_001, 15_001])
def test_an_old_picture_is_no_picture(skew):
    end = receiver()
    with pytest.raises(StreamClosed, match="too old, or from the future"):
        end.take("JPN", signed(body(time_ms=NOW + skew)), NOW)
    assert end.take("JPN", signed(body(time_ms=NOW + skew - (1 if skew > 0 else -1))), NOW).rows == 1


def test_rows_fade_from_view():
    end = receiver(stale_ms=1_000)
    end.take("JPN", signed(body()), NOW)
    assert held(end, NOW + 1_000) == [(1, 1.0)]
    assert held(end, NOW + 1_001) == []


def test_a_lost_table_heals_by_itself():
    end = receiver()
    stream = sender("USA", table_every_ms=1_000)
    lost, second = flow(stream, rows((1, 0, 1.0)), rows((1, 0, 2.0)))
    assert lost.data
    taken = end.take("JPN", second.data, NOW)
    assert (taken.rows, taken.unknown, taken.lost) == (0, 1, 1)
    again, = flow(stream, rows((1, 0, 3.0)), now=NOW + 1_100)
    assert end.take("JPN", again.data, NOW + 1_100).rows == 1


def test_impossible_rows_are_dropped_one_by_one():
    end = receiver()
    taken = end.take("JPN", signed(body(rows=rows((1, 0, -1.0), (2, 0, np.nan), (3, 0, 3.0)).tobytes())), NOW)
    assert (taken.rows, taken.invalid) == (1, 2)
    assert held(end) == [(3, 3.0)]


def test_without_a_grant_nothing_is_taken():
    end = receiver(grant=2)
    with pytest.raises(StreamClosed, match="grant"):
        end.take("JPN", signed(body(grant=1)), NOW)
    end.close("JPN", "test.row", 1)
    assert end.take("JPN", signed(body(grant=2)), NOW).rows == 1  # an older grant ended, not this one
    end.close("JPN", "test.row", 2)
    with pytest.raises(StreamClosed, match="grant"):
        end.take("JPN", signed(body(grant=2, sequence=2)), NOW)
    with pytest.raises(StreamClosed):
        end.latest("JPN", "test.row", NOW)
    with pytest.raises(InvalidConfig):
        end.open("JPN", "no.such", 1)


def test_opening_again_keeps_the_rows_and_a_new_grant_begins_anew():
    end = receiver()
    end.take("JPN", signed(body()), NOW)
    end.open("JPN", "test.row", 1)
    assert held(end) == [(1, 1.0)]
    end.open("JPN", "test.row", 2)
    assert held(end) == []
    assert end.streams == (("JPN", "test.row"),)


@pytest.mark.parametrize(("changes", "error"), [
    ({"sender": "KOR"}, ProtocolError), ({"to": "AUS"}, ProtocolError), ({"version": 2}, ProtocolError),
    ({"rows": b""}, ProtocolError), ({"rows": bytes(ROW.itemsize - 1)}, ProtocolError),
    ({"rows": bytes(ROW.itemsize * (MAX_ROWS + 1))}, ProtocolError),
    ({"rows": rows((KIND.slots, 0, 1.0)).tobytes()}, ProtocolError),
    ({"rows": rows((2**32 - 1, 0, 1.0)).tobytes()}, ProtocolError),
    ({"place": 1}, ProtocolError), ({"before": (bytes(32),)}, ProtocolError),
    ({"place": 1, "before": (b"",)}, DecodeError),
    ({"first": 1}, ProtocolError), ({"first": MAX_LABELS}, ProtocolError), ({"first": MAX_LABELS + 1}, DecodeError),
    ({"sequence": -1}, DecodeError), ({"session": 2**62}, DecodeError), ({"place": 2**62}, DecodeError),
    ({"labels": (LABELS[0],) * (MAX_LABELS + 1)}, DecodeError),
    ({"labels": (Label(policy="EXERCISE", classification=0, informative=frozenset({"x" * 20_000}),
                       originators=frozenset({"JPN"})),)}, InvalidRecord),
])
def test_hostile_batches_are_refused_and_change_nothing(changes, error):
    end = receiver()
    with pytest.raises(error):
        end.take("JPN", signed(body(**changes)), NOW)
    assert held(end) == []
    assert end.take("JPN", signed(body()), NOW).rows == 1


def test_a_label_never_changes_its_number():
    end = receiver()
    end.take("JPN", signed(body()), NOW)
    with pytest.raises(ProtocolError, match="number to another"):
        end.take("JPN", signed(body(sequence=2, labels=(LABELS[1],))), NOW)


def test_every_flipped_bit_and_every_cut_is_refused():
    good = signed(body())
    end = receiver()
    for position in range(0, len(good) * 8, 3):
        data = bytearray(good)
        data[position // 8] ^= 1 << position % 8
        with pytest.raises(LatticeworkError):
            end.take("JPN", bytes(data), NOW)
    for length in range(len(good)):
        with pytest.raises(DecodeError):
            end.take("JPN", good[:length], NOW)
    assert held(end) == []


def test_another_members_signature_and_another_kind_of_message_are_refused():
    end = receiver()
    with pytest.raises(InvalidSignature):
        end.take("JPN", signed(body(), signer_of("KOR")), NOW)
    with pytest.raises(DecodeError):
        end.take("JPN", seal_payload(signer_of("JPN"), "application/other", encode(body())), NOW)
    with pytest.raises(RecordTooLarge):
        end.take("JPN", bytes(5 * 1024 * 1024), NOW)


def test_the_ledgers_root_of_a_period_is_recomputed():
    stream, end = sender("USA"), receiver()
    batches = flow(stream, *(rows((n, 0, 1.0)) for n in range(9)))
    for n, batch in enumerate(batches):
        if n != 4:  # one is lost on the way
            end.take("JPN", batch.data, NOW + 100)
    entry = logged(*stream.close_period(NOW + 100))
    assert end.compare("JPN", entry) is Agreement.SAME
    for changes in ({"root": bytes(32)}, {"batches": 8}, {"rows": 10}, {"batches": 10}):
        other = msgspec.structs.replace(entry, **changes)
        assert end.compare("JPN", other) is Agreement.DIFFERENT
    assert end.compare("JPN", msgspec.structs.replace(entry, from_ms=NOW + 1)) is Agreement.UNKNOWN
    assert end.compare("JPN", msgspec.structs.replace(entry, number=2)) is Agreement.UNKNOWN
    assert end.compare("KOR", entry) is Agreement.UNKNOWN


def test_a_period_whose_end_was_lost_is_incomplete():
    stream, end = sender("USA"), receiver()
    first, _lost = flow(stream, rows((1, 0, 1.0)), rows((2, 0, 1.0)))
    end.take("JPN", first.data, NOW)
    entry = logged(*stream.close_period(NOW + 100))
    assert end.compare("JPN", entry) is Agreement.INCOMPLETE


def test_a_sender_that_tells_two_pasts_is_caught():
    """The tree in a later batch does not contain the batch that this receiver was sent."""
    honest, other = sender("USA"), sender("USA")
    shown, _ = flow(honest, rows((1, 0, 1.0)), rows((1, 0, 2.0)))
    _, later = flow(other, rows((1, 0, 9.0)), rows((1, 0, 2.0)))
    end = receiver()
    end.take("JPN", shown.data, NOW)
    with pytest.raises(ProtocolError, match="another past"):
        end.take("JPN", later.data, NOW + 20)


def test_memory_of_periods_and_labels_is_bounded():
    end = receiver(periods=4)
    for n in range(40):
        labels = tuple(Label(policy="EXERCISE", classification=0, informative=frozenset({f"n/{n * MAX_LABELS + i}"}),
                             originators=frozenset({"JPN"})) for i in range(MAX_LABELS))
        made = body(sequence=n + 1, table=n, labels=labels, period_ms=NOW + n,
                    rows=rows((n, n, 1.0)).tobytes())
        assert end.take("JPN", signed(made), NOW).rows == 1
    stream = end._streams["JPN", "test.row"]
    assert len(stream.periods) == 4
    assert len(stream.labels) <= 40 + MAX_LABELS
    latest = end.latest("JPN", "test.row", NOW)
    assert [latest.labels[i].informative for i in latest.rows["label"]] == [
        frozenset({f"n/{n * MAX_LABELS + n}"}) for n in range(40)]


def test_a_label_that_has_no_room_is_never_taken_for_another():
    many = [Label(policy="EXERCISE", classification=n % 4, informative=frozenset({f"n/{n}"}),
                  originators=frozenset({"JPN"})) for n in range(MAX_KEPT_LABELS + 1)]
    end = receiver()
    for table in range(MAX_KEPT_LABELS // MAX_LABELS):
        part = np.arange(table * MAX_LABELS, (table + 1) * MAX_LABELS)
        made = body(sequence=table + 1, table=table, labels=tuple(many[n] for n in part), period_ms=NOW + table,
                    rows=rows(slots=part, label=part % MAX_LABELS).tobytes())
        assert end.take("JPN", signed(made), NOW).rows == MAX_LABELS
    for sequence in (100, 101):
        late = body(sequence=sequence, table=99, labels=(many[-1],), period_ms=NOW + 99,
                    rows=rows((4_999, 0, 1.0)).tobytes())
        with pytest.raises(ProtocolError, match="more labels"):
            end.take("JPN", signed(late), NOW)
    latest = end.latest("JPN", "test.row", NOW)
    assert 4_999 not in latest.rows["slot"]
    assert [latest.labels[i] for i in latest.rows["label"]] == many[:-1]
    end.policy_changed()  # asks the gate about every label, and must not fail for a peer's doing
    assert len(end.latest("JPN", "test.row", NOW).rows) == MAX_KEPT_LABELS


def test_a_peers_rows_are_its_own():
    end = receiver()
    end.open("KOR", "test.row", 1)
    end.take("JPN", signed(body()), NOW)
    end.take("KOR", signed(body(sender="KOR", rows=rows((1, 0, 8.0)).tobytes()), signer_of("KOR")), NOW)
    assert held(end) == [(1, 1.0)]
    assert held(end, peer="KOR") == [(1, 8.0)]

