"""Deadlines that people state: an instant in UTC, or a wall time in a zone with its daylight changes.

A wall time is resolved once, by the sender's node, and the instant is signed: so both members act at one moment even if
their time-zone rules differ. A wall time that a daylight change skips is refused with the times around it. Of one that
happens twice the first is meant unless the second is asked for (PEP 495, `fold`).

Sources: PEP 495 (local time disambiguation), PEP 615 (``zoneinfo`` over the IANA time zone database).
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from latticework.kernel.errors import InvalidTask
from latticework.workbench.tasks.model import Deadline

_FORM = "%Y-%m-%dT%H:%M"


def absolute(at_ms: int) -> Deadline:
    """Return a deadline that was stated as an instant, ms since 1970 UTC."""
    return Deadline(at_ms=at_ms)


def local(wall: str, zone: str, *, fold: int = 0) -> Deadline:
    """Return a deadline that was stated as a wall time.

    Parameters
    ----------
    wall
        ``2026-03-29T09:00``; a space may stand for the T.
    zone
        IANA name (``Asia/Tokyo``).
    fold
        1: the second of two equal wall times.

    Raises
    ------
    InvalidTask
        When the zone is unknown, the text is no time to the minute, or the zone's clocks skip it.
    """
    rules = _rules(zone)
    try:
        naive = datetime.strptime(wall.strip().replace(" ", "T"), _FORM)
    except ValueError:
        raise InvalidTask("a deadline in local time looks like 2026-05-16 09:00.") from None
    stated = naive.replace(tzinfo=rules, fold=fold)
    back = stated.astimezone(UTC).astimezone(rules)
    if back.replace(tzinfo=None) != naive:
        # In a gap the two folds give the times just before and after it (PEP 495, "Mind the Gap").
        first, second = sorted(naive.replace(tzinfo=rules, fold=f).astimezone(UTC).astimezone(rules) for f in (0, 1))
        raise InvalidTask(f"{naive:%H:%M} does not exist on {naive:%Y-%m-%d} in {zone}: clocks are set forward; "
                          f"use {first:%H:%M} or {second:%H:%M}.")
    return Deadline(at_ms=_ms(stated), local=naive.strftime(_FORM), zone=zone, fold=fold if _twice(naive, rules) else 0)


def happens_twice(deadline: Deadline) -> bool:
    """Say whether the wall time of a deadline happens twice that day, so that pages say which one is meant."""
    if not deadline.local:
        return False
    try:
        return _twice(datetime.strptime(deadline.local, _FORM), _rules(deadline.zone))
    except (InvalidTask, ValueError):
        return False


def drift_ms(deadline: Deadline) -> int:
    """Return by how much today's rules of its zone would move a deadline, ms; 0 when not at all or when unknown here.

    The signed instant counts all the same; a sender that wants the new one withdraws and asks again.
    """
    if not deadline.local:
        return 0
    try:
        return local(deadline.local, deadline.zone, fold=deadline.fold).at_ms - deadline.at_ms
    except InvalidTask:
        return 0


def _rules(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidTask(f"{zone[:40]!r} is not a time zone; use an IANA name such as Asia/Tokyo.") from None


def _twice(naive: datetime, rules: ZoneInfo) -> bool:
    # In a fold the two readings differ and both read back as they were written.
    one, two = (naive.replace(tzinfo=rules, fold=f) for f in (0, 1))
    return _ms(one) < _ms(two)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
