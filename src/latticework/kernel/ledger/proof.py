"""Proofs that an entry, or a whole bundle, stands in a member's log; verified with a checkpoint and nothing else.

A partner that holds every entry it was given in an epoch needs one :class:`BundleProof`. To show a single entry to
somebody else, an :class:`EntryProof` adds the path inside the bundle. Both open one slot; the others stay closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from latticework.kernel.codec import decode, encode
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.checkpoint import Checkpoint
from latticework.kernel.ledger.merkle import leaf_hash, merkle_root, root_from_inclusion, verify_inclusion
from latticework.kernel.ledger.slots import SALT_BYTES, commitment

MAX_PROOF_BYTES: Final = 8 * 1024


class BundleProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, array_like=True):
    """Opens one slot of one epoch.

    Parameters
    ----------
    epoch
        The epoch in which the bundle was sealed.
    to
        The partner it is for; None for what the member published for itself.
    first, count
        Sequence number of the bundle's first entry, and how many it holds.
    leaf
        Position of the slot in the log, 8 bytes big-endian: of equal length wherever the column stands.
    salt
        What opens the commitment, 32 bytes.
    path
        Inclusion proof of the slot in the log at the size of the checkpoint.
    """

    epoch: int
    to: MemberId | None
    first: int
    count: int
    leaf: bytes
    salt: bytes
    path: tuple[bytes, ...]


class EntryProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, array_like=True):
    """Shows one entry of a bundle.

    Parameters
    ----------
    bundle
        Opens the bundle's slot.
    sequence
        The entry's number among all entries for that partner, from 0.
    path
        Inclusion proof of the entry in the bundle.
    """

    bundle: BundleProof
    sequence: int
    path: tuple[bytes, ...]


def _opens(checkpoint: Checkpoint, proof: BundleProof, bundle_root: bytes) -> bool:
    if not (0 <= proof.epoch <= checkpoint.epoch and 1 <= proof.count < 1 << 63 and 0 <= proof.first < 1 << 63):
        return False
    if len(proof.leaf) != 8 or len(proof.salt) != SALT_BYTES:
        return False
    if proof.to is not None and (len(proof.to) != 3 or not proof.to.isascii()):
        return False
    leaf = leaf_hash(commitment(proof.salt, proof.epoch, proof.to, proof.count, bundle_root))
    return verify_inclusion(checkpoint.root, checkpoint.size, int.from_bytes(proof.leaf, "big"), leaf, proof.path)


def verify_entry(checkpoint: Checkpoint, entry: bytes, proof: EntryProof) -> bool:
    """Say whether `proof` shows `entry` in the log under `checkpoint`.

    Parameters
    ----------
    checkpoint
        A verified checkpoint of the log, of the entry's epoch or a later one.
    entry
        The exact bytes of the ledger entry.
    proof
        Whoever asks must also compare ``proof.bundle.to`` and ``proof.bundle.epoch`` with what was promised.
    """
    bundle = proof.bundle
    root = root_from_inclusion(bundle.count, proof.sequence - bundle.first, leaf_hash(entry), proof.path)
    return root is not None and _opens(checkpoint, bundle, root)


def verify_bundle(checkpoint: Checkpoint, entry_hashes: Sequence[bytes], proof: BundleProof) -> bool:
    """Say whether exactly these entries (hashes, 32 bytes each, in order of sequence) are the bundle of `proof`."""
    if len(entry_hashes) != proof.count or any(len(h) != 32 for h in entry_hashes):
        return False
    return _opens(checkpoint, proof, merkle_root(entry_hashes))


def write_proof(proof: EntryProof | BundleProof) -> bytes:
    """Return the canonical bytes of a proof."""
    return encode(proof)


def read_entry_proof(data: bytes) -> EntryProof:
    """Decode an entry proof strictly, or raise ``DecodeError``; it proves nothing before :func:`verify_entry`."""
    return decode(data, EntryProof, limit=MAX_PROOF_BYTES, what="entry proof")


def read_bundle_proof(data: bytes) -> BundleProof:
    """Decode a bundle proof strictly, or raise ``DecodeError``; it proves nothing before :func:`verify_bundle`."""
    return decode(data, BundleProof, limit=MAX_PROOF_BYTES, what="bundle proof")
