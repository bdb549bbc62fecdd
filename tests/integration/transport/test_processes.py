"""Partners that die without a word, and partners that stop reading."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.transport.authority import Authority, free_port, link
from tests.integration.transport.ends import End, Lane, LinkLost, LinkUp, run

from latticework.kernel.transport.tls import TlsTransport
from latticework.kernel.transport.zenoh import ZenohTransport

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]
ROOT = Path(__file__).resolve().parents[3]
JPN, KOR, USA = Authority("JPN"), Authority("KOR"), Authority("USA")


@pytest.fixture(params=[ZenohTransport, TlsTransport], ids=lambda adapter: adapter.__name__)
def adapter(request):
    return request.param


class Child:
    """A partner in its own process."""

    def __init__(self, adapter, own, partner, port, folder):
        folder.mkdir()
        chain, key = own.node()
        for name, data in (("chain.pem", chain), ("key.pem", key), ("anchor.pem", partner.root_pem)):
            (folder / name).write_bytes(data)
        self.command = [sys.executable, "-m", "tests.integration.transport.child", adapter.__name__, own.member,
                        partner.member, str(port), str(folder)]
        self.journal = folder / "journal"
        self.begin()

    def begin(self):
        self.process = subprocess.Popen(self.command, cwd=ROOT)

    def end(self):
        self.process.kill()
        self.process.wait(5)


@pytest.mark.parametrize("victim", ["USA", "JPN"])
def test_killed_in_the_middle_it_resumes_and_nothing_is_lost(adapter, tmp_path, victim):
    """``kill -9`` twice while 3,000 numbered messages are on their way; USA listens, JPN dials."""
    total = 3_000
    dead, alive = (USA, JPN) if victim == "USA" else (JPN, USA)
    port = free_port()
    child = Child(adapter, dead, alive, port, tmp_path / "child")

    async def scenario():
        end = await End(adapter(alive.member)).start()
        await end.transport.open(link(alive, dead, port))
        await end.until_up(victim, 15)
        kills, sent, begun = 0, 0, asyncio.get_running_loop().time()
        while (have := max((int.from_bytes(d, "big") for d in end.data()), default=0)) < total:
            assert asyncio.get_running_loop().time() - begun < 35
            if kills < 2 and have > total * (kills + 1) // 3:
                child.end()
                kills += 1
                await end.until_down(victim, 12)
                child.begin()
                await end.until_up(victim, 15)
                sent = 0
            if sent <= have or sent > have + 500:
                sent = have
            for _ in range(20):
                if sent < total and end.transport.send(victim, Lane.DURABLE, sent.to_bytes(4, "big")):
                    sent += 1
            await asyncio.sleep(0.002)
        assert kills == 2
        assert len(end.of(LinkUp)) >= 3
    try:
        run(scenario(), 50)
    finally:
        child.end()
    numbers = child.journal.read_bytes()
    assert numbers == b"".join(n.to_bytes(4, "big") for n in range(total))


def test_a_partner_that_does_not_read_slows_nobody(adapter, tmp_path):
    """KOR is stopped with SIGSTOP under 40 MB of durable and live data; USA gets everything, in order, meanwhile."""
    ports = free_port(), free_port()
    child = Child(adapter, KOR, JPN, ports[0], tmp_path / "child")

    async def scenario():
        jpn, usa = await End(adapter("JPN")).start(), await End(adapter("USA")).start()
        await usa.transport.open(link(USA, JPN, ports[1]))
        await jpn.transport.open(link(JPN, USA, ports[1]))
        await jpn.transport.open(link(JPN, KOR, ports[0]))
        await jpn.until_up("USA")
        await jpn.until_up("KOR", 15)
        os.kill(child.process.pid, signal.SIGSTOP)
        refused, worst, loop = 0, 0.0, asyncio.get_running_loop()
        for n in range(1_000):
            before = loop.time()
            refused += not jpn.transport.send("KOR", Lane.DURABLE, bytes(30_000))
            refused += not jpn.transport.send("KOR", Lane.LIVE, bytes(10_000))
            worst = max(worst, loop.time() - before)
            await jpn.send("USA", Lane.DURABLE, n.to_bytes(4, "big"))
            await asyncio.sleep(0.002)
        assert refused, "what waits for a partner is bounded"
        await usa.until(lambda: len(usa.data()) == 1_000, 5)
        assert [int.from_bytes(d, "big") for d in usa.data()] == list(range(1_000))
        assert worst < 1.0, "handing a message over never waits for a partner"
        assert not jpn.of(LinkLost, "USA")
        os.kill(child.process.pid, signal.SIGCONT)
        await jpn.until_up("KOR", 15)
    try:
        run(scenario(), 50)
    finally:
        child.end()
