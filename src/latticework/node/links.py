"""Why a link stays down: looked into from here and put before people, once for each time that it is so.

A transport only says that there is no link. Whether the partner is away, its certificate has run out, or somebody else
answers in its place are three different things for people, so the end that dials asks once more by itself, with the
standard library's TLS, and reads the answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from latticework.kernel.errors import InvalidCertificate, LinkDown, NameMismatch
from latticework.kernel.ids import MemberId
from latticework.kernel.transport.interface import PartnerLink
from latticework.kernel.transport.wiring import split_address

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel

LOOK_S: Final = 2.0
ASK_AFTER_S: Final = 6.0
"""A link that is down for this long is looked into, and again after each further such time, doubling."""
ASK_AT_MOST_S: Final = 600.0
AWAY_S: Final = 60.0
"""A partner that is simply away is put before people after this long."""
ANSWER_S: Final = 3.0
REFUSAL_S: Final = 1.0
"""In TLS 1.3 a server refuses a client's certificate after the client believes the handshake done (RFC 8446, 4.4.2)."""
_EXPIRED, _NOT_YET = 10, 9
"""``X509_V_ERR_CERT_HAS_EXPIRED`` and ``X509_V_ERR_CERT_NOT_YET_VALID`` of OpenSSL's ``x509_vfy.h``."""


class Trouble(NamedTuple):
    """What keeps a link down."""

    code: str
    sentence: str


class LinkWatch:
    """Looks after the links of one node.

    Parameters
    ----------
    kernel
        Takes the alarms, and knows which links are up.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._down: dict[MemberId, float] = {}
        self._next: dict[MemberId, tuple[float, float]] = {}
        self._said: set[tuple[str, MemberId | None, str]] = set()

    def say(self, code: str, peer: MemberId | None, sentence: str) -> None:
        """Raise an alarm, once; again only after the link to `peer` was up in between."""
        if (code, peer, sentence) not in self._said:
            self._said.add((code, peer, sentence))
            self._kernel.alarm(code, peer, sentence)

    def up(self, peer: MemberId) -> None:
        """The link to `peer` is up: what was wrong is over."""
        self._down.pop(peer, None)
        self._next.pop(peer, None)
        # Being closed for a wrong name or a flood also follows a link that was up; that is said once.
        self._said = {s for s in self._said if s[1] != peer or s[0] not in {InvalidCertificate.code, LinkDown.code}}

    async def run(self, links: Callable[[], list[PartnerLink]]) -> None:
        """Look at every link, now and then, as long as the node lives."""
        while True:
            await asyncio.sleep(LOOK_S)
            wanted = {link.partner: link for link in links()}
            for gone in set(self._down) - set(wanted):
                self.up(gone)
            await asyncio.gather(*(self._look(link) for link in wanted.values()))

    async def _look(self, link: PartnerLink) -> None:
        now, peer = time.monotonic(), link.partner
        if self._is_up(peer):
            self.up(peer)
            return
        since = self._down.setdefault(peer, now)
        due, step = self._next.setdefault(peer, (since + ASK_AFTER_S, ASK_AFTER_S))
        if now < due:
            return
        self._next[peer] = (now + step, min(step * 2, ASK_AT_MOST_S))
        trouble = await diagnose(link)
        if self._is_up(peer) or (trouble.code == LinkDown.code and now - since < AWAY_S):
            return
        self.say(trouble.code, peer, trouble.sentence)

    def _is_up(self, peer: MemberId) -> bool:
        with self._kernel.store.snapshot() as reader:
            return self._kernel.exchange.peer_status(reader, peer).linked


async def diagnose(link: PartnerLink) -> Trouble:
    """Say why the link is down, as far as this end can tell; the end that listens can only wait.

    Sources: RFC 8446 section 6.2 (alerts), OpenSSL ``x509_vfy.h`` (verification codes).
    """
    peer = link.partner
    if link.dial is None:
        return Trouble(LinkDown.code, f"{peer} has not connected to {link.listen}; ask its people whether its node "
                                      "runs, has this node's present bundle, and can reach that port.")
    host, port = split_address(link.dial)
    away = Trouble(LinkDown.code, f"{peer} does not answer at {link.dial}; ask its people whether its node runs.")
    try:
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection(host.strip("[]"), port, ssl=_context(link))
    except ssl.SSLCertVerificationError as error:
        return _wrong_certificate(link, error.verify_code)
    except ssl.SSLError as error:
        return _refused(link, error)
    except (OSError, TimeoutError):
        return away
    try:
        names = _names(writer)
        if link.name not in names:
            return Trouble(NameMismatch.code, f"what answers at {link.dial} has a certificate of {peer}'s root for "
                                              "another name; ask its people which node stands there.")
        async with asyncio.timeout(REFUSAL_S):
            await reader.read(1)
    except ssl.SSLError as error:
        return _refused(link, error)
    except (OSError, TimeoutError):
        pass
    finally:
        writer.close()
        with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), REFUSAL_S)
    return away


def _context(link: PartnerLink) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # an address is dialed; the certificate's name is compared afterwards
    context.load_verify_locations(cadata=link.partner_root_pem.decode("ascii"))
    with tempfile.TemporaryDirectory() as folder:  # mode 0700; ``ssl`` reads a key only from a file
        both = Path(folder) / "node.pem"
        both.write_bytes(link.key_pem + link.certificate_pem)
        context.load_cert_chain(both)
    return context


def _names(writer: asyncio.StreamWriter) -> set[str]:
    found = writer.get_extra_info("peercert") or {}
    return {value for part in found.get("subject", ()) for field, value in part if field == "commonName"}


def _wrong_certificate(link: PartnerLink, code: int) -> Trouble:
    peer = link.partner
    if code == _EXPIRED:
        sentence = f"the certificate that {peer} shows at {link.dial} has run out; its people must renew it."
    elif code == _NOT_YET:
        sentence = f"the certificate that {peer} shows at {link.dial} is not valid yet; compare both nodes' clocks."
    else:
        sentence = (f"what answers at {link.dial} does not prove itself by the root that is trusted for {peer}; "
                    "compare fingerprints with its people, by telephone, before anything is changed.")
    return Trouble(InvalidCertificate.code, sentence)


def _refused(link: PartnerLink, error: ssl.SSLError) -> Trouble:
    if "ALERT" in (error.reason or ""):
        sentence = (f"{link.partner} refuses this node's certificate; ask its people whether they have this member's "
                    "present bundle, and compare both nodes' clocks.")
    else:
        sentence = (f"what answers at {link.dial} for {link.partner} does not speak TLS 1.3; ask its people which "
                    "program stands there.")
    return Trouble(InvalidCertificate.code, sentence)
