"""The map page, the room's key figure, and the API: tracks as data, one track with who may see it, counters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import numpy as np
from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from latticework.kernel.clock import iso_utc
from latticework.kernel.errors import NotFound
from latticework.kernel.ids import MemberId, parse_member
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Officer, Purpose
from latticework.kernel.policy.reading import READERS
from latticework.picture.model import STREAM, Affiliation, Rows, TrackFlag, member_of_code, name_of_track
from latticework.picture.service import NO_SOURCE, TrackCounters, running
from latticework.picture.surface.legend import Verdict, known_radars, verdicts
from latticework.picture.surface.live import live
from latticework.picture.surface.words import FIGURES, ISLAND, NONE_HERE, PLACES
from latticework.shell.language import N_, _, language
from latticework.shell.render import show
from latticework.shell.room import Figure, NavItem, Surface
from latticework.shell.viewer import SeenBy

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel
    from latticework.kernel.core.streams import StreamView

HERE: Final = Path(__file__).parent
MAX_TRACKS: Final = 20_000
HOME_VIEWS: Final = {
    "AUS": (26.5, 127.0, 6.0), "JPN": (32.5, 132.5, 6.0), "KOR": (35.2, 129.0, 6.2), "PHL": (15.5, 122.5, 6.0),
    "USA": (27.5, 128.5, 6.0),
}
"""Where a member's map opens: latitude, longitude in degrees, and zoom."""


class Place(msgspec.Struct, frozen=True):
    """A name on the basemap, translated."""

    name: str
    latitude_deg: float
    longitude_deg: float
    sea: bool


class PageSettings(msgspec.Struct, frozen=True):
    """What the island is told in the page."""

    words: dict[str, str]
    places: tuple[Place, ...]
    view: dict[str, float]
    feed: str
    language: str


@get("/map", sync_to_thread=False, include_in_schema=False)
def page(viewer: SeenBy) -> Response[str]:
    """Show the live map."""
    kernel = viewer.kernel
    latitude, longitude, zoom = HOME_VIEWS.get(kernel.own, (25.0, 130.0, 4.5))
    none = _(NONE_HERE) if viewer.reads_content else _("Your roles read no content, so no tracks are listed.")
    settings = PageSettings(
        words={**{words: _(words) for words in ISLAND}, NONE_HERE: none},
        places=tuple(Place(_(p.name), p.latitude_deg, p.longitude_deg, p.sea) for p in PLACES),
        view={"latitude_deg": latitude, "longitude_deg": longitude, "zoom": zoom},
        feed="/api/v1/tracks/live", language=language(),
    )
    views = kernel.stream(STREAM).latest(viewer.officer, purpose=Purpose.VIEW)
    picture = running(kernel)
    return show(
        viewer, "picture/map.html", title=_("Air picture of %(member)s", member=kernel.own),
        labels=_labels_in(views), page_settings=msgspec.json.encode(settings).decode(),
        source=(picture.origin if picture is not None else NO_SOURCE).words,
        waiting=_("Waiting for the first tracks.") if viewer.reads_content else none,
        figures=tuple((key, _(words)) for key, words in FIGURES),
    )


def _labels_in(views: tuple[StreamView, ...]) -> list[Label]:
    return [view.labels[index] for view in views for index in np.unique(view.rows["label"]).tolist()]


class TrackData(msgspec.Struct, frozen=True, kw_only=True):
    """One track as data; angles in degrees, SI units, time in UTC."""

    name: str
    giver: MemberId
    origin: MemberId
    time: str
    latitude_deg: float
    longitude_deg: float
    altitude_m: float
    speed_mps: float
    course_deg: float
    climb_mps: float
    position_sigma_m: float
    affiliation: str
    quality: int
    flags: list[str]
    sensors: list[int]
    marking: str


class TrackList(msgspec.Struct, frozen=True, kw_only=True):
    """Tracks that the officer may see, and where own traffic comes from."""

    source: str
    source_kind: str
    total: int
    tracks: list[TrackData]


class TrackDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One track, the names of the sensors that contributed, and what each partner may see of it, with the rule."""

    track: TrackData
    contributed: list[str]
    verdicts: tuple[Verdict, ...]


def _data(kernel: Kernel, giver: MemberId, row: Rows, label: Label) -> TrackData:
    one = row.item()
    values = dict(zip(row.dtype.names or (), one, strict=True))
    pedigree = int(values["pedigree"])
    return TrackData(
        name=name_of_track(values["origin"], values["number"]), giver=giver, origin=member_of_code(values["origin"]),
        time=iso_utc(values["time_ms"]), latitude_deg=round(values["latitude_deg"], 6),
        longitude_deg=round(values["longitude_deg"], 6), altitude_m=round(values["altitude_m"], 1),
        speed_mps=round(values["speed_mps"], 2), course_deg=round(values["course_deg"], 2),
        climb_mps=round(values["climb_mps"], 2), position_sigma_m=round(values["position_sigma_m"], 1),
        affiliation=Affiliation(values["affiliation"]).name.lower(), quality=values["quality"],
        flags=[flag.name.lower() for flag in TrackFlag if flag.name and values["flags"] & flag],
        sensors=[bit for bit in range(32) if pedigree >> bit & 1], marking=kernel.marking(label, language()),
    )


@get("/api/v1/tracks", sync_to_thread=False)
def tracks(
    viewer: SeenBy, limit: Annotated[int, QueryParameter(ge=1, le=MAX_TRACKS)] = 500,
    giver: FromQuery[str | None] = None,
) -> TrackList:
    """List the tracks that the officer may see, own ones first; each row passed the gate for export."""
    kernel = viewer.kernel
    wanted = parse_member(giver.upper()) if giver is not None else None
    picture = running(kernel)
    origin = picture.origin if picture is not None else NO_SOURCE
    found: list[TrackData] = []
    total = 0
    for view in kernel.stream(STREAM).latest(viewer.officer, purpose=Purpose.EXPORT):
        if wanted is not None and view.giver != wanted:
            continue
        total += len(view.rows)
        found.extend(
            _data(kernel, view.giver, row, view.labels[int(row["label"])]) for row in view.rows[: limit - len(found)]
        )
    return TrackList(source=_(origin.words), source_kind=origin.kind, total=total, tracks=found)


@get("/api/v1/tracks/{name:str}", sync_to_thread=False)
def track(viewer: SeenBy, name: FromPath[str]) -> TrackDetail:
    """Return one track by its name (``JPN-04127``), who contributed, and what each partner may see of it."""
    kernel = viewer.kernel
    for view in kernel.stream(STREAM).latest(viewer.officer, purpose=Purpose.VIEW):
        for row in view.rows:
            if name_of_track(int(row["origin"]), int(row["number"])) != name.upper():
                continue
            label = view.labels[int(row["label"])]
            data = _data(kernel, view.giver, row, label)
            radars = known_radars(kernel, viewer.officer).get(data.origin, ())
            named = [radars[bit].name for bit in data.sensors if bit < len(radars)]
            return TrackDetail(track=data, contributed=named, verdicts=verdicts(kernel, label))
    raise NotFound(f"there is no track {name[:20]} here now, or you may not see it.")


@get("/api/v1/tracks/counters", sync_to_thread=False)
def counters(viewer: SeenBy) -> TrackCounters:
    """Return how many track rows went out and came in since the node's start, and their latencies; no content."""
    picture = running(viewer.kernel)
    if picture is None:
        raise NotFound("the Picture room is not running at this node yet; ask again in a second.")
    return picture.counters()


def overview(kernel: Kernel, officer: Officer) -> Figure | None:
    """Return the room's key figure: tracks that this officer may see, and how many of them partners gave."""
    views = kernel.stream(STREAM).latest(officer, purpose=Purpose.COUNT)
    total = sum(len(view.rows) for view in views)
    from_partners = sum(len(view.rows) for view in views if view.giver != kernel.own)
    picture = running(kernel)
    origin = picture.origin if picture is not None else NO_SOURCE
    if total == 0 and (origin.kind == NO_SOURCE.kind or not officer.roles & READERS):
        return None
    return Figure(
        title=_("Air picture"), icon="picture", path="/map", value=from_partners, of=total,
        what=_("tracks here now were given by partners"), source=_(origin.words),
        tag="synthetic" if origin.kind == "synthetic" else "",
    )


SURFACE: Final = Surface(
    routes=(page, tracks, track, counters, live),
    templates=HERE / "templates",
    static=HERE / "static",
    translations=HERE / "translations",
    nav=(NavItem(title=N_("Map"), path="/map", icon="picture", key="m"),),
    overview=overview,
)
