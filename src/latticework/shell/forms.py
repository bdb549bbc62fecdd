"""Reading forms: every field that is wrong gets its own sentence, and what was typed is kept."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from latticework.kernel.errors import InvalidId, LatticeworkError
from latticework.kernel.ids import MemberId, Topic, parse_member, parse_topic
from latticework.kernel.labels.label import Label, Release
from latticework.shell import times
from latticework.shell.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latticework.kernel.core import Kernel

MAX_FIELD: Final = 40_000


def every_value(sent: Any) -> dict[str, object]:
    """Return the fields of a request's form; a field that was sent more than once as a list."""
    found: dict[str, object] = {}
    for name, value in sent.multi_items():
        if name in found:
            before = found[name]
            found[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[name] = value
    return found


class Form:
    """What was sent, and what is wrong with it.

    Parameters
    ----------
    values
        Field names and their texts; repeated fields as lists.
    """

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values
        self.errors: dict[str, str] = {}

    def text(self, name: str, default: str = "") -> str:
        """Return a field without surrounding space; a field that was not sent is `default`."""
        value = self._values.get(name, default)
        value = value[0] if isinstance(value, list) and value else value
        return str(value)[:MAX_FIELD].replace("\r\n", "\n").strip() if not isinstance(value, list) else default

    def every(self, name: str) -> list[str]:
        """Return all values of a repeated field."""
        value = self._values.get(name, [])
        found = value if isinstance(value, list) else [value]
        return [str(v)[:MAX_FIELD].strip() for v in found if str(v).strip()]

    def exactly(self, name: str) -> str:
        """Return a field as it was typed, its spaces too: a password."""
        value = self._values.get(name, "")
        return value[:MAX_FIELD] if isinstance(value, str) else ""

    def __getitem__(self, name: str) -> str:
        return self.text(name)

    def wrong(self, name: str, sentence: str) -> None:
        """Note what is wrong with a field; the first sentence stays."""
        self.errors.setdefault(name, sentence)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.errors

    # ---- fields of latticework -------------------------------------------------------------------------------------

    def members(self, name: str, known: tuple[MemberId, ...]) -> tuple[MemberId, ...]:
        """Read trigraphs that are separated by spaces or commas; unknown ones get a sentence with a suggestion."""
        found: list[MemberId] = []
        for word in " ".join(self.every(name)).replace(",", " ").upper().split():
            try:
                member = parse_member(word)
            except InvalidId:
                self.wrong(name, _("%(word)s is not a trigraph; use three letters such as JPN.", word=word[:12]))
                continue
            if known and member not in known:
                near = get_close_matches(member, known, n=1)
                hint = " " + _("Did you mean %(member)s?", member=near[0]) if near else ""
                self.wrong(name, _("%(word)s is not a member that is known here.", word=member) + hint)
            elif member not in found:
                found.append(member)
        return tuple(sorted(found))

    def topic(self, name: str) -> Topic:
        """Read one topic."""
        try:
            return parse_topic(self.text(name).lower())
        except InvalidId:
            self.wrong(name, _("Use dotted lowercase words such as air.tracks; “all” is not a topic."))
            return Topic("")

    def topics(self, name: str) -> tuple[Topic, ...]:
        """Read topics that are separated by spaces or commas."""
        found: set[Topic] = set()
        for word in self.text(name).lower().replace(",", " ").split():
            try:
                found.add(parse_topic(word))
            except InvalidId:
                self.wrong(name, _("%(word)s is not a topic; use dotted lowercase words such as air.tracks.",
                                   word=word[:40]))
        if not found:
            self.wrong(name, _("Name each topic that the parties agree on."))
        return tuple(sorted(found))

    def time(self, name: str, *, required: bool = False) -> int | None:
        """Read a time, UTC; None when it was left empty."""
        text = self.text(name)
        if not text:
            if required:
                self.wrong(name, _("Give a time, UTC, such as 2026-05-16 12:00."))
            return None
        ms = times.read_utc(text)
        if ms is None:
            self.wrong(name, _("This is no time; write it, UTC, such as 2026-05-16 12:00."))
        return ms

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """Read a whole number within bounds."""
        text = self.text(name) or str(default)
        value = int(text) if text.removeprefix("-").isdecimal() and len(text) < 12 else low - 1
        if not low <= value <= high:
            self.wrong(name, _("Give a whole number from %(low)s to %(high)s.", low=low, high=high))
            return default
        return value

    def label(self, kernel: Kernel) -> Label | None:
        """Read classification, release, caveats and expiry as a label of the own policy; None when it is wrong."""
        policy = kernel.policies[kernel.default_policy]
        level = self.number("classification", policy.lowest, policy.lowest, policy.highest)
        who = self.text("release", "members")
        release: Release | None = None
        if who == "everyone":
            release = Release(everyone=True)
        elif who == "members":
            named = self.members("members", (kernel.own, *kernel.state().partners))
            if not named and "members" not in self.errors:
                self.wrong("members", _("Name who may have it, or choose the originator alone."))
            release = Release(members=frozenset({kernel.own, *named}))
        expires = self.time("expires")
        label = Label(
            policy=policy.name, classification=level, release=release, originators=frozenset({kernel.own}),
            restrictive=frozenset(self.every("restrictive")), informative=frozenset(self.every("informative")),
            expires_ms=expires,
        )
        try:
            policy.validate(label)
        except LatticeworkError as error:
            from latticework.shell.sentences import say

            self.wrong("classification", say(error.message))
        if {"classification", "members", "expires"} & set(self.errors):
            return None
        return label
