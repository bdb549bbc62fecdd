"""The feed's frames, byte by byte as the documentation tells other clients."""

import struct

import numpy as np

from latticework.kernel.core.streams import StreamView
from latticework.kernel.ids import MemberId
from latticework.kernel.labels.label import Label
from latticework.picture.feed import (
    FEED_GONE,
    FEED_ROW,
    GONE,
    HEADER,
    KEPT_MS,
    MAGIC,
    QUIET_MS,
    ROWS,
    FeedState,
    gone_frame,
    pack_rows,
    rows_frame,
)
from latticework.picture.model import TRACK

NOW = 1_760_000_000_000


def one_row() -> np.ndarray:
    rows = np.zeros(1, dtype=TRACK)
    rows["number"], rows["pedigree"], rows["origin"] = 4127, 5, 6487
    rows["latitude_deg"], rows["longitude_deg"], rows["time_ms"] = 31.6033333, -129.3, NOW - 1200
    rows["altitude_m"], rows["speed_mps"], rows["course_deg"], rows["climb_mps"] = 9448.8, 224.8, 359.999, -12.34
    rows["position_sigma_m"], rows["flags"], rows["affiliation"], rows["quality"] = 76.2, 1, 2, 9
    return rows


def test_frame_by_hand() -> None:
    frame = rows_frame(pack_rows(one_row(), np.array([3], np.uint8), np.array([7], np.uint16), NOW), NOW)
    assert len(frame) == 24 + 40
    assert HEADER.unpack(frame[:24]) == (MAGIC, ROWS, 40, 0, 1, 0, NOW)
    fields = struct.unpack("<IiiiIHHhHHhHBBHH", frame[24:])
    assert fields == (4127, 316_033_333, -1_293_000_000, 1200, 5, 6487, 7, 2362, 2248, 0, -123, 77, 3, 2 + 16 * 9, 1, 0)


def test_values_out_of_range_stay_at_the_end() -> None:
    rows = one_row()
    rows["altitude_m"], rows["speed_mps"], rows["climb_mps"], rows["position_sigma_m"] = 1e6, 1e5, -1e5, 1e6
    packed = pack_rows(rows, np.array([0], np.uint8), np.array([0], np.uint16), NOW)
    assert [int(packed[name][0]) for name in ("altitude_4m", "speed_dmps", "climb_dmps", "sigma_m")] == [
        32767, 65535, -32768, 65535,
    ]


def test_sigma_is_never_rounded_down() -> None:
    rows = one_row()
    rows["position_sigma_m"] = 76.01
    assert pack_rows(rows, np.array([0], np.uint8), np.array([0], np.uint16), NOW)["sigma_m"][0] == 77


def test_gone() -> None:
    gone = np.zeros(1, dtype=FEED_GONE)
    gone["number"], gone["origin"], gone["giver"] = 4127, 6487, 3
    frame = gone_frame(gone, NOW)
    assert HEADER.unpack(frame[:24]) == (MAGIC, GONE, 8, 0, 1, 0, NOW)
    assert struct.unpack("<IHBB", frame[24:]) == (4127, 6487, 3, 0)


def test_sizes_are_the_documented_ones() -> None:
    assert (HEADER.size, FEED_ROW.itemsize, FEED_GONE.itemsize) == (24, 40, 8)


JPN, USA = MemberId("JPN"), MemberId("USA")
LABELS = (Label(policy="EXERCISE", classification=1), Label(policy="EXERCISE", classification=2))


def table(*slots: int, number: int = 1000, time_ms: int = NOW, label: int = 0) -> np.ndarray:
    rows = np.zeros(len(slots), dtype=TRACK)
    rows["slot"] = slots
    rows["number"] = [number + slot for slot in slots]
    rows["time_ms"], rows["label"] = time_ms, label
    return rows


def always(_: Label) -> bool:
    return True


def read(frames: list[bytes]) -> dict[int, list[int]]:
    """The track numbers in each kind of frame."""
    found: dict[int, list[int]] = {}
    for frame in frames:
        _, kind, _, _, count, _, _ = HEADER.unpack(frame[:24])
        rows = np.frombuffer(frame[24:], dtype=FEED_ROW if kind == ROWS else FEED_GONE)
        assert len(rows) == count
        found[kind] = sorted(rows["number"].tolist())
    return found


