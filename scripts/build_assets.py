"""Build or fetch what is never committed: the front end, the compiled translations, the fonts of printed briefs.

A stamp file holds the hash of the inputs, so that a second run costs milliseconds.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
FONTS = FRONTEND / "fonts"
BIN = Path(sys.executable).parent
STAMP = FRONTEND / "node_modules" / ".latticework-built"


def _digest(paths: list[Path]) -> str:
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def build_frontend() -> int:
    """Run ``npm ci`` and esbuild when a source changed; return the exit code."""
    files = (p for p in FRONTEND.rglob("*") if p.is_file() and FONTS not in p.parents)
    sources = [p for p in files if "node_modules" not in p.parts]
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


def fetch_fonts() -> None:
    """Fetch the fonts of printed briefs by the hashes of their lock file, once; without a network, say what is missing.

    They are many times larger than what is used of them, so the packages are removed again.
    """
    from latticework.workbench.briefs import fonts

    lost = fonts.missing()
    if not lost:
        return
    print("Fetching the fonts of printed briefs …", flush=True)
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [str(BIN / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(command, cwd=FONTS, env=environment, check=False, stderr=subprocess.DEVNULL)
    packages = FONTS / "node_modules"
    if done.returncode == 0:
        fonts.FOLDER.mkdir(exist_ok=True)
        for name, (source, digest) in fonts.FILES.items():
            data = (packages / source).read_bytes()
            if hashlib.sha256(data).hexdigest() == digest:
                (fonts.FOLDER / name).write_bytes(data)
        for name, source in fonts.LICENSES.items():
            shutil.copyfile(packages / source, fonts.FOLDER / name)
    shutil.rmtree(packages, ignore_errors=True)
    if lost := fonts.missing():
        print(f"{len(lost)} of {len(fonts.FILES)} fonts are missing: briefs print in the typesetter's own fonts, and "
              "not in Japanese. Run make setup again when the network is up.")


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
    code = build_frontend()
    if code == 0:
        fetch_fonts()
    return code


if __name__ == "__main__":
    raise SystemExit(main())
