"""Records that need two officers, and own records that bind the gate, at a real kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from latticework.kernel import archive
from latticework.kernel.core import Kernel
from latticework.kernel.core.approvals import PublishRecord
from latticework.kernel.core.guarded import UNSEEN
from latticework.kernel.errors import InvalidRecord, NotFound, NotPermitted, SecondOfficerNeeded
from latticework.kernel.ids import Kind, MemberId, RecordId
from latticework.kernel.kinds import Note
from latticework.kernel.labels import Label, Release
from latticework.kernel.policy.constraints import Binding, Bounds, Constraint
from latticework.kernel.policy.model import Role
from latticework.kernel.records import Described
from latticework.testing.kernels import KernelFederation, officer, two

STOP = Kind("test.stop")


class Stop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing to a member for a time."""

    peer: MemberId
    from_ms: int
    until_ms: int


def label(*release: str, level: int = 1) -> Label:
    return Label(policy="EXERCISE", classification=level, originators=frozenset({MemberId("JPN")}),
                 release=Release(members=frozenset(release)) if release else None)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[KernelFederation]:
    federation = KernelFederation(tmp_path, ("JPN", "USA"))
    for kernel in federation.kernels.values():
        kernel.kinds.register(STOP, 1, Stop, describe=lambda s: Described(f"Stop {s.peer}"), two_officers=True)
        kernel.add_constraints(lambda k=kernel: stops(k), frozenset({STOP}))
    federation.arrange("JPN", "USA", topics=("air.tracks", "test"))
    yield federation
    for kernel in federation.kernels.values():
        kernel.close()


def stops(kernel: Kernel) -> Iterator[Constraint]:
    with kernel.store.snapshot() as reader:
        for head in archive.heads_of_kind(reader, STOP):
            body = kernel.body_of(reader, head)
            if head.sender is None and isinstance(body, Stop):
                yield Constraint(record=head.id, binding=Binding.FORBIDS, bounds=Bounds(
                    peers=(body.peer,), from_ms=body.from_ms, until_ms=body.until_ms))


def draft(kernel: Kernel, begin: int, end: int, **more: object) -> PublishRecord:
    return kernel.draft(STOP, Stop(MemberId("USA"), begin, end), topic="test", label=label(), **more)  # type: ignore[arg-type]


def note(kernel: Kernel, text: str) -> RecordId:
    return kernel.publish(officer("JPN"), "note", Note(title=text, text=""), topic="air.tracks",
                          label=label("JPN", "USA"), distribute=True).id


def arrived(federation: KernelFederation) -> set[str]:
    federation.settle()
    return {view.title for view in federation["USA"].records(officer("USA"), kind="note").items}


def test_one_officer_alone_cannot_publish_a_guarded_kind(pair: KernelFederation) -> None:
    jpn = pair["JPN"]
    body = Stop(MemberId("USA"), 0, 1)
    with pytest.raises(SecondOfficerNeeded, match="second officer"):
        jpn.publish(officer("JPN"), STOP, body, topic="test", label=label())
    with pytest.raises(SecondOfficerNeeded):
        jpn.publish_as_node(STOP, body, topic="test", label=label())
    with pytest.raises(InvalidRecord, match="no second officer"):
        jpn.draft("note", Note(title="x", text=""), topic="test", label=label())
    first = officer("JPN", "first")
    with pytest.raises(SecondOfficerNeeded):
        jpn.publish_guarded(first, first, draft(jpn, 0, 1))


def test_it_is_proposed_approved_and_bound_at_once(pair: KernelFederation) -> None:
    jpn, now = pair["JPN"], pair.clock.now_ms()
    author, releaser = officer("JPN", "author", Role.AUTHOR), officer("JPN", "releaser", Role.RELEASER)
    jpn.officers.add(author, "a long enough password", now)
    note(jpn, "before")
    assert arrived(pair) == {"before"}
    pending = jpn.propose_act(author, draft(jpn, now, now + 60_000))
    note(jpn, "still")
    assert arrived(pair) == {"before", "still"}
    assert jpn.approve_act(releaser, pending.id).state == "approved"
    with pytest.raises(NotPermitted):
        jpn.publish_guarded(author, officer("JPN", "other", Role.AUTHOR), draft(jpn, now, now + 1))
    note(jpn, "during")
    assert arrived(pair) == {"before", "still"}


def test_what_was_withheld_follows_at_the_millisecond_at_which_it_lapses(pair: KernelFederation) -> None:
    jpn, now = pair["JPN"], pair.clock.now_ms()
    jpn.publish_guarded(*two("JPN"), draft(jpn, now, now + 10_000))
    note(jpn, "held")
    pair.clock.advance(9_999)
    assert arrived(pair) == set()
    pair.clock.advance(1)
    assert arrived(pair) == {"held"}


def test_a_stop_that_begins_later_begins_without_anything_arriving(pair: KernelFederation) -> None:
    jpn, now = pair["JPN"], pair.clock.now_ms()
    jpn.publish_guarded(*two("JPN"), draft(jpn, now + 10_000, now + 99_000))
    note(jpn, "early")
    assert arrived(pair) == {"early"}
    pair.clock.advance(10_000)
    note(jpn, "late")
    assert arrived(pair) == {"early"}


def test_a_partners_record_of_the_kind_binds_nobody_else(pair: KernelFederation) -> None:
    jpn, usa, now = pair["JPN"], pair["USA"], pair.clock.now_ms()
    theirs = usa.draft(STOP, Stop(MemberId("USA"), now, now + 60_000), topic="test", distribute=True, label=Label(
        policy="EXERCISE", classification=0, originators=frozenset({MemberId("USA")}),
        release=Release(members=frozenset({MemberId("JPN"), MemberId("USA")}))))
    usa.publish_guarded(*two("USA"), theirs)
    pair.settle()
    assert jpn.count(officer("JPN"), kind=STOP) == 1
    note(jpn, "goes")
    assert arrived(pair) == {"goes"}


def test_the_second_officer_must_be_allowed_to_see_it(pair: KernelFederation) -> None:
    jpn = pair["JPN"]
    high = msgspec.structs.replace(draft(jpn, 0, 1), label=label(level=3))
    first, low = officer("JPN", "first"), officer("JPN", "second", clearance=1)
    pending = jpn.propose_act(first, high)
    assert pending.summary == "Publish test.stop: Stop USA"
    seen = {one.id: one for one in jpn.pending_acts(low)}[pending.id]
    assert (seen.summary, seen.arguments) == (UNSEEN, b"")
    assert {one.id: one for one in jpn.pending_acts(first)}[pending.id].arguments
    with pytest.raises(NotFound):
        jpn.publish_guarded(first, low, high)


def test_a_releaser_alone_may_make_it_at_once_and_an_author_not(pair: KernelFederation) -> None:
    jpn = pair["JPN"]
    with pytest.raises(NotPermitted):
        jpn.publish_at_once(officer("JPN", "author", Role.AUTHOR), draft(jpn, 0, 1))
    jpn.publish_at_once(officer("JPN", "alone", Role.RELEASER), draft(jpn, 0, 1))
    assert jpn.count(officer("JPN"), kind=STOP) == 1
