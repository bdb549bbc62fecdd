"""Checkpoints among the parties; forks are proven, and only forks."""

from __future__ import annotations

from tests.unit.kernel.exchange.pair import AUS, JPN, USA, agreed, forge, inside, linked, publish, said, tell

from latticework.kernel.exchange import Alarm
from latticework.kernel.exchange.messages import Accusation, Checkpoints
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.accuse import accuse, read_accusation
from latticework.kernel.ledger.checkpoint import open_checkpoint, read_checkpoint, sign_checkpoint
from latticework.testing.keys import signer_of


def codes(world: object, member: str) -> list[str]:
    return [a.code for a in world.nodes[member].alarms]  # type: ignore[attr-defined]


def test_a_fork_is_proven_to_every_party_and_the_proof_stands_alone() -> None:
    world = linked("AUS", "JPN", "USA")
    world.run(1_500)
    world.fork("JPN", ["USA"])
    world.run(12_000)
    for member in ("AUS", "USA"):
        assert "LW-1503" in codes(world, member)
        (proof,) = [a.proof for a in world.nodes[member].alarms if a.code == "LW-1503"]
        found = read_accusation(proof)
        one, other = (open_checkpoint(n, world.keys, member=JPN) for n in (found.first, found.second))
        assert one.epoch == other.epoch
        assert one.root != other.root
        with world.nodes[member].store.snapshot() as reader:
            assert world.nodes[member].exchange.log_state(reader, JPN) == "equivocation"
            assert world.nodes[member].exchange.accusation(reader, JPN) == proof


def test_nothing_more_is_released_to_a_forger() -> None:
    world = linked("AUS", "JPN", "USA")
    world.run(1_500)
    world.fork("JPN", ["USA"])
    world.run(12_000)
    record = publish(world, "AUS", "JPN", "USA")
    world.run(1_000)
    assert world.nodes["USA"].has(record.id)
    assert not world.nodes["JPN"].has(record.id)


def test_an_honest_federation_accuses_nobody() -> None:
    world = linked("AUS", "JPN", "USA")
    for _ in range(6):
        publish(world, "AUS", "JPN", "USA")
        world.run(2_000)
    assert [codes(world, m) for m in ("AUS", "JPN", "USA")] == [[], [], []]


def test_checkpoints_of_discreet_arrangements_are_not_passed_on() -> None:
    parties = ("AUS", "JPN", "USA")
    world = linked(*parties, standings=(agreed(*parties, discreet=True),))
    world.run(6_000)
    assert not [m for a in parties for b in parties if a != b for m in said(world, a, b, Checkpoints)]
    world.agree((agreed(*parties),))
    world.run(6_000)
    assert {log for m in said(world, "AUS", "USA", Checkpoints) for log, _ in m.notes} == {"JPN"}


def test_two_of_three_pairs_share_nothing_about_the_third() -> None:
    world = linked("AUS", "JPN", "USA", standings=(agreed("AUS", "JPN"), agreed("JPN", "USA")))
    world.run(6_000)
    assert not said(world, "JPN", "USA", Checkpoints)
    assert not said(world, "JPN", "AUS", Checkpoints)


def test_a_false_accusation_is_refused_and_falls_on_nobody() -> None:
    world = linked("AUS", "JPN", "USA")
    world.run(3_000)
    honest = [read_checkpoint(p.checkpoint).note for p in said(world, "JPN", "USA") if hasattr(p, "checkpoint")][:2]
    one = sign_checkpoint(signer_of("JPN"), epoch=9, size=40, root=b"1" * 32, time_ms=0)
    other = sign_checkpoint(signer_of("JPN"), epoch=9, size=40, root=b"2" * 32, time_ms=0)
    good = accuse(one, other, b"")
    forged = accuse(one, sign_checkpoint(signer_of("AUS"), epoch=9, size=40, root=b"2" * 32, time_ms=0)
                    .replace(b"AUS", b"JPN").replace(b"aus", b"jpn"), b"")
    assert len(honest) == 2
    for number, proof in enumerate([b"", good[:-40], good.replace(b"A", b"B"), forged], 1):
        commands = tell(world, "AUS", "USA", forge("AUS", "USA", Accusation(proof), number=number))
        assert "LW-1503" not in [c.code for c in commands if isinstance(c, Alarm)]
    assert sum(world.nodes["USA"].exchange.rejected(AUS).values()) == 4
    commands = tell(world, "AUS", "USA", forge("AUS", "USA", Accusation(good), number=9))
    assert [(c.code, c.peer) for c in commands if isinstance(c, Alarm)][:1] == [("LW-1503", JPN)]


def test_a_long_key_history_does_not_keep_an_accusation_from_spreading() -> None:
    """A forger could make its own history long; who hears the accusation holds the forger's keys already."""
    world = linked("AUS", "JPN", "USA")
    world.run(1_000)
    notes = [sign_checkpoint(signer_of("JPN"), epoch=9, size=40, root=bytes([n]) * 32, time_ms=0) for n in (1, 2)]
    proof = accuse(*notes, bytes(100_000))
    node = world.nodes["AUS"]
    inside(node, lambda tx: node.exchange._gossip.accuse(tx, JPN, proof, node.clock.now_ms()))
    world.run(70_000)  # it is repeated now and then
    with world.nodes["AUS"].store.snapshot() as reader:
        assert world.nodes["AUS"].exchange.accusation(reader, JPN) == proof
    with world.nodes["USA"].store.snapshot() as reader:
        heard = world.nodes["USA"].exchange.accusation(reader, JPN)
    assert heard is not None
    assert {read_accusation(heard).first, read_accusation(heard).second} == set(notes)
    assert world.nodes["USA"].exchange.rejected(AUS) == {}


def test_an_accusation_of_a_stranger_is_refused() -> None:
    world = linked("AUS", "JPN")
    notes = [sign_checkpoint(signer_of("USA"), epoch=1, size=4, root=bytes([n]) * 32, time_ms=0) for n in (1, 2)]
    tell(world, "AUS", "JPN", forge("AUS", "JPN", Accusation(accuse(*notes, b""))))
    assert world.nodes["JPN"].exchange.rejected(AUS) == {"LW-1203": 1}


def test_hearing_of_ones_own_other_history_stalls_the_node() -> None:
    world = linked("AUS", "JPN", "USA")
    world.run(2_000)
    stolen = sign_checkpoint(signer_of("USA"), epoch=60, size=244, root=b"3" * 32, time_ms=0)
    commands = tell(world, "AUS", "USA", forge("AUS", "USA", Checkpoints(((USA, stolen),))))
    assert [(c.code, c.peer) for c in commands if isinstance(c, Alarm)] == [("LW-1500", None)]
    assert world.nodes["USA"].stalled()


def test_notes_of_logs_without_trust_are_ignored() -> None:
    world = linked("AUS", "JPN")
    other = sign_checkpoint(signer_of("USA"), epoch=1, size=4, root=b"1" * 32, time_ms=0)
    tell(world, "AUS", "JPN", forge("AUS", "JPN", Checkpoints(((MemberId("USA"), other),))))
    assert world.nodes["JPN"].exchange.rejected() == {}
