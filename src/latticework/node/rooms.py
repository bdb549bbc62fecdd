"""The rooms of this installation. Deleting a room's folder and its line here removes the room; nothing else changes."""

from __future__ import annotations

from typing import Final

ROOMS: Final[tuple[str, ...]] = (
    "latticework.picture.surface.room:ROOM",
)
