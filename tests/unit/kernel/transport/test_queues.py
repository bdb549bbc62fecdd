from __future__ import annotations

import asyncio
import threading

import pytest

from latticework.kernel.transport import Arrived, Lane, LinkLost, LinkUp
from latticework.kernel.transport.queues import (
    BURST_EVENTS,
    DURABLE_BYTES,
    INBOX_BYTES,
    LIVE_MESSAGES,
    Inbox,
    LaneSender,
)


def arrived(n, peer="USA", size=4):
    return Arrived(peer, Lane.DURABLE, n.to_bytes(4, "big") + bytes(size - 4))


def test_events_of_many_threads_come_in_order_and_in_bursts():
    async def scenario():
        bursts = []
        inbox = Inbox(asyncio.get_running_loop(), bursts.append)

        def push(peer):
            for n in range(2_000):
                inbox.push(arrived(n, peer))
        threads = [threading.Thread(target=push, args=(peer,)) for peer in ("KOR", "USA", "AUS")]
        for thread in threads:
            thread.start()
        for _ in range(500):
            await asyncio.sleep(0.005)
            if sum(map(len, bursts)) == 6_000:
                break
        for peer in ("KOR", "USA", "AUS"):
            seen = [int.from_bytes(e.data, "big") for burst in bursts for e in burst if e.peer == peer]
            assert seen == list(range(2_000))
        assert max(map(len, bursts)) <= BURST_EVENTS
        assert len(bursts) < 6_000, "one wake-up serves a burst"
    asyncio.run(scenario())


def test_one_partner_cannot_fill_the_inbox_for_the_others():
    async def scenario():
        bursts = []
        inbox = Inbox(asyncio.get_running_loop(), bursts.append)
        big, taken = arrived(1, size=1 << 20), 0
        while inbox.push(big):
            taken += 1
        assert taken == INBOX_BYTES >> 20
        assert inbox.push(arrived(1, "KOR"))
        assert inbox.push(LinkLost("USA", "and this is always told"))
        inbox.flush()
        events = [e for burst in bursts for e in burst]
        assert len(events) == taken + 2
        assert inbox.push(big), "there is room again"
        inbox.close()
        assert inbox.push(LinkUp("USA")), "after the end nothing is taken and nothing fails"
        inbox.flush()
        assert len([e for burst in bursts for e in burst]) == taken + 2
    asyncio.run(scenario())


def test_a_closed_loop_is_nobody_to_tell():
    loop = asyncio.new_event_loop()
    inbox = Inbox(loop, lambda burst: pytest.fail("nobody listens"))
    loop.close()
    assert inbox.push(LinkUp("USA"))


class Blocked:
    """A network that takes nothing until it is told to."""

    def __init__(self):
        self.open, self.entered, self.sent = threading.Event(), threading.Event(), []

    def put(self, lane, data):
        self.entered.set()
        self.open.wait(10)
        self.sent.append((lane, data))


@pytest.mark.parametrize(("lane", "size", "room"), [
    (Lane.LIVE, 10, LIVE_MESSAGES), (Lane.LIVE, 1 << 20, LIVE_MESSAGES),
    (Lane.DURABLE, 1 << 20, DURABLE_BYTES >> 20), (Lane.DURABLE, 1 << 18, DURABLE_BYTES >> 18),
])
def test_what_waits_for_a_partner_is_bounded_and_nothing_blocks(lane, size, room):
    network = Blocked()
    sender = LaneSender("test", lane, network.put)
    assert sender.offer(b"first")
    assert network.entered.wait(5)  # one message is inside the network and counts no more
    count = 0
    while sender.offer(bytes(size)):
        count += 1
    assert count == room
    network.open.set()
    for _ in range(500):
        if len(network.sent) == count + 1:
            break
        threading.Event().wait(0.01)
    assert len(network.sent) == count + 1
    assert sender.offer(b"again")
    sender.stop()
    sender.join(5)
    assert not sender.offer(b"over")


def test_what_was_meant_for_a_lost_link_is_forgotten():
    network = Blocked()
    sender = LaneSender("test", Lane.DURABLE, network.put)
    sender.offer(b"inside")
    assert network.entered.wait(5)
    sender.offer(b"waiting")
    sender.clear()
    sender.offer(b"for the next link")
    network.open.set()
    for _ in range(500):
        if len(network.sent) == 2:
            break
        threading.Event().wait(0.01)
    assert [data for _, data in network.sent] == [b"inside", b"for the next link"]
    sender.stop()
