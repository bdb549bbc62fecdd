"""Moved traffic flies as it flew: on a flight made by hand, and on the recording itself where the cache has it."""

import numpy as np
import pytest

from latticework.picture.recording import ARRAY, ROW, default_cache, load
from latticework.picture.replay import AREAS, SOURCE_PLACE_DEG, Area, Replay
from latticework.picture.sphere import distance_m, unit_vectors

START_MS = 1_600_000_000_000


def flight(aircraft: int, start_s: int, rows: int, latitude: float = 46.81) -> np.ndarray:
    """Flies north from `latitude` at 200 m/s: 1 degree of latitude is 111 195.08 m on the sphere."""
    made = np.zeros(rows, dtype=ROW)
    made["aircraft"] = aircraft
    made["time_ms"] = START_MS + 1000 * start_s + 10_000 * np.arange(rows)
    made["latitude_deg"] = latitude + 2000 * np.arange(rows) / 111_195.0797
    made["longitude_deg"] = 8.22
    made["altitude_m"] = 10_000 + 10 * np.arange(rows)
    made["speed_mps"] = 200
    made["climb_mps"] = 1
    return made


HERE = (Area("here", 35.0, 135.0, 90.0),)


def test_a_flight_moves_turned_with_its_speed_and_altitude() -> None:
    replay = Replay(flight(1, 0, 61), HERE, copies=1)
    now = 5 * replay.span_ms
    first, later = replay.at(now), replay.at(now + 25_000)
    assert np.allclose(first.vectors[0], unit_vectors(35.0, 135.0), atol=1e-9)
    assert float(distance_m(first.vectors[0], later.vectors[0])) == pytest.approx(25 * 200, rel=1e-6)
    assert first.course_deg[0] == pytest.approx(90.0)
    assert later.altitude_m[0] == pytest.approx(10_025)
    assert later.speed_mps[0] == pytest.approx(200)
    assert first.keys.tolist() == later.keys.tolist()


def test_a_pause_ends_a_flight() -> None:
    paused = np.concatenate([flight(1, 0, 3), flight(1, 120, 3)])
    replay = Replay(paused, HERE, copies=1)
    now = 7 * replay.span_ms
    assert len(replay.at(now + 10_000).keys) == 1
    assert len(replay.at(now + 60_000).keys) == 0
    assert replay.at(now + 10_000).keys[0] != replay.at(now + 130_000).keys[0]


def test_the_loop_gives_new_keys_and_the_same_sky() -> None:
    replay = Replay(flight(1, 0, 61), HERE, copies=1)
    one, two = replay.at(3 * replay.span_ms + 5000), replay.at(4 * replay.span_ms + 5000)
    assert np.allclose(one.vectors, two.vectors)
    assert one.keys[0] != two.keys[0]


def test_parts_divide_the_sky() -> None:
    sky = np.concatenate([flight(i, 0, 30, 46.0 + i / 50) for i in range(40)])
    replay = Replay(sky, AREAS, copies=2)
    now = START_MS + 123_456
    whole = sorted(replay.at(now).keys.tolist())
    assert len(set(whole)) == len(whole)
    assert sorted(key for part in range(7) for key in replay.at(now, part, 7).keys.tolist()) == whole


def test_distances_between_aircraft_are_kept() -> None:
    sky = np.concatenate([flight(1, 0, 30), flight(2, 0, 30, 46.0)])
    replay = Replay(sky, HERE, copies=1)
    moment = replay.at(2 * replay.span_ms + 50_000)
    before = distance_m(unit_vectors(46.0, 8.22), unit_vectors(SOURCE_PLACE_DEG[0], 8.22))
    assert float(distance_m(moment.vectors[0], moment.vectors[1])) == pytest.approx(float(before), rel=1e-9)


def test_the_recording_flies_at_the_speed_it_reports() -> None:
    if not (default_cache() / ARRAY).exists():
        pytest.skip("the recording is not in the cache; `latticework picture fetch` gets it")
    replay = Replay(load(default_cache()))
    one, two = replay.at(START_MS), replay.at(START_MS + 60_000)
    _, i, j = np.intersect1d(one.keys, two.keys, return_indices=True)
    assert len(i) > 300
    ratio = distance_m(one.vectors[i], two.vectors[j]) / 60 / one.speed_mps[i]
    assert float(np.median(ratio)) == pytest.approx(1.0, abs=0.01)
    assert np.mean(np.abs(ratio - 1) < 0.1) > 0.9
