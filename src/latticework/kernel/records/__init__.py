"""Records: immutable, signed, labeled statements of registered kinds, named by the hash of their bytes."""

from latticework.kernel.records.envelope import make_record, open_envelope, record_id, reopen_envelope, seal_statement
from latticework.kernel.records.kinds import Described, KindRegistry, RegisteredKind, Upcast, upcast
from latticework.kernel.records.record import Envelope, Link, Record, Statement
from latticework.kernel.records.signing import SeedSigner, Signer, Verifier, pae

__all__ = [
    "Described", "Envelope", "KindRegistry", "Link", "Record", "RegisteredKind", "SeedSigner",
    "Signer", "Statement", "Upcast", "Verifier", "make_record", "open_envelope", "pae",
    "record_id", "reopen_envelope", "seal_statement", "upcast",
]
