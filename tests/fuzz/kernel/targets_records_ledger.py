"""Fuzz targets: every decoder of records and ledger. Each returns for any bytes, or raises one of our own errors."""

from __future__ import annotations

import contextlib

from latticework.kernel.codec import encode
from latticework.kernel.errors import LatticeworkError
from latticework.kernel.ledger import (
    MerkleLog,
    read_accusation,
    read_bundle_proof,
    read_checkpoint,
    read_entry_proof,
    read_evidence,
    read_promise,
    sign_checkpoint,
    verify_accusation,
    verify_bundle,
    verify_consistency,
    verify_entry,
    verify_evidence,
    verify_inclusion,
    write_proof,
)
from latticework.kernel.ledger.armor import to_armor
from latticework.kernel.records import open_envelope, pae
from latticework.kernel.records.envelope import PAYLOAD_TYPE
from latticework.kernel.records.record import Envelope
from latticework.testing.keys import KeyRing, signer_of

JPN = signer_of("JPN")
RING = KeyRing(JPN)
CHECKPOINT = read_checkpoint(sign_checkpoint(JPN, epoch=3, size=64, root=bytes(32), time_ms=0))
LOG = MerkleLog()
LOG.extend_hashes(bytes([i]) * 32 for i in range(8))


def envelope(data: bytes) -> None:
    """Take bytes as an envelope, and also as a payload that a member really signed."""
    with contextlib.suppress(LatticeworkError):
        record = open_envelope(data, RING)
        raise AssertionError(f"a record was taken that nobody signed: {record.id}")
    signed = encode(Envelope(PAYLOAD_TYPE, data, JPN.key_id, JPN.sign(pae(PAYLOAD_TYPE, data))))
    with contextlib.suppress(LatticeworkError):
        record = open_envelope(signed, RING)
        assert encode(record.statement) == data, "what was read is not what was signed"


def note(data: bytes) -> None:
    """Take bytes as a checkpoint."""
    with contextlib.suppress(LatticeworkError):
        found = read_checkpoint(data)
        assert found.note == data
        assert len(found.root) == 32


def proof(data: bytes) -> None:
    """Take bytes as proofs; none of them proves anything."""
    with contextlib.suppress(LatticeworkError):
        found = read_entry_proof(data)
        assert write_proof(found) == data
        assert verify_entry(CHECKPOINT, b"entry", found) is False
    with contextlib.suppress(LatticeworkError):
        bundle = read_bundle_proof(data)
        assert write_proof(bundle) == data
        assert verify_bundle(CHECKPOINT, [bytes(32)], bundle) is False


def path(data: bytes) -> None:
    """Take bytes as sizes and hashes of inclusion and consistency proofs."""
    size, index, rest = (data + bytes(2))[0], (data + bytes(2))[1], data[2:]
    hashes = [rest[i : i + 32] for i in range(0, len(rest), 32)]
    if verify_inclusion(LOG.root(), size, index, (rest + bytes(32))[:32], hashes):
        raise AssertionError("an inclusion proof was made up")
    if verify_consistency(LOG.root(5), size, LOG.root(), index, hashes) and size != index:
        assert (size, index, tuple(hashes)) == (5, 8, LOG.consistency(5, 8)), "a consistency proof was made up"


def accusation(data: bytes) -> None:
    """Take bytes as an accusation file, and as what stands inside of its armor; nobody is accused by it."""
    for file in (data, to_armor("ACCUSATION", data)):
        with contextlib.suppress(LatticeworkError):
            read_accusation(file)
            assert not verify_accusation(file).proven


def evidence(data: bytes) -> None:
    """Take bytes as a file with evidence, and as what stands inside of its armor."""
    for file in (data, to_armor("ENTRY PROOF", data)):
        with contextlib.suppress(LatticeworkError):
            read_evidence(file)
            assert not verify_evidence(file).proven


def promise(data: bytes) -> None:
    """Take bytes as a promise."""
    with contextlib.suppress(LatticeworkError):
        found = read_promise(data, RING)
        raise AssertionError(f"a promise was taken that nobody signed: {found}")
