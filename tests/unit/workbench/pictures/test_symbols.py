"""Symbols put together from parts, against milsymbol itself."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from latticework.workbench.pictures import symbols

FRONTEND = Path(__file__).resolve().parents[4] / "frontend"
NODE = Path(sys.executable).parent / "node"

WHOLE = """
import { createRequire } from "node:module";
const ms = createRequire(import.meta.url)("milsymbol");
const flat = (one) => Array.isArray(one) ? one.flatMap(flat) : one.draw ? one.draw.flatMap(flat)
  : [one.type === "circle" ? `${one.cx} ${one.cy} ${one.r}` : one.d ?? String(one.text)];
const codes = JSON.parse(process.argv[1]);
const drawn = (code) => flat(new ms.Symbol(code, { size: 100, fill: false }).drawInstructions).sort();
console.log(JSON.stringify(codes.map(drawn)));
"""

needs_parts = pytest.mark.skipif(not symbols.PARTS.exists(), reason="the front end is not built; run make setup")


def geometry(shape: symbols.Shape) -> str:
    tag, drawn = shape[0], shape[1]
    if tag == "circle":
        return f"{drawn['cx']:g} {drawn['cy']:g} {drawn['r']:g}"
    return str(drawn.get("d", drawn.get("text")))


@needs_parts
@pytest.mark.skipif(not (NODE.exists() and (FRONTEND / "node_modules/milsymbol").is_dir()), reason="npm ci has not run")
def test_parts_together_are_what_milsymbol_draws() -> None:
    # The oracle is milsymbol 3 (M. Beckman, MIT), which draws each symbol whole; 300 codes at random.
    parts = json.loads(symbols.PARTS.read_text())
    rng = random.Random(1)
    entities = [key[3:] for key in parts["icons"] if key.startswith("10:")]
    echelons = sorted(parts["echelons"])
    codes = [f"100{rng.choice('1346')}10{rng.choice('01')}{rng.choice('01234567')}{rng.choice(echelons)}"
             f"{rng.choice(entities)}0000" for _ in range(300)]
    done = subprocess.run([NODE, "--input-type=module", "-e", WHOLE, json.dumps(codes)], cwd=FRONTEND,
                          capture_output=True, text=True, check=True, timeout=60)
    for code, whole in zip(codes, json.loads(done.stdout), strict=True):
        found = symbols.symbol(code)
        assert found is not None
        assert found.known
        assert sorted(geometry(shape) for shape in found.shapes) == whole, code


@needs_parts
def test_an_unknown_entity_has_its_frame_alone() -> None:
    found = symbols.symbol("10061000009999990000")
    assert found is not None
    assert (found.identity, found.known, len(found.shapes)) == ("hostile", False, 1)


def test_identity_is_told_by_the_frame_also_without_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(symbols, "PARTS", tmp_path / "none.json")
    symbols._parts.cache_clear()
    symbols.symbol.cache_clear()
    try:
        frames = {digit: symbols.symbol(f"100{digit}1000001211000000") for digit in "1346"}
        assert [f.identity for f in frames.values() if f] == ["unknown", "friend", "neutral", "hostile"]
        assert len({geometry(f.shapes[0]) for f in frames.values() if f}) == 4
    finally:
        symbols._parts.cache_clear()
        symbols.symbol.cache_clear()


@pytest.mark.parametrize("code", [
    "", "SFG-UCI----D", "1003100000121100000", "1003100000121100000x", "10091000001211000000"])
def test_what_is_no_code_has_no_symbol(code: str) -> None:
    assert symbols.symbol(code) is None
