"""Merkle trees over a growing list: hashes, proofs and their verification, exactly as RFC 9162 has them.

The three functions :func:`leaf_hash`, :func:`verify_inclusion` and :func:`verify_consistency` are what anybody needs to
check a log of latticework, or of anybody else who follows the standard. A verifier never raises: input that is
malformed in any way proves nothing, and the answer is False.

Source: RFC 9162, section 2.1 (Merkle trees); 2.1.3 (inclusion proofs); 2.1.4 (consistency proofs).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeGuard

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of a tree without leaves (RFC 9162, section 2.1.1)."""
MAX_SIZE: Final = 1 << 63
"""No log reaches this size; a larger number in a proof is malformed."""

NodeSource = Callable[[int, int], bytes]
"""Gives the hash of the complete subtree number `index` at `level`: leaves ``index << level`` to
``(index + 1) << level``, exclusive. Level 0 holds the leaf hashes."""

_sha256 = hashlib.sha256


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf with content `data`: SHA-256(0x00 ‖ data), 32 bytes.

    Source: RFC 9162, section 2.1.1.
    """
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an interior node: SHA-256(0x01 ‖ left ‖ right), 32 bytes.

    Source: RFC 9162, section 2.1.1.
    """
    return _sha256(b"\x01" + left + right).digest()


def merkle_root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root over `leaf_hashes` (32 bytes each); :data:`EMPTY_ROOT` for none."""
    row = list(leaf_hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        pairs = [_sha256(b"\x01" + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
        if len(row) & 1:
            pairs.append(row[-1])
        row = pairs
    return row[0]


def _is_hash(value: object) -> TypeGuard[bytes]:
    return type(value) is bytes and len(value) == HASH_BYTES


def _is_size(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < MAX_SIZE


def _is_path(value: object) -> TypeGuard[Sequence[bytes]]:
    # A path is never longer than a consistency proof in the largest tree.
    return (type(value) is list or type(value) is tuple) and len(value) <= 65 and all(_is_hash(item) for item in value)


def verify_inclusion(root: bytes, size: int, index: int, leaf_hash: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether `proof` shows that leaf number `index` of the tree (`root`, `size`) has `leaf_hash`.

    Parameters
    ----------
    root
        Root hash, 32 bytes.
    size
        Number of leaves in the tree.
    index
        Position of the leaf, from 0.
    leaf_hash
        Hash of the leaf, 32 bytes (:func:`leaf_hash` of its content).
    proof
        A list or tuple of sibling hashes from the leaf upwards, 32 bytes each.

    Returns
    -------
    bool
        False also for every malformed input, of whatever type; this function never raises.

    Notes
    -----
    Source: RFC 9162, section 2.1.3.2.
    """
    if not _is_hash(root):
        return False
    found = root_from_inclusion(size, index, leaf_hash, proof)
    return found is not None and found == root


