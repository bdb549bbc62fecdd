"""Briefs: the list, one brief as it will be printed, and its files."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import MediaType, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, QueryParameter
from markupsafe import Markup

from latticework.shell.language import _, language, ngettext
from latticework.shell.render import show
from latticework.shell.viewer import SeenBy
from latticework.workbench.briefs.html import style

Spoken = Annotated[Literal["en", "ja"] | None, QueryParameter(name="language")]


@get("/briefs", sync_to_thread=False)
def listing(viewer: SeenBy) -> Response[str]:
    """List the briefs that can be made for the officer."""
    briefs = viewer.bench.briefs.list(viewer.officer)
    title = ngettext("%(n)s brief can be made for you", "%(n)s briefs can be made for you", len(briefs))
    return show(viewer, "briefs/list.html", title=title if briefs else _("There is no brief for you"), briefs=briefs)


@get("/briefs/{name:str}")
async def preview(viewer: SeenBy, name: FromPath[str], spoken: Spoken = None) -> Response[str]:
    """Show a brief as it will be printed."""
    chosen = spoken or language()
    file = await viewer.bench.briefs.give(viewer.officer, name, chosen, "part")
    # The press escaped every word of it; see latticework.workbench.briefs.html.
    return show(viewer, "briefs/detail.html", title=file.title, labels=file.labels, name=name, chosen=chosen,
                sheet=Markup(file.data.decode()))  # noqa: S704


@get("/briefs/{name:str}/file")
async def download(
    viewer: SeenBy, name: FromPath[str], form: Annotated[Literal["pdf", "html", "docx"], QueryParameter(name="format")],
    spoken: Spoken = None,
) -> Response[bytes]:
    """Return a brief as a file."""
    file = await viewer.bench.briefs.give(viewer.officer, name, spoken or language(), form)
    return Response(file.data, media_type=file.media,
                    headers={"content-disposition": f'attachment; filename="{file.name}"'})


@get("/static/briefs.css", sync_to_thread=False, media_type=MediaType.CSS,
     cache_control=CacheControlHeader(private=True, max_age=3600))
def sheet_style() -> str:
    """Return the style of briefs."""
    return style()


ROUTES: tuple[Any, ...] = (listing, preview, download, sheet_style)
