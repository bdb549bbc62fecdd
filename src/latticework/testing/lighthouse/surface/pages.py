"""The room's page: which lamps burn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from litestar import Response, get

from latticework.shell.language import N_, _, language
from latticework.shell.render import show
from latticework.shell.room import Figure, NavItem, Surface
from latticework.shell.viewer import SeenBy
from latticework.testing.lighthouse.attachments import charts
from latticework.testing.lighthouse.pictures import large, samples
from latticework.testing.lighthouse.service import lamps
from latticework.testing.lighthouse.surface.jobs import area
from latticework.workbench.pictures.model import AnyPicture

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel
    from latticework.kernel.policy.model import Officer

HERE: Final = Path(__file__).parent


@get("/lighthouse", sync_to_thread=False)
def page(viewer: SeenBy) -> Response[str]:
    """Show the lamps."""
    known = lamps(viewer.kernel, viewer.officer)
    lit = sum(lamp.burning for _view, lamp in known)
    drawn = {view.id: charts(viewer.bench, viewer.officer, view.id) for view, _lamp in known}
    labels = [view.label for view, _lamp in known] + [f.record.label for files in drawn.values() for f in files]
    return show(viewer, "lighthouse/page.html", labels=labels, lamps=known, charts=drawn,
                title=_("%(lit)s of %(all)s lamps burn", lit=lit, all=len(known)))


@get("/lighthouse/pictures", sync_to_thread=False)
def gallery(viewer: SeenBy) -> Response[str]:
    """Show one picture of each kind."""
    return _gallery(viewer, samples(language()), whole=False)


@get("/lighthouse/pictures/large", sync_to_thread=False)
def large_gallery(viewer: SeenBy) -> Response[str]:
    """Show pictures as large as they become, with long words, and with nothing in them."""
    return _gallery(viewer, large(language()), whole=True)


def _gallery(viewer: SeenBy, shown: dict[str, AnyPicture], *, whole: bool) -> Response[str]:
    return show(viewer, "lighthouse/pictures.html", title=_("Every picture has its table one key away"), gallery=shown,
                large=whole)


def figure(kernel: Kernel, officer: Officer) -> Figure | None:
    """Return the room's figure on Overview."""
    known = lamps(kernel, officer)
    return Figure(title=N_("Lighthouse"), icon="picture", path="/lighthouse", value=sum(x.burning for _v, x in known),
                  of=len(known), what=_("lamps that burn"), source=_("latest record of each lamp"), tag="invented")


SURFACE: Final = Surface(
    routes=(page, gallery, large_gallery, area), templates=HERE / "templates", translations=HERE / "translations",
    nav=(NavItem(title=N_("Lighthouse"), path="/lighthouse", icon="picture", key="h"),), overview=figure,
)
