"""The live feed to a browser: compact binary frames of track rows, and JSON for what rarely changes.

A frame is little-endian: a header of 24 bytes, then rows. ``docs/reference/picture.md`` tells the layout to writers of
other clients.

========  =======================================================================================
header    ``LWT1``; u1 kind (1 rows, 2 gone); u1 row size; u2 zero; u4 count; u4 zero; i8 time, ms
rows      40 bytes each: :data:`FEED_ROW`
gone      8 bytes each: :data:`FEED_GONE`
========  =======================================================================================
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from latticework.kernel.core.streams import StreamView
from latticework.kernel.ids import MemberId
from latticework.kernel.labels.label import Label
from latticework.picture.model import Rows, valid_rows

MAGIC: Final = b"LWT1"
ROWS: Final = 1
GONE: Final = 2
HEADER: Final = struct.Struct("<4sBBHIIq")
MAX_MEMBERS: Final = 255
QUIET_MS: Final = 55_000
"""A track whose last row is this old when it leaves its stream has been lost; a younger one has been withdrawn."""
KEPT_MS: Final = 600_000
"""A lost track stays in the list for this long."""

FEED_ROW: Final = np.dtype(
    [
        ("number", "<u4"), ("latitude_e7", "<i4"), ("longitude_e7", "<i4"), ("age_ms", "<i4"), ("pedigree", "<u4"),
        ("origin", "<u2"), ("label", "<u2"), ("altitude_4m", "<i2"), ("speed_dmps", "<u2"), ("course_cdeg", "<u2"),
        ("climb_dmps", "<i2"), ("sigma_m", "<u2"), ("giver", "u1"), ("kind", "u1"), ("flags", "<u2"), ("zero", "<u2"),
    ]
)
"""One row of the feed, 40 bytes.

`age_ms` counts back from the header's time; altitude is in steps of 4 m; speed and climb in 0.1 m/s, course in 0.01
degrees; `giver` is an index into the legend's members; `kind` is the affiliation plus 16 times the quality; `label` is
an index into the legend's labels.
"""

FEED_GONE: Final = np.dtype([("number", "<u4"), ("origin", "<u2"), ("giver", "u1"), ("zero", "u1")])
"""A track that this reader must forget at once, 8 bytes."""


def _header(kind: int, size: int, count: int, time_ms: int) -> bytes:
    return HEADER.pack(MAGIC, kind, size, 0, count, 0, time_ms)


def pack_rows(
    rows: Rows, giver: npt.NDArray[np.uint8], label: npt.NDArray[np.uint16], time_ms: int
) -> npt.NDArray[np.void]:
    """Return `rows` in the feed's layout; values beyond a field's range are held at its end.

    Parameters
    ----------
    rows
        dtype :data:`~latticework.picture.model.TRACK`, shape (n,).
    giver
        Index of the member that gave each row, into the legend; uint8, shape (n,).
    label
        Index of each row's label in the legend; uint16, shape (n,).
    time_ms
        The frame's time, ms since 1970.
    """
    packed = np.zeros(len(rows), dtype=FEED_ROW)
    packed["number"] = rows["number"]
    packed["latitude_e7"] = np.round(rows["latitude_deg"] * 1e7)
    packed["longitude_e7"] = np.round(rows["longitude_deg"] * 1e7)
    packed["age_ms"] = np.clip(time_ms - rows["time_ms"], -(2**31), 2**31 - 1)
    packed["pedigree"] = rows["pedigree"]
    packed["origin"] = rows["origin"]
    packed["label"] = label
    packed["altitude_4m"] = np.clip(np.round(rows["altitude_m"] / 4), -(2**15), 2**15 - 1)
    packed["speed_dmps"] = np.clip(np.round(rows["speed_mps"] * 10), 0, 2**16 - 1)
    packed["course_cdeg"] = np.round(rows["course_deg"] * 100) % 36_000
    packed["climb_dmps"] = np.clip(np.round(rows["climb_mps"] * 10), -(2**15), 2**15 - 1)
    packed["sigma_m"] = np.clip(np.ceil(rows["position_sigma_m"]), 0, 2**16 - 1)
    packed["giver"] = giver
    packed["kind"] = rows["affiliation"] + 16 * np.minimum(rows["quality"], 15)
    packed["flags"] = rows["flags"]
    return packed


def rows_frame(packed: npt.NDArray[np.void], time_ms: int) -> bytes:
    """Return one frame of rows of dtype :data:`FEED_ROW`."""
    return _header(ROWS, FEED_ROW.itemsize, len(packed), time_ms) + packed.tobytes()


def gone_frame(gone: npt.NDArray[np.void], time_ms: int) -> bytes:
    """Return one frame of forgotten tracks of dtype :data:`FEED_GONE`."""
    return _header(GONE, FEED_GONE.itemsize, len(gone), time_ms) + gone.tobytes()


class _Sent:
    """What one browser has of one member."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.labels: tuple[Label, ...] = ()
        self.lost: dict[tuple[int, int], tuple[Label, int]] = {}
        """(origin, number) of a track that stopped coming: its label and its last time, ms."""


