"""Members' certificate authorities for the link tests, made with ``cryptography`` and not with our own identity code.

Chain node -> issuer (name-constrained) -> root, all P-256, as RFC 5280 section 4.2.1.10 describes it.
"""

from __future__ import annotations

import datetime as dt
import socket

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from latticework.kernel.transport import PartnerLink, dials


def _name(common):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _certificate(subject, key, issuer, issuer_key, seconds, *, authority, extensions=(), starts=-3600):
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(seconds=starts)).not_valid_after(now + dt.timedelta(seconds=seconds))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
    )
    if authority:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


class Authority:
    """One member's root and name-constrained issuer."""

    def __init__(self, member):
        self.member = member
        self.name = f"node.{member.lower()}.latticework.internal"
        root_key, self._issuer_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root = _certificate(f"{member} root", root_key, _name(f"{member} root"), root_key, 10**8, authority=True)
        constraint = x509.NameConstraints([x509.DNSName(f".{member.lower()}.latticework.internal")], None)
        self._issuer = _certificate(f"{member} issuer", self._issuer_key, root.subject, root_key, 7_776_000,
                                    authority=True, extensions=[(constraint, True)])
        self.root_pem = root.public_bytes(Encoding.PEM)

    def node(self, *, name=None, common=None, seconds=86_400, starts=-3600):
        """Return (certificate chain, key) of a node, PEM; its common name is its DNS name."""
        name = name or self.name
        key = ec.generate_private_key(ec.SECP256R1())
        usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])
        extensions = [(x509.SubjectAlternativeName([x509.DNSName(name)]), False), (usages, False)]
        leaf = _certificate(common or name, key, self._issuer.subject, self._issuer_key, seconds, authority=False,
                            extensions=extensions, starts=starts)
        return leaf.public_bytes(Encoding.PEM) + self._issuer.public_bytes(Encoding.PEM), _pem(key)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def link(own, partner, port, *, node=None, anchor=None, name=None):
    """Return the link of `own` to `partner` over `port` of this machine; the lower trigraph dials."""
    chain, key = node or own.node()
    address = f"127.0.0.1:{port}"
    dialing = dials(own.member, partner.member)
    return PartnerLink(
        partner=partner.member, partner_root_pem=(anchor or partner).root_pem, certificate_pem=chain, key_pem=key,
        name=name or partner.name, listen=None if dialing else address, dial=address if dialing else None,
    )
