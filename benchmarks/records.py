"""Records from one member to another: encode, sign and log; verify, decode and decide again; and tracks in batches."""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.harness import Bench
from latticework.kernel.clock import SystemEntropy
from latticework.kernel.exchange import ExchangeSettings
from latticework.kernel.exchange.entries import Released, StreamPeriod, encode_entry
from latticework.kernel.exchange.stream_sender import StreamSender
from latticework.kernel.exchange.streams import StreamKind, StreamSettings
from latticework.kernel.identity.certificates import make_root, new_private_key
from latticework.kernel.identity.directory import KeyDirectory
from latticework.kernel.identity.history import begin
from latticework.kernel.identity.identity import IdentitySigner
from latticework.kernel.identity.keys import RecordKey
from latticework.kernel.ids import Kind, MemberId, Post, RecordId, Topic
from latticework.kernel.kinds import NOTE, Note
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.ledger import Ledger, LedgerPlan
from latticework.kernel.policy.compiled import CompiledPolicy
from latticework.kernel.policy.decide import decide
from latticework.kernel.policy.model import Arrangement, LevelMap, Peer, PolicyState, Purpose, Standing
from latticework.kernel.records import KindRegistry, Record, make_record, open_envelope
from latticework.kernel.store import MemoryStore, SqliteStore
from latticework.kernel.store.protocol import Transaction
from latticework.testing.kernels import KernelFederation, officer

JPN, USA = MemberId("JPN"), MemberId("USA")
NOW = 1_800_000_000_000
COMMIT = ExchangeSettings().page_items
"""Records that one transaction keeps: as many as a page of the exchange brings."""
BATCH = 500
"""Tracks that one signature covers."""
PERIOD = 20
"""Batches whose common root one transaction enters into the ledger: one sweep over 10,000 tracks."""
LABEL = Label(policy="EXERCISE", classification=1, release=Release(members=frozenset({"AUS", "USA"})),
              originators=frozenset({JPN}))
TOPIC = Topic("air.tracks")
TRACK = np.dtype([("slot", "<u4"), ("label", "<u2"), ("pedigree", "<u4"), ("time_ms", "<i8"), ("lat", "<f8"),
                  ("lon", "<f8"), ("alt_m", "<f4"), ("speed_mps", "<f4"), ("course_rad", "<f4"), ("id", "S8")])


def _state(own: MemberId) -> PolicyState:
    arrangement = Arrangement(
        name="bench", title="Benchmark (invented)", parties=(JPN, USA), topics=(TOPIC,), ceiling=3,
        exchange_policy="EXERCISE", valid_from_ms=0, valid_until_ms=NOW * 2, renew_every_ms=NOW,
        levels=(LevelMap("EXERCISE", 1, "EXERCISE", 1),),
    )
    standing = Standing(record=RecordId("a" * 64), arrangement=arrangement,
                        grants=((JPN, 0, NOW * 2), (USA, 0, NOW * 2)))
    return PolicyState(own=own, partners=(USA if own == JPN else JPN,), standings=(standing,))