def root_from_inclusion(size: int, index: int, leaf_hash: bytes, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to, or None when it is malformed (see :func:`verify_inclusion`)."""
    if not (_is_size(size) and _is_size(index) and _is_hash(leaf_hash) and _is_path(proof)) or index >= size:
        return None
    fn, sn, r = index, size - 1, leaf_hash
    for p in proof:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = _sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            r = _sha256(b"\x01" + r + p).digest()
        fn >>= 1
        sn >>= 1
    return r if sn == 0 else None


def verify_consistency(old_root: bytes, old_size: int, new_root: bytes, new_size: int, proof: Sequence[bytes]) -> bool:
    """Say whether `proof` shows that the tree (`new_root`, `new_size`) extends the tree (`old_root`, `old_size`).

    Parameters
    ----------
    old_root, new_root
        Root hashes, 32 bytes each.
    old_size, new_size
        Numbers of leaves. Equal sizes are consistent when the roots are equal and the proof is empty. The empty tree
        is a beginning of every tree; its root is SHA-256 of nothing and its proof is empty.
    proof
        A list or tuple of hashes, 32 bytes each.

    Returns
    -------
    bool
        False also for every malformed input, of whatever type; this function never raises.

    Notes
    -----
    Source: RFC 9162, section 2.1.4.2.
    """
    if not (_is_hash(old_root) and _is_size(old_size) and _is_hash(new_root) and _is_size(new_size)):
        return False
    if not _is_path(proof) or old_size > new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root and (old_size > 0 or old_root == EMPTY_ROOT)
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    # A tree whose size is a power of two is a whole subtree of the new one: its root begins the path.
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        return False
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr = _sha256(b"\x01" + c + fr).digest()
            sr = _sha256(b"\x01" + c + sr).digest()
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            sr = _sha256(b"\x01" + sr + c).digest()
        fn >>= 1
        sn >>= 1
    return sn == 0 and fr == old_root and sr == new_root


def subtree_root(node: NodeSource, start: int, size: int) -> bytes:
    """Return the root over leaves `start` to `size` (exclusive), where `start` begins a subtree of the tree of `size`.

    It reads O(log n) nodes: one for each bit that is set in the number of leaves.
    """
    if start >= size:
        return EMPTY_ROOT
    peaks: list[bytes] = []
    at = start
    while at < size:
        level = (size - at).bit_length() - 1
        peaks.append(node(level, at >> level))
        at += 1 << level
    root = peaks.pop()
    while peaks:
        root = _sha256(b"\x01" + peaks.pop() + root).digest()
    return root


def _climb(node: NodeSource, level: int, fn: int, size: int) -> list[bytes]:
    """Return the siblings on the way up from subtree `fn` at `level` to the root of the tree of `size` leaves."""
    path: list[bytes] = []
    sn = (size - 1) >> level
    while sn:
        if fn & 1:
            path.append(node(level, fn - 1))
        elif fn < sn:
            begin = (fn + 1) << level
            whole = begin + (1 << level) <= size
            path.append(node(level, fn + 1) if whole else subtree_root(node, begin, size))
        fn >>= 1
        sn >>= 1
        level += 1
    return path


def inclusion_path(node: NodeSource, index: int, size: int, *, from_level: int = 0) -> tuple[bytes, ...]:
    """Return the inclusion proof of leaf `index` in the tree of `size` leaves, which must hold it.

    With `from_level`, it begins at the subtree of that level which holds the leaf.

    Source: RFC 9162, section 2.1.3.1, without recursion.
    """
    return tuple(_climb(node, from_level, index >> from_level, size))


def consistency_path(node: NodeSource, old_size: int, new_size: int) -> tuple[bytes, ...]:
    """Return the consistency proof between two sizes of one tree, ``0 <= old_size <= new_size``.

    Source: RFC 9162, section 2.1.4.1, without recursion.
    """
    if old_size in {0, new_size}:
        return ()
    level = (old_size & -old_size).bit_length() - 1
    fn = (old_size >> level) - 1
    begin = [] if fn == 0 else [node(level, fn)]
    return (*begin, *_climb(node, level, fn, new_size))


class MerkleLog:
    """A growing Merkle tree in memory: 64 bytes a leaf, an append in constant time on average.

    Every complete subtree's hash is kept, level by level, so that any proof at any past size reads O(log n) hashes.
    """

    __slots__ = ("_levels", "_size")

    def __init__(self) -> None:
        self._levels: list[bytearray] = [bytearray()]
        self._size = 0

    def __len__(self) -> int:
        """Return the number of leaves."""
        return self._size

    def append(self, data: bytes) -> int:
        """Add a leaf with content `data`; return its index."""
        return self.append_hash(_sha256(b"\x00" + data).digest())

    def append_hash(self, leaf: bytes) -> int:
        """Add a leaf by its hash (32 bytes); return its index."""
        index = at = self._size
        levels = self._levels
        row = levels[0]
        row += leaf
        level = 0
        while at & 1:
            leaf = _sha256(b"\x01" + row[-64:]).digest()
            level += 1
            at >>= 1
            if level == len(levels):
                levels.append(bytearray())
            row = levels[level]
            row += leaf
        self._size = index + 1
        return index

    def extend_hashes(self, leaves: Iterable[bytes]) -> None:
        """Add many leaves by their hashes (32 bytes each), level by level: faster than one at a time."""
        levels = self._levels
        row = levels[0]
        row += b"".join(leaves)
        self._size = len(row) // HASH_BYTES
        level = 0
        while len(row) >= 64:
            level += 1
            if level == len(levels):
                levels.append(bytearray())
            upper = levels[level]
            view = memoryview(row)
            start = len(upper) * 2
            stop = len(row) // 64 * 64
            upper += b"".join([_sha256(b"\x01" + view[i : i + 64]).digest() for i in range(start, stop, 64)])
            view.release()
            row = upper

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree (see :data:`NodeSource`)."""
        return bytes(self._levels[level][index * HASH_BYTES : (index + 1) * HASH_BYTES])

    def root(self, size: int | None = None) -> bytes:
        """Return the root now, or when the log had `size` leaves."""
        return subtree_root(self.node, 0, self._checked(size))

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Return the inclusion proof of leaf `index` in the tree of `size` leaves (now, when left out).

        Raises
        ------
        IndexError
            When the log has no such leaf or never had that size.
        """
        total = self._checked(size)
        if not 0 <= index < total:
            raise IndexError(f"no leaf {index} in a tree of {total} leaves")
        return inclusion_path(self.node, index, total)

    def consistency(self, old_size: int, new_size: int | None = None) -> tuple[bytes, ...]:
        """Return the proof that the tree of `new_size` leaves (now, when left out) extends that of `old_size`.

        Raises
        ------
        IndexError
            When the log never had one of the sizes, or the old one is larger.
        """
        total = self._checked(new_size)
        if not 0 <= old_size <= total:
            raise IndexError(f"a tree of {old_size} leaves does not come before one of {total}")
        return consistency_path(self.node, old_size, total)

    def _checked(self, size: int | None) -> int:
        if size is None:
            return self._size
        if not 0 <= size <= self._size:
            raise IndexError(f"the log has {self._size} leaves and never had {size}")
        return size
