"""Recorded air traffic: fetched once by hash into a cache, read from the wheel it ships in, kept as one array.

The recording is ``traffic/data/samples/collections/switzerland.json.gz`` in the wheel ``traffic`` 2.13 on the Python
package index: 842 aircraft over Switzerland on 1 August 2018, a row every ten seconds, received by the OpenSky
Network (X. Olive, "traffic, a toolbox for processing and analysing air traffic data", Journal of Open Source Software
4(39), 2019). Its data are not ours to pass on: they are downloaded at set-up, verified by hash and never committed.
Call signs and aircraft addresses are used to tell aircraft apart while reading and are then dropped.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from latticework.kernel.errors import InvalidFile, LinkDown

PACKAGE: Final = "traffic"
VERSION: Final = "2.13"
WHEEL: Final = "traffic-2.13-py3-none-any.whl"
WHEEL_SHA256: Final = "5e0cd61d931d03103294361542188f08f959a55e862d5cba80ab61291021e66c"
MEMBER_FILE: Final = "traffic/data/samples/collections/switzerland.json.gz"
MAX_JSON_BYTES: Final = 64 * 1024 * 1024
ARRAY: Final = "switzerland-1.npy"
_NOT_FETCHED: Final = "the recorded traffic could not be downloaded; start again when the network is up."

ROW: Final = np.dtype(
    [
        ("aircraft", "<u4"), ("time_ms", "<i8"), ("latitude_deg", "<f8"), ("longitude_deg", "<f8"),
        ("altitude_m", "<f4"), ("speed_mps", "<f4"), ("course_deg", "<f4"), ("climb_mps", "<f4"),
    ]
)
"""One recorded row; sorted by aircraft, then time. Altitude is barometric, speed and course are over the ground."""

FOOT_M: Final = 0.3048
KNOT_MPS: Final = 1852 / 3600


class _Row(msgspec.Struct):
    timestamp: int
    latitude: float
    longitude: float
    altitude: float
    groundspeed: float
    track: float
    vertical_rate: float
    icao24: str
    callsign: str


def default_cache() -> Path:
    """Return the cache folder: ``LATTICEWORK_CACHE``, or ``latticework`` in the user's cache folder."""
    named = os.environ.get("LATTICEWORK_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "latticework"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(cache: Path, *, timeout_s: float = 240.0) -> Path:
    """Fetch the wheel into `cache` with this interpreter's pip, by hash and without dependencies; once.

    pip shows its own progress bar on standard error and asks the package index that the machine is set up for.

    Parameters
    ----------
    cache
        Folder for the wheel; made if missing.
    timeout_s
        Give up after this many seconds.

    Returns
    -------
    pathlib.Path
        The wheel, verified.

    Raises
    ------
    LinkDown
        When it cannot be downloaded; nothing is left behind.
    """
    wheel = cache / WHEEL
    if wheel.exists() and _sha256(wheel) == WHEEL_SHA256:
        return wheel
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as folder:
        wanted = Path(folder) / "wanted.txt"
        wanted.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{WHEEL_SHA256}\n", encoding="ascii")
        command = [
            sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps", "--require-hashes",
            "--only-binary=:all:", "--retries", "1", "--timeout", "10", "--dest", folder, "-r", str(wanted),
        ]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed command of our own interpreter
                command, check=False, stdout=2, stderr=subprocess.DEVNULL, timeout=timeout_s
            )
        except (OSError, ValueError, subprocess.TimeoutExpired):
            raise LinkDown(_NOT_FETCHED) from None
        fetched = Path(folder) / WHEEL
        if done.returncode or not fetched.exists() or _sha256(fetched) != WHEEL_SHA256:
            raise LinkDown(_NOT_FETCHED)
        fetched.replace(wheel)
    return wheel


def read_wheel(wheel: Path) -> npt.NDArray[np.void]:
    """Return the recording in `wheel` as rows of dtype :data:`ROW`, sorted by aircraft and time.

    Raises
    ------
    InvalidFile
        When the wheel or the file in it is not what it should be.
    """
    try:
        with zipfile.ZipFile(wheel) as archive, gzip.open(archive.open(MEMBER_FILE)) as file:
            text = file.read(MAX_JSON_BYTES + 1)
    except (OSError, EOFError, KeyError, zipfile.BadZipFile):
        raise InvalidFile(f"{WHEEL} in the cache cannot be read; delete it and start again.") from None
    return read_rows(text)


def read_rows(text: bytes) -> npt.NDArray[np.void]:
    """Return the rows of the recording's JSON text as dtype :data:`ROW`, in SI units, sorted by aircraft and time."""
    if len(text) > MAX_JSON_BYTES:
        raise InvalidFile(f"the recording is larger than {MAX_JSON_BYTES} bytes; it was refused.")
    try:
        rows = msgspec.json.decode(text, type=list[_Row])
    except msgspec.MsgspecError:
        raise InvalidFile("the recording does not have the expected columns; it was refused.") from None
    names = {name: index for index, name in enumerate(sorted({(row.icao24, row.callsign) for row in rows}))}
    table = np.zeros(len(rows), dtype=ROW)
    table["aircraft"] = [names[row.icao24, row.callsign] for row in rows]
    table["time_ms"] = [row.timestamp for row in rows]
    table["latitude_deg"] = [row.latitude for row in rows]
    table["longitude_deg"] = [row.longitude for row in rows]
    table["altitude_m"] = np.array([row.altitude for row in rows]) * FOOT_M
    table["speed_mps"] = np.array([row.groundspeed for row in rows]) * KNOT_MPS
    table["course_deg"] = [row.track for row in rows]
    table["climb_mps"] = np.array([row.vertical_rate for row in rows]) * FOOT_M / 60
    table = table[np.lexsort((table["time_ms"], table["aircraft"]))]
    fresh = np.ones(len(table), dtype=np.bool_)
    fresh[1:] = (np.diff(table["aircraft"].astype(np.int64)) != 0) | (np.diff(table["time_ms"]) > 0)
    return table[fresh]


def load(cache: Path, *, fetch: Callable[[Path], Path] = download) -> npt.NDArray[np.void]:
    """Return the recording, from the cache if it is there, else fetched, read and kept there.

    The array is mapped from its file, so that several nodes on one machine share its memory.

    Raises
    ------
    LinkDown
        When it is not in the cache and cannot be fetched.
    InvalidFile
        When what was fetched is not the recording.
    """
    kept = cache / ARRAY
    if not kept.exists():
        table = read_wheel(fetch(cache))
        with tempfile.NamedTemporaryFile(dir=cache, suffix=".npy", delete=False) as file:
            np.save(file, table)
        Path(file.name).replace(kept)
    try:
        found: npt.NDArray[np.void] = np.load(kept, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        raise InvalidFile(f"{ARRAY} in the cache is damaged; delete it and start again.") from None
    if found.dtype != ROW or found.ndim != 1:
        raise InvalidFile(f"{ARRAY} in the cache has another layout; delete it and start again.")
    return found
