"""The Picture room as the node lists it: names of its parts, none of them imported here."""

from __future__ import annotations

from typing import Final

from latticework.shell.room import Room

ROOM: Final = Room(
    name="picture",
    title="Picture",
    icon="picture",
    kinds="latticework.picture.service:register_kinds",
    stream_kinds="latticework.picture.service:stream_kinds",
    surface="latticework.picture.surface.pages:SURFACE",
    cli="latticework.picture.surface.commands:app",
    start="latticework.picture.service:start",
)
