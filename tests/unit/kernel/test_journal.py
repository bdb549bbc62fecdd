"""The journal keeps acts and alarms in order, and reads what an earlier version wrote."""

from __future__ import annotations

import msgspec

from latticework.kernel.ids import OfficerId, Post
from latticework.kernel.journal import AUDIT, AlarmRow, AuditRow, acts, alarm, alarms, note_act, raise_alarm
from latticework.kernel.store.memory import MemoryStore


def row(act: str, **more: str) -> AuditRow:
    return AuditRow(at_ms=1, officer=OfficerId("duty"), post=Post("desk"), act=act, allowed=True, rule="R-36", **more)


def test_the_newest_act_comes_first() -> None:
    store = MemoryStore()
    with store.transaction() as tx:
        assert [note_act(tx, row("publish")), note_act(tx, row("brief.print", what="sea.notes"))] == [1, 2]
    with store.snapshot() as reader:
        assert [(n, r.act, r.what) for n, r in acts(reader, limit=10)] == [
            (2, "brief.print", "sea.notes"), (1, "publish", "")]
        assert [n for n, _ in acts(reader, limit=1)] == [2]


def test_an_act_that_was_kept_before_acts_named_things_is_read() -> None:
    store = MemoryStore()
    old = msgspec.msgpack.encode([1, "duty", "desk", "release", False, "R-11", None, "USA", None])
    with store.transaction() as tx:
        tx.put(AUDIT, (1).to_bytes(8, "big"), old)
    with store.snapshot() as reader:
        found = [r for _, r in acts(reader, limit=10)]
    assert [(r.act, r.to, r.rule, r.what) for r in found] == [("release", "USA", "R-11", "")]


def test_an_alarm_is_found_by_its_number() -> None:
    store = MemoryStore()
    with store.transaction() as tx:
        number = raise_alarm(tx, AlarmRow(at_ms=1, code="LW-1601", peer=None, sentence="the disk is full."))
    with store.snapshot() as reader:
        assert [n for n, _ in alarms(reader, limit=5)] == [number]
        assert alarm(reader, number) is not None
        assert alarm(reader, number + 1) is None
