"""The costs that the documentation states, against a real ledger and its real store."""

from __future__ import annotations

from pathlib import Path

import pytest

from latticework.kernel.clock import SystemEntropy
from latticework.kernel.ledger import Ledger, LedgerPlan
from latticework.kernel.ledger.cost import DAY_MS, SHOWN, cost, table
from latticework.kernel.ledger.proof import BundleProof
from latticework.kernel.store import MemoryStore
from latticework.testing.keys import signer_of

PAGE = Path(__file__).resolve().parents[4] / "docs" / "reference" / "ledger.md"


def test_the_table_in_the_documentation_is_the_formula():
    assert table(SHOWN) in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", [16, 64])
def test_a_real_ledger_of_one_day_costs_what_the_formula_says(columns):
    plan = LedgerPlan(columns=columns, epoch_ms=DAY_MS // 256)
    stated = cost(plan, after_days=1)
    assert stated.epochs_a_day == 256
    ledger, store = Ledger("JPN", signer_of("JPN"), plan, SystemEntropy()), MemoryStore()
    with store.transaction() as tx:
        for epoch in range(256):
            if epoch == 255:
                ledger.append(tx, "USA", b"x", 1_732_350_000_000)
            note = ledger.seal(tx, 1_732_350_000_000)
        proof: BundleProof = ledger.bundle_proofs(tx, "USA", 255)[0]
    assert len(note) == stated.note_bytes
    assert 32 * len(proof.path) == stated.proof_bytes
    state = store.snapshot_state()
    kept = sum(len(k) + len(v) for name in ("ledger.nodes", "ledger.epochs", "ledger.checkpoints")
               for k, v in state[name].items())
    # Early notes have fewer digits, the tree one node less than two for each epoch, and one slot was used.
    assert 0.98 * stated.disk_bytes_a_day < kept <= stated.disk_bytes_a_day + 64
