"""The feed's frames, byte by byte as the documentation tells other clients."""

import struct

import numpy as np

from latticework.picture.feed import FEED_GONE, FEED_ROW, GONE, HEADER, MAGIC, ROWS, gone_frame, pack_rows, rows_frame
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
