"""Why a link stays down is told apart by the standard library's TLS, against servers that are not ours."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading

import pytest
from tests.integration.transport.authority import Authority, free_port, link

from latticework.node.links import LinkWatch, diagnose

JPN, USA, OTHER = Authority("JPN"), Authority("USA"), Authority("USA")


def context(tmp_path, authority, node, trusts):
    both = tmp_path / "both.pem"
    both.write_bytes(node[1] + node[0])
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(both)
    found.verify_mode = ssl.CERT_REQUIRED
    found.load_verify_locations(cadata=trusts.root_pem.decode())
    return found


def asked(tls, own=JPN, partner=USA):
    """Return what `own` says of a server with the context `tls` that answers for `partner`."""
    def answer():
        connection, _ = server.accept()
        with connection:
            connection.settimeout(5)
            try:
                # Not asyncio's server: that one closes without sending its alert.
                whole = tls.wrap_socket(connection, server_side=True) if tls else connection
                whole.recv(1)
                if tls is None:
                    whole.sendall(b"220 mail.example ESMTP\r\n")
                whole.close()
            except OSError:
                return  # refused by one of the two ends; the other end reads why

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer)
        thread.start()
        try:
            port = server.getsockname()[1]
            return asyncio.run(asyncio.wait_for(diagnose(link(own, partner, port)), 10))
        finally:
            thread.join(10)


@pytest.mark.parametrize(("node", "code", "words"), [
    (USA.node(), "LW-1801", "does not answer"),  # all is well with its certificate: the node behind it is the trouble
    (USA.node(seconds=-60), "LW-1201", "has run out"),
    (USA.node(starts=3600), "LW-1201", "not valid yet"),
    (OTHER.node(), "LW-1201", "does not prove itself by the root"),
    (USA.node(name="spare.usa.latticework.internal"), "LW-1802", "another name"),
])
def test_what_a_partner_shows_is_told_apart(tmp_path, node, code, words):
    found = asked(context(tmp_path, USA, node, JPN))
    assert found.code == code
    assert words in found.sentence
    assert "USA" in found.sentence


def test_a_partner_that_refuses_this_node_is_told_apart(tmp_path):
    found = asked(context(tmp_path, USA, USA.node(), trusts=OTHER))
    assert (found.code, "refuses this node's certificate" in found.sentence) == ("LW-1201", True)


def test_somebody_who_speaks_no_tls_is_told_apart():
    found = asked(None)
    assert (found.code, "does not speak TLS 1.3" in found.sentence) == ("LW-1201", True)


def test_nobody_there(tmp_path):
    async def scenario():
        return await asyncio.wait_for(diagnose(link(JPN, USA, free_port())), 10)
    found = asyncio.run(scenario())
    assert (found.code, "does not answer" in found.sentence) == ("LW-1801", True)


def test_the_end_that_listens_can_only_wait():
    async def scenario():
        return await asyncio.wait_for(diagnose(link(USA, JPN, free_port())), 10)
    found = asyncio.run(scenario())
    assert (found.code, "has not connected" in found.sentence) == ("LW-1801", True)


def test_a_thing_is_said_once_until_the_link_was_up():
    class Listener:
        said = ()

        def alarm(self, code, peer, sentence):
            self.said = (*self.said, (code, peer))

    listener = Listener()
    watch = LinkWatch(listener)
    for _ in range(3):
        watch.say("LW-1201", "USA", "the certificate has run out.")
        watch.say("LW-1201", "KOR", "the certificate has run out.")
    assert listener.said == (("LW-1201", "USA"), ("LW-1201", "KOR"))
    watch.up("USA")
    watch.say("LW-1201", "USA", "the certificate has run out.")
    watch.say("LW-1201", "KOR", "the certificate has run out.")
    assert listener.said[2:] == (("LW-1201", "USA"),)
