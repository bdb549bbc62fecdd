"""Settings of the web application that the composition root passes in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from latticework.kernel.errors import InvalidConfig
from latticework.kernel.ids import MemberId

ZONES: Final = {
    "AUS": "Australia/Sydney", "GBR": "Europe/London", "IND": "Asia/Kolkata", "JPN": "Asia/Tokyo",
    "KOR": "Asia/Seoul", "NLD": "Europe/Amsterdam", "NZL": "Pacific/Auckland", "PHL": "Asia/Manila",
    "TWN": "Asia/Taipei", "USA": "America/New_York",
}
"""Time zone of each member's seat of government: the second clock of its officers."""

LANGUAGES: Final = {"en": "English", "ja": "日本語"}
"""Languages of the interface, each by its own name."""


class ShellSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the frame must know beside the kernel.

    Parameters
    ----------
    name
        The member's name for people, in English; None: from the Unicode territory names.
    zone
        IANA name of the own time zone; None: from :data:`ZONES`, or UTC alone.
    language
        Language before an officer has chosen one.
    notice
        Words at the right of the banner (``Demonstration data, partly invented``); empty for none.
    hosts
        Names under which the pages may be asked for; anything else is refused (DNS rebinding).
    secure_cookies
        Send cookies over TLS alone: set when a TLS proxy stands before the node.
    endpoint_for
        Where a partner reaches this node (``host:port``), for its trust bundle; None: this node dials.
    """

    name: str | None = None
    zone: str | None = None
    language: str = "en"
    notice: str = ""
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    secure_cookies: bool = False
    endpoint_for: Callable[[MemberId], str | None] | None = None

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise InvalidConfig(f"there is no interface in {self.language!r}; choose one of {', '.join(LANGUAGES)}.")
        if not self.hosts:
            raise InvalidConfig("the web pages need at least one host name to answer to.")
