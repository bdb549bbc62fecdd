"""One end of a link in a test: a transport, everything it told, and waiting with a limit."""

from __future__ import annotations

import asyncio

from latticework.kernel.transport import Arrived, Lane, LinkLost, LinkUp

_OPEN = []


def run(scenario, seconds=45):
    """Run a scenario within its time, and stop every transport that it started, however it ends."""
    async def whole():
        try:
            await asyncio.wait_for(scenario, seconds)
        finally:
            await asyncio.gather(*(end.transport.stop() for end in _OPEN))
            _OPEN.clear()
    asyncio.run(whole())


class End:
    def __init__(self, transport):
        self.transport = transport
        self.events = []
        self._changed = asyncio.Event()

    async def start(self):
        await self.transport.start(self._on_event)
        _OPEN.append(self)
        return self

    def _on_event(self, burst):
        self.events.extend(burst)
        self._changed.set()

    def of(self, kind, peer=None):
        return [e for e in self.events if isinstance(e, kind) and peer in (None, e.peer)]

    def data(self, peer=None, lane=None):
        return [e.data for e in self.of(Arrived, peer) if lane in (None, e.lane)]

    def linked(self, peer):
        states = [e for e in self.events if isinstance(e, LinkUp | LinkLost) and e.peer == peer]
        return bool(states) and isinstance(states[-1], LinkUp)

    async def until(self, condition, seconds=8.0, what="the awaited event"):
        end = asyncio.get_running_loop().time() + seconds
        while not condition():
            left = end - asyncio.get_running_loop().time()
            assert left > 0, f"{what} did not come in {seconds} s; events: {self.events[-5:]}"
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), min(left, 0.2))
            except TimeoutError:
                continue

    async def until_up(self, peer, seconds=8.0):
        await self.until(lambda: self.linked(peer), seconds, f"the link to {peer}")

    async def until_down(self, peer, seconds=8.0):
        await self.until(lambda: not self.linked(peer), seconds, f"the loss of the link to {peer}")

    async def send(self, peer, lane, data, seconds=8.0):
        """Send, asking again while the queue is full, as the durable exchange does."""
        end = asyncio.get_running_loop().time() + seconds
        while not self.transport.send(peer, lane, data):
            assert asyncio.get_running_loop().time() < end, f"nothing could be sent to {peer} in {seconds} s"
            await asyncio.sleep(0.005)


async def never(condition, seconds):
    """Assert that `condition` stays false for `seconds`."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        assert not condition()
        await asyncio.sleep(0.02)


__all__ = ["Arrived", "End", "Lane", "LinkLost", "LinkUp", "never", "run"]
