"""Coverage-guided (atheris) and generated (hypothesis) input for every decoder of records and ledger."""

from __future__ import annotations

from tests.fuzz.kernel import targets_records_ledger as targets
from tests.fuzz.kernel.fuzzing import suite

from latticework.kernel.clock import SystemEntropy
from latticework.kernel.codec import encode
from latticework.kernel.ids import Kind, MemberId, Post, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.ledger import Ledger, LedgerPlan, accuse, promise, sign_checkpoint, write_evidence, write_proof
from latticework.kernel.records import make_record
from latticework.kernel.store import MemoryStore

JPN, USA = targets.JPN, MemberId("USA")


def _good() -> dict[str, list[bytes]]:
    """Return well-formed input for each target, for the fuzzers to begin with."""
    ledger, store = Ledger(JPN.member, JPN, LedgerPlan(), SystemEntropy()), MemoryStore()
    with store.transaction() as tx:
        ledger.append(tx, USA, b"entry", 0)
        note = ledger.seal(tx, 0)
        entry = ledger.proof(tx, USA, 0)
        bundle = ledger.bundle_proofs(tx, USA, 0)[0]
    other = sign_checkpoint(JPN, epoch=0, size=16, root=bytes(32), time_ms=0)
    record = make_record(
        JPN, SystemEntropy(), kind=Kind("note"), version=1, body=b"\x80", post=Post("desk"), topic=Topic("plans"),
        label=Label(policy="EXERCISE", classification=0, originators=frozenset({JPN.member})), made_ms=0,
    )
    path = b"".join(targets.LOG.consistency(5, 8))
    return {
        "envelope": [encode(record.statement)], "note": [note], "proof": [write_proof(entry), write_proof(bundle)],
        "path": [b"\x05\x08" + path, b"\x08\x03" + b"".join(targets.LOG.inclusion(3))],
        "accusation": [accuse(note, other, b"")], "evidence": [write_evidence(note, b"entry", entry, b"")],
        "promise": [promise(JPN, to=USA, epoch=0, first=0, entry_hashes=[bytes(32)], at_ms=0)[:-1]],
    }


GOOD = _good()


test_atheris_finds_nothing, test_anything_is_refused_with_one_of_our_own_errors, \
    test_small_changes_of_good_input_are_handled = suite(targets, GOOD, runs=5000, most=300)
