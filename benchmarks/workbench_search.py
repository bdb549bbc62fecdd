"""Search of 100,000 records through the gate, beside SQLite's own ranking of the same texts without any gate.

Records are real ones of a kernel with a store in memory; their texts are drawn from a fixed vocabulary with a long tail
(Zipf), one in four of them Japanese, under 40 labels and topics of which the asking officer may see most.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.harness import Bench
from latticework.kernel.core import Kernel
from latticework.kernel.ids import Kind, Topic
from latticework.kernel.kinds import Note
from latticework.kernel.labels.label import Label, Release
from latticework.testing.kernels import KernelFederation, officer

JAPANESE = (
    "警戒監視", "日本海", "停止", "レーダー", "共同訓練", "補給", "艦艇", "修理", "計画", "海域", "情報共有", "態勢",
)
QUERIES = ("w1", "w3 w17", "w40 w90 w7", '"w1 w2"', "w1 -w2", "w5*", "日本海", "監視 停止", "国", "w9000")


def texts(count: int) -> list[tuple[str, str]]:
    """Return `count` pairs of title and text, the same on every machine."""
    chance = random.Random(1)
    weights = [1 / rank for rank in range(1, 10_001)]
    words = [f"w{rank}" for rank in range(1, 10_001)]
    found = []
    for number in range(count):
        if number % 4 == 3:
            body = "、".join(chance.choices(JAPANESE, k=14)) + "。国籍不明。" * (number % 200 == 3)
        else:
            body = " ".join(chance.choices(words, weights, k=45))
        found.append((body[:30], body))
    return found


def publish(kernel: Kernel, notes: list[tuple[str, str]]) -> None:
    """Make a record of each text."""
    desk = officer("JPN")
    labels = [Label(policy="EXERCISE", classification=n % 4, release=Release(everyone=True) if n % 3 else None,
                    originators=frozenset({kernel.own})) for n in range(10)]
    for start in range(0, len(notes), 500):
        with kernel._transaction():
            for number, (title, text) in enumerate(notes[start: start + 500], start):
                kernel._author(desk, Kind("note"), Note(title=title, text=text), topic=Topic(f"plans.t{number % 4}"),
                               label=labels[number % 10], act="publish")


def run(bench: Bench) -> dict[str, object]:
    """Measure indexing, each query, and what SQLite does with the same texts."""
    count = 10_000 if bench.quick else 100_000
    folder = Path(tempfile.mkdtemp())
    try:
        federation = KernelFederation(folder, ("JPN",))
        kernel, search = federation["JPN"], federation.benches["JPN"].search
        notes = texts(count)
        publish(kernel, notes)
        began = time.perf_counter()
        search.catch_up()
        bench.rate("index records", count / (time.perf_counter() - began), unit="records")
        desk = officer("JPN", "desk", clearance=2)
        slowest = 0.0
        for query in QUERIES:
            search.search(desk, query)
            taken = []
            for _ in range(3 if bench.quick else 9):
                start = time.perf_counter()
                found = search.search(desk, query)
                taken.append(time.perf_counter() - start)
            bench.rate(f"search {query} ({found.total:,} visible hits of {count:,})", 1 / statistics.median(taken),
                       unit="searches", runs=len(taken))
            slowest = max(slowest, statistics.median(taken))
        bench.target(f"slowest search of {count:,} records, ms", slowest * 1e3, at_most=100)
        peer = _sqlite(folder, notes)
        bench.peer("SQLite FTS5 trigram, its own bm25, no gate: w3 w17", "sqlite3", lambda: peer.execute(
            "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 20", ('"w3" "w17"',)).fetchall(), unit="searches")
        pairs = ("停止", "補給", "艦艇", "修理", "計画", "海域", "態勢")
        held = {word: sum(word in text for _, text in notes) for word in pairs}
        by_trigram = sum(len(peer.execute("SELECT rowid FROM t WHERE t MATCH ?", (f'"{word}"',)).fetchall())
                         for word in pairs)
        every = officer("JPN", "all", clearance=4)
        ours = sum(search.search(every, word).total for word in pairs)
        bench.target("recall of Japanese words of two characters", ours / sum(held.values()), at_least=1.0)
        return {"index_bytes_per_record": round((folder / "JPN/workbench/search.db").stat().st_size / count),
                "recall_of_two_characters_by_trigrams": by_trigram / sum(held.values())}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sqlite(folder: Path, notes: list[tuple[str, str]]) -> sqlite3.Connection:
    db = sqlite3.connect(folder / "peer.db")
    db.execute("CREATE VIRTUAL TABLE t USING fts5 (title, text, content='', tokenize='trigram')")
    with db:
        db.executemany("INSERT INTO t (rowid, title, text) VALUES (?, ?, ?)",
                       ((number, *note) for number, note in enumerate(notes, 1)))
    return db
