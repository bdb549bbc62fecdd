"""Coverage-guided (atheris) and generated (hypothesis) input for every decoder of labels."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.fuzz.kernel import targets_labels as targets

from latticework.kernel.ids import MemberId
from latticework.kernel.labels import Label, Release

RUNS = int(os.environ.get("LATTICEWORK_FUZZ_RUNS", "3000"))
NAMES = ("label", "label_inside", "policy", "policy_inside")


def _good() -> dict[str, list[bytes]]:
    """Return well-formed input for each target, for the fuzzers to begin with."""
    full = Label(
        policy="EXERCISE", classification=3,
        release=Release(members=frozenset({"JPN", "CAN"}), groups=frozenset({"G@1"})),
        restrictive=frozenset({"Special Handling/CEDAR"}), informative=frozenset({"Handling/DRAFT"}),
        originators=frozenset({MemberId("JPN")}), expires_ms=1,
    )
    written = targets.POLICY.write(full, created_ms=0)
    inside = b'<Classification>SECRET</Classification><Category TagName="Releasable To" Type="PERMISSIVE">' \
             b"<GenericValue>JPN</GenericValue></Category>"
    spif = (files("latticework.kernel.labels") / "policies" / "exercise.spif.xml").read_bytes()
    return {
        "label": [written, targets.POLICY.write_plain(full)], "label_inside": [inside], "policy": [spif[:4000], spif],
        "policy_inside": [b'<markingData phrase="x"><code>pageTop</code></markingData><securityCategoryTagSets>'
                          b'<securityCategoryTagSet name="S" id="1.3"><securityCategoryTag name="T" tagType="tagType7">'
                          b'<tagCategory name="C" lacv="1"/></securityCategoryTag></securityCategoryTagSet>'
                          b"</securityCategoryTagSets>"],
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
    @example(b"<a>" * 100_000)
    @example(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    @example("<a>—</a>".encode("utf-16"))
    @example("<a>—</a>".encode("utf-32"))
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
