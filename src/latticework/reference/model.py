"""The values of the reference federation, and the one record kind that it brings: a cited public fact."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from latticework.kernel.errors import InvalidRecord
from latticework.kernel.ids import Kind, MemberId, Topic
from latticework.kernel.kinds import shorten
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Officer
from latticework.kernel.records import Described, KindRegistry

FACT: Final = Kind("reference.fact")
Status = Literal["V", "P", "invented"]
Area = Literal["command", "industry", "network", "picture", "strategy", "commitments"]


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A public fact with its source: the body of a ``reference.fact/1`` record.

    Parameters
    ----------
    title, text
        1 to 200 and 1 to 2,000 characters.
    source
        Where it comes from, in words; never empty.
    status
        ``V`` read in the full text, ``P`` seen in press or on a reference page, ``invented`` made up for the example.
        What could not be verified is never made a record.
    area
        The room that it belongs to.
    """

    title: str
    text: str
    source: str
    status: Status
    area: Area

    def __post_init__(self) -> None:
        if not self.title.strip() or len(self.title) > 200:
            raise InvalidRecord("a fact needs a title of 1 to 200 characters.")
        if not self.text.strip() or len(self.text) > 2_000:
            raise InvalidRecord("a fact needs a text of 1 to 2,000 characters.")
        if not self.source.strip() or len(self.source) > 300:
            raise InvalidRecord("a fact needs its source, in 1 to 300 characters.")
        if (self.status == "invented") != ("invented" in self.source.lower()):
            raise InvalidRecord("an invented fact says so in its source, and no other does.")


def register(kinds: KindRegistry) -> None:
    """Register the kind of this package."""
    kinds.register(FACT, 1, Fact, describe=lambda f: Described(f.title, shorten(f.text), f.source, f.status))


class MemberProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A member of the example, with its name in English and Japanese."""

    member: MemberId
    title: str
    title_ja: str


class KnownOfficer(msgspec.Struct, frozen=True, kw_only=True):
    """An invented officer of the demonstration, with the password that it prints."""

    officer: Officer
    password: str


class KnownFact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact to publish: which member makes it a record, on which topic, under which (invented) label."""

    member: MemberId
    topic: Topic
    label: Label
    body: Fact
