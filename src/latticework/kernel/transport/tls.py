"""Links to partners over plain TLS 1.3 with asyncio: the fallback, in the standard library alone.

A frame is a length (4 bytes, big-endian), a lane (1 byte) and the message; a frame of length 0 says that the end is
alive. Python's ``ssl`` trusts only the root that it is given, on both ends. What Zenoh does and this does not: a live
message waits until the message before it is written, however large that is.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import tempfile
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from latticework.kernel.clock import Clock, SystemClock
from latticework.kernel.codec import MAX_MESSAGE_BYTES
from latticework.kernel.errors import Flooded, LinkDown, ListenFailed, NameMismatch, ProtocolError
from latticework.kernel.ids import MemberId
from latticework.kernel.transport.interface import Arrived, Lane, LinkLost, LinkUp, PartnerLink, TransportEvent
from latticework.kernel.transport.queues import DURABLE_BYTES, LIVE_MESSAGES, Inbox
from latticework.kernel.transport.wiring import (
    HANDSHAKE_MS,
    LEASE_MS,
    REDIAL_FIRST_MS,
    REDIAL_MOST_MS,
    LinkWiring,
    check_link,
    split_address,
)

OVERLAP_S: Final = 0.3
_LANES: Final = (Lane.DURABLE, Lane.LIVE)
_ALIVE: Final = bytes(4)


def tls_context(link: PartnerLink) -> ssl.SSLContext:
    """Return the context of one link: TLS 1.3, mutual, with the partner's root as the only anchor."""
    side = ssl.PROTOCOL_TLS_CLIENT if link.dial else ssl.PROTOCOL_TLS_SERVER
    context = ssl.SSLContext(side)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=link.partner_root_pem.decode("ascii"))
    with tempfile.TemporaryDirectory() as folder:  # mode 0700; ``ssl`` reads a key only from a file
        both = Path(folder) / "node.pem"
        both.write_bytes(link.key_pem + link.certificate_pem)
        context.load_cert_chain(both)
    return context


class _Connection:
    """One TCP connection to a partner whose certificate was verified."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._queues: dict[Lane, deque[bytes]] = {lane: deque() for lane in _LANES}
        self._bytes = 0
        self._filled = asyncio.Event()

    def names(self) -> set[str]:
        """Return the names in the other end's certificate."""
        found = self.writer.get_extra_info("peercert") or {}
        common = [value for part in found.get("subject", ()) for field, value in part if field == "commonName"]
        return {name for kind, name in found.get("subjectAltName", ()) if kind == "DNS"}.intersection(common)

    def expires_s(self) -> float:
        """Return when the other end's certificate expires, s since 1970 UTC."""
        found = self.writer.get_extra_info("peercert") or {}
        return float(ssl.cert_time_to_seconds(found["notAfter"]))

    def offer(self, lane: Lane, data: bytes) -> bool:
        """Queue `data`; False when the queue of the lane is full."""
        queue = self._queues[lane]
        full = len(queue) >= LIVE_MESSAGES if lane is Lane.LIVE else self._bytes + len(data) > DURABLE_BYTES
        if full and queue:
            return False
        queue.append(data)
        self._bytes += len(data) if lane is Lane.DURABLE else 0
        self._filled.set()
        return True

    async def write(self) -> None:
        """Write what is queued, live messages first, and a sign of life when there is nothing."""
        durable, live = self._queues[Lane.DURABLE], self._queues[Lane.LIVE]
        self.writer.write(_ALIVE)
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._filled.wait(), LEASE_MS / 4000)
            self._filled.clear()
            if not durable and not live:
                self.writer.write(_ALIVE)
            while live or durable:
                lane = Lane.LIVE if live else Lane.DURABLE
                data = self._queues[lane].popleft()
                self._bytes -= len(data) if lane is Lane.DURABLE else 0
                self.writer.write((len(data) + 1).to_bytes(4, "big") + bytes([_LANES.index(lane)]))
                self.writer.write(data)
                await self.writer.drain()

    async def read(self) -> tuple[Lane, bytes] | None:
        """Return the next message, or None for a sign of life."""
        async with asyncio.timeout(LEASE_MS / 1000):
            size = int.from_bytes(await self.reader.readexactly(4), "big")
            if size > MAX_MESSAGE_BYTES + 1:
                raise ProtocolError(f"a frame announces {size} bytes; the limit is {MAX_MESSAGE_BYTES}.")
            frame = await self.reader.readexactly(size)
        if not frame:
            return None
        if frame[0] >= len(_LANES):
            raise ProtocolError("a frame names a lane that does not exist.")
        return _LANES[frame[0]], frame[1:]


