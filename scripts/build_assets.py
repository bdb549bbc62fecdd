"""Build what is made from sources and never committed: the front end and the compiled translations.

A stamp file holds the hash of the inputs, so that a second run costs milliseconds.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
BIN = Path(sys.executable).parent
STAMP = FRONTEND / "node_modules" / ".latticework-built"


def _digest(paths: list[Path]) -> str:
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def build_frontend() -> int:
    """Run ``npm ci`` and esbuild when a source changed; return the exit code."""
    sources = [p for p in FRONTEND.rglob("*") if p.is_file() and "node_modules" not in p.parts]
    wanted = _digest(sources)
    built = list((ROOT / "src").rglob("static/dist/*.js"))
    if built and STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    print("Building the front end …", flush=True)
    for command in (
        [str(BIN / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
        [str(BIN / "node"), "build.mjs"],
    ):
        done = subprocess.run(command, cwd=FRONTEND, env=environment, check=False)
        if done.returncode:
            print(f"The front end was not built: {Path(command[0]).name} ended with {done.returncode}.")
            return done.returncode
    STAMP.write_text(wanted)
    return 0


def compile_translations() -> None:
    """Compile each ``messages.po`` whose ``.mo`` is missing or older."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for po in (ROOT / "src").rglob("LC_MESSAGES/*.po"):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        with po.open("rb") as source:
            catalog = read_po(source, locale=po.parent.parent.name)
        with mo.open("wb") as target:
            write_mo(target, catalog)


def main() -> int:
    """Build everything; return the exit code."""
    compile_translations()
    return build_frontend()


if __name__ == "__main__":
    raise SystemExit(main())
