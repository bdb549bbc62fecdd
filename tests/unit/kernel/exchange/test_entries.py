from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latticework.kernel.codec import encode
from latticework.kernel.errors import DecodeError, LatticeworkError
from latticework.kernel.exchange import entries
from latticework.kernel.exchange.entries import Entry, decode_entry, encode_entry
from latticework.kernel.ids import Kind, MemberId, RecordId, Topic
from latticework.testing import factories

RECORD, USA, LABEL = RecordId("ab" * 32), MemberId("USA"), factories.label("USA")
ALL: list[Entry] = [
    entries.Released(record=RECORD, to=USA, arrangement=None, rule="R-20", relayed=False, at_ms=1),
    entries.Published(record=RECORD, at_ms=2),
    entries.StreamGranted(stream=Kind("picture.track"), topic=Topic("air"), label=LABEL, to=USA, number=1,
                          arrangement=RECORD, rule="R-21", at_ms=3),
    entries.StreamPeriod(stream=Kind("picture.track"), to=USA, number=1, root=b"r" * 32, batches=2, rows=9, from_ms=1,
                         to_ms=2),
    entries.EditGranted(channel="draft", topic=Topic("air"), label=LABEL, to=USA, number=2, arrangement=None,
                        rule="R-21", at_ms=4),
    entries.GrantEnded(number=2, to=USA, at_ms=5),
    entries.Withdrawn(record=RECORD, to=USA, rule="R-10", at_ms=6),
    entries.Decided(act="override.resume", about="USA", at_ms=7),
]


@pytest.mark.parametrize("entry", ALL, ids=lambda e: type(e).__name__)
def test_an_entry_has_one_byte_string(entry: Entry) -> None:
    data = encode_entry(entry)
    assert decode_entry(data) == entry
    assert msgspec.msgpack.decode(data)["type"] == type(entry).__struct_config__.tag


def test_every_kind_of_entry_is_covered() -> None:
    assert {type(e) for e in ALL} == set(Entry.__args__)


@pytest.mark.parametrize("bad", [
    b"", b"\x80", encode({"type": "released"}), encode({"type": "unheard-of"}), bytes(entries.MAX_ENTRY_BYTES + 1),
])
def test_what_is_no_entry_is_refused(bad: bytes) -> None:
    with pytest.raises(DecodeError):
        decode_entry(bad)


def test_a_label_that_breaks_its_own_rules_is_refused() -> None:
    raw = msgspec.msgpack.decode(encode_entry(ALL[2]))
    raw["label"]["release"] = {"everyone": True, "members": ["JPN"], "groups": []}
    with pytest.raises(LatticeworkError):
        decode_entry(msgspec.msgpack.Encoder(order="deterministic").encode(raw))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_one_of_our_errors(data: bytes) -> None:
    with pytest.raises(LatticeworkError):
        decode_entry(data)
