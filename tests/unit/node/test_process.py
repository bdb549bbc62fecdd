"""The node's loop goes on, whatever one event does to it."""

from __future__ import annotations

import asyncio

import pytest

from latticework.kernel.clock import SystemClock, SystemEntropy
from latticework.kernel.identity import init_member
from latticework.kernel.ids import MemberId
from latticework.kernel.transport.interface import Arrived, Lane, LinkUp
from latticework.kernel.transport.tls import TlsTransport
from latticework.node.compose import compose
from latticework.node.process import Node
from latticework.node.settings import NodeSettings


def test_an_event_that_fails_does_not_take_the_others_of_its_burst_with_it(tmp_path, monkeypatch):
    init_member(MemberId("JPN"), tmp_path / "JPN", SystemClock(), SystemEntropy())
    composed = compose(tmp_path / "JPN", settings=NodeSettings(rooms=()))
    kernel, handled = composed.kernel, []
    handle = kernel.handle

    def fails_once(event):
        handled.append(event)
        if event is burst[0]:
            raise ValueError("odd")
        handle(event)

    monkeypatch.setattr(kernel, "handle", fails_once)
    burst = [Arrived(MemberId("USA"), Lane.DURABLE, b"odd"), LinkUp(MemberId("AUS"))]

    async def scenario():
        node = Node(composed, TlsTransport(MemberId("JPN")))
        with pytest.raises(ValueError, match="odd"):  # the loop logs it; nothing is swallowed
            node._arrived(burst)

    asyncio.run(scenario())
    assert handled == burst
    kernel.close()
