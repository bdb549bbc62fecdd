"""Coverage-guided (atheris) and generated (hypothesis) input for every decoder of identity."""

from __future__ import annotations

import base64
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.fuzz.kernel import targets_identity as targets

from latticework.kernel.codec import decode, encode
from latticework.kernel.identity.bundle import SignedBundle
from latticework.kernel.identity.certificates import certificate_der

RUNS = int(os.environ.get("LATTICEWORK_FUZZ_RUNS", "3000"))
NAMES = ("statement", "bundle", "bundle_inside", "certificates", "key_file", "home_files", "signature", "sign_in")
JPN = targets.JPN


def _good():
    bundle = JPN.export_bundle(targets.NOW, for_member="USA", endpoint="127.0.0.1:8700")
    signed = decode(base64.b64decode(b"".join(bundle.strip().splitlines()[1:-1])), SignedBundle)
    folder = targets.HOME / "JPN" / "identity"
    return {
        "statement": [encode(JPN.history.statements[0])],
        "bundle": [bundle],
        "bundle_inside": [signed.content],
        "certificates": [JPN.tls()[0], JPN.root_pem, certificate_der(JPN.root)],
        "key_file": [next(folder.glob("record-*.key")).read_bytes()],
        "home_files": [(folder / name).read_bytes() for name in ("member.json", "history.bin", "issuer.pem")],
        "signature": [targets.KEY.public_key + targets.KEY.sign(b"something else")],
        "sign_in": [b"desk.jpn\nsix geese a laying", b"lw_token"],
    }


GOOD = _good()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this platform")
def test_atheris_finds_nothing(name, tmp_path):
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for number, data in enumerate(GOOD[name]):
        (seeds / f"good-{number}").write_bytes(data)
    drive = Path(__file__).parents[1] / "drive.py"
    done = subprocess.run(
        [sys.executable, str(drive), targets.__file__, name, str(RUNS), str(seeds)],
        capture_output=True, text=True, timeout=60 + RUNS / 20, check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Done " in done.stderr, done.stderr[-1000:]


@pytest.mark.parametrize("name", NAMES)
def test_anything_is_refused_with_one_of_our_own_errors(name):
    target = getattr(targets, name)

    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=600))
    @example(b"")
    @example(b"\x91" * 100_000)
    @example(b"\xdd\xff\xff\xff\xff")
    @example("—".encode())
    def check(data):
        target(data)

    check()


@pytest.mark.parametrize("name", NAMES)
def test_small_changes_of_good_input_are_handled(name):
    target = getattr(targets, name)

    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def check(draw):
        good = bytearray(draw.draw(st.sampled_from(GOOD[name])))
        for _ in range(draw.draw(st.integers(0, 3))):
            place = draw.draw(st.integers(0, len(good) - 1))
            good[place] = draw.draw(st.integers(0, 255))
        cut = draw.draw(st.integers(0, len(good)))
        target(bytes(good))
        target(bytes(good[:cut]))

    check()
