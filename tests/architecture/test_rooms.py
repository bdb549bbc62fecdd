"""A room can be taken out: its folder and its line in ``node/rooms.py``, and the rest still stands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = sorted(p.parent.parent.name for p in (ROOT / "src/latticework").glob("*/surface/room.py"))


def test_there_is_a_room() -> None:
    assert ROOMS


@pytest.mark.parametrize("room", ROOMS)
def test_the_house_stands_without_the_room(room: str, tmp_path: Path) -> None:
    source = tmp_path / "src"
    shutil.copytree(ROOT / "src/latticework", source / "latticework",
                    ignore=shutil.ignore_patterns("__pycache__", room if room != "node" else ""))
    listing = source / "latticework/node/rooms.py"
    kept = [line for line in listing.read_text().splitlines() if f"latticework.{room}.surface" not in line]
    listing.write_text("\n".join(kept) + "\n")
    probe = (
        "import pkgutil, importlib, latticework\n"
        f"assert latticework.__file__.startswith({str(tmp_path)!r})\n"
        "for m in pkgutil.walk_packages(latticework.__path__, 'latticework.'):\n"
        "    if not m.name.endswith('__main__'):\n"
        "        importlib.import_module(m.name)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run([sys.executable, "-c", probe], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
