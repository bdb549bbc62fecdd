"""The trees against what others published and against a second library.

Published vectors: google/certificate-transparency, ``cpp/merkletree/merkle_tree_test.cc`` and its Go counterpart
(``transparency-dev/merkle``, ``testonly/constants.go``): eight leaves, their roots at sizes 0 to 8, inclusion and
consistency proofs. Second implementation: pymerkle's ``InmemoryTree`` (RFC 9162 hashing).
"""

from __future__ import annotations

import hashlib
from fractions import Fraction

import pymerkle
import pytest
from pymerkle.hasher import MerkleHasher

from latticework.kernel.ledger import (
    EMPTY_ROOT,
    MerkleLog,
    leaf_hash,
    merkle_root,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [bytes.fromhex(h) for h in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]
ROOTS = [bytes.fromhex(h) for h in (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)]
INCLUSION = [  # (index, size, proof)
    (0, 1, []),
    (0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (1, 5, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]
CONSISTENCY = [  # (old size, new size, proof)
    (1, 1, []),
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]


def _log(leaves) -> MerkleLog:
    log = MerkleLog()
    for leaf in leaves:
        log.append(leaf)
    return log


def test_roots_are_the_published_ones():
    assert EMPTY_ROOT == ROOTS[0] == hashlib.sha256(b"").digest()
    log = _log(LEAVES)
    for size, root in enumerate(ROOTS):
        assert log.root(size) == root
        assert merkle_root([leaf_hash(leaf) for leaf in LEAVES[:size]]) == root


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(index, size, proof):
    expected = [bytes.fromhex(h) for h in proof]
    assert list(_log(LEAVES).inclusion(index, size)) == expected
    assert verify_inclusion(ROOTS[size], size, index, leaf_hash(LEAVES[index]), expected)


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(old, new, proof):
    expected = [bytes.fromhex(h) for h in proof]
    assert list(_log(LEAVES).consistency(old, new)) == expected
    assert verify_consistency(ROOTS[old], old, ROOTS[new], new, expected)


def test_the_consistency_example_of_rfc_9162():
    # RFC 9162, section 2.1.5: seven leaves; PROOF(3, D[7]) = [c, d, g, l], PROOF(4) = [l], PROOF(6) = [i, j, k].
    d = [leaf_hash(bytes([i])) for i in range(7)]
    def node(a, b):
        return hashlib.sha256(b"\x01" + a + b).digest()
    a, b, c, dd, e, f, j = d
    g, h, i = node(a, b), node(c, dd), node(e, f)
    k, el = node(g, h), node(i, j)
    log = MerkleLog()
    log.extend_hashes(d)
    assert log.root() == node(k, el)
    assert log.consistency(3, 7) == (c, dd, g, el)
    assert log.consistency(4, 7) == (el,)
    assert log.consistency(6, 7) == (i, j, k)
    assert log.inclusion(0) == (b, h, el)
    assert log.inclusion(3) == (c, g, el)
    assert log.inclusion(4) == (f, j, k)
    assert log.inclusion(6) == (i, k)


def test_pymerkle_has_the_same_roots_and_accepts_our_proofs():
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    hasher = MerkleHasher(tree.algorithm, tree.security)
    log = MerkleLog()
    for n in range(1, 70):
        data = b"entry %d" % n
        assert hasher.hash_buff(data) == leaf_hash(data)
        tree.append_entry(data)
        log.append(data)
        assert tree.get_root() == log.root()
    for size in (1, 2, 3, 31, 32, 33, 64, 69):
        for index in range(size):  # pymerkle counts leaves from 1 and puts the leaf itself into its path
            path = tree.prove_inclusion(index + 1, size).path
            assert path[0] == leaf_hash(b"entry %d" % (index + 1))
            assert log.inclusion(index, size) == tuple(path[1:])
    for old in range(1, 70):
        pymerkle.verify_consistency(tree.get_root(old), tree.get_root(69), tree.prove_consistency(old, 69))
        assert verify_consistency(tree.get_root(old), old, tree.get_root(69), 69, log.consistency(old, 69))


def test_appending_one_by_one_is_extending():
    one, many = _log(b"%d" % i for i in range(1000)), MerkleLog()
    many.extend_hashes(leaf_hash(b"%d" % i) for i in range(13))
    many.extend_hashes([])
    many.extend_hashes(leaf_hash(b"%d" % i) for i in range(13, 1000))
    assert len(many) == 1000
    for size in (0, 1, 13, 14, 512, 1000):
        assert one.root(size) == many.root(size)
    many.append(b"1000")
    one.append(b"1000")
    assert one.root() == many.root()


@pytest.mark.parametrize("act", [
    lambda log: log.inclusion(8), lambda log: log.inclusion(-1), lambda log: log.inclusion(3, 3),
    lambda log: log.inclusion(0, 9), lambda log: log.consistency(9), lambda log: log.consistency(5, 4),
    lambda log: log.root(9), lambda log: log.root(-1),
])
def test_what_was_never_in_the_log_has_no_proof(act):
    with pytest.raises(IndexError):
        act(_log(LEAVES))


class _Hostile(list):
    def __iter__(self):
        raise RuntimeError("not to be called")

    def __len__(self):
        raise RuntimeError("not to be called")

    def __eq__(self, other):
        return True

    __hash__ = None


_ODD = [
    None, True, False, -1, 1 << 63, 1 << 200, 1.0, Fraction(1), float("nan"), "", "aa" * 32, b"", b"x" * 31, b"x" * 33,
    bytearray(32), memoryview(bytes(32)), [], (), [b"x"], [None], ["a" * 32], [bytes(32)] * 66, {}, set(), object(),
    _Hostile(), iter([]), range(3), [[bytes(32)]], complex(1, 1), type, NotImplemented,
]


@pytest.mark.parametrize("odd", _ODD, ids=lambda v: type(v).__name__)
def test_malformed_input_of_any_type_is_false(odd):
    log = _log(LEAVES)
    inclusion = [log.root(), 8, 5, leaf_hash(LEAVES[5]), list(log.inclusion(5))]
    consistency = [log.root(6), 6, log.root(), 8, list(log.consistency(6))]
    assert verify_inclusion(*inclusion)
    assert verify_consistency(*consistency)
    for place in range(5):
        assert verify_inclusion(*inclusion[:place], odd, *inclusion[place + 1:]) is False
        assert verify_consistency(*consistency[:place], odd, *consistency[place + 1:]) is False


def test_empty_and_equal_trees():
    empty, one = EMPTY_ROOT, ROOTS[1]
    assert verify_consistency(empty, 0, empty, 0, [])
    assert verify_consistency(empty, 0, one, 1, [])
    assert verify_consistency(one, 1, one, 1, [])
    assert not verify_consistency(one, 0, empty, 0, [])
    assert not verify_consistency(one, 0, one, 1, [])
    assert not verify_consistency(bytes(32), 0, bytes(32), 0, [])
    assert not verify_consistency(empty, 0, one, 1, [bytes(32)])
    assert not verify_consistency(one, 1, one, 1, [bytes(32)])
    assert not verify_consistency(ROOTS[2], 2, one, 1, [])
    assert not verify_inclusion(empty, 0, 0, leaf_hash(b""), [])
    assert not verify_consistency(ROOTS[4], 4, ROOTS[8], 8, [])
    assert not verify_consistency(ROOTS[3], 3, ROOTS[8], 8, [])
