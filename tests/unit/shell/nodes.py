"""A real federation for the tests of the shell: five members in one process, and JPN's officers in front of its pages.

Nothing is faked but time, randomness and the wire (see ``latticework.testing.kernels``). What the records say is
invented or cited, as it is in the reference federation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from litestar import Litestar
from litestar.testing import TestClient

from latticework.kernel.core import Kernel
from latticework.kernel.core.approvals import RemovePartner
from latticework.kernel.identity import OfficerStore
from latticework.kernel.identity.passwords import Passwords
from latticework.kernel.ids import MemberId, OfficerId, Post, RecordId, Topic
from latticework.kernel.kinds import NOTE, Note
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Arrangement, Officer, Onward, Role
from latticework.shell.app import create_app
from latticework.shell.room import Room, resolve
from latticework.shell.settings import ShellSettings
from latticework.testing.kernels import KernelFederation, two
from latticework.testing.kernels import officer as desk_of

PASSWORD = "correct-horse-battery"
DAY_MS = 86_400_000
MEMBERS = ("AUS", "JPN", "KOR", "PHL", "USA")


def label_of(level: int, *members: str, own: str = "JPN", **more: Any) -> Label:
    release = None if not members else (
        Release(everyone=True) if members == ("*",) else Release(members=frozenset({own, *members})))
    return Label(policy="EXERCISE", classification=level, release=release, originators=frozenset({MemberId(own)}),
                 **more)


def _officer(name: str, post: str, *roles: Role, level: int = 3, nationality: str = "JPN") -> Officer:
    return Officer(name=OfficerId(name), post=Post(post), roles=frozenset(roles), clearance=(("EXERCISE", level),),
                   nationality=MemberId(nationality))


OFFICERS = {o.name: o for o in (
    _officer("duty", "alliance desk", Role.AUTHOR, Role.RELEASER),
    _officer("second", "deputy of the desk", Role.RELEASER, Role.ADMINISTRATOR),
    _officer("low", "watch", Role.AUTHOR, level=0),
    _officer("admin", "systems desk", Role.ADMINISTRATOR),
    _officer("audit", "inspection", Role.AUDITOR),
    _officer("liaison", "liaison of AUS", Role.AUTHOR, nationality="AUS"),
)}


class Site:
    """The federation, JPN's kernel, and JPN's web application.

    Parameters
    ----------
    folder
        For homes.
    rooms
        Rooms of the web application.
    filled
        With arrangements and records; otherwise the members only trust each other.
    members
        Who takes part; JPN always.
    """

    def __init__(
        self, folder: Path, *, rooms: tuple[Room, ...] = (), filled: bool = True, members: tuple[str, ...] = MEMBERS,
    ) -> None:
        self.federation = KernelFederation(folder, members)
        self.kernel: Kernel = self.federation["JPN"]
        self.bench = self.federation.benches["JPN"]
        for room in rooms:
            if room.kinds is not None:
                resolve(room.kinds)(self.kernel.kinds)
            if room.join is not None:
                resolve(room.join)(self.bench)
        self.arrangements: dict[str, RecordId] = {}
        self.records: dict[str, RecordId] = {}
        # The real hashing at its lowest cost: these tests sign in hundreds of times.
        cheap = Passwords(self.kernel.entropy, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.kernel.officers = OfficerStore(self.kernel.store, self.kernel.entropy, cheap)
        for person in OFFICERS.values():
            self.kernel.officers.add(person, PASSWORD, self.kernel.clock.now_ms())
        if filled:
            self._fill()
        self.app: Litestar = create_app(self.bench, rooms, ShellSettings(
            name="Japan", notice="Demonstration data, partly invented", hosts=("testserver.local", "127.0.0.1")))

    def _fill(self) -> None:
        f = self.federation
        self.arrangements = {
            "alliance": f.arrange("JPN", "USA", topics=("air", "maritime", "plans"), name="alliance-1960", status="V",
                                  title="Alliance with the United States", ceiling=3,
                                  source="Treaty of Mutual Cooperation and Security, 1960"),
            "camp-david": f.arrange("JPN", "KOR", "USA", topics=("missile.warning",), name="camp-david", ceiling=2,
                                    title="Missile-warning data among three", onward=Onward.CONSENT, status="V",
                                    source="The Spirit of Camp David, 18 Aug 2023"),
            "maritime": f.arrange("PHL", "JPN", "USA", topics=("maritime",), name="maritime-2024", ceiling=1,
                                  title="Maritime awareness with the Philippines", status="V",
                                  source="Joint Vision Statement, 11 Apr 2024"),
            "quiet": f.arrange("AUS", "JPN", topics=("plans.quiet",), name="quiet", discreet=True,
                               title="Quiet planning with Australia"),
        }
        made = self._publish_own()
        kernel, duty = self.kernel, OFFICERS["duty"]
        kernel.release(duty, made["radar"], MemberId("USA"))
        sea = f["PHL"].publish(desk_of("PHL"), NOTE, Note(
            title="Sea-state notice, Luzon Strait", text="Waves of 4 to 5 m until noon.", status="invented"),
            topic="maritime.weather", label=label_of(1, "JPN", "USA", own="PHL"), distribute=True)
        f.settle()
        f["PHL"].recall(desk_of("PHL"), sea.id, "The forecast was for another strait.", f.clock.now_ms() + 2 * DAY_MS)
        f.settle()
        now = f.clock.now_ms()
        proposed = f["KOR"].propose_arrangement(*two("KOR"), Arrangement(
            name="amendment-2", title="Missile-warning data, amendment 2",
            parties=(MemberId("JPN"), MemberId("KOR")), topics=(Topic("missile.warning"),), ceiling=2,
            exchange_policy="EXERCISE", valid_from_ms=now, valid_until_ms=now + 300 * DAY_MS,
            renew_every_ms=30 * DAY_MS, status="invented"))
        self.arrangements["amendment"] = proposed.id
        f.settle()
        kernel.propose_act(OFFICERS["second"], RemovePartner(MemberId("AUS")))
        f.advance(3_000)
        self.records = {**made, "sea": sea.id}

    def _publish_own(self) -> dict[str, RecordId]:
        kernel, duty = self.kernel, OFFICERS["duty"]
        return {
            "open": kernel.publish(duty, NOTE, Note(
                title="Command frameworks in the Leaders’ Statement", status="V",
                text="Both governments announced that they intend to upgrade their command and control frameworks.",
                source="Joint Leaders’ Statement, 10 Apr 2024"),
                topic="plans.command", label=label_of(0, "*"), distribute=True).id,
            "radar": kernel.publish(duty, NOTE, Note(
                title="Radar outage, northern Kyushu, 14–16 May", status="invented",
                text="The air-surveillance radar is out of service for planned work from 14 May 00:00 to 16 May 06:00 "
                     "UTC.\n\nDuring that time coverage below 3,000 m falls from 98 % to 61 %."),
                topic="air.coverage", label=label_of(2, "USA")).id,
            "warning": kernel.publish(duty, NOTE, Note(title="Format of warning messages", text="Version 3."),
                                      topic="missile.warning", label=label_of(1, "KOR", "USA"), distribute=True).id,
            "own": kernel.publish(duty, NOTE, Note(title="Draft position on co-production", text="For the desk alone."),
                                  topic="plans.industry", label=label_of(3)).id,
        }

    def fill_with(self, count: int) -> None:
        """Publish many routine records."""
        for number in range(count):
            self.kernel.publish(OFFICERS["duty"], NOTE, Note(title=f"Routine report {number:05d}", text="Nothing."),
                                topic="routine.reports", label=label_of(0, "*"))

    def token(self, name: str = "duty") -> str:
        """Return an API token of an officer."""
        return self.kernel.officers.issue_token(OfficerId(name), "tests", self.kernel.clock.now_ms())[0]

    @contextmanager
    def client(self, name: str | None = "duty") -> Iterator[Browser]:
        """Return a browser that has signed in (None: nobody has)."""
        with TestClient(self.app, base_url="http://testserver.local") as client:
            browser = Browser(client)
            if name is not None:
                browser.sign_in(name)
            yield browser

    @contextmanager
    def api(self, name: str | None = "duty") -> Iterator[TestClient[Any]]:
        """Return a client of the API with an officer's token (None: without one)."""
        with TestClient(self.app, base_url="http://testserver.local") as client:
            if name is not None:
                client.headers["authorization"] = f"Bearer {self.token(name)}"
            yield client


