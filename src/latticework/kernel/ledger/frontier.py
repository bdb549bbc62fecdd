"""The right edge of a growing Merkle tree: the few hashes that suffice to go on and to name its root.

Source: RFC 9162, section 2.1.1 (the tree); its complete subtrees are the binary digits of its size.
"""

from __future__ import annotations

from collections.abc import Sequence

from latticework.kernel.errors import ProtocolError
from latticework.kernel.ledger.merkle import EMPTY_ROOT, leaf_hash, node_hash


class Frontier:
    """A growing tree of which only the roots of complete subtrees are kept: O(log n) hashes.

    Parameters
    ----------
    size
        Leaves so far.
    hashes
        Roots of the complete subtrees, largest first: one for each binary 1 in `size`.

    Raises
    ------
    ProtocolError
        When there are more or fewer hashes than that.
    """

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if len(hashes) != size.bit_count():
            raise ProtocolError("a tree does not have as many hashes as its size asks for; it was refused.")
        self.size = size
        self._hashes = list(hashes)

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """Roots of the complete subtrees, largest first."""
        return tuple(self._hashes)

    def add(self, data: bytes) -> None:
        """Append a leaf with content `data`."""
        self.add_hash(leaf_hash(data))

    def add_hash(self, found: bytes) -> None:
        """Append a leaf by its hash, or the root of a subtree, where all that are added are of one size."""
        size = self.size
        while size & 1:
            found = node_hash(self._hashes.pop(), found)
            size >>= 1
        self._hashes.append(found)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves, 32 bytes."""
        if not self._hashes:
            return EMPTY_ROOT
        found = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            found = node_hash(left, found)
        return found
