"""Key histories against a model: whatever happens, in whatever order it is heard of, all honest members agree."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import InvalidKeyHistory, LatticeworkError
from latticework.kernel.identity import Held, KeyDirectory
from latticework.kernel.identity import history as h
from latticework.kernel.identity.certificates import make_issuer, make_root, new_private_key
from latticework.kernel.identity.history import KeyHistory, KeyStatement, extend
from latticework.kernel.identity.keys import RecordKey
from latticework.kernel.store import MemoryStore
from latticework.testing.clock import SeededEntropy

NOW, DAY = 1_800_000_000_000, 86_400_000
E = SeededEntropy("histories")
ROOT_KEY, ISSUER_KEY = new_private_key(E), new_private_key(E)
ROOT = make_root("JPN", ROOT_KEY, NOW, E)
ISSUER = make_issuer("JPN", ISSUER_KEY.public_key(), ROOT, ROOT_KEY, NOW, E)
KEYS = [RecordKey.generate(E) for _ in range(12)]

steps = st.lists(st.tuples(st.sampled_from(["rotate", "lose present", "lose older"]), st.integers(-5000, 5000)),
                 max_size=8)


def build(plan):
    """Return (history, model): the model is a list of [key number, state] with states present, replaced and lost."""
    history = extend(KeyHistory("JPN"), ROOT, [h.begin("JPN", KEYS[0], ROOT_KEY, NOW)])
    model, now = [[0, "present"]], NOW
    for act, by_ms in plan:
        now += by_ms
        present = next(m for m in model if m[1] == "present")
        fresh = len(model)
        if act == "rotate":
            statement = h.rotate(history, KEYS[present[0]], KEYS[fresh], ISSUER, ISSUER_KEY, now)
            present[1] = "replaced"
            model.append([fresh, "present"])
        elif act == "lose present":
            statement = h.compromise(history, KEYS[present[0]].key_id, KEYS[fresh], ROOT_KEY, now, "lost")
            present[1] = "lost"
            model.append([fresh, "present"])
        else:
            older = next((m for m in model if m[1] == "replaced"), None)
            if older is None:
                continue
            statement = h.compromise(history, KEYS[older[0]].key_id, None, ROOT_KEY, now, "")
            older[1] = "lost"
        history = extend(history, ROOT, [statement])
    return history, model


@settings(max_examples=60, deadline=None)
@given(steps)
def test_a_history_says_what_the_model_says(plan):
    history, model = build(plan)
    assert [k.key for k in history.keys] == [KEYS[n].key_id for n, _ in model]
    for period, (_, state) in zip(history.keys, model, strict=True):
        assert (period.until_ms is None) == (state == "present")
        assert (period.compromised_ms is not None) == (state == "lost")
    times = [s.content.at_ms for s in history.statements]
    assert times == sorted(times)  # even where the clock went back
    assert extend(KeyHistory("JPN"), ROOT, history.statements) == history


@settings(max_examples=40, deadline=None)
@given(steps, st.data())
def test_statements_heard_late_twice_or_out_of_order_never_lead_elsewhere(plan, data):
    history, _ = build(plan)
    store = MemoryStore()
    keys = KeyDirectory(store)
    with store.transaction() as tx:
        keys.add_member(tx, "JPN", ROOT, history.statements[:1])
    indices = st.integers(0, len(history.statements) - 1)
    for at in data.draw(st.lists(indices, max_size=20)):
        held = len(keys.history("JPN").statements)
        with store.transaction() as tx:
            if at > held:
                with pytest.raises(InvalidKeyHistory):
                    keys.apply(tx, [history.statements[at]], held=Held(1, 1))
            else:
                assert len(keys.apply(tx, [history.statements[at]], held=Held(1, 1))) == (at == held)
        assert keys.history("JPN").statements == history.statements[:len(keys.history("JPN").statements)]
    with store.transaction() as tx:
        keys.apply(tx, history.statements, held=Held(2, 2))
    assert keys.history("JPN") == history == KeyDirectory(store).history("JPN")
    lost = {k.key for k in history.keys if k.compromised_ms is not None}
    assert set(keys.compromised("JPN")) == lost
    for key in (k.key for k in history.keys):
        assert keys.stands("JPN", key, None) == (key not in lost)
        assert keys.stands("JPN", key, 10**9) == (key not in lost)


@settings(max_examples=150, deadline=None)
@given(steps.filter(bool), st.data())
def test_no_changed_statement_is_taken(plan, data):
    history, _ = build(plan)
    at = data.draw(st.integers(0, len(history.statements) - 1))
    raw = bytearray(encode(history.statements[at]))
    # ECDSA signatures differ in length from run to run, so the place is drawn without looking at them.
    raw[data.draw(st.integers(0, 4095)) % len(raw)] ^= 1 << data.draw(st.integers(0, 7))
    before = extend(KeyHistory("JPN"), ROOT, history.statements[:at])
    try:
        changed = decode(bytes(raw), KeyStatement)
        after = extend(before, ROOT, [changed])
    except LatticeworkError:
        return
    # Only what stands outside the signed content could differ (another valid form of a signature).
    assert changed.content == history.statements[at].content
    assert after.head == extend(before, ROOT, [history.statements[at]]).head


@settings(max_examples=60, deadline=None)
@given(steps, st.integers(0, 11), st.integers(0, 11), st.sampled_from(["rotate", "compromise"]))
def test_whoever_lacks_the_root_can_only_go_on_from_the_present_key(plan, old, new, act):
    """A thief of the issuer and of one record key: rotation works from the present key alone, compromise never."""
    history, model = build(plan)
    present = next(n for n, state in model if state == "present")
    if act == "rotate":
        forged = h.rotate(history, KEYS[old], KEYS[new], ISSUER, ISSUER_KEY, NOW + DAY)
        may = old == present and new not in {n for n, _ in model}
    else:
        forged = h.compromise(history, KEYS[old].key_id, KEYS[new], ISSUER_KEY, NOW + DAY, "")
        may = False
    if may:
        assert extend(history, ROOT, [forged]).present.key == KEYS[new].key_id
    else:
        with pytest.raises(InvalidKeyHistory):
            extend(history, ROOT, [forged])


def test_the_encoding_is_stable():
    # The signed bytes are part of the format: this breaks when a field is renamed or moved, which must not happen.
    content = h.KeyAct(member="JPN", sequence=0, previous=bytes(32), act="begin", public_key=bytes(range(32)), key="",
                       at_ms=NOW)
    assert h.signed_bytes(content).startswith(b"latticework.key-statement/1\x00\x88\xa6member\xa3JPN\xa8sequence\x00")
    assert list(msgspec.to_builtins(content)) == ["member", "sequence", "previous", "act", "public_key", "key",
                                                  "at_ms", "reason"]