class Browser:
    """A client that keeps cookies and sends forms as the pages would."""

    def __init__(self, client: TestClient[Any]) -> None:
        self.client = client
        self.csrf = ""

    def sign_in(self, name: str = "duty", password: str = PASSWORD) -> None:
        answer = self.client.post("/sign-in", data={"name": name, "password": password}, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        found = re.search(r'data-csrf="([0-9a-f]+)"', self.get("/preferences").text)
        assert found is not None
        self.csrf = found.group(1)

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:600]}"
        return str(answer.text)

    def post(self, path: str, follow: bool = False, **fields: Any) -> Any:
        return self.client.post(path, data={"csrf": self.csrf, **fields}, follow_redirects=follow)


def banner_of(page: str) -> str:
    """Return the words of the banner at the top, which must be those at the bottom."""
    line = r'<div class="banner[^"]*" id="banner-(?:top|bottom)".*?<span>.*?</span><span>(.*?)</span>'
    found = re.findall(line, page)
    assert len(found) == 2
    assert found[0] == found[1]
    return re.sub(r"<[^>]+>", "", found[0])


def title_of(page: str) -> str:
    """Return the page's finding."""
    found = re.search(r'<h1[^>]*>(.*?)</h1>', page, re.S)
    assert found is not None
    return re.sub(r"<[^>]+>", "", found.group(1))
