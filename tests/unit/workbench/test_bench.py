"""The beat of the workbench: followers before steps, soon after a change, and on through the disk's troubles."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.workbench.test_follow import note

from latticework.kernel.errors import StoreFull
from latticework.kernel.kinds import NOTE
from latticework.testing.kernels import KernelFederation, officer
from latticework.workbench.bench import Workbench
from latticework.workbench.follow import Follower


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    federation = KernelFederation(tmp_path, ("JPN",))
    yield federation.benches["JPN"]
    federation["JPN"].close()


def test_steps_see_what_followers_took(bench: Workbench) -> None:
    order: list[str] = []
    bench.follow(Follower(bench.kernel, "t", lambda tx, head: order.append(head.described.title),
                          kinds=frozenset({NOTE})))
    bench.add_step(lambda now_ms: order.append("step"))
    note(bench.kernel, "a")
    assert bench.step()
    assert order == ["a", "step"]
    assert not bench.step()


def test_a_full_disk_is_said_and_the_next_beat_tries_again(bench: Workbench) -> None:
    def full(now_ms: int) -> None:
        raise StoreFull("the disk is full; make room.")

    bench.add_step(full)
    assert not bench.step()
    assert [a.code for a in bench.kernel.alarms(officer("JPN"))] == ["LW-1601"]


def test_it_runs_until_canceled_and_soon_after_each_change(bench: Workbench) -> None:
    async def scenario() -> None:
        taken: list[str] = []
        seen = asyncio.Event()

        def take(_tx: object, head: object) -> None:
            taken.append("record")
            seen.set()

        bench.follow(Follower(bench.kernel, "t", take, kinds=frozenset({NOTE})))
        task = asyncio.create_task(bench.run())
        await asyncio.sleep(0)
        note(bench.kernel, "a")
        await asyncio.wait_for(seen.wait(), 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert taken == ["record"]

    asyncio.run(scenario())
