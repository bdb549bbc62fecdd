"""A real node for the tests of the shell: one member with partners, arrangements, officers and records, no sockets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from litestar.testing import TestClient

from latticework.kernel.clock import SystemClock, SystemEntropy
from latticework.kernel.core import Kernel
from latticework.kernel.core.approvals import AddPartner, ProposeArrangement
from latticework.kernel.identity import init_member
from latticework.kernel.ids import MemberId, OfficerId, Post, RecordId, Topic
from latticework.kernel.kinds import NOTE, Note
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Arrangement, Officer, Onward, Role
from latticework.kernel.records.record import Record
from latticework.node.compose import Composed, compose
from latticework.node.settings import NodeSettings

PASSWORD = "correct-horse-battery"
DAY_MS = 86_400_000
PARTNERS = {"USA": "United States", "AUS": "Australia", "KOR": "Korea", "PHL": "Philippines"}


class Node(NamedTuple):
    """One composed node and its officers by sign-in name."""

    composed: Composed
    officers: dict[str, Officer]
    notes: dict[str, Record]

    @property
    def kernel(self) -> Kernel:
        return self.composed.kernel

    def endpoint_for(self, member: MemberId) -> str | None:
        return self.composed.endpoint_for(member)


def label_of(level: int, *members: str, own: str = "JPN", **more: Any) -> Label:
    release = None if not members else (
        Release(everyone=True) if members == ("*",) else Release(members=frozenset({own, *members})))
    return Label(policy="EXERCISE", classification=level, release=release, originators=frozenset({MemberId(own)}), **more)


def officer(name: str, post: str, *roles: Role, level: int = 3, nationality: str = "JPN") -> Officer:
    return Officer(name=OfficerId(name), post=Post(post), roles=frozenset(roles), clearance=(("EXERCISE", level),),
                   nationality=MemberId(nationality))


def arrangement(name: str, title: str, parties: tuple[str, ...], topics: tuple[str, ...], ceiling: int, now: int,
                **more: Any) -> Arrangement:
    return Arrangement(
        name=name, title=title, parties=tuple(sorted(MemberId(p) for p in parties)),
        topics=tuple(sorted(Topic(t) for t in topics)), ceiling=ceiling, exchange_policy="EXERCISE",
        valid_from_ms=now - DAY_MS, valid_until_ms=now + 300 * DAY_MS, renew_every_ms=30 * DAY_MS, **more)


def approved(kernel: Kernel, first: Officer, second: Officer, act: Any) -> None:
    kernel.approve_act(second, kernel.propose_act(first, act).id)


def make_node(folder: Path, *, partners: bool = True, records: bool = True, settings: NodeSettings | None = None,
              many: int = 0) -> Node:
    """Make JPN with its officers; with partners, four others that exist as identities and trust bundles alone."""
    clock, entropy = SystemClock(), SystemEntropy()
    now = clock.now_ms()
    init_member(MemberId("JPN"), folder / "jpn", clock, entropy, title="Japan")
    composed = compose(folder / "jpn", settings=settings or NodeSettings(rooms=()))
    kernel = composed.kernel
    officers = {o.name: o for o in (
        officer("duty", "alliance desk", Role.AUTHOR, Role.RELEASER),
        officer("second", "deputy of the alliance desk", Role.RELEASER, Role.ADMINISTRATOR),
        officer("low", "watch", Role.AUTHOR, level=0),
        officer("admin", "systems desk", Role.ADMINISTRATOR),
        officer("audit", "inspection", Role.AUDITOR),
        officer("liaison", "liaison of AUS", Role.AUTHOR, nationality="AUS"),
    )}
    for person in officers.values():
        kernel.officers.add(person, PASSWORD, now)
    if partners:
        for member, title in PARTNERS.items():
            other = init_member(MemberId(member), folder / member.lower(), clock, entropy, title=title)
            bundle = other.export_bundle(now, for_member=MemberId("JPN"), endpoint="127.0.0.1:9")
            approved(kernel, officers["duty"], officers["second"], AddPartner(bundle, other.fingerprint))
    notes: dict[str, Record] = {}
    if records:
        notes = _fill(kernel, officers, now, partners=partners)
    for number in range(many):
        kernel.publish(officers["duty"], NOTE, Note(title=f"Routine report {number:05d}", text="Nothing to add."),
                       topic="maritime.reports", label=label_of(number % 3, "USA"))
    return Node(composed, officers, notes)


def _fill(kernel: Kernel, officers: dict[str, Officer], now: int, *, partners: bool) -> dict[str, Record]:
    duty, second = officers["duty"], officers["second"]
    if partners:
        for proposal in (
            arrangement("alliance-1960", "Alliance with the United States", ("JPN", "USA"),
                        ("air", "maritime", "plans"), 3, now, status="V",
                        source="Treaty of Mutual Cooperation and Security, 1960"),
            arrangement("camp-david", "Missile-warning data among three", ("JPN", "KOR", "USA"), ("missile.warning",),
                        2, now, onward=Onward.CONSENT, status="V", source="The Spirit of Camp David, 18 Aug 2023"),
            arrangement("quiet", "Quiet arrangement", ("AUS", "JPN"), ("plans",), 3, now, discreet=True),
        ):
            approved(kernel, duty, second, ProposeArrangement(proposal))
    return {
        "open": kernel.publish(duty, NOTE, Note(
            title="Commitments of the Leaders’ Statement", status="V",
            text="The United States and Japan announced their intention to bilaterally upgrade their command and "
                 "control frameworks.", source="Joint Leaders’ Statement, 10 Apr 2024"),
            topic="plans.command", label=label_of(0, "*")),
        "radar": kernel.publish(duty, NOTE, Note(
            title="Radar outage, northern Kyushu, 14–16 May", status="invented",
            text="The air-surveillance radar at Sefuri is out of service for planned work from 14 May 00:00 to 16 May "
                 "06:00 UTC.\n\nDuring that time coverage below 3,000 m falls from 98 % to 61 %."),
            topic="air.coverage", label=label_of(2, "USA")),
        "sea": kernel.publish(duty, NOTE, Note(title="Sea-state notice, Luzon Strait", text="Waves of 4 to 5 m.",
                                               status="invented"),
                              topic="maritime.weather", label=label_of(1, "USA", "PHL")),
        "own": kernel.publish(duty, NOTE, Note(title="Draft position on co-production", text="For the desk alone."),
                              topic="plans.industry", label=label_of(3)),
    }


def sign_in(client: TestClient[Any], name: str = "duty") -> None:
    """Sign in; the client keeps the cookie."""
    answer = client.post("/sign-in", data={"name": name, "password": PASSWORD, "next": "/"}, follow_redirects=False)
    assert answer.status_code == 303, answer.text


def csrf(client: TestClient[Any]) -> str:
    """Return the form token of the signed-in client's pages."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get("/preferences").text)
    assert found is not None
    return found.group(1)


def token(node: Node, name: str = "duty") -> str:
    """Return an API token of an officer."""
    return node.kernel.officers.issue_token(OfficerId(name), "tests", node.kernel.clock.now_ms())[0]


def record_id(node: Node, name: str) -> RecordId:
    return node.notes[name].id
