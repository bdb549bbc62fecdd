"""Who answers with the wrong certificate gets no link, people are told why, and no other partner notices anything.

JPN runs for real. USA is its honest partner. KOR answers with another root than the one that was trusted, PHL with a
certificate that has run out, TWN with another member's name, and AUS dials in with another root than JPN trusts.
"""

from __future__ import annotations

import asyncio
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.integration.node.homes import Federation, Home, free_ports, until
from tests.integration.transport.authority import _certificate

from latticework.kernel.clock import SystemClock, SystemEntropy
from latticework.kernel.identity import init_member, node_name_of, read_root_key
from latticework.kernel.transport.interface import Arrived, LinkUp, PartnerLink
from latticework.kernel.transport.zenoh import ZenohTransport
from latticework.testing.kernels import two

pytestmark = [pytest.mark.integration, pytest.mark.timeout(150)]

DAY_MS = 86_400_000


class ThreeDaysAgo:
    def now_ms(self):
        return SystemClock().now_ms() - 3 * DAY_MS


class Ends:
    """Other ends of links, in a loop of their own; what they are told is kept."""

    def __init__(self):
        self.events = []
        self._transports = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def _do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def listen(self, own, jpn, port, tls, clock=None):
        async def work():
            transport = ZenohTransport(own.member, clock)
            self._transports.append(transport)
            await transport.start(self.events.extend)
            await transport.open(PartnerLink(
                partner="JPN", partner_root_pem=jpn.root_pem, certificate_pem=tls[0], key_pem=tls[1],
                name=node_name_of("JPN"), listen=f"127.0.0.1:{port}"))
        self._do(work())

    def close(self):
        for transport in self._transports:
            self._do(transport.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


def another_name(identity, home):
    """Return a chain under TWN's own root that names USA's node: its root signed an issuer without constraints."""
    root_key = read_root_key(home / "identity" / "root.key")
    issuer_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = node_name_of("USA")
    issuer = _certificate("TWN second issuer", issuer_key, identity.root.subject, root_key, 7_776_000, authority=True)
    usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])
    leaf = _certificate(name, key, issuer.subject, issuer_key, 86_400, authority=False,
                        extensions=[(x509.SubjectAlternativeName([x509.DNSName(name)]), False), (usages, False)])
    return (leaf.public_bytes(Encoding.PEM) + issuer.public_bytes(Encoding.PEM),
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("strangers")
    entropy, now = SystemEntropy(), SystemClock().now_ms()
    federation, ends, aus = Federation(folder, "JPN", "USA"), Ends(), None
    try:
        jpn = federation["JPN"]
        ports = dict(zip(("KOR", "PHL", "TWN"), range(free_ports(3), 10**6), strict=False))
        trusted = {
            "KOR": init_member("KOR", folder / "KOR-trusted", SystemClock(), entropy),
            "PHL": init_member("PHL", folder / "PHL", ThreeDaysAgo(), entropy),
            "TWN": init_member("TWN", folder / "TWN", SystemClock(), entropy),
            "AUS": init_member("AUS", folder / "AUS-trusted", SystemClock(), entropy),
        }
        aus = Home(folder, "AUS")
        composed, far = jpn.open(), aus.open()
        for member, identity in trusted.items():
            endpoint = f"127.0.0.1:{ports[member]}" if member in ports else None
            bundle = identity.export_bundle(now, for_member="JPN", endpoint=endpoint)
            composed.kernel.add_partner(*two("JPN"), bundle, identity.fingerprint)
        far.kernel.add_partner(*two("AUS"), composed.bundle_for("AUS"), jpn.identity.fingerprint)
        aus.prepare(far)
        composed.kernel.close()
        far.kernel.close()
        foreign = init_member("KOR", folder / "KOR-foreign", SystemClock(), entropy)
        ends.listen(foreign, jpn.identity, ports["KOR"], foreign.tls())
        ends.listen(trusted["PHL"], jpn.identity, ports["PHL"], trusted["PHL"].tls(), ThreeDaysAgo())
        ends.listen(trusted["TWN"], jpn.identity, ports["TWN"], another_name(trusted["TWN"], folder / "TWN"))
        aus.start(wait=False)
        federation.start()
        aus.wait_ready()
        federation.arrange("bilateral", "JPN", "USA")
        yield federation, ends, aus
    finally:
        if aus is not None:
            aus.end()
        federation.stop()
        ends.close()


def test_a_wrong_certificate_gets_no_link_and_an_alarm_that_says_why(world):
    federation, ends, aus = world
    jpn, usa = federation["JPN"], federation["USA"]
    since = jpn.peer("USA")["since_ms"]
    expected = {
        "KOR": ("LW-1201", "does not prove itself by the root that is trusted for KOR"),
        "PHL": ("LW-1201", "has run out"),
        "TWN": ("LW-1802", "another name"),
    }

    def told():
        alarms = jpn.alarms()
        return all(any(a["peer"] == peer and a["code"] == code and words in a["sentence"] for a in alarms)
                   for peer, (code, words) in expected.items()) and alarms
    until("people are told why", told)
    refused = until("AUS is told that it is refused", lambda: [a for a in aus.alarms() if a["peer"] == "JPN"])
    assert {a["code"] for a in refused} == {"LW-1201"}
    assert "refuses this node's certificate" in refused[0]["sentence"]

    jpn.publish("While strangers knock", "USA")
    until("it arrives", lambda: "While strangers knock" in usa.notes("JPN"))
    until("it is proven", lambda: usa.notes("JPN")["While strangers knock"]["proven"])
    assert (jpn.peer("USA")["link"], jpn.peer("USA")["since_ms"]) == ("direct", since)
    assert {m: jpn.peer(m)["link"] for m in ("AUS", "KOR", "PHL", "TWN")} == dict.fromkeys(
        ("AUS", "KOR", "PHL", "TWN"), "down")
    assert aus.peer("JPN")["link"] == "down"
    assert not [e for e in ends.events if isinstance(e, LinkUp | Arrived)], "nothing was said to a stranger"
    counts = {}
    for alarm in jpn.alarms():
        counts[alarm["peer"], alarm["sentence"]] = counts.get((alarm["peer"], alarm["sentence"]), 0) + 1
    assert set(counts.values()) == {1}, "each is said once"
    assert "Traceback" not in jpn.output() + aus.output()
    jpn.verify()
