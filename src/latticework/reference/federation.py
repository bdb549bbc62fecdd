"""The reference federation: members, officers, arrangements and first records, read from the TOML files beside it.

Facts and arrangements come from public texts that each entry names. Labels, ceilings, terms and officers are invented,
and the files and records say so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from typing import Final, TypeVar

import msgspec

from latticework.kernel.errors import InvalidConfig
from latticework.kernel.ids import MemberId, OfficerId, Topic, parse_member, parse_officer, parse_post, parse_topic
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Arrangement, Officer, Onward, Role
from latticework.reference.model import Area, Fact, KnownFact, KnownOfficer, MemberProfile, Status

POLICY: Final = "EXERCISE"
TOPICS: Final[tuple[Topic, ...]] = tuple(Topic(t) for t in (
    "air.tracks", "air.warning", "command.structures", "exercise.planning", "industry.missiles", "industry.repair",
    "maritime.awareness", "strategy.drafts", "technology.cooperation",
))
"""Every topic of the example, sorted."""
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS

T = TypeVar("T")


class _ArrangementRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    title: str
    parties: tuple[MemberId, ...]
    topics: tuple[Topic, ...]
    ceiling: int
    onward: Onward
    valid_days: int
    renew_days: int
    status: Status
    source: str


class _FactRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    member: MemberId
    topic: Topic
    area: Area
    title: str
    text: str
    source: str
    status: Status
    classification: int
    release: tuple[MemberId, ...]
    restrictive: tuple[str, ...] = ()
    informative: tuple[str, ...] = ()


class _OfficerRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    post: str
    roles: tuple[Role, ...]
    clearance: int
    compartments: tuple[str, ...] = ()
    only_at: MemberId | None = None
    nationality: MemberId | None = None


class _Members(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    member: tuple[MemberProfile, ...]


class _Arrangements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    arrangement: tuple[_ArrangementRow, ...]


class _Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fact: tuple[_FactRow, ...]


class _Officers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    password: str
    officer: tuple[_OfficerRow, ...]


def read_table(text: str, type_: type[T], name: str) -> T:
    """Read one of the TOML files strictly.

    Raises
    ------
    InvalidConfig
        When it is not TOML, or has a field too many, too few or out of bounds, with the place.
    """
    try:
        return msgspec.convert(tomllib.loads(text), type_)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InvalidConfig(f"{name}: {error}.") from None


def _load(name: str, type_: type[T]) -> T:
    return read_table((resources.files(__package__) / name).read_text(encoding="utf-8"), type_, name)


@lru_cache(maxsize=1)
def members() -> tuple[MemberProfile, ...]:
    """Return the members, sorted by trigraph."""
    found = _load("members.toml", _Members).member
    for profile in found:
        parse_member(profile.member)
    return tuple(sorted(found, key=lambda m: m.member))


def officers(member: MemberId) -> tuple[KnownOfficer, ...]:
    """Return the invented officers of `member`: a desk, two releasers, an administrator, an auditor."""
    table = _load("officers.toml", _Officers)
    return tuple(
        KnownOfficer(password=table.password, officer=Officer(
            name=parse_officer(row.name.format(member=member.lower())), post=parse_post(row.post),
            roles=frozenset(row.roles), clearance=((POLICY, row.clearance),), nationality=row.nationality or member,
            compartments=frozenset(row.compartments),
        ))
        for row in table.officer if row.only_at in {None, member}
    )


def two_releasers(known: Iterable[Officer]) -> tuple[OfficerId, OfficerId]:
    """Return the sign-in names of the first two officers who may release, or raise :class:`InvalidConfig`."""
    names = [officer.name for officer in known if Role.RELEASER in officer.roles]
    if len(names) < 2:
        raise InvalidConfig("acts of trust and arrangements need two officers who may release.")
    return names[0], names[1]


def arrangements(now_ms: int) -> tuple[Arrangement, ...]:
    """Return the arrangements of the example, each valid from an hour before `now_ms` on.

    Parameters
    ----------
    now_ms
        Time at which the example begins, ms since 1970, UTC.
    """
    return tuple(
        Arrangement(
            name=row.name, title=row.title, parties=row.parties, topics=row.topics, ceiling=row.ceiling,
            exchange_policy=POLICY, valid_from_ms=now_ms - HOUR_MS, valid_until_ms=now_ms + row.valid_days * DAY_MS,
            renew_every_ms=row.renew_days * DAY_MS, onward=row.onward, source=row.source, status=row.status,
        )
        for row in _load("arrangements.toml", _Arrangements).arrangement
    )


@lru_cache(maxsize=1)
def facts() -> tuple[KnownFact, ...]:
    """Return the facts to publish, in the order of the file."""
    return tuple(
        KnownFact(
            member=parse_member(row.member), topic=parse_topic(row.topic), label=_label(row),
            body=Fact(title=row.title, text=row.text, source=row.source, status=row.status, area=row.area),
        )
        for row in _load("facts.toml", _Facts).fact
    )


def _label(row: _FactRow) -> Label:
    # The author stands in its own release set, so that the marking reads as people write it.
    release = Release(members=frozenset({row.member, *row.release})) if row.release else None
    return Label(
        policy=POLICY, classification=row.classification, release=release, restrictive=frozenset(row.restrictive),
        informative=frozenset(row.informative), originators=frozenset({row.member}),
    )