class _Partner:
    """The link to one partner: its server or dialing task, and its newest connection."""

    def __init__(self, wiring: LinkWiring, inbox: Inbox, clock: Clock) -> None:
        self.link, self._expires_s = wiring.link, wiring.expires_ms / 1000
        self._context = tls_context(self.link)
        self._inbox, self._clock = inbox, clock
        self.current: _Connection | None = None
        self._server: asyncio.Server | None = None
        self._dialing: asyncio.Event = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def replace(self, wiring: LinkWiring) -> None:
        """Take new certificates and addresses; the present connection goes when a new one is up, or it expires."""
        same = (self.link.partner_root_pem, self.link.name) == (wiring.link.partner_root_pem, wiring.link.name)
        if not same:
            await self.end("the partner's root or name changed")
        self.link, self._expires_s = wiring.link, wiring.expires_ms / 1000
        self._context = tls_context(self.link)
        await self.begin()

    async def begin(self) -> None:
        """Listen or dial with the present certificates, in place of what did so before."""
        if self._server is not None:
            self._server.close()
        self._dialing.set()
        if self.link.dial is not None:
            self._dialing = asyncio.Event()
            self._keep(asyncio.create_task(self._dial(self.link, self._dialing)))
            return
        host, port = split_address(self.link.listen or "")
        try:
            self._server = await asyncio.start_server(
                self._accept, host.strip("[]"), port, ssl=self._context, ssl_handshake_timeout=HANDSHAKE_MS / 1000)
        except OSError:
            raise ListenFailed(
                f"port {host}:{port} for {self.link.partner} cannot be opened; choose another.") from None

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self, reason: str) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close()
        if self.current is not None:
            self.current = None
            self._inbox.push(LinkLost(self.link.partner, reason))
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _dial(self, link: PartnerLink, replaced: asyncio.Event) -> None:
        host, port = split_address(link.dial or "")
        context, wait_ms = self._context, REDIAL_FIRST_MS
        while not replaced.is_set():
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(HANDSHAKE_MS / 1000):
                    streams = await asyncio.open_connection(
                        host.strip("[]"), port, ssl=context, server_hostname=link.name)
                if await self._serve(_Connection(*streams)):
                    wait_ms = REDIAL_FIRST_MS
            await asyncio.sleep(wait_ms / 1000)
            wait_ms = min(2 * wait_ms, REDIAL_MOST_MS)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._keep(task)
        await self._serve(_Connection(reader, writer))

    async def _serve(self, connection: _Connection) -> bool:
        """Carry messages until the connection ends; say whether it was a link."""
        partner, reason, code = self.link.partner, "the connection ended", ""
        writing = asyncio.create_task(connection.write())
        try:
            if self.link.name not in connection.names():
                if self.current is None:  # the link that is up is not touched by another machine's attempt
                    code = NameMismatch.code
                    reason = f"a certificate of {partner}'s root names another ({code})"
                    self._inbox.push(LinkLost(partner, reason, code))
                return False
            left_s = min(self._expires_s, connection.expires_s()) - self._clock.now_ms() / 1000
            async with asyncio.timeout(max(0.0, left_s)):
                # TLS 1.3 lets a client finish before its certificate is verified: the first frame says that it was.
                async with asyncio.timeout(HANDSHAKE_MS / 1000):
                    await connection.read()
                older, self.current = self.current, connection
                if older is None:
                    self._inbox.push(LinkUp(partner))
                else:  # the newest wins; what is under way on the other may still arrive
                    asyncio.get_running_loop().call_later(OVERLAP_S, older.writer.close)
                while True:
                    message = await connection.read()
                    if message is not None and not self._inbox.push(Arrived(partner, *message)):
                        code = Flooded.code
                        reason = f"it sends faster than this node can take ({code})"
                        break
        except (OSError, EOFError, TimeoutError):
            pass
        except ProtocolError as error:
            reason = f"{error}"
        finally:
            writing.cancel()
            connection.writer.close()
            if self.current is connection:
                self.current = None
                self._inbox.push(LinkLost(partner, reason, code))
        return True


class TlsTransport:
    """Links to partners over TLS 1.3 and asyncio. Implements ``interface.Transport``; see ``ZenohTransport``."""

    def __init__(self, own: MemberId, clock: Clock | None = None) -> None:
        self._own, self._clock = own, clock or SystemClock()
        self._inbox: Inbox | None = None
        self._partners: dict[MemberId, _Partner] = {}

    async def start(self, on_event: Callable[[list[TransportEvent]], None]) -> None:
        """Begin to work; events come until :meth:`stop`."""
        self._inbox = Inbox(asyncio.get_running_loop(), on_event)

    async def open(self, link: PartnerLink) -> None:
        """Open, or replace, the link to one partner; raises as ``ZenohTransport.open`` does."""
        if self._inbox is None:
            raise LinkDown("the transport is not started; start it before a link is opened.")
        wiring = check_link(self._own, link, self._clock.now_ms())
        partner = self._partners.get(link.partner)
        if partner is not None:
            await partner.replace(wiring)
            return
        partner = self._partners[link.partner] = _Partner(wiring, self._inbox, self._clock)
        await partner.begin()

    async def close(self, partner: MemberId) -> None:
        """Close the link to one partner; the others are not touched."""
        found = self._partners.pop(partner, None)
        if found is not None:
            await found.end("it was closed here")

    def send(self, partner: MemberId, lane: Lane, data: bytes) -> bool:
        """Queue `data` without waiting; False when there is no link or the queue of the lane is full."""
        if len(data) > MAX_MESSAGE_BYTES:
            raise ProtocolError(f"a message of {len(data)} bytes is over the limit of {MAX_MESSAGE_BYTES}; split it.")
        found = self._partners.get(partner)
        return found is not None and found.current is not None and found.current.offer(lane, data)

    async def stop(self) -> None:
        """Close every link and deliver the last events."""
        partners = list(self._partners.values())
        self._partners.clear()
        await asyncio.gather(*(partner.end("this node stops") for partner in partners))
        if self._inbox is not None:
            self._inbox.flush()
            self._inbox.close()
            self._inbox = None
