"""What the stream tests share: a kind of rows, labels, gates, and two ends with keys."""

from __future__ import annotations

import numpy as np

from latticework.kernel.exchange.stream_receiver import StreamReceiver
from latticework.kernel.exchange.stream_sender import StreamSender
from latticework.kernel.exchange.streams import StreamKind, StreamSettings
from latticework.kernel.labels.label import Label, Release
from latticework.testing.keys import KeyRing, signer_of

ROW = np.dtype([("slot", "<u4"), ("label", "<u2"), ("origin", "<u2"), ("value", "<f8")])
KIND = StreamKind(name="test.row", version=1, topic="air.tracks", dtype=ROW, slots=5_000,
                  valid=lambda rows: rows["value"] >= 0)
NOW = 1_700_000_000_000


def label(classification, *members):
    release = Release(members=frozenset(members)) if members else None
    return Label(policy="EXERCISE", classification=classification, release=release, originators=frozenset({"JPN"}))


LABELS = (label(0, "USA", "AUS"), label(1, "USA"), label(3), label(1, "AUS"))


class Table:
    """A gate by table: who may have which label. It stands for the compiled policy's interface only."""

    def __init__(self, may, labels=LABELS):
        self.peers = tuple(sorted(may))
        masks = [sum(1 << bit for bit, peer in enumerate(self.peers) if found in may[peer]) for found in labels]
        self._masks = np.array([0, *masks], dtype=np.uint64)

    def decide_rows(self, label_index):
        return self._masks[label_index]


BY_RELEASE = Table({peer: {found for found in LABELS if found.release and peer in found.release.members}
                    for peer in ("AUS", "USA")})


def rows(*of, slots=None, label=0, value=None):
    """Rows by (slot, label, value), or of many `slots` at once."""
    if slots is not None:
        made = np.zeros(len(slots), dtype=ROW)
        made["slot"], made["label"] = slots, label
        made["value"] = np.arange(len(slots)) if value is None else value
        return made
    return np.array([(slot, index, 0, value) for slot, index, value in of], dtype=ROW)


def sender(*subscribed, gate=BY_RELEASE, session=1, kind=KIND, now=NOW, labels=LABELS, **settings):
    made = StreamSender("JPN", kind, signer_of("JPN"), session, StreamSettings(**settings))
    made.use_labels(labels)
    made.use_gate(gate, now)
    for number, peer in enumerate(subscribed, 1):
        made.subscribe(peer, number, now)
    return made


def receiver(own="USA", receive=lambda peer, stream, label: True, grant=1, **settings):
    made = StreamReceiver(own, [KIND], KeyRing(signer_of("JPN"), signer_of("KOR")), receive, StreamSettings(**settings))
    made.open("JPN", "test.row", grant)
    return made


def held(end, now=NOW, peer="JPN"):
    """(slot, value) of each row that `end` holds."""
    return [(int(r["slot"]), float(r["value"])) for r in end.latest(peer, "test.row", now).rows]
