"""Records: immutable, signed, labeled statements of registered kinds, named by the hash of their bytes."""

from latticework.kernel.records.envelope import make_record, open_envelope, record_id, reopen_envelope, seal_statement
from latticework.kernel.records.kinds import Described, KindRegistry, RegisteredKind, Upcast, upcast
from latticework.kernel.records.receipts import Receipt, make_receipt, open_receipt, running_digest
from latticework.kernel.records.record import Envelope, Link, Record, Statement
from latticework.kernel.records.signing import RecordKey, Signer, Verifier, pae, signature_holds

__all__ = [
    "Described", "Envelope", "KindRegistry", "Link", "Receipt", "Record", "RecordKey", "RegisteredKind", "Signer",
    "Statement", "Upcast", "Verifier", "make_receipt", "make_record", "open_envelope", "open_receipt", "pae",
    "record_id", "reopen_envelope", "running_digest", "seal_statement", "signature_holds", "upcast",
]
