"""The morning page of a node with 10,000 records, over HTTP in one process, beside an empty page of the same server."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from litestar.testing import TestClient

from benchmarks.harness import Bench
from benchmarks.workbench_search import publish, texts
from latticework.shell.app import create_app
from latticework.testing.kernels import KernelFederation, officer


def run(bench: Bench) -> dict[str, object]:
    """Measure the page and its API."""
    count = 1_000 if bench.quick else 10_000
    folder = Path(tempfile.mkdtemp())
    try:
        federation = KernelFederation(folder)
        kernel = federation["JPN"]
        publish(kernel, texts(count))
        desk = officer("JPN")
        kernel.officers.add(desk, "correct-horse-battery", kernel.clock.now_ms())
        token, _ = kernel.officers.issue_token(desk.name, "benchmark", kernel.clock.now_ms())
        with TestClient(create_app(federation.benches["JPN"], ()), base_url="http://127.0.0.1") as client:
            client.headers["authorization"] = f"Bearer {token}"
            page = bench.time(f"Overview with {count:,} records", lambda: client.get("/").raise_for_status(),
                              unit="pages")
            bench.time("the same over the API", lambda: client.get("/api/v1/overview").raise_for_status(),
                       unit="answers")
            bench.peer("the same server's smallest answer", "litestar",
                       lambda: client.get("/static/policies.css").raise_for_status(), unit="answers")
        bench.target(f"Overview with {count:,} records, s", 1 / page, at_most=1.0)
        return {}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
