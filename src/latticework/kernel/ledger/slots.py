r"""Fixed slots: every epoch adds the same number of leaves, so nobody can count what others were given.

An epoch of a log has ``columns * slots`` leaves. A partner (or the member itself, for what it publishes to nobody)
has one column. All entries for a partner in an epoch are the leaves of one *bundle* (one a slot, when a plan has
several slots); the bundle's slot holds a commitment to its root. A slot that is not used holds random bytes, which
nobody without the salt can tell from a commitment.

.. code-block:: text

    bundle root = Merkle root over leaf_hash(entry)
    commitment  = SHA-256("latticework.slot\0" ‖ salt ‖ epoch ‖ to ‖ count ‖ bundle root)
    leaf        = leaf_hash(commitment)

Salts and dummies come from a fresh CSPRNG seed for each epoch through HMAC-SHA-256, so an epoch needs 32 stored bytes
however many columns it has, and one disclosed salt tells nothing about another.

Source: hash commitments with a random opening, O. Goldreich, "Foundations of Cryptography I", section 4.4.1; HMAC as a
pseudorandom function: RFC 2104 and RFC 5869, section 3.1.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

import msgspec

from latticework.kernel.errors import InvalidConfig
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.merkle import leaf_hash

SEED_BYTES: Final = 32
SALT_BYTES: Final = 32
_NOBODY: Final = b"\0\0\0"


class LedgerPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How a log is laid out. Columns and slots are fixed when the log begins; the rest may change later.

    Parameters
    ----------
    columns
        Places for partners, a power of two up to 4,096; one is the member's own.
    slots
        Bundles that a column can hold in an epoch, a power of two up to 64.
    epoch_ms
        Length of an epoch, ms.
    bundle_entries
        Entries after which the next slot is begun; the last slot takes what is left, however much.

    Raises
    ------
    InvalidConfig
        When a number is out of bounds.
    """

    columns: int = 16
    slots: int = 1
    epoch_ms: int = 10_000
    bundle_entries: int = 4096

    def __post_init__(self) -> None:
        for name, value, most in (("columns", self.columns, 4096), ("slots", self.slots, 64)):
            if not 1 <= value <= most or value & (value - 1):
                raise InvalidConfig(f"the ledger's {name} must be a power of two up to {most}.")
        if self.width < 2 or self.epoch_ms < 10 or self.bundle_entries < 1:
            raise InvalidConfig("a ledger needs two or more leaves an epoch, epochs of 10 ms or more, and bundles.")

    @property
    def width(self) -> int:
        """Leaves of one epoch."""
        return self.columns * self.slots

    @property
    def level(self) -> int:
        """Level of the subtree that one epoch fills."""
        return self.width.bit_length() - 1


def member_bytes(member: MemberId | None) -> bytes:
    """Return the three bytes that stand for a partner in keys and commitments; zeros for the member itself."""
    return _NOBODY if member is None else member.encode("ascii")


def member_of(data: bytes) -> MemberId | None:
    """Return the partner that :func:`member_bytes` stood for."""
    return None if data == _NOBODY else MemberId(data.decode("ascii"))


def slot_salt(seed: bytes, place: int) -> bytes:
    """Return the salt of slot number `place` of the epoch with `seed`."""
    return hmac.digest(seed, b"salt" + place.to_bytes(4, "big"), "sha256")


def slot_dummy(seed: bytes, place: int) -> bytes:
    """Return what stands in an unused slot in place of a commitment."""
    return hmac.digest(seed, b"none" + place.to_bytes(4, "big"), "sha256")


def commitment(salt: bytes, epoch: int, to: MemberId | None, count: int, root: bytes) -> bytes:
    """Return the commitment to a bundle of `count` entries with Merkle root `root`, 32 bytes."""
    return hashlib.sha256(
        b"latticework.slot\0" + salt + epoch.to_bytes(8, "big") + member_bytes(to) + count.to_bytes(8, "big") + root
    ).digest()


def epoch_leaves(seed: bytes, width: int, used: dict[int, bytes]) -> list[bytes]:
    """Return the leaf hashes of one epoch.

    Parameters
    ----------
    seed
        The epoch's seed, 32 bytes.
    width
        Number of leaves.
    used
        The commitment in each used slot, by its place.
    """
    return [leaf_hash(used.get(place) or slot_dummy(seed, place)) for place in range(width)]


def preferred_columns(key: bytes, member: MemberId | None, columns: int) -> list[int]:
    """Return all columns in the order in which `member` takes the first free one.

    The order is a random permutation that depends on the log's secret key and the member alone. So where a partner
    stands tells nothing about when it came, and hardly anything about the others.
    """
    name = member_bytes(member)
    draws = [(hmac.digest(key, b"column" + name + c.to_bytes(4, "big"), "sha256"), c) for c in range(columns)]
    return [column for _, column in sorted(draws)]
