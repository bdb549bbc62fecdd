"""A member's real certificates on real links, and a renewal that nobody notices."""

from __future__ import annotations

import asyncio

import pytest
from tests.integration.transport.authority import free_port
from tests.integration.transport.ends import End, Lane, LinkLost, run

from latticework.kernel.clock import SystemClock, SystemEntropy
from latticework.kernel.identity import init_member, node_name_of
from latticework.kernel.transport import PartnerLink, dials
from latticework.kernel.transport.zenoh import ZenohTransport

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]


class Earlier:
    """Thirteen hours ago, when JPN's certificate was made."""

    def now_ms(self):
        return SystemClock().now_ms() - 13 * 3_600_000


def link(own, partner, port):
    chain, key = own.tls()
    address = f"127.0.0.1:{port}"
    dialing = dials(own.member, partner.member)
    return PartnerLink(
        partner=partner.member, partner_root_pem=partner.root_pem, certificate_pem=chain, key_pem=key,
        name=node_name_of(partner.member), listen=None if dialing else address, dial=address if dialing else None,
    )


def test_members_link_with_their_own_certificates_and_renew_them(tmp_path):
    async def scenario():
        now = SystemClock().now_ms()
        jpn = init_member("JPN", tmp_path / "jpn", Earlier(), SystemEntropy())
        usa = init_member("USA", tmp_path / "usa", SystemClock(), SystemEntropy())
        port = free_port()
        ends = [await End(ZenohTransport(m.member)).start() for m in (jpn, usa)]
        await ends[1].transport.open(link(usa, jpn, port))
        await ends[0].transport.open(link(jpn, usa, port))
        await ends[0].until_up("USA")
        await ends[1].until_up("JPN")
        assert jpn.renew_if_due(now), "a node certificate is renewed at half its life"
        await ends[0].transport.open(link(jpn, usa, port))
        await asyncio.sleep(0.6)
        assert not ends[0].of(LinkLost)
        await ends[0].send("USA", Lane.DURABLE, b"renewed")
        await ends[1].until(lambda: b"renewed" in ends[1].data())
    run(scenario())
