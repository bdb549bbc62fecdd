"""Links to partners: the interface, Zenoh (``transport.zenoh``) and plain TLS (``transport.tls``) behind it."""

from latticework.kernel.transport.interface import (
    Arrived,
    Lane,
    LinkLost,
    LinkUp,
    PartnerLink,
    Transport,
    TransportEvent,
    dials,
)

__all__ = ["Arrived", "Lane", "LinkLost", "LinkUp", "PartnerLink", "Transport", "TransportEvent", "dials"]
