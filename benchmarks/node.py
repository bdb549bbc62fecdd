"""Memory of whole node processes: at rest without a room, with each room, and with 10,000 live tracks.

Resident memory is read from ``/proc`` after the process has come to rest: what the operating system holds for it, its
libraries' shared pages included.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from benchmarks.harness import Bench
from latticework.kernel.clock import SystemClock, SystemEntropy
from latticework.kernel.identity import init_member
from latticework.kernel.ids import MemberId
from latticework.node.compose import compose, load_rooms
from latticework.node.settings import NodeSettings, WebSettings, write_settings
from latticework.testing.kernels import officer

LIVE_TRACKS = 10_000
SITES = """[NZL]
zones = [{ name = "default", classification = 0 }]
radars = [
  { name = "north (invented)", latitude_deg = 36, longitude_deg = 135, height_m = 30000, range_m = 1000000 },
  { name = "south (invented)", latitude_deg = 24, longitude_deg = 126, height_m = 30000, range_m = 1000000 },
]
"""


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident_mib(pid: int) -> float:
    """Return the resident memory of a process, MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(home: Path, settings: NodeSettings, token: str, *, tracks: int = 0, rest_s: float) -> tuple[float, int]:
    """Run a node until it rests (and, if asked, holds `tracks` tracks); return (MiB, tracks it holds)."""
    write_settings(home, settings)
    command = [Path(sys.executable).parent / "latticework", "serve", "--home", home]
    node = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    url, headers = f"http://127.0.0.1:{settings.web.port}", {"authorization": f"Bearer {token}"}
    held = 0
    try:
        for _ in range(600):
            time.sleep(0.1)
            try:
                httpx.get(f"{url}/api/v1/status", headers=headers, timeout=5).raise_for_status()
            except httpx.HTTPError:
                continue
            break
        deadline = time.monotonic() + 60
        while tracks and time.monotonic() < deadline:
            found = httpx.get(f"{url}/api/v1/tracks?limit=1", headers=headers, timeout=30).json()
            held = int(found["total"])
            if held >= tracks:
                break
            time.sleep(1)
        time.sleep(rest_s)
        return resident_mib(node.pid), held
    finally:
        node.send_signal(signal.SIGTERM)
        node.wait(timeout=30)


def main(args: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    bench = Bench("node", args, title="Memory of a node")
    rest_s = 2.0 if bench.quick else 6.0
    values: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "NZL"
        clock, entropy = SystemClock(), SystemEntropy()
        init_member(MemberId("NZL"), home, clock, entropy)
        (home / "sites.toml").write_text(SITES)
        composed = compose(home, settings=NodeSettings(rooms=()))
        composed.kernel.officers.add(officer("NZL", "desk"), "nothing else to guess 7", clock.now_ms())
        token = composed.kernel.officers.issue_token(officer("NZL", "desk").name, "benchmark", clock.now_ms())[0]
        composed.kernel.close()
        web = WebSettings(port=free_port())
        rest, _ = measure(home, NodeSettings(web=web, rooms=()), token, rest_s=rest_s)
        bench.target("at rest, no room, MiB", rest, at_most=120)
        for room in load_rooms(NodeSettings()):
            with_room, _ = measure(home, NodeSettings(web=web, rooms=(room.name,)), token, rest_s=rest_s)
            values[f"room_{room.name}_adds_mib"] = round(with_room - rest, 1)
        picture: dict[str, dict[str, str | int | float | bool]] = {"picture": {
            "source": "synthetic", "objects": 1_000 if bench.quick else 16_000, "sites": str(home / "sites.toml")}}
        wanted = 100 if bench.quick else LIVE_TRACKS
        live, held = measure(home, NodeSettings(web=web, room=picture), token, tracks=wanted, rest_s=rest_s)
        values |= {"live_tracks": held}
        bench.target(f"with {wanted} live tracks or more, MiB", live, at_most=250)
        bench.target("live tracks held", held, at_least=wanted)
    return bench.result(values)


if __name__ == "__main__":
    raise SystemExit(main())
