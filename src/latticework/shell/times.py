"""Times and durations on screen: UTC in the data, the member's own zone beside it, always with the zone's name."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from latticework.kernel.clock import calendar_time
from latticework.shell.language import _, grouped, language
from latticework.shell.settings import ZONES

_DAYS = {"ja": "月火水木金土日"}


class Zone(msgspec.Struct, frozen=True):
    """The own time zone of a member: IANA name, and the letters that people use for it."""

    name: str

    def at(self, ms: int) -> datetime:
        """Return `ms` (since 1970, UTC) in this zone."""
        return calendar_time(ms).astimezone(_zone(self.name))

    def letters(self, ms: int) -> str:
        """Return the zone's letters at that time (``JST``)."""
        found = self.at(ms).tzname() or "UTC"
        return found if found[0].isalpha() else f"UTC{found}"


@lru_cache(maxsize=32)
def _zone(name: str) -> ZoneInfo | type(UTC):  # type: ignore[valid-type]
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def zone_of(member: str, chosen: str | None) -> Zone:
    """Return the zone that was set, or that of the member's seat of government, or UTC."""
    return Zone(chosen or ZONES.get(member, "UTC"))


def day(moment: datetime, *, weekday: bool = False, year: bool = False, short: bool = False) -> str:
    """Write a date: ``13 May``, ``Wed 13 May 2026``, ``5月13日（水）``."""
    if language() == "ja":
        words = f"{moment.month}月{moment.day}日"
        words = f"{moment.year}年{words}" if year else words
        return f"{words}（{_DAYS['ja'][moment.weekday()]}）" if weekday else words
    words = f"{moment.day} {_MONTHS[moment.month - 1]}"
    if weekday:
        full = _WEEKDAYS[moment.weekday()]
        words = f"{full[:3]} {words}" if short or year else f"{full}, {words}"
    return f"{words} {moment.year}" if year else words


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def clock(ms: int, zone: Zone) -> str:
    """Write the time of day in `zone`, to the second."""
    return zone.at(ms).strftime("%H:%M:%S")


def moment(ms: int | None, zone: Zone, now_ms: int, *, seconds: bool = False) -> str:
    """Write a time near now without what goes without saying: ``08:31``, ``14 May 08:31``."""
    if ms is None:
        return "–"
    at, now = zone.at(ms), zone.at(now_ms)
    hour = at.strftime("%H:%M:%S" if seconds else "%H:%M")
    if at.date() == now.date():
        return hour
    if at.year == now.year:
        return f"{day(at)} {hour}"
    return f"{day(at, year=True)} {hour}"


def full(ms: int, zone: Zone) -> str:
    """Write a time in both zones: ``13 May 2026 08:30:52 JST (12 May 23:30:52 UTC)``."""
    own, utc = zone.at(ms), calendar_time(ms)
    first = f"{day(own, year=True)} {own:%H:%M:%S} {zone.letters(ms)}"
    if zone.letters(ms) == "UTC":
        return first
    second = f"{utc:%H:%M:%S}" if utc.date() == own.date() else f"{day(utc)} {utc:%H:%M:%S}"
    return _("%(own)s (%(utc)s UTC)", own=first, utc=second)


def lasting(ms: float) -> str:
    """Write a duration with the unit that suits it: ``0.3 ms``, ``640 ms``, ``4 min``, ``2 h 10 min``, ``3 d``."""
    if ms < 1:
        return f"{ms:.1f} ms"
    if ms < 1_000:
        return f"{ms:.0f} ms"
    if ms < 10_000:
        return f"{ms / 1000:.1f} s"
    if ms < 60_000:
        return f"{ms / 1000:.0f} s"
    minutes = int(ms // 60_000)
    if minutes < 60:
        return _("%(n)s min", n=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return _("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes) if minutes else _("%(n)s h", n=hours)
    return _("%(n)s d", n=grouped(hours // 24))


def utc_field(ms: int) -> str:
    """Write a time as a form field takes it, UTC to the minute: ``2026-05-16 12:00``."""
    return calendar_time(ms).strftime("%Y-%m-%d %H:%M")


def read_utc(text: str) -> int | None:
    """Read ``2026-05-16 12:00`` (or with ``T``, or a date alone) as ms since 1970, UTC; None when it is no time."""
    try:
        at = datetime.fromisoformat(text.strip().removesuffix("Z").strip())
    except ValueError:
        return None
    if at.tzinfo is not None:
        at = at.astimezone(UTC)
    return int(at.replace(tzinfo=UTC).timestamp() * 1000)
