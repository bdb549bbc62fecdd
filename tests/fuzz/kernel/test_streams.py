"""Coverage-guided (atheris) and generated (hypothesis) batches of a stream, signed and unsigned."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fuzz.kernel import targets_streams as targets
from tests.fuzz.kernel.fuzzing import suite

from latticework.kernel.codec import decode, encode
from latticework.kernel.exchange.streams import BatchBody
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.records.record import Envelope
from latticework.kernel.records.signing import seal_payload
from latticework.picture.model import TRACK, code_of_member


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
GOOD = {"signed_batch": [PAYLOAD], "batch": [seal_payload(targets.JPN, targets.STREAM_TYPE, PAYLOAD)]}


def test_the_input_that_fuzzing_starts_from_is_taken():
    assert targets.receiver().take("JPN", GOOD["batch"][0], targets.NOW).rows == 2
    assert decode(GOOD["batch"][0], Envelope).payload == PAYLOAD


test_atheris_finds_nothing, test_anything_is_refused_with_one_of_our_own_errors, \
    test_small_changes_of_good_input_are_handled = suite(targets, GOOD, runs=600)


NUMBERS = st.one_of(st.integers(0, 5), st.integers(0, 2**62 - 1))


@settings(max_examples=200, deadline=None)
@given(st.builds(
    BatchBody, st.sampled_from(["picture.track", "x", ""]), st.integers(0, 3), st.just("JPN"), st.just("USA"),
    st.integers(0, 2), NUMBERS, NUMBERS, st.integers(targets.NOW - 20_000, targets.NOW + 20_000), NUMBERS, NUMBERS,
    st.lists(st.binary(min_size=32, max_size=32), max_size=4).map(tuple), NUMBERS, NUMBERS, st.integers(0, 256),
    st.just(()), st.binary(max_size=64 * 4)))
def test_well_formed_nonsense_is_refused(body):
    targets.signed_batch(encode(body))
