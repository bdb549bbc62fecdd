"""Words of the map page, in English; the catalogs hold the other languages. The island gets them translated."""

from __future__ import annotations

from typing import Final

import msgspec

from latticework.shell.language import N_


class Place(msgspec.Struct, frozen=True):
    """A name on the basemap; seas are written in italics."""

    name: str
    latitude_deg: float
    longitude_deg: float
    sea: bool = False


# The sea between Japan and Korea has two names; the map of both of them writes neither.
PLACES: Final = (
    Place(N_("Tokyo"), 35.75, 139.75),
    Place(N_("Seoul"), 37.55, 126.95),
    Place(N_("Okinawa"), 26.45, 128.05),
    Place(N_("Manila"), 14.6, 121.05),
    Place(N_("East China Sea"), 28.6, 124.2, sea=True),
    Place(N_("Philippine Sea"), 22.3, 131.2, sea=True),
)
"""The six names on the map."""

SOURCES: Final = (N_("Recorded traffic, moved from Switzerland"), N_("Synthetic traffic"), N_("No source of traffic"))

FIGURES: Final = (
    ("present", N_("Tracks here now")),
    ("own", N_("From own radars")),
    ("partners", N_("From partners")),
    ("fresh", N_("Updated within 10 s")),
    ("stale", N_("Stale, 10 to 60 s")),
    ("lost", N_("Lost, over 60 s")),
    ("oldest", N_("Oldest partner data")),
)
"""Key and title of each figure under the map."""

NONE_HERE: Final = N_("No track here now.")

ISLAND: Final = (
    NONE_HERE,
    N_("No track is selected."),
    N_("Click a track, or press ] for the next one."),
    N_("unknown"), N_("neutral"), N_("friend"),
    N_("unknown air track"), N_("neutral air track"), N_("friend air track"),
    N_("moved"), N_("synthetic"), N_("made coarser"), N_("identity invented"), N_("invented"),
    N_("Position"), N_("95 % ellipse"), N_("Level, speed, course"), N_("Climb"), N_("Age"), N_("Quality"),
    N_("{n} m radius"), N_("level"), N_("lost"), N_("stale"), N_("{n} of 15"), N_("{n} of {of}"),
    N_("Who contributed"), N_("not fused"), N_("sensor {n}"),
    N_("{origin} made this track from its own sensors."), N_("{giver} passed on what {origin} made."),
    N_("The sensors are not told."),
    N_("What others may see"), N_("May it be passed on"), N_("Allowed"), N_("Withheld"),
    N_("As a partner sees it"), N_("As {member} sees it"),
    N_("ellipse 95 %"), N_("ellipse 95 % drawn ×{n}"),
    N_("{n} tracks, {old} stale"),
    N_("The coastlines could not be loaded. The tracks are complete."),
    N_("Your session has ended. Sign in again to see tracks."),
    N_("The node does not answer. Trying again; the tracks shown are getting old."),
    *SOURCES,
)
"""Every message that the island says."""