def test_only_what_is_new_is_sent() -> None:
    state = FeedState()
    frames, grew = state.frames((StreamView(JPN, table(1, 2, 3), LABELS),), NOW, always)
    assert read(frames) == {ROWS: [1001, 1002, 1003]}
    assert grew
    assert state.frames((StreamView(JPN, table(1, 2, 3), LABELS),), NOW, always) == ([], False)
    newer = table(3, 1, 2)
    newer["time_ms"][newer["slot"] == 2] = NOW + 1000
    frames, grew = state.frames((StreamView(JPN, newer, LABELS),), NOW + 1000, always)
    assert read(frames) == {ROWS: [1002]}
    assert not grew


def test_what_may_no_longer_be_seen_is_gone_at_once() -> None:
    state = FeedState()
    state.frames((StreamView(JPN, table(1, 2), LABELS), StreamView(USA, table(1), LABELS)), NOW, always)
    frames, _ = state.frames((StreamView(JPN, table(2), LABELS),), NOW, always)
    assert read(frames) == {GONE: [1001, 1001]}
    assert state.frames((StreamView(JPN, table(2), LABELS),), NOW, always)[0] == []


def test_a_slot_that_is_used_again_loses_its_old_track() -> None:
    state = FeedState()
    state.frames((StreamView(JPN, table(1, 2), LABELS),), NOW, always)
    frames, _ = state.frames((StreamView(JPN, np.concatenate([table(1, number=7000), table(2)]), LABELS),), NOW, always)
    assert read(frames) == {GONE: [1001], ROWS: [7001]}


def test_a_new_label_is_sent_and_grows_the_legend() -> None:
    state = FeedState()
    state.frames((StreamView(JPN, table(1), LABELS),), NOW, always)
    assert state.labels == [LABELS[0]]
    frames, grew = state.frames((StreamView(JPN, table(1, label=1), LABELS),), NOW, always)
    assert read(frames) == {ROWS: [1001]}
    assert grew
    assert state.labels == list(LABELS)


def test_one_members_labels_are_not_anothers() -> None:
    state = FeedState()
    views = (StreamView(JPN, table(1, label=1), LABELS), StreamView(USA, table(1, label=1), LABELS[::-1]))
    frames, _ = state.frames(views, NOW, always)
    rows = np.frombuffer(frames[0][24:], dtype=FEED_ROW)
    assert [state.labels[i] for i in rows["label"]] == [LABELS[1], LABELS[0]]
    assert [state.members[i] for i in rows["giver"]] == [JPN, USA]


def test_impossible_rows_are_counted_and_not_shown() -> None:
    state = FeedState()
    rows = table(1, 2, 3)
    rows["latitude_deg"][0] = np.nan
    rows["label"][1] = 9
    frames, _ = state.frames((StreamView(USA, rows, LABELS),), NOW, always)
    assert read(frames) == {ROWS: [1003]}
    assert state.refused == 2


def test_a_lost_track_stays_until_its_label_may_not_be_seen() -> None:
    state = FeedState()
    state.frames((StreamView(JPN, table(1, 2, label=1), LABELS),), NOW, always)
    later = NOW + QUIET_MS
    assert state.frames((StreamView(JPN, table(), LABELS),), later, always) == ([], False)
    assert state.frames((), later + 1, always) == ([], False)
    frames, _ = state.frames((), later + 2, lambda label: label != LABELS[1])
    assert read(frames) == {GONE: [1001, 1002]}


def test_a_lost_track_that_comes_back_or_grows_old() -> None:
    state = FeedState()
    state.frames((StreamView(JPN, table(1, 2), LABELS),), NOW, always)
    later = NOW + QUIET_MS
    state.frames((StreamView(JPN, table(), LABELS),), later, always)
    frames, _ = state.frames((StreamView(JPN, table(1, time_ms=later), LABELS),), later, always)
    assert read(frames) == {ROWS: [1001]}
    frames, _ = state.frames((StreamView(JPN, table(1, time_ms=later), LABELS),), NOW + KEPT_MS + 1, always)
    assert read(frames) == {GONE: [1002]}
