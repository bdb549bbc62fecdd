"""Ending the demonstration ends the nodes that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_sigterm_leaves_no_node_behind(tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-m", "latticework.node.main", "demo", "--once", "--seconds", "120", "--source", "none",
         "--first-port", "14800", "--home", str(tmp_path / "homes")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    nodes: list[int] = []
    try:
        assert demo.stdout is not None
        for line in demo.stdout:
            if line.startswith("Tracks flow"):
                break
        nodes = children(demo.pid)
        assert len(nodes) == 5
        demo.send_signal(signal.SIGTERM)
        demo.wait(60)
        end = time.monotonic() + 10
        while any(_runs(pid) for pid in nodes) and time.monotonic() < end:
            time.sleep(0.1)
        assert not [pid for pid in nodes if _runs(pid)]
    finally:
        demo.kill()
        demo.wait()
        for pid in nodes:
            if _runs(pid):
                os.kill(pid, signal.SIGKILL)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
