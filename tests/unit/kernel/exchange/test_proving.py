"""Checkpoints, proofs, broken promises, gaps, refusals, and a node that an older store was put under."""

from __future__ import annotations

import msgspec
import pytest
from tests.unit.kernel.exchange.pair import JPN, USA, answers, forge, inside, linked, note, publish, said, states, tell

from latticework.kernel.codec import encode
from latticework.kernel.errors import LedgerError
from latticework.kernel.exchange import Alarm, Released
from latticework.kernel.exchange.messages import Ask, Item, Page, Proofs
from latticework.kernel.ids import RecordId
from latticework.kernel.ledger.checkpoint import read_checkpoint, sign_checkpoint
from latticework.kernel.ledger.merkle import leaf_hash, verify_consistency
from latticework.kernel.ledger.promise import promise
from latticework.kernel.ledger.proof import read_bundle_proof, read_entry_proof, verify_bundle, verify_entry
from latticework.testing.keys import signer_of


def test_each_epoch_shows_one_checkpoint_that_extends_the_last() -> None:
    world = linked()
    for _ in range(4):
        publish(world, "JPN", "USA")
        world.run(1_000)
    shown = said(world, "JPN", "USA", Proofs)
    points = [read_checkpoint(p.checkpoint) for p in shown]
    assert [p.epoch for p in points] == sorted({p.epoch for p in points})
    for before, after, proofs in zip(points, points[1:], shown[1:], strict=False):
        assert proofs.old_size == before.size
        assert verify_consistency(before.root, before.size, after.root, after.size, proofs.consistency)


def test_a_bundle_proof_covers_all_of_an_epoch() -> None:
    world = linked()
    world.run(1_000)
    for n in range(7):
        publish(world, "JPN", "USA", text=str(n))
    world.run(2_000)
    (proofs,) = [p for p in said(world, "JPN", "USA", Proofs) if p.bundles]
    hashes = [leaf_hash(i.entry) for page in said(world, "JPN", "USA", Page) for i in page.items]
    proof = read_bundle_proof(proofs.bundles[0])
    assert verify_bundle(read_checkpoint(proofs.checkpoint), hashes, proof)
    with world.nodes["USA"].store.snapshot() as reader:
        assert world.nodes["USA"].exchange.peer_status(reader, JPN).unproven == 0


def test_what_came_after_its_epoch_was_sealed_is_proven_singly() -> None:
    world = linked(link=False)
    record = publish(world, "JPN", "USA")
    world.run(3_000)
    world.connect()
    world.run(3_000)
    assert world.nodes["USA"].has(record.id)
    proofs, *_ = [p for p in said(world, "JPN", "USA", Proofs) if p.proofs]
    (item,) = [i for page in said(world, "JPN", "USA", Page) for i in page.items]
    found = read_entry_proof(proofs.proofs[0].proof)
    assert verify_entry(read_checkpoint(proofs.checkpoint), item.entry, found)
    with world.nodes["USA"].store.snapshot() as reader:
        assert world.nodes["USA"].exchange.peer_status(reader, JPN).unproven == 0


def test_lost_proofs_are_asked_for() -> None:
    world = linked()
    publish(world, "JPN", "USA")
    world.run(100)
    world.network.cut("JPN", "USA")
    world.run(1_500)
    world.network.heal("JPN", "USA")
    world.run(2_500)
    assert any(1 in ask.wanted for ask in said(world, "USA", "JPN", Ask))
    with world.nodes["USA"].store.snapshot() as reader:
        status = world.nodes["USA"].exchange.peer_status(reader, JPN)
    assert (status.unproven, status.ledger_state) == (0, "consistent")


def dishonest_page(world: object, *, epoch: int) -> Page:
    record = note(world.nodes["JPN"], "USA")  # type: ignore[attr-defined]
    entry = encode(Released(record=record.id, to=USA, arrangement=None, rule="R-21", relayed=False, at_ms=0))
    signed = promise(signer_of("JPN"), to=USA, epoch=epoch, first=0, entry_hashes=[leaf_hash(entry)], at_ms=0)
    return Page(0, 1, (Item(1, entry, record.envelope, epoch),), (signed,), True, 1, 0)


