"""What every transport does: both adapters pass the same tests over loopback, with mutual TLS."""

from __future__ import annotations

import asyncio
import time

import pytest
from tests.integration.transport.authority import Authority, free_port, link
from tests.integration.transport.ends import End, Lane, LinkLost, LinkUp, never, run

from latticework.kernel.codec import MAX_MESSAGE_BYTES
from latticework.kernel.errors import InvalidCertificate, InvalidConfig, LinkDown, ListenFailed, ProtocolError
from latticework.kernel.transport.tls import TlsTransport
from latticework.kernel.transport.zenoh import ZenohTransport

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]

JPN, USA, KOR = Authority("JPN"), Authority("USA"), Authority("KOR")
ADAPTERS = [ZenohTransport, TlsTransport]


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.__name__)
def adapter(request):
    return request.param


class Pair:
    """JPN (dials) and USA (listens), linked when the block begins."""

    def __init__(self, adapter, **jpn):
        self.adapter, self.jpn_link = adapter, jpn

    async def __aenter__(self):
        self.port = free_port()
        self.jpn = await End(self.adapter("JPN")).start()
        self.usa = await End(self.adapter("USA")).start()
        await self.usa.transport.open(link(USA, JPN, self.port))
        await self.jpn.transport.open(link(JPN, USA, self.port))
        await self.jpn.until_up("USA")
        await self.usa.until_up("JPN")
        return self

    async def __aexit__(self, *_):
        await self.jpn.transport.stop()
        await self.usa.transport.stop()


