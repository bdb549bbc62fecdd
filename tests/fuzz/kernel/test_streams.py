"""Coverage-guided (atheris) and generated (hypothesis) batches of a stream, signed and unsigned."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.fuzz.kernel import targets_streams as targets

from latticework.kernel.codec import decode, encode
from latticework.kernel.exchange.streams import BatchBody
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.records.record import Envelope
from latticework.kernel.records.signing import seal_payload
from latticework.picture.model import TRACK, code_of_member

RUNS = int(os.environ.get("LATTICEWORK_FUZZ_RUNS", "600"))


def _good():
    row = np.zeros(2, dtype=TRACK)
    row["slot"], row["number"], row["origin"], row["time_ms"] = [3, 9], [4, 5], code_of_member("JPN"), targets.NOW
    labels = tuple(Label(policy="EXERCISE", classification=n, release=Release(members=frozenset({"USA"})),
                         originators=frozenset({"JPN"})) for n in range(3))
    row["label"] = [0, 1]
    body = BatchBody("picture.track", 1, "JPN", "USA", 1, 1, 1, targets.NOW, targets.NOW, 0, (), 0, 0, 0, labels,
                     row.tobytes())
    return encode(body)


PAYLOAD = _good()
GOOD = {"signed_batch": PAYLOAD, "batch": seal_payload(targets.JPN, targets.STREAM_TYPE, PAYLOAD)}


def test_the_input_that_fuzzing_starts_from_is_taken():
    assert targets.receiver().take("JPN", GOOD["batch"], targets.NOW).rows == 2
    assert decode(GOOD["batch"], Envelope).payload == PAYLOAD


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this platform")
def test_atheris_finds_nothing(name, tmp_path):
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "good").write_bytes(GOOD[name])
    drive = Path(__file__).parents[1] / "drive.py"
    done = subprocess.run([sys.executable, str(drive), targets.__file__, name, str(RUNS), str(seeds)],
                          capture_output=True, text=True, timeout=60 + RUNS / 20, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Done " in done.stderr, done.stderr[-1000:]


@pytest.mark.parametrize("name", GOOD)
def test_anything_is_refused_with_one_of_our_own_errors(name):
    target = getattr(targets, name)

    @settings(max_examples=100, deadline=None)
    @given(st.binary(max_size=600))
    @example(b"")
    @example(b"\x91" * 100_000)
    @example(b"\xdc\xff\xff")
    def check(data):
        target(data)

    check()


@pytest.mark.parametrize("name", GOOD)
def test_small_changes_of_good_input_are_handled(name):
    target = getattr(targets, name)

    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def check(draw):
        good = bytearray(GOOD[name])
        for _ in range(draw.draw(st.integers(0, 3))):
            good[draw.draw(st.integers(0, len(good) - 1))] = draw.draw(st.integers(0, 255))
        target(bytes(good))
        target(bytes(good[: draw.draw(st.integers(0, len(good)))]))

    check()


NUMBERS = st.one_of(st.integers(0, 5), st.integers(0, 2**62 - 1))


@settings(max_examples=200, deadline=None)
@given(st.builds(
    BatchBody, st.sampled_from(["picture.track", "x", ""]), st.integers(0, 3), st.just("JPN"), st.just("USA"),
    st.integers(0, 2), NUMBERS, NUMBERS, st.integers(targets.NOW - 20_000, targets.NOW + 20_000), NUMBERS, NUMBERS,
    st.lists(st.binary(min_size=32, max_size=32), max_size=4).map(tuple), NUMBERS, NUMBERS, st.integers(0, 256),
    st.just(()), st.binary(max_size=64 * 4)))
def test_well_formed_nonsense_is_refused(body):
    targets.signed_batch(encode(body))
