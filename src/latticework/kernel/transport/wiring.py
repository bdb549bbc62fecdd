"""How one link is wired: checks of a :class:`PartnerLink`, and the Zenoh session that serves it alone.

Sources: Zenoh 1.10 ``DEFAULT_CONFIG.json5`` for the settings; RFC 5280 for certificate validity; the reasons for each
choice stand in ``docs/decisions/0009-transport.md``.
"""

from __future__ import annotations

import base64
import json
from typing import Final

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from latticework.kernel.clock import iso_utc
from latticework.kernel.codec import MAX_MESSAGE_BYTES
from latticework.kernel.errors import InvalidCertificate, InvalidConfig
from latticework.kernel.ids import MemberId
from latticework.kernel.transport.interface import Lane, PartnerLink

HANDSHAKE_MS: Final = 3_000
"""An end that connects and stays silent is dropped after this time, ms."""
REDIAL_FIRST_MS: Final = 100
REDIAL_MOST_MS: Final = 1_000
LEASE_MS: Final = 10_000
"""A partner that says nothing at all for this long counts as gone, ms."""
SESSIONS: Final = 4
"""Transports that one port takes at once: the link, its successor while certificates rotate, and two ends that died
without a word and whose lease has not run out."""
LIVE_WAIT_US: Final = 50_000
"""A live message waits this long for room, in its own thread, before it is dropped."""
DURABLE_WAIT_US: Final = 5_000_000
"""A durable message waits this long for room before the link counts as stalled and is closed."""
_OVERHEAD: Final = 4_096
"""Zenoh's own header on top of the largest message."""


class LinkWiring(msgspec.Struct, frozen=True):
    """A checked link.

    Parameters
    ----------
    link
        What was asked for.
    expires_ms
        When this node's own certificate for the link ends, ms since 1970 UTC.
    """

    link: PartnerLink
    expires_ms: int


def key(sender: MemberId, receiver: MemberId, lane: Lane) -> str:
    """Return the one exact key on which `sender` puts messages of `lane` for `receiver`."""
    return f"lw/{sender}/{receiver}/{lane.value}"


