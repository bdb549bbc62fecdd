from __future__ import annotations

import pytest

from latticework.kernel import archive
from latticework.kernel.ids import Kind, MemberId, Post, RecordId, Topic
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.records import Described, Link, make_record
from latticework.kernel.store import MemoryStore, SqliteStore
from latticework.testing.clock import SeededEntropy
from latticework.testing.keys import signer_of

LABEL = Label(policy="EXERCISE", classification=1, release=Release(everyone=True),
              originators=frozenset({MemberId("JPN")}))


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    made = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "node.db")
    yield made
    made.close()


def records(count, *, kind="note", links=()):
    entropy = SeededEntropy(f"archive {kind}")
    return [
        make_record(signer_of("JPN"), entropy, kind=Kind(kind), version=1, body=b"%d" % n, post=Post("desk"),
                    topic=Topic("plans"), label=LABEL, made_ms=n, links=links)
        for n in range(count)
    ]


def keep(tx, record, **changes):
    values = {"now_ms": 5, "sender": MemberId("USA"), "distribute": False, **changes}
    return archive.add(tx, record, Described(record.id[:8]), **values)


def test_records_are_numbered_in_order_of_arrival_and_read_back_exactly(store):
    made = records(30)
    with store.transaction() as tx:
        assert [keep(tx, record).number for record in made[:20]] == list(range(1, 21))
    with store.transaction() as tx:
        assert [keep(tx, record).number for record in made[20:]] == list(range(21, 31))
        assert [h.number for h in archive.heads(tx)] == list(range(30, 0, -1))
    with store.snapshot() as reader:
        assert [h.id for h in archive.heads(reader, below=4)] == [made[2].id, made[1].id, made[0].id]
        for number, record in enumerate(made, 1):
            assert archive.envelope_of(reader, record.id) == record.envelope
            assert archive.envelope_at(reader, number) == record.envelope
            assert archive.head_of(reader, record.id).number == number


def test_a_record_that_is_here_is_kept_once(store):
    (record,) = records(1)
    with store.transaction() as tx:
        first = keep(tx, record)
        assert keep(tx, record, sender=MemberId("AUS")) is None
        assert archive.head_of(tx, record.id) == first
    with store.transaction() as tx:
        assert keep(tx, record) is None
        assert len(list(archive.heads(tx))) == 1


def test_what_is_not_here_is_none(store):
    with store.snapshot() as reader:
        absent = RecordId("0" * 64)
        assert archive.head_of(reader, absent) is archive.envelope_of(reader, absent) is None
        assert archive.envelope_at(reader, 1) is None
        assert list(archive.heads(reader)) == []


def test_kinds_and_links_are_walked_oldest_first(store):
    target = records(1)[0]
    answers = records(3, kind="note.answer", links=(Link("answers", target.id),))
    others = records(2, kind="note.answers", links=(Link("answers-not", target.id),))
    with store.transaction() as tx:
        for record in (target, *answers, *others):
            keep(tx, record)
        assert [h.id for h in archive.heads_of_kind(tx, Kind("note.answer"))] == [r.id for r in answers]
        assert [h.id for h in archive.heads_linking(tx, target.id, "answers")] == [r.id for r in answers]
        assert [h.id for h in archive.heads_linking(tx, target.id, "answers-not")] == [r.id for r in others]
