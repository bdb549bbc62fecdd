"""What the lighthouse service talks about: its lamps."""

from __future__ import annotations

from typing import Final

import msgspec

from latticework.kernel.errors import InvalidRecord
from latticework.kernel.ids import Kind, Topic

LAMP: Final = Kind("lighthouse.lamp")
TOPIC: Final = Topic("maritime.lights")


class Lamp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state of one lamp.

    Parameters
    ----------
    name
        1 to 80 characters.
    latitude_deg, longitude_deg
        Position, WGS 84.
    height_m
        Of the focal plane above mean high water, 0 to 400.
    range_m
        Nominal range of the light, up to 60,000.
    burning
        Whether it is lit.
    source, status
        Provenance: in words, and ``V``, ``P`` or ``invented``.
    lit_since, next_service
        Days (ISO 8601), or empty: first lit, and serviced next.
    """

    name: str
    latitude_deg: float
    longitude_deg: float
    height_m: float
    range_m: float
    burning: bool
    source: str = ""
    status: str = "invented"
    lit_since: str = ""
    next_service: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.strip()) <= 80:
            raise InvalidRecord("a lamp has a name of 1 to 80 characters.")
        if not (-90 <= self.latitude_deg <= 90 and -180 <= self.longitude_deg <= 180):
            raise InvalidRecord("a lamp stands at a latitude of -90 to 90 and a longitude of -180 to 180 degrees.")
        if not (0 <= self.height_m <= 400 and 0 < self.range_m <= 60_000):
            raise InvalidRecord("a lamp is 0 to 400 m high and reaches up to 60,000 m.")
