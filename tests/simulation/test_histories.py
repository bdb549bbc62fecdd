"""Seeded histories of whole federations: loss, duplication, reordering, partition, crashes, skew, forks, backups.

``LATTICEWORK_HISTORIES`` changes how many are lived through (1,000; nightly 10,000). A failure names its seed:
``run_history(seed)`` lives through the same history again.
"""

from __future__ import annotations

import os

import pytest

from latticework.testing.simulation import History, Verdict, run_history

HISTORIES = int(os.environ.get("LATTICEWORK_HISTORIES", "1000"))
CHUNKS = 40
EACH = -(-HISTORIES // CHUNKS)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_must_hold_holds_in_every_history(chunk: int) -> None:
    verdicts = [run_history(seed) for seed in range(chunk * EACH, min(HISTORIES, (chunk + 1) * EACH))]
    assert [(v.seed, *v.violations) for v in verdicts if v.violations] == []
    # A history in which nothing happens would prove nothing.
    assert sum(v.delivered for v in verdicts) > len(verdicts)
    assert sum(v.crashes for v in verdicts) > 0 or len(verdicts) < 10


def test_one_seed_gives_one_history() -> None:
    assert run_history(7) == run_history(7)
    one, other = History(11), History(11)
    one.run()
    other.run()
    assert one.world.network.carried == other.world.network.carried


def _forks(seeds: range) -> list[Verdict]:
    return [v for v in map(run_history, seeds) if v.forgers]


def test_the_histories_hold_forks_and_most_of_them_are_proven() -> None:
    forks = _forks(range(60))
    assert len(forks) >= 5
    assert sum(bool(v.accused) for v in forks) >= len(forks) // 2


def test_the_observer_sees_a_leak() -> None:
    """The check itself can fail: a node that releases without asking its gate is caught by the bytes it sends."""
    history = History(3, steps=0)
    world = history.world
    world.agree(history.standings)
    world.connect()
    giver, taker = world.nodes[world.members[0]], world.nodes[world.members[1]]
    secret = history._make(giver, "air", level=1)  # released to nobody
    with giver.store.transaction() as tx:
        from latticework.kernel import archive
        from latticework.kernel.policy.model import Decision
        from latticework.kernel.records.kinds import Described

        archive.add(tx, secret, Described("x"), now_ms=world.now_ms, sender=None, distribute=False)
        giver.exchange.release(tx, secret.id, taker.member, Decision(True, "R-99", "Wrong."), giver.clock.now_ms())
    world.run(1_000)
    assert world.leaks == []  # the exchange asks the gate again before it sends
    assert not taker.has(secret.id)
    giver.exchange._outgoing.allowed = lambda *args: None  # type: ignore[method-assign]
    with giver.store.transaction() as tx:
        giver.exchange.release(tx, secret.id, taker.member, Decision(True, "R-99", "Wrong."), giver.clock.now_ms())
    world.run(3_000)
    assert [leak.record for leak in world.leaks[:1]] == [secret.id]