def test_links_come_up_and_carry_both_lanes_both_ways(adapter):
    async def scenario():
        async with Pair(adapter) as pair:
            largest = bytes(range(256)) * (MAX_MESSAGE_BYTES // 256)
            for lane in Lane:
                await pair.jpn.send("USA", lane, b"to usa " + lane.value.encode())
                await pair.usa.send("JPN", lane, b"to jpn " + lane.value.encode())
            await pair.jpn.send("USA", Lane.DURABLE, largest)
            await pair.usa.until(lambda: len(pair.usa.data()) == 3)
            await pair.jpn.until(lambda: len(pair.jpn.data()) == 2)
            assert set(pair.jpn.data("USA", Lane.DURABLE)) == {b"to jpn durable"}
            assert set(pair.jpn.data("USA", Lane.LIVE)) == {b"to jpn live"}
            assert pair.usa.data("JPN", Lane.DURABLE) == [b"to usa durable", largest]
            assert isinstance(pair.usa.events[0], LinkUp)
    run(scenario())


def test_the_durable_lane_keeps_order_under_load_and_drops_nothing(adapter):
    async def scenario():
        async with Pair(adapter) as pair:
            sent = [n.to_bytes(4, "big") + bytes(n % 977) for n in range(20_000)]
            for data in sent:
                if not pair.jpn.transport.send("USA", Lane.DURABLE, data):
                    await pair.jpn.send("USA", Lane.DURABLE, data)
            await pair.usa.until(lambda: len(pair.usa.data()) >= len(sent), 20)
            assert pair.usa.data("JPN", Lane.DURABLE) == sent
    run(scenario())


def test_either_end_may_come_first(adapter):
    async def scenario():
        port = free_port()
        jpn, usa = await End(adapter("JPN")).start(), await End(adapter("USA")).start()
        await jpn.transport.open(link(JPN, USA, port))
        await asyncio.sleep(0.4)
        assert not jpn.transport.send("USA", Lane.DURABLE, b"too early")
        await usa.transport.open(link(USA, JPN, port))
        await usa.until_up("JPN")
        await jpn.until_up("USA")
        await jpn.send("USA", Lane.DURABLE, b"now")
        await usa.until(lambda: usa.data() == [b"now"])
        await jpn.transport.stop()
        await usa.until_down("JPN")
        assert not usa.transport.send("JPN", Lane.LIVE, b"gone")
        await usa.transport.stop()
    run(scenario())


def test_closing_one_partner_leaves_the_others_alone(adapter):
    async def scenario():
        ports = free_port(), free_port()
        usa = await End(adapter("USA")).start()
        jpn, kor = await End(adapter("JPN")).start(), await End(adapter("KOR")).start()
        for other, authority, port in ((jpn, JPN, ports[0]), (kor, KOR, ports[1])):
            await usa.transport.open(link(USA, authority, port))
            await other.transport.open(link(authority, USA, port))
            await other.until_up("USA")
            await usa.until_up(authority.member)
        streaming = asyncio.create_task(_stream(usa, "KOR", 400))
        await asyncio.sleep(0.1)
        await usa.transport.close("JPN")
        await streaming
        await kor.until(lambda: len(kor.data()) == 400)
        assert [int.from_bytes(d, "big") for d in kor.data()] == list(range(400))
        await jpn.until_down("USA")
        assert not usa.of(LinkLost, "KOR")
        assert not usa.transport.send("JPN", Lane.DURABLE, b"closed")
        for end in (jpn, kor, usa):
            await end.transport.stop()
    run(scenario())


async def _stream(end, peer, count):
    for n in range(count):
        await end.send(peer, Lane.DURABLE, n.to_bytes(4, "big"))
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("attack", ["wrong root", "own certificate in another's place", "forged name"])
@pytest.mark.parametrize("attacker", ["JPN", "USA"])
def test_a_certificate_of_another_root_never_links(adapter, attack, attacker):
    """KOR's authority speaks in the place of the dialing (JPN) or of the listening end (USA)."""
    async def scenario():
        port = free_port()
        victim, honest = (USA, JPN) if attacker == "JPN" else (JPN, USA)
        node = {
            "wrong root": Authority(attacker).node(),
            "own certificate in another's place": KOR.node(),
            "forged name": KOR.node(name=honest.name),
        }[attack]
        good, bad = await End(adapter(victim.member)).start(), await End(adapter(attacker)).start()
        for end, opened in ((good, link(victim, honest, port)), (bad, link(honest, victim, port, node=node))):
            await end.transport.open(opened)
        await never(lambda: good.of(LinkUp) or bad.of(LinkUp) or good.data(), 0.8)
        await good.transport.stop()
        await bad.transport.stop()
    run(scenario())


@pytest.mark.parametrize("attacker", ["JPN", "USA"])
def test_another_name_of_the_right_root_never_links(adapter, attacker):
    """A certificate of the partner's own root, but of another machine of it, is not the partner's node."""
    async def scenario():
        port = free_port()
        victim, other = (USA, JPN) if attacker == "JPN" else (JPN, USA)
        node = other.node(name=f"printer.{other.member.lower()}.latticework.internal")
        good, bad = await End(adapter(victim.member)).start(), await End(adapter(attacker)).start()
        await good.transport.open(link(victim, other, port))
        await bad.transport.open(link(other, victim, port, node=node))
        for n in range(20):
            bad.transport.send(victim.member, Lane.DURABLE, b"believe me")
            assert not good.transport.send(other.member, Lane.DURABLE, b"secret")
            assert not good.of(LinkUp), n
            await asyncio.sleep(0.04)
        assert not good.data()
        assert not bad.data()
        await bad.transport.stop()
        await good.transport.stop()
    run(scenario())


def test_an_expired_certificate_is_refused_where_it_is_used(adapter):
    async def scenario():
        end = await End(adapter("JPN")).start()
        with pytest.raises(InvalidCertificate, match="which is not now"):
            await end.transport.open(link(JPN, USA, free_port(), node=JPN.node(seconds=-60, starts=-3600)))
        with pytest.raises(InvalidCertificate, match="which is not now"):
            await end.transport.open(link(JPN, USA, free_port(), node=JPN.node(seconds=7200, starts=3600)))
        await end.transport.stop()
    run(scenario())


class SlowClock:
    """A node whose clock is behind: it believes its certificate still holds."""

    def now_ms(self):
        return time.time_ns() // 1_000_000 - 1_800_000


@pytest.mark.parametrize("late", ["JPN", "USA"])
def test_an_expired_certificate_of_a_partner_is_refused(adapter, late):
    async def scenario():
        port = free_port()
        good_of, bad_of = (USA, JPN) if late == "JPN" else (JPN, USA)
        good, bad = await End(adapter(good_of.member)).start(), await End(adapter(late, SlowClock())).start()
        await good.transport.open(link(good_of, bad_of, port))
        await bad.transport.open(link(bad_of, good_of, port, node=bad_of.node(seconds=-60)))
        await never(lambda: good.of(LinkUp), 0.8)
        await bad.transport.stop()
        await good.transport.stop()
    run(scenario())


def test_a_link_ends_when_its_certificate_does(adapter):
    async def scenario():
        port = free_port()
        jpn, usa = await End(adapter("JPN")).start(), await End(adapter("USA")).start()
        await usa.transport.open(link(USA, JPN, port))
        await jpn.transport.open(link(JPN, USA, port, node=JPN.node(seconds=3)))
        await jpn.until_up("USA")
        await jpn.until_down("USA", 6)
        await usa.until_down("JPN", 6)
        await never(lambda: usa.linked("JPN"), 0.5)
        await jpn.transport.open(link(JPN, USA, port))  # renewed
        await jpn.until_up("USA")
        await usa.until_up("JPN")
        await jpn.transport.stop()
        await usa.transport.stop()
    run(scenario())


@pytest.mark.parametrize("rotating", ["JPN", "USA"])
def test_rotation_loses_nothing_that_is_numbered(adapter, rotating):
    """Three rotations under load. The sender repeats from what the receiver has, as the durable exchange does."""
    async def scenario():
        async with Pair(adapter) as pair:
            got = []

            def numbers():
                for data in pair.usa.data("JPN", Lane.DURABLE)[numbers.read:]:
                    numbers.read += 1
                    if int.from_bytes(data, "big") == len(got):  # twice or out of turn: not taken
                        got.append(len(got))
                return len(got)
            numbers.read = 0
            total, sent, asked = 900, 0, 0
            rotations = asyncio.create_task(_rotate(pair, rotating))
            begun = asyncio.get_running_loop().time()
            while numbers() < total:
                assert asyncio.get_running_loop().time() - begun < 30
                if sent >= total or sent - numbers() > 200:  # ask again from the receiver's cursor
                    asked += 1
                    sent = numbers()
                    await asyncio.sleep(0.05)
                if sent < total and pair.jpn.transport.send("USA", Lane.DURABLE, sent.to_bytes(4, "big")):
                    sent += 1
                await asyncio.sleep(0.001)
            await rotations
            assert got == list(range(total))
            await pair.jpn.until_up("USA")
            await pair.usa.until_up("JPN")
            if rotating == "JPN":
                assert not pair.jpn.of(LinkLost), "the dialing end makes before it breaks"
    run(scenario())


async def _rotate(pair, rotating):
    for _ in range(3):
        await asyncio.sleep(0.3)
        if rotating == "JPN":
            await pair.jpn.transport.open(link(JPN, USA, pair.port))
        else:
            await pair.usa.transport.open(link(USA, JPN, pair.port))


def test_what_cannot_be_opened_says_why(adapter):
    async def scenario():
        end = await End(adapter("USA")).start()
        port = free_port()
        good = link(USA, JPN, port)
        refused = [
            (InvalidConfig, {"listen": None}), (InvalidConfig, {"dial": good.listen}),
            (InvalidConfig, {"listen": "nowhere"}), (InvalidConfig, {"listen": "127.0.0.1:99999"}),
            (InvalidConfig, {"partner": "USA"}), (InvalidConfig, {"listen": "127.0.0.1;x=1:80"}),
            (InvalidCertificate, {"certificate_pem": b"nothing"}), (InvalidCertificate, {"partner_root_pem": b""}),
            (InvalidCertificate, {"key_pem": USA.node()[1]}),
        ]
        for error, change in refused:
            fields = {name: getattr(good, name) for name in good.__struct_fields__} | change
            with pytest.raises(error):
                await end.transport.open(type(good)(**fields))
        await end.transport.open(good)
        other = await End(adapter("PHL")).start()
        with pytest.raises(ListenFailed, match=str(port)):
            await other.transport.open(link(Authority("PHL"), JPN, port))
        with pytest.raises(ProtocolError, match="over the limit"):
            end.transport.send("JPN", Lane.DURABLE, bytes(MAX_MESSAGE_BYTES + 1))
        await end.transport.close("NZL")  # never opened: nothing to do
        await end.transport.stop()
        await other.transport.stop()
        with pytest.raises(LinkDown, match="not started"):
            await adapter("USA").open(good)
    run(scenario())
