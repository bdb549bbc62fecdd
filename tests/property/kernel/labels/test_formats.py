"""Writing and reading give the same label; no bytes crash a reader."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st
from tests.property.kernel.labels.strategies import valid_labels

from latticework.kernel.errors import InvalidLabel, LabelError, PolicyMismatch
from latticework.kernel.labels import Label, SecurityPolicy, exercise_policy

POLICY = exercise_policy()


@given(valid_labels, st.none() | st.integers(0, 10**13))
def test_adatp4774_keeps_every_label(label: Label, created_ms: int | None) -> None:
    POLICY.validate(label)
    assert POLICY.read(POLICY.write(label, created_ms=created_ms)) == label


@given(valid_labels)
def test_plain_xml_keeps_every_label(label: Label) -> None:
    assert POLICY.read(POLICY.write_plain(label)) == label


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_no_bytes_crash_the_readers(data: bytes) -> None:
    with contextlib.suppress(LabelError):
        POLICY.read(data)
    with contextlib.suppress(LabelError):
        SecurityPolicy.from_spif_bytes(data)


@given(valid_labels, st.data())
def test_damaged_labels_are_read_or_refused(label: Label, data: st.DataObject) -> None:
    written = bytearray(POLICY.write(label))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(written) - 1))
        written[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(written)))
    for damaged in (bytes(written), bytes(written[:cut])):
        with contextlib.suppress(InvalidLabel, PolicyMismatch):
            assert POLICY.read(damaged).policy == "EXERCISE"
