"""Two nodes as two processes: track updates end to end over mutual TLS, beside a TAK server and beside raw TCP.

End to end means: labeled, decided by the compiled policy, batched, signed, sent over Zenoh with mutual TLS, verified,
decided again by the receiver, and kept as the latest value of its slot. The peer is ``taky``, installed into a virtual
environment of its own under ``.cache/``; it gets the same tracks as Cursor-on-Target events, over plain TCP, which is
in its favor. Raw TCP carries as many bytes as the signed batches have.
"""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness import Bench
from latticework.kernel.clock import SystemClock, SystemEntropy
from latticework.kernel.identity import init_member
from latticework.kernel.ids import MemberId

ROOT = Path(__file__).resolve().parents[1]
TAKY = "0.10"
PER_S = 1_000


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def begin(*arguments: object) -> subprocess.Popen[str]:
    """Start one role of ``benchmarks.exchange_ends``."""
    command = [sys.executable, "-m", "benchmarks.exchange_ends", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str], seconds: float = 120) -> dict[str, Any]:
    """Wait for a role's JSON line; a role that failed or hangs is ended."""
    try:
        out, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    if process.returncode:
        raise RuntimeError(f"a process of the benchmark ended with {process.returncode}")
    return dict(json.loads(out.strip().splitlines()[-1]))


def two_nodes(folder: Path, seconds: float) -> dict[str, Any]:
    """Run a giving and a taking node; return what the taker measured."""
    port = free_port()
    taker = begin("taker", folder / "USA", port, seconds, PER_S)
    giver = begin("giver", folder / "JPN", port, seconds, PER_S)
    try:
        given = finish(giver)
        return {**finish(taker, 30), **given}
    finally:
        for process in (giver, taker):
            process.kill()
            process.wait()


def raw_tcp(seconds: float, size: int) -> float:
    """Return bytes/s of one raw TCP connection between two processes, in messages of `size` bytes."""
    port = free_port()
    taker = begin("raw-taker", port)
    giver = begin("raw-giver", port, seconds, size)
    try:
        finish(giver)
        return float(finish(taker)["bytes_per_s"])
    finally:
        for process in (giver, taker):
            process.kill()
            process.wait()


def install_taky() -> tuple[Path | None, str]:
    """Return the taky command in its own environment, made on first use, or why there is none."""
    home = ROOT / ".cache" / f"taky-{TAKY}"
    command = home / "bin" / "taky"
    if command.exists():
        return command, ""
    try:
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin" / "pip", "install", "--quiet", f"taky=={TAKY}"], check=True, capture_output=True,
                       timeout=300)
    except (OSError, subprocess.SubprocessError):
        return None, "taky could not be installed (no network, or no pip in this Python)"
    return (command, "") if command.exists() else (None, "taky was installed without its command")


def tak_server(command: Path, seconds: float) -> dict[str, Any]:
    """Start taky on loopback, drive it, end it; return what its second client measured."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "taky.conf").write_text(
            f"[taky]\nbind_ip = 127.0.0.1\nroot_dir = {folder}\nredis = false\n[cot_server]\nport = {port}\n"
            "[ssl]\nenabled = false\n", encoding="utf-8")
        server = subprocess.Popen([command, "-l", "error", "-c", Path(folder) / "taky.conf"], cwd=folder)
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            return finish(begin("taky", port, seconds, PER_S))
        finally:
            server.terminate()
            server.wait(10)


def middle(runs: list[dict[str, Any]], key: str) -> float:
    return float(statistics.median(run[key] for run in runs))


def main(args: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit code."""
    bench = Bench("exchange", args, title="Exchange of tracks between two nodes")
    seconds, count = (2.0, 1) if bench.quick else (5.0, 5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for member in ("JPN", "USA"):
            identity = init_member(MemberId(member), folder / member, SystemClock(), SystemEntropy())
            (folder / f"{member}.bundle").write_bytes(identity.export_bundle(SystemClock().now_ms()))
        ours = [two_nodes(folder, seconds) for _ in range(count)]
    rate = bench.rate("two nodes: decided, signed, mutual TLS, verified, kept", middle(ours, "per_s"), unit="updates",
                      runs=count)
    told: dict[str, Any] = {
        "bytes_per_update": round(middle(ours, "bytes_per_row"), 1), "latency_p50_ms": middle(ours, "p50_ms"),
        "latency_p99_ms": middle(ours, "p99_ms"), "tracks_held": int(middle(ours, "tracks_held")),
        "refused_by_receiver": int(sum(run["errors"] for run in ours)),
    }
    command, why = install_taky()
    if command is None:
        told["taky"] = f"skipped: {why}"
    else:
        theirs = [tak_server(command, seconds) for _ in range(min(count, 3))]
        bench.peer("taky, plain TCP, Cursor-on-Target", "taky", per_s=middle(theirs, "per_s"), unit="updates",
                   runs=len(theirs))
        bench.versions["taky"] = TAKY
        told |= {"taky_bytes_per_update": middle(theirs, "bytes_per_row"),
                 "taky_latency_p50_ms": middle(theirs, "p50_ms"), "taky_latency_p99_ms": middle(theirs, "p99_ms")}
    bytes_per_s = statistics.median(raw_tcp(seconds, 32_768) for _ in range(min(count, 3)))
    bench.peer("raw TCP, the same bytes", "socket", per_s=bytes_per_s / told["bytes_per_update"], unit="updates",
               runs=min(count, 3))
    bench.target("updates/s end to end", rate, at_least=100_000)
    bench.target(f"p50 latency at {PER_S:,} updates/s, ms", told["latency_p50_ms"], at_most=5)
    return bench.result(told)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
