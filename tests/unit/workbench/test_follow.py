"""Each record is taken once, in order, with what is derived from it; after a failure nothing is half done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from latticework.kernel.archive import Head
from latticework.kernel.core import Kernel
from latticework.kernel.errors import StoreFull
from latticework.kernel.kinds import NOTE, Note
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.store.protocol import Transaction
from latticework.testing.kernels import KernelFederation, officer
from latticework.workbench.follow import Follower, empty

TABLE = "test.titles"


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    federation = KernelFederation(tmp_path, ("JPN",))
    yield federation["JPN"]
    federation["JPN"].close()


def note(kernel: Kernel, title: str) -> None:
    label = Label(policy="EXERCISE", classification=0, release=Release(everyone=True),
                  originators=frozenset({kernel.own}))
    kernel.publish(officer("JPN"), NOTE, Note(title=title, text="x"), topic="routine", label=label)


def keep(tx: Transaction, head: Head) -> None:
    tx.put(TABLE, head.number.to_bytes(8, "big"), head.described.title.encode())


def kept(kernel: Kernel) -> list[str]:
    with kernel.store.snapshot() as reader:
        return [value.decode() for _, value in reader.scan(TABLE)]


def follower(kernel: Kernel, version: int = 1) -> Follower:
    return Follower(kernel, "titles", keep, version=version, clear=lambda tx: empty(tx, TABLE),
                    kinds=frozenset({NOTE}))


def test_records_come_in_order_and_once(kernel: Kernel) -> None:
    walk = follower(kernel)
    for title in "abc":
        note(kernel, title)
    walk.catch_up()
    note(kernel, "d")
    assert walk.step() == 1
    assert walk.step() == 0
    assert kept(kernel) == ["a", "b", "c", "d"]


def test_a_new_process_goes_on_where_the_old_one_was(kernel: Kernel) -> None:
    note(kernel, "a")
    follower(kernel).catch_up()
    note(kernel, "b")
    again = follower(kernel)
    assert again.step() == 1
    assert kept(kernel) == ["a", "b"]


def test_another_version_starts_anew(kernel: Kernel) -> None:
    note(kernel, "a")
    follower(kernel).catch_up()
    kernel.in_transaction(lambda tx: tx.put(TABLE, b"\xff" * 8, b"stale"))
    follower(kernel, version=2).catch_up()
    assert kept(kernel) == ["a"]


def test_what_fails_is_taken_again_whole(kernel: Kernel) -> None:
    for title in "ab":
        note(kernel, title)
    full = [True]

    def take(tx: Transaction, head: Head) -> None:
        keep(tx, head)
        if head.described.title == "b" and full:
            raise StoreFull("the disk is full.")

    walk = Follower(kernel, "titles", take, kinds=frozenset({NOTE}))
    with pytest.raises(StoreFull):
        walk.step()
    assert kept(kernel) == []
    full.clear()
    walk.catch_up()
    assert kept(kernel) == ["a", "b"]
