"""Bounded queues between the event loop and the threads of a transport.

Inward, many threads hand messages to one loop with a single wake-up per burst. Outward, each partner has a thread of
its own for each lane, so that a partner that does not read can hold up nothing but its own queue.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from latticework.kernel.ids import MemberId
from latticework.kernel.transport.interface import Arrived, Lane, TransportEvent

INBOX_BYTES: Final = 32 * 1024 * 1024
"""Bytes of one partner that may wait for the loop."""
BURST_EVENTS: Final = 256
BURST_BYTES: Final = 4 * 1024 * 1024
"""A burst ends here, so that the loop can serve its other work in between."""
DURABLE_BYTES: Final = 16 * 1024 * 1024
"""Bytes that may wait for one partner on the durable lane."""
LIVE_MESSAGES: Final = 8
"""Messages that may wait for one partner on the live lane; more would only be old by the time they are sent."""


class Inbox:
    """Events from any thread, delivered to the loop in order and in bursts.

    Parameters
    ----------
    loop
        Where `on_event` runs.
    on_event
        Takes each burst.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, on_event: Callable[[list[TransportEvent]], None]) -> None:
        self._loop = loop
        self._on_event = on_event
        self._lock = threading.Lock()
        self._events: deque[TransportEvent] = deque()
        self._waiting: dict[MemberId, int] = {}
        self._awake = False
        self._closed = False

    def push(self, event: TransportEvent) -> bool:
        """Queue `event`; False when its partner's share of the inbox is full and it was not taken."""
        with self._lock:
            if self._closed:
                return True
            if isinstance(event, Arrived):
                waiting = self._waiting.get(event.peer, 0) + len(event.data)
                if waiting > INBOX_BYTES:
                    return False
                self._waiting[event.peer] = waiting
            self._events.append(event)
            if self._awake:
                return True
            self._awake = True
        try:
            self._loop.call_soon_threadsafe(self._deliver)
        except RuntimeError:  # the loop was closed: nobody is left to tell
            self.close()
        return True

    def close(self) -> None:
        """Drop what waits and take nothing more."""
        with self._lock:
            self._closed = True
            self._events.clear()
            self._waiting.clear()

    def flush(self) -> None:
        """Deliver everything that waits, at once (in the loop)."""
        while self._events:
            self._deliver()

    def _deliver(self) -> None:
        burst: list[TransportEvent] = []
        size = 0
        with self._lock:
            while self._events and len(burst) < BURST_EVENTS and size < BURST_BYTES:
                event = self._events.popleft()
                if isinstance(event, Arrived):
                    size += len(event.data)
                    self._waiting[event.peer] -= len(event.data)
                burst.append(event)
            self._awake = bool(self._events)
            again = self._awake
        if again:
            self._loop.call_soon(self._deliver)
        if burst:
            self._on_event(burst)


class LaneSender:
    """One lane of one partner: a bounded queue and the thread that empties it.

    Parameters
    ----------
    name
        Name of the thread, for people who look at a running node.
    lane
        Its bound: bytes on the durable lane, messages on the live lane.
    put
        Hands one message to the network; may block.
    """

    def __init__(self, name: str, lane: Lane, put: Callable[[Lane, bytes], None]) -> None:
        self._lane = lane
        self._put = put
        self._queue: deque[bytes] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def offer(self, data: bytes) -> bool:
        """Queue `data` without waiting; False when the queue is full."""
        with self._changed:
            full = (len(self._queue) >= LIVE_MESSAGES if self._lane is Lane.LIVE
                    else bool(self._queue) and self._bytes + len(data) > DURABLE_BYTES)
            if full or self._stopped:
                return False
            self._queue.append(data)
            self._bytes += len(data)
            self._changed.notify()
            return True

    def clear(self) -> None:
        """Forget what waits: the link it was meant for is gone."""
        with self._changed:
            self._queue.clear()
            self._bytes = 0

    def stop(self) -> None:
        """End the thread as soon as its present message is handed over; does not wait for it."""
        with self._changed:
            self._stopped = True
            self._queue.clear()
            self._changed.notify()

    def join(self, seconds: float) -> None:
        """Wait for the end of the thread."""
        self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._queue and not self._stopped:
                    self._changed.wait()
                if self._stopped:
                    return
                data = self._queue.popleft()
                self._bytes -= len(data)
            self._put(self._lane, data)
