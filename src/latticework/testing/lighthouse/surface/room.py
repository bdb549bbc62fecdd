"""The lighthouse room as a node lists it."""

from __future__ import annotations

from typing import Final

from latticework.shell.room import Room

ROOM: Final = Room(
    name="lighthouse",
    title="Lighthouse",
    icon="picture",
    kinds="latticework.testing.lighthouse.service:register_kinds",
    surface="latticework.testing.lighthouse.surface.pages:SURFACE",
    join="latticework.testing.lighthouse.service:join",
)
