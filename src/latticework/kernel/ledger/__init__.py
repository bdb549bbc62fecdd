"""A member's append-only Merkle log of what it published and released, and how others check it.

The three functions of the standard (:func:`leaf_hash`, :func:`verify_inclusion`, :func:`verify_consistency`) need
nothing else of latticework.
"""

from latticework.kernel.ledger.accuse import Verdict, accuse, contradicts, read_accusation, verify_accusation
from latticework.kernel.ledger.audit import LogCheck, check_log
from latticework.kernel.ledger.chain import TrustedRoot, key_chain
from latticework.kernel.ledger.checkpoint import (
    Checkpoint,
    log_origin,
    open_checkpoint,
    read_checkpoint,
    sign_checkpoint,
)
from latticework.kernel.ledger.evidence import Shown, read_evidence, verify_evidence, write_evidence
from latticework.kernel.ledger.ledger import Ledger, LoggedEntry, Pending
from latticework.kernel.ledger.merkle import (
    EMPTY_ROOT,
    MerkleLog,
    leaf_hash,
    merkle_root,
    verify_consistency,
    verify_inclusion,
)
from latticework.kernel.ledger.promise import Promise, promise, read_promise, verify_promise
from latticework.kernel.ledger.proof import (
    BundleProof,
    EntryProof,
    read_bundle_proof,
    read_entry_proof,
    verify_bundle,
    verify_entry,
    write_proof,
)
from latticework.kernel.ledger.slots import LedgerPlan
from latticework.kernel.ledger.watch import Finding, LogWatch, Outcome

__all__ = [
    "EMPTY_ROOT", "BundleProof", "Checkpoint", "EntryProof", "Finding", "Ledger", "LedgerPlan", "LogCheck",
    "LogWatch", "LoggedEntry", "MerkleLog", "Outcome", "Pending", "Promise", "Shown", "TrustedRoot", "Verdict",
    "accuse", "check_log", "contradicts", "key_chain", "leaf_hash", "log_origin", "merkle_root", "open_checkpoint",
    "promise", "read_accusation", "read_bundle_proof", "read_checkpoint", "read_entry_proof", "read_evidence",
    "read_promise", "sign_checkpoint", "verify_accusation", "verify_bundle", "verify_consistency", "verify_entry",
    "verify_evidence", "verify_inclusion", "verify_promise", "write_evidence", "write_proof",
]
