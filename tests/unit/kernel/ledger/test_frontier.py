"""The tree over batches against ``pymerkle``, an independent implementation of RFC 9162 trees."""

from __future__ import annotations

import pytest
from pymerkle import InmemoryTree

from latticework.kernel.errors import ProtocolError
from latticework.kernel.ledger.frontier import Frontier


def test_its_root_is_the_standards_root_at_every_size():
    theirs, ours = InmemoryTree(algorithm="sha256"), Frontier()
    assert ours.root() == theirs.get_root()
    for n in range(70):
        leaf = f"batch {n}".encode()
        theirs.append_entry(leaf)
        ours.add(leaf)
        assert ours.root() == theirs.get_root()
        assert len(ours.hashes) == (n + 1).bit_count()


@pytest.mark.parametrize("size", [0, 1, 6, 7, 64, 1023])
def test_it_goes_on_from_its_hashes_alone(size):
    whole = Frontier()
    for n in range(size):
        whole.add(b"%d" % n)
    taken_up = Frontier(size, whole.hashes)
    for n in range(5):
        whole.add(b"more %d" % n)
        taken_up.add(b"more %d" % n)
    assert taken_up.root() == whole.root()
    assert taken_up.size == whole.size


@pytest.mark.parametrize(("size", "count"), [(0, 1), (1, 0), (6, 1), (7, 2), (8, 3)])
def test_the_wrong_number_of_hashes_is_refused(size, count):
    with pytest.raises(ProtocolError, match="as many hashes"):
        Frontier(size, [bytes(32)] * count)