def main(args: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit code."""
    bench = Bench("records", args, title="Records and batches")
    entropy = SystemEntropy()
    key = RecordKey.generate(entropy)
    signer = IdentitySigner(JPN, key)
    root_key = new_private_key(entropy)
    root = make_root(JPN, root_key, NOW, entropy)
    keys = KeyDirectory(own := MemoryStore())
    with own.transaction() as tx:
        keys.add_member(tx, JPN, root, [begin(JPN, key, root_key, NOW)])
    kinds = KindRegistry()
    kinds.register(NOTE, 1, Note)
    text = "A statement of usual length, as an officer writes one about a plan. " * 6
    count = 1_000 if bench.quick else 5_000

    def make(number: int) -> Record:
        version, body = kinds.write(NOTE, Note(title=f"Note {number}", text=text))
        return make_record(signer, entropy, kind=NOTE, version=version, body=body, post=Post("alliance desk"),
                           topic=TOPIC, label=LABEL, made_ms=NOW)

    with tempfile.TemporaryDirectory() as folder:
        kept = _publishing(bench, Path(folder), text)
        store = SqliteStore(Path(folder) / "node.db")
        ledger = Ledger(JPN, signer, LedgerPlan(), entropy)
        giver = _state(JPN)

        def publish() -> None:
            for first in range(0, count, COMMIT):
                with store.transaction() as tx:
                    for number in range(first, first + COMMIT):
                        record = make(number)
                        decision = decide(LABEL, TOPIC, giver, Peer(USA), Purpose.RELEASE, NOW)
                        ledger.append(tx, USA, encode_entry(Released(
                            record=record.id, to=USA, arrangement=decision.arrangement, rule=decision.rule,
                            relayed=False, at_ms=NOW)), NOW)

        bench.time("encode, sign, decide and log; the record not kept", publish, count=count, unit="records")
        envelopes = [make(number).envelope for number in range(count)]
        taker = _state(USA)

        def receive() -> None:
            for data in envelopes:
                record = open_envelope(data, keys)
                s = record.statement
                decision = decide(s.label, s.topic, taker, Peer(s.member), Purpose.RECEIVE, NOW)
                if kinds.read(s) is None or not decision.allowed:
                    raise AssertionError("a record was refused")

        read = bench.time("verify, decode, decide again", receive, count=count, unit="records")
        tracks = _tracks(bench, signer, ledger, store)
        store.close()
    _peers(bench, text)
    bench.target("encode + sign + log + keep, records/s", kept, at_least=10_000)
    bench.target("verify + decode + recheck, records/s", read, at_least=6_000)
    bench.target("batch-signed tracks, tracks/s", tracks, at_least=200_000)
    return bench.result({"record_bytes": len(envelopes[0]), "track_bytes": TRACK.itemsize, "records_a_commit": COMMIT,
                         "tracks_a_batch": BATCH, "batches_a_period": PERIOD,
                         "store": "SQLite, WAL, synchronous FULL"})


def _publishing(bench: Bench, folder: Path, text: str) -> float:
    """Time what an officer's publishing really does, on a whole kernel over SQLite; return the rate in large commits.

    Each record is validated, encoded, signed, and kept with its envelope, listing row, three indexes, entry in the
    ledger and row in the audit journal. One commit holds as many records as a page of the exchange, or one.
    """
    federation = KernelFederation(folder, ("JPN", "USA"), opening=lambda member: SqliteStore(folder / f"{member}.db"))
    kernel, desk = federation["JPN"], officer("JPN")
    count = 1_000 if bench.quick else 10_000
    notes = itertools.count()

    def publish(many: int, *, distribute: bool = False) -> None:
        def act(tx: Transaction) -> None:
            for _ in range(many):
                kernel.publish(desk, NOTE, Note(title=f"Note {next(notes)}", text=text), topic=TOPIC, label=LABEL,
                               distribute=distribute)

        kernel.in_transaction(act)

    def publish_all(many: int, total: int, *, distribute: bool = False) -> None:
        for _ in range(total // many):
            publish(many, distribute=distribute)

    kept = bench.time(f"encode, sign, log and keep, {COMMIT} records a commit", lambda: publish_all(COMMIT, count),
                      count=count, unit="records")
    bench.time("the same, each record in a commit of its own", lambda: publish_all(1, count // 20), count=count // 20,
               unit="records")
    federation.arrange("JPN", "USA", topics=(TOPIC,))
    bench.time(f"the same, {COMMIT} a commit, decided and released to a partner",
               lambda: publish_all(COMMIT, count, distribute=True), count=count, unit="records")
    kernel.close()
    return kept


def _tracks(bench: Bench, signer: IdentitySigner, ledger: Ledger, store: SqliteStore) -> float:
    """Time tracks that are decided one by one, signed in batches, and logged in one transaction a period."""
    kind = StreamKind(name=Kind("picture.track"), version=1, topic=TOPIC, dtype=TRACK, slots=10_000)
    count = 20_000 if bench.quick else 200_000
    sender = StreamSender(JPN, kind, signer, 1, StreamSettings())
    sender.use_labels([LABEL])
    sender.use_gate(CompiledPolicy(_state(JPN), TOPIC, Purpose.STREAM, NOW, labels=[LABEL]), NOW)
    sender.subscribe(USA, 1, NOW)
    rows = np.zeros(BATCH, dtype=TRACK)
    rows["slot"] = np.arange(BATCH)
    times = itertools.count(NOW)

    def stream() -> None:
        sent = 0
        for number in range(count // BATCH):
            now_ms = next(times)
            rows["time_ms"] = now_ms
            sender.offer(rows, now_ms)
            batches = sender.flush(now_ms)
            sent += sum(len(batch.slots) for batch in batches)
            if number % PERIOD == PERIOD - 1:
                with store.transaction() as tx:
                    for period in sender.close_period(now_ms):
                        ledger.append(tx, USA, encode_entry(StreamPeriod(
                            stream=period.stream, to=USA, number=period.grant, root=period.root,
                            batches=period.batches, rows=period.rows, from_ms=period.from_ms, to_ms=period.to_ms,
                        )), now_ms)
        if sent != count:
            raise AssertionError(f"{sent} of {count} tracks were sent")

    return bench.time("tracks: decide, sign batches, log periods", stream, count=count, unit="tracks")


def _peers(bench: Bench, text: str) -> None:
    """The bare parts from elsewhere: another library's signature, and the standard library's encoding."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    message = text.encode()
    signature = private.sign(message)

    def sign() -> None:
        for _ in range(1000):
            private.sign(message)

    def verify() -> None:
        for _ in range(1000):
            public.verify(signature, message)

    def sign_each_as_json() -> None:
        for i in range(1000):
            private.sign(hashlib.sha256(json.dumps({"title": i, "text": text}).encode()).digest())

    bench.peer("Ed25519 sign alone", "cryptography", sign, count=1000, unit="signatures")
    bench.peer("Ed25519 verify alone", "cryptography", verify, count=1000, unit="signatures")
    bench.peer("JSON and Ed25519, nothing kept", "cryptography", sign_each_as_json, count=1000, unit="records")


if __name__ == "__main__":
    sys.exit(main())