def test_a_promise_that_is_not_kept_is_an_alarm() -> None:
    """The giver hands out a promise and never enters the release into its ledger."""
    world = linked()
    world.run(1_000)
    tell(world, "JPN", "USA", forge("JPN", "USA", dishonest_page(world, epoch=1)))
    world.run(6_000)
    alarms = [a for a in world.nodes["USA"].alarms if a.code == "LW-1504"]
    assert [(a.peer, a.proof) for a in alarms] == [(JPN, b"")]  # once, and no proof of forgery
    with world.nodes["USA"].store.snapshot() as reader:
        assert world.nodes["USA"].exchange.peer_status(reader, JPN).unproven == 1


def test_a_promise_nobody_answers_for_is_an_alarm_while_the_link_is_up() -> None:
    world = linked()
    tell(world, "JPN", "USA", forge("JPN", "USA", dishonest_page(world, epoch=2**40)))
    world.run(4_000)
    assert not world.nodes["USA"].alarms
    world.run(4_000)
    assert [a.code for a in world.nodes["USA"].alarms] == ["LW-1504"]


def test_a_link_that_is_down_breaks_no_promise() -> None:
    world = linked()
    publish(world, "JPN", "USA")
    world.run(100)
    world.unlink("JPN", "USA")
    world.network.cut("JPN", "USA")
    world.run(60_000)
    assert not world.nodes["USA"].alarms
    world.network.heal("JPN", "USA")
    world.connect()
    world.run(3_000)
    assert not world.nodes["USA"].alarms


def test_a_proof_of_something_else_is_a_broken_promise() -> None:
    world = linked()
    publish(world, "JPN", "USA", text="one")
    publish(world, "JPN", "USA", text="two")
    world.run(100)
    node = world.nodes["JPN"]
    world.network.cut("JPN", "USA")
    world.run(1_500)
    with node.store.snapshot() as reader:
        note_, other = node.ledger.checkpoint(reader, 0), node.ledger.proof(reader, USA, 1)
    assert note_ is not None
    from latticework.kernel.exchange.messages import ItemProof

    wrong = Proofs(note_, 0, (), (), (ItemProof(1, encode(other)),), ())
    commands = tell(world, "JPN", "USA", forge("JPN", "USA", wrong))
    assert [c.code for c in commands if isinstance(c, Alarm)] == ["LW-1504"]


def test_a_checkpoint_that_does_not_extend_is_refused_and_no_proof() -> None:
    world = linked()
    world.run(3_000)
    head = world.nodes["USA"].exchange._proving.watch(JPN)
    with world.nodes["USA"].store.snapshot() as reader:
        held = head.head(reader)
    assert held is not None
    stranger = sign_checkpoint(signer_of("JPN"), epoch=held.epoch + 3, size=held.size + 12, root=b"z" * 32, time_ms=0)
    world.network.cut("JPN", "USA")
    commands = tell(world, "JPN", "USA", forge("JPN", "USA", Proofs(stranger, held.size, (b"q" * 32,), (), (), ())))
    assert [(c.code, c.proof) for c in commands if isinstance(c, Alarm)] == [("LW-1502", b"")]
    with world.nodes["USA"].store.snapshot() as reader:
        assert world.nodes["USA"].exchange.log_state(reader, JPN) == "refused"
        assert world.nodes["USA"].exchange.accusation(reader, JPN) is None


def test_a_gap_is_asked_about_and_only_then_an_alarm() -> None:
    world = linked()
    world.run(2_000)
    world.network.cut("JPN", "USA")
    alarms: list[Alarm] = []
    for n in range(1, 5):
        loose = sign_checkpoint(signer_of("JPN"), epoch=50 + n, size=200 + 4 * n, root=bytes([n]) * 32, time_ms=0)
        commands = tell(world, "JPN", "USA", forge("JPN", "USA", Proofs(loose, 999, (), (), (), ()), number=n))
        alarms += [c for c in commands if isinstance(c, Alarm)]
        assert bool(answers(world, commands, "USA")) == (n < 4)
    assert [a.code for a in alarms] == ["LW-1502"]
    with world.nodes["USA"].store.snapshot() as reader:
        assert world.nodes["USA"].exchange.log_state(reader, JPN) == "gap"


