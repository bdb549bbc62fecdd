"""An inbox of 10,000 open tasks through the gate, beside SQLite's answer to the same question without any gate.

The tasks are real signed records in a real SQLite store, under 40 labels and topics of which the asking officer may see
three quarters, all of one post. Asked is what the page asks: the first 50 by deadline, and how many there are. The peer
is the floor: one plain table of the same rows with an index on post and deadline, and the same visible rows chosen by
a column. It derives nothing, decides nothing and verifies nothing.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.harness import Bench
from latticework.kernel.ids import MemberId, Post, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.store import SqliteStore
from latticework.testing.kernels import KernelFederation, officer
from latticework.workbench.tasks.deadlines import absolute
from latticework.workbench.tasks.model import REQUEST, Party, Request, Silence

JPN, POST = MemberId("JPN"), Post("desk post")
PAGE = 50
TARGET_MS = 50.0


def run(bench: Bench) -> dict[str, object]:
    """Measure filling, the first page with the count, and the peer."""
    count = 2_000 if bench.quick else 10_000
    folder = Path(tempfile.mkdtemp())
    federation = KernelFederation(folder, ("JPN",), opening=lambda member: SqliteStore(folder / f"{member}.db"))
    kernel, tasks = federation["JPN"], federation.benches["JPN"].tasks
    desk, now, chance = officer("JPN", clearance=2), kernel.clock.now_ms(), random.Random(1)
    labels = [Label(policy="EXERCISE", classification=n % 4, originators=frozenset({JPN})) for n in range(4)]
    deadlines = [now + chance.randrange(3_600_000, 90 * 86_400_000) for _ in range(count)]

    def fill() -> float:
        start = time.perf_counter()
        for first in range(0, count, 500):
            with kernel._transaction():
                for number in range(first, min(first + 500, count)):
                    body = Request(
                        to=JPN, subject=f"Invented request {number}", asks="answer", assignee=Party(JPN, POST), by=POST,
                        deadline=absolute(deadlines[number]), silence=Silence(rule="refuse"), reminders=(3_600_000,))
                    kernel._author(desk, REQUEST, body, topic=Topic(f"plans.t{number % 40 // 4}"),
                                   label=labels[number % 4], act="publish")
        federation.settle()
        return count / (time.perf_counter() - start)

    bench.rate("sign, log and index a request", fill(), unit="requests")
    visible = sum(number % 4 <= 2 for number in range(count))

    def inbox() -> None:
        if len(tasks.page(desk, "mine", limit=PAGE).items) != PAGE or tasks.count(desk) != visible:
            raise AssertionError("the inbox does not hold what the officer may see")

    taken = _times(inbox, 5 if bench.quick else 30)
    ours = bench.rate(f"first page and count of {count:,} open tasks", 1 / statistics.median(taken), unit="inboxes",
                      runs=len(taken))
    plain = _plain(folder, deadlines)

    def floor() -> None:
        rows = plain.execute("SELECT deadline, subject, label FROM task WHERE post = ? AND seen ORDER BY deadline "
                             "LIMIT ?", (POST, PAGE)).fetchall()
        (found,) = plain.execute("SELECT count(*) FROM task WHERE post = ? AND seen", (POST,)).fetchone()
        if len(rows) != PAGE or found != visible:
            raise AssertionError("the plain table does not hold the same rows")

    floors = _times(floor, 5 if bench.quick else 30)
    bench.peer("a plain SQL table of the same rows, no gate", "sqlite3", per_s=1 / statistics.median(floors),
               unit="inboxes", runs=len(floors))
    worst_ms = max(taken) * 1000
    bench.target("inbox, first page and count, median ms", 1000 / ours, at_most=TARGET_MS)
    kernel.close()
    plain.close()
    shutil.rmtree(folder)
    return {"inbox_tasks": count, "inbox_visible": visible, "inbox_worst_ms": round(worst_ms, 1)}


def _times(ask: Callable[[], None], runs: int) -> list[float]:
    ask()
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        ask()
        found.append(time.perf_counter() - start)
    return found


def _plain(folder: Path, deadlines: list[int]) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "plain.db")
    connection.execute("CREATE TABLE task (id INTEGER PRIMARY KEY, post TEXT, deadline INTEGER, subject TEXT, "
                       "label TEXT, seen INTEGER)")
    connection.executemany("INSERT INTO task (post, deadline, subject, label, seen) VALUES (?, ?, ?, ?, ?)", [
        (POST, deadline, f"Invented request {n}", f"EXERCISE {n % 4}", n % 4 <= 2)
        for n, deadline in enumerate(deadlines)])
    connection.execute("CREATE INDEX by_deadline ON task (post, deadline)")
    connection.commit()
    return connection
