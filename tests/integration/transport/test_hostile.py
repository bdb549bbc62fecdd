"""What strangers and broken networks send to a listener, and what a partner's machine gone bad sends inside TLS."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import ssl

import psutil
import pytest
from tests.integration.transport.authority import Authority, free_port, link
from tests.integration.transport.ends import End, Lane, LinkLost, LinkUp, run

from latticework.kernel.codec import MAX_MESSAGE_BYTES
from latticework.kernel.transport import PartnerLink
from latticework.kernel.transport.tls import TlsTransport, tls_context
from latticework.kernel.transport.zenoh import ZenohTransport

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]
JPN, USA, KOR = Authority("JPN"), Authority("USA"), Authority("KOR")


@pytest.fixture(params=[ZenohTransport, TlsTransport], ids=lambda adapter: adapter.__name__)
def adapter(request):
    return request.param


async def listening(adapter):
    port = free_port()
    usa = await End(adapter("USA")).start()
    await usa.transport.open(link(USA, JPN, port))
    return usa, port


async def dialing(adapter, port):
    jpn = await End(adapter("JPN")).start()
    await jpn.transport.open(link(JPN, USA, port))
    return jpn


async def exchanged(jpn, usa, word):
    await jpn.send("USA", Lane.DURABLE, word)
    await usa.until(lambda: word in usa.data("JPN"))


def test_garbage_and_silence_do_not_keep_a_partner_out(adapter):
    async def scenario():
        usa, port = await listening(adapter)
        chance, silent = random.Random(7), []
        for n in range(12):
            client = socket.create_connection(("127.0.0.1", port), 2)
            if n % 3:
                client.sendall(chance.randbytes(300))
                client.close()
            else:
                silent.append(client)  # connected, and not a word
        jpn = await dialing(adapter, port)
        await jpn.until_up("USA", 15)
        await usa.until_up("JPN")
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", port), 2) as client:
                client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        await exchanged(jpn, usa, b"still here")
        assert not usa.of(LinkLost)
        for client in silent:
            client.close()
    run(scenario())


def authenticated(port, node):
    """Connect as JPN's machine would, with Python's own TLS."""
    asked = PartnerLink(partner="USA", partner_root_pem=USA.root_pem, certificate_pem=node[0], key_pem=node[1],
                        name=USA.name, dial=f"127.0.0.1:{port}")
    client = socket.create_connection(("127.0.0.1", port), 5)
    return tls_context(asked).wrap_socket(client, server_hostname=USA.name)


def closed_within(client, seconds):
    """Say whether the other end closes, without more than a few bytes of answer."""
    client.settimeout(seconds)
    try:
        while client.recv(4096):
            pass
    except TimeoutError:
        return False
    except (ssl.SSLError, OSError):
        return True
    return True


FRAMES = {
    "2 GB announced": b"\x00\x00\x00\x00\x7f\xff\xff\xff" + bytes(64),
    "2 GB announced, other byte order": b"\xff\xff\xff\x7f" + bytes(64),
    "just over the limit": b"\x00\x00\x00\x00" + (MAX_MESSAGE_BYTES + 2).to_bytes(4, "big") + bytes(64),
    "an unknown lane": b"\x00\x00\x00\x00\x00\x00\x00\x02\x09x",
    "random bytes": random.Random(3).randbytes(4_000),
    "nothing": b"",
}


@pytest.mark.parametrize("frame", FRAMES)
def test_bad_frames_of_an_authenticated_end_close_only_its_connection(adapter, frame):
    """Zenoh's own framing meets the same bytes: to it they are malformed whatever we meant by them."""
    async def scenario():
        usa, port = await listening(adapter)
        before = psutil.Process().memory_info().rss
        client = await asyncio.to_thread(authenticated, port, JPN.node())
        client.sendall(FRAMES[frame])
        assert await asyncio.to_thread(closed_within, client, 12), "the connection stayed open"
        client.close()
        assert psutil.Process().memory_info().rss - before < 64 * 2**20
        assert not usa.data()
        jpn = await dialing(adapter, port)
        await jpn.until_up("USA")
        await exchanged(jpn, usa, b"well")
    run(scenario())


