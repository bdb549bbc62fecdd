"""A new member's officers: read from a file or asked for, added to its home, each with an API token shown once.

Trust and arrangements need two of them, so a member without two can agree on nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from latticework.kernel.clock import Clock, Entropy
from latticework.kernel.errors import InvalidConfig, InvalidFile, InvalidId, InvalidPassword
from latticework.kernel.identity import OfficerStore
from latticework.kernel.identity.passwords import MIN_CHARACTERS, check_new
from latticework.kernel.ids import MemberId, OfficerId, parse_member, parse_officer, parse_post
from latticework.kernel.labels import SecurityPolicy
from latticework.kernel.policy.model import Officer, Role
from latticework.kernel.store.sqlite import SqliteStore

T = TypeVar("T")

ROLES: Final = ((Role.RELEASER, Role.AUTHOR), (Role.RELEASER, Role.ADMINISTRATOR))
"""Roles of the two that are asked for: together they can do all that needs two officers."""
TOKEN_DAYS: Final = 30
LARGEST: Final = 256 * 1024

Ask = Callable[[str], str]
"""Asks a person for one value."""
Tell = Callable[[str], None]


class NewOfficer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``[[officer]]`` of an officers file.

    Parameters
    ----------
    name, post
        Sign-in name, which never leaves the node; post, which records carry instead.
    roles
        Of ``author``, ``releaser``, ``administrator``, ``auditor``.
    password
        Asked for when it is left out.
    clearance
        Hierarchy number in the member's own policy; left out: its highest.
    nationality
        Trigraph; left out: the member's.
    compartments
        Restrictive caveats that the officer is read into.
    """

    name: str
    post: str
    roles: tuple[Role, ...]
    password: str = ""
    clearance: int | None = None
    nationality: str = ""
    compartments: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    officer: tuple[NewOfficer, ...]


class AddedOfficer(msgspec.Struct, frozen=True):
    """An officer that was added, and the API token that is shown once."""

    name: OfficerId
    post: str
    roles: tuple[Role, ...]
    token: str


def read_officers(path: Path) -> tuple[NewOfficer, ...]:
    """Read an officers file: TOML with one ``[[officer]]`` table each.

    Raises
    ------
    InvalidFile
        When it cannot be read, is not TOML, or an officer is wrong, with the place.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST)
        found = msgspec.convert(tomllib.loads(raw.decode("utf-8")), _File).officer
    except OSError as error:
        raise InvalidFile(f"{path}: the officers cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidFile(f"{path}: this is not valid TOML.") from None
    except msgspec.ValidationError as error:
        raise InvalidFile(f"{path}: an officer is wrong: {error}.") from None
    return found


def ask_officers(ask: Ask, secret: Ask, tell: Tell) -> tuple[NewOfficer, ...]:
    """Ask a person for the first two officers; what cannot be is said, and asked for again.

    Parameters
    ----------
    ask, secret
        Ask for one value; `secret` does not show it, and asks twice.
    tell
        Shows one line.
    """
    found: list[NewOfficer] = []
    for number, roles in enumerate(ROLES, 1):
        tell(f"Officer {number} of 2 ({', '.join(roles)}):")
        name = _until_good(lambda: _new_name(ask("  sign-in name"), found), tell)
        post = _until_good(lambda: parse_post(ask("  post, as records will show it")), tell)
        found.append(NewOfficer(name=name, post=post, roles=roles, password=_password(name, secret, tell)))
    return tuple(found)


def with_passwords(officers: tuple[NewOfficer, ...], secret: Ask, tell: Tell) -> tuple[NewOfficer, ...]:
    """Ask for the passwords that an officers file leaves out."""
    return tuple(
        one if one.password else msgspec.structs.replace(one, password=_password(one.name, secret, tell, of=True))
        for one in officers)


def _password(name: str, secret: Ask, tell: Tell, *, of: bool = False) -> str:
    def once() -> str:
        given = secret(f"  password{f' of {name}' if of else ''}, {MIN_CHARACTERS} characters or more")
        check_new(given, parse_officer(name))
        return given

    return _until_good(once, tell)


def _new_name(given: str, found: list[NewOfficer]) -> OfficerId:
    name = parse_officer(given)
    if any(one.name == name for one in found):
        raise InvalidConfig("the second officer is another person; give another name.")
    return name


def _until_good(once: Callable[[], T], tell: Tell) -> T:
    while True:
        try:
            return once()
        except (InvalidId, InvalidConfig, InvalidPassword) as error:
            tell(f"  {error.message}")


def check_officers(officers: tuple[NewOfficer, ...], policy: SecurityPolicy) -> None:
    """Check everything before anything is made, so that a refused officer leaves no half-made member.

    Raises
    ------
    InvalidConfig, InvalidId, InvalidPassword
        When an officer cannot be added, or no two of them can agree on trust and arrangements.
    """
    for one in officers:
        check_new(one.password, parse_officer(one.name))
        parse_post(one.post)
        if not one.roles:
            raise InvalidConfig(f"{one.name} has no role; give at least one.")
        if one.nationality:
            parse_member(one.nationality)
        if one.clearance is not None and one.clearance not in policy.levels:
            raise InvalidConfig(f"{one.name}: {policy.name} has no classification {one.clearance}.")
        unknown = sorted(set(one.compartments) - set(policy.restrictive))
        if unknown:
            raise InvalidConfig(f"{one.name}: {policy.name} has no restrictive caveat {unknown[0]!r}.")
    if len({o.name for o in officers}) < len(officers):
        raise InvalidConfig("two officers have the same sign-in name; they must be two people.")
    if sum(bool({Role.RELEASER, Role.ADMINISTRATOR} & set(o.roles)) for o in officers) < 2:
        raise InvalidConfig("a member needs two officers who are releaser or administrator; "
                            "trust and arrangements need both.")


def add_officers(
    store: SqliteStore, member: MemberId, policy: SecurityPolicy, officers: tuple[NewOfficer, ...], clock: Clock,
    entropy: Entropy,
) -> tuple[AddedOfficer, ...]:
    """Add `officers`, checked before, to a member's store and issue an API token to each."""
    known, made = OfficerStore(store, entropy), []
    for one in officers:
        level = policy.highest if one.clearance is None else one.clearance
        officer = Officer(
            name=parse_officer(one.name), post=parse_post(one.post), roles=frozenset(one.roles),
            clearance=((policy.name, level),), nationality=MemberId(one.nationality or member),
            compartments=frozenset(one.compartments))
        now = clock.now_ms()
        known.add(officer, one.password, now)
        token, _row = known.issue_token(officer.name, "first console", now, TOKEN_DAYS * 86_400_000)
        made.append(AddedOfficer(officer.name, officer.post, one.roles, token))
    return tuple(made)
