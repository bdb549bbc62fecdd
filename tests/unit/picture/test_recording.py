"""Reading the recording: units, order, refusal of what is not the recording, and no file left half made."""

import gzip
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from latticework.kernel.errors import InvalidFile, LinkDown
from latticework.picture import recording
from latticework.picture.recording import ARRAY, MEMBER_FILE, default_cache, load, read_rows, read_wheel


def row(timestamp: int, icao24: str = "abc123", **more: object) -> dict[str, object]:
    return {
        "timestamp": timestamp, "latitude": 46.5, "longitude": 8.5, "altitude": 35_000.0, "groundspeed": 450.0,
        "track": 90.0, "vertical_rate": -600.0, "icao24": icao24, "callsign": "TEST1", **more,
    }


def wheel(path: Path, rows: list[dict[str, object]]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MEMBER_FILE, gzip.compress(json.dumps(rows).encode()))
    return path


def test_units_become_si_by_their_definitions() -> None:
    # ICAO Annex 5: 1 ft = 0.3048 m exactly, 1 kn = 1852 m an hour exactly.
    found = read_rows(json.dumps([row(10_000)]).encode())
    assert found["altitude_m"][0] == pytest.approx(10_668.0)
    assert found["speed_mps"][0] == pytest.approx(231.5)
    assert found["climb_mps"][0] == pytest.approx(-3.048)


def test_rows_are_sorted_and_each_once() -> None:
    rows = [row(20_000), row(10_000, "fff"), row(10_000), row(20_000), row(10_000, "fff", callsign="TEST2")]
    found = read_rows(json.dumps(rows).encode())
    assert found["aircraft"].tolist() == [0, 0, 1, 2]
    assert found["time_ms"].tolist() == [10_000, 20_000, 10_000, 10_000]


def test_no_call_sign_or_address_is_kept() -> None:
    found = read_rows(json.dumps([row(10_000)]).encode())
    assert b"TEST1" not in found.tobytes()
    assert b"abc123" not in found.tobytes()


@pytest.mark.parametrize("text", [b"", b"{}", b'[{"timestamp":1}]', b"[" * 1000])
def test_other_json_is_refused_with_one_sentence(text: bytes) -> None:
    with pytest.raises(InvalidFile, match="refused"):
        read_rows(text)


def test_a_wheel_without_the_file_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "x.whl"
    zipfile.ZipFile(empty, "w").close()
    (tmp_path / "y.whl").write_bytes(b"no zip at all")
    for path in (empty, tmp_path / "y.whl", tmp_path / "missing.whl"):
        with pytest.raises(InvalidFile):
            read_wheel(path)


def test_load_fetches_once(tmp_path: Path) -> None:
    asked: list[Path] = []

    def fetch(cache: Path) -> Path:
        asked.append(cache)
        return wheel(cache / "x.whl", [row(10_000), row(20_000)])

    first, second = load(tmp_path, fetch=fetch), load(tmp_path, fetch=fetch)
    assert asked == [tmp_path]
    assert (np.asarray(first) == np.asarray(second)).all()


def test_without_network_nothing_is_left_behind(tmp_path: Path) -> None:
    def fetch(_: Path) -> Path:
        raise LinkDown("no network.")

    with pytest.raises(LinkDown):
        load(tmp_path, fetch=fetch)
    assert list(tmp_path.iterdir()) == []


def test_pip_that_fails_says_so_and_cleans_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    cache = tmp_path / "cache"
    with pytest.raises(LinkDown, match="could not be downloaded"):
        recording.download(cache)
    assert list(cache.iterdir()) == []


def test_a_damaged_cache_is_named(tmp_path: Path) -> None:
    (tmp_path / ARRAY).write_bytes(b"not an array")
    with pytest.raises(InvalidFile, match=ARRAY):
        load(tmp_path)
    np.save(tmp_path / ARRAY, np.zeros(3))
    with pytest.raises(InvalidFile, match="layout"):
        load(tmp_path)


def test_the_cache_folder_can_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATTICEWORK_CACHE", str(tmp_path))
    assert default_cache() == tmp_path
    monkeypatch.delenv("LATTICEWORK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert default_cache() == tmp_path / "x" / "latticework"


def test_the_real_recording_has_the_published_counts() -> None:
    if not (default_cache() / ARRAY).exists():
        pytest.skip("the recording is not in the cache; `latticework picture fetch` gets it")
    found = load(default_cache())
    assert len(found) == 139_098
