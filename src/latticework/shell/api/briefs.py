"""Briefs over the API."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from litestar import Response, get
from litestar.params import FromPath, QueryParameter

from latticework.shell.api.responses import said
from latticework.shell.language import _, language
from latticework.shell.viewer import SeenBy


class BriefOut(msgspec.Struct, frozen=True):
    """A brief that can be made.

    Parameters
    ----------
    name
        For commands and addresses.
    title
        For people, in the language in use.
    """

    name: str
    title: str


FormatAsked: TypeAlias = Annotated[Literal["pdf", "html", "docx"], QueryParameter(description="What to make.")]


@get("/briefs", sync_to_thread=False, **said("listBriefs", "briefs"))
def list_briefs(viewer: SeenBy) -> list[BriefOut]:
    """List the briefs that can be made for the officer."""
    return [BriefOut(entry.name, _(entry.title)) for entry in viewer.bench.briefs.list(viewer.officer)]


@get("/briefs/{name:str}", media_type="application/octet-stream", **said("makeBrief", "briefs"))
async def make_brief(
    viewer: SeenBy, name: FromPath[str], format: FormatAsked = "pdf",
    spoken: Annotated[Literal["en", "ja"] | None, QueryParameter(name="language")] = None,
) -> Response[bytes]:
    """Make a brief for the officer as a file; the journal notes what was in it."""
    file = await viewer.bench.briefs.give(viewer.officer, name, spoken or language(), format)
    return Response(file.data, media_type=file.media,
                    headers={"content-disposition": f'attachment; filename="{file.name}"'})


ROUTES = (list_briefs, make_brief)
