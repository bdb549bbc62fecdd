"""Homes of real nodes, the processes that run on them, and what their officers do over the HTTP API.

A node is the installed program in a process of its own, ended by its own process id. Every wait has a limit.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from latticework.kernel.clock import SystemClock, SystemEntropy
from latticework.kernel.identity import init_member
from latticework.kernel.policy.model import Role
from latticework.node.compose import compose
from latticework.node.settings import LedgerSettings, LinkSettings, NodeSettings, WebSettings, write_settings
from latticework.testing.kernels import officer, two

PROGRAM = Path(sys.executable).with_name("latticework")
LINK_PORTS = 6
PASSWORD = "correct horse battery staple"
YEAR_MS = 365 * 86_400_000
TOPIC = "maritime.awareness"


def free_ports(count):
    """Return the first of `count` neighboring ports below the ephemeral range that nobody listens on now."""
    start = 12_000 + (time.time_ns() // 1000) % 15_000
    for first in range(start, start + 4_000, count):
        try:
            with contextlib.ExitStack() as stack:
                for port in range(first, first + count):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
        except OSError:
            continue
    raise AssertionError("no free ports")


def label(*members, classification=1):
    return {"policy": "EXERCISE", "classification": classification, "release": {"members": list(members)}}


def until(what, question, seconds=60.0, every=0.1):
    """Ask until the answer is true; return it. The last answer stands in the failure."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(every)


class Refused(Exception):
    """The API answered with an error."""

    def __init__(self, response):
        self.status = response.status_code
        found = response.json()
        self.code, self.message = found["code"], found["message"]
        super().__init__(f"{self.status} {self.code} {self.message}")


class Home:
    """One member's home, and at most one process on it."""

    def __init__(self, folder, member, *, clock=None, rooms=(), epoch_ms=500):
        self.member, self.path = member, folder / member
        self.identity = init_member(member, self.path, clock or SystemClock(), SystemEntropy(), title=member)
        self.port = free_ports(1 + LINK_PORTS)
        self.tokens = {}
        self.process = None
        self.log = folder / f"{member}.log"
        write_settings(self.path, NodeSettings(
            web=WebSettings(port=self.port), links=LinkSettings(first_port=self.port + 1),
            ledger=LedgerSettings(epoch_ms=epoch_ms), rooms=tuple(rooms)))
        self._client = None

    # ---- before it runs

    def open(self):
        return compose(self.path)

    def prepare(self, composed):
        """Add officers: two who may do everything with content, and an auditor."""
        now = SystemClock().now_ms()
        roles = {"first": (), "second": (Role.RELEASER, Role.ADMINISTRATOR), "auditor": (Role.AUDITOR,)}
        for name in roles:
            composed.kernel.officers.add(officer(self.member, name, *roles[name]), PASSWORD, now)
            self.tokens[name] = composed.kernel.officers.issue_token(name, "tests", now)[0]

    # ---- the process

    def start(self, *, wait=True, wrapper=()):
        assert self.process is None or self.process.poll() is not None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*wrapper, str(PROGRAM), "serve", "--home", str(self.path)], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=90):
        def ready():
            assert self.process.poll() is None, f"{self.member} stopped: {self.output()}"
            try:
                return httpx.get(f"{self.url}/api/v1/me", headers=self._as("first"), timeout=5).status_code == 200
            except httpx.TransportError:
                return False
        until(f"{self.member} answers", ready, seconds)

    def end(self, number=signal.SIGTERM, seconds=15):
        """Send this node's own process a signal and wait; return its exit code."""
        if self._client is not None:
            self._client.close()
            self._client = None
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            raise AssertionError(f"{self.member} did not stop in {seconds} s: {self.output()}") from None
        self.process = None
        return code

    def kill(self):
        assert self.end(signal.SIGKILL) == -signal.SIGKILL

    def output(self):
        return self.log.read_text(errors="replace")[-4000:]

    # ---- the API

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def _as(self, name):
        return {"authorization": f"Bearer {self.tokens[name]}"}

    def ask(self, method, path, body=None, *, by="first", raw=False):
        if self._client is None:
            self._client = httpx.Client(base_url=self.url, timeout=60)
        response = self._client.request(method, f"/api/v1{path}", json=body, headers=self._as(by))
        if response.status_code >= 400:
            raise Refused(response)
        return response.content if raw else response.json()

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.ask("POST", path, body, **options)

    def both(self, method, path, body=None):
        """Have the first officer propose and the second approve."""
        act = self.ask(method, path, body)
        done = self.post(f"/approvals/{act['id']}/approve", by="second")
        assert done["state"] == "approved"
        return done

    def publish(self, title, *members, text="invented", distribute=True, classification=1, topic=TOPIC):
        return self.post("/records", {
            "kind": "note", "body": {"title": title, "text": text}, "topic": topic, "distribute": distribute,
            "label": label(self.member, *members, classification=classification)})

    def notes(self, member=None):
        """Return every note's title to its record, and fail when one is listed twice."""
        found, after = {}, ""
        while True:
            page = self.get(f"/records?kind=note&limit=500{f'&member={member}' if member else ''}{after}")
            for item in page["items"]:
                assert item["title"] not in found, f"{item['title']} is here twice"
                found[item["title"]] = item
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    def peer(self, member):
        return next(p for p in self.get("/peers") if p["member"] == member)

    def alarms(self):
        return self.get("/alarms?limit=500")

    def verify(self):
        report = self.post("/ledger/verify")
        assert report["ok"], report
        return report


