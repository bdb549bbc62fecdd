"""What is said between two nodes, as a pure state machine: durable records, streams, edits."""

from latticework.kernel.exchange.entries import (
    Decided,
    EditGranted,
    Entry,
    GrantEnded,
    Published,
    Released,
    StreamGranted,
    StreamPeriod,
    Withdrawn,
    decode_entry,
    encode_entry,
)
from latticework.kernel.exchange.events import (
    Accepted,
    Alarm,
    Close,
    Command,
    Delivered,
    EditArrived,
    EditChannelChanged,
    Event,
    ExchangeSettings,
    Quarantined,
    Receipted,
    RecordSink,
    Send,
    StreamChanged,
    Tick,
)
from latticework.kernel.exchange.grants import StreamDesk
from latticework.kernel.exchange.machine import Exchange
from latticework.kernel.exchange.views import PeerStatus, ReleaseRow

__all__ = [
    "Accepted", "Alarm", "Close", "Command", "Decided", "Delivered", "EditArrived", "EditChannelChanged",
    "EditGranted", "Entry", "Event", "Exchange", "ExchangeSettings", "GrantEnded", "PeerStatus", "Published",
    "Quarantined", "Receipted", "RecordSink", "ReleaseRow", "Released", "Send", "StreamChanged", "StreamDesk",
    "StreamGranted", "StreamPeriod", "Tick", "Withdrawn", "decode_entry", "encode_entry",
]