class Relay:
    """A network in the middle that can spoil what it carries."""

    def __init__(self, target):
        self.target, self.spoil, self.spoiled = target, None, 0

    async def start(self):
        self.server = await asyncio.start_server(self.carry, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def carry(self, reader, writer):
        with contextlib.suppress(OSError):
            onward = await asyncio.open_connection("127.0.0.1", self.target)
            await asyncio.gather(self.pump(reader, onward[1]), self.pump(onward[0], writer), return_exceptions=True)

    async def pump(self, reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(16_384):
                if self.spoil is not None and len(data) > 200:
                    data, self.spoil, self.spoiled = self.spoil(data), None, self.spoiled + 1
                    writer.write(data)
                    if len(data) < 200:
                        break  # cut off in the middle
                else:
                    writer.write(data)
                await writer.drain()
        writer.close()


def flip(data):
    changed = bytearray(data)
    changed[len(changed) // 2] ^= 0x10
    return bytes(changed)


@pytest.mark.parametrize(("name", "spoil"), [("a flipped bit", flip), ("a cut frame", lambda data: data[:150]),
                                             ("a repeated frame", lambda data: data + data)])
def test_a_spoiling_network_breaks_the_link_and_never_the_data(adapter, name, spoil):
    async def scenario():
        usa, port = await listening(adapter)
        relay = Relay(port)
        jpn = await dialing(adapter, await relay.start())
        await jpn.until_up("USA")
        await usa.until_up("JPN")
        good = {n.to_bytes(4, "big") * 500 for n in range(40)}
        for n, data in enumerate(sorted(good)):
            if n == 20:
                relay.spoil = spoil
            await jpn.send("USA", Lane.DURABLE, data, 15)
            await asyncio.sleep(0.01)
        await usa.until(lambda: relay.spoiled == 1 and len(usa.of(LinkLost)) >= 1 and usa.linked("JPN"), 15)
        await jpn.until_up("USA")
        await exchanged(jpn, usa, b"well again")
        assert set(usa.data("JPN")) <= good | {b"well again"}, name
        relay.server.close()
    run(scenario())


def test_a_partners_other_machine_is_named_in_the_reason():
    """Over Zenoh the link comes up before its name can be compared: it is closed, said, and tried again later."""
    async def scenario():
        usa, port = await listening(ZenohTransport)
        stranger = await End(ZenohTransport("JPN")).start()
        await stranger.transport.open(link(JPN, USA, port, node=JPN.node(name="printer.jpn.latticework.internal")))
        await usa.until(lambda: usa.of(LinkLost), 10)
        assert "LW-1802" in usa.of(LinkLost)[0].reason
        assert "printer.jpn" in usa.of(LinkLost)[0].reason
        await stranger.transport.stop()
        jpn = await dialing(ZenohTransport, port)
        await jpn.until_up("USA", 15)
        await exchanged(jpn, usa, b"the right one")
        assert not usa.data()[:-1]
        assert usa.of(LinkUp)
    run(scenario())


def test_a_partners_other_machine_does_not_end_the_link_that_is_up():
    """Over plain TLS the name is compared before the connection counts."""
    async def scenario():
        usa, port = await listening(TlsTransport)
        printer = link(JPN, USA, port, node=JPN.node(name="printer.jpn.latticework.internal"))
        alone = await End(TlsTransport("JPN")).start()
        await alone.transport.open(printer)
        await usa.until(lambda: usa.of(LinkLost), 10)
        assert {lost.code for lost in usa.of(LinkLost)} == {"LW-1802"}
        await alone.transport.stop()
        jpn = await dialing(TlsTransport, port)
        await jpn.until_up("USA")
        await usa.until_up("JPN")
        lost = len(usa.of(LinkLost))
        stranger = await End(TlsTransport("JPN")).start()
        await stranger.transport.open(printer)
        await asyncio.sleep(1.0)
        await exchanged(jpn, usa, b"still there")
        assert len(usa.of(LinkLost)) == lost
        assert usa.linked("JPN")
    run(scenario())


def test_nothing_is_written_to_standard_output(capfd, monkeypatch):
    """Zenoh logs there when it is told to; a command's ``--json`` output must stay JSON."""
    monkeypatch.setenv("RUST_LOG", "debug")

    async def scenario():
        usa, port = await listening(ZenohTransport)
        jpn = await dialing(ZenohTransport, port)
        await jpn.until_up("USA")
        await exchanged(jpn, usa, b"quiet")
    run(scenario())
    assert capfd.readouterr().out == ""