class Federation:
    """Members that trust each other; their nodes are started by whoever needs them."""

    def __init__(self, folder, *members, **options):
        self.homes = {member: Home(folder, member, **options) for member in members}
        with contextlib.ExitStack() as stack:
            opened = {}
            for member, home in self.homes.items():
                opened[member] = home.open()
                stack.callback(opened[member].kernel.close)
                home.prepare(opened[member])
            for taker in opened.values():
                for giver in opened.values():
                    if giver is not taker:
                        taker.kernel.add_partner(*two(taker.kernel.own), giver.bundle_for(taker.kernel.own),
                                                 giver.kernel.identity.fingerprint)

    def __getitem__(self, member):
        return self.homes[member]

    def start(self, *members):
        chosen = [self.homes[m] for m in members or self.homes]
        for home in chosen:
            home.start(wait=False)
        for home in chosen:
            home.wait_ready()
        self.wait_linked(*members)

    def wait_linked(self, *members, seconds=60):
        chosen = members or tuple(self.homes)
        pairs = [(self[one], other) for one in chosen for other in chosen if one != other]
        until("every link is up", lambda: all(one.peer(other)["link"] == "direct" for one, other in pairs), seconds)

    def stop(self):
        """End every process that is left, each by its own id."""
        for home in self.homes.values():
            if home.process is not None:
                home.end()

    def arrange(self, name, *parties, topics=(TOPIC,), ceiling=3):
        """Propose by the first party over the API, sign by the others, and wait until it is in force everywhere."""
        now = SystemClock().now_ms()
        self[parties[0]].both("POST", "/arrangements", {
            "name": name, "title": f"Arrangement {name}", "parties": sorted(parties), "topics": sorted(topics),
            "ceiling": ceiling, "exchange_policy": "EXERCISE", "valid_from_ms": now - 1_000,
            "valid_until_ms": now + YEAR_MS, "renew_every_ms": 30 * 86_400_000})
        for party in parties[1:]:
            record = until(f"the proposal reaches {party}", lambda p=party: self._find(p, name))["record"]
            self[party].both("POST", f"/arrangements/{record}/sign")
        for party in parties:
            until(f"{name} is in force at {party}", lambda p=party: self._find(p, name)["in_force"])
        return record

    def _find(self, member, name):
        items = self[member].get("/arrangements")["items"]
        return next((v for v in items if v["arrangement"]["name"] == name), None)
