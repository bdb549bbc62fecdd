"""What an officer chose for the pages: theme, language, density. Kept on the node, so that it follows the person.

Table ``shell.preferences``: sign-in name to msgpack :class:`Preferences`.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from latticework.kernel.errors import DecodeError
from latticework.kernel.ids import OfficerId
from latticework.kernel.store.protocol import Store

TABLE: Final = "shell.preferences"


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """One officer's choices.

    Parameters
    ----------
    theme
        ``system`` follows the device.
    language
        ``en`` or ``ja``.
    density
        ``compact`` for operators, ``projector`` for a wall: larger, without discreet arrangements.
    seen_ms, before_ms
        When the officer last opened Overview, and the visit before it: «since you were last here».
    """

    theme: Literal["system", "light", "dark"] = "system"
    language: Literal["en", "ja"] = "en"
    density: Literal["default", "compact", "projector"] = "default"
    seen_ms: int = 0
    before_ms: int = 0


VISIT_MS: Final = 30 * 60_000
"""A visit ends when Overview was not opened for this long."""


def load(store: Store, officer: OfficerId, *, language: str = "en") -> Preferences:
    """Return what the officer chose; with nothing chosen, the defaults in `language`."""
    with store.snapshot() as reader:
        raw = reader.get(TABLE, officer.encode())
    if raw is not None:
        try:
            return msgspec.msgpack.decode(raw, type=Preferences)
        except msgspec.MsgspecError:
            raise DecodeError("the stored preferences cannot be read; choose them again.") from None
    return Preferences(language="ja" if language == "ja" else "en")


def save(store: Store, officer: OfficerId, preferences: Preferences) -> None:
    """Keep what the officer chose."""
    with store.transaction() as tx:
        tx.put(TABLE, officer.encode(), msgspec.msgpack.encode(preferences))


def visited(preferences: Preferences, now_ms: int) -> Preferences:
    """Return the preferences after opening Overview at `now_ms`: a pause starts a new visit."""
    if now_ms - preferences.seen_ms > VISIT_MS:
        return msgspec.structs.replace(preferences, before_ms=preferences.seen_ms, seen_ms=now_ms)
    return msgspec.structs.replace(preferences, seen_ms=now_ms)
