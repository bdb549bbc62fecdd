"""Trees of every size up to 300 against RFC 9162's own recursive definitions, and proofs that were tampered with."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latticework.kernel.ledger import MerkleLog, leaf_hash, verify_consistency, verify_inclusion

SIZE = 300
HASHES = [leaf_hash(b"leaf %d" % i) for i in range(SIZE)]
LOG = MerkleLog()
LOG.extend_hashes(HASHES)


def _split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


_memo: dict[tuple[int, int], bytes] = {}


def mth(a: int, b: int) -> bytes:
    """RFC 9162, section 2.1.1: the Merkle Tree Hash of leaves a to b."""
    if b - a == 1:
        return HASHES[a]
    if (a, b) not in _memo:
        k = a + _split(b - a)
        _memo[a, b] = hashlib.sha256(b"\x01" + mth(a, k) + mth(k, b)).digest()
    return _memo[a, b]


def path(m: int, a: int, b: int) -> list[bytes]:
    """RFC 9162, section 2.1.3.1."""
    if b - a == 1:
        return []
    k = a + _split(b - a)
    return [*path(m, a, k), mth(k, b)] if m < k else [*path(m, k, b), mth(a, k)]


def subproof(m: int, a: int, b: int, *, known: bool) -> list[bytes]:
    """RFC 9162, section 2.1.4.1."""
    if m == b:
        return [] if known else [mth(a, b)]
    k = a + _split(b - a)
    if m <= k:
        return [*subproof(m, a, k, known=known), mth(k, b)]
    return [*subproof(m, k, b, known=False), mth(a, k)]


@pytest.mark.parametrize("size", range(1, SIZE + 1))
def test_every_leaf_of_every_size(size):
    root = mth(0, size)
    assert LOG.root(size) == root
    for index in range(size):
        proof = LOG.inclusion(index, size)
        assert list(proof) == path(index, 0, size)
        assert verify_inclusion(root, size, index, HASHES[index], proof)
        assert not verify_inclusion(root, size, (index + 1) % (size + 1), HASHES[index], proof)


@pytest.mark.parametrize("new", range(1, SIZE + 1))
def test_every_older_size_of_every_size(new):
    root = mth(0, new)
    for old in range(1, new + 1):
        proof = LOG.consistency(old, new)
        assert list(proof) == (subproof(old, 0, new, known=True) if old < new else [])
        assert verify_consistency(mth(0, old), old, root, new, proof)
        assert old == new or not verify_consistency(mth(0, old), old, HASHES[0], new, proof)


_sizes = st.integers(1, SIZE)




@settings(max_examples=400, deadline=None)
@given(data=st.data(), size=_sizes)
def test_a_tampered_inclusion_proof_proves_nothing(data, size):
    index = data.draw(st.integers(0, size - 1))
    proof = list(LOG.inclusion(index, size))
    root, leaf = LOG.root(size), HASHES[index]
    act = data.draw(st.sampled_from(["flip", "drop", "add", "swap", "leaf", "root", "index"]))
    if act == "flip" and proof:
        place, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
        changed = bytearray(proof[place])
        changed[bit // 8] ^= 1 << bit % 8
        proof[place] = bytes(changed)
    elif act == "drop" and proof:
        del proof[data.draw(st.integers(0, len(proof) - 1))]
    elif act == "swap" and len(proof) > 1:
        proof[0], proof[1] = proof[1], proof[0]
    elif act == "leaf":
        leaf = leaf_hash(b"another")
    elif act == "root":
        root = leaf_hash(b"another")
    elif act == "index" and size > 1:
        index = (index + data.draw(st.integers(1, size - 1))) % size
    else:
        proof.insert(data.draw(st.integers(0, len(proof))), leaf_hash(b"more"))
    assert not verify_inclusion(root, size, index, leaf, proof)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), new=st.integers(2, SIZE))
def test_a_tampered_consistency_proof_proves_nothing(data, new):
    old = data.draw(st.integers(1, new - 1))
    proof = list(LOG.consistency(old, new))
    old_root, new_root = LOG.root(old), LOG.root(new)
    act = data.draw(st.sampled_from(["flip", "drop", "add", "old", "new"]))
    if act == "flip":
        place, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
        changed = bytearray(proof[place])
        changed[bit // 8] ^= 1 << bit % 8
        proof[place] = bytes(changed)
    elif act == "drop":
        del proof[data.draw(st.integers(0, len(proof) - 1))]
    elif act == "old":
        old_root = leaf_hash(b"another")
    elif act == "new":
        new_root = leaf_hash(b"another")
    else:
        proof.insert(data.draw(st.integers(0, len(proof))), leaf_hash(b"more"))
    assert not verify_consistency(old_root, old, new_root, new, proof)


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=34)
    | st.just(bytes(32)),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None)
@given(a=_anything, b=_anything, c=_anything, d=_anything, e=_anything)
def test_anything_at_all_is_an_answer_and_never_an_exception(a, b, c, d, e):
    assert verify_inclusion(a, b, c, d, e) in (True, False)
    assert verify_consistency(a, b, c, d, e) in (True, False)
