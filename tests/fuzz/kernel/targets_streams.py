"""Fuzz targets: batches of a stream, as bytes of a stranger and as what a partner really signed."""

from __future__ import annotations

import contextlib

import numpy as np

from latticework.kernel.codec import MAX_MESSAGE_BYTES
from latticework.kernel.errors import LatticeworkError
from latticework.kernel.exchange.stream_receiver import StreamReceiver
from latticework.kernel.exchange.streams import STREAM_TYPE
from latticework.kernel.records.signing import seal_payload
from latticework.picture.service import stream_kinds
from latticework.testing.keys import KeyRing, signer_of

JPN = signer_of("JPN")
KIND = stream_kinds()[0]
NOW = 1_800_000_000_000


def receiver() -> StreamReceiver:
    """Return a receiver with an open stream of tracks from JPN."""
    made = StreamReceiver("USA", [KIND], KeyRing(JPN), lambda peer, stream, label: label.classification < 2)
    made.open("JPN", KIND.name, 1)
    return made


def batch(data: bytes) -> None:
    """Take bytes as a batch."""
    with contextlib.suppress(LatticeworkError):
        receiver().take("JPN", data, NOW)


def signed_batch(data: bytes) -> None:
    """Take bytes as a payload that the partner signed: refused, or kept within the kind's bounds."""
    if len(data) > MAX_MESSAGE_BYTES // 2:
        return
    end = receiver()
    with contextlib.suppress(LatticeworkError):
        taken = end.take("JPN", seal_payload(JPN, STREAM_TYPE, data), NOW)
        held = end.latest("JPN", KIND.name, NOW)
        assert len(held.rows) <= taken.rows <= 500
        assert bool(np.all(held.rows["slot"] < KIND.slots))
        assert all(label.classification < 2 for label in held.labels)
        assert bool(np.all(held.rows["label"] < max(1, len(held.labels))))
