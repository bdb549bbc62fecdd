"""The ledger: appends to a Merkle log in memory beside pymerkle, and proofs out of a log of ten million entries."""

from __future__ import annotations

import hashlib
import statistics
import sys
import time
from collections.abc import Sequence

import pymerkle

from benchmarks.harness import Bench
from latticework.kernel.clock import SystemEntropy
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger import (
    Ledger,
    LedgerPlan,
    MerkleLog,
    leaf_hash,
    read_checkpoint,
    verify_consistency,
    verify_entry,
    verify_inclusion,
)
from latticework.kernel.store import MemoryStore
from latticework.testing.keys import signer_of

JPN, USA = signer_of("JPN"), MemberId("USA")


def main(args: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit code."""
    bench = Bench("ledger", args, title="The ledger")
    count = 20_000 if bench.quick else 200_000
    entries = [b"entry %012d of a ledger, as long as most are, with the id of a record" % i for i in range(count)]

    def append_all() -> None:
        log = MerkleLog()
        for entry in entries:
            log.append(entry)
        log.root()

    def extend_all() -> None:
        log = MerkleLog()
        log.extend_hashes([leaf_hash(entry) for entry in entries])
        log.root()

    def peer_append() -> None:
        tree = pymerkle.InmemoryTree(algorithm="sha256")
        for entry in entries:
            tree.append_entry(entry)
        tree.get_root()

    appends = bench.time("append, one by one", append_all, count=count, unit="entries")
    bench.time("append, as a batch", extend_all, count=count, unit="entries")
    bench.peer("pymerkle InmemoryTree", "pymerkle", peer_append, count=count, unit="entries")

    size = 1_000_000 if bench.quick else 10_000_000
    start = time.perf_counter()
    log = MerkleLog()
    for begin in range(0, size, 1_000_000):
        log.extend_hashes([hashlib.sha256(b"\x00%d" % i).digest() for i in range(begin, begin + 1_000_000)])
    built_s = time.perf_counter() - start
    root = log.root()
    picks = [(i * 7_368_787) % size for i in range(500)]

    def prove_all() -> None:
        for index in picks:
            log.inclusion(index)

    def check_all() -> None:
        for index in picks:
            if not verify_inclusion(root, size, index, log.node(0, index), log.inclusion(index)):
                raise AssertionError("a proof does not hold")

    def extend_proofs() -> None:
        for old in picks:
            if not verify_consistency(log.root(old), old, root, size, log.consistency(old)):
                raise AssertionError("a proof does not hold")

    proofs = bench.time(f"inclusion proof in {size:,} entries", prove_all, count=len(picks), unit="proofs")
    bench.time(f"the same, verified, in {size:,} entries", check_all, count=len(picks), unit="proofs")
    bench.time(f"consistency proof, verified, in {size:,} entries", extend_proofs, count=len(picks), unit="proofs")
    durable_ms, sealed = _durable(bench, 20_000 if bench.quick else 200_000)
    bench.target("appends in memory, entries/s", appends, at_least=200_000)
    bench.target(f"inclusion proof in {size:,} entries, ms", 1000 / proofs, at_most=5)
    bench.target(f"entry proof out of the store, {sealed:,} entries in one epoch, worst, ms", durable_ms, at_most=5)
    return bench.result({"log_entries": size, "log_built_s": round(built_s, 1)})


def _durable(bench: Bench, count: int) -> tuple[float, int]:
    """Time the ledger over a store: `count` entries in one epoch among a thousand; return (worst proof, ms; count)."""
    ledger, store = Ledger(JPN.member, JPN, LedgerPlan(), SystemEntropy()), MemoryStore()
    entry = b"released %d " % 0 * 8

    def append_batch() -> None:
        with store.transaction() as tx:
            for i in range(1000):
                ledger.append(tx, USA, entry + b"%d" % i, i)

    bench.time("durable append in one transaction, in memory", append_batch, count=1000, unit="entries")
    with store.transaction() as tx:
        for i in range(count):
            ledger.append(tx, USA, entry + b"more %d" % i, i)

    def seal() -> None:
        with store.transaction() as tx:
            ledger.seal(tx, 0)

    seal()
    bench.time("seal an epoch without entries", seal, unit="epochs")
    with store.transaction() as tx:
        for i in range(1000):
            ledger.seal(tx, i)
    took: list[float] = []
    with store.snapshot() as reader:
        top = ledger.epoch(reader) - 1
        checkpoint = read_checkpoint(ledger.checkpoint(reader, top) or b"")
        sequences = [(i * 7919) % count for i in range(100)]
        for sequence in sequences:
            start = time.perf_counter()
            proof = ledger.proof(reader, USA, sequence, at_epoch=top)
            took.append(time.perf_counter() - start)
            entry_bytes = next(ledger.entries(reader, USA, after=sequence - 1, limit=1))[1]
            if not verify_entry(checkpoint, entry_bytes, proof):
                raise AssertionError("a proof does not hold")
    bench.rate("entry proof out of the store", 1 / statistics.median(took), unit="proofs")
    return max(took) * 1000, count


if __name__ == "__main__":
    sys.exit(main())
