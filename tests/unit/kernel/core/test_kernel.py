"""The facade end to end with real parts: what officers do at one member and what another member then sees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from latticework.kernel import archive
from latticework.kernel.errors import Equivocation, InvalidRecord, NotFound, NotPermitted, SecondOfficerNeeded, Withheld
from latticework.kernel.exchange.messages import Proofs, Said, seal_frame
from latticework.kernel.identity import read_root_key
from latticework.kernel.ids import Kind, MemberId, Post, Topic
from latticework.kernel.kinds import Note
from latticework.kernel.labels import Label, Release
from latticework.kernel.ledger import read_checkpoint, sign_checkpoint, verify_accusation
from latticework.kernel.policy.model import Arrangement, Onward, Peer, Purpose, Role
from latticework.kernel.records import Record, make_record
from latticework.kernel.store import MemoryStore
from latticework.kernel.transport.interface import Arrived, Lane, LinkLost
from latticework.kernel.views import Change
from latticework.testing.kernels import KernelFederation, officer, two


def label(*release: str, level: int = 1, origin: str = "JPN") -> Label:
    return Label(policy="EXERCISE", classification=level, originators=frozenset({MemberId(origin)}),
                 release=Release(members=frozenset(release)) if release else None)


@pytest.fixture
def three(tmp_path: Path) -> Iterator[KernelFederation]:
    federation = KernelFederation(tmp_path)
    yield federation
    for kernel in federation.kernels.values():
        kernel.close()


def note(text: str = "Sea state four off Okinawa.") -> Note:
    return Note(title="Sea state", text=text)


def test_a_record_goes_to_one_peer_and_not_to_the_other(three: KernelFederation) -> None:
    three.arrange("JPN", "USA")
    jpn, desk = three["JPN"], officer("JPN")
    record = jpn.publish(desk, "note", note(), topic="air.tracks", label=label("JPN", "USA", "AUS"))
    release = jpn.release(desk, record.id, MemberId("USA"))
    assert release.rule
    assert release.arrangement is not None
    with pytest.raises(Withheld) as refused:
        jpn.release(desk, record.id, MemberId("AUS"))
    assert "R-10" in str(refused.value), "no arrangement with AUS"
    three.settle()
    assert three["USA"].record(officer("USA"), record.id).title == "Sea state"
    with pytest.raises(NotFound):
        three["AUS"].record(officer("AUS"), record.id)
    assert jpn.releases(desk, record.id)[0].state == "received"
    three.advance(3_000)
    assert three["USA"].record(officer("USA"), record.id).proven
    assert jpn.releases(desk, record.id)[0].proven


def test_distribution_back_fills_when_an_arrangement_comes_into_force(three: KernelFederation) -> None:
    jpn = three["JPN"]
    record = jpn.publish(officer("JPN"), "note", note(), topic="air.tracks", label=label("JPN", "AUS"),
                         distribute=True)
    three.settle()
    with pytest.raises(NotFound):
        three["AUS"].record(officer("AUS"), record.id)
    three.arrange("AUS", "JPN")
    assert three["AUS"].record(officer("AUS"), record.id).own is False


def test_what_one_transaction_publishes_goes_out_together_and_pages_are_told_once(three: KernelFederation) -> None:
    three.arrange("JPN", "USA")
    jpn, desk = three["JPN"], officer("JPN")
    told, commits = list[Change](), list[str]()
    jpn.subscribe(told.append)
    assert isinstance(jpn.store, MemoryStore)
    jpn.store.commit_hook = commits.append
    records = list[Record]()

    def publish(tx: object) -> None:
        records.extend(
            jpn.publish(desk, "note", note(f"Note {number}"), topic="air.tracks", label=label("JPN", "USA", "AUS"),
                        distribute=True)
            for number in range(20)
        )

    jpn.in_transaction(publish)
    assert commits == ["before", "after"] * 2, "one commit keeps all, one releases all"
    assert sorted(change.kind for change in told) == ["record", "release"]
    three.settle()
    with three["USA"].store.snapshot() as reader:
        arrived = [head.id for head in archive.heads(reader) if head.kind == "note"]
    assert arrived[::-1] == [record.id for record in records]
    with three["AUS"].store.snapshot() as reader:
        assert not [head for head in archive.heads(reader) if head.kind == "note"]


def test_a_transaction_that_fails_publishes_and_tells_nothing(three: KernelFederation) -> None:
    three.arrange("JPN", "USA")
    jpn, desk = three["JPN"], officer("JPN")
    told = list[Change]()
    jpn.subscribe(told.append)

    def publish(tx: object) -> None:
        jpn.publish(desk, "note", note(), topic="air.tracks", label=label("JPN", "USA"), distribute=True)
        raise InvalidRecord("invented")

    with pytest.raises(InvalidRecord):
        jpn.in_transaction(publish)
    three.settle()
    assert jpn.count(desk, kind="note") == 0
    assert told == []
    kept = jpn.publish(desk, "note", note(), topic="air.tracks", label=label("JPN", "USA"), distribute=True)
    three.settle()
    assert [r.to for r in jpn.releases(desk, kept.id)] == ["USA"]
    assert {change.kind for change in told} == {"record", "release"}


def test_withdrawing_a_grant_stops_what_flows(three: KernelFederation) -> None:
    agreed = three.arrange("JPN", "USA")
    three["USA"].withdraw_grant(*two("USA"), agreed, "review")
    three.settle()
    jpn, desk = three["JPN"], officer("JPN")
    record = jpn.publish(desk, "note", note(), topic="air.tracks", label=label("JPN", "USA"))
    with pytest.raises(Withheld):
        jpn.release(desk, record.id, MemberId("USA"))
    view = jpn.arrangement(desk, agreed)
    assert not view.in_force
    assert view.waiting_for == ("USA",)


def test_explain_names_the_deciding_rule_for_own_officers_only(three: KernelFederation) -> None:
    three.arrange("JPN", "USA")
    jpn, desk = three["JPN"], officer("JPN")
    record = jpn.publish(desk, "note", note(), topic="maritime.awareness", label=label("JPN", "USA"))
    explanation = jpn.explain(desk, record.id, MemberId("USA"))
    assert not explanation.decision.allowed
    assert explanation.decision.rule == "R-12"
    with pytest.raises(NotPermitted):
        jpn.explain(officer("JPN", "admin", Role.ADMINISTRATOR), record.id, MemberId("USA"))


def test_what_an_officer_may_not_see_looks_absent(three: KernelFederation) -> None:
    jpn = three["JPN"]
    record = jpn.publish(officer("JPN"), "note", note(), topic="air.tracks", label=label("JPN", level=3))
    junior = officer("JPN", "junior", clearance=1)
    with pytest.raises(NotFound) as hidden:
        jpn.record(junior, record.id)
    with pytest.raises(NotFound) as absent:
        jpn.record(junior, type(record.id)("0" * 64))
    assert hidden.value.message.replace(record.id[:12], "") == absent.value.message.replace("0" * 12, "")
    assert jpn.count(junior) == 0
    assert jpn.records(junior).items == ()
    assert jpn.count(officer("JPN")) == 1


def test_pages_walk_everything_once(three: KernelFederation) -> None:
    jpn, desk = three["JPN"], officer("JPN")
    for n in range(23):
        jpn.publish(desk, "note", Note(title=f"n{n}", text=""), topic="air.tracks", label=label("JPN"))
    seen: list[str] = []
    after = None
    while True:
        page = jpn.records(desk, kind="note", after=after, limit=5)
        seen += [r.title for r in page.items]
        after = page.next
        if after is None:
            break
    assert seen == [f"n{n}" for n in range(22, -1, -1)]


def test_relaying_needs_the_originators_consent_and_counts_as_relayed(three: KernelFederation) -> None:
    three.arrange("JPN", "USA", onward=Onward.CONSENT)
    three.arrange("AUS", "USA", onward=Onward.CONSENT)
    jpn, usa = three["JPN"], three["USA"]
    record = jpn.publish(officer("JPN"), "note", note(), topic="air.tracks", label=label("JPN", "USA", "AUS"))
    jpn.release(officer("JPN"), record.id, MemberId("USA"))
    three.settle()
    with pytest.raises(Withheld):
        usa.release(officer("USA"), record.id, MemberId("AUS"))
    jpn.consent(officer("JPN"), record.id, MemberId("USA"), MemberId("AUS"))
    three.settle()
    assert usa.release(officer("USA"), record.id, MemberId("AUS")).relayed
    three.settle()
    view = three["AUS"].record(officer("AUS"), record.id)
    assert view.relayed_by == "USA"
    assert three["AUS"].counters().relayed == 1


def test_a_recall_follows_onward_releases_and_is_answered(three: KernelFederation) -> None:
    three.arrange("JPN", "USA", onward=Onward.CONSENT)
    three.arrange("AUS", "USA", onward=Onward.CONSENT)
    jpn, usa, aus = three["JPN"], three["USA"], three["AUS"]
    record = jpn.publish(officer("JPN"), "note", note(), topic="air.tracks", label=label("JPN", "USA", "AUS"))
    jpn.release(officer("JPN"), record.id, MemberId("USA"))
    jpn.consent(officer("JPN"), record.id, MemberId("USA"), MemberId("AUS"))
    three.settle()
    usa.release(officer("USA"), record.id, MemberId("AUS"))
    three.settle()
    recall = jpn.recall(officer("JPN"), record.id, "superseded", three.clock.now_ms() + 86_400_000)
    three.settle()
    seen = aus.record(officer("AUS"), record.id).recalled
    assert seen is not None
    assert seen.reason == "superseded"
    aus.answer_recall(officer("AUS"), recall.id, True, "removed from the desk")
    usa.answer_recall(officer("USA"), recall.id, True, "")
    three.settle()
    answers = jpn.record(officer("JPN"), record.id).recalled
    assert answers is not None
    assert {member: done for member, done, _ in answers.answers} == {"AUS": True, "USA": True}


def test_two_different_officers_stand_behind_trust(three: KernelFederation) -> None:
    jpn = three["JPN"]
    one = officer("JPN", "first")
    with pytest.raises(SecondOfficerNeeded):
        jpn.remove_partner(one, one, MemberId("USA"))
    jpn.remove_partner(*two("JPN"), MemberId("USA"))
    assert "USA" not in jpn.state().partners
    assert "AUS" in jpn.state().partners


def test_ledger_verifies_and_names_every_release(three: KernelFederation) -> None:
    three.arrange("JPN", "USA")
    jpn, desk = three["JPN"], officer("JPN")
    record = jpn.publish(desk, "note", note(), topic="air.tracks", label=label("JPN", "USA"))
    jpn.release(desk, record.id, MemberId("USA"))
    three.advance(3_000)
    report = jpn.verify_ledger(desk)
    assert report.ok, report.sentence
    assert report.entries_checked > 0
    entries = jpn.ledger_entries(desk, to=MemberId("USA")).items
    assert any(e.record == record.id and e.rule for e in entries)
    assert all(state == "consistent" for _, state, _ in report.partners), report


def test_a_partner_that_was_away_during_a_rotation_is_introduced_to_the_new_key(three: KernelFederation) -> None:
    three.arrange("JPN", "USA")
    jpn, desk = three["JPN"], officer("JPN")
    three["USA"].handle(LinkLost(MemberId("JPN"), "test"))
    jpn.handle(LinkLost(MemberId("USA"), "test"))
    jpn.rotate_record_key(*two("JPN"))
    three.settle()
    assert jpn.identity.pending is None
    record = jpn.publish(desk, "note", note(), topic="air.tracks", label=label("JPN", "USA"))
    jpn.release(desk, record.id, MemberId("USA"))
    three.link_all()
    three.advance(4_000)
    assert three["USA"].record(officer("USA"), record.id).proven


def test_a_compromise_voids_what_was_not_proven_before_and_what_depends_on_it(three: KernelFederation) -> None:
    agreed = three.arrange("JPN", "USA")
    jpn, usa, desk = three["JPN"], three["USA"], officer("JPN")
    early = jpn.publish(desk, "note", note("early"), topic="air.tracks", label=label("JPN", "USA"))
    jpn.release(desk, early.id, MemberId("USA"))
    three.advance(3_000)
    assert usa.record(officer("USA"), early.id).proven
    # A grant that the thief renews and a record that it makes, neither yet under a checkpoint that USA holds.
    late = jpn.publish(desk, "note", note("late"), topic="air.tracks", label=label("JPN", "USA"))
    jpn.release(desk, late.id, MemberId("USA"))
    three.settle()
    assert not usa.record(officer("USA"), late.id).proven
    lost, root = jpn.identity.signer.key_id, read_root_key(three.home("JPN") / "identity" / "root.key")
    jpn.identity.declare_compromise(lost, three.clock.now_ms(), root, "laptop stolen")
    jpn.tell_keys()
    three.advance(6_000)
    assert usa.record(officer("USA"), early.id).proven, "proven before the key was lost: it stands"
    with pytest.raises(NotFound):
        usa.record(officer("USA"), late.id)
    assert usa.arrangement(officer("USA"), agreed).in_force, "the grant was proven before"


def test_edits_arrive_in_order_under_a_logged_grant_and_stop_with_the_policy(three: KernelFederation) -> None:
    agreed = three.arrange("JPN", "USA", topics=("strategy.drafts",))
    jpn, usa, desk = three["JPN"], three["USA"], officer("JPN")
    shared = label("JPN", "USA")
    with pytest.raises(Withheld):
        jpn.open_edits(desk, "draft-1", topic="strategy.drafts", label=shared, to=MemberId("AUS"))
    jpn.open_edits(desk, "draft-1", topic="strategy.drafts", label=shared, to=MemberId("USA"))
    three.advance(1_000)
    for n in range(5):
        assert jpn.edit("draft-1", b"edit %d" % n) == 1
    three.advance(1_000)
    assert [data for _, _, data in usa.arrived_edits("draft-1")] == [b"edit %d" % n for n in range(5)]
    usa.take_edits("draft-1", MemberId("JPN"), 3)
    assert [number for _, number, _ in usa.arrived_edits("draft-1")] == [4, 5]
    jpn.withdraw_grant(*two("JPN"), agreed, "review")
    three.advance(1_000)
    assert jpn.edit("draft-1", b"too late") == 0
    assert "edit-granted" in {e.kind for e in jpn.ledger_entries(desk).items}


def test_key_rotation_loses_nothing(three: KernelFederation) -> None:
    three.arrange("JPN", "USA")
    jpn, desk = three["JPN"], officer("JPN")
    before = jpn.identity.signer.key_id
    jpn.rotate_record_key(*two("JPN"))
    three.settle()
    assert jpn.identity.signer.key_id != before
    record = jpn.publish(desk, "note", note(), topic="air.tracks", label=label("JPN", "USA"))
    jpn.release(desk, record.id, MemberId("USA"))
    three.advance(4_000)
    assert three["USA"].record(officer("USA"), record.id).proven


def test_a_peer_cannot_smuggle_content_as_house_keeping(three: KernelFederation) -> None:
    jpn, usa = three["JPN"], three["USA"]
    # A dishonest JPN: its own facade refuses this, so it signs and releases below the facade.
    version, data = jpn.kinds.write(Kind("note"), note("smuggled"))
    record = make_record(jpn.identity.signer, jpn.entropy, kind=Kind("note"), version=version, body=data,
                         post=Post("desk"), topic=Topic("lattice.arrangements"), label=label("JPN", "USA"),
                         made_ms=three.clock.now_ms())
    decision = jpn.gate(record.statement.label, "lattice.arrangements", Peer(MemberId("USA")), Purpose.RELEASE)
    assert decision.allowed
    with jpn.store.transaction() as tx:
        archive.add(tx, record, jpn.kinds.describe(record.statement), now_ms=0, sender=None, distribute=False)
        jpn.exchange.release(tx, record.id, MemberId("USA"), decision, three.clock.now_ms())
    three.settle()
    with pytest.raises(NotFound):
        usa.record(officer("USA"), record.id)
    assert jpn.releases(officer("JPN"), record.id)[0].state == "quarantined"


def test_a_page_of_many_proposals_is_followed_by_one_look_at_the_policy(three: KernelFederation) -> None:
    """Looking walks the archive, so a partner must not be able to ask for it a thousand times in one message."""
    usa, jpn = three["USA"], three["JPN"]
    looked: list[int] = []
    look = jpn.exchange.policy_changed
    jpn.exchange.policy_changed = lambda now: looked.append(now) or look(now)  # type: ignore[func-returns-value,method-assign]

    def propose(tx: object) -> None:
        for number in range(30):
            proposal = Arrangement(
                name=f"plan-{number}", title="An invented plan", parties=(MemberId("JPN"), MemberId("USA")),
                topics=(Topic("air"),), ceiling=1, exchange_policy="EXERCISE", valid_from_ms=0,
                valid_until_ms=2 * three.clock.now_ms(), renew_every_ms=86_400_000)
            usa.propose_arrangement(*two("USA"), proposal)

    usa.in_transaction(propose)
    three.settle()
    assert len(jpn.arrangements(officer("JPN"))) == 30
    assert len(looked) <= 2, "one look for the proposals of a page, one for the grants of the next at most"


def test_a_member_that_shows_two_histories_is_proven_to_and_suspended_by_its_partners(three: KernelFederation) -> None:
    agreed = three.arrange("AUS", "JPN", "USA")
    three.advance(4_000)
    jpn, aus, usa = three["JPN"], three["AUS"], three["USA"]
    with jpn.store.snapshot() as reader:
        honest = read_checkpoint(jpn.ledger.checkpoint(reader) or b"")
    forged = sign_checkpoint(jpn.identity.signer, epoch=honest.epoch, size=honest.size, root=bytes(32),
                             time_ms=honest.time_ms)
    session = jpn.exchange._parts.sessions.of(MemberId("AUS"))
    session.sent += 1
    lie = Said(MemberId("JPN"), MemberId("AUS"), session.own, session.sent,
               Proofs(checkpoint=forged, old_size=0, consistency=(), bundles=(), proofs=(), lacking=()))
    aus.handle(Arrived(MemberId("JPN"), Lane.DURABLE, seal_frame(jpn.identity.signer, lie)))
    three.advance(8_000)
    for kernel in (aus, usa):
        desk = officer(kernel.own)
        alarm = next(a for a in kernel.alarms(desk) if a.code == Equivocation.code)
        assert alarm.proof
        assert alarm.peer == "JPN"
        verdict = verify_accusation(kernel.alarm_proof(desk, int(alarm.id)))
        assert verdict.proven
        assert verdict.member == "JPN"
        assert kernel.state().suspended == ("JPN",)
        record = kernel.publish(desk, "note", note(), topic="air.tracks",
                                label=label("AUS", "JPN", "USA", origin=kernel.own))
        with pytest.raises(Withheld) as refused:
            kernel.release(desk, record.id, MemberId("JPN"))
        assert "R-03" in str(refused.value)
    assert jpn.state().suspended == ()
    assert usa.arrangement(officer("USA"), agreed).in_force
    usa.resume(*two("USA"), MemberId("JPN"))
    assert usa.state().suspended == ()