class FeedState:
    """What one browser was sent, so that a frame carries only what is new to it."""

    def __init__(self) -> None:
        self.members: list[MemberId] = []
        self.labels: list[Label] = []
        self.refused = 0
        """Rows with impossible values, not shown."""
        self._label_index: dict[Label, int] = {}
        self._sent: dict[MemberId, _Sent] = {}

    def frames(
        self, views: tuple[StreamView, ...], time_ms: int, may_see: Callable[[Label], bool]
    ) -> tuple[list[bytes], bool]:
        """Return the frames that bring this browser up to date, and whether the legend grew.

        What the reader may no longer see goes out as gone in the same step. A track that only stopped coming stays in
        the browser, which shows it as lost, for as long as the reader may see its label.

        Parameters
        ----------
        views
            What the gate lets the reader have now; the latest row of each slot.
        time_ms
            Now, ms since 1970.
        may_see
            The gate for one label; asked about lost tracks alone.
        """
        grew = False
        changed: list[npt.NDArray[np.void]] = []
        gone: list[npt.NDArray[np.void]] = []
        for view in (*views, *self._ended(views)):
            if view.giver not in self._sent:
                if len(self.members) == MAX_MEMBERS:
                    continue
                self.members.append(view.giver)
                self._sent[view.giver] = _Sent(view.rows[:0])
                grew = True
            sent, giver = self._sent[view.giver], self.members.index(view.giver)
            fine = valid_rows(view.rows) & (view.rows["label"] < len(view.labels))
            self.refused += int((~fine).sum())
            rows = np.sort(view.rows[fine], order="slot")
            new, old = _difference(sent.rows, rows)
            names = _forgotten(sent, new, old, time_ms, may_see)
            sent.rows, sent.labels = rows, view.labels
            if len(new):
                table = np.zeros(len(view.labels), dtype=np.uint16)
                for index in np.unique(new["label"]).tolist():
                    grew |= view.labels[index] not in self._label_index
                    table[index] = self._index_of(view.labels[index])
                givers = np.full(len(new), giver, dtype=np.uint8)
                changed.append(pack_rows(new, givers, table[new["label"]], time_ms))
            if names:
                left = np.zeros(len(names), dtype=FEED_GONE)
                left["origin"], left["number"] = np.array(names).T
                left["giver"] = giver
                gone.append(left)
        frames = [gone_frame(np.concatenate(gone), time_ms)] if gone else []
        if changed:
            frames.append(rows_frame(np.concatenate(changed), time_ms))
        return frames, grew

    def _ended(self, views: tuple[StreamView, ...]) -> list[StreamView]:
        present = {view.giver for view in views}
        return [StreamView(giver, sent.rows[:0], ()) for giver, sent in self._sent.items() if giver not in present]

    def _index_of(self, label: Label) -> int:
        found = self._label_index.get(label)
        if found is None:
            found = self._label_index[label] = len(self.labels)
            self.labels.append(label)
        return found


def _forgotten(
    sent: _Sent, new: Rows, old: Rows, time_ms: int, may_see: Callable[[Label], bool]
) -> list[tuple[int, int]]:
    """Keep in mind which tracks of `old` are only lost; return (origin, number) of what the browser must forget."""
    forgotten: list[tuple[int, int]] = []
    for row in old:
        name = (int(row["origin"]), int(row["number"]))
        if time_ms - int(row["time_ms"]) >= QUIET_MS:
            sent.lost[name] = (sent.labels[int(row["label"])], int(row["time_ms"]))
        else:
            forgotten.append(name)
    if sent.lost:
        for row in new:
            sent.lost.pop((int(row["origin"]), int(row["number"])), None)
        visible = {label: may_see(label) for label in {label for label, _ in sent.lost.values()}}
        for name, (label, last_ms) in list(sent.lost.items()):
            if not visible[label] or time_ms - last_ms > KEPT_MS:
                del sent.lost[name]
                forgotten.append(name)
    return forgotten


def _difference(before: Rows, after: Rows) -> tuple[Rows, Rows]:
    """Return (rows of `after` that are new or newer, rows of `before` whose track is no longer there); by slot."""
    if not len(before):
        return after, before
    place = np.minimum(np.searchsorted(before["slot"], after["slot"]), len(before) - 1)
    match = before[place]
    held = match["slot"] == after["slot"]
    same_track = held & (match["number"] == after["number"]) & (match["origin"] == after["origin"])
    unchanged = same_track & (match["time_ms"] == after["time_ms"]) & (match["label"] == after["label"])
    stays = np.zeros(len(before), dtype=np.bool_)
    stays[place[same_track]] = True
    return after[~unchanged], before[~stays]
