"""Coverage-guided (atheris) and generated (hypothesis) input for every decoder of records and ledger."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.fuzz.kernel import targets_records_ledger as targets

from latticework.kernel.clock import SystemEntropy
from latticework.kernel.codec import encode
from latticework.kernel.ids import Kind, MemberId, Post, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.ledger import Ledger, LedgerPlan, accuse, promise, sign_checkpoint, write_evidence, write_proof
from latticework.kernel.records import make_record
from latticework.kernel.store import MemoryStore

RUNS = int(os.environ.get("LATTICEWORK_FUZZ_RUNS", "5000"))
NAMES = ("envelope", "note", "proof", "path", "accusation", "evidence", "promise")
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


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this platform")
def test_atheris_finds_nothing(name, tmp_path):
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for number, data in enumerate(GOOD[name]):
        (seeds / f"good-{number}").write_bytes(data)
    drive = Path(__file__).parents[1] / "drive.py"
    done = subprocess.run(
        [sys.executable, str(drive), targets.__file__, name, str(RUNS), str(seeds)],
        capture_output=True, text=True, timeout=60 + RUNS / 50, check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {RUNS} runs" in done.stderr or "Done " in done.stderr, done.stderr[-1000:]


@pytest.mark.parametrize("name", NAMES)
def test_anything_is_refused_with_one_of_our_own_errors(name):
    target = getattr(targets, name)

    @settings(max_examples=300, deadline=None)
    @given(st.binary(max_size=600))
    @example(b"")
    @example(b"\x91" * 100_000)
    @example(b"\xdd\xff\xff\xff\xff")
    @example("—".encode())
    def check(data):
        target(data)

    check()


@pytest.mark.parametrize("name", NAMES)
def test_small_changes_of_good_input_are_handled(name):
    target = getattr(targets, name)

    @settings(max_examples=300, deadline=None)
    @given(st.data())
    def check(draw):
        good = bytearray(draw.draw(st.sampled_from(GOOD[name])))
        for _ in range(draw.draw(st.integers(0, 3))):
            place = draw.draw(st.integers(0, len(good) - 1))
            good[place] = draw.draw(st.integers(0, 255))
        cut = draw.draw(st.integers(0, len(good)))
        target(bytes(good))
        target(bytes(good[:cut]))

    check()
