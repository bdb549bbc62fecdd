"""Make the virtual environment: venv, then uv from PyPI, then exactly what requirements.lock names, by hash.

Standard library only: it runs with the system's Python before anything is installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Create or update the environment; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    target: Path = parser.parse_args().venv.resolve()
    if sys.version_info < (3, 11):  # noqa: UP036 - this script runs before anything is installed
        print(f"latticework needs Python 3.11 or newer; this is {sys.version.split()[0]}. Set PYTHON=python3.11.")
        return 2
    python = target / "bin" / "python"
    if not python.exists():
        print(f"Making {target.name} …", flush=True)
        try:
            venv.EnvBuilder(with_pip=True).create(target)
        except subprocess.CalledProcessError:
            print("Python cannot make a virtual environment here. On Debian: apt-get install python3-venv.")
            return 2
    quiet = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    print("Installing the pinned packages …", flush=True)
    for command in (
        [str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(ROOT / "requirements-uv.lock")],
        [str(target / "bin" / "uv"), "pip", "install", "-q", "--python", str(python), "--require-hashes", "-r",
         str(ROOT / "requirements.lock")],
        [str(target / "bin" / "uv"), "pip", "install", "-q", "--python", str(python), "--no-deps",
         "--no-build-isolation", "-e", str(ROOT)],
    ):
        done = subprocess.run(command, env=quiet, check=False, cwd=ROOT)
        if done.returncode:
            print(f"Set-up stopped at: {' '.join(command[1:4])} … (exit {done.returncode}).")
            return done.returncode
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
