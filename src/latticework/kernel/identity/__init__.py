"""Who a member is, how partners come to know it, and who its officers are."""

from latticework.kernel.identity.approvals import ActState, ApprovalStore, PendingAct
from latticework.kernel.identity.bundle import Bundle, check_endpoint, fingerprint, log_origin_of, read_bundle
from latticework.kernel.identity.certificates import domain_of, node_name_of
from latticework.kernel.identity.chains import CheckedChain, check_certificate, root_fingerprint
from latticework.kernel.identity.directory import NOTHING_HELD, Held, KeyDirectory
from latticework.kernel.identity.history import (
    KeyAct,
    KeyHistory,
    KeyPeriod,
    KeySignature,
    KeyStatement,
    decode_statement,
)
from latticework.kernel.identity.home import read_root_key
from latticework.kernel.identity.identity import Identity, IdentitySigner, init_member
from latticework.kernel.identity.keys import RecordKey, verify_signature
from latticework.kernel.identity.officers import OfficerRow, OfficerStore
from latticework.kernel.identity.passwords import Passwords
from latticework.kernel.identity.sessions import Token
from latticework.kernel.identity.trust import Partner, TrustStore

__all__ = [
    "NOTHING_HELD", "ActState", "ApprovalStore", "Bundle", "CheckedChain", "Held", "Identity", "IdentitySigner",
    "KeyAct", "KeyDirectory", "KeyHistory", "KeyPeriod", "KeySignature", "KeyStatement", "OfficerRow", "OfficerStore",
    "Partner", "Passwords", "PendingAct", "RecordKey", "Token", "TrustStore", "check_certificate", "check_endpoint",
    "decode_statement", "domain_of", "fingerprint", "init_member", "log_origin_of", "node_name_of", "read_bundle",
    "read_root_key", "root_fingerprint", "verify_signature",
]
