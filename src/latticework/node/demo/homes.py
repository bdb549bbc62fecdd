"""Homes of the demonstration's members: made fresh, trust established both ways, officers and API tokens in place."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import msgspec

from latticework.kernel.clock import Clock, Entropy
from latticework.kernel.errors import InvalidConfig
from latticework.kernel.identity import init_member
from latticework.kernel.ids import MemberId, OfficerId
from latticework.kernel.policy.model import Officer, Role
from latticework.node.compose import Composed, compose
from latticework.node.ports import free_ports
from latticework.node.settings import LedgerSettings, LinkSettings, NodeSettings, WebSettings, write_settings
from latticework.reference import federation

MARK: Final = ".latticework-demo"
"""File that marks a folder as the demonstration's own; nothing else is ever removed."""
EPOCH_MS: Final = 1_000
NOTICE: Final = "Demonstration data, partly invented"


class DemoMember(msgspec.Struct, frozen=True, kw_only=True):
    """One member of the demonstration.

    Parameters
    ----------
    home, web_port
        Where it lives, and where its people reach it.
    tokens
        An API token for each officer.
    """

    member: MemberId
    home: Path
    web_port: int
    tokens: dict[OfficerId, str]

    @property
    def url(self) -> str:
        """Address of the node's pages and API."""
        return f"http://127.0.0.1:{self.web_port}"


def make_homes(folder: Path, clock: Clock, entropy: Entropy, *, first_port: int, room: dict[str, str | int | bool]
               ) -> tuple[DemoMember, ...]:
    """Make every member's home in `folder`, which is emptied first when it is an earlier demonstration's.

    Parameters
    ----------
    first_port
        Web ports are counted from here; links begin 100 above.
    room
        Settings of the picture room.

    Raises
    ------
    InvalidConfig
        When `folder` holds something else, or no port is free.
    """
    _empty(folder)
    members = federation.members()
    ports = free_ports(first_port, len(members))
    next_link = first_port + 100
    made = []
    for number, (info, port) in enumerate(zip(members, ports, strict=True)):
        home = folder / info.member
        init_member(info.member, home, clock, entropy, title=info.title)
        # A member listens for every partner with a lower trigraph; each of those links has a port of its own.
        mine = free_ports(next_link, max(1, number), together=True)
        next_link = mine[-1] + 1
        write_settings(home, NodeSettings(
            notice=NOTICE, web=WebSettings(port=port), links=LinkSettings(first_port=mine[0]),
            ledger=LedgerSettings(epoch_ms=EPOCH_MS), room={"picture": {**room}},
        ))
        made.append(DemoMember(member=info.member, home=home, web_port=port, tokens={}))
    _establish_trust(made, clock, entropy)
    return tuple(made)


def _establish_trust(made: list[DemoMember], clock: Clock, entropy: Entropy) -> None:
    opened: dict[MemberId, Composed] = {}
    hashes: dict[str, str] = {}
    try:
        for one in made:
            opened[one.member] = compose(one.home, clock=clock, entropy=entropy)
            _add_officers(opened[one.member], one, hashes)
        for taker in opened.values():
            first, second = _two(taker)
            for giver in opened.values():
                if giver is not taker:
                    bundle = giver.bundle_for(taker.kernel.own)
                    # In the real world people read the fingerprint to each other; here both sides are at hand.
                    read_out = giver.kernel.identity.fingerprint
                    taker.kernel.add_partner(first, second, bundle, read_out)
    finally:
        for composed in opened.values():
            composed.kernel.close()


def _add_officers(composed: Composed, one: DemoMember, hashes: dict[str, str]) -> None:
    kernel = composed.kernel
    now = kernel.clock.now_ms()
    for known in federation.officers(one.member):
        # One hash for the password that the demonstration prints and all its officers share: hashing is slow by design.
        if known.password not in hashes:
            hashes[known.password] = kernel.officers.hash_new(known.officer.name, known.password)
        kernel.officers.add_hashed(known.officer, hashes[known.password], now)
        one.tokens[known.officer.name] = kernel.officers.issue_token(known.officer.name, "demonstration", now)[0]


def _two(composed: Composed) -> tuple[Officer, Officer]:
    fitting = [row.officer for row in composed.kernel.officers.list() if Role.RELEASER in row.officer.roles]
    return fitting[0], fitting[1]


def _empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise InvalidConfig(f"{folder.name!r} holds something else than a demonstration; choose another folder.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()
