"""Reads a member's radars and label zones from a TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import msgspec

from latticework.kernel.errors import InvalidConfig, LatticeworkError
from latticework.kernel.ids import MemberId
from latticework.picture.labels import Zone
from latticework.picture.model import Radar, RadarList

REFERENCE: Final = Path(__file__).parent / "surface" / "reference" / "sites.toml"
"""The invented sites of the reference federation."""


class Sites(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one member watches with, and how it labels what it sees.

    Parameters
    ----------
    radars
        Its radars.
    zones
        Its label zones; the first is the default.
    """

    radars: tuple[Radar, ...] = ()
    zones: tuple[Zone, ...] = (Zone(name="default", classification=0),)

    def radar_list(self) -> RadarList:
        """Return the body of the member's ``picture.radars/1`` record."""
        invented = any(radar.status == "invented" for radar in self.radars)
        return RadarList(radars=self.radars, status="invented" if invented else "")


def load_sites(member: MemberId, path: Path = REFERENCE) -> Sites:
    """Return the sites of `member`; a member that the file does not name has no radar and releases nothing.

    Raises
    ------
    InvalidConfig
        When the file cannot be read or a value in it is wrong, with the place.
    """
    try:
        with path.open("rb") as file:
            return msgspec.convert(tomllib.load(file).get(member, {}), Sites)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InvalidConfig(f"the sites file {path.name} cannot be read: {error}.") from None
    except (msgspec.ValidationError, LatticeworkError) as error:
        raise InvalidConfig(f"the sites file {path.name}, member {member}: {error}.") from None
