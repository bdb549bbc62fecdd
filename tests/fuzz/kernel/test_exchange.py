"""Coverage-guided (atheris) and generated (hypothesis) input for every decoder of the exchange, and for its machine."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzz.kernel import targets_exchange as targets
from tests.fuzz.kernel.fuzzing import suite

from latticework.kernel.codec import decode
from latticework.kernel.exchange import messages
from latticework.kernel.exchange.messages import Page
from latticework.kernel.ids import MemberId
from latticework.kernel.records.record import Envelope


def _good() -> dict[str, list[bytes]]:
    """Return well-formed input for each target, for the fuzzers to begin with."""
    payloads = [decode(data, Envelope).payload for data in targets.SAID]
    said = [
        messages.open_frame(d, targets.RING, targets.USA.member, targets.JPN.member, 0).message for d in targets.SAID
    ]
    entries = [item.entry for message in said if isinstance(message, Page) for item in message.items]
    receipts = [decode(m.signed, Envelope).payload for m in said if isinstance(m, messages.Receipt)]
    assert entries
    assert receipts
    return {"frame": targets.SAID[:8], "signed": payloads[:8], "entry": entries, "machine": payloads[:8],
            "receipt": receipts}


GOOD = _good()


test_atheris_finds_nothing, test_anything_is_refused_with_one_of_our_own_errors, \
    test_small_changes_of_good_input_are_handled = suite(targets, GOOD, runs=600, most=100)


NUMBERS = st.one_of(st.integers(0, 5), st.integers(0, 2**62 - 1))
BYTES = st.binary(max_size=80)
MESSAGES = st.one_of(
    st.builds(messages.Hint, NUMBERS, NUMBERS),
    st.builds(messages.Pull, NUMBERS, st.integers(1, 1000)),
    st.builds(messages.Page, NUMBERS, NUMBERS,
              st.lists(st.builds(messages.Item, NUMBERS, BYTES, BYTES, NUMBERS), max_size=3).map(tuple),
              st.lists(BYTES, max_size=3).map(tuple), st.booleans(), NUMBERS, NUMBERS),
    st.builds(messages.Receipt, BYTES),
    st.builds(messages.Ask, BYTES, st.lists(NUMBERS, max_size=5).map(tuple), BYTES),
    st.builds(messages.Proofs, BYTES, NUMBERS, st.lists(st.binary(max_size=32), max_size=3).map(tuple),
              st.lists(BYTES, max_size=2).map(tuple),
              st.lists(st.builds(messages.ItemProof, NUMBERS, BYTES), max_size=3).map(tuple),
              st.lists(NUMBERS, max_size=3).map(tuple)),
    st.builds(messages.Checkpoints, st.lists(st.tuples(st.sampled_from(
        [MemberId("JPN"), MemberId("USA"), MemberId("XXX"), MemberId("")]), BYTES), max_size=3).map(tuple)),
    st.builds(messages.Accusation, BYTES),
    st.builds(messages.EditBatch, NUMBERS, NUMBERS, st.lists(BYTES, min_size=1, max_size=3).map(tuple)),
    st.builds(messages.EditAck, NUMBERS, NUMBERS),
    st.builds(messages.Stale, NUMBERS),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MESSAGES)
def test_a_peer_may_say_anything_in_good_form(message):
    targets.say(message)
