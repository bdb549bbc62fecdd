"""Which label a track row gets: by the zone it is in. The zones of the reference federation are invented."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from latticework.kernel.errors import InvalidConfig
from latticework.kernel.ids import MemberId, parse_member
from latticework.kernel.labels.label import Label, Release
from latticework.picture.sphere import Floats, distance_m, unit_vectors


class Zone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A circle in which rows are labeled differently from the member's other rows.

    Parameters
    ----------
    name
        For people.
    classification
        Hierarchy number in the security policy.
    release
        Members that may have the rows besides the originator; empty means nobody.
    latitude_deg, longitude_deg, radius_m
        The circle; a radius of 0 is the whole earth (the member's default, first in its list).
    """

    name: str
    classification: int
    release: tuple[str, ...] = ()
    latitude_deg: float = 0.0
    longitude_deg: float = 0.0
    radius_m: float = 0.0

    def __post_init__(self) -> None:
        # A circle that lies nowhere would leave its rows under the wider label of the zone before.
        if not (-90 <= self.latitude_deg <= 90 and -180 <= self.longitude_deg <= 180):
            raise InvalidConfig(f"zone {self.name[:40]!r} stands outside the earth's degrees; correct its position.")
        if not 0 <= self.radius_m <= 25_000_000:
            raise InvalidConfig(f"zone {self.name[:40]!r} needs a radius in m that is on the earth; correct it.")


class Zoning:
    """The zones of one member; where two overlap, the later one counts.

    Parameters
    ----------
    own
        The originator of every row.
    policy
        Name of the security policy.
    zones
        The first is the default and has radius 0.

    Raises
    ------
    InvalidConfig
        When there is no default zone, or a later one has no radius.
    """

    def __init__(self, own: MemberId, policy: str, zones: tuple[Zone, ...]) -> None:
        if not zones or zones[0].radius_m:
            raise InvalidConfig("a member's zones begin with its default: a zone with radius 0.")
        for zone in zones[1:]:
            if not zone.radius_m:
                raise InvalidConfig(f"zone {zone.name[:40]!r} has no radius; only the default, the first, is without.")
        self.zones = zones
        self.labels: tuple[Label, ...] = tuple(
            Label(
                policy=policy,
                classification=zone.classification,
                release=Release(members=frozenset({own, *map(parse_member, zone.release)})) if zone.release else None,
                originators=frozenset({own}),
            )
            for zone in zones
        )

    def indexes(self, latitude_deg: Floats, longitude_deg: Floats) -> npt.NDArray[np.uint16]:
        """Return, for each position, the index of its label; uint16, shape (n,)."""
        found = np.zeros(len(latitude_deg), dtype=np.uint16)
        vectors = unit_vectors(latitude_deg, longitude_deg)
        for index, zone in enumerate(self.zones[1:], start=1):
            middle = unit_vectors(zone.latitude_deg, zone.longitude_deg)
            found[distance_m(vectors, middle) <= zone.radius_m] = index
        return found