def split_address(text: str) -> tuple[str, int]:
    """Return host and port of ``host:port`` (IPv6 in brackets), or raise ``InvalidConfig``."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or not 0 < int(port) < 65_536 or set(host) & set("/#;?@ "):
        raise InvalidConfig(f"{text[:60]!r} is not an address; use host:port such as 192.0.2.7:7447.")
    return host, int(port)


def check_link(own: MemberId, link: PartnerLink, now_ms: int) -> LinkWiring:
    """Check everything about a link that can be known before it is opened.

    A transport library says of an unreadable certificate only that something timed out, so the certificate, its key,
    its time and the addresses are read here first.

    Raises
    ------
    InvalidCertificate
        When the own certificate or key cannot be read, do not belong together, or are out of their time, or the
        partner's root cannot be read.
    InvalidConfig
        When the addresses are not exactly one, or malformed, or the partner is this member itself.
    """
    if link.partner == own:
        raise InvalidConfig(f"{own} cannot open a link to itself.")
    address = link.listen if link.dial is None else link.dial
    if address is None or (link.listen is not None and link.dial is not None):
        raise InvalidConfig(f"the link to {link.partner} needs one address, to listen on or to dial.")
    split_address(address)
    try:
        chain = x509.load_pem_x509_certificates(link.certificate_pem)
        private = load_pem_private_key(link.key_pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidCertificate("the node's own certificate or key cannot be read; issue a new one.") from None
    der = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if chain[0].public_key().public_bytes(*der) != private.public_key().public_bytes(*der):
        raise InvalidCertificate("the node's own certificate and key do not belong together; issue a new one.")
    try:
        x509.load_pem_x509_certificate(link.partner_root_pem)
    except ValueError:
        raise InvalidCertificate(f"the root certificate of {link.partner} cannot be read.") from None
    starts_ms = max(int(c.not_valid_before_utc.timestamp() * 1000) for c in chain)
    expires_ms = min(int(c.not_valid_after_utc.timestamp() * 1000) for c in chain)
    if not starts_ms <= now_ms < expires_ms:
        raise InvalidCertificate(
            f"the node's own certificate holds from {iso_utc(starts_ms)} to {iso_utc(expires_ms)}, which is not now; "
            "renew it or correct the clock."
        )
    return LinkWiring(link, expires_ms)


def verifies_name(link: PartnerLink) -> bool:
    """Say whether TLS itself can compare the partner's name: only when the name is what is dialed.

    Zenoh compares a certificate with the host in the address. Where a number is dialed (no name service resolves
    ``.internal`` names by itself) the access rules bound to the certificate's common name, and the look at the link's
    authenticated name once it is up, do this work: no public authority issues for ``.internal``, and a certificate's
    common name must be one of the names that were validated (CA/Browser Forum, Baseline Requirements, section 7.1.4).
    """
    return link.dial is not None and split_address(link.dial)[0].lower() == link.name.lower()


def zenoh_config(own: MemberId, link: PartnerLink) -> str:
    """Return the configuration (JSON) of the session that serves `link` and nobody else.

    Keys and certificates go in by value: no private key is written to a file for the transport. Everything that is not
    allowed by exact key, direction and the partner's authenticated name is denied.
    """
    ours = [key(own, link.partner, lane) for lane in Lane]
    theirs = [key(link.partner, own, lane) for lane in Lane]
    rules = [
        {"id": "we-put", "messages": ["put"], "flows": ["egress"], "permission": "allow", "key_exprs": ours},
        {"id": "they-put", "messages": ["put"], "flows": ["ingress"], "permission": "allow", "key_exprs": theirs},
        {"id": "they-subscribe", "messages": ["declare_subscriber"], "flows": ["ingress"], "permission": "allow",
         "key_exprs": ours},
        {"id": "we-subscribe", "messages": ["declare_subscriber"], "flows": ["egress"], "permission": "allow",
         "key_exprs": theirs},
    ]
    certificate, private, root = (
        base64.b64encode(pem).decode() for pem in (link.certificate_pem, link.key_pem, link.partner_root_pem)
    )
    return json.dumps({
        "mode": "peer",
        "connect": {
            "endpoints": [f"tls/{link.dial}"] if link.dial else [], "timeout_ms": -1, "exit_on_failure": False,
            "retry": {"period_init_ms": REDIAL_FIRST_MS, "period_max_ms": REDIAL_MOST_MS, "period_increase_factor": 2},
        },
        "listen": {
            "endpoints": [f"tls/{link.listen}"] if link.listen else [], "timeout_ms": 0, "exit_on_failure": True,
        },
        "open": {"return_conditions": {"connect_scouted": False, "declares": False}},
        "scouting": {"delay": 0, "multicast": {"enabled": False}, "gossip": {"enabled": False}},
        "adminspace": {"enabled": False},
        "access_control": {
            "enabled": True, "default_permission": "deny", "rules": rules,
            "subjects": [{"id": "partner", "cert_common_names": [link.name]}],
            "policies": [{"rules": [rule["id"] for rule in rules], "subjects": ["partner"]}],
        },
        "transport": {
            "unicast": {
                "open_timeout": HANDSHAKE_MS, "accept_timeout": HANDSHAKE_MS, "max_sessions": SESSIONS, "max_links": 1,
            },
            "link": {
                "protocols": ["tls"],
                "tx": {
                    "lease": LEASE_MS,
                    "queue": {"congestion_control": {
                        "drop": {"wait_before_drop": LIVE_WAIT_US, "max_wait_before_drop_fragments": LIVE_WAIT_US},
                        "block": {"wait_before_close": DURABLE_WAIT_US},
                    }},
                },
                "rx": {"max_message_size": MAX_MESSAGE_BYTES + _OVERHEAD},
                "tls": {
                    "root_ca_certificate_base64": root, "enable_mtls": True, "close_link_on_expiration": True,
                    "listen_certificate_base64": certificate, "listen_private_key_base64": private,
                    "connect_certificate_base64": certificate, "connect_private_key_base64": private,
                    "verify_name_on_connect": verifies_name(link),
                },
            },
            "shared_memory": {"enabled": False},
        },
    })