# ---- an older store was put back -----------------------------------------------------------------------------------


def restored() -> object:
    world = linked()
    world.run(2_000)
    backup = world.snapshot("JPN")
    publish(world, "JPN", "USA", text="after the backup")
    world.run(3_000)
    world.restore("JPN", backup)
    return world


def test_a_restored_node_stalls_instead_of_contradicting_itself() -> None:
    world = restored()
    world.run(5_000)  # type: ignore[attr-defined]
    jpn, usa = world.nodes["JPN"], world.nodes["USA"]  # type: ignore[attr-defined]
    assert jpn.stalled()
    assert [(a.code, a.peer) for a in jpn.alarms] == [("LW-1500", None)]
    assert not [a for a in usa.alarms if a.code == "LW-1503"]
    with pytest.raises(LedgerError):
        jpn.publish(note(jpn, "USA"))
    assert world.forgers() == set()  # type: ignore[attr-defined]


def test_a_resumed_node_delivers_again_and_nobody_is_accused() -> None:
    world = restored()
    world.run(5_000)  # type: ignore[attr-defined]
    jpn, usa = world.nodes["JPN"], world.nodes["USA"]  # type: ignore[attr-defined]
    jpn.resume()
    record = publish(world, "JPN", "USA", text="after the resumption")  # type: ignore[arg-type]
    world.run(6_000)  # type: ignore[attr-defined]
    assert usa.has(record.id)
    assert states(world, "JPN", record.id) == {"USA": "received"}  # type: ignore[arg-type]
    assert {a.code for a in usa.alarms} <= {"LW-1502", "LW-1504"}
    assert world.forgers() == set()  # type: ignore[attr-defined]


def test_a_forged_own_checkpoint_stalls_nobody() -> None:
    world = linked()
    world.run(2_000)
    forged = sign_checkpoint(signer_of("USA"), epoch=90, size=364, root=b"f" * 32, time_ms=0)
    forged = forged.replace(b"USA", b"JPN").replace(b"usa", b"jpn")
    tell(world, "USA", "JPN", forge("USA", "JPN", Ask(forged, ())))
    assert not world.nodes["JPN"].stalled()
    assert sum(world.nodes["JPN"].exchange.rejected(USA).values()) == 1


def test_a_taker_that_lost_its_store_gets_everything_again() -> None:
    world = linked()
    backup = world.snapshot("USA")
    records = [publish(world, "JPN", "USA", text=str(n)) for n in range(5)]
    world.run(500)
    world.restore("USA", backup)
    world.run(500)
    assert all(world.nodes["USA"].has(r.id) for r in records)


def test_numbers_that_a_peer_has_seen_are_not_given_again() -> None:
    world = linked()
    backup = world.snapshot("JPN")
    for n in range(4):
        publish(world, "JPN", "USA", text=f"lost {n}")
    world.run(100)
    world.restore("JPN", backup)
    if world.nodes["JPN"].stalled():  # pragma: no cover - depends on the beat
        world.nodes["JPN"].resume()
    record = publish(world, "JPN", "USA", text="new")
    world.run(3_000)
    assert world.nodes["USA"].has(record.id)


def test_an_unknown_number_is_lacking() -> None:
    world = linked()
    world.run(1_500)
    commands = tell(world, "USA", "JPN", forge("USA", "JPN", Ask(b"", (77,))))
    (proofs,) = [m for m in answers(world, commands, "JPN") if isinstance(m, Proofs)]
    assert proofs.lacking == (77,)


def test_released_rows_say_when_they_are_proven() -> None:
    world = linked()
    record = publish(world, "JPN", "USA")
    with world.nodes["JPN"].store.snapshot() as reader:
        (row,) = world.nodes["JPN"].exchange.released(reader, record.id)
    assert not row.proven
    world.run(1_500)
    with world.nodes["JPN"].store.snapshot() as reader:
        (row,) = world.nodes["JPN"].exchange.released(reader, record.id)
    assert msgspec.structs.replace(row, proven=False).record == RecordId(record.id)
    assert row.proven
    assert inside(world.nodes["JPN"], lambda tx: world.nodes["JPN"].ledger.count(tx, USA)) == 1
